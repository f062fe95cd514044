"""Newton's steps over few rows, foreseen in one call of a compiled loop.

A step over some dozen rows is work of a microsecond, around which the solver's own code spends fifty. So a compiled
loop goes ahead of it: to the optimum where every full step is a good one and no doubt arises, else up to there. The
driver is handed its points one after the other, each with its certificate, as if they were made just then, and where
they end the solver goes on by itself. What the loop does is what ``newton.py`` and ``certificate.py`` say, up to
rounding; without it everything comes out the same, the number of sweeps too.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, library
from logistica.core.interface import STRUCTURES
from logistica.core.rows import NativeRows
from logistica.data.source import Block
from logistica.engines.base import Workspace
from logistica.objective.objective import Derivatives
from logistica.solvers.certificate import Certificate
from logistica.solvers.line_search import SUFFICIENT_DECREASE
from logistica.solvers.newton import DOUBT_AFTER, Expansion, Newton, NewtonState
from logistica.solvers.stopping import Stopping

Array = NDArray[np.float64]

MOST_PARAMETERS = 16
"""The constant MOST of newton_path.c."""
MOST_PRODUCTS = 2**17
"""Products for a Hessian, n q^2, above which the plain loops save little beside BLAS."""
MOST_POINTS = 32
FIGURES = 10
PIVOT = 4
"""Members of the struct ``figures`` of newton_path.c, and the place of one of them."""


class _Problem(ctypes.Structure):
    """The struct ``problem`` of newton_path.c."""

    _fields_ = STRUCTURES["problem"]


@dataclass(frozen=True)
class Path:
    """The points of some steps.

    Attributes
    ----------
    points : array, shape (sweeps,)
        Of the type that :func:`_point` says.
    judged : int
        How many of them have certificates: all, or all but the last.
    """

    points: NDArray[np.void]
    judged: int

    @property
    def sweeps(self) -> int:
        """One for each point."""
        return len(self.points)


@dataclass(frozen=True)
class Foreseen:
    """Newton's method of which the first states are known already.

    Attributes
    ----------
    newton : Newton
    states : tuple of NewtonState
        At least one.
    pivot : float
        The smallest of the first state's Hessian, scaled to a diagonal of ones; 0 where it is singular to rounding.
    beyond : (theta, Derivatives) or None
        The full step from the last of them; None where that was not looked at.
    """

    newton: Newton
    states: tuple[NewtonState, ...]
    pivot: float
    beyond: tuple[Array, Derivatives] | None = None

    @property
    def first(self) -> NewtonState:
        """The state from which the others were foreseen."""
        return self.states[0]

    def start(self, theta: Array) -> NewtonState:
        """Return the first state, whose theta it is."""
        return self.first

    def step(self, state: NewtonState) -> NewtonState:
        """Return the state after one step."""
        then = state.steps + 1
        if then < len(self.states):
            return self.states[then]
        return self.newton.step(state, self.beyond if then == len(self.states) else None)


def foresee(newton: Newton, theta: Array, stopping: Stopping, least_pivot: float = 0.0) -> Foreseen:
    """Return the solver with its state at theta, shape (q, m), and what can be foreseen quickly of those that follow.

    Nothing more is foreseen where the smallest pivot of the first Hessian is no larger than ``least_pivot``.
    """
    objective = newton.objective

    def kernel(block: Block, workspace: Workspace) -> Path:
        return _path(newton, theta, stopping, least_pivot, block, workspace)

    compiled = objective.loss_of_x is not None and len(newton.free) == newton.size
    path = objective.engine.repeat(kernel, objective.source, objective.width) if compiled and is_small(newton) else None
    if path is None:
        return _only(newton, newton.start(theta))
    points = path.points
    figures, thetas = points["figures"].tolist(), points["theta"].copy()
    derivatives = tuple(map(_derivatives, figures, points["gradient"], points["hessian"]))
    beyond = None if path.sweeps == path.judged else (thetas[-1], derivatives[-1])
    if not path.judged:
        return _only(newton, newton.start(theta, derivatives[0]))
    states = tuple(_state(newton, k, figures[k], thetas[k], derivatives[k]) for k in range(path.judged))
    return Foreseen(newton, states, figures[0][PIVOT], beyond)


def _only(newton: Newton, first: NewtonState) -> Foreseen:
    """Return the solver with nothing foreseen but its first state."""
    return Foreseen(newton, (first,), 0.0 if first.factor is None else first.factor.smallest_pivot())


def is_small(newton: Newton) -> bool:
    """Whether a sweep costs less than what Python does around it, so that a loop which needs none pays."""
    q = len(newton.free)
    return q <= MOST_PARAMETERS and newton.objective.source.n_rows * q**2 <= MOST_PRODUCTS


def _path(
    newton: Newton, theta: Array, stopping: Stopping, least_pivot: float, block: Block, workspace: Workspace
) -> Path:
    """Go ahead from theta."""
    objective = newton.objective
    q, most, sweeps = len(theta), min(stopping.max_iter + 1, MOST_POINTS), ctypes.c_int64()
    numbers = np.empty((most, FIGURES + 2 * q + q**2))
    numbers[0, FIGURES : FIGURES + q] = theta[:, 0]
    side_by_side = NativeRows.of(workspace.rows(block))  # so that the bits do not depend on how X is stored
    assert side_by_side is not None
    rows = objective.of_x(block, theta, side_by_side)
    room = workspace.room_of_products(q)
    linear, y = rows.struct(), np.ascontiguousarray(block.y)
    weights = None if block.weights is None else np.ascontiguousarray(block.weights)
    strength = None if objective.penalty is None else objective.penalty.strength
    arrays = (y, weights, objective.coordinates.scale, strength, newton.reach, newton.column_square, room)
    problem = _Problem(
        ctypes.addressof(linear), *map(address, arrays), q, DOUBT_AFTER, SUFFICIENT_DECREASE, stopping.tol, least_pivot
    )
    judged = library().logistica_newton_path(
        ctypes.addressof(problem), most, address(numbers), ctypes.addressof(sweeps)
    )
    return Path(numbers[: sweeps.value].view(_point(q))[:, 0], judged)


@cache
def _point(q: int) -> np.dtype[np.void]:
    """Return the type of a point: the struct ``figures`` of newton_path.c, and what follows it."""
    return np.dtype(
        [
            ("figures", np.float64, FIGURES),
            ("theta", np.float64, (q, 1)),
            ("gradient", np.float64, (q, 1)),
            ("hessian", np.float64, (q, q)),
        ]
    )


def _derivatives(figures: list[float], gradient: Array, hessian: Array) -> Derivatives:
    value, loss, residual_square, residual_sum, *_ = figures
    return Derivatives(value, gradient, hessian, loss, residual_square, residual_sum)


def _state(newton: Newton, steps: int, figures: list[float], theta: Array, at: Derivatives) -> NewtonState:
    """Return the state at a point that was judged."""
    *_, decrement, radius, bound, floor, stalled = figures
    return NewtonState(
        theta,
        Expansion(at, newton.free),
        Certificate(decrement, radius, bound, floor, exact=False),
        step_size=float(steps > 0),
        steps=steps,
        stalled=bool(stalled),
        doubtful=False,
        total_weight=newton.objective.total_weight,
    )
