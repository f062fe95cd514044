"""Tail probabilities, their logarithms, exact also where the probability itself is below 1e-308, and quantiles."""

from __future__ import annotations

import math
import numbers

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, gammaln, log_ndtr, ndtr, ndtri

from logistica.core.errors import OptionError

Array = NDArray[np.float64]

SMALLEST_TRUSTED = 1e-290
"""Below it the chi-squared tail is computed by its logarithm."""


def two_sided(z: Array) -> tuple[Array, Array]:
    """Return P(|Z| > |z|) of a standard normal Z, and its natural logarithm, shape as z."""
    below = -np.abs(z)
    return np.asarray(2.0 * ndtr(below)), np.asarray(np.log(2.0) + log_ndtr(below))


def check_level(level: object) -> None:
    """Raise OptionError for what is no level of an interval."""
    is_number = isinstance(level, numbers.Real) and not isinstance(level, bool)
    if not (is_number and 0.0 < float(level) < 1.0):  # type: ignore[arg-type]
        raise OptionError(f"level={level!r}: it must be a number between 0 and 1; the default is 0.95")


def half_width(level: float) -> float:
    """Return the normal quantile that leaves (1 - level) / 2 on either side."""
    return float(-ndtri((1.0 - level) / 2.0))


def chi_squared(statistic: float, df: int) -> tuple[float, float]:
    """Return P(X > statistic) of a chi-squared X with df degrees of freedom, and its natural logarithm."""
    a, x = df / 2.0, statistic / 2.0
    tail = float(gammaincc(a, x))
    if tail > SMALLEST_TRUSTED:
        return tail, math.log(tail)
    log_tail = float(a * math.log(x) - x - gammaln(a) + math.log(_tail_fraction(a, x)))
    return math.exp(log_tail), log_tail


def _tail_fraction(a: float, x: float) -> float:
    """Return Gamma(a, x) / (x^a e^-x) for x well above a, by Lentz's method (DLMF 8.9.2)."""
    b = x + 1.0 - a
    c, d = math.inf, 1.0 / b
    fraction, change, i = d, 0.0, 0
    while abs(change - 1.0) > 1e-15 and i < 10_000:
        i += 1
        numerator = i * (a - i)
        b += 2.0
        d = 1.0 / (numerator * d + b)
        c = b + numerator / c
        change = c * d
        fraction *= change
    return fraction
