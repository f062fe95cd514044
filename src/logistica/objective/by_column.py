"""Some columns of sparse rows, column by column, and what all rows' predictors are.

Coordinate descent reads one column after the other. A copy of the entries in the columns that it moves is made for it, in
the solver's units but not centred: z = x - shift. Columns without a zero, and those so far from zero that their digits
would be lost, are centred too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.sparse import SparseRows
from logistica.data.source import Block
from logistica.engines.base import Collected, Workspace
from logistica.objective.linear import FAR, linear, sparse_rows
from logistica.objective.objective import Objective, Slope, eta

Array = NDArray[np.float64]


@dataclass(frozen=True)
class SparseColumns:
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


def sparse_columns(objective: Objective, columns: NDArray[np.intp]) -> SparseColumns:
    """Return some of the columns of X, in the objective's coordinates, by one sweep over sparse rows."""
    c, n, d = objective.coordinates, objective.source.n_rows, len(columns)
    place = np.full(len(c.scale), -1, dtype=np.int32)
    place[columns] = np.arange(d)

    def kernel(block: Block, workspace: Workspace) -> Collected:
        entries = sparse_rows(block)
        assert entries is not None
        to = place[entries.column]
        (chosen,) = np.nonzero(to >= 0)
        rows = (entries.row_of_entry[chosen] + block.start).astype(np.int32)
        return Collected((rows, to[chosen], entries.data[chosen]))

    parts = objective.engine.sum(kernel, objective.source, 1).arrays
    row, column, data = (np.concatenate(parts[first::3]) for first in range(3))
    scale, centre = c.scale[columns], c.centre[columns]
    data *= scale[column]
    shift = centre * scale
    stored = np.bincount(column, minlength=d)
    full = (shift != 0.0) & ((stored == n) | (np.abs(shift) > FAR))
    if full.any():
        row, column, data = _written_out(row, column, data, np.flatnonzero(full), n)
        data -= np.where(full, shift, 0.0)[column]
        shift = np.where(full, 0.0, shift)
    return SparseColumns(_by_column(row, column, data, n, d), shift)


def _written_out(row: Any, column: Any, data: Array, full: NDArray[np.intp], n: int) -> tuple[Any, Any, Array]:
    """Return the entries with a zero wherever some columns had none."""
    missing_row, missing_column = [row], [column]
    for j in full:
        absent = np.ones(n, dtype=bool)
        absent[row[column == j]] = False
        (rows,) = np.nonzero(absent)
        missing_row.append(rows.astype(row.dtype))
        missing_column.append(np.full(len(rows), j, dtype=column.dtype))
    rows, columns = np.concatenate(missing_row), np.concatenate(missing_column)
    return rows, columns, np.concatenate([data, np.zeros(len(rows) - len(data))])


def _by_column(row: Any, column: Any, data: Array, n: int, d: int) -> SparseRows:
    from scipy.sparse import coo_array  # noqa: PLC0415 - who has sparse rows has loaded it

    matrix = coo_array((data, (column, row)), shape=(d, n)).tocsr()
    return SparseRows(matrix.indptr, matrix.indices, matrix.data, n)


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
