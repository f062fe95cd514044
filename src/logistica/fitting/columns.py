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
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.core.products import symmetric_product
from logistica.core.rows import moments
from logistica.data.source import Block, Source
from logistica.engines.base import Engine, Workspace
from logistica.fitting import sparse_columns
from logistica.losses.base import Loss
from logistica.objective.coded import coded, coded_moments, codes_of
from logistica.objective.coordinates import Coordinates
from logistica.objective.linear import products_of_columns, width_of_rows

Array = NDArray[np.float64]

LARGEST = 2.0**1020
"""Beyond this a difference of two values may overflow."""
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


@dataclass(frozen=True)
class Sums:
    """The weighted sums of each column of z, shape (p,), and of its squares."""

    first: Array
    second: Array

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.first + other.first, self.second + other.second)


@dataclass(frozen=True)
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

    def __add__(self, other: Seen) -> Seen:
        return Seen(
            np.minimum(self.low, other.low),
            np.maximum(self.high, other.high),
            self.sums + other.sums,
            self.class_rows + other.class_rows,
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
        furthest = np.maximum(np.maximum(self.high - c.centre, c.centre - self.low), 0.0) * c.scale
        return np.concatenate([np.ones(int(c.intercept)), furthest])


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
    middle = bulk(source)
    first = _about(middle, intercept, loss)
    seen = _look(engine, source, loss, first)
    if look is not None and not (np.isfinite(seen.sums.first).all() and np.isfinite(seen.sums.second).all()):
        look()
    low, high = seen.low, seen.high
    _check_size(low, high, names)
    centre = low / 2 + high / 2 if intercept else np.zeros(source.n_columns)
    half_range = np.maximum(high - centre, centre - low)
    _check_spread(half_range, names)
    _check_tails(low, high, middle, names)
    sums = seen.sums
    if not _exact(seen, intercept=intercept):
        first = replace(first, centre=centre, scale=power_of_two_inverse(half_range))
        sums = _sums(engine, source, first)
    reference = int(np.argmax(seen.class_weight)) if loss.invariant else None
    columns = _second_look(first, reference, sums, seen, middle)
    return replace(columns, gram=gram_matrix(engine, source, columns.coordinates)) if gram else columns


def _check_size(low: Array, high: Array, names: tuple[str, ...]) -> None:
    for j in (~(np.maximum(-low, high) < LARGEST)).nonzero()[0]:
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


def _check_tails(low: Array, high: Array, middle: Bulk, names: tuple[str, ...]) -> None:
    furthest = np.maximum(high - middle.median, middle.median - low)
    for j in ((middle.spread > 0.0) & (furthest / FURTHEST > middle.spread)).nonzero()[0]:
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
    with np.errstate(invalid="ignore"):  # of infinities, which the sums will show
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
    total = float(seen.class_weight.sum())
    first, second = seen.sums.first, seen.sums.second
    with np.errstate(over="ignore", invalid="ignore"):
        around = second - first * (first / total) if intercept else second
        kept = np.isfinite(second) & (around > LOST * second) & (second > FAINT * total)
    return bool(kept.all() or (kept | _constant(seen, intercept=intercept)).all())


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
    low, high, intercept = seen.low, seen.high, first.intercept
    total = float(seen.class_weight.sum())
    mean = sums.first / total if intercept else np.zeros(len(low))
    constant = _constant(seen, intercept=intercept)
    around = np.maximum(sums.second - total * mean * mean, 0.0)
    around[constant] = 0.0
    deviation = np.sqrt(around / total)
    spread = middle.spread * first.scale
    heavy = (spread > 0) & (deviation > HEAVY * spread)
    again = power_of_two_inverse(np.where(heavy, spread, deviation))
    square, centre = around * again**2, first.centre
    if intercept:
        centre = np.where(constant, low, centre + mean / first.scale)
        if heavy.any():
            shift = np.where(heavy, (centre - middle.median) * first.scale, 0.0) * again
            square += total * shift**2
            centre = np.where(heavy, middle.median, centre)
        square = np.concatenate([[total], square])
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


def gram_matrix(engine: Engine, source: Source, coordinates: Coordinates) -> Array:
    """Return the weighted sum of z z', shape (q, q)."""
    by_codes = codes_of(coordinates, next(source.blocks(1)).design)

    def by_levels(block: Block, workspace: Workspace) -> Array:
        assert by_codes is not None
        weights = np.ones(block.n_rows) if block.weights is None else block.weights
        return coded(coordinates, by_codes, block, workspace).gram(weights)

    def kernel(block: Block, workspace: Workspace) -> Array:
        room = workspace.room_of_products(coordinates.n_rows, weighted=block.weights is not None)
        return symmetric_product(coordinates.rows(block, workspace), block.weights, room)

    if by_codes is not None:
        return products_of_columns(coordinates, source, engine.sum(by_levels, source, by_codes.width))
    return engine.sum(kernel, source, 2 * coordinates.n_rows)


def power_of_two_inverse(size: Array) -> Array:
    """Return 2^-k with 2^k the power of two next above each size; 1 for a size of zero."""
    return _power_of_two(-np.frexp(size)[1])


def _product(a: Array, b: Array) -> Array:
    """Return a * b, both powers of two, held within the range of normal numbers."""
    return _power_of_two(np.frexp(a)[1] + np.frexp(b)[1] - 2)


def _power_of_two(exponent: NDArray[np.int32]) -> Array:
    """Return 2^exponent, held within the range of normal numbers."""
    return np.asarray(np.ldexp(1.0, np.minimum(np.maximum(exponent, -1020), 1020)))
