"""From a gradient to the next point: what a first-order method remembers of the steps before.

With an L1 penalty the step along the gradient is followed by a proximal one, and momentum then acts on what both have
led to: Nesterov's form is the fast iterative shrinkage-thresholding of Beck and Teboulle (2009, SIAM Journal on Imaging
Sciences 2) at a constant momentum, Polyak's the inertial proximal method of Ochs et al. (2014, same journal, 7).

A rule's memory is a dict of arrays, all of theta's shape, so that a checkpoint can keep it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from logistica.objective.mean import MeanObjective

Array = NDArray[np.float64]
Memory = dict[str, Array]


@dataclass(frozen=True)
class Step:
    """What an update starts from: a point, the gradient there, the step size, and its number, from 1."""

    point: Array
    gradient: Array
    size: float
    number: int


class UpdateRule(Protocol):
    """A rule for moving on."""

    def begin(self, objective: MeanObjective, theta: Array) -> Memory:
        """Return the memory before the first update, at theta."""
        ...

    def move(self, objective: MeanObjective, step: Step, memory: Memory) -> Array:
        """Return the next point, and change the memory."""
        ...


@dataclass(frozen=True)
class Plain:
    """Along the gradient."""

    def begin(self, objective: MeanObjective, theta: Array) -> Memory:
        return {}

    def move(self, objective: MeanObjective, step: Step, memory: Memory) -> Array:
        return objective.proximal(step.point - step.size * step.gradient, step.size)


@dataclass(frozen=True)
class Momentum:
    """velocity <- momentum * velocity + gradient (Polyak 1964); Nesterov's form looks one step further ahead."""

    momentum: float
    nesterov: bool

    def begin(self, objective: MeanObjective, theta: Array) -> Memory:
        return {"velocity": np.zeros(theta.shape)} if objective.lasso is None else {"before": theta}

    def move(self, objective: MeanObjective, step: Step, memory: Memory) -> Array:
        if objective.lasso is not None:
            return self._proximal(objective, step, memory)
        velocity = memory["velocity"] = self.momentum * memory["velocity"] + step.gradient
        direction = step.gradient + self.momentum * velocity if self.nesterov else velocity
        return np.asarray(step.point - step.size * direction)

    def _proximal(self, objective: MeanObjective, step: Step, memory: Memory) -> Array:
        before, along = memory["before"], step.point - step.size * step.gradient
        if self.nesterov:
            reached = memory["before"] = objective.proximal(along, step.size)
            return np.asarray(reached + self.momentum * (reached - before))
        memory["before"] = step.point
        return objective.proximal(along + self.momentum * (step.point - before), step.size)


@dataclass(frozen=True)
class Moments:
    """Adam: running means of the gradient and of its square, both corrected for their start at zero."""

    beta_1: float
    beta_2: float
    epsilon: float

    def begin(self, objective: MeanObjective, theta: Array) -> Memory:
        return {"mean": np.zeros(theta.shape), "square": np.zeros(theta.shape)}

    def move(self, objective: MeanObjective, step: Step, memory: Memory) -> Array:
        mean = memory["mean"] = self.beta_1 * memory["mean"] + (1.0 - self.beta_1) * step.gradient
        square = memory["square"] = self.beta_2 * memory["square"] + (1.0 - self.beta_2) * step.gradient**2
        root = np.sqrt(square / (1.0 - self.beta_2**step.number))
        return np.asarray(step.point - step.size * mean / (1.0 - self.beta_1**step.number) / (root + self.epsilon))


def momentum_rule(momentum: float, nesterov: bool) -> UpdateRule:
    """Return the rule for a momentum, which may be 0."""
    return Momentum(momentum, nesterov) if momentum else Plain()
