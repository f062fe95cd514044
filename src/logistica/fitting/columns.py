"""What the columns look like, and the coordinates in which a second-order solver sees them.

Two sweeps. The first finds each column's range. The second adds up the Gram matrix of the columns, shifted by the middle
of their range and divided by a power of two close to half of it; that gives means and standard deviations without the
cancellation of a plain sum of squares. The coordinates then are centred at the mean (where an intercept absorbs it)
and scaled by a power of two close to the standard deviation. No division happens before centring, and none by
anything but a power of two, so nothing is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.data.source import Block, Source
from logistica.engines.base import Engine, Workspace
from logistica.losses.base import Loss
from logistica.objective.coordinates import Coordinates

Array = NDArray[np.float64]

LARGEST = 2.0**1020
"""Beyond this a difference of two values may overflow."""


@dataclass(frozen=True)
class Range:
    """Smallest and largest value of each column, shape (p,); adding two ranges unites them."""

    low: Array
    high: Array

    def __add__(self, other: Range) -> Range:
        return Range(np.minimum(self.low, other.low), np.maximum(self.high, other.high))


@dataclass(frozen=True)
class Columns:
    """The columns of X over the rows in use, weighted.

    Attributes
    ----------
    low, high, mean, deviation : arrays, shape (p,)
        In the user's units; the deviation is the population one, about zero where there is no intercept.
    coordinates : Coordinates
    gram : array, shape (q, q)
        The weighted sum of z z' in these coordinates, intercept first.
    total_weight : float
    """

    low: Array
    high: Array
    mean: Array
    deviation: Array
    coordinates: Coordinates
    gram: Array
    total_weight: float

    @property
    def reach(self) -> Array:
        """The largest |z| of each column in the solver's coordinates, intercept first, shape (q,)."""
        c = self.coordinates
        furthest = np.maximum(self.high - c.centre, c.centre - self.low) * c.scale
        return np.concatenate([np.ones(int(c.intercept)), furthest])


def survey(
    engine: Engine, source: Source, loss: Loss, names: tuple[str, ...], *, intercept: bool, reference: int | None
) -> Columns:
    """Sweep the columns twice; see the module's text. ``names`` are for messages."""
    p = source.n_columns

    def span(block: Block, workspace: Workspace) -> Range:
        x = workspace.array("z", block.n_rows, p)
        block.fill(x)
        return Range(x.min(axis=0), x.max(axis=0))

    reached = engine.sum(span, source, 2 * p) if p else Range(np.empty(0), np.empty(0))
    low, high = reached.low, reached.high
    too_large = np.flatnonzero(~(np.maximum(-low, high) < LARGEST))
    if len(too_large):
        j = too_large[0]
        raise DataError(
            f"its values reach {low[j]:.6g} to {high[j]:.6g}, too close to the largest number a computer can hold",
            column=names[j],
            remedy="Divide the column by a large number first",
        )
    centre = low / 2 + high / 2 if intercept else np.zeros(p)
    half_range = np.maximum(high - centre, centre - low)
    first = Coordinates(centre, power_of_two_inverse(half_range), intercept, loss.n_outputs, reference)
    gram = gram_matrix(engine, source, first)
    return _second_look(first, gram, low, high, float(gram[0, 0]) if intercept else _total_weight(engine, source))


def _second_look(first: Coordinates, gram: Array, low: Array, high: Array, total: float) -> Columns:
    """Centre at the mean and scale by the deviation, carrying the Gram matrix along."""
    k = int(first.intercept)
    mean = gram[0, 1:] / total if first.intercept else np.zeros(len(low))
    inner = gram[k:, k:] - total * np.outer(mean, mean)
    deviation = np.sqrt(np.maximum(np.diagonal(inner), 0.0) / total)
    again = power_of_two_inverse(deviation)
    constant = low == high
    centre = np.where(constant & first.intercept, low, first.centre + mean / first.scale)
    coordinates = Coordinates(
        centre, _bounded(first.scale, again), first.intercept, first.n_outputs, first.reference
    )
    new_gram = np.zeros_like(gram)
    new_gram[k:, k:] = inner * np.outer(again, again)
    if first.intercept:
        new_gram[0, 0] = total
        new_gram[1:, 1:][constant] = 0.0
        new_gram[1:, 1:][:, constant] = 0.0
    user_mean = centre if first.intercept else np.full(len(low), np.nan)
    return Columns(low, high, user_mean, deviation / first.scale, coordinates, new_gram, total)


def gram_matrix(engine: Engine, source: Source, coordinates: Coordinates) -> Array:
    """Return the weighted sum of z z', shape (q, q)."""

    def kernel(block: Block, workspace: Workspace) -> Array:
        z = coordinates.rows(block, workspace)
        if block.weights is not None:
            z *= np.sqrt(block.weights)[:, None]
        return z.T @ z

    return engine.sum(kernel, source, 2 * coordinates.n_rows)


def _total_weight(engine: Engine, source: Source) -> float:
    def kernel(block: Block, workspace: Workspace) -> float:  # noqa: ARG001
        return float(block.n_rows if block.weights is None else block.weights.sum())

    return engine.sum(kernel, source, 1)


def power_of_two_inverse(size: Array) -> Array:
    """Return 2^-k with 2^k the power of two next above each size; 1 for a size of zero."""
    exponent = np.frexp(np.where(size > 0, size, 0.5))[1]
    return np.ldexp(1.0, np.clip(-exponent, -1020, 1020))


def _bounded(a: Array, b: Array) -> Array:
    """Return a * b, both powers of two, held within the range of normal numbers."""
    exponent = np.frexp(a)[1] + np.frexp(b)[1] - 2
    return np.ldexp(1.0, np.clip(exponent, -1020, 1020))
