"""Tail probabilities, and their logarithms, which stay exact where the probability itself is below 1e-308."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaincc, gammaln, log_ndtr, ndtr, ndtri

Array = NDArray[np.float64]

SMALLEST_TRUSTED = 1e-290
"""Below it the chi-squared tail is computed by its logarithm."""


def two_sided(z: Array) -> tuple[Array, Array]:
    """Return P(|Z| > |z|) of a standard normal Z, and its natural logarithm, shape as z."""
    below = -np.abs(z)
    return np.asarray(2.0 * ndtr(below)), np.asarray(np.log(2.0) + log_ndtr(below))


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
