"""Newton's method with a backtracking line search (Boyd and Vandenberghe 2004, Convex Optimization, section 9.5).

    theta <- theta - step_size * H^-1 g

The full step is tried first, and the sweep that judges it brings the derivatives for the next one along, so that a step
usually costs one sweep; the last one costs none where it is certain beforehand how close it leads. From zero the method
converges for every logistic regression that has an optimum; near it, the number of right digits doubles with each step.
"""

from __future__ import annotations

import math
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import Factor, factorise, inverse_over_all, length
from logistica.core.records import frozen
from logistica.objective.objective import Derivatives, Objective
from logistica.solvers.certificate import (
    Certificate,
    certify,
    certify_landing,
    cheap_radius,
    exact_floor,
    exact_radius,
    largest_drift,
    radius_rounding,
    rounding_floor,
)
from logistica.solvers.history import HistoryRow
from logistica.solvers.line_search import backtrack

Array = NDArray[np.float64]

DOUBT_AFTER = 6
"""Steps after which a certificate that still says nothing puts the existence of the optimum in doubt."""


@frozen
class Expansion:
    """The objective to second order about a point, as a function of the parameters that are ``free``.

    ``known`` is the factor of the Hessian, if somebody has it already.
    """

    at: Derivatives
    free: NDArray[np.intp]
    known: Factor | None = None

    @cached_property
    def factor(self) -> Factor | None:
        """Of the Hessian; None where it is singular to rounding."""
        if self.known is not None:
            return self.known
        hessian = self.at.hessian
        everything = len(self.free) == len(hessian)
        return factorise(hessian if everything else hessian[np.ix_(self.free, self.free)])

    @cached_property
    def gradient(self) -> Array:
        """Over the free parameters."""
        return self.at.gradient.reshape(-1)[self.free]

    @property
    def decrement(self) -> float:
        """The Newton decrement; inf without a factor."""
        return np.inf if self.factor is None else length(self.factor.half_solve(self.gradient))

    @property
    def direction(self) -> Array:
        """The Newton step, shape (q, m); zero without a factor."""
        direction = np.zeros(self.at.gradient.size)
        if self.factor is not None:
            direction[self.free] = -self.factor.solve(self.gradient)
        return direction.reshape(self.at.gradient.shape)


class NewtonState(NamedTuple):
    """A point, the objective about it, and what follows from that; ``total_weight`` is the sum of the rows' weights."""

    theta: Array
    about: Expansion
    certificate: Certificate
    step_size: float
    steps: int
    stalled: bool
    doubtful: bool
    total_weight: float

    @property
    def at(self) -> Derivatives:
        """The derivatives."""
        return self.about.at

    @property
    def factor(self) -> Factor | None:
        """Of the Hessian over the free parameters; None where it is singular to rounding."""
        return self.about.factor

    @property
    def row(self) -> HistoryRow:
        at, certificate = self.about.at, self.certificate
        slope, weight = at.gradient, self.total_weight
        return history_row(
            self.steps, at.value, slope, weight, self.step_size, certificate.decrement, certificate.bound
        )


def history_row(
    steps: int,
    value: float,
    gradient: Array,
    total_weight: float,
    step_size: float,
    decrement: float,
    bound: float,
    seconds: float = 0.0,
) -> HistoryRow:
    """Return what the history holds of a state: see :class:`HistoryRow`; the objective and its gradient are sums."""
    slope = length(gradient) / total_weight
    return HistoryRow(steps, value / total_weight, slope, step_size, seconds=seconds, decrement=decrement, bound=bound)


@frozen
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
    tol : float
        A full step that is certain to lead so close to the optimum, in standard errors, is taken without a sweep where
        it leads: the Hessian of before is kept, from which standard errors then differ by no more than this share of
        themselves. 0: every step is looked at.
    """

    objective: Objective
    free: NDArray[np.intp]
    reach: Array
    column_square: Array
    tol: float = 0.0

    @property
    def size(self) -> int:
        """How many parameters theta has, free or not."""
        q, m = self.objective.shape
        return q * m

    @cached_property
    def squares(self) -> Array:
        """The sum of squares of each parameter's column, shape (q * m,)."""
        return np.repeat(self.column_square, self.objective.shape[1])

    @cached_property
    def _furthest(self) -> Array:
        """The largest |z| of each parameter's column, shape (q * m,)."""
        return np.repeat(self.reach, self.objective.shape[1])

    def start(self, theta: Array, at: Derivatives | None = None) -> NewtonState:
        """Return the state at theta, shape (q, m), where the derivatives are ``at``, if they are known."""
        return self.moved(theta, at or self.objective.evaluate(theta), step_size=0.0, before=None)

    def judge(self, theta: Array) -> NewtonState:
        """Return the state at theta, whatever led there, with a certificate as good as can be had."""
        return self.moved(theta, self.objective.evaluate(theta), step_size=0.0, before=None, thorough=True)

    def step(self, state: NewtonState, full: tuple[Array, Derivatives] | None = None) -> NewtonState:
        """Return the state after one step; a stalled one where no step size brings the objective down.

        ``full`` is the theta of the full step, and the derivatives there, if they are known.
        """
        landed = self._landed(state) if full is None and self.tol > 0.0 else None
        if landed is not None:
            return landed
        slope = -state.certificate.decrement * state.certificate.decrement  # a power beyond all numbers is an error
        known = [] if full is None else [full[1]]

        def look(there: Array) -> Derivatives:
            return known.pop() if known else self.objective.evaluate(there)

        landing = backtrack(
            state.theta, state.about.direction, state.at.value, slope, look, self.objective.values_along
        )
        if landing is None:
            return _ended(state)
        theta = landing.theta if full is None or landing.step_size < 1.0 else full[0]
        return self.moved(theta, landing.at, landing.step_size, state)

    def _landed(self, state: NewtonState) -> NewtonState | None:
        """Return the state after the full step, foretold; None where it is not certain enough."""
        if state.factor is None:
            return None
        direction = state.about.direction
        span = np.maximum(direction.max(axis=1), 0.0) - np.minimum(direction.min(axis=1), 0.0)
        drift = min(float(self.reach @ span), largest_drift(state.certificate))
        certificate = certify_landing(state.certificate, drift, radius_rounding(state.factor) - 1.0)
        if not (certificate.bound <= self.tol and math.expm1(drift) <= self.tol):
            return None
        theta, penalty = state.theta + direction, self.objective.penalty
        value = state.at.value - state.certificate.decrement**2 / 2.0
        loss = value if penalty is None else value - penalty.value(theta)
        at = state.at._replace(value=value, loss=loss, gradient=np.full_like(state.at.gradient, np.nan))
        return NewtonState(
            theta,
            Expansion(at, self.free, state.factor),
            certificate,
            step_size=1.0,
            steps=state.steps + 1,
            stalled=False,
            doubtful=False,
            total_weight=state.total_weight,
        )

    def moved(
        self, theta: Array, at: Derivatives, step_size: float, before: NewtonState | None, *, thorough: bool = False
    ) -> NewtonState:
        steps = 0 if before is None else before.steps + 1
        about, weight = Expansion(at, self.free), self.objective.total_weight
        if about.factor is None:
            nothing = Certificate(np.inf, np.inf, np.inf, np.inf, exact=False)
            return NewtonState(theta, about, nothing, step_size, steps, True, True, weight)
        certificate = self._certify(theta, about, about.factor, thorough=thorough or steps >= DOUBT_AFTER)
        doubtful = steps >= DOUBT_AFTER and not np.isfinite(certificate.bound)
        return NewtonState(
            theta,
            about,
            certificate,
            step_size,
            steps,
            stalled=_no_gain(certificate, before) or (doubtful and _only_noise(certificate, before)),
            doubtful=doubtful,
            total_weight=weight,
        )

    def _certify(self, theta: Array, about: Expansion, factor: Factor, *, thorough: bool) -> Certificate:
        inverse, decrement = self.inverse(factor), about.decrement
        floor = rounding_floor(about.at, inverse.diagonal(), self.squares, self._furthest)
        doubt = radius_rounding(factor)
        cheap = cheap_radius(inverse, self.reach, self.objective.shape[1]) * doubt
        found = certify(decrement, cheap, floor, exact=False)
        if np.isfinite(found.bound) or not thorough:
            return found
        radius = exact_radius(self.objective, inverse) * doubt
        forbidding = decrement * radius < 1.0 <= (decrement + floor / 2.0) * radius
        if forbidding and not self.objective.coordinates.residuals:  # whose own values are rounded too
            floor = exact_floor(self.objective, theta, inverse.diagonal())
        return certify(decrement, radius, floor, exact=True)

    def inverse(self, factor: Factor) -> Array:
        """Return H^-1 over all parameters, shape (q * m, q * m), with zeros for those that are not free."""
        return inverse_over_all(factor, self.free, self.size)


def _no_gain(certificate: Certificate, before: NewtonState | None) -> bool:
    """Whether the decrement is at the level of rounding and no longer falls."""
    if before is None:
        return False
    small = certificate.bound <= 10.0 * certificate.floor or certificate.bound <= 1e-6
    return small and certificate.decrement > 0.5 * before.certificate.decrement


def _only_noise(certificate: Certificate, before: NewtonState | None) -> bool:
    """Whether the decrement grows where rounding alone can be as large, so that no certificate will come."""
    return before is not None and certificate.in_rounding and certificate.decrement >= before.certificate.decrement


def _ended(state: NewtonState) -> NewtonState:
    return state._replace(stalled=True, doubtful=not np.isfinite(state.certificate.bound))
