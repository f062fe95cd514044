"""Fits of one problem under many penalties, from the strongest to the weakest, each starting from the one before."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import OptionError
from logistica.core.threads import single_threaded_blas
from logistica.data.dataset import Dataset
from logistica.fitting.options import FitOptions
from logistica.fitting.problem import Problem, prepare
from logistica.fitting.proximal import null_start, proximal_newton
from logistica.objective.composite import Composite
from logistica.solvers.driver import Run, Status, Surroundings, drive
from logistica.solvers.proximal_newton import ProximalNewton, ProximalState
from logistica.solvers.stopping import Gap

Array = NDArray[np.float64]

SMALLEST_RATIO = 1e-3
"""The L1 share by which a path begins whose own is smaller: without one no penalty makes all coefficients zero."""
OVERWHELMING = 2.0**400


@dataclass(frozen=True)
class Penalties:
    """Which penalties a path goes through: those given, or ``n`` from the largest down to a share of it.

    Attributes
    ----------
    C : sequence of float, or None
    n : int
    smallest : float
    """

    C: Sequence[float] | None
    n: int
    smallest: float


@dataclass(frozen=True)
class Point:
    """One fit of a path.

    Attributes
    ----------
    C : float
    status : Status
    coef, intercept : arrays, shape (outputs, p) and (outputs,)
        In the user's columns.
    objective, log_likelihood : float
    gap : float
        The most by which the objective can be above its minimum, as a share of itself.
    sweeps : int
        That it took.
    """

    C: float
    status: Status
    coef: Array
    intercept: Array
    objective: float
    log_likelihood: float
    gap: float
    sweeps: int


def follow(dataset: Dataset, options: FitOptions, penalties: Penalties) -> tuple[Point, ...]:
    """Fit ``dataset`` under each penalty; if interrupted, return the fits that are done.

    ``options`` are those of each fit; their C is not used.
    """
    with single_threaded_blas():
        problem = prepare(dataset, replace(options, C=1.0))
        solver = proximal_newton(problem)
        points: list[Point] = []
        try:
            state = _nothing(solver, problem)
            for C in _sequence(solver.problem, options, penalties, state, problem.unit):
                before = problem.engine.sweeps
                state, status = _fitted(solver, state, C, options)
                if status is Status.INTERRUPTED:
                    break
                points.append(_point(problem, solver, state, C, status, problem.engine.sweeps - before))
        except KeyboardInterrupt:
            if not points:
                raise
        return tuple(points)


def _under(whole: Composite, C: float) -> Composite:
    """Return the objective with its penalties, which are those of C = 1, for another C."""
    return replace(whole, lasso=whole.lasso / C, ridge=whole.ridge / C)


def _nothing(solver: ProximalNewton, problem: Problem) -> ProximalState:
    """Return the state at the best intercepts, where a penalty holds everything else at zero."""
    alone = replace(solver, problem=_under(solver.problem, 1.0 / OVERWHELMING))
    run: Run[ProximalState] = drive(alone, alone.start(null_start(problem)), Gap(0.0, problem.options.max_iter))
    return run.state


def _sequence(
    whole: Composite, options: FitOptions, penalties: Penalties, nothing: ProximalState, unit: float
) -> list[float]:
    """Return the values of C in rising order."""
    if penalties.C is not None:
        return sorted(penalties.C)
    k = whole.n_intercepts
    pull = np.abs(nothing.slope.gradient[k:]).max(axis=1)
    strength = whole.lasso[k:] / max(options.l1_ratio, SMALLEST_RATIO) * max(options.l1_ratio, SMALLEST_RATIO)
    largest = float((pull / strength).max(initial=0.0))
    if not 0.0 < largest < math.inf:
        raise OptionError(
            "no penalty is too weak to hold all coefficients at zero, for no column has anything to say of the classes."
            " Give the penalties as C=[...]"
        )
    return [float(C) for C in np.geomspace(1.0 / largest, 1.0 / (penalties.smallest * largest), penalties.n)]


def _fitted(
    solver: ProximalNewton, state: ProximalState, C: float, options: FitOptions
) -> tuple[ProximalState, Status]:
    """Go from the fit before to that of a weaker penalty."""
    here = replace(solver, problem=_under(solver.problem, C))
    rule = Gap(options.tol, options.max_iter)
    around: Surroundings[ProximalState] = Surroundings(interruptible=True)
    run: Run[ProximalState] = drive(here, here.resumed(state), rule, around)
    return run.state, run.status


def _point(
    problem: Problem, solver: ProximalNewton, state: ProximalState, C: float, status: Status, sweeps: int
) -> Point:
    coef, intercept = solver.problem.loss.coordinates.to_user(state.theta)
    loss, value = state.slope.value * problem.unit, state.value * problem.unit
    return Point(C, status, coef, intercept, value, 0.0 - loss, state.gap, sweeps)
