"""From gradients to directions: what a first-order method remembers of the steps before.

A rule's memory is a dict of arrays, all of theta's shape, so that a checkpoint can keep it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Memory = dict[str, Array]


class UpdateRule(Protocol):
    """A rule: theta moves by minus the step size times the direction."""

    def begin(self, shape: tuple[int, int]) -> Memory:
        """Return the memory before the first update."""
        ...

    def direction(self, gradient: Array, memory: Memory, update: int) -> Array:
        """Return the direction of the update number ``update``, from 1, and change the memory."""
        ...


@dataclass(frozen=True)
class Plain:
    """Along the gradient."""

    def begin(self, shape: tuple[int, int]) -> Memory:
        return {}

    def direction(self, gradient: Array, memory: Memory, update: int) -> Array:
        return gradient


@dataclass(frozen=True)
class Momentum:
    """velocity <- momentum * velocity + gradient (Polyak 1964); Nesterov's form looks one step further ahead."""

    momentum: float
    nesterov: bool

    def begin(self, shape: tuple[int, int]) -> Memory:
        return {"velocity": np.zeros(shape)}

    def direction(self, gradient: Array, memory: Memory, update: int) -> Array:
        velocity = memory["velocity"] = self.momentum * memory["velocity"] + gradient
        return gradient + self.momentum * velocity if self.nesterov else velocity


@dataclass(frozen=True)
class Moments:
    """Adam: running means of the gradient and of its square, both corrected for their start at zero."""

    beta_1: float
    beta_2: float
    epsilon: float

    def begin(self, shape: tuple[int, int]) -> Memory:
        return {"mean": np.zeros(shape), "square": np.zeros(shape)}

    def direction(self, gradient: Array, memory: Memory, update: int) -> Array:
        mean = memory["mean"] = self.beta_1 * memory["mean"] + (1.0 - self.beta_1) * gradient
        square = memory["square"] = self.beta_2 * memory["square"] + (1.0 - self.beta_2) * gradient**2
        root = np.sqrt(square / (1.0 - self.beta_2**update))
        return np.asarray(mean / (1.0 - self.beta_1**update) / (root + self.epsilon))


def momentum_rule(momentum: float, nesterov: bool) -> UpdateRule:
    """Return the rule for a momentum, which may be 0."""
    return Momentum(momentum, nesterov) if momentum else Plain()
