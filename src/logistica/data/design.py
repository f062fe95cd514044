"""The design matrix, never held as one: whatever the rows came from, a block of them can be written as float64.

A :class:`Design` is all that engines and predictions know of X. Its one verb, ``fill``, writes some rows into a scratch
block; nothing of the size of X is ever made, whatever the order, dtype, sparsity or coding of the original.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import start_of
from logistica.core.records import frozen
from logistica.core.rows import NativeRows
from logistica.core.sparse import SparseRows
from logistica.data.by_codes import ByCodes, CodedFactor, are_readable, indicators, is_worth_coding
from logistica.data.chunks import Chunks
from logistica.data.filled import Filled
from logistica.data.mostly import Mostly

Array = NDArray[np.float64]
Rows = slice | NDArray[np.intp]

MANY_COLUMNS, FEW_ENTRIES = 256, 8
"""From so many columns on, and so many to an entry, a table with factors is read by its entries."""
FIRST_ENTRIES = 256
"""Which are looked at before all others, where something may be true of all."""


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

    @property
    def sparse(self) -> bool:
        """Whether rows are mostly zeros, so that their entries are the quicker way to read them."""
        ...

    @property
    def entries_per_row(self) -> float:
        """How many entries a row has on average; inf for a design that is not sparse."""
        ...

    @property
    def by_columns(self) -> bool:
        """Whether the numbers of a column lie together, rather than those of a row."""
        ...

    @property
    def by_codes(self) -> ByCodes | None:
        """The same as numbers and factors by their codes; None where it has no factors that are better read so."""
        ...

    def fill(self, rows: Rows, out: Array) -> None:
        """Write the chosen rows to ``out``, shape (number of rows chosen, n_columns), C-ordered or a view of such."""
        ...

    def entries(self, rows: Rows) -> SparseRows | None:
        """Return the chosen rows' entries; None of a design that is not sparse."""
        ...

    def native(self, rows: Rows) -> NativeRows | None:
        """Return the chosen rows where they lie, if compiled loops can read them there."""
        ...


class Filling:
    """A design of which nothing is known but how to fill a block."""

    sparse = False

    @property
    def by_codes(self) -> ByCodes | None:
        """None."""
        return None

    @property
    def entries_per_row(self) -> float:
        """Infinity."""
        return math.inf

    @property
    def by_columns(self) -> bool:
        """True: a column is filled at once."""
        return True

    def entries(self, rows: Rows) -> SparseRows | None:
        """Return None."""
        return None

    def native(self, rows: Rows) -> NativeRows | None:
        """Return None."""
        return None


@frozen
class DenseDesign(Filling):
    """A two-dimensional array of any real dtype, order, byte order or stride."""

    X: NDArray[Any]

    @property
    def by_columns(self) -> bool:
        """Whether the array is in Fortran's order."""
        return abs(self.X.strides[0]) < abs(self.X.strides[1])

    @property
    def n_rows(self) -> int:
        return int(self.X.shape[0])

    @property
    def n_columns(self) -> int:
        return int(self.X.shape[1])

    def fill(self, rows: Rows, out: Array) -> None:
        X = self.X
        if isinstance(rows, slice) or X.dtype != out.dtype or not (X.flags.c_contiguous and X.flags.aligned):
            out[...] = X[rows]
        else:
            np.take(X, rows, axis=0, out=out, mode="clip")  # none is beyond X; without an array of them in between

    def native(self, rows: Rows) -> NativeRows | None:
        """Return the chosen rows where they lie, if compiled loops can read them there."""
        return NativeRows.of(self.X[rows], by_columns=self.by_columns) if isinstance(rows, slice) else None

    def view(self, rows: Rows) -> Array | None:
        """Return the chosen rows without a copy, if they lie in memory as native float64, row after row."""
        X = self.X
        in_rows = X.strides[1] == X.itemsize and X.strides[0] % X.itemsize == 0 and X.flags.aligned
        if isinstance(rows, slice) and X.dtype == np.float64 and X.dtype.isnative and in_rows:
            return X[rows]
        return None


@dataclass(frozen=True)
class SparseDesign(Filling):
    """A SciPy matrix or array in CSR form with canonical (sorted, summed) rows.

    Its arrays are contiguous, aligned and native; both index arrays have 32 bits, or both 64.
    """

    X: Any
    sparse = True

    @property
    def n_rows(self) -> int:
        return int(self.X.shape[0])

    @property
    def n_columns(self) -> int:
        return int(self.X.shape[1])

    @property
    def entries_per_row(self) -> float:
        """How many entries a row has on average."""
        return float(self.X.nnz) / max(self.n_rows, 1)

    def fill(self, rows: Rows, out: Array) -> None:
        out[...] = 0.0
        entries = self.entries(rows)
        out[entries.row_of_entry, entries.column] = entries.data

    def entries(self, rows: Rows) -> SparseRows:
        """Return the chosen rows' entries."""
        return SparseRows.of(self.X, rows, ones=self.ones)

    @cached_property
    def ones(self) -> bool:
        """Whether all entries are ones, as those of indicators are."""
        data = self.X.data
        return bool((data[:FIRST_ENTRIES] == 1).all() and (data == 1).all())


@dataclass(frozen=True)
class NumericPart:
    """One column of numbers, shape (n,), any real dtype, in one piece, in several, or mostly one value."""

    values: NDArray[Any] | Chunks | Mostly | Filled

    @property
    def width(self) -> int:
        return 1

    def fill(self, rows: Rows, out: Array) -> None:
        out[:, 0] = self.values[rows]

    def entry(self, rows: Rows, data: Array, column: NDArray[np.int32]) -> None:
        """Write each chosen row's one entry: its value to ``data``, and to ``column`` its place among the columns."""
        data[...] = self.values[rows]
        column[...] = 0


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

    @property
    def is_worth_coding(self) -> bool:
        """Whether it is better read by its codes."""
        return is_worth_coding([self.width + 1], self.width) and are_readable([self.codes])

    def coded(self, first: int) -> CodedFactor:
        """Return the same by its codes; ``first`` is its first column among the design's."""
        return CodedFactor(first, indicators(self.width + 1, 1), (self.codes,), (self.width + 1,))

    def entry(self, rows: Rows, data: Array, column: NDArray[np.int32]) -> None:
        """Write each chosen row's one entry, a zero for the baseline."""
        codes = self.codes[rows]
        data[...] = np.where(codes < 0, np.nan, codes > 0)
        column[...] = np.maximum(codes, 1) - 1


class FilledDesign(Filling):
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


class ColumnsDesign(Filling):
    """Columns kept apart, as a table keeps them; factors stay codes until their block is filled."""

    def __init__(self, n_rows: int, parts: Sequence[NumericPart | FactorPart]) -> None:
        self.n_rows = n_rows
        self.parts = tuple(parts)
        self.first = np.cumsum([0, *(part.width for part in self.parts)])
        self.n_columns = int(self.first[-1])
        self.sparse = self.n_columns >= max(MANY_COLUMNS, FEW_ENTRIES * len(self.parts))

    @property
    def entries_per_row(self) -> float:
        """One of each part, where they are read by their entries."""
        return float(len(self.parts)) if self.sparse else math.inf

    def entries(self, rows: Rows) -> SparseRows | None:
        """Return the chosen rows' entries, one of each part, if a row has few beside its columns."""
        if not self.sparse:
            return None
        n, k = len(range(self.n_rows)[rows]) if isinstance(rows, slice) else len(rows), len(self.parts)
        data, column = np.empty((n, k)), np.empty((n, k), dtype=np.int32)
        for place, part in enumerate(self.parts):
            part.entry(rows, data[:, place], column[:, place])
        column += self.first[:-1].astype(np.int32)
        start = np.arange(0, n * k + 1, k, dtype=np.int32)
        return SparseRows(start, column.reshape(-1), data.reshape(-1), self.n_columns)

    @cached_property
    def _columns(self) -> tuple[np.dtype[Any], NDArray[np.intp]] | None:
        """The type and the addresses of the columns, if compiled loops can read them where they are."""
        values = [part.values for part in self.parts if isinstance(part, NumericPart)]
        arrays = [column for column in values if isinstance(column, np.ndarray)]
        if not arrays or len(arrays) < len(self.parts):
            return None
        found = [NativeRows.of(column[:, None], by_columns=True) for column in arrays]
        first = found[0]
        if first is None or any(column is None or column.dtype != first.dtype for column in found):
            return None
        return first.dtype, np.array([start_of(column) for column in arrays], dtype=np.intp)

    def native(self, rows: Rows) -> NativeRows | None:
        """Return the chosen rows where they lie, if compiled loops can read them there."""
        if self._columns is None or not isinstance(rows, slice):
            return None
        dtype, addresses = self._columns
        start, stop, step = rows.indices(self.n_rows)
        return None if step != 1 else NativeRows.of_columns(stop - start, dtype, addresses + start * dtype.itemsize)

    @cached_property
    def by_codes(self) -> ByCodes | None:
        """The same as numbers and factors by their codes."""
        if self.sparse:
            return None
        factors, others = [], []
        for place, part in enumerate(self.parts):
            if isinstance(part, FactorPart) and part.is_worth_coding:
                factors.append(part.coded(int(self.first[place])))
            else:
                others.append(place)
        if not factors:
            return None
        numbers = ColumnsDesign(self.n_rows, [self.parts[place] for place in others])
        return ByCodes(numbers, self._columns_of(others), tuple(factors))

    def _columns_of(self, places: Sequence[int]) -> NDArray[np.intp]:
        """Return the columns that some parts make."""
        found = [np.arange(self.first[place], self.first[place + 1]) for place in places]
        return np.concatenate([np.empty(0, np.intp), *found])

    def fill(self, rows: Rows, out: Array) -> None:
        for part, first in zip(self.parts, self.first, strict=False):
            part.fill(rows, out[:, first : first + part.width])


class ChosenColumns(Filling):
    """Some columns of a design, in their order."""

    def __init__(self, original: Design, columns: NDArray[np.intp]) -> None:
        self.original = original
        self.columns = columns
        self.n_rows = original.n_rows
        self.n_columns = len(columns)

    def fill(self, rows: Rows, out: Array) -> None:
        if isinstance(self.original, DenseDesign):
            out[...] = self.original.X[rows][:, self.columns]
        else:
            whole = np.empty((len(out), self.original.n_columns))
            self.original.fill(rows, whole)
            out[...] = whole[:, self.columns]
