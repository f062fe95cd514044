"""Rows of X where they lie, for compiled loops that take them in any order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.sparse import SparseRows
from logistica.data.design import DenseDesign, Design, SparseDesign
from logistica.data.source import Block

Array = NDArray[np.float64]


@dataclass(frozen=True)
class RowsInPlace:
    """A matrix of float64, and some of its rows.

    Attributes
    ----------
    X : array or SparseRows
        An array's numbers lie side by side in each row.
    places : array of int64, shape (n,)
    """

    X: Array | SparseRows
    places: NDArray[np.int64]


def lie_in_place(design: Design, *, sparse: bool) -> bool:
    """Whether any rows of X can be read without a copy; ``sparse`` says whether sparse ones may stay so."""
    if isinstance(design, SparseDesign):
        return bool(sparse and design.X.dtype == np.float64)
    return isinstance(design, DenseDesign) and design.view(slice(None)) is not None


def in_place(block: Block, *, sparse: bool) -> RowsInPlace:
    """Return the rows of a block: where they are, or copied if they are of another type or order.

    Parameters
    ----------
    block : Block
    sparse : bool
        Whether rows of a sparse X may stay sparse.
    """
    design, rows = block.design, block.rows
    if sparse and design.sparse:
        everything = lie_in_place(design, sparse=True)
        entries = design.entries(slice(0, design.n_rows) if everything else rows)
        assert entries is not None  # since the design is sparse
        return RowsInPlace(entries, _places(rows, design.n_rows) if everything else np.arange(block.n_rows))
    view = design.view(slice(None)) if isinstance(design, DenseDesign) else None
    if view is None:
        view, rows = np.empty((block.n_rows, design.n_columns)), slice(None)
        block.fill(view)
    return RowsInPlace(view, _places(rows, len(view)))


def _places(rows: slice | NDArray[np.intp], n: int) -> NDArray[np.int64]:
    return np.arange(n)[rows] if isinstance(rows, slice) else np.ascontiguousarray(rows, dtype=np.int64)
