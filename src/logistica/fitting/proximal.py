"""Proximal Newton from a problem with an L1 penalty to its end, judged by the duality gap.

It runs in the coordinates of Newton's method, with all outputs of a softmax free: an L1 penalty prefers some.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.fitting.finish import Ended, Finish
from logistica.fitting.first_order import completion
from logistica.fitting.judgement import UNKNOWN
from logistica.fitting.problem import Problem
from logistica.fitting.record import Estimate
from logistica.fitting.solve import start_of_all_outputs
from logistica.objective.linear import is_sparse
from logistica.solvers.choice import WIDE
from logistica.solvers.driver import Run, Status, Surroundings, drive
from logistica.solvers.history import Watch
from logistica.solvers.proximal.proximal_newton import FEW, ProximalNewton, ProximalState
from logistica.solvers.proximal.proximal_rows import ProximalNewtonOnRows
from logistica.solvers.stopping import Gap

Array = NDArray[np.float64]


def solve_by_proximal_newton(problem: Problem, watch: Watch | None) -> Ended:
    """Minimise the objective until the duality gap is ``tol`` of it."""
    options = problem.options
    coordinates = problem.columns.coordinates.with_all_outputs()
    solver = proximal_newton(problem)
    around: Surroundings[ProximalState] = Surroundings(watch, completion(problem, coordinates), interruptible=True)
    rule = Gap(options.tol, options.max_iter, options.stop.most_seconds)
    run: Run[ProximalState] = drive(solver, solver.start(null_start(problem)), rule, around)
    return _Arrived(problem, solver, run)


def proximal_newton(problem: Problem) -> ProximalNewton:
    """Return what minimises the objective: by matrices, or by the entries of columns where matrices would be large.

    That is where sparse rows have many columns, or a matrix for very many coefficients has more numbers than X.
    """
    whole = problem.composite(problem.columns.coordinates.with_all_outputs())
    q, m = whole.loss.shape
    if is_sparse(problem.source):
        on_rows = q * m > (FEW if m == 1 else WIDE)
    else:
        on_rows = m > 1 and q * m > WIDE and m * m * q > problem.source.n_rows
    return (ProximalNewtonOnRows if on_rows else ProximalNewton)(whole)


def null_start(problem: Problem) -> Array:
    """Return theta of all outputs, shape (q, outputs), at zero but for the intercepts."""
    return start_of_all_outputs(problem.objective(problem.columns.coordinates), problem.columns)


@dataclass(frozen=True)
class _Arrived:
    problem: Problem
    solver: ProximalNewton
    run: Run[ProximalState]

    def finish(self) -> Finish:
        return self.hurried() if self.run.status is Status.INTERRUPTED else self._finish(self.run.status)

    def hurried(self) -> Finish:
        return self._finish(Status.INTERRUPTED)

    def _finish(self, status: Status) -> Finish:
        problem, state, whole = self.problem, self.run.state, self.solver.problem
        coordinates, theta = whole.loss.coordinates, whole.representative(self.run.state.theta)
        free = np.ones(coordinates.n_rows, dtype=bool)
        return Finish(
            status,
            Estimate(coordinates, theta, theta, free),
            UNKNOWN._replace(gap=state.gap),
            math.inf,
            0.0 - state.slope.value * problem.unit,
            state.value * problem.unit,
            self.run.history,
            {},
            None,
        )
