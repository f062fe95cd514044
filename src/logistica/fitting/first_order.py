"""First-order solvers from a problem to its end.

They run in the user's own columns, or in standardised ones; how far the optimum can be from where they ended is then
judged as for every other fit, by one sweep of Newton's method at that point.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import OptionError
from logistica.core.records import Note
from logistica.fitting.checkpoint import Checkpoint
from logistica.fitting.finish import Ended, Finish
from logistica.fitting.intercepts import intercept_shift
from logistica.fitting.judgement import UNKNOWN, Verdict, judge
from logistica.fitting.problem import Problem
from logistica.fitting.record import Estimate
from logistica.objective import Coordinates, MeanObjective, Objective
from logistica.solvers.certificate import Certificate
from logistica.solvers.descent.descent import DescentState
from logistica.solvers.descent.first_order import FirstOrder
from logistica.solvers.driver import Run, State, Status, Surroundings, drive
from logistica.solvers.history import HistoryRow, Watch
from logistica.solvers.proximal.duality import exact_bound
from logistica.solvers.stopping import Descending

Array = NDArray[np.float64]


def descend(problem: Problem, watch: Watch | None) -> Ended:
    """Run the solver that the options name.

    Raises
    ------
    OptionError
        For a start that does not suit the model.
    """
    settings, random_state = problem.options.first_order, problem.options.random_state
    coordinates = _coordinates(problem, settings)
    gram = _gram(problem, settings, coordinates)
    mean = MeanObjective(problem.objective(coordinates), problem.lasso(coordinates), gram)
    solver = settings.method(mean, random_state)
    start = solver.start(settings.chosen_start.theta(coordinates, random_state))
    if not math.isfinite(start.row.loss):
        raise OptionError(f"start={settings.start!r}: the loss there is beyond all numbers. Start closer to zero")
    rule = Descending(solver.epochs, problem.options.stop)
    around: Surroundings[DescentState] = Surroundings(watch, completion(problem, coordinates), interruptible=True)
    if problem.options.checkpoint is None:
        return _Descended(problem, mean, drive(solver, start, rule, around))
    checkpoint, run = Checkpoint(problem), None
    try:
        with checkpoint:
            run = drive(solver, checkpoint.resumed(start), rule, replace(around, keep=checkpoint.keep))
    except KeyboardInterrupt:
        if run is None:
            raise
        run = replace(run, status=Status.INTERRUPTED)  # while its end was written: the writing before that is whole
    return _Descended(problem, mean, run, checkpoint.notes)


@dataclass(frozen=True)
class _Descended:
    problem: Problem
    mean: MeanObjective
    run: Run[DescentState]
    notes: tuple[Note, ...] = ()

    def finish(self) -> Finish:
        return replace(_judged(self.problem, self.mean, self.run), notes=self.notes)

    def hurried(self) -> Finish:
        run = replace(self.run, status=Status.INTERRUPTED)
        return replace(_judged(self.problem, self.mean, run), notes=self.notes)


def _coordinates(problem: Problem, settings: FirstOrder) -> Coordinates:
    """Return those of the user's columns, or standardised ones; theta holds all outputs of a softmax."""
    standardised = problem.columns.coordinates.with_all_outputs()
    if settings.preconditions:
        return _evened(problem, standardised)
    p = len(standardised.scale)
    return replace(standardised, centre=np.zeros(p), scale=np.ones(p))


def _gram(problem: Problem, settings: FirstOrder, coordinates: Coordinates) -> Array | None:
    """Return the Gram matrix of the survey in these coordinates; None if there is none, or they are the user's."""
    surveyed, gram = problem.columns.coordinates, problem.columns.gram
    if gram is None or not settings.preconditions:
        return None
    scale = np.concatenate([np.ones(int(coordinates.intercept)), coordinates.scale / surveyed.scale])
    return np.asarray(gram * scale[:, None] * scale)


def _evened(problem: Problem, standardised: Coordinates) -> Coordinates:
    """Shrink the columns on which a ridge penalty is steeper than the data, so that one rate suits all of them."""
    penalty = problem.objective(standardised).penalty
    if penalty is None:
        return standardised
    k = int(standardised.intercept)
    data = problem.loss.largest_curvature * problem.columns.square[k:]
    steeper = np.maximum(penalty.strength[k:] / np.where(data > 0.0, data, 1.0), 1.0)
    return replace(standardised, scale=np.ldexp(standardised.scale, -(np.frexp(np.sqrt(steeper))[1] - 1)))


@dataclass(frozen=True)
class Completion:
    """Adds to a row of the history the loss of the rows held out, and the coefficients."""

    held_out: Objective | None
    coordinates: Coordinates
    keep: bool

    def __call__(self, state: State, row: HistoryRow) -> HistoryRow:
        if self.held_out is not None:
            with np.errstate(all="ignore"):
                loss = self.held_out.value(state.theta) / self.held_out.total_weight
            row = row._replace(validation_loss=math.inf if math.isnan(loss) else loss)
        if self.keep:
            with np.errstate(all="ignore"):
                coef, intercept = self.coordinates.to_user(state.theta)
            row = row._replace(coef=coef, intercept=intercept)
        return row


def completion(problem: Problem, coordinates: Coordinates) -> Completion:
    """Return what a fit of the problem, solved in these coordinates, adds to the rows of its history."""
    held_out = None
    if problem.held_out is not None:
        held_out = Objective(problem.loss, None, problem.held_out, problem.engine, coordinates)
    return Completion(held_out, coordinates, problem.options.keep_coefficients)


def _judged(problem: Problem, mean: MeanObjective, run: Run[DescentState]) -> Finish:
    """Judge where a run ended, in the user's units and words; without a sweep if it was interrupted."""
    own, theta = mean.total.coordinates, run.state.theta
    judged = problem.columns.coordinates
    interrupted = run.status is Status.INTERRUPTED
    value = run.state.row.loss * mean.total.total_weight
    loss = value - mean.penalty(theta) if interrupted else replace(mean.total, penalty=None).value(theta)
    contrasts = theta
    if judged.reference is not None and not problem.options.lasso:
        contrasts = own.as_contrasts(theta, judged.reference)
        own = replace(own, reference=judged.reference)
    nothing = Estimate(own, contrasts, contrasts, np.ones(own.n_rows, dtype=bool))
    penalty, lasso = problem.objective(own).penalty, mean.lasso
    value = loss + (0.0 if penalty is None else penalty.value(contrasts))
    value += 0.0 if lasso is None else lasso.value(contrasts)
    if interrupted:
        verdict = Verdict(UNKNOWN, nothing, {}, math.inf, None)
    elif problem.options.lasso:
        verdict = Verdict(_by_the_gap(problem, mean, run.state), nothing, {}, math.inf, None)
    elif problem.columns.gram is None:
        verdict = Verdict(UNKNOWN, nothing, {}, math.inf, None)
    else:
        verdict = judge(problem, nothing)
    return Finish(
        run.status,
        verdict.estimate,
        verdict.certificate,
        verdict.condition,
        0.0 - loss * problem.unit,
        value * problem.unit,
        run.history,
        verdict.aliases,
        verdict.separation,
    )


def _by_the_gap(problem: Problem, mean: MeanObjective, state: DescentState) -> Certificate:
    """Say how far the objective can be above its minimum, where an L1 penalty leaves no second derivative."""
    theta = state.theta
    if mean.total.coordinates.intercept:
        shift = intercept_shift(mean.total, theta)
        if shift is None:
            return UNKNOWN
        theta = theta.copy()
        theta[0] += shift
    value, whole = state.row.loss, problem.composite(mean.total.coordinates)
    least = exact_bound(whole, theta, whole.loss.slope(theta)) / mean.total.total_weight
    return UNKNOWN._replace(gap=max(value - least, 0.0) / value if value > 0.0 else 0.0)
