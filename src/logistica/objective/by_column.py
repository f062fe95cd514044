"""Some columns, column by column, and what all rows' predictors are.

Coordinate descent reads one column after the other. A copy of the entries in the columns that it moves is made for it,
in the solver's units; of sparse rows not centred: z = x - shift. Columns without a zero, and those so far from zero
that their digits would be lost, are centred too.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.core.sparse import SparseRows
from logistica.data.source import Block
from logistica.engines.base import Collected, Workspace
from logistica.objective.linear import FAR, is_sparse, linear
from logistica.objective.objective import Objective, Slope, eta

Array = NDArray[np.float64]

AT_ONCE = 512
"""Columns whose squares are held together."""
MOST_ROWS = int(np.iinfo(np.int32).max)
"""Of sparse rows: an entry of a column holds its row in 32 bits."""


@dataclass(frozen=True)
class ByColumn:
    """Some columns.

    Attributes
    ----------
    x : SparseRows
        The columns as rows of the transposed matrix, d of them.
    shift : array, shape (d,)
        z is x less the shift; 0 for what is centred already.
    """

    x: SparseRows
    shift: Array

    def squares_times(self, values: Array) -> Array:
        """Return each column's sum of squared entries, each times its row's ``values``, shape (n, k): shape (d, k)."""
        x, d = self.x, len(self.shift)
        found = np.empty((d, values.shape[1]))
        for first in range(0, d, AT_ONCE):
            start = x.start[first : first + AT_ONCE + 1]
            here = slice(int(start[0]), int(start[-1]))
            some = SparseRows(start - start[0], x.column[here], np.square(x.data[here]), x.n_columns)
            found[first : first + AT_ONCE] = some.times(values)
        return found

    def beside(self, others: ByColumn) -> ByColumn:
        """Return these columns and others behind them."""
        x, more = self.x, others.x
        start = np.concatenate([x.start, more.start[1:] + x.start[-1]])
        joined = SparseRows(
            start, np.concatenate([x.column, more.column]), np.concatenate([x.data, more.data]), x.n_columns
        )
        return ByColumn(joined, np.concatenate([self.shift, others.shift]))


def by_column(objective: Objective, columns: NDArray[np.intp]) -> ByColumn:
    """Return some of the columns of X, in the objective's coordinates."""
    return (_of_entries if is_sparse(objective.source) else _of_all_values)(objective, columns)


def _of_all_values(objective: Objective, columns: NDArray[np.intp]) -> ByColumn:
    """Return columns of dense rows, by one sweep."""
    n, d, k = objective.source.n_rows, len(columns), int(objective.coordinates.intercept)
    data = np.empty((d, n))

    def write(block: Block, workspace: Workspace) -> int:
        z = objective.coordinates.rows(block, workspace)
        data[:, block.start : block.start + block.n_rows] = z[:, columns + k].T
        return 0

    objective.engine.sum(write, objective.source, objective.width)
    start = n * np.arange(d + 1)
    index = _index(start)
    row = np.tile(np.arange(n, dtype=index), d)
    return ByColumn(SparseRows(start.astype(index), row, data.reshape(-1), n), np.zeros(d))


def _of_entries(objective: Objective, columns: NDArray[np.intp]) -> ByColumn:
    """Return columns of sparse rows, by two sweeps over the places of their entries."""
    c, source, engine = objective.coordinates, objective.source, objective.engine
    if source.n_rows > MOST_ROWS:
        raise DataError(
            f"an L1 penalty on sparse rows is for at most {MOST_ROWS:,} of them, and these are {source.n_rows:,}",
            value=source.n_rows,
            remedy="Fit a random part of the rows, or use a ridge penalty (l1_ratio=0)",
        )
    place = np.full(len(c.scale), -1, dtype=np.int32)
    place[columns] = np.arange(len(columns))

    def count(block: Block, workspace: Workspace) -> Collected:
        return Collected((np.array([block.start]), _rows(block).count(place, len(columns))))

    found = engine.sum(count, source, 1).arrays
    counts = np.stack(found[1::2])
    ends = np.cumsum(counts, axis=0)
    start = np.concatenate([[0], np.cumsum(ends[-1])])
    following = {int(first[0]): to for first, to in zip(found[::2], start[:-1] + ends - counts, strict=True)}
    row, data = np.empty(start[-1], dtype=np.int32), np.empty(start[-1])

    def write(block: Block, workspace: Workspace) -> int:
        _rows(block).write_by_column(place, block.start, following[block.start], row, data)
        return 0

    engine.sum(write, source, 1)
    data *= np.repeat(c.scale[columns], ends[-1])
    return _centred(start, row, data, c.centre[columns] * c.scale[columns], source.n_rows)


def _index(start: NDArray[np.int64]) -> type[np.int32 | np.int64]:
    """Return the type of index that suffices for so many entries."""
    return np.int32 if start[-1] <= np.iinfo(np.int32).max else np.int64


def _rows(block: Block) -> SparseRows:
    entries = block.entries()
    assert entries is not None
    return entries


def _centred(start: NDArray[np.int64], row: NDArray[np.int32], data: Array, shift: Array, n: int) -> ByColumn:
    """Centre the columns that have no zero, and write out those that are too far from it."""
    count = np.diff(start)
    far = (np.abs(shift) > FAR) & (count < n)
    if far.any():
        row, data = _written_out(start, row, data, far, n)
        count = np.where(far, n, count)
        start = np.concatenate([[0], np.cumsum(count)])
    without_zero = count == n
    data -= np.repeat(np.where(without_zero, shift, 0.0), count)
    index = _index(start)
    x = SparseRows(start.astype(index), row.astype(index, copy=False), data, n)
    return ByColumn(x, np.where(without_zero, 0.0, shift))


def _written_out(
    start: NDArray[np.int64], row: NDArray[np.int32], data: Array, which: NDArray[np.bool_], n: int
) -> tuple[NDArray[np.int32], Array]:
    """Return the entries of all columns, with the zeros of some of them."""
    rows, values = np.split(row, start[1:-1]), np.split(data, start[1:-1])
    for j in np.flatnonzero(which):
        written = np.zeros(n)
        written[rows[j]] = values[j]
        rows[j], values[j] = np.arange(n, dtype=np.int32), written
    return np.concatenate(rows), np.concatenate(values)


def predicted(objective: Objective, theta: Array) -> tuple[Slope, Array]:
    """Return the value and gradient at theta, shape (q, m), and all rows' predictors, shape (n, m), from one sweep."""
    full = objective.coordinates.outputs(theta)
    free = objective.coordinates.free_outputs

    def kernel(block: Block, workspace: Workspace) -> _Predicted:
        z = linear(objective.coordinates, block, workspace)
        at = eta(z, full, block)
        terms = objective.loss.terms(at, block.y, block.weights, free)
        return _Predicted(Slope(terms.loss, z.transposed_times(terms.residual)), Collected((at,)))

    found = objective.engine.sum(kernel, objective.source, objective.linear_width)
    return objective.with_penalty(found.slope, theta), np.concatenate(found.eta.arrays)


@dataclass(frozen=True)
class _Predicted:
    slope: Slope
    eta: Collected

    def __add__(self, other: _Predicted) -> _Predicted:
        return _Predicted(self.slope + other.slope, self.eta + other.eta)
