"""L-BFGS: a quasi-Newton method (Nocedal and Wright 2006, Numerical Optimization, algorithms 7.4 and 7.5).

    theta <- theta - step_size * B g

B stands for the inverse Hessian: a first guess of it, corrected by what the gradients of the last few steps have told.
A step costs one sweep for the value and the gradient, unless its full length is too long. How good the guess is decides
how many there are: with the inverse Hessian of a sample of the rows each step leaves a few per cent of the error.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import EPSILON, length
from logistica.objective.objective import Objective, Slope
from logistica.solvers.driver import Status
from logistica.solvers.history import HistoryRow

Array = NDArray[np.float64]

MEMORY = 10
SUFFICIENT_DECREASE = 1e-4
SMALLEST_STEP = 2.0**-20
HIDDEN = 64.0
"""Gains of so many units in the value's last place are lost in its rounding: then only the gradient tells."""


@dataclass(frozen=True)
class Pair:
    """A step and the change of the gradient along it, shape (d,), and one over their product."""

    step: Array
    change: Array
    inverse: float


@dataclass(frozen=True)
class QuasiNewtonState:
    """A point, the slope there, and what earlier steps told.

    ``decrement`` is the root of g' B g: about the distance to the optimum, in standard errors.
    """

    theta: Array
    slope: Slope
    pairs: tuple[Pair, ...]
    direction: Array
    decrement: float
    step_size: float
    steps: int
    stalled: bool
    total_weight: float

    @property
    def row(self) -> HistoryRow:
        return HistoryRow(
            self.steps,
            self.slope.value / self.total_weight,
            length(self.slope.gradient) / self.total_weight,
            self.step_size,
            decrement=self.decrement,
        )


@dataclass(frozen=True)
class Close:
    """Stop where the optimum seems to be within ``tol`` standard errors, where nothing is gained, or by a limit."""

    tol: float
    max_iter: int
    seconds: float = math.inf

    def __call__(self, state: QuasiNewtonState, history: Sequence[HistoryRow], best: int) -> Status | None:
        if 2.0 * state.decrement <= self.tol:
            return Status.CONVERGED
        if state.stalled:
            return Status.STALLED
        if history[-1].iteration >= self.max_iter:
            return Status.MAX_ITERATIONS
        return Status.TIME if history[-1].seconds >= self.seconds else None


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
    """

    objective: Objective
    free: NDArray[np.intp]
    guess: Callable[[Array], Array]

    def start(self, theta: Array) -> QuasiNewtonState:
        """Return the state at theta, shape (q, m)."""
        return self._state(theta, self.objective.slope(theta), (), 0.0, 0, math.inf)

    def step(self, state: QuasiNewtonState) -> QuasiNewtonState:
        """Return the state after one step; a stalled one where no step size brings the objective down."""
        slack = 8.0 * EPSILON * abs(state.slope.value)
        step_size = 1.0
        while step_size > SMALLEST_STEP:
            theta = state.theta + step_size * state.direction
            slope = self.objective.slope(theta)
            if slope.value <= state.slope.value - SUFFICIENT_DECREASE * step_size * state.decrement**2 + slack:
                pairs = self._learnt(state, theta, slope)
                return self._state(theta, slope, pairs, step_size, state.steps + 1, state.decrement)
            step_size /= 2.0
        return self._state(state.theta, state.slope, state.pairs, 0.0, state.steps + 1, state.decrement)

    def _learnt(self, state: QuasiNewtonState, theta: Array, slope: Slope) -> tuple[Pair, ...]:
        step = (theta - state.theta).reshape(-1)[self.free]
        change = (slope.gradient - state.slope.gradient).reshape(-1)[self.free]
        product = float(step @ change)
        if product <= EPSILON * length(step) * length(change):
            return state.pairs
        return (*state.pairs[1 - MEMORY :], Pair(step, change, 1.0 / product))

    def _state(
        self, theta: Array, slope: Slope, pairs: tuple[Pair, ...], step_size: float, steps: int, before: float
    ) -> QuasiNewtonState:
        gradient = slope.gradient.reshape(-1)[self.free]
        towards = self._improved(gradient, pairs)
        decrement = math.sqrt(max(float(gradient @ towards), 0.0))
        direction = np.zeros(theta.size)
        direction[self.free] = -towards
        hidden = decrement**2 <= HIDDEN * EPSILON * abs(slope.value)
        stalled = step_size == 0.0 < steps or (hidden and decrement > 0.5 * before)
        flat = direction.reshape(theta.shape)
        return QuasiNewtonState(
            theta, slope, pairs, flat, decrement, step_size, steps, stalled, self.objective.total_weight
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
        for pair, share in zip(pairs, reversed(shares), strict=True):
            rest += (share - pair.inverse * float(pair.change @ rest)) * pair.step
        return rest
