"""From an objective to its optimum, or to what takes its place."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.fitting.columns import Columns
from logistica.fitting.options import FitOptions
from logistica.fitting.pilot import near, pilot_size
from logistica.fitting.rank import SUSPECT, Rank, find_rank, gram_at_start
from logistica.fitting.separation import Limit, examine
from logistica.fitting.separation.single import single_columns
from logistica.objective.objective import Objective
from logistica.solvers.driver import Run, Status, Surroundings, drive
from logistica.solvers.history import HistoryRow, Watch
from logistica.solvers.newton import Newton, NewtonState
from logistica.solvers.newton_path import Foreseen, foresee
from logistica.solvers.stopping import Stopping

Array = NDArray[np.float64]

_ENDED = frozenset({Status.INTERRUPTED, Status.CALLBACK, Status.TIME})
"""How a run ends for its user's reasons."""


@dataclass(frozen=True)
class Solution:
    """Where the solver ended.

    ``state`` is that of the finite part where ``limit`` says that the classes are separated; ``newton`` the solver that
    reached it; ``rank`` says which columns were estimated.
    """

    status: Status
    state: NewtonState
    newton: Newton
    history: tuple[HistoryRow, ...]
    rank: Rank
    limit: Limit | None


def solve(objective: Objective, columns: Columns, options: FitOptions, watch: Watch | None) -> Solution:
    """Minimise the objective. Only unpenalised columns alias."""
    seconds = math.inf if options.stop.seconds is None else options.stop.seconds
    stopping = Stopping(options.tol, options.max_iter, doubt=not options.penalised, seconds=seconds)
    around: Surroundings[NewtonState] = Surroundings(watch, interruptible=True)
    rank, start = Rank(np.ones(len(columns.square), dtype=bool), {}), starting_point(objective, columns)
    newton, ahead = newton_on(objective, rank, columns), None
    if not options.penalised:
        newton, rank, ahead = _without_aliases(newton, rank, columns, start, stopping)
    run = _run(newton, start, ahead, stopping, around)
    if run.status is not Status.DOUBT:
        return Solution(run.status, run.state, newton, run.history, rank, None)
    try:
        return _in_doubt(newton, rank, columns, run, stopping, around)
    except KeyboardInterrupt:
        return Solution(Status.INTERRUPTED, run.state, newton, run.history, rank, None)


def _without_aliases(
    newton: Newton, rank: Rank, columns: Columns, start: Array, stopping: Stopping
) -> tuple[Newton, Rank, Foreseen | None]:
    """Leave aliased columns out. Where the first Hessian shows that there are none, it is not made again."""
    objective = newton.objective
    n_rows, q = objective.source.n_rows, len(columns.square)
    if pilot_size(n_rows, len(newton.free)) is None and gram_at_start(objective.source, q):
        ahead = foresee(newton, start, stopping, SUSPECT)
        if ahead.pivot > SUSPECT:
            return newton, rank, ahead
    rank = find_rank(objective, columns)
    return newton_on(objective, rank, columns), rank, None


def _run(
    newton: Newton, start: Array, ahead: Foreseen | None, stopping: Stopping, around: Surroundings[NewtonState]
) -> Run[NewtonState]:
    """Go from ``start``, or what is known ``ahead``, to the optimum; where there are many rows, by way of a sample."""
    close = near(newton, start, stopping, around) if ahead is None else None
    if close is None:
        ahead = ahead or foresee(newton, start, stopping)
        return drive(ahead, ahead.first, stopping, around)
    state = newton.start(close.theta)
    if close.status in _ENDED:
        return Run(close.status, state, close.history or (state.row,))
    left = replace(
        stopping, max_iter=max(stopping.max_iter - len(close.history), 0), seconds=stopping.seconds - close.seconds
    )
    more = drive(newton, state, left, around)
    return Run(more.status, more.state, joined(close.history, more.history))


def _in_doubt(
    newton: Newton,
    rank: Rank,
    columns: Columns,
    run: Run[NewtonState],
    stopping: Stopping,
    around: Surroundings[NewtonState],
) -> Solution:
    """Decide whether there is an optimum, and find it or the limit."""
    limit = examine(newton.objective, run.state.theta, newton.free, columns)
    if limit is not None:
        return _at_the_limit(newton, rank, limit, columns, run, stopping, around)
    if run.state.factor is None:
        return Solution(Status.STALLED, run.state, newton, run.history, rank, None)
    left = replace(stopping, doubt=False, max_iter=max(stopping.max_iter - run.history[-1].iteration, 0))
    more = drive(newton, run.state._replace(stalled=False), left, around)
    return Solution(more.status, more.state, newton, joined(run.history, more.history[1:]), rank, None)


def newton_on(objective: Objective, rank: Rank, columns: Columns) -> Newton:
    """Return the solver over the columns that are not aliased, with nearly aliased ones as residuals."""
    coordinates, reach = objective.coordinates, columns.reach
    if not (coordinates.residuals or rank.residuals):
        return Newton(objective, places(objective, rank), reach, columns.square)
    coordinates = replace(coordinates, residuals=rank.residuals)
    objective = replace(objective, coordinates=coordinates)
    for level in rank.residuals:
        furthest = reach[level.columns] + np.abs(level.combination.T) @ reach[level.others]
        reach[level.columns] = furthest * level.scale
    square = columns.square * coordinates.magnification**2
    return Newton(objective, places(objective, rank), reach, square)


def places(objective: Objective, rank: Rank) -> NDArray[np.intp]:
    """Return the places in theta, flattened row by row, of the parameters that are not aliased."""
    return np.repeat(rank.free, objective.shape[1]).nonzero()[0]


def _at_the_limit(
    newton: Newton,
    rank: Rank,
    limit: Limit,
    columns: Columns,
    run: Run[NewtonState],
    stopping: Stopping,
    around: Surroundings[NewtonState],
) -> Solution:
    """Fit what the separation leaves; nothing at all where it is complete."""
    newton, rank, limit = plainest(newton, rank, limit, columns, run.state.theta)
    finite = replace(newton, objective=limit.remaining, free=limit.estimable)
    rest = drive(finite, finite.start(limit.start), replace(stopping, doubt=False), around)
    status = Status.COMPLETE if limit.complete else Status.QUASI
    if rest.status not in {Status.CONVERGED, Status.ROUNDING}:
        status = rest.status
    return Solution(status, rest.state, finite, joined(run.history, rest.history), rank, limit)


def plainest(newton: Newton, rank: Rank, limit: Limit, columns: Columns, theta: Array) -> tuple[Newton, Rank, Limit]:
    """Return the separation in the columns that say most.

    An aliased column that separates by itself tells its user more than the combination of others that stands for it.
    So columns that separate by themselves are put first, the rank is found again, and others give way.
    """
    objective = newton.objective
    first = _alone(objective, rank)
    if first is None:
        return newton, rank, limit
    again = find_rank(objective, columns, first)
    if np.array_equal(again.free, rank.free):
        return newton, rank, limit
    moved = newton_on(objective, again, columns)
    there = from_plain(moved, objective.coordinates.to_plain(theta))
    better = examine(moved.objective, there, moved.free, columns)
    return (newton, rank, limit) if better is None else (moved, again, better)


def from_plain(newton: Newton, theta: Array) -> Array:
    """Return theta, shape (q, m), of the plain coordinates in the solver's own."""
    T = newton.objective.coordinates.unmixing
    return theta if T is None else np.asarray(np.linalg.solve(T, theta))


def _alone(objective: Objective, rank: Rank) -> NDArray[np.intp] | None:
    """Return the rows of theta of all columns that separate by themselves, intercept first, if any is aliased."""
    intercept = int(objective.coordinates.intercept)
    if rank.free.all():
        return None
    everything = np.arange(objective.source.n_columns)
    found = single_columns(objective, everything)
    alone = np.array(sorted(one.column for one in found), dtype=np.intp) + intercept
    return None if rank.free[alone].all() else np.concatenate([np.arange(intercept), alone])


def joined(first: tuple[HistoryRow, ...], then: tuple[HistoryRow, ...]) -> tuple[HistoryRow, ...]:
    """Return one history, the second part numbered on."""
    return first + tuple(
        row.at(first[-1].iteration + 1 + i, first[-1].seconds + row.seconds) for i, row in enumerate(then)
    )


def starting_point(objective: Objective, columns: Columns) -> Array:
    """Return theta at zero, with the intercepts that fit the classes' shares for the mean offset."""
    theta = np.zeros(objective.shape)
    if objective.coordinates.intercept:
        theta[0] = columns.plain_intercepts
    return theta
