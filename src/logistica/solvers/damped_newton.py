"""Newton's method with damping, for ways through places where the Hessian is singular to rounding.

    theta <- theta - (H + damping * D)^-1 g,    D = diag(sum_i weight_i z_ij^2)

(Levenberg 1944, Quarterly of Applied Mathematics 2, 164-168; Marquardt 1963, SIAM Journal on Applied Mathematics 11,
431-441). Where all probabilities are 0 or 1 in some direction, of extreme weights or offsets, H has nothing of it, but
a row on the wrong side still has its gradient. No Hessian exceeds that of equal probabilities, so a damping of about
1 makes every step a safe one; it is as small as the objective's fall allows, and vanishes towards the optimum. It takes
more steps than Newton's method, which is what to try first.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import factorise
from logistica.solvers.certificate import Certificate
from logistica.solvers.driver import Run, Status, Surroundings, drive
from logistica.solvers.history import HistoryRow, joined
from logistica.solvers.line_search import SUFFICIENT_DECREASE, hidden, slack_of
from logistica.solvers.newton import Newton, NewtonState
from logistica.solvers.stopping import Stopping

Array = NDArray[np.float64]

FIRST, SMALLEST, LARGEST = 1e-3, 1e-14, 1e8
"""The first damping; below the smallest there is none; beyond the largest nothing is gained."""
LESS, MORE = 1.0 / 16.0, 8.0
"""By what it changes after a step that gained about what was expected, and after one that gained too little."""
DAMPINGS = tuple(FIRST * MORE**i for i in range(12))
"""What is tried, one after the other, where nothing is known beforehand."""
AS_EXPECTED = 0.75


class DampedState(NamedTuple):
    """Newton's state, the damping of the next step, and whether there is none."""

    newton: NewtonState
    damping: float
    ended: bool = False

    @property
    def theta(self) -> Array:
        """Of the last step."""
        return self.newton.theta

    @property
    def certificate(self) -> Certificate:
        """Newton's."""
        return self.newton.certificate

    @property
    def row(self) -> HistoryRow:
        """Newton's."""
        return self.newton.row

    @property
    def stalled(self) -> bool:
        """Whether nothing more is gained; a singular Hessian is no end here."""
        return self.ended or (self.newton.factor is not None and self.newton.stalled)

    @property
    def doubtful(self) -> bool:
        """It goes on for as long as something is gained."""
        return False


class _Tried(NamedTuple):
    """The state after a step, the share that it gained of what was expected, and whether that is lost in rounding.

    What rounding may hide counts as gained.
    """

    there: NewtonState
    share: float
    lost: bool


@dataclass(frozen=True)
class DampedNewton:
    """The steps of ``newton``, damped."""

    newton: Newton

    def start(self, theta: Array) -> DampedState:
        """Return the state at theta, shape (q, m)."""
        return DampedState(self.newton.start(theta), FIRST)

    def step(self, state: DampedState) -> DampedState:
        """Return the state after one step; an ended one where no damping makes it bring the objective down.

        Where what there is to gain is lost in rounding, only the gradient at the end of an undamped step can show
        whether it leads on.
        """
        if hidden(state.certificate.decrement, state.newton.at.value):
            tried = self._tried(state.newton, 0.0)
            there = state.newton if tried is None else tried.there
            led = there.certificate.decrement <= 0.5 * state.certificate.decrement
            return DampedState(there, 0.0) if led else state._replace(ended=True)
        damping = state.damping
        while damping <= LARGEST:
            tried = self._tried(state.newton, damping)
            if tried is not None and tried.share >= SUFFICIENT_DECREASE:
                less = damping * LESS if tried.share >= AS_EXPECTED else damping
                return DampedState(tried.there, less if less > SMALLEST else 0.0, tried.lost and damping <= SMALLEST)
            damping = max(damping * MORE, SMALLEST)
        return state._replace(ended=True)

    def _tried(self, state: NewtonState, damping: float) -> _Tried | None:
        """Return what comes of a step; None without a factor."""
        free, at = self.newton.free, state.at
        hessian, gradient = at.hessian[np.ix_(free, free)], state.about.gradient
        factor = factorise(hessian + np.diag(damping * self.newton.squares[free]))
        if factor is None:
            return None
        direction = np.zeros(at.gradient.size)
        direction[free] = step = -factor.solve(gradient)
        expected = -float(gradient @ step) - 0.5 * float(step @ hessian @ step)
        theta = state.theta + direction.reshape(state.theta.shape)
        there = self.newton.objective.evaluate(theta)
        gained = at.value - there.value + slack_of(at.value)
        share = gained / expected if expected > 0.0 else float(gained >= 0.0)
        lost = hidden(math.sqrt(2.0 * max(expected, 0.0)), at.value)
        return _Tried(self.newton.moved(theta, there, 1.0, state), share, lost)


def with_damping(
    newton: Newton,
    run: Run[NewtonState],
    start: Array,
    stopping: Stopping,
    around: Surroundings[NewtonState] | None = None,
) -> Run[NewtonState]:
    """Go again, from ``start`` and with damping, where Newton's method stalled far from the optimum.

    Where it came so near that rounding alone keeps it from a certificate, it is not tried again.
    """
    if run.status is not Status.STALLED or run.state.certificate.in_rounding:
        return run
    damped, last = DampedNewton(newton), run.history[-1]
    left = replace(
        stopping, max_iter=max(stopping.max_iter - last.iteration, 0), seconds=stopping.seconds - last.seconds
    )
    surroundings: Surroundings[DampedState] = Surroundings()
    if around is not None:
        surroundings = Surroundings(around.watch, interruptible=around.interruptible)
    again = drive(damped, damped.start(start), left, surroundings)
    return Run(again.status, again.state.newton, joined(run.history, again.history))
