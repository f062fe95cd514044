"""Newton's steps over few rows, foreseen in one call of a compiled loop.

A step over some dozen rows is work of a microsecond, around which the solver's own code spends fifty. So a compiled
loop goes ahead of it: to the optimum where every full step is a good one and no doubt arises, else up to there. The
driver is handed its points, each with its certificate: all at once, as the journal of a run that has come so far, or
where somebody wants to be told of each, one after the other, as if they were made just then. Where they end the solver
goes on by itself. What the loop does is what ``newton.py`` and ``certificate.py`` say, up to
rounding; without it everything comes out the same, the number of sweeps too.
"""

from __future__ import annotations

import ctypes
import time

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, library
from logistica.core.interface import STRUCTURES
from logistica.core.linalg import Factor
from logistica.core.records import frozen
from logistica.core.rows import NativeRows
from logistica.data.source import Block
from logistica.engines.base import Workspace
from logistica.objective.objective import Derivatives
from logistica.solvers.certificate import Certificate
from logistica.solvers.driver import Journal
from logistica.solvers.history import HistoryRow
from logistica.solvers.line_search import SUFFICIENT_DECREASE
from logistica.solvers.newton import DOUBT_AFTER, Expansion, Newton, NewtonState, history_row
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


@frozen
class Path:
    """The points of some steps.

    Attributes
    ----------
    numbers : array, shape (sweeps, FIGURES + 3 q + 2 q^2)
        Of each point the struct ``figures`` of newton_path.c, theta, the gradient, the Hessian and, of those that were
        judged, its factor.
    figures : list of lists of float
        The first of them.
    q : int
    judged : int
        How many of them have certificates: all, or all but the last.
    seconds : float
        What they took.
    """

    numbers: Array
    figures: list[list[float]]
    q: int
    judged: int
    seconds: float

    @property
    def sweeps(self) -> int:
        """One for each point."""
        return len(self.numbers)

    def theta(self, k: int) -> Array:
        """Return the parameters of a point, shape (q, 1)."""
        return self.numbers[k, FIGURES : FIGURES + self.q, None].copy()

    def derivatives(self, k: int) -> Derivatives:
        """Return the derivatives at a point."""
        value, loss, residual_square, residual_sum, *_ = self.figures[k]
        rest = self.numbers[k, FIGURES + self.q : FIGURES + 2 * self.q + self.q**2]
        hessian = rest[self.q :].reshape(self.q, self.q)
        return Derivatives(value, rest[: self.q, None], hessian, loss, residual_square, residual_sum)

    def factor(self, k: int) -> Factor:
        """Return the factor of a judged point's Hessian, in memory of its own, for the fit keeps it."""
        rest = self.numbers[k, FIGURES + 2 * self.q + self.q**2 :].copy()
        return Factor(rest[self.q :].reshape(self.q, self.q), rest[: self.q])

    def rows(self, total_weight: float) -> list[HistoryRow]:
        """Return the rows of the history of the points that were judged."""
        slopes = self.numbers[: self.judged, FIGURES + self.q : FIGURES + 2 * self.q]
        found = []
        for k, slope in enumerate(slopes):
            value, *_, decrement, _radius, bound, _floor, _stalled = self.figures[k]
            found.append(history_row(k, value, slope, total_weight, float(k > 0), decrement, bound, self.seconds))
        return found


@frozen
class Foreseen:
    """Newton's method of which the first states are known already.

    Attributes
    ----------
    newton : Newton
    pivot : float
        The smallest of the first state's Hessian, scaled to a diagonal of ones; 0 where it is singular to rounding.
    path : Path or NewtonState
        All of them; or only the first.
    """

    newton: Newton
    pivot: float
    path: Path | NewtonState

    @property
    def first(self) -> NewtonState:
        """The state from which the others were foreseen."""
        return _state(self.newton, self.path, 0) if isinstance(self.path, Path) else self.path

    def start(self, theta: Array) -> NewtonState:
        """Return the first state, whose theta it is."""
        return self.first

    def step(self, state: NewtonState) -> NewtonState:
        """Return the state after one step."""
        then, path = state.steps + 1, self.path
        if isinstance(path, Path) and then < path.judged:
            return _state(self.newton, path, then)
        if isinstance(path, Path) and then == path.judged < path.sweeps:
            return self.newton.step(state, (path.theta(then), path.derivatives(then)))
        return self.newton.step(state)

    def journal(self) -> Journal[NewtonState]:
        """Return the journal of all that was foreseen, for who need not go through it state by state."""
        path = self.path
        if not isinstance(path, Path):
            return Journal.resumed(path, (), path, 0)
        rows = path.rows(self.newton.objective.total_weight)
        losses = [row.loss for row in rows]
        last, place = len(rows) - 1, losses.index(min(losses))
        state = _state(self.newton, path, last)
        return Journal.resumed(state, rows, state if place == last else _state(self.newton, path, place), place)


def foresee(newton: Newton, theta: Array, stopping: Stopping, least_pivot: float = 0.0) -> Foreseen:
    """Return the solver with its state at theta, shape (q, m), and what can be foreseen quickly of those that follow.

    Nothing more is foreseen where the smallest pivot of the first Hessian is no larger than ``least_pivot``.
    """
    objective = newton.objective

    def kernel(block: Block, workspace: Workspace) -> Path:
        return _path(newton, theta, stopping, least_pivot, block, workspace)

    compiled = objective.loss_of_x is not None and len(newton.free) == newton.size
    path = objective.engine.repeat(kernel, objective.source, objective.width) if compiled and is_small(newton) else None
    if path is None or not path.judged:
        first = newton.start(theta, None if path is None else path.derivatives(0))
        return Foreseen(newton, 0.0 if first.factor is None else first.factor.smallest_pivot(), first)
    return Foreseen(newton, path.figures[0][PIVOT], path)


def is_small(newton: Newton) -> bool:
    """Whether a sweep costs less than what Python does around it, so that a loop which needs none pays."""
    q = len(newton.free)
    return q <= MOST_PARAMETERS and newton.objective.source.n_rows * q**2 <= MOST_PRODUCTS


def _path(
    newton: Newton, theta: Array, stopping: Stopping, least_pivot: float, block: Block, workspace: Workspace
) -> Path:
    """Go ahead from theta."""
    began, objective = time.perf_counter(), newton.objective
    q, most, sweeps = len(theta), min(stopping.max_iter + 1, MOST_POINTS), ctypes.c_int64()
    numbers = np.empty((most, FIGURES + 3 * q + 2 * q**2))
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
        ctypes.addressof(problem), *numbers.shape, address(numbers), ctypes.addressof(sweeps)
    )
    numbers = numbers[: sweeps.value]
    return Path(numbers, numbers[:, :FIGURES].tolist(), q, judged, time.perf_counter() - began)


def _state(newton: Newton, path: Path, k: int) -> NewtonState:
    """Return the state at a point that was judged."""
    *_, decrement, radius, bound, floor, stalled = path.figures[k]
    return NewtonState(
        path.theta(k),
        Expansion(path.derivatives(k), newton.free, path.factor(k)),
        Certificate(decrement, radius, bound, floor, exact=False),
        step_size=float(k > 0),
        steps=k,
        stalled=bool(stalled),
        doubtful=False,
        total_weight=newton.objective.total_weight,
    )
