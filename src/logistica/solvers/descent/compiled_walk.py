"""The updates of an epoch over mini-batches by a compiled loop: those of :mod:`walk`, up to rounding.

For any number of threads, and wherever a run is cut and goes on, it gives the same bits; NumPy's updates differ from it
in the last places, because they add up in another order. The loop returns to Python after a hundredth of a second or
so, where Ctrl-C is heard.
"""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, in_a_row, library, start_of
from logistica.core.interface import ADDRESS, NUMBER, STRUCTURES
from logistica.core.sparse import SparseRows
from logistica.data.in_place import RowsInPlace, in_place, lie_in_place
from logistica.data.source import Block
from logistica.losses import CompiledBinomial, CompiledMultinomial
from logistica.objective.linear import entries_suffice
from logistica.objective.mean import MeanObjective
from logistica.objective.objective import Objective
from logistica.solvers.descent.updates import CompiledRule, Memory, UpdateRule
from logistica.solvers.descent.walk import Pace, Walk

Array = NDArray[np.float64]

OPERATIONS_AT_ONCE = 10_000_000
"""Additions and multiplications, about, that one call makes; a batch is never cut."""
OF_PARAMETER, OF_LOSS = 16, 64
"""How many of them an update makes for each parameter, and for each output of a row to find its loss."""
ROWS_AT_ONCE = 64
"""As the loop has them in scratch memory."""


class _Pointers(ctypes.Structure):
    """A structure of C that keeps the arrays that it points to; ``x`` is the one whose stride it holds too."""

    def __init__(self, **values: Any) -> None:
        where = {field[0]: address for field in self._fields_ if field[1] is ADDRESS} | {"x": start_of}
        self.held = values
        super().__init__(**{name: where[name](value) if name in where else value for name, value in values.items()})


class _Rows(_Pointers):
    _fields_ = STRUCTURES["rows"]


class _Objective(_Pointers):
    _fields_ = STRUCTURES["objective"]


class _Walk(_Pointers):
    _fields_ = STRUCTURES["walk"]


class _Scratch(_Pointers):
    _fields_ = STRUCTURES["scratch"]


def compiled_walk(
    mean: MeanObjective, rule: UpdateRule, pace: Pace, walk: Walk, order: NDArray[np.intp] | None
) -> Walk | None:
    """Return where an epoch leads, or None where no loop is made for it.

    As :func:`logistica.solvers.descent.walk.walk_on`.
    """
    total = mean.total
    if library() is None or not _is_known(total):
        return None
    point, average = _copied(walk.point), _copied(walk.mean)
    memory = {name: _copied(values) for name, values in walk.memory.items()}
    sizes = np.array(pace.sizes(walk.updates))
    on_the_way = _on_the_way(rule.compiled, pace, walk, point, average, memory, sizes)
    objective, scratch = _objective(mean), None
    sparse, done = entries_suffice(total.coordinates), 0
    design = next(total.source.blocks(1)).design
    width = 0 if lie_in_place(design, sparse=sparse) else total.linear_width
    for block in total.engine.stretches(total.source, pace.batch_size, order, width):
        rows = _rows(block, in_place(block, sparse=sparse), pace.batch_size)
        scratch = scratch or _scratch(mean, dense=bool(rows.x))
        on_the_way.sizes = address(sizes[done:])
        done += _through(rows, objective, scratch, on_the_way)
    return Walk(point, average, memory, on_the_way.updates, on_the_way.averaged, on_the_way.running, float(sizes[-1]))


def _is_known(total: Objective) -> bool:
    """Whether the loop knows the loss and the coordinates: all outputs are free, and each column stands for itself."""
    compiled = isinstance(total.loss, (CompiledBinomial, CompiledMultinomial))
    return compiled and total.coordinates.reference is None and not total.coordinates.residuals


def _through(rows: _Rows, objective: _Objective, scratch: _Scratch, walk: _Walk) -> int:
    """Walk through some rows, and return how many batches they were."""
    batches: int = -(-rows.n // rows.batch_size)
    parameters = (objective.intercept + objective.columns) * objective.outputs
    entries = objective.columns if rows.x else len(rows.held["data"]) // max(len(rows.held["start"]) - 1, 1)
    of_row = (2 * entries + OF_LOSS) * objective.outputs
    at_once = max(OPERATIONS_AT_ONCE // (rows.batch_size * of_row + OF_PARAMETER * parameters), 1)
    addresses = [ctypes.addressof(structure) for structure in (rows, objective, scratch, walk)]
    for first in range(0, batches, at_once):
        library().logistica_walk(*addresses, first, min(first + at_once, batches))
    return batches


def _on_the_way(
    rule: CompiledRule, pace: Pace, walk: Walk, point: Array, average: Array, memory: Memory, sizes: Array
) -> _Walk:
    first, second = [*memory.values(), None, None][:2]
    numbers = (NUMBER * 3)(*rule.numbers)
    return _Walk(
        point=point, mean=average, rule=rule.kind, numbers=numbers, first_memory=first, second_memory=second,
        sizes=sizes, begin=pace.begin, by_rows=pace.by_rows, updates=walk.updates, averaged=walk.averaged, running=0.0,
    )  # fmt: skip


def _objective(mean: MeanObjective) -> _Objective:
    total = mean.total
    c, m = total.coordinates, total.shape[1]
    return _Objective(
        columns=len(c.centre), outputs=m, intercept=c.intercept,
        centre=in_a_row(c.centre), scale=in_a_row(c.scale),
        ridge=None if total.penalty is None else in_a_row(total.penalty.strength),
        lasso=None if mean.lasso is None else np.repeat(mean.lasso.strength, m),
        total_weight=total.total_weight, all_rows=total.source.n_rows,
    )  # fmt: skip


def _rows(block: Block, rows: RowsInPlace, batch_size: int) -> _Rows:
    values = {name: in_a_row(getattr(block, name)) for name in ("y", "weights", "offset")}
    known = {"n": block.n_rows, "batch_size": batch_size, "place": rows.places, **values}
    X = rows.X
    if isinstance(X, SparseRows):
        return _Rows(**known, start=X.start, column=X.column, data=X.data, wide=X.column.dtype == np.int64)
    return _Rows(**known, x=X, stride=X.strides[0] // X.itemsize)


def _scratch(mean: MeanObjective, *, dense: bool) -> _Scratch:
    q, m = mean.shape
    sizes = {"gradient": q * m, "slopes": q * m, "constant": m, "sums": m}
    sizes |= dict.fromkeys(("eta", "residual", "proba"), ROWS_AT_ONCE * m)
    if dense:
        sizes |= {"turned": q * ROWS_AT_ONCE, "by_output": m * ROWS_AT_ONCE}
    return _Scratch(**{name: np.empty(size) for name, size in sizes.items()})


def _copied(values: Array) -> Array:
    """Return a copy to be changed, its rows one after the other."""
    return np.array(values, order="C")
