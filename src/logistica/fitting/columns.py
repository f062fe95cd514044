"""What the columns look like, and the coordinates in which a second-order solver sees them.

One sweep finds each column's range, the classes' weights, and the sums of the column and of its squares, shifted by the
median of a few rows and divided by a power of two close to the distance of their quartiles; that gives means and
standard deviations without the cancellation of a plain sum of squares. Where these rows were not like the others, so
that digits were lost all the same, the sums are made again about the middle of the range. The coordinates then are
centred at the mean (where an intercept absorbs it) and scaled by a power of two close to the standard deviation. No
division happens before centring, and none by anything but a power of two, so nothing is rounded.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.core.records import frozen
from logistica.core.rows import moments
from logistica.data.source import Block, Source
from logistica.engines.base import Engine, Workspace
from logistica.fitting import sparse_columns
from logistica.losses.base import Loss
from logistica.objective.coded import coded_moments, codes_of
from logistica.objective.coordinates import Coordinates
from logistica.objective.gram import gram_matrix
from logistica.objective.linear import width_of_rows

Array = NDArray[np.float64]

LARGEST = 2.0**1020
"""Beyond this a difference of two values may overflow."""
FINEST = 2.0**-1020
SAMPLE = 1024
HEAVY = 1e4
"""A deviation so many times the distance of the quartiles comes from a few values far from all others."""
FURTHEST = 2.0**450
"""Beyond so many times the distance of the quartiles the squares that a fit adds up may overflow."""
LOST = 2.0**-10
"""The share of a column's squares about the first guess of its middle that must remain about its mean."""
FAINT = 2.0**-900
"""Mean squares below this are made of numbers too small to hold all digits."""
SMALLEST = 2.0**-1000
"""Below this the inverse of a column's spread, and so its coefficient, may overflow."""


@frozen
class Sums:
    """The weighted sums of each column of z, shape (p,), and of its squares."""

    first: Array
    second: Array

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.first + other.first, self.second + other.second)


@frozen
class Seen:
    """What one sweep sees: smallest and largest value of each column, shape (p,), and sums.

    ``class_rows`` and ``class_weight``, shape (K,), are the number of rows of each class and the sum of their weights;
    ``offset``, shape (outputs,), is that of the weighted offsets.
    """

    low: Array
    high: Array
    sums: Sums
    class_rows: NDArray[np.intp]
    class_weight: Array
    offset: Array

    @property
    def total_weight(self) -> float:
        """The sum of the weights."""
        return float(self.class_weight.sum())

    def __add__(self, other: Seen) -> Seen:
        return Seen(
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.sums + other.sums,
            self.class_rows + other.class_rows,
            self.class_weight + other.class_weight,
            self.offset + other.offset,
        )


@frozen
class Columns:
    """The columns of X over the rows in use, weighted.

    Attributes
    ----------
    low, high, deviation : arrays, shape (p,)
        In the user's units; the deviation is the population one, about zero where there is no intercept.
    coordinates : Coordinates
    gram : array, shape (q, q), or None
        The weighted sum of z z' in these coordinates, intercept first; None where it is not asked for.
    square : array, shape (q,)
        Its diagonal.
    class_rows : array of intp, shape (K,)
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
    class_rows: NDArray[np.intp]
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
        reach = np.maximum(np.maximum(self.high - c.centre, c.centre - self.low), 0.0) * c.scale
        return _behind_one(1.0, reach) if c.intercept else reach


def survey(
    engine: Engine,
    source: Source,
    loss: Loss,
    names: tuple[str, ...],
    *,
    intercept: bool,
    gram: bool = True,
    look: Callable[[], None] | None = None,
) -> Columns:
    """Sweep the columns; see the module's text.

    The Gram matrix takes one more sweep. A softmax's contrasts are taken with its heaviest class, which keeps their
    errors least entangled.

    Parameters
    ----------
    engine, source, loss
    names : tuple of str
        For messages.
    intercept : bool
    gram : bool
        Whether the Gram matrix is asked for.
    look : callable, optional
        Called where a sum is not finite: raises if some value is not, and nobody has looked before.
    """
    with np.errstate(over="ignore", invalid="ignore"):  # of what is infinite, which the sums will show
        middle = bulk(source)
        first = _about(middle, intercept, loss)
        seen = _look(engine, source, loss, first)
        if look is not None and np.count_nonzero(np.isfinite(seen.sums.second)) < len(names):
            look()
        half_range = _checked_half_range(seen, middle, names, intercept=intercept)
        sums = seen.sums
        if not _exact(seen, intercept=intercept):
            centre = seen.low / 2 + seen.high / 2 if intercept else first.centre
            first = replace(first, centre=centre, scale=power_of_two_inverse(half_range))
            sums = _sums(engine, source, first)
        reference = int(seen.class_weight.argmax()) if loss.invariant else None
        columns = _second_look(first, reference, sums, seen, middle)
    return replace(columns, gram=gram_matrix(engine, source, columns.coordinates)) if gram else columns


def _checked_half_range(seen: Seen, middle: Bulk, names: tuple[str, ...], *, intercept: bool) -> Array:
    """Return how far the values of each column reach from where it is centred; refuse what no number can hold."""
    low, high = seen.low, seen.high
    furthest = np.maximum(-low, high)
    _check_size(furthest, low, high, names)
    half_range = high / 2 - low / 2 if intercept else furthest
    _check_spread(half_range, names)
    _check_tails(half_range, middle, seen, names)
    return half_range


def _check_size(furthest: Array, low: Array, high: Array, names: tuple[str, ...]) -> None:
    for j in (~(furthest < LARGEST)).nonzero()[0]:
        raise DataError(
            f"its values reach from {low[j]:.6g} to {high[j]:.6g}, too close to the largest number there is",
            column=names[j],
            remedy="Divide the column by a large number first",
        )


def _check_spread(half_range: Array, names: tuple[str, ...]) -> None:
    for j in ((half_range > 0.0) & (half_range < SMALLEST)).nonzero()[0]:
        raise DataError(
            f"its values differ by no more than {2 * half_range[j]:.3g}, so that no floating-point number can hold its"
            " coefficient",
            column=names[j],
            remedy="Multiply the column by a large number first",
        )


def _check_tails(half_range: Array, middle: Bulk, seen: Seen, names: tuple[str, ...]) -> None:
    for j in ((middle.spread > 0.0) & (half_range / FURTHEST > middle.spread)).nonzero()[0]:
        raise DataError(
            f"its values reach from {seen.low[j]:.6g} to {seen.high[j]:.6g}, while half of them lie within"
            f" {middle.spread[j]:.3g}: no floating-point number can hold the squares of both",
            column=names[j],
            remedy="Look at its furthest values, and correct them, leave their rows out or take logarithms",
        )


@frozen
class Bulk:
    """Median and distance of the quartiles of each column, shape (p,), in a sample spread over the rows."""

    median: Array
    spread: Array


def bulk(source: Source) -> Bulk:
    """Look at up to 1024 rows."""
    if source.n_rows > SAMPLE:
        source = source.choose(np.linspace(0, source.n_rows - 1, SAMPLE).astype(np.intp))
    block = next(source.blocks(SAMPLE))
    entries = block.entries()
    if entries is None:
        x = np.empty((block.n_rows, source.n_columns))
        block.fill(x)
        x.sort(axis=0)
        quarter, half, three_quarters = x[len(x) // 4], x[len(x) // 2], x[(3 * len(x)) // 4]
    else:
        quarter, half, three_quarters = sparse_columns.quartiles(entries)
    return Bulk(half, three_quarters - quarter)


def _about(middle: Bulk, intercept: bool, loss: Loss) -> Coordinates:
    """Return coordinates in which a few rows look alike."""
    centre = middle.median if intercept else np.zeros(len(middle.median))
    return Coordinates(centre, power_of_two_inverse(middle.spread), intercept, loss.n_outputs, None)


def _look(engine: Engine, source: Source, loss: Loss, about: Coordinates) -> Seen:
    """See everything in one sweep."""

    def kernel(block: Block, workspace: Workspace) -> Seen:
        rows = np.bincount(block.y, minlength=loss.n_classes)
        weight = np.bincount(block.y, block.weights, minlength=loss.n_classes) if block.weights is not None else rows
        offset = np.zeros(loss.n_outputs)
        if block.offset is not None:
            offset = block.offset.sum(axis=0) if block.weights is None else block.weights @ block.offset
        entries = block.entries()
        if entries is None:
            low, high, *sums = _moments(block, workspace, about)
        else:
            low, high = sparse_columns.span(entries)
            sums = [*sparse_columns.column_sums(entries, about, block.weights)]
        return Seen(low, high, Sums(*sums), rows, weight.astype(np.float64), offset)

    return engine.sum(kernel, source, width_of_rows(about, source))


def _exact(seen: Seen, *, intercept: bool) -> bool:
    """Say whether the sums of the columns, but of constant ones, lost no digits that matter."""
    total, first, second = seen.total_weight, seen.sums.first, seen.sums.second
    around = second - first * (first / total) if intercept else second
    lost = ~((around > LOST * second) & (second > FAINT * total))  # as it is where the second is not finite
    return not np.count_nonzero(lost) or not np.count_nonzero(lost & ~_constant(seen, intercept=intercept))


def _constant(seen: Seen, *, intercept: bool) -> NDArray[np.bool_]:
    """Say of each column whether it is constant where there is an intercept, else whether it is zero."""
    same = seen.low == seen.high
    return np.asarray(same if intercept else same & (seen.low == 0.0))


def _sums(engine: Engine, source: Source, coordinates: Coordinates) -> Sums:
    """Add up the columns and their squares in one sweep."""

    def kernel(block: Block, workspace: Workspace) -> Sums:
        entries = block.entries()
        if entries is not None:
            return Sums(*sparse_columns.column_sums(entries, coordinates, block.weights))
        _, _, first, second = _moments(block, workspace, coordinates)
        return Sums(first, second)

    return engine.sum(kernel, source, width_of_rows(coordinates, source))


def _moments(block: Block, workspace: Workspace, about: Coordinates) -> tuple[Array, Array, Array, Array]:
    """Return the range of each column, and the weighted sums of z and of its square; see :func:`moments`."""
    by_codes = codes_of(about, block.design)
    if by_codes is not None:
        return coded_moments(by_codes, block, workspace, about)
    return moments(workspace.native(block), block.weights, about.centre, about.scale)


def _second_look(first: Coordinates, reference: int | None, sums: Sums, seen: Seen, middle: Bulk) -> Columns:
    """Centre at the mean and scale by the deviation; ``reference`` is the class that contrasts are taken with.

    Where a few values lie so far from the others that these would look alike beside them, the median and the
    quartiles take the place of the mean and the deviation.
    """
    low, high, intercept, total = seen.low, seen.high, first.intercept, seen.total_weight
    mean = sums.first / total if intercept else np.zeros(len(low))
    constant = _constant(seen, intercept=intercept)
    around = np.maximum(sums.second - total * mean * mean, 0.0)
    around[constant] = 0.0
    deviation = np.sqrt(around / total)
    spread = middle.spread * first.scale
    heavy = (spread > 0) & (deviation > HEAVY * spread)
    tails = np.count_nonzero(heavy) > 0
    again = power_of_two_inverse(np.where(heavy, spread, deviation) if tails else deviation)
    square, centre = around * again**2, first.centre
    if intercept:
        centre = centre + mean / first.scale
        centre[constant] = low[constant]
        if tails:
            shift = np.where(heavy, (centre - middle.median) * first.scale, 0.0) * again
            square += total * shift**2
            centre = np.where(heavy, middle.median, centre)
        square = _behind_one(total, square)
    coordinates = Coordinates(centre, _product(first.scale, again), intercept, first.n_outputs, reference)
    return Columns(
        low,
        high,
        deviation / first.scale,
        coordinates,
        None,
        square,
        seen.class_rows,
        seen.class_weight,
        seen.offset / total,
    )


def _behind_one(first: float, others: Array) -> Array:
    """Return numbers of the columns with that of the intercept before them; quicker than to concatenate."""
    together = np.empty(1 + len(others))
    together[0], together[1:] = first, others
    return together


def power_of_two_inverse(size: Array) -> Array:
    """Return 2^-k with 2^k the power of two next above each size; 1 for a size of zero."""
    return np.ldexp(1.0, np.minimum(np.maximum(-np.frexp(size)[1], -1020), 1020))


def _product(a: Array, b: Array) -> Array:
    """Return a * b, both powers of two, held within the range of normal numbers."""
    return np.minimum(np.maximum(a * b, FINEST), LARGEST)
