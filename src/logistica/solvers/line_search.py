"""The backtracking line search (Nocedal and Wright 2006, Numerical Optimization, algorithm 3.1).

    value(theta + step_size * direction)  <=  value + SUFFICIENT_DECREASE * step_size * slope + what rounding may hide

The full step is tried first, then halves of it. What is asked at the full step comes with the derivatives there, which
the next step needs; shorter steps may be asked for their values alone, several in one sweep.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import EPSILON

Array = NDArray[np.float64]

SUFFICIENT_DECREASE = 1e-4
SHORTER = 0.5 ** np.arange(1.0, 31.0).reshape(6, 5)
"""Steps shorter than the full one, in the order in which they are tried; those of a row at once."""
HIDDEN = 64.0
"""Gains of so many units in the value's last place are lost in its rounding: then only the gradient tells."""
SMALLEST_STEP = float(SHORTER[-1, -1])


class Valued(Protocol):
    """What an objective is at a point."""

    @property
    def value(self) -> float: ...


V = TypeVar("V", bound=Valued)


@dataclass(frozen=True)
class Landing(Generic[V]):
    """Where a line search ended: the point, shape (q, m), what the objective is there, and the step size."""

    theta: Array
    at: V
    step_size: float


def backtrack(
    theta: Array,
    direction: Array,
    before: float,
    slope: float,
    look: Callable[[Array], V],
    along: Callable[[Array, Array, Array], Array] | None = None,
) -> Landing[V] | None:
    """Return the first of the steps 1, 1/2, 1/4, ... that brings the objective down enough; None where none does.

    Parameters
    ----------
    theta, direction : arrays, shape (q, m)
    before : float
        The objective at theta.
    slope : float
        Its derivative along the direction, not positive.
    look : callable
        Returns what the objective is at a point, derivatives included.
    along : callable, optional
        Returns the values alone, shape (k,), at theta + step_size * direction for k step sizes at once, where that
        costs less than to look at each.
    """
    slack = slack_of(before)
    full = theta + direction
    at = look(full)
    if at.value <= before + SUFFICIENT_DECREASE * slope + slack:
        return Landing(full, at, 1.0)
    for sizes in SHORTER:
        targets = before + SUFFICIENT_DECREASE * sizes * slope + slack
        if along is not None:
            enough = np.flatnonzero(along(theta, direction, sizes) <= targets)
            if len(enough):
                there = theta + sizes[enough[0]] * direction
                return Landing(there, look(there), float(sizes[enough[0]]))
            continue
        for size, target in zip(sizes, targets, strict=True):
            there = theta + size * direction
            at = look(there)
            if at.value <= target:
                return Landing(there, at, float(size))
    return None


def slack_of(value: float) -> float:
    """Return by how much rounding may move a value of the objective."""
    return 8.0 * EPSILON * abs(value)


def hidden(decrement: float, value: float) -> bool:
    """Whether what there is to gain is lost in the rounding of the value."""
    return decrement * decrement <= HIDDEN * EPSILON * abs(value)
