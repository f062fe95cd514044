"""The values that a formula learns from, each as often as its row counts.

Everything is computed in units of a power of two, so that neither huge nor tiny values overflow, and no digit is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def exponent_of(largest: float) -> int:
    """Return e with largest < 2^e, so that values up to it are below 1 in units of 2^e; 0 for 0."""
    return int(np.frexp(largest)[1])


def distances(x: Array, centre: float, exponent: int) -> Array:
    """Return x - centre in units of 2^exponent, shape (n,); infinite where that is beyond the largest number."""
    with np.errstate(over="ignore"):
        return np.asarray(np.ldexp(x, -exponent) - np.ldexp(centre, -exponent))


@dataclass(frozen=True, eq=False)
class Sample:
    """Values, shape (n,), finite, and how many rows each stands for, shape (n,); None: one."""

    values: Array
    counts: Array | None = None

    @property
    def total(self) -> float:
        """How many rows there are."""
        return float(len(self.values) if self.counts is None else self.counts.sum())

    @property
    def is_constant(self) -> bool:
        """Whether there is only one value."""
        return bool(self.values.min() == self.values.max())

    def between(self, ends: Array) -> Sample:
        """Return the values from one end to the other, both included."""
        inside = (self.values >= ends[0]) & (self.values <= ends[1])
        return Sample(self.values[inside], None if self.counts is None else self.counts[inside])

    def added(self, values: Array) -> float:
        """Return the sum over all rows of a value for each of ours, shape (n,)."""
        return float(values.sum() if self.counts is None else self.counts @ values)

    def mean(self) -> float:
        """Return the mean over all rows; that of equal values is exactly their value."""
        if self.is_constant:
            return float(self.values[0])
        exponent = exponent_of(np.abs(self.values).max())
        return float(np.ldexp(self.added(distances(self.values, 0.0, exponent)) / self.total, exponent))

    def spread(self, centre: float) -> int:
        """Return the exponent of the largest distance from a centre."""
        exponent = exponent_of(np.abs(self.values).max()) + 1
        return exponent + exponent_of(np.abs(distances(self.values, centre, exponent)).max())

    def deviation(self, centre: float) -> float:
        """Return the root of the sum of squared distances over the number of rows less one."""
        exponent = self.spread(centre)
        squares = self.added(distances(self.values, centre, exponent) ** 2)
        return float(np.ldexp(np.sqrt(squares / (self.total - 1.0)), exponent))

    def quantiles(self, shares: Array) -> Array:
        """Return the values below which shares of the rows lie, between neighbours in proportion (R's type 7)."""
        order = np.argsort(self.values, kind="stable")
        values = self.values[order]
        last = np.arange(len(values)) if self.counts is None else np.cumsum(self.counts[order]) - 1.0
        place = (self.total - 1.0) * shares
        low = np.floor(place)
        below, above = (values[np.searchsorted(last, at).clip(max=len(values) - 1)] for at in (low, low + 1.0))
        share = place - low
        return np.asarray(np.where(below == above, below, below * (1.0 - share) + above * share))
