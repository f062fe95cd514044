"""From an objective to its optimum, or to what takes its place."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.records import frozen
from logistica.fitting.columns import Columns
from logistica.fitting.options import FitOptions
from logistica.fitting.pilot import near, pilot_size
from logistica.fitting.rank import SUSPECT, Rank, find_rank, gram_at_start
from logistica.fitting.separation import Limit, examine
from logistica.fitting.separation.single import Found, single_columns
from logistica.objective.objective import Objective
from logistica.solvers.damped_newton import with_damping
from logistica.solvers.driver import Run, Status, Surroundings, drive
from logistica.solvers.history import HistoryRow, Watch, joined, wants_each
from logistica.solvers.newton import Newton, NewtonState
from logistica.solvers.newton_path import Foreseen, foresee, is_small
from logistica.solvers.stopping import Stopping

Array = NDArray[np.float64]

_ENDED = frozenset({Status.INTERRUPTED, Status.CALLBACK, Status.TIME})
"""How a run ends for its user's reasons."""


@frozen
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


@frozen
class Separated:
    """A separation, and the solver and the rank that belong to the columns in which it is told."""

    newton: Newton
    rank: Rank
    limit: Limit


def solve(objective: Objective, columns: Columns, options: FitOptions, watch: Watch | None) -> Solution:
    """Minimise the objective. Only unpenalised columns alias."""
    stopping = Stopping(options.tol, options.max_iter, doubt=not options.penalised, seconds=options.stop.most_seconds)
    around: Surroundings[NewtonState] = Surroundings(watch, interruptible=True)
    rank, start = Rank(np.ones(len(columns.square), dtype=bool), {}), starting_point(objective, columns)
    newton, ahead = newton_on(objective, rank, columns, stopping.tol), None
    if not options.penalised:
        newton, rank, ahead = _without_aliases(newton, rank, columns, start, stopping)
    run = _run(newton, start, ahead, stopping, around)
    try:
        if run.status is Status.DOUBT:
            return _in_doubt(newton, rank, columns, run, stopping, around)
        run = with_damping(newton, run, start, stopping, around)
    except KeyboardInterrupt:
        run = replace(run, status=Status.INTERRUPTED)
    return Solution(run.status, run.state, newton, run.history, rank, None)


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
    return newton_on(objective, rank, columns, stopping.tol), rank, None


def _run(
    newton: Newton, start: Array, ahead: Foreseen | None, stopping: Stopping, around: Surroundings[NewtonState]
) -> Run[NewtonState]:
    """Go from ``start``, or what is known ``ahead``, to the optimum; where there are many rows, by way of a sample."""
    close = near(newton, start, stopping, around) if ahead is None else None
    if close is None:
        ahead = ahead or foresee(newton, start, stopping)
        step_by_step = wants_each(around.watch) or stopping.seconds < math.inf
        return drive(ahead, ahead.first if step_by_step else ahead.journal(), stopping, around)
    state = newton.start(close.theta)
    if close.status in _ENDED:
        return Run(close.status, state, close.history or (state.row,))
    before = close.history if close.foreseen else close.history[:-1]  # without that of where Newton's method starts
    left = replace(stopping, max_iter=max(stopping.max_iter - len(before), 0), seconds=stopping.seconds - close.seconds)
    more = drive(newton, state, left, around)
    return replace(more, history=joined(before, more.history))


def _in_doubt(
    newton: Newton,
    rank: Rank,
    columns: Columns,
    run: Run[NewtonState],
    stopping: Stopping,
    around: Surroundings[NewtonState],
) -> Solution:
    """Decide whether there is an optimum, and find it or the limit."""
    separated = separation(newton, rank, columns, run.state.theta)
    if separated is not None:
        return _at_the_limit(separated, run, stopping, around)
    if run.state.factor is None:
        run = replace(run, status=Status.STALLED)
    else:
        left = replace(stopping, doubt=False, max_iter=max(stopping.max_iter - run.history[-1].iteration, 0))
        more = drive(newton, run.state._replace(stalled=False), left, around)
        run = replace(more, history=joined(run.history, more.history[1:]))
    run = with_damping(newton, run, starting_point(newton.objective, columns), stopping, around)
    return Solution(run.status, run.state, newton, run.history, rank, None)


def newton_on(objective: Objective, rank: Rank, columns: Columns, tol: float = 0.0) -> Newton:
    """Return the solver over the columns that are not aliased, with nearly aliased ones as residuals.

    ``tol`` is where a step may lead without a look: see :class:`Newton`. Small problems look all the same.
    """
    newton = _newton_on(objective, rank, columns)
    return newton if is_small(newton) else replace(newton, tol=tol)


def _newton_on(objective: Objective, rank: Rank, columns: Columns) -> Newton:
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
    separated: Separated, run: Run[NewtonState], stopping: Stopping, around: Surroundings[NewtonState]
) -> Solution:
    """Fit what the separation leaves; nothing at all where it is complete.

    Separated rows may have driven the start so far out that Newton's method does not find back: then it starts at zero.
    """
    limit, surely = separated.limit, replace(stopping, doubt=False)
    finite = replace(separated.newton, objective=limit.remaining, free=limit.estimable)
    rest = drive(finite, finite.start(limit.start), surely, around)
    rest = with_damping(finite, rest, np.zeros_like(limit.start), stopping, around)
    status = Status.COMPLETE if limit.complete else Status.QUASI
    if rest.status not in {Status.CONVERGED, Status.ROUNDING}:
        status = rest.status
    return Solution(status, rest.state, finite, joined(run.history, rest.history), separated.rank, limit)


def separation(newton: Newton, rank: Rank, columns: Columns, theta: Array) -> Separated | None:
    """Return the separation of the classes in the columns that say most; None where they are not known to be separated.

    An aliased column that separates by itself tells its user more than the combination of others that stands for it.
    So columns that separate by themselves are put first, the rank is found again, and others give way.
    """
    objective = newton.objective
    alone = single_columns(objective, np.arange(objective.source.n_columns))
    first = _put_first(objective, rank, alone)
    if first is not None:
        again = find_rank(objective, columns, first)
        moved = newton_on(objective, again, columns)
        there = from_plain(moved, without_aliased(objective.coordinates.to_plain(theta), again))
        limit = examine(moved, there, columns, alone)
        if limit is not None:
            return Separated(moved, again, limit)
    limit = examine(newton, theta, columns, alone)
    return None if limit is None else Separated(newton, rank, limit)


def from_plain(newton: Newton, theta: Array) -> Array:
    """Return theta, shape (q, m), of the plain coordinates in the solver's own."""
    T = newton.objective.coordinates.unmixing
    return theta if T is None else np.asarray(np.linalg.solve(T, theta))


def without_aliased(theta: Array, rank: Rank) -> Array:
    """Return the theta, in plain coordinates, of the same predictions that leaves aliased columns at zero."""
    moved = theta.copy()
    for j, combination in rank.combinations.items():
        moved += np.outer(combination, theta[j])
        moved[j] = 0.0
    return moved


def _put_first(objective: Objective, rank: Rank, alone: Sequence[Found]) -> NDArray[np.intp] | None:
    """Return the rows of theta of all columns that separate by themselves, intercept first, if any is aliased."""
    intercept = int(objective.coordinates.intercept)
    places = np.array(sorted(one.column for one in alone), dtype=np.intp) + intercept
    return None if rank.free[places].all() else np.concatenate([np.arange(intercept), places])


def start_of_all_outputs(objective: Objective, columns: Columns) -> Array:
    """Return the same for all outputs of a softmax, shape (q, outputs), with intercepts about their mean."""
    coordinates = objective.coordinates
    start = coordinates.outputs(starting_point(objective, columns))
    return start if coordinates.reference is None else start - start.mean(axis=1, keepdims=True)


def starting_point(objective: Objective, columns: Columns) -> Array:
    """Return theta at zero, with the intercepts that fit the classes' shares for the mean offset."""
    theta = np.zeros(objective.shape)
    if objective.coordinates.intercept:
        theta[0] = columns.plain_intercepts
    return theta
