"""Polynomials of a column: orthogonal over the values learned from, or plain powers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.data.formula.sample import Sample, distances

Array = NDArray[np.float64]

ORTHOGONAL = 1e-12
"""How far the learned columns' products may be from those of orthonormal ones."""
PIECE = 1 << 16
"""Rows multiplied at a time."""


@dataclass(frozen=True, eq=False)
class Polynomial:
    """Polynomials orthogonal over the values learned from (Kennedy and Gentle 1980, Statistical Computing, 8.3).

    With u = (x - centre) / 2^exponent, p_k(u) = (u - alpha_k) p_(k-1)(u) - norm2_k / norm2_(k-1) p_(k-2)(u), divided by
    the root of its sum of squares.

    Attributes
    ----------
    alpha : array, shape (degree,)
    norm2 : array, shape (degree + 1,)
        Sums of squares of p_0 = 1, p_1, ...
    centre : float
    exponent : int
    """

    alpha: Array
    norm2: Array
    centre: float
    exponent: int

    @property
    def width(self) -> int:
        return len(self.alpha)

    def columns(self, x: Array) -> Array:
        """Return shape (n, degree)."""
        found = np.empty((len(x), len(self.alpha)))
        u = distances(x, self.centre, self.exponent)
        before, present = np.zeros(len(x)), np.ones(len(x))
        with np.errstate(over="ignore", invalid="ignore"):
            for k, alpha in enumerate(self.alpha):
                share = self.norm2[k] / self.norm2[k - 1] if k else 0.0
                before, present = present, (u - alpha) * present - share * before
                found[:, k] = present / np.sqrt(self.norm2[k + 1])
        return found


def learn_polynomial(sample: Sample, degree: int) -> Polynomial:
    """Learn orthogonal polynomials from more than ``degree`` different values."""
    centre = sample.mean()
    exponent = sample.spread(centre)
    u = distances(sample.values, centre, exponent)
    alpha, norm2 = np.empty(degree), np.empty(degree + 1)
    before, present = np.zeros(len(u)), np.ones(len(u))
    norm2[0] = sample.total
    for k in range(degree):
        alpha[k] = sample.added(u * present**2) / norm2[k]
        share = norm2[k] / norm2[k - 1] if k else 0.0
        before, present = present, (u - alpha[k]) * present - share * before
        norm2[k + 1] = sample.added(present**2)
    return Polynomial(alpha, norm2, centre, exponent)


def orthogonal_degree(polynomial: Polynomial, sample: Sample) -> int:
    """Return up to what degree the columns of the values learned from are orthonormal, to :data:`ORTHOGONAL`.

    Where values lie far out, or are few, the recurrence loses digits with the degree.
    """
    products = np.zeros((polynomial.width + 1, polynomial.width + 1))
    for start in range(0, len(sample.values), PIECE):
        here = slice(start, start + PIECE)
        columns = polynomial.columns(sample.values[here])
        columns = np.column_stack([np.full(len(columns), 1.0 / np.sqrt(sample.total)), columns])
        products += (columns.T if sample.counts is None else columns.T * sample.counts[here]) @ columns
    lost = np.abs(products - np.eye(len(products)))
    fits = [bool((lost[: k + 1, : k + 1] <= ORTHOGONAL).all()) for k in range(1, len(products))]
    return fits.index(False) if False in fits else len(fits)


@dataclass(frozen=True)
class Powers:
    """x, x^2, ... as they are."""

    degree: int

    @property
    def width(self) -> int:
        return self.degree

    def columns(self, x: Array) -> Array:
        """Return shape (n, degree)."""
        with np.errstate(over="ignore"):
            return np.asarray(x[:, None] ** np.arange(1, self.degree + 1))
