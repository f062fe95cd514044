"""Newton's method without the Hessian's matrix: truncated conjugate gradients on its products with vectors.

    theta <- theta - step_size * d,    H d = g solved only as closely as the progress so far deserves

(Nocedal and Wright 2006, Numerical Optimization, algorithm 7.1; how closely: Eisenstat and Walker 1996, SIAM Journal on
Scientific Computing 17, choice 2). The conjugate gradients are preconditioned: by the diagonal of the Hessian
(:class:`~logistica.solvers.matrix_free.scaling.Scaling`), or where that pays by what the columns' Gram matrix tells of
its inverse (:class:`~logistica.solvers.matrix_free.kronecker.Kronecker`). A step costs a sweep for the derivatives, one
for a diagonal, and one for each product.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import EPSILON, length
from logistica.objective.objective import Objective
from logistica.objective.products import Products, products_at
from logistica.solvers.history import HistoryRow
from logistica.solvers.line_search import backtrack, hidden
from logistica.solvers.matrix_free.scaling import Scaling

Array = NDArray[np.float64]

MOST_PRODUCTS = 250
"""In one step."""
LOOSEST, CLOSEST = 0.5, 1e-6
"""Shares of the gradient that a step may leave; less than the smaller one is lost in rounding where columns alias."""
RATE = 0.9
WORTH_KEEPING = 0.1


@dataclass(frozen=True)
class NewtonCGState:
    """A point, its derivatives, and the way from there.

    Attributes
    ----------
    theta : array, shape (q, m)
    at : Products
    direction : array, shape (q, m)
    decrement : float
        The root of -g'd: the Newton decrement, from below.
    distance : float
        About how far the optimum is, in standard errors: see :class:`NewtonCG`.
    size : float
        The length of the gradient in the norm of its scaling.
    forcing : float
        How closely the direction was sought, as a share of ``size``.
    """

    theta: Array
    at: Products
    direction: Array
    decrement: float
    distance: float
    size: float
    forcing: float
    step_size: float
    steps: int
    stalled: bool
    total_weight: float

    @property
    def row(self) -> HistoryRow:
        slope = self.at.slope
        return HistoryRow(
            self.steps,
            slope.value / self.total_weight,
            length(slope.gradient) / self.total_weight,
            self.step_size,
            decrement=self.distance / 2.0,
        )


@dataclass(frozen=True)
class NewtonCG:
    """Newton-CG on ``objective``.

    Attributes
    ----------
    objective : Objective
    least : array, shape (q, m), or None
        Where given, sum g^2 / least bounds the square of the decrement from above: then the distance is twice the root
        of that sum, and otherwise twice the decrement as far as it is known.
    tol : float
        The distance that is to be reached: no direction is sought from there, or more closely than for that.
    preconditioner : callable
        Takes the derivatives at a point to what takes gradients to about Newton's steps, both of shape (q, m).
    """

    objective: Objective
    least: Array | None
    tol: float
    preconditioner: Callable[[Products], Callable[[Array], Array]] = Scaling.at

    def start(self, theta: Array) -> NewtonCGState:
        """Return the state at theta, shape (q, m)."""
        return self.begin(theta, products_at(self.objective, theta))

    def begin(self, theta: Array, at: Products) -> NewtonCGState:
        """Return the state at theta, whose derivatives are known."""
        return self._state(theta, at, 0.0, None)

    def step(self, state: NewtonCGState) -> NewtonCGState:
        """Return the state after one step; a stalled one where no step size brings the objective down."""
        slope = float(np.vdot(state.at.slope.gradient, state.direction))
        landing = backtrack(
            state.theta,
            state.direction,
            state.at.value,
            slope,
            partial(products_at, self.objective),
            self.objective.values_along,
        )
        if landing is None:
            return replace(state, step_size=0.0, steps=state.steps + 1, stalled=True)
        return self._state(landing.theta, landing.at, landing.step_size, state)

    def _state(self, theta: Array, at: Products, step_size: float, before: NewtonCGState | None) -> NewtonCGState:
        gradient, steps = at.slope.gradient, 0 if before is None else before.steps + 1
        weight = self.objective.total_weight
        bound = math.inf if self.least is None else 2.0 * math.sqrt(float(np.sum(gradient**2 / self.least)))
        if bound <= self.tol:
            nothing = np.zeros_like(theta)
            return NewtonCGState(theta, at, nothing, bound / 2.0, bound, 0.0, 0.0, step_size, steps, False, weight)
        scaling = self.preconditioner(at)
        size = math.sqrt(max(float(np.vdot(gradient, scaling(gradient))), 0.0))
        forcing = _forcing(size, before)
        if size > 0.0:
            forcing = max(forcing, CLOSEST, min(0.1 * self.tol / min(bound, 2.0 * size), LOOSEST))
        direction = conjugate_gradients(at.times, gradient, scaling, forcing)
        decrement = math.sqrt(max(-float(np.vdot(gradient, direction)), 0.0))
        distance = 2.0 * decrement if self.least is None else bound
        lost = hidden(decrement, at.slope.value) and before is not None and distance > 0.5 * before.distance
        return NewtonCGState(theta, at, direction, decrement, distance, size, forcing, step_size, steps, lost, weight)


def conjugate_gradients(
    times: Callable[[Array], Array], gradient: Array, precondition: Callable[[Array], Array], forcing: float
) -> Array:
    """Return d with H d = -g up to a residual that is ``forcing`` times as long as g, in the preconditioner's norm.

    Parameters
    ----------
    times : callable
        Takes a direction, shape (q, m), to the Hessian's product with it.
    gradient : array, shape (q, m)
    precondition : callable
        Takes a residual to about what the inverse Hessian makes of it.
    forcing : float
    """
    direction = np.zeros_like(gradient)
    residual = gradient.copy()
    step = -precondition(residual)
    size = -float(np.vdot(residual, step))
    enough = forcing**2 * size
    for _ in range(MOST_PRODUCTS):
        product = times(step)
        bend = float(np.vdot(step, product))
        if not bend > EPSILON * size:  # beside what the preconditioner expects only rounding: nothing is left to solve
            return direction if direction.any() else step
        share = size / bend
        direction += share * step
        residual += share * product
        towards = precondition(residual)
        left = float(np.vdot(residual, towards))
        if left <= enough:
            break
        step = (left / size) * step - towards
        size = left
    return direction


def _forcing(size: float, before: NewtonCGState | None) -> float:
    """Return how closely to solve: the closer, the faster the gradient fell in the last step."""
    if before is None or not before.size > 0.0:
        return LOOSEST
    forcing = RATE * (size / before.size) ** 2
    kept = RATE * before.forcing**2
    return min(max(forcing, kept) if kept > WORTH_KEEPING else forcing, LOOSEST)
