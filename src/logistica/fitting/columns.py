"""What the columns look like, and the coordinates in which a second-order solver sees them.

Two sweeps. The first finds each column's range and the classes' weights. The second adds up the Gram matrix of the
columns, shifted by the middle of their range and divided by a power of two close to half of it; that gives means and
standard deviations without the cancellation of a plain sum of squares. The coordinates then are centred at the mean
(where an intercept absorbs it) and scaled by a power of two close to the standard deviation. No division happens before
centring, and none by anything but a power of two, so nothing is rounded.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.core.rows import span
from logistica.data.source import Block, Source
from logistica.engines.base import Engine, Workspace
from logistica.fitting import sparse_columns
from logistica.losses.base import Loss
from logistica.objective.coordinates import Coordinates
from logistica.objective.linear import is_sparse, sparse_rows

Array = NDArray[np.float64]

LARGEST = 2.0**1020
"""Beyond this a difference of two values may overflow."""
SAMPLE = 1024
HEAVY = 1e4
"""A deviation so many times the distance of the quartiles comes from a few values far from all others."""
FURTHEST = 2.0**450
"""Beyond so many times the distance of the quartiles the squares that a fit adds up may overflow."""
SMALLEST = 2.0**-1000
"""Below this the inverse of a column's spread, and so its coefficient, may overflow."""


@dataclass(frozen=True)
class Range:
    """Smallest and largest value of each column, shape (p,), and two sums of weights.

    ``class_weight``, shape (K,), is that of each class; ``offset``, shape (outputs,), that of the offsets.
    """

    low: Array
    high: Array
    class_weight: Array
    offset: Array

    def __add__(self, other: Range) -> Range:
        return Range(
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.class_weight + other.class_weight,
            self.offset + other.offset,
        )


@dataclass(frozen=True)
class Columns:
    """The columns of X over the rows in use, weighted.

    Attributes
    ----------
    low, high, deviation : arrays, shape (p,)
        In the user's units; the deviation is the population one, about zero where there is no intercept.
    coordinates : Coordinates
    gram : array, shape (q, q), or None
        The weighted sum of z z' in these coordinates, intercept first; None where there are too many columns for it.
    square : array, shape (q,)
        Its diagonal.
    class_weight : array, shape (K,)
        The sum of the weights in each class.
    mean_offset : array, shape (outputs,)
    """

    low: Array
    high: Array
    deviation: Array
    coordinates: Coordinates
    gram: Array | None
    square: Array
    class_weight: Array
    mean_offset: Array

    @property
    def total_weight(self) -> float:
        """The sum of the weights."""
        return float(self.class_weight.sum())

    @property
    def plain_intercepts(self) -> Array:
        """The intercepts, shape (m,), that give the classes their shares at the mean offset, other columns apart."""
        c = self.coordinates
        logs = np.log(self.class_weight)
        if c.reference is None:
            return np.asarray(logs[1:] - logs[0] - self.mean_offset)
        scores = logs - self.mean_offset
        return np.asarray(scores[list(c.free_outputs)] - scores[c.reference])

    @property
    def reach(self) -> Array:
        """The largest |z| of each column in the solver's coordinates, intercept first, shape (q,)."""
        return self.reach_in(self.coordinates)

    def reach_in(self, coordinates: Coordinates) -> Array:
        """Return the largest |z| of each column in some coordinates, intercept first, shape (q,)."""
        c = coordinates
        furthest = np.maximum(np.maximum(self.high - c.centre, c.centre - self.low), 0.0) * c.scale
        return np.concatenate([np.ones(int(c.intercept)), furthest])


def survey(
    engine: Engine, source: Source, loss: Loss, names: tuple[str, ...], *, intercept: bool, gram: bool = True
) -> Columns:
    """Sweep the columns twice; see the module's text. ``names`` are for messages.

    Without ``gram`` only its diagonal is found: of many columns the matrix would cost more than a solver that can do
    without it.

    A softmax's contrasts are taken with its heaviest class, which keeps their errors least entangled.
    """
    p = source.n_columns

    def reach(block: Block, workspace: Workspace) -> Range:
        weight = np.bincount(block.y, block.weights, minlength=loss.n_classes).astype(np.float64)
        offset = np.zeros(loss.n_outputs)
        if block.offset is not None:
            offset = block.offset.sum(axis=0) if block.weights is None else block.weights @ block.offset
        entries = sparse_rows(block)
        low, high = span(workspace.rows(block)) if entries is None else sparse_columns.span(entries)
        return Range(low, high, weight, offset)

    reached = engine.sum(reach, source, 1 if is_sparse(source) else 2 * p)
    low, high = reached.low, reached.high
    _check_size(low, high, names)
    centre = low / 2 + high / 2 if intercept else np.zeros(p)
    half_range = np.maximum(high - centre, centre - low)
    _check_spread(half_range, names)
    middle = bulk(source)
    _check_tails(low, high, middle, names)
    reference = int(np.argmax(reached.class_weight)) if loss.invariant else None
    first = Coordinates(centre, power_of_two_inverse(half_range), intercept, loss.n_outputs, reference)
    products = gram_matrix(engine, source, first) if gram else None
    sums = _sums(engine, source, first) if products is None else _sums_of(products, first)
    return _second_look(first, sums, products, reached, middle)


def _check_size(low: Array, high: Array, names: tuple[str, ...]) -> None:
    for j in np.flatnonzero(~(np.maximum(-low, high) < LARGEST)):
        raise DataError(
            f"its values reach from {low[j]:.6g} to {high[j]:.6g}, too close to the largest number there is",
            column=names[j],
            remedy="Divide the column by a large number first",
        )


def _check_spread(half_range: Array, names: tuple[str, ...]) -> None:
    for j in np.flatnonzero((half_range > 0.0) & (half_range < SMALLEST)):
        raise DataError(
            f"its values differ by no more than {2 * half_range[j]:.3g}, so that no floating-point number can hold its"
            " coefficient",
            column=names[j],
            remedy="Multiply the column by a large number first",
        )


def _check_tails(low: Array, high: Array, middle: Bulk, names: tuple[str, ...]) -> None:
    with np.errstate(over="ignore"):
        limit = FURTHEST * middle.spread
    for j in np.flatnonzero((middle.spread > 0.0) & (np.maximum(high - middle.median, middle.median - low) > limit)):
        raise DataError(
            f"its values reach from {low[j]:.6g} to {high[j]:.6g}, while half of them lie within"
            f" {middle.spread[j]:.3g}: no floating-point number can hold the squares of both",
            column=names[j],
            remedy="Look at its furthest values, and correct them, leave their rows out or take logarithms",
        )


@dataclass(frozen=True)
class Bulk:
    """Median and distance of the quartiles of each column, shape (p,), in a sample spread over the rows."""

    median: Array
    spread: Array


def bulk(source: Source) -> Bulk:
    """Look at up to 1024 rows."""
    n = source.n_rows
    rows = np.arange(n) if n <= SAMPLE else np.linspace(0, n - 1, SAMPLE).astype(np.intp)
    block = next(source.choose(rows).blocks(len(rows)))
    entries = sparse_rows(block)
    if entries is None:
        x = np.empty((len(rows), source.n_columns))
        block.fill(x)
        x.sort(axis=0)
        quarter, half, three_quarters = x[len(x) // 4], x[len(x) // 2], x[(3 * len(x)) // 4]
    else:
        quarter, half, three_quarters = sparse_columns.quartiles(entries)
    return Bulk(half, three_quarters - quarter)


@dataclass(frozen=True)
class Sums:
    """The weighted sums of each column and of its squares, shape (p,)."""

    first: Array
    second: Array

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.first + other.first, self.second + other.second)


def _sums(engine: Engine, source: Source, coordinates: Coordinates) -> Sums:
    """Add up the columns and their squares in one sweep."""
    k = int(coordinates.intercept)

    def kernel(block: Block, workspace: Workspace) -> Sums:
        entries = sparse_rows(block)
        if entries is not None:
            return Sums(*sparse_columns.column_sums(entries, coordinates, block.weights))
        z = coordinates.rows(block, workspace)[:, k:]
        weights = np.ones(block.n_rows) if block.weights is None else block.weights
        return Sums(weights @ z, weights @ np.square(z))

    return engine.sum(kernel, source, 1 if is_sparse(source) else 2 * coordinates.n_rows)


def _sums_of(gram: Array, coordinates: Coordinates) -> Sums:
    """Take the sums from a Gram matrix; those of the columns themselves only where an intercept is among them."""
    k = int(coordinates.intercept)
    square = np.diagonal(gram)[k:]
    return Sums(gram[0, 1:] if k else np.zeros(len(square)), square)


def _second_look(first: Coordinates, sums: Sums, gram: Array | None, reached: Range, middle: Bulk) -> Columns:
    """Centre at the mean and scale by the deviation, carrying the Gram matrix along.

    Where a few values lie so far from the others that these would look alike beside them, the median and the
    quartiles take the place of the mean and the deviation.
    """
    low, high = reached.low, reached.high
    total = float(reached.class_weight.sum())
    mean = sums.first / total if first.intercept else np.zeros(len(low))
    constant = (low == high) & (first.intercept or low == 0.0)
    around = np.where(constant, 0.0, np.maximum(sums.second - total * mean * mean, 0.0))
    deviation = np.sqrt(around / total)
    spread = middle.spread * first.scale
    heavy = (spread > 0) & (deviation > HEAVY * spread)
    again = power_of_two_inverse(np.where(heavy, spread, deviation))
    centre = np.where(constant & first.intercept, low, first.centre + mean / first.scale)
    shift = np.zeros(len(low))
    if first.intercept and heavy.any():
        shift = np.where(heavy, (centre - middle.median) * first.scale, 0.0) * again
        centre = np.where(heavy, middle.median, centre)
    coordinates = replace(first, centre=centre, scale=_product(first.scale, again))
    square = around * again**2 + total * shift**2
    if first.intercept:
        square = np.concatenate([[total], square])
    carried = None if gram is None else _carried(gram, mean, total, constant, again, shift)
    return Columns(
        low, high, deviation / first.scale, coordinates, carried, square, reached.class_weight, reached.offset / total
    )


def _carried(gram: Array, mean: Array, total: float, constant: NDArray[np.bool_], again: Array, shift: Array) -> Array:
    """Return the Gram matrix about the means, scaled again and moved by ``shift``, with the intercept's row."""
    k = len(gram) - len(mean)
    inner = gram[k:, k:] - total * np.outer(mean, mean)
    inner[constant] = 0.0
    inner[:, constant] = 0.0
    np.fill_diagonal(inner, np.maximum(np.diagonal(inner), 0.0))
    carried = np.zeros_like(gram)
    carried[k:, k:] = inner * np.outer(again, again) + total * np.outer(shift, shift)
    if k:
        carried[0, 0] = total
        carried[0, 1:] = carried[1:, 0] = total * shift
    return carried


def gram_matrix(engine: Engine, source: Source, coordinates: Coordinates) -> Array:
    """Return the weighted sum of z z', shape (q, q)."""

    def kernel(block: Block, workspace: Workspace) -> Array:
        z = coordinates.rows(block, workspace)
        if block.weights is not None:
            z *= np.sqrt(block.weights)[:, None]
        return z.T @ z

    return engine.sum(kernel, source, 2 * coordinates.n_rows)


def power_of_two_inverse(size: Array) -> Array:
    """Return 2^-k with 2^k the power of two next above each size; 1 for a size of zero."""
    exponent = np.frexp(np.where(size > 0, size, 0.5))[1]
    return np.asarray(np.ldexp(1.0, np.clip(-exponent, -1020, 1020)))


def _product(a: Array, b: Array) -> Array:
    """Return a * b, both powers of two, held within the range of normal numbers."""
    exponent = np.frexp(a)[1] + np.frexp(b)[1] - 2
    return np.asarray(np.ldexp(1.0, np.clip(exponent, -1020, 1020)))
