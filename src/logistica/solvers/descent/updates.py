"""From gradients to steps: what a first-order method remembers of the steps before.

A rule's memory is a dict of arrays, all of theta's shape, so that a checkpoint can keep it. ``updates.h`` says the
rules once more, for the compiled loop over mini-batches.

Momentum and an L1 penalty do not simply follow one another: a proximal step on top of an enlarged gradient would weigh
the penalty too little, and end elsewhere. The pull that the penalty exerted in a step is part of the velocity instead,
and where it holds a coefficient at zero the velocity ends. For Nesterov's form this is the accelerated proximal
gradient method (Beck and Teboulle 2009, SIAM Journal on Imaging Sciences 2) with a constant momentum, for Polyak's the
inertial one (Ochs, Chen, Brox and Pock 2014, iPiano, SIAM Journal on Imaging Sciences 7).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Memory = dict[str, Array]
Proximal = Callable[[Array, float], Array]
"""From a point and a step size to where the penalty without a derivative takes it; the point itself without one."""


SMALLEST = float(np.finfo(np.float64).tiny)
"""In place of a step size that a schedule has brought down to 0."""


@dataclass(frozen=True)
class Step:
    """What an update starts from.

    Attributes
    ----------
    point : array, shape (q, m)
    gradient : array, shape (q, m)
        Of the smooth part there, times ``share``.
    size : float
    number : int
        From 1.
    share : float
        How much the update counts, 1 for a whole one: of the gradient, and so of the pull of the L1 penalty.
    """

    point: Array
    gradient: Array
    size: float
    number: int
    share: float = 1.0

    @property
    def proximal_size(self) -> float:
        """The step size for the penalty without a derivative, which has no gradient to be made less."""
        return self.size * self.share


class CompiledRule(NamedTuple):
    """A rule as ``updates.h`` knows it: its place in the list there, and its numbers, three at most."""

    kind: int
    numbers: tuple[float, ...] = ()


class UpdateRule(Protocol):
    """A rule for the next point. Its memory is of two arrays at most."""

    @property
    def compiled(self) -> CompiledRule:
        """The same in C."""
        ...

    def begin(self, shape: tuple[int, int]) -> Memory:
        """Return the memory before the first update."""
        ...

    def move(self, step: Step, memory: Memory, proximal: Proximal) -> Array:
        """Return where an update leads, and change the memory."""
        ...


@dataclass(frozen=True)
class Plain:
    """Along the gradient."""

    compiled: ClassVar = CompiledRule(0)

    def begin(self, shape: tuple[int, int]) -> Memory:
        return {}

    def move(self, step: Step, memory: Memory, proximal: Proximal) -> Array:
        return proximal(step.point - step.size * step.gradient, step.proximal_size)


@dataclass(frozen=True)
class Momentum:
    """velocity <- momentum * velocity + gradient (Polyak 1964); Nesterov's form looks one step further ahead."""

    momentum: float
    nesterov: bool

    @property
    def compiled(self) -> CompiledRule:
        return CompiledRule(2 if self.nesterov else 1, (self.momentum,))

    def begin(self, shape: tuple[int, int]) -> Memory:
        return {"velocity": np.zeros(shape)}

    def move(self, step: Step, memory: Memory, proximal: Proximal) -> Array:
        kept = self.momentum * memory["velocity"]
        aim = step.point - step.size * (step.gradient if self.nesterov else kept + step.gradient)
        landed = proximal(aim, step.proximal_size)
        velocity = kept + step.gradient + (aim - landed) / max(step.size, SMALLEST)
        velocity[(landed == 0.0) & (aim != 0.0)] = 0.0
        memory["velocity"] = velocity
        return landed - step.size * self.momentum * velocity if self.nesterov else landed


@dataclass(frozen=True)
class Moments:
    """Adam: running means of the gradient and of its square, both corrected for their start at zero."""

    beta_1: float
    beta_2: float
    epsilon: float

    @property
    def compiled(self) -> CompiledRule:
        return CompiledRule(3, (self.beta_1, self.beta_2, self.epsilon))

    def begin(self, shape: tuple[int, int]) -> Memory:
        return {"mean": np.zeros(shape), "square": np.zeros(shape)}

    def move(self, step: Step, memory: Memory, proximal: Proximal) -> Array:
        mean = memory["mean"] = self.beta_1 * memory["mean"] + (1.0 - self.beta_1) * step.gradient
        square = memory["square"] = self.beta_2 * memory["square"] + (1.0 - self.beta_2) * step.gradient**2
        root = np.sqrt(square / (1.0 - self.beta_2**step.number))
        return np.asarray(step.point - step.size * (mean / (1.0 - self.beta_1**step.number)) / (root + self.epsilon))
