"""From rows to linear predictors and probabilities, block by block, each written where it is to be.

Nothing of the size of the rows is made but the result. With two classes a compiled loop reads the rows of an array
where they are, and those of a table from a block; otherwise a block is brought into the solver's coordinates. Of
sparse rows only the entries are read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeGuard

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import library
from logistica.core.errors import DataError
from logistica.data.arrays import is_sparse
from logistica.data.design import ColumnsDesign, DenseDesign, Design
from logistica.data.newrows import NewRows
from logistica.data.source import Block, MemorySource
from logistica.engines import NumpyEngine, Workspace
from logistica.losses import CompiledBinomial, Loss
from logistica.losses.compiled import is_readable
from logistica.objective.coordinates import Coordinates
from logistica.objective.linear import entries_suffice, linear

Array = NDArray[np.float64]
Finish = Callable[[Array], Array]


@dataclass(frozen=True)
class Lost:
    """Rows whose linear predictor is no finite number: how many, and the first; adding two keeps the earlier."""

    count: int = 0
    first: int = -1

    def __add__(self, other: Lost) -> Lost:
        return Lost(self.count + other.count, self.first if self.count else other.first)


@dataclass(frozen=True, eq=False)
class Predictor:
    """eta = z theta, for rows z in the solver's coordinates.

    Attributes
    ----------
    coordinates : Coordinates
    theta : array, shape (q, outputs)
        For K classes it sums to zero over them.
    loss : Loss
    """

    coordinates: Coordinates
    theta: Array
    loss: Loss

    @classmethod
    def of(cls, coordinates: Coordinates, theta: Array, loss: Loss) -> Predictor:
        """Return the predictor of an estimate, with theta of shape (q, m)."""
        full = coordinates.outputs(theta)
        if coordinates.reference is not None:
            full = full - full.mean(axis=1, keepdims=True)
        return cls(coordinates, full, loss)

    def eta(self, rows: NewRows) -> Array:
        """Return the linear predictors, shape (n, outputs); NaN in rows with a missing value, which may hold anything.

        Raises
        ------
        DataError
            Where a row's values overflow.
        """
        return self._written(rows, self.theta.shape[1], np.asarray)

    def proba(self, rows: NewRows) -> Array:
        """Return the probability of every class, shape (n, K); see :meth:`eta`."""
        return self._written(rows, self.loss.n_classes, self.loss.proba)

    def _written(self, rows: NewRows, width: int, finish: Finish) -> Array:
        """Return what ``finish`` makes of eta, shape (n, width)."""
        known = None if rows.missing is None else np.flatnonzero(~rows.missing)
        out = np.empty((rows.n_rows, width)) if known is None else np.full((rows.n_rows, width), np.nan)
        count = rows.n_rows if known is None else len(known)
        if not count:
            return out
        offset = rows.offset if rows.offset is None or known is None else rows.offset[known]
        source = MemorySource(rows.design, np.zeros(count, np.intp), offset=offset, rows=known)

        def kernel(block: Block, workspace: Workspace) -> Lost:
            x = self._readable(block, workspace)
            if x is not None:
                return self._by_loop(x, block, out)
            eta = linear(self.coordinates, block, workspace).times(self.theta)
            if block.offset is not None:
                eta += block.offset
            out[block.rows] = finish(eta)
            return _lost(eta, block)

        engine, by_entries = NumpyEngine(), rows.design.sparse and entries_suffice(self.coordinates)
        add = engine.sum_of_long_blocks if known is None and self._reads_in_place(rows.design) else engine.sum
        lost = add(kernel, source, width if by_entries else self.coordinates.n_rows)
        if lost.count:
            raise DataError(
                f"row {lost.first} holds values so much larger than those of the fit that they overflow",
                row=lost.first,
                count=lost.count,
                remedy="Check the units of its columns",
            )
        return out

    @property
    def _has_loop(self) -> bool:
        return isinstance(self.loss, CompiledBinomial) and not self.coordinates.residuals

    def finds_what_is_not_finite(self, values: object) -> bool:
        """Whether NaN and infinities in such numbers, those of a matrix or of a column, are sure to be errors.

        So it is in the compiled loops: products with 0 too are NaN, and no term is left out, as some BLAS do.
        """
        if isinstance(values, np.ndarray):
            return self._has_loop and is_readable(values)
        is_float = getattr(values, "dtype", None) in (np.float64, np.float32)
        return is_float and is_sparse(values) and library() is not None and entries_suffice(self.coordinates)

    def _reads_in_place(self, design: Design) -> TypeGuard[DenseDesign]:
        """Whether the compiled loop reads rows that follow one another where they are."""
        return self._has_loop and isinstance(design, DenseDesign) and is_readable(design.X)

    def _readable(self, block: Block, workspace: Workspace) -> NDArray[Any] | None:
        """Return a block's rows as the compiled loop reads them, without a copy if it can; None if it is not to."""
        design, rows = block.design, block.rows
        if not self._has_loop or design.sparse:
            return None
        if isinstance(rows, slice) and self._reads_in_place(design):
            return design.X[rows]
        return workspace.columns(block) if isinstance(design, ColumnsDesign) else workspace.rows(block)

    def _by_loop(self, x: NDArray[Any], block: Block, out: Array) -> Lost:
        """Write eta or probabilities of a block, whose rows are x, to their places in ``out``."""
        assert isinstance(self.loss, CompiledBinomial)
        apart = not isinstance(block.rows, slice)
        part = np.empty((len(x), out.shape[1])) if apart else out[block.rows]
        lost = self.loss.score_rows(x, *self._slopes, block.offset, part)
        if apart:
            out[block.rows] = part
        if not lost:
            return Lost()
        eta = np.empty((len(x), 1))
        self.loss.score_rows(x, *self._slopes, block.offset, eta)
        return _lost(eta, block)

    @cached_property
    def _slopes(self) -> tuple[Array, Array, float]:
        """The centres, what a unit of each column adds to eta, both of shape (p,), and eta at the centre."""
        c = self.coordinates
        k = int(c.intercept)
        slopes = np.ascontiguousarray(c.scale * self.theta[k:, 0])
        return np.ascontiguousarray(c.centre), slopes, float(self.theta[:k].sum())


def _lost(eta: Array, block: Block) -> Lost:
    finite = np.isfinite(eta).all(axis=1)
    if finite.all():
        return Lost()
    first = block.start + int(np.argmin(finite))
    place = first if isinstance(block.rows, slice) else int(block.rows[first - block.start])
    return Lost(int(np.count_nonzero(~finite)), place)
