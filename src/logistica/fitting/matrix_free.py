"""Newton-CG and L-BFGS from a problem to their end: no matrix of the Hessian is made on the way.

They run in the coordinates of Newton's method, with all outputs of a softmax free, so that classes are alike to them.
How far the optimum can be from where they ended is judged as for first-order solvers while the coefficients are few,
and else by the penalty: see :class:`logistica.solvers.settings.MatrixFree`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.fitting.finish import Ended, Finish
from logistica.fitting.first_order import completion
from logistica.fitting.judgement import UNKNOWN, Verdict, judge
from logistica.fitting.pilot import sampled
from logistica.fitting.problem import Problem
from logistica.fitting.record import Estimate
from logistica.fitting.second_order import row_in_user_units, tell
from logistica.fitting.solve import start_of_all_outputs
from logistica.objective import Coordinates, Objective, Products, products_at
from logistica.objective.gram import gram_matrix
from logistica.objective.linear import is_sparse
from logistica.solvers.certificate import Certificate, certify_by_ridge, rescaled, rounding_floor
from logistica.solvers.driver import Journal, Run, Solver, Status, Surroundings, drive
from logistica.solvers.history import Watch
from logistica.solvers.matrix_free.kronecker import Kronecker
from logistica.solvers.matrix_free.newton_cg import NewtonCGState
from logistica.solvers.matrix_free.quasi_newton import QuasiNewtonState
from logistica.solvers.matrix_free.scaling import Scaling, positive
from logistica.solvers.settings import MatrixFree
from logistica.solvers.stopping import ROUNDING_LIMIT, Close

Array = NDArray[np.float64]

ROWS_PER_COLUMN = 15
SWEEPS_WORTH = 12
"""As many multiplications as these sweeps take a Gram matrix and its decomposition may cost; it saves many more."""
MARGIN = 0.5
"""The share of the tolerance that the solver aims at: the certificate also allows for how the curvature changes."""
NEARLY = 100.0
"""How many times the tolerance the certificate may say that a run was away which is worth going on with."""


def solve_without_matrix(problem: Problem, watch: Watch | None) -> Ended:
    """Run the solver that the options name."""
    options, columns = problem.options, problem.columns
    settings = options.settings
    assert isinstance(settings, MatrixFree)
    coordinates = columns.coordinates.with_all_outputs()
    objective = problem.objective(coordinates)
    start = start_of_all_outputs(objective_of_contrasts(problem), columns)
    first = products_at(objective, start)
    least = _least_curvature(first) if _by_the_penalty(problem) else None
    tol = MARGIN * options.tol / max(math.sqrt(problem.unit), 1.0)
    if least is not None:
        floor = rounding_floor(
            first,
            (1.0 / least).reshape(-1),
            np.repeat(columns.square, start.shape[1]),
            np.repeat(columns.reach, start.shape[1]),
        )
        tol = max(tol, MARGIN * floor)
    telling = watch if watch is None or problem.unit == 1.0 else partial(tell, watch, problem.unit)
    around: Surroundings[Any] = Surroundings(telling, completion(problem, coordinates), interruptible=True)
    way = _Way(problem, settings, _preconditioner(problem, first), least, around)
    return _Arrived(problem, way.run(start, first, tol), partial(way.further, objective))


def objective_of_contrasts(problem: Problem) -> Objective:
    """Return the objective in the coordinates of Newton's method."""
    return problem.objective(problem.columns.coordinates)


@dataclass(frozen=True)
class _Way:
    """How a run goes, wherever it starts and ends."""

    problem: Problem
    settings: MatrixFree
    preconditioner: Callable[[Products], Callable[[Array], Array]]
    least: Array | None
    around: Surroundings[Any]

    def run(self, theta: Array, at: Products, tol: float, before: Run[Any] | None = None) -> Run[Any]:
        """Go from theta, where the derivatives are known, until the optimum seems to be within ``tol``."""
        solver: Solver[Any]
        start: Any
        solver, start = self.settings.begin(theta, at, self.preconditioner, self.least, tol)
        if before is not None:
            state = replace(start, steps=before.state.steps)
            start = Journal.resumed(state, before.history, state, len(before.history) - 1)
        options = self.problem.options
        return drive(solver, start, Close(tol, options.max_iter, options.stop.most_seconds), self.around)

    def further(self, objective: Objective, run: Run[Any], share: float) -> _Arrived:
        """Go on from the end of a run, until the optimum seems to be within a share of what it seems to be now."""
        theta, tol = run.state.theta, share * run.state.distance
        return _Arrived(self.problem, self.run(theta, products_at(objective, theta), tol, run), None)


@dataclass(frozen=True)
class _Arrived:
    """Where a run ended.

    Attributes
    ----------
    problem : Problem
    run : Run
    further : callable or None
        Goes on from the end of the run, to a share of the distance from the optimum that is seen there.
    """

    problem: Problem
    run: Run[NewtonCGState] | Run[QuasiNewtonState]
    further: Callable[[Run[Any], float], _Arrived] | None

    def finish(self) -> Finish:
        """Judge where the run ended, and go on once if that is not as near as it seemed; not if it was interrupted."""
        if self.run.status is Status.INTERRUPTED:
            return self.hurried()
        problem = self.problem
        objective = objective_of_contrasts(problem)
        estimate = self._estimate(objective.coordinates)
        at = products_at(objective, estimate.theta)
        if problem.columns.gram is not None:
            verdict = judge(problem, estimate)
        else:
            verdict = Verdict(_certificate(problem, at), estimate, {}, math.inf, None)
        tol, bound = problem.options.tol, verdict.certificate.bound
        near = self.run.status is Status.CONVERGED and verdict.separation is None and bound < NEARLY * tol
        if near and self.further is not None and bound > max(tol, verdict.certificate.floor):
            return self.further(self.run, 0.5 * tol / bound).finish()
        status = _status(self.run.status, verdict, problem.options.tol)
        return self._finish(status, verdict, at.slope.value)

    def hurried(self) -> Finish:
        estimate = self._estimate(self.problem.columns.coordinates)
        value = self.run.state.row.loss * self.run.state.total_weight
        return self._finish(Status.INTERRUPTED, Verdict(UNKNOWN, estimate, {}, math.inf, None), value)

    def _estimate(self, coordinates: Coordinates) -> Estimate:
        theta = self.run.state.theta
        if coordinates.reference is not None:
            theta = coordinates.with_all_outputs().as_contrasts(theta, coordinates.reference)
        return Estimate(coordinates, theta, theta, np.ones(coordinates.n_rows, dtype=bool))

    def _finish(self, status: Status, verdict: Verdict, value: float) -> Finish:
        problem, estimate = self.problem, verdict.estimate
        penalty = problem.objective(estimate.coordinates).penalty
        loss = value if penalty is None else value - penalty.value(estimate.theta)
        history = tuple(row_in_user_units(row, problem.unit) for row in self.run.history)
        return Finish(
            status,
            estimate,
            verdict.certificate,
            verdict.condition,
            0.0 - loss * problem.unit,
            value * problem.unit,
            history,
            verdict.aliases,
            verdict.separation,
        )


def _preconditioner(problem: Problem, first: Products) -> Callable[[Products], Callable[[Array], Array]]:
    """Return what makes gradients into steps: with the columns' Gram matrix where that is known or cheap."""
    columns = problem.columns
    if columns.gram is not None:
        return Kronecker.of(columns.gram, first).at
    n_rows = _rows_for_gram(problem)
    if n_rows is None:
        return Scaling.at
    gram = gram_matrix(problem.engine, sampled(problem.source, n_rows, problem.engine), first.objective.coordinates)
    np.fill_diagonal(gram, np.maximum(gram.diagonal(), columns.square))  # where none of the sample has a column
    return Kronecker.of(gram, first, sample=True).at


def _rows_for_gram(problem: Problem) -> int | None:
    """Return how many rows make a Gram matrix that is nearly that of all; None where it would take too long."""
    source, q, outputs = problem.source, len(problem.columns.square), problem.loss.n_outputs
    if is_sparse(source):
        return None
    n_rows = min(ROWS_PER_COLUMN * q, source.n_rows)
    sweep = 4 * source.n_rows * q * outputs
    return n_rows if n_rows * q**2 + 20 * q**3 + 10 * outputs**3 <= SWEEPS_WORTH * sweep else None


def _by_the_penalty(problem: Problem) -> bool:
    """Whether only the penalty can tell how far the optimum is."""
    return problem.columns.gram is None and problem.options.penalised


def _certificate(problem: Problem, at: Products) -> Certificate:
    if not problem.options.penalised:
        return UNKNOWN
    columns = problem.columns
    return rescaled(certify_by_ridge(at, columns.reach, columns.square), math.sqrt(problem.unit))


def _status(status: Status, verdict: Verdict, tol: float) -> Status:
    """Say how the run ended, now that it is known how far the optimum can be."""
    bound, floor = verdict.certificate.bound, verdict.certificate.floor
    if status not in {Status.CONVERGED, Status.STALLED}:
        return status
    if verdict.separation is None and bound <= tol:
        return Status.CONVERGED
    in_rounding = bound <= floor < math.inf or (status is Status.STALLED and bound <= ROUNDING_LIMIT)
    if verdict.separation is None and in_rounding:
        return Status.ROUNDING
    return Status.GRADIENT if status is Status.CONVERGED else status


def _least_curvature(at: Products) -> Array:
    """Return what makes sum g^2 / least a bound of the squared Newton decrement, shape (q, m), up to a factor of two.

    For columns the penalty. For an intercept, its own curvature and what its share of the other columns' gradients
    comes to.
    """
    penalty = at.objective.penalty
    assert penalty is not None
    least = np.repeat(penalty.strength[:, None], at.objective.shape[1], axis=1)
    if at.objective.coordinates.intercept:
        beside = at.beside_the_intercepts()
        own = positive(beside[:1])
        least[0] = 1.0 / (1.0 / own + np.sum((beside[1:] / own) ** 2 / least[1:], axis=0, keepdims=True))
    return least
