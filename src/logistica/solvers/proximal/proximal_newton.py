"""Proximal Newton: Newton's method for objectives with an L1 penalty.

    d = argmin over d    g'd + d'Hd / 2 + penalty(theta + d),    theta <- theta + step_size * d

with g and H the derivatives of the loss (Lee, Sun and Saunders 2014, SIAM Journal on Optimization 24; Friedman, Hastie
and Tibshirani 2010, Journal of Statistical Software 33). Only coefficients of a working set move, those not zero and
those that the gradient pulls away from zero; each step's sweep looks at all others. It ends where the duality gap is
small enough.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import OptionError
from logistica.core.linalg import length
from logistica.core.memory import machine_memory
from logistica.objective.chosen import of_columns
from logistica.objective.composite import Composite
from logistica.objective.objective import Slope, column_squares
from logistica.solvers.damped_newton import DAMPINGS
from logistica.solvers.history import HistoryRow
from logistica.solvers.line_search import SMALLEST_STEP, SUFFICIENT_DECREASE, hidden, slack_of
from logistica.solvers.proximal.duality import exact_bound, lower_bound
from logistica.solvers.proximal.gram_model import GramModel
from logistica.solvers.proximal.row_newton import Held
from logistica.solvers.stopping import CLOSE_GAP

Array = NDArray[np.float64]

FEW = 256
"""Parameters up to which all columns are in the working set."""
CONTRACTING = 0.1
"""The share of the last step's square above which the next one's says that the model has become too old."""
PROMISING = 0.25
"""The share of the square before it above which the last step's says so of the next one's, which need not be tried."""
MATRICES = 6
"""Of all parameters in the working set, that are held at the same time."""
TALL = 20
"""Rows for each parameter from which a matrix of second derivatives takes far longer than to solve with it."""
SHORT = 2.0**-10
"""A step that must be as short as that says that its model is singular, and damping does better."""
PATIENCE = 3
"""Steps, their gain hidden by rounding, that halve neither gap nor gradient, after which nothing is left to gain."""


@dataclass(frozen=True)
class ProximalState:
    """A point, the loss's slope there, and what is known of the minimum.

    Attributes
    ----------
    theta : array, shape (q, m)
    slope : Slope
        Of the loss.
    value : float
        The objective.
    bound : float
        What no value of the objective can be below.
    model : GramModel or None
    square : float
        That of the last step in the norm of its model, or what was promised of it if that is more: about twice what it
        gained.
    promising : bool
        Whether that was so much less than before that an older model may do.
    step_size : float
    level : tuple of float
        The smallest gap and gradient norm so far; for fruitless steps those that they have not halved.
    steps, fruitless : int
    stalled : bool
    gradient_norm : float
        The length of the step that a learning rate of 1 would take on the mean objective.
    total_weight : float
    held : Held or None
        What a method that works on rows keeps of them.
    """

    theta: Array
    slope: Slope
    value: float
    bound: float
    model: GramModel | None
    square: float
    promising: bool
    step_size: float
    level: tuple[float, float]
    steps: int
    fruitless: int
    stalled: bool
    gradient_norm: float
    total_weight: float
    held: Held | None = None

    @property
    def gap(self) -> float:
        """The most by which the objective can be above its minimum, as a share of itself; never less than rounding."""
        return above(self.bound, self.value) / self.value if self.value > 0.0 else 0.0

    @property
    def row(self) -> HistoryRow:
        return HistoryRow(self.steps, self.value / self.total_weight, self.gradient_norm, self.step_size)


class Aim(NamedTuple):
    """Where a model is lowest.

    Attributes
    ----------
    to, direction : arrays, shape (w, m)
        The model's rows of theta there, and the way to it.
    promise : float
        What the step gains by the slopes where it begins.
    square : float
        About twice what it gains: its square in the model's norm, or where that is nearly flat what is promised.
    """

    to: Array
    direction: Array
    promise: float
    square: float


def above(bound: float, value: float) -> float:
    """Return the most by which a value can be above the minimum, which is not below the bound but for rounding."""
    return max(value - bound, slack_of(value))


def working_set(problem: Composite, theta: Array, gradient: Array, least: int) -> NDArray[np.intp]:
    """Return the rows of theta that may move: what is not zero and what the gradient comes closest to moving.

    Twice as many as are not zero, or ``least``, and no fewer than are free of an L1 penalty.
    """
    inside = theta.any(axis=1) | (problem.lasso == 0.0)
    pull = np.abs(gradient).max(axis=1) / np.where(inside, 1.0, problem.lasso)
    pull[inside] = np.inf
    size = min(max(2 * int(inside.sum()), least), len(pull))
    return np.sort(np.argpartition(-pull, size - 1)[:size])


@dataclass(frozen=True)
class ProximalNewton:
    """Proximal Newton on ``problem``, by matrices of second derivatives in the working set."""

    problem: Composite

    def start(self, theta: Array) -> ProximalState:
        """Return the state at theta, shape (q, m)."""
        return self._state(theta, self.problem.loss.slope(theta), None, math.inf, 0.0, None)

    def resumed(self, state: ProximalState) -> ProximalState:
        """Return the state at the end of a run with other penalties; no sweep."""
        return self._state(state.theta, state.slope, state.model, math.inf, 0.0, None)

    @np.errstate(over="ignore", invalid="ignore")
    def step(self, state: ProximalState) -> ProximalState:
        """Return the state after one step; a stalled one where no step size brings the objective down.

        The minimum of a model that is nearly flat may lie beyond all numbers; then no step is made to it.
        """
        model = self._model(state)
        if not model.fresh:
            hopeless = model.cheap and not state.promising
            after = None if hopeless else self._by_old_model(state, model)
            if after is not None:
                return after
            model = self._at(state.theta, model.rows)
        aim = self._aim(state, model)
        after = (
            self._searched(state, model, aim, least=SHORT)
            or self._damped(state, model)
            or self._searched(state, model, aim, first=SHORT)
        )
        if after is not None:
            return after
        bound = max(state.bound, exact_bound(self.problem, state.theta, state.slope))
        return replace(state, step_size=0.0, steps=state.steps + 1, stalled=True, bound=bound)

    def _by_old_model(self, state: ProximalState, model: GramModel) -> ProximalState | None:
        """Return the state after one step, or None where the model is too old for a good one."""
        aim = self._aim(state, model)
        return None if aim.square > CONTRACTING * state.square else self._searched(state, model, aim)

    def _aim(self, state: ProximalState, model: GramModel) -> Aim:
        """Return where the model is lowest."""
        rows, problem, moved = model.rows, self.problem, state.theta.copy()
        gradient, at = state.slope.gradient[rows], state.theta[rows]
        moved[rows] = to = model.minimiser(gradient, at, problem.lasso[rows], problem.ridge[rows])
        direction = to - at
        promise = problem.penalty(state.theta) - problem.penalty(moved) - float(np.vdot(gradient, direction))
        return Aim(to, direction, promise, max(model.square(direction), promise - slack_of(state.value)))

    def _damped(self, state: ProximalState, model: GramModel) -> ProximalState | None:
        """Return the state that a step with damping leads to, where the Hessian is singular to rounding; None if none.

        See :mod:`logistica.solvers.damped_newton`. Where what there is to gain is lost in rounding none is tried.
        """
        if state.gap <= CLOSE_GAP:
            return None
        squares = column_squares(self.problem.loss)[model.rows]
        for damping in DAMPINGS:
            damped = model.damped(damping * squares)
            after = self._searched(state, damped, self._aim(state, damped), least=SHORT)
            if after is not None:
                return after
        return None

    def _searched(
        self, state: ProximalState, model: GramModel, aim: Aim, *, first: float = 1.0, least: float = SMALLEST_STEP
    ) -> ProximalState | None:
        """Return the state that a good step towards ``aim`` leads to, or None where none is good.

        Its size is ``first``, or that halved, as long as it is more than ``least``.
        """
        rows, problem = model.rows, self.problem
        to, direction, promise, square = aim
        if not math.isfinite(square + promise):
            return None
        step_size = first
        while step_size > least:
            theta = state.theta.copy()
            theta[rows] = to if step_size == 1.0 else state.theta[rows] + step_size * direction
            slope = problem.loss.slope(theta)
            value = slope.value + problem.penalty(theta)
            if value <= state.value - SUFFICIENT_DECREASE * step_size * promise + slack_of(state.value):
                change = slope.gradient[rows] - state.slope.gradient[rows]
                learnt = model.learnt(step_size * direction, change, state.total_weight)
                return self._state(theta, slope, learnt, square, step_size, state)
            step_size /= 2.0
        return None

    def _model(self, state: ProximalState) -> GramModel:
        """Return the model that there is, or a new one in a larger working set where more lies outside than inside."""
        problem, m = self.problem, state.theta.shape[1]
        if state.theta.size <= FEW:
            return state.model or self._at(state.theta, np.arange(len(state.theta)))
        distance = problem.distance(state.theta, state.slope.gradient)
        if state.model is not None:
            outside = np.ones(len(distance), dtype=bool)
            outside[state.model.rows] = False
            if distance[outside].max(initial=0.0) <= distance[~outside].max(initial=0.0):
                return state.model
        return self._at(state.theta, working_set(problem, state.theta, state.slope.gradient, max(FEW // m, 1)))

    def _at(self, theta: Array, rows: NDArray[np.intp]) -> GramModel:
        """Make a model of the loss at theta, by one sweep."""
        k, size = self.problem.n_intercepts, theta[rows].size
        if (needed := 8 * MATRICES * size**2) > (there := machine_memory()):
            raise OptionError(
                f"with so weak a penalty {size:,} coefficients are in use, for which proximal Newton needs matrices of"
                f" about {needed / 2**30:,.0f} GiB; this machine has {there / 2**30:,.0f} GiB. Use a smaller C, or"
                " solver='gradient-descent'"
            )
        objective = of_columns(self.problem.loss, rows[k:] - k)
        hessian = objective.evaluate(theta[rows]).hessian
        cheap = objective.source.n_rows < TALL * size
        return GramModel(rows, k * theta.shape[1], hessian, fresh=True, cheap=cheap)

    def _state(
        self,
        theta: Array,
        slope: Slope,
        model: GramModel | None,
        square: float,
        step_size: float,
        before: ProximalState | None,
    ) -> ProximalState:
        problem, weight = self.problem, self.problem.loss.total_weight
        value = slope.value + problem.penalty(theta)
        bound = lower_bound(problem, theta, slope)
        norm = length(theta - problem.proximal(theta, slope.gradient, weight))
        steps = fruitless = 0
        level = above(bound, value), norm
        if before is not None:
            steps, bound = before.steps + 1, max(bound, before.bound)
            level = min(above(bound, value), before.level[0]), min(norm, before.level[1])
            gap, least = before.level
            if hidden(math.sqrt(square), value) and above(bound, value) >= 0.5 * gap and norm >= 0.5 * least:
                level, fruitless = before.level, before.fruitless + 1
        stalled = fruitless >= PATIENCE
        if stalled:
            bound = max(bound, exact_bound(problem, theta, slope))
        promising = before is None or square <= PROMISING * before.square
        return ProximalState(
            theta, slope, value, bound, model, square, promising,
            step_size, level, steps, fruitless, stalled, norm, weight,
        )  # fmt: skip
