"""From an objective to its optimum, or to what takes its place."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.fitting.columns import Columns
from logistica.fitting.options import FitOptions
from logistica.fitting.separation import Limit, examine
from logistica.objective.objective import Objective
from logistica.solvers.driver import HistoryRow, Status, Stopping, Watch, drive
from logistica.solvers.newton import Newton, NewtonState

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Solution:
    """Where the solver ended.

    ``state`` is that of the finite part where ``limit`` says that the classes are separated; ``newton`` the solver that
    reached it.
    """

    status: Status
    state: NewtonState
    newton: Newton
    history: tuple[HistoryRow, ...]
    limit: Limit | None


def solve(
    objective: Objective, columns: Columns, free: NDArray[np.bool_], options: FitOptions, watch: Watch | None
) -> Solution:
    """Minimise the objective over the rows of theta that are ``free``, shape (q,)."""
    places = np.flatnonzero(np.repeat(free, objective.shape[1]))
    newton = Newton(objective, places, columns.reach, np.diagonal(columns.gram))
    stopping = Stopping(options.tol, options.max_iter, doubt=not options.penalised)
    run = drive(newton, newton.start(starting_point(objective, columns)), stopping, watch)
    if run.status is not Status.DOUBT:
        return Solution(run.status, run.state, newton, run.history, None)
    limit = examine(objective, run.state.theta, places, columns)
    if limit is not None:
        return _solve_remaining(newton, limit, stopping, run.history, watch)
    if run.state.factor is None:
        return Solution(Status.MAX_ITERATIONS, run.state, newton, run.history, None)
    left = replace(stopping, doubt=False, max_iter=max(options.max_iter - run.history[-1].iteration, 0))
    more = drive(newton, replace(run.state, stalled=False), left, watch)
    return Solution(more.status, more.state, newton, joined(run.history, more.history[1:]), None)


def _solve_remaining(
    newton: Newton, limit: Limit, stopping: Stopping, history: tuple[HistoryRow, ...], watch: Watch | None
) -> Solution:
    """Fit what the separation leaves; nothing at all where it is complete."""
    status = Status.COMPLETE if limit.complete else Status.QUASI
    objective = limit.remaining
    finite = replace(newton, objective=objective, free=limit.estimable)
    state = finite.start(np.zeros(objective.shape))
    run = drive(finite, state, replace(stopping, doubt=False), watch)
    if run.status is Status.MAX_ITERATIONS:
        status = run.status
    return Solution(status, run.state, finite, joined(history, run.history), limit)


def joined(first: tuple[HistoryRow, ...], then: tuple[HistoryRow, ...]) -> tuple[HistoryRow, ...]:
    """Return one history, the second part numbered on."""
    return first + tuple(
        replace(row, iteration=first[-1].iteration + 1 + i, seconds=first[-1].seconds + row.seconds)
        for i, row in enumerate(then)
    )


def starting_point(objective: Objective, columns: Columns) -> Array:
    """Return theta at zero, with the intercepts that fit the classes' shares where nothing else is known."""
    theta = np.zeros(objective.shape)
    coordinates = objective.coordinates
    if not coordinates.intercept or next(objective.source.blocks(1)).offset is not None:
        return theta
    logs = np.log(columns.class_weight)
    base = logs[0] if coordinates.reference is None else logs[coordinates.reference]
    theta[0] = logs[1] - base if coordinates.reference is None else logs[list(coordinates.free_outputs)] - base
    return theta
