"""Newton's method with a backtracking line search (Boyd and Vandenberghe 2004, Convex Optimization, section 9.5).

    theta <- theta - step_size * H^-1 g

The full step is tried first, and the sweep that judges it brings the derivatives for the next one along, so that a step
usually costs one sweep. From zero the method converges for every logistic regression that has an optimum; near it, the
number of right digits doubles with each step.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import Factor, factorise, length
from logistica.objective.objective import Derivatives, Objective
from logistica.solvers.certificate import (
    Certificate,
    certify,
    cheap_radius,
    exact_radius,
    radius_rounding,
    rounding_floor,
)
from logistica.solvers.history import HistoryRow
from logistica.solvers.line_search import backtrack

Array = NDArray[np.float64]

DOUBT_AFTER = 6
"""Steps after which a certificate that still says nothing puts the existence of the optimum in doubt."""


@dataclass(frozen=True)
class NewtonState:
    """A point, its derivatives and what follows from them.

    ``factor`` is None where H is singular to rounding; ``total_weight`` is the sum of the rows' weights.
    """

    theta: Array
    at: Derivatives
    factor: Factor | None
    direction: Array
    certificate: Certificate
    step_size: float
    steps: int
    stalled: bool
    doubtful: bool
    total_weight: float

    @property
    def row(self) -> HistoryRow:
        return HistoryRow(
            self.steps,
            self.at.value / self.total_weight,
            length(self.at.gradient) / self.total_weight,
            self.step_size,
            decrement=self.certificate.decrement,
            bound=self.certificate.bound,
        )


@dataclass(frozen=True)
class Newton:
    """Newton's method on ``objective``, over the parameters that are ``free``.

    Attributes
    ----------
    objective : Objective
    free : array of intp
        Places in theta, flattened row by row, of the parameters to be estimated; the others stay as they start.
    reach : array, shape (q,)
        The largest |z| of each column, for the certificate.
    column_square : array, shape (q,)
        The weighted sum of squares of each column of z.
    """

    objective: Objective
    free: NDArray[np.intp]
    reach: Array
    column_square: Array
    everywhere: Array = field(init=False)
    furthest: Array = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "everywhere", np.repeat(self.column_square, self.objective.shape[1]))
        object.__setattr__(self, "furthest", np.repeat(self.reach, self.objective.shape[1]))

    def start(self, theta: Array) -> NewtonState:
        """Return the state at theta, shape (q, m)."""
        return self._state(theta, self.objective.evaluate(theta), step_size=0.0, before=None)

    def judge(self, theta: Array) -> NewtonState:
        """Return the state at theta, whatever led there, with a certificate as good as can be had."""
        return self._state(theta, self.objective.evaluate(theta), step_size=0.0, before=None, thorough=True)

    def step(self, state: NewtonState) -> NewtonState:
        """Return the state after one step; a stalled one where no step size brings the objective down."""
        slope = -(state.certificate.decrement**2)
        objective = self.objective
        landing = backtrack(state.theta, state.direction, state.at.value, slope, objective.evaluate, objective.value)
        if landing is None:
            return _ended(state)
        return self._state(landing.theta, landing.at, landing.step_size, state)

    def _state(
        self, theta: Array, at: Derivatives, step_size: float, before: NewtonState | None, *, thorough: bool = False
    ) -> NewtonState:
        steps = 0 if before is None else before.steps + 1
        free, weight = self.free, self.objective.total_weight
        gradient = at.gradient.reshape(-1)[free]
        everything = len(free) == theta.size
        factor = factorise(at.hessian if everything else at.hessian[np.ix_(free, free)])
        direction = np.zeros(theta.size)
        if factor is None:
            nothing = Certificate(np.inf, np.inf, np.inf, np.inf, exact=False)
            flat = direction.reshape(theta.shape)
            return NewtonState(theta, at, None, flat, nothing, step_size, steps, True, True, weight)
        direction[free] = -factor.solve(gradient)
        decrement = length(factor.half_solve(gradient))
        certificate = self._certify(at, factor, decrement, thorough=thorough or steps >= DOUBT_AFTER)
        return NewtonState(
            theta,
            at,
            factor,
            direction.reshape(theta.shape),
            certificate,
            step_size,
            steps,
            stalled=_no_gain(decrement, certificate, before),
            doubtful=steps >= DOUBT_AFTER and not np.isfinite(certificate.bound),
            total_weight=weight,
        )

    def _certify(self, at: Derivatives, factor: Factor, decrement: float, *, thorough: bool) -> Certificate:
        inverse = self.inverse(factor)
        floor = rounding_floor(at, inverse.diagonal(), self.everywhere, self.furthest)
        doubt = radius_rounding(factor)
        cheap = cheap_radius(inverse, self.reach, self.objective.shape[1]) * doubt
        found = certify(decrement, cheap, floor, exact=False)
        if np.isfinite(found.bound) or not thorough:
            return found
        return certify(decrement, exact_radius(self.objective, inverse) * doubt, floor, exact=True)

    def inverse(self, factor: Factor) -> Array:
        """Return H^-1 over all parameters, shape (q * m, q * m), with zeros for those that are not free."""
        size = self.everywhere.size
        if len(self.free) == size:
            return factor.inverse()
        full = np.zeros((size, size))
        full[np.ix_(self.free, self.free)] = factor.inverse()
        return full


def _no_gain(decrement: float, certificate: Certificate, before: NewtonState | None) -> bool:
    """Whether the decrement is at the level of rounding and no longer falls."""
    if before is None:
        return False
    small = certificate.bound <= 10.0 * certificate.floor or certificate.bound <= 1e-6
    return small and decrement > 0.5 * before.certificate.decrement


def _ended(state: NewtonState) -> NewtonState:
    return replace(state, stalled=True, doubtful=not np.isfinite(state.certificate.bound))
