"""Rows of numbers and of factors' codes as a linear map: z theta, z' r and z' diag(w) z without the factors' columns.

A row is read as u = (1, its numbers in the solver's coordinates, an indicator for each level of each factor), of which
the indicators are only thought of. Then z = u T, where T passes the numbers on, and holds for each factor what its
levels have in its columns, centred and scaled. So

    z theta = u (T theta),    z' r = T' (u' r),    z' diag(w) z = T' (u' diag(w) u) T,

and of the last one the outer products are left to the end of a sweep. Nothing is lost in it: every column is centred
level by level, before anything is added up.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.coded import CodedRows
from logistica.core.compiled import library
from logistica.core.linalg import EPSILON
from logistica.core.products import symmetric_product
from logistica.core.rows import moments, standardise
from logistica.data.by_codes import ByCodes
from logistica.data.design import Design
from logistica.data.source import Block
from logistica.engines.base import Workspace
from logistica.objective.coordinates import Coordinates

Array = NDArray[np.float64]

FEWEST_ROWS = 2**14
"""Fewer are one block, of which the columns may as well be written out."""


@dataclass(frozen=True)
class Lift:
    """T, in its parts: from the columns of z to numbers and levels.

    Attributes
    ----------
    intercept : bool
        Whether z starts with a 1.
    numbers : array of intp, shape (p,)
        Where the numbers are in theta.
    places : tuple of slice
        Where each factor's columns are.
    matrices : tuple of arrays, shape (levels, width)
        What each factor's levels have in its columns of z.
    """

    intercept: bool
    numbers: NDArray[np.intp]
    places: tuple[slice, ...]
    matrices: tuple[Array, ...]

    @classmethod
    def to(cls, coordinates: Coordinates, by_codes: ByCodes) -> Lift:
        """Return T for some columns; that of the last coordinates is kept."""
        for known, lift in by_codes.kept[-1:]:
            if known is coordinates and isinstance(lift, cls):
                return lift
        made = cls._of(coordinates, by_codes)
        by_codes.kept[:] = [(coordinates, made)]
        return made

    @classmethod
    def _of(cls, c: Coordinates, by_codes: ByCodes) -> Lift:
        k = int(c.intercept)
        matrices = [(one.matrix - c.centre[one.places]) * c.scale[one.places] for one in by_codes.factors]
        places = [slice(one.places.start + k, one.places.stop + k) for one in by_codes.factors]
        return cls(c.intercept, by_codes.number_places + k, tuple(places), tuple(matrices))

    def of_numbers(self, theta: Array) -> Array:
        """Return T theta for the 1 and the numbers, shape (1 + p, k), for theta of shape (q, k)."""
        constant = theta[:1] if self.intercept else np.zeros_like(theta[:1])
        return np.concatenate([constant, theta[self.numbers]])

    def of_levels(self, theta: Array, *, squared: bool = False) -> Array:
        """Return T theta for the levels, shape (levels, k); ``squared`` takes the square of every entry of T."""
        parts = zip(self._powers(squared), self.places, strict=True)
        return np.concatenate([matrix @ theta[here] for matrix, here in parts])

    def gathered(self, numbers: Array, levels: Array, *, squared: bool = False) -> Array:
        """Return T'(numbers, levels), shape (q, k), from shapes (1 + p, k) and (levels, k)."""
        out = np.empty((self.n_rows, numbers.shape[1]))
        if self.intercept:
            out[0] = numbers[0]
        out[self.numbers] = numbers[1:]
        first = 0
        for matrix, here in zip(self._powers(squared), self.places, strict=True):
            out[here] = matrix.T @ levels[first : first + len(matrix)]
            first += len(matrix)
        return out

    def products(self, inner: Array) -> Array:
        """Return T' inner T, shape (..., q, q), symmetric to the bit, for inner = u' diag(w) u, shape (..., r, r)."""
        if inner.ndim > 2:
            return np.stack([self.products(one) for one in inner])
        wide = 1 + len(self.numbers)
        half = self.gathered(inner[:wide], inner[wide:]).T
        full = self.gathered(half[:wide], half[wide:])
        return np.asarray((full + full.T) / 2.0)

    @property
    def n_rows(self) -> int:
        """Rows of theta, q."""
        widths = [matrix.shape[1] for matrix in self.matrices]
        return int(self.intercept) + len(self.numbers) + int(sum(widths))

    def _powers(self, squared: bool) -> tuple[Array, ...]:
        return tuple(map(np.square, self.matrices)) if squared else self.matrices


@dataclass(frozen=True)
class Coded:
    """Rows of numbers, written out behind a 1, and of factors by their codes.

    Attributes
    ----------
    numbers : array, shape (n, 1 + p)
    levels : CodedRows
    lift : Lift
    workspace : Workspace
    """

    numbers: Array
    levels: CodedRows
    lift: Lift
    workspace: Workspace

    def times(self, theta: Array) -> Array:
        out = np.ascontiguousarray(self.numbers @ self.lift.of_numbers(theta))
        self.levels.add_times(self.lift.of_levels(theta), out)
        return out

    def transposed_times(self, values: Array) -> Array:
        return self.lift.gathered(self.numbers.T @ values, self.levels.by_level(values))

    def squares_times(self, values: Array) -> Array:
        return self.lift.gathered(np.square(self.numbers).T @ values, self.levels.by_level(values), squared=True)

    def square_bounds(self, values: Array) -> Array:
        out = np.square(self.numbers) @ self.lift.of_numbers(values[:, None])
        self.levels.add_times(self.lift.of_levels(values[:, None], squared=True), out)
        return np.asarray(out[:, 0] * (1.0 + (len(values) + 4.0) * EPSILON))

    def gram(self, weights: Array) -> Array:
        """Return u' diag(weights) u, from which :meth:`Lift.products` makes those of columns, at the end of a sweep."""
        wide = self.numbers.shape[1]
        room = self.workspace.room_of_products(wide, weighted=True)
        cross = self.levels.cross(self.numbers, weights)
        inner = np.zeros((wide + len(cross), wide + len(cross)))
        inner[:wide, :wide] = symmetric_product(self.numbers, weights, room)
        inner[wide:] = cross
        inner[:wide, wide:] = cross[:, :wide].T
        inner[wide:, wide:] += cross[:, wide:].T
        np.fill_diagonal(inner[wide:, wide:], cross[:, 0])  # a row has one level of each factor
        return inner


def codes_of(coordinates: Coordinates, design: Design) -> ByCodes | None:
    """Return the columns of a design as numbers and factors, if they are read so in some coordinates."""
    known = library() is not None and design.n_rows >= FEWEST_ROWS and not coordinates.residuals
    return design.by_codes if known else None


def coded(coordinates: Coordinates, by_codes: ByCodes, block: Block, workspace: Workspace) -> Coded:
    """Return the rows z of a block."""
    places = by_codes.number_places
    z = workspace.array("z", block.n_rows, 1 + len(places))
    x = z[:, 1:]
    by_codes.numbers.fill(block.rows, x)
    standardise(x, coordinates.centre[places], coordinates.scale[places], z)
    return Coded(z, by_codes.rows(block.rows), Lift.to(coordinates, by_codes), workspace)


def coded_moments(
    by_codes: ByCodes, block: Block, workspace: Workspace, about: Coordinates
) -> tuple[Array, Array, Array, Array]:
    """Return the smallest and largest value of each column, and the weighted sums of z and of its square.

    As :func:`logistica.core.rows.moments`.
    """
    places, lift = by_codes.number_places, Lift.to(about, by_codes)
    found = np.empty((4, len(about.centre)))
    numbers = workspace.native(block._replace(design=by_codes.numbers))
    found[:, places] = moments(numbers, block.weights, about.centre[places], about.scale[places])
    ones = np.ones(block.n_rows)
    values = ones[:, None] if block.weights is None else np.stack([ones, block.weights], axis=1)
    sums = by_codes.rows(block.rows).by_level(values)
    first = 0
    for factor, z in zip(by_codes.factors, lift.matrices, strict=True):
        count, weight = sums[first : first + len(z)].T[[0, -1]]
        there = factor.matrix[count != 0.0]
        found[:, factor.places] = there.min(axis=0), there.max(axis=0), weight @ z, weight @ np.square(z)
        first += len(z)
    return found[0], found[1], found[2], found[3]
