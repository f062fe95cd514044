"""The backtracking line search (Nocedal and Wright 2006, Numerical Optimization, algorithm 3.1).

    value(theta + step_size * direction)  <=  value + SUFFICIENT_DECREASE * step_size * slope + what rounding may hide

The full step is tried first, then halves of it. What is asked at the full step comes with the derivatives there, which
the next step needs; shorter steps, which are rarely enough at once, may be asked for their value alone.
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
SMALLEST_STEP = 2.0**-30


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
    value: Callable[[Array], float] | None = None,
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
    value : callable, optional
        Returns its value alone, where that costs less.
    """
    slack = slack_of(before)
    step_size = 1.0
    while step_size > SMALLEST_STEP:
        there = theta + step_size * direction
        target = before + SUFFICIENT_DECREASE * step_size * slope + slack
        if value is None or step_size == 1.0:
            at = look(there)
            if at.value <= target:
                return Landing(there, at, step_size)
        elif value(there) <= target:
            return Landing(there, look(there), step_size)
        step_size /= 2.0
    return None


def slack_of(value: float) -> float:
    """Return by how much rounding may move a value of the objective."""
    return 8.0 * EPSILON * abs(value)
