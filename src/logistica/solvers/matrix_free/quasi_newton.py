"""L-BFGS: a quasi-Newton method (Nocedal and Wright 2006, Numerical Optimization, algorithms 7.4 and 7.5).

    theta <- theta - step_size * B g

B stands for the inverse Hessian: a first guess of it, corrected by what the gradients of the last few steps have told.
A step costs one sweep for the value and the gradient, unless its full length is too long. How good the guess is decides
how many there are: with the inverse Hessian of a sample of the rows each step leaves a few per cent of the error, with
one made of the columns' Gram matrix (:class:`logistica.solvers.matrix_free.kronecker.Kronecker`) about a third.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import EPSILON, length
from logistica.objective.objective import Objective, Slope
from logistica.solvers.history import HistoryRow
from logistica.solvers.line_search import backtrack, hidden

Array = NDArray[np.float64]

MEMORY = 10


@dataclass(frozen=True)
class Pair:
    """A step and the change of the gradient along it, shape (d,), and one over their product."""

    step: Array
    change: Array
    inverse: float


@dataclass(frozen=True)
class QuasiNewtonState:
    """A point, the slope there, and what earlier steps told.

    ``decrement`` is the root of g' B g, about the Newton decrement; ``distance`` about how far the optimum is, in
    standard errors: see :class:`QuasiNewton`. ``fruitless`` steps, whose gain the value's rounding hides, have not
    halved the decrement from ``level``.
    """

    theta: Array
    slope: Slope
    pairs: tuple[Pair, ...]
    direction: Array
    decrement: float
    distance: float
    step_size: float
    steps: int
    level: float
    fruitless: int
    stalled: bool
    total_weight: float

    @property
    def row(self) -> HistoryRow:
        return HistoryRow(
            self.steps,
            self.slope.value / self.total_weight,
            length(self.slope.gradient) / self.total_weight,
            self.step_size,
            decrement=self.distance / 2.0,
        )


@dataclass(frozen=True)
class QuasiNewton:
    """L-BFGS on ``objective``, over the parameters that are ``free``.

    Attributes
    ----------
    objective : Objective
    free : array of intp
        Places in theta, flattened row by row, of the parameters to be estimated; the others stay as they start.
    guess : callable
        Takes a gradient of the free parameters, shape (d,), to the step that the first guess of B makes of it.
    least : array, shape (d,), or None
        Where given, sum g^2 / least bounds the square of the Newton decrement from above: then the distance is twice
        the root of that sum, and otherwise twice the decrement by B.
    patience : int
        Fruitless steps after which nothing is left to gain: one where the first guess is so good that each step halves
        the decrement, more with a poorer one.
    rescaled : bool
        Whether the first guess is multiplied by what makes it right along the last step (equation 7.20).
    """

    objective: Objective
    free: NDArray[np.intp]
    guess: Callable[[Array], Array]
    least: Array | None = None
    patience: int = 1
    rescaled: bool = False

    def start(self, theta: Array) -> QuasiNewtonState:
        """Return the state at theta, shape (q, m)."""
        return self.begin(theta, self.objective.slope(theta))

    def begin(self, theta: Array, slope: Slope) -> QuasiNewtonState:
        """Return the state at theta, where the slope is known."""
        return self._state(theta, slope, (), 0.0, None)

    def step(self, state: QuasiNewtonState) -> QuasiNewtonState:
        """Return the state after one step; a stalled one where no step size brings the objective down."""
        value, slope = state.slope.value, -state.decrement * state.decrement
        landing = backtrack(state.theta, state.direction, value, slope, self.objective.slope)
        if landing is None:
            return replace(state, step_size=0.0, steps=state.steps + 1, stalled=True)
        pairs = self._learnt(state, landing.theta, landing.at)
        return self._state(landing.theta, landing.at, pairs, landing.step_size, state)

    def _learnt(self, state: QuasiNewtonState, theta: Array, slope: Slope) -> tuple[Pair, ...]:
        step = (theta - state.theta).reshape(-1)[self.free]
        change = (slope.gradient - state.slope.gradient).reshape(-1)[self.free]
        product = float(step @ change)
        if product <= EPSILON * length(step) * length(change):
            return state.pairs
        return (*state.pairs[1 - MEMORY :], Pair(step, change, 1.0 / product))

    def _state(
        self,
        theta: Array,
        slope: Slope,
        pairs: tuple[Pair, ...],
        step_size: float,
        before: QuasiNewtonState | None,
    ) -> QuasiNewtonState:
        gradient = slope.gradient.reshape(-1)[self.free]
        towards = self._improved(gradient, pairs)
        decrement = math.sqrt(max(float(gradient @ towards), 0.0))
        direction = np.zeros(theta.size)
        direction[self.free] = -towards
        size = decrement if self.least is None else math.sqrt(float(np.sum(gradient**2 / self.least)))
        level, fruitless = math.inf, 0
        if before is not None and hidden(decrement, slope.value):
            level, fruitless = before.level, before.fruitless + 1
        if fruitless == 0 or decrement <= 0.5 * level:
            level, fruitless = decrement, 0
        return QuasiNewtonState(
            theta,
            slope,
            pairs,
            direction.reshape(theta.shape),
            decrement,
            2.0 * size,
            step_size,
            0 if before is None else before.steps + 1,
            level,
            fruitless,
            fruitless >= self.patience,
            self.objective.total_weight,
        )

    def _improved(self, gradient: Array, pairs: tuple[Pair, ...]) -> Array:
        """Return B g by the two loops over the pairs."""
        rest = gradient.copy()
        shares = []
        for pair in reversed(pairs):
            share = pair.inverse * float(pair.step @ rest)
            rest -= share * pair.change
            shares.append(share)
        rest = self.guess(rest)
        if self.rescaled and pairs:
            last = pairs[-1]
            rest /= last.inverse * float(last.change @ self.guess(last.change))
        for pair, share in zip(pairs, reversed(shares), strict=True):
            rest += (share - pair.inverse * float(pair.change @ rest)) * pair.step
        return rest
