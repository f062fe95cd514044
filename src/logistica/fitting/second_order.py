"""Newton's method from a problem to its end."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import partial

from logistica.core.errors import SeparationError
from logistica.core.records import frozen
from logistica.fitting import notes as say
from logistica.fitting.finish import Ended, Finish
from logistica.fitting.options import FitOptions
from logistica.fitting.problem import Problem
from logistica.fitting.record import Covariances, Estimate
from logistica.fitting.solve import Solution, solve
from logistica.fitting.uncertainty import CovariancesOfHessian, condition
from logistica.fitting.words import aliases_in_words, separation_in_words
from logistica.solvers.certificate import rescaled
from logistica.solvers.driver import Status
from logistica.solvers.history import HistoryRow, Watch


def solve_by_newton(problem: Problem, watch: Watch | None) -> Ended:
    """Minimise the objective; where it has no minimum, find the limit."""
    objective = problem.objective(problem.columns.coordinates)
    options, unit = problem.options, problem.unit
    telling = watch if watch is None or unit == 1.0 else partial(tell, watch, unit)
    solution = solve(objective, problem.columns, _in_solver_units(options, unit), telling)
    return _Solved(problem, _in_user_units(solution, options, unit))


@frozen
class _Solved:
    problem: Problem
    solution: Solution

    def finish(self) -> Finish:
        return _finish(self.problem, self.solution)

    def hurried(self) -> Finish:
        return _hurried(self.problem, self.solution)


def _hurried(problem: Problem, solution: Solution) -> Finish:
    """Return the finite part as it is, without what follows from it."""
    unit, state, coordinates = problem.unit, solution.state, solution.newton.objective.coordinates
    theta = coordinates.to_plain(state.theta)
    return Finish(
        Status.INTERRUPTED,
        Estimate(coordinates.plain(), theta, theta, solution.rank.free),
        rescaled(state.certificate, math.sqrt(unit)),
        math.inf,
        0.0 - state.at.loss * unit,
        state.at.value * unit,
        solution.history,
        aliases_in_words(solution.rank, problem.terms, problem.columns.coordinates),
        None,
    )


def _finish(problem: Problem, solution: Solution) -> Finish:
    """Put the solution into the user's units and words."""
    unit, options = problem.unit, problem.options
    state, limit, objective = solution.state, solution.limit, solution.newton.objective
    fitted = 0.0 - state.at.loss * unit
    coordinates = objective.coordinates
    finite = theta = coordinates.to_plain(state.theta)
    separation = None
    if limit is not None:
        distance = limit.distance(state.theta, problem.columns.total_weight * unit)
        theta = coordinates.to_plain(state.theta + distance * limit.direction)
        separation = separation_in_words(problem.dataset, objective, limit, distance, fitted)
        if options.on_separation == "raise":
            raise SeparationError(say.separated(separation), separation)
    covariances: Covariances | CovariancesOfHessian = Covariances()
    ill = math.inf
    if state.factor is not None:
        free = solution.newton.free
        covariances = CovariancesOfHessian(coordinates, state.factor, free, unit)
        ill = condition(coordinates, state.at.hessian, state.factor, free)
    return Finish(
        solution.status,
        Estimate(coordinates.plain(), theta, finite, solution.rank.free, covariances),
        rescaled(state.certificate, math.sqrt(unit)),
        ill,
        fitted,
        state.at.value * unit,
        solution.history,
        aliases_in_words(solution.rank, problem.terms, problem.columns.coordinates),
        separation,
    )


def _in_solver_units(options: FitOptions, unit: float) -> FitOptions:
    """Carry the tolerance over, never to a looser one: dividing weights by ``unit`` enlarges standard errors."""
    if unit <= 1.0:
        return options
    return replace(options, tol=options.tol / max(math.sqrt(unit), 1.0))


def _in_user_units(solution: Solution, options: FitOptions, unit: float) -> Solution:
    """Carry the history back; the rounding floor may by then lie above the tolerance that was asked for."""
    if unit == 1.0:
        return solution
    history = tuple(row_in_user_units(row, unit) for row in solution.history)
    met = history[-1].bound <= options.tol
    status = Status.ROUNDING if solution.status is Status.CONVERGED and not met else solution.status
    return replace(solution, history=history, status=status)


def row_in_user_units(row: HistoryRow, unit: float) -> HistoryRow:
    """Return a row of the history of weights divided by ``unit``, for the weights as they are."""
    root = math.sqrt(unit)
    return row._replace(decrement=row.decrement * root, bound=row.bound * root)


def tell(watch: Watch, unit: float, row: HistoryRow) -> object:
    """Show a row to who watches."""
    return watch(row_in_user_units(row, unit))
