"""The design matrix, never held as one: whatever the rows came from, a block of them can be written as float64.

A :class:`Design` is all that engines and predictions know of X. Its one verb, ``fill``, writes some rows into a scratch
block; nothing of the size of X is ever made, whatever the order, dtype, sparsity or coding of the original.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from logistica.core.sparse import SparseRows
from logistica.data.chunks import Chunks
from logistica.data.filled import Filled
from logistica.data.mostly import Mostly

Array = NDArray[np.float64]
Rows = slice | NDArray[np.intp]


class Design(Protocol):
    """Rows of numbers, read block by block."""

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        ...

    @property
    def n_columns(self) -> int:
        """Number of columns, without an intercept."""
        ...

    def fill(self, rows: Rows, out: Array) -> None:
        """Write the chosen rows to ``out``, shape (number of rows chosen, n_columns), C-ordered or a view of such."""
        ...


@dataclass(frozen=True)
class DenseDesign:
    """A two-dimensional array of any real dtype, order, byte order or stride."""

    X: NDArray[Any]

    @property
    def n_rows(self) -> int:
        return int(self.X.shape[0])

    @property
    def n_columns(self) -> int:
        return int(self.X.shape[1])

    def fill(self, rows: Rows, out: Array) -> None:
        out[...] = self.X[rows]

    def view(self, rows: Rows) -> Array | None:
        """Return the chosen rows without a copy, if they lie in memory as native float64, row after row."""
        X = self.X
        in_rows = X.strides[1] == X.itemsize and X.strides[0] % X.itemsize == 0 and X.flags.aligned
        if isinstance(rows, slice) and X.dtype == np.float64 and X.dtype.isnative and in_rows:
            return X[rows]
        return None


@dataclass(frozen=True)
class SparseDesign:
    """A SciPy matrix or array in CSR form with canonical (sorted, summed) rows; 32- or 64-bit indices."""

    X: Any

    @property
    def n_rows(self) -> int:
        return int(self.X.shape[0])

    @property
    def n_columns(self) -> int:
        return int(self.X.shape[1])

    def fill(self, rows: Rows, out: Array) -> None:
        out[...] = 0.0
        entries = SparseRows.of(self.X, rows)
        out[entries.row_of_entry, entries.column] = entries.data


@dataclass(frozen=True)
class NumericPart:
    """One column of numbers, shape (n,), any real dtype, in one piece, in several, or mostly one value."""

    values: NDArray[Any] | Chunks | Mostly | Filled

    @property
    def width(self) -> int:
        return 1

    def fill(self, rows: Rows, out: Array) -> None:
        out[:, 0] = self.values[rows]


@dataclass(frozen=True)
class FactorPart:
    """A factor as codes, shape (n,): code 0 is the baseline (a row of zeros), code j sets indicator column j - 1.

    A negative code marks a missing value and fills the row with NaN.
    """

    codes: NDArray[Any]
    width: int

    def fill(self, rows: Rows, out: Array) -> None:
        codes = self.codes[rows]
        out[...] = 0.0
        (there,) = np.nonzero(codes > 0)
        out[there, codes[there] - 1] = 1.0
        out[codes < 0] = np.nan


class FilledDesign:
    """A design with missing values filled in, and columns that say where they were.

    Parameters
    ----------
    original : Design
    values : array, shape (p,)
        What stands in for a missing value of each column.
    indicators : sequence of int
        The columns whose gaps get a column of their own, after all others.
    """

    def __init__(self, original: Design, values: Array, indicators: Sequence[int]) -> None:
        self.original = original
        self.values = values
        self.indicators = tuple(indicators)
        self.n_rows = original.n_rows
        self.n_columns = original.n_columns + len(self.indicators)

    def fill(self, rows: Rows, out: Array) -> None:
        p = self.original.n_columns
        self.original.fill(rows, out[:, :p])
        here, columns = np.nonzero(np.isnan(out[:, :p]))
        for place, column in enumerate(self.indicators):
            out[:, p + place] = np.isnan(out[:, column])
        out[here, columns] = self.values[columns]


class ColumnsDesign:
    """Columns kept apart, as a table keeps them; factors stay codes until their block is filled."""

    def __init__(self, n_rows: int, parts: Sequence[NumericPart | FactorPart]) -> None:
        self.n_rows = n_rows
        self.parts = tuple(parts)
        self.n_columns = sum(part.width for part in self.parts)

    def fill(self, rows: Rows, out: Array) -> None:
        first = 0
        for part in self.parts:
            part.fill(rows, out[:, first : first + part.width])
            first += part.width
