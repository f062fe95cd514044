"""The points of the lesson on the sigmoid, and how well a curve fits them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.losses import loss_for

Array = NDArray[np.float64]

COUNT, SLOPE, INTERCEPT = 100, 2.0, 1.0
NUMERIC = "biufO"
"""The kinds of arrays whose values may be meant as numbers: texts, dates and complex numbers are not."""
OVERLAPPING, SEPARATED = 9, 11
"""Seeds of the noise: in the first draw zeros and ones overlap, in the second, as in most, a gap lies between them."""


@dataclass(frozen=True, eq=False)
class Points:
    """Points of two classes.

    Attributes
    ----------
    x : array, shape (n,)
        Finite.
    y : array, shape (n,)
        0 or 1.
    """

    x: Array
    y: NDArray[np.intp]

    def loss(self, slope: float, intercept: float) -> float:
        """Return the mean log loss of p = 1 / (1 + exp(-(slope x + intercept)))."""
        with np.errstate(over="ignore"):
            eta = (slope * self.x + intercept)[:, None]
            return float(loss_for(2).value(eta, self.y).mean())


def rounded_line(seed: int = OVERLAPPING) -> Points:
    """Return 100 points evenly on [-5, 5]: 2 x + 1, uniform noise from 0 to 1 added, its sigmoid rounded to 0 or 1.

    A line with noise, rounded, is no logistic model: no slope near 2 fits these points best.

    Parameters
    ----------
    seed : int, default ``lessons.OVERLAPPING``
        Of the noise. With ``lessons.SEPARATED`` no point is on the wrong side, and no slope is the best.

    Examples
    --------
    >>> from logistica import lessons
    >>> float(round(lessons.rounded_line().loss(slope=2.5, intercept=1.4), 4))
    0.0702
    """
    x = np.linspace(-5.0, 5.0, COUNT)
    noisy = SLOPE * x + INTERCEPT + np.random.default_rng(seed).uniform(0.0, 1.0, COUNT)
    return Points(x, (noisy > 0.0).astype(np.intp))


def points(x: Any, y: Any) -> Points:
    """Check points that the user brings, shape (n,) each, y of 0 and 1 or of booleans.

    Raises
    ------
    DataError
        If they are not numbers, not as many, not finite, or y is anything but 0 and 1.
    """
    own_x, own_y = _numbers(x, "x"), _numbers(y, "y")
    if len(own_x) != len(own_y) or not len(own_x):
        raise DataError(f"{len(own_x)} values of x and {len(own_y)} of y", remedy="Pass one y for each x")
    strange = np.flatnonzero((own_y != 0.0) & (own_y != 1.0))
    if len(strange):
        row = int(strange[0])
        raise DataError(
            f"y is {own_y[row]:g} in row {row}", column="y", row=row, value=float(own_y[row]), remedy="Pass 0 and 1"
        )
    return Points(own_x, own_y.astype(np.intp))


def _numbers(values: Any, name: str) -> Array:
    try:
        given = np.asarray(values)
        numbers = None if given.dtype.kind not in NUMERIC else given.astype(np.float64)
    except (TypeError, ValueError):
        numbers = None
    if numbers is None:
        raise DataError("values that are no numbers", column=name, remedy="Pass numbers")
    if numbers.ndim != 1:
        raise DataError(f"{name} has shape {numbers.shape}", column=name, remedy="Pass one number for each point")
    lost = np.flatnonzero(~np.isfinite(numbers))
    if len(lost):
        row = int(lost[0])
        raise DataError(
            f"{name} is {numbers[row]} in row {row}",
            column=name,
            row=row,
            value=float(numbers[row]),
            remedy="Leave it out",
        )
    return numbers
