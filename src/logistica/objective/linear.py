"""Rows in the solver's coordinates as a linear map: z theta and z' r, without z where X is sparse.

Of a sparse row only the entries are read. With z = (x - centre) * scale,

    z theta = x (scale * theta) - centre' (scale * theta),
    z' r    = scale * (x' r - centre * sum r),

so that the centres cost one number a sweep.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from logistica.core.dense import MOST_OUTPUTS, DenseRows, compiled_for
from logistica.core.linalg import EPSILON
from logistica.core.products import symmetric_product
from logistica.core.sparse import SparseRows
from logistica.data.design import Design
from logistica.data.source import Block, Source
from logistica.engines.base import Workspace
from logistica.objective.coded import Lift, coded, codes_of
from logistica.objective.coordinates import Coordinates

Array = NDArray[np.float64]

FAR = 2.0**10
"""Spreads between zero and a column's centre above which the sums over entries would lose too many digits."""
NEAR = 8.0
"""The same for products of two columns, which lose twice the digits."""
WIDTH_OF_ENTRIES = 4
"""Scratch numbers of a sparse row of which only the entries are read."""
FEWER = 4.0
"""By how much fewer the products of a row's entries must be than those of all its values, to be added up sooner."""


class Linear(Protocol):
    """The rows z of a block, shape (n, q)."""

    def times(self, theta: Array) -> Array:
        """Return z theta, shape (n, k), for theta of shape (q, k)."""
        ...

    def transposed_times(self, values: Array) -> Array:
        """Return z' values, shape (q, k), for values of shape (n, k)."""
        ...

    def squares_times(self, values: Array) -> Array:
        """Return (z * z)' values, entry by entry, shape (q, k), for values of shape (n, k), not negative."""
        ...

    def square_bounds(self, values: Array) -> Array:
        """Bound (z * z) values, entry by entry, shape (n,), in spite of rounding; values are not negative."""
        ...


class WithProducts(Linear, Protocol):
    """Rows whose columns' products with one another can be added up."""

    def gram(self, weights: Array) -> Array:
        """Return what :func:`products_of_columns` makes z' diag(weights) z of, for weights of shape (n,)."""
        ...


class Exact(Linear, Protocol):
    """Rows whose products are right to a few roundings of a row's length, and which can be written out."""

    def square_sums(self, values: Array) -> Array:
        """Return (z * z) values, entry by entry, shape (n,), for values of shape (q,), not negative."""
        ...

    def form_bounds(self, form: Array) -> Array:
        """Bound z' form z of each row, shape (n,), in spite of rounding; the form, (q, q), is never negative."""
        ...

    def written(self, rows: NDArray[np.intp]) -> Array:
        """Return some rows z, shape (len(rows), q)."""
        ...


@dataclass(frozen=True)
class Dense:
    """Rows that are written out."""

    z: Array

    def times(self, theta: Array) -> Array:
        return np.asarray(self.z @ theta)

    def transposed_times(self, values: Array) -> Array:
        return np.asarray(self.z.T @ values)

    def squares_times(self, values: Array) -> Array:
        return np.asarray(np.square(self.z).T @ values)

    def square_sums(self, values: Array) -> Array:
        return np.asarray(np.square(self.z) @ values)

    def square_bounds(self, values: Array) -> Array:
        return self.square_sums(values) * (1.0 + (len(values) + 4.0) * EPSILON)

    def form_bounds(self, form: Array) -> Array:
        return np.asarray(np.einsum("ij,ij->i", self.z @ form, self.z))

    def written(self, rows: NDArray[np.intp]) -> Array:
        return np.asarray(self.z[rows])


@dataclass(frozen=True)
class DenseWithProducts(Dense):
    """Rows that are written out, with room for the products of their columns."""

    room: Array

    def gram(self, weights: Array) -> Array:
        return symmetric_product(self.z, weights, self.room)


@dataclass(frozen=True)
class Sparse:
    """Rows of which only the entries are read."""

    x: SparseRows
    coordinates: Coordinates

    def times(self, theta: Array) -> Array:
        slopes, constant = self.of_x(theta)
        predictor = self.x.times(slopes)
        predictor += constant
        return predictor

    def transposed_times(self, values: Array) -> Array:
        return self.of_z(values.sum(axis=0), self.x.transposed_times(values))

    def of_x(self, theta: Array) -> tuple[Array, Array]:
        """Return theta, shape (q, k), as slopes of x, shape (p, k), and what is added where x is zero, shape (k,)."""
        c = self.coordinates
        k = int(c.intercept)
        slopes = c.scale[:, None] * theta[k:]
        return slopes, theta[:k].sum(axis=0) - c.centre @ slopes

    def of_z(self, total: Array, products: Array) -> Array:
        """Return z' values, shape (q, k), by their sums, shape (k,), and x' values, shape (p, k), which is changed."""
        c = self.coordinates
        products -= c.centre[:, None] * total
        products *= c.scale[:, None]
        return np.vstack([total, products]) if c.intercept else products

    def squares_times(self, values: Array) -> Array:
        c = self.coordinates
        total, centre = values.sum(axis=0), c.centre[:, None]
        squares = self.x.transposed_times(values, squared=True)
        squares -= centre * (2.0 * self.x.transposed_times(values) - centre * total)
        squares = np.maximum(squares, 0.0) * np.square(c.scale)[:, None]
        return np.vstack([total, squares]) if c.intercept else squares

    def square_sums(self, values: Array) -> Array:
        squares, products, constant = self._expanded(values)
        return np.maximum(squares - products + constant, 0.0)

    def square_bounds(self, values: Array) -> Array:
        squares, products, constant = self._expanded(values)
        rounding = (len(values) + 4.0) * EPSILON * (squares + constant)  # of which the products are no more
        return np.maximum(squares - products + constant, 0.0) + rounding

    def _expanded(self, values: Array) -> tuple[Array, Array, float]:
        """Return the sums of the squares of entries, of twice their products with the centres, and of the centres'."""
        c = self.coordinates
        k = int(c.intercept)
        each = values[k:] * np.square(c.scale)
        squares = self.x.with_data(np.square(self.x.data)).times(each[:, None])[:, 0]
        products = 2.0 * self.x.times((each * c.centre)[:, None])[:, 0]
        return squares, products, float(values[:k].sum() + each @ np.square(c.centre))

    def form_bounds(self, form: Array) -> Array:
        """With v_j the root of form_jj, no sum of absolute terms is more than (v' (|x| + |centre|) scale)^2."""
        c = self.coordinates
        k = int(c.intercept)
        inner = form[k:, k:] * c.scale[:, None] * c.scale
        centred = inner @ c.centre
        across = c.scale * form[0, k:] if k else np.zeros(len(c.centre))
        constant = float(form[:k, :k].sum() - 2.0 * (across @ c.centre) + c.centre @ centred)
        root = np.sqrt(np.maximum(form.diagonal(), 0.0))
        slopes = root[k:] * c.scale
        largest = self.x.with_data(np.abs(self.x.data)).times(slopes[:, None])[:, 0]
        largest += root[:k].sum() + slopes @ np.abs(c.centre)
        rounding = 4.0 * (len(form) + 4.0) * EPSILON * np.square(largest)
        return self.x.forms(inner, 2.0 * (across - centred)) + constant + rounding

    def written(self, rows: NDArray[np.intp]) -> Array:
        c = self.coordinates
        k, z = int(c.intercept), np.ones((len(rows), c.n_rows))
        z[:, k:] = (self.x.written(rows) - c.centre) * c.scale
        return z

    def gram(self, weights: Array) -> Array:
        c = self.coordinates
        k, total = int(c.intercept), float(weights.sum())
        sums, inner = self.x.gram(weights)
        crossed = np.outer(c.centre, sums)
        inner -= (crossed + crossed.T) - total * np.outer(c.centre, c.centre)
        full = np.empty((c.n_rows, c.n_rows))
        full[k:, k:] = inner * np.outer(c.scale, c.scale)
        if k:
            full[0, 0] = total
            full[0, 1:] = full[1:, 0] = c.scale * (sums - total * c.centre)
        return full


@dataclass(frozen=True)
class InPlace:
    """Dense rows that are multiplied where they lie, by compiled loops, and written out for their squares alone."""

    x: DenseRows
    coordinates: Coordinates
    block: Block
    workspace: Workspace

    def times(self, theta: Array) -> Array:
        if theta.shape[1] > MOST_OUTPUTS:
            return self._written.times(theta)
        c = self.coordinates
        k = int(c.intercept)
        return self.x.times(c.scale[:, None] * theta[k:], theta[:k].sum(axis=0))

    def transposed_times(self, values: Array) -> Array:
        if values.shape[1] > MOST_OUTPUTS:
            return self._written.transposed_times(values)
        c = self.coordinates
        products = c.scale[:, None] * self.x.transposed_times(values)
        return np.vstack([values.sum(axis=0), products]) if c.intercept else products

    def squares_times(self, values: Array) -> Array:
        return self._written.squares_times(values)

    def square_bounds(self, values: Array) -> Array:
        return self._written.square_bounds(values)

    @cached_property
    def _written(self) -> Dense:
        return Dense(self.coordinates.rows(self.block, self.workspace))


def linear(coordinates: Coordinates, block: Block, workspace: Workspace) -> Linear:
    """Return the rows z of a block as a linear map."""
    x = block.entries() if entries_suffice(coordinates) else None
    if x is not None:
        return Sparse(x, coordinates)
    by_codes = codes_of(coordinates, block.design)
    if by_codes is not None:
        return coded(coordinates, by_codes, block, workspace)
    if coordinates.residuals or block.design.sparse or not compiled_for(block.design.n_columns):
        return Dense(coordinates.rows(block, workspace))
    return InPlace(DenseRows(workspace.rows(block), coordinates.centre), coordinates, block, workspace)


def read_exactly(coordinates: Coordinates, block: Block, workspace: Workspace) -> Exact:
    """Return the rows z of a block as a linear map that hardly rounds, for inequalities."""
    x = block.entries() if products_of_entries(coordinates, block.design) else None
    return Dense(coordinates.rows(block, workspace)) if x is None else Sparse(x, coordinates)


def is_sparse(source: Source) -> bool:
    """Whether the rows of X are mostly zeros, and read by their entries."""
    return source.design.sparse


def width_of_rows(coordinates: Coordinates, source: Source) -> int:
    """Return how many scratch numbers a row of X needs where it is only read.

    Rows that are read in place need none, and yet count like those that are not: block by block, and so in their last
    digits, sums do not depend on it.
    """
    design = source.design
    by_codes = codes_of(coordinates, design)
    if by_codes is not None:
        return by_codes.width
    return 0 if design.sparse else source.n_columns


def with_products(coordinates: Coordinates, block: Block, workspace: Workspace) -> WithProducts:
    """Return the rows z of a block, for products of their columns."""
    x = block.entries() if products_of_entries(coordinates, block.design) else None
    if x is not None:
        return Sparse(x, coordinates)
    by_codes = codes_of(coordinates, block.design)
    if by_codes is not None:
        return coded(coordinates, by_codes, block, workspace)
    z = coordinates.rows(block, workspace)
    return DenseWithProducts(z, workspace.room_of_products(z.shape[1], weighted=True))


def products_of_columns(coordinates: Coordinates, source: Source, sums: Array) -> Array:
    """Return z' diag(weights) z, shape (..., q, q), of what all blocks' :meth:`WithProducts.gram` came to."""
    by_codes = codes_of(coordinates, source.design)
    return sums if by_codes is None else Lift.to(coordinates, by_codes).products(sums)


def products_of_entries(coordinates: Coordinates, design: Design) -> bool:
    """Whether products of columns are added up entry by entry, because rows have so few, and no digits are lost."""
    near = design.sparse and coordinates.far <= NEAR and not coordinates.residuals
    return near and FEWER * design.entries_per_row**2 <= coordinates.n_rows**2


def entries_suffice(coordinates: Coordinates) -> bool:
    """Whether sums over the entries of sparse rows keep the digits of those over z."""
    return not coordinates.residuals and coordinates.far <= FAR
