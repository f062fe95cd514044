"""Whole numbers that float64 does not hold: the nearest one that it holds is another number."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

EXACT_INTEGER = 1 << 53
"""Whole numbers up to here are all float64 numbers; beyond, some are skipped."""


@dataclass(frozen=True, eq=False)
class Rounded:
    """Whole numbers of a column that changed when they became float64.

    Attributes
    ----------
    rows : array of intp, shape (m,)
        Where they are, rising.
    values : array of object, shape (m,)
        As they were written, as integers.
    """

    rows: NDArray[np.intp]
    values: NDArray[np.object_]


def nearest(value: float) -> float:
    """Return the float64 nearest to a number of any size and type; beyond all of them, an infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def is_beyond_64_bits(value: int) -> bool:
    """Whether an integer is none of 64 bits: who writes such numbers means digits."""
    return not -(1 << 63) <= value < 1 << 63


def inexact_places(values: NDArray[Any]) -> NDArray[np.intp]:
    """Find the integers, shape (n,), of any size, that are no float64 numbers; what is no integer is passed over."""
    if values.dtype.kind == "O":
        return np.array([row for row, value in enumerate(values) if _is_inexact(value)], np.intp)
    if not may_be_inexact(values):
        return np.empty(0, np.intp)
    as_float = values.astype(np.float64)
    high = np.floor(as_float / 2.0**32)
    low = as_float - high * 2.0**32
    return np.flatnonzero((high != values >> 32) | (low != values & 0xFFFFFFFF))


def may_be_inexact(values: NDArray[Any]) -> bool:
    """Whether an array holds 64-bit integers so large that float64 may not hold them."""
    if values.dtype.kind not in "iu" or values.dtype.itemsize < 8 or not values.size:
        return False
    return bool(values.max() > EXACT_INTEGER or values.min() < -EXACT_INTEGER)


def rounded_among(values: NDArray[Any]) -> Rounded:
    """Return the integers among ``values``, shape (n,), that float64 does not hold."""
    rows = inexact_places(values)
    return Rounded(rows, values[rows].astype(np.object_))


def _is_inexact(value: object) -> bool:
    if not isinstance(value, int) or abs(value) <= EXACT_INTEGER:
        return False
    as_float = nearest(value)
    return math.isinf(as_float) or int(as_float) != value
