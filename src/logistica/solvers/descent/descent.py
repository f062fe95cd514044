"""Gradient descent on all rows, or on mini-batches of them.

    theta <- theta - learning_rate * schedule * direction

(Nocedal and Wright 2006, Numerical Optimization, section 2.2; Robbins and Monro 1951.) With an L1 penalty a proximal
step follows. A step of full-batch descent is one update, and of a stochastic method one epoch: row k of the history is
the state after k of them. All that the next step depends on is in the state, so that a checkpoint can go on with it. A
loss beyond all numbers is no error here, but a state with which the driver ends.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.random import Purpose, generator
from logistica.objective.mean import MeanObjective
from logistica.solvers.descent.compiled_walk import compiled_walk
from logistica.solvers.descent.schedules import Schedule
from logistica.solvers.descent.updates import Memory, Step, UpdateRule
from logistica.solvers.descent.walk import Pace, Walk, walk_on
from logistica.solvers.history import HistoryRow

Array = NDArray[np.float64]


@dataclass(frozen=True)
class DescentState:
    """A point on the way.

    Attributes
    ----------
    theta : array, shape (q, m)
        What the state stands for: the point, or the mean of the points since averaging began.
    row : HistoryRow
    point : array, shape (q, m)
        Where the next update starts.
    gradient : array, shape (q, m)
        At theta.
    memory : dict of arrays
        Of the update rule.
    steps, updates : int
    averaged : int
        How many points the mean is of; 0 before averaging begins.
    random : dict
        The state of the random numbers; None where none are drawn.
    """

    theta: Array
    row: HistoryRow
    point: Array
    gradient: Array
    memory: Memory
    steps: int = 0
    updates: int = 0
    averaged: int = 0
    random: dict[str, Any] | None = None


@dataclass(frozen=True)
class FullBatch:
    """Descent along the gradient over all rows; a step is one update and one sweep."""

    objective: MeanObjective
    rule: UpdateRule
    learning_rate: float
    schedule: Schedule
    epochs: int

    def start(self, theta: Array) -> DescentState:
        """Return the state at theta, shape (q, m)."""
        with np.errstate(all="ignore"):
            return self._at(theta, self.rule.begin(theta.shape), 0, 0.0)

    def step(self, state: DescentState) -> DescentState:
        """Return the state after one update."""
        size = self.learning_rate * self.schedule.factor(state.steps, self.epochs)
        memory = dict(state.memory)
        with np.errstate(all="ignore"):
            step = Step(state.point, state.gradient, size, state.steps + 1)
            theta = self.rule.move(step, memory, self.objective.proximal)
            return self._at(theta, memory, state.steps + 1, size)

    def _at(self, theta: Array, memory: Memory, steps: int, size: float) -> DescentState:
        at = self.objective.slope(theta)
        norm = self.objective.gradient_norm(theta, at.gradient)
        row = HistoryRow(steps, at.value, norm, size, planned=self.epochs)
        return DescentState(theta, row, theta, at.gradient, memory, steps, steps)


@dataclass(frozen=True)
class MiniBatch:
    """Descent along the gradients over mini-batches; a step is one epoch.

    It takes two sweeps: one over the batches, and one for the loss of all rows where they have led.
    """

    objective: MeanObjective
    rule: UpdateRule
    pace: Pace
    shuffle: bool
    random_state: int

    @property
    def epochs(self) -> int:
        """How many steps there are to be."""
        return self.pace.epochs

    def start(self, theta: Array) -> DescentState:
        """Return the state at theta, shape (q, m)."""
        with np.errstate(all="ignore"):
            state = self._at(DescentState(theta, _NOTHING, theta, theta, self.rule.begin(theta.shape)))
        if not self.shuffle:
            return state
        return replace(state, random=dict(generator(self.random_state, Purpose.BATCHES).bit_generator.state))

    def step(self, state: DescentState) -> DescentState:
        """Return the state after one epoch."""
        order, random = self._order(state)
        walk = Walk(state.point, state.theta, state.memory, state.updates, state.averaged)
        with np.errstate(all="ignore"):
            arguments = (self.objective, self.rule, self.pace, walk, order)
            walk = compiled_walk(*arguments) or walk_on(*arguments)
            theta = walk.mean if walk.averaged else walk.point
            after = DescentState(
                theta, _NOTHING, walk.point, theta, walk.memory, state.steps + 1, walk.updates, walk.averaged, random
            )
            return self._at(after, walk.step_size, walk.running_loss)

    def _order(self, state: DescentState) -> tuple[NDArray[np.intp] | None, dict[str, Any] | None]:
        """Return the order of the rows in the next epoch, and the random numbers' state after drawing it."""
        if state.random is None:
            return None, None
        rng = np.random.default_rng()
        rng.bit_generator.state = state.random
        order = rng.permutation(self.objective.total.source.n_rows)
        return order, dict(rng.bit_generator.state)

    def _at(self, state: DescentState, size: float = 0.0, running: float = np.nan) -> DescentState:
        """Complete a state by what all rows say about its theta."""
        at = self.objective.slope(state.theta)
        norm = self.objective.gradient_norm(state.theta, at.gradient)
        row = HistoryRow(state.steps, at.value, norm, size, running_loss=running, planned=self.epochs)
        return replace(state, row=row, gradient=at.gradient)


_NOTHING = HistoryRow(0, np.nan, np.nan, 0.0)
