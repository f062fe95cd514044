"""The objective: the negative log-likelihood of the data plus the penalty, as numbers at theta.

    value(theta) = sum_i weight_i * loss(eta_i, y_i) + penalty(theta),    eta_i = z_i theta + offset_i

Each question costs one sweep over the rows, whichever engine adds up.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from logistica.core.records import frozen
from logistica.core.rows import NativeRows
from logistica.data.by_codes import ByCodes
from logistica.data.source import Block, Source
from logistica.engines.base import Engine, Largest, Workspace
from logistica.losses import CompiledBinomial, LinearEntries, LinearRows, Loss
from logistica.objective.coded import codes_of
from logistica.objective.coordinates import Coordinates
from logistica.objective.linear import (
    WIDTH_OF_ENTRIES,
    Linear,
    Sparse,
    WithProducts,
    entries_suffice,
    is_sparse,
    linear,
    products_of_columns,
    products_of_entries,
    width_of_rows,
    with_products,
)
from logistica.penalties.ridge import Ridge

Array = NDArray[np.float64]


class Derivatives(NamedTuple):
    """What one sweep yields.

    Attributes
    ----------
    value : float
        The objective.
    gradient : array, shape (q, m)
    hessian : array, shape (q * m, q * m)
        Of theta flattened row by row.
    loss : float
        The value without the penalty: minus the log-likelihood kernel.
    residual_square, residual_sum : float
        The weighted sums of squared and of absolute residuals, from which the gradient's rounding is judged.
    """

    value: float
    gradient: Array
    hessian: Array
    loss: float
    residual_square: float
    residual_sum: float


@frozen
class Slope:
    """The value, and the gradient, shape (q, m), of all rows or of some; they add."""

    value: float
    gradient: Array

    def __add__(self, other: Slope) -> Slope:
        return Slope(self.value + other.value, self.gradient + other.gradient)


@dataclass
class DerivativeSums:
    """Sums over rows of the loss, its gradient and the blocks of its Hessian, one per pair of free outputs."""

    loss: float
    gradient: Array
    hessian: Array
    residual_square: float
    residual_sum: float

    def __add__(self, other: DerivativeSums) -> DerivativeSums:
        self.gradient += other.gradient
        self.hessian += other.hessian
        return DerivativeSums(
            self.loss + other.loss,
            self.gradient,
            self.hessian,
            self.residual_square + other.residual_square,
            self.residual_sum + other.residual_sum,
        )


@frozen
class Objective:
    """Everything a solver may ask about the problem it solves."""

    loss: Loss
    penalty: Ridge | None
    source: Source
    engine: Engine
    coordinates: Coordinates

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of theta, (q, m)."""
        return self.coordinates.shape

    @cached_property
    def total_weight(self) -> float:
        """The sum of the rows' weights."""
        return self.source.total_weight

    @property
    def width(self) -> int:
        """Scratch numbers a row needs: z twice."""
        return 2 * self.coordinates.n_rows

    @cached_property
    def slope_width(self) -> int:
        """Scratch numbers a row needs for the value and the gradient."""
        return width_of_rows(self.coordinates, self.source) if self.loss_of_x else self.linear_width

    @cached_property
    def linear_width(self) -> int:
        """Scratch numbers a row needs where z is only a linear map: of sparse rows, none but those of its outputs."""
        if self.by_codes is not None:
            return self.by_codes.width + 4 * self.loss.n_outputs
        sparse = entries_suffice(self.coordinates) and is_sparse(self.source)
        return WIDTH_OF_ENTRIES * self.loss.n_outputs if sparse else self.width

    @cached_property
    def products_width(self) -> int:
        """Scratch numbers a row needs for the Hessian: of sparse rows, none but those of its outputs, where entries do.

        Then blocks are few, of which each makes, and hands on, a whole matrix.
        """
        if self.by_codes is not None:
            return self.linear_width
        sparse = products_of_entries(self.coordinates, self.source.design)
        return WIDTH_OF_ENTRIES * self.loss.n_outputs if sparse else self.width

    @cached_property
    def by_codes(self) -> ByCodes | None:
        """The columns as numbers and factors, if they are read so."""
        return codes_of(self.coordinates, self.source.design)

    def value(self, theta: Array) -> float:
        """Return the objective at theta, shape (q, m)."""
        full = self.coordinates.outputs(theta)

        def kernel(block: Block, workspace: Workspace) -> float:
            z = linear(self.coordinates, block, workspace)
            return self.loss.total(eta(z, full, block), block.y, block.weights)

        total = self.engine.sum(kernel, self.source, self.linear_width)
        return total if self.penalty is None else total + self.penalty.value(theta)

    def values_along(self, theta: Array, direction: Array, step_sizes: Array) -> Array:
        """Return the objective at theta + step_size * direction, both of shape (q, m), for each of k step sizes.

        One sweep, whatever their number: the predictors are linear in the step size.
        """
        start, move = self.coordinates.outputs(theta), self.coordinates.outputs(direction)

        def kernel(block: Block, workspace: Workspace) -> Array:
            z = linear(self.coordinates, block, workspace)
            at, along = eta(z, start, block), z.times(move)
            losses = [self.loss.total(at + size * along, block.y, block.weights) for size in step_sizes]
            return np.array(losses)

        totals = self.engine.sum(kernel, self.source, self.linear_width)
        if self.penalty is not None:
            totals += [self.penalty.value(theta + size * direction) for size in step_sizes]
        return totals

    def slope(self, theta: Array) -> Slope:
        """Return the value and the gradient at theta, shape (q, m), from one sweep."""
        full = self.coordinates.outputs(theta)

        def kernel(block: Block, workspace: Workspace) -> Slope:
            return self.slope_of(block, full, workspace)

        return self.with_penalty(self.engine.sum(kernel, self.source, self.slope_width), theta)

    def slope_of(self, block: Block, full: Array, workspace: Workspace) -> Slope:
        """Return what a block adds, the penalty apart; ``full`` is theta for all outputs."""
        loss = self.loss_of_x
        if loss is not None:
            rows = self.of_x(block, full, workspace.native(block))
            value, gradient = loss.slope_of_rows(rows, block.y, block.weights)
            return Slope(value, self._gradient_of_x(gradient))
        z = linear(self.coordinates, block, workspace)
        if self.loss_of_entries is not None and isinstance(z, Sparse):
            entries = of_entries(z, full, block)
            value, gradient = self.loss_of_entries.slope_of_entries(entries, block.y, block.weights)
            return Slope(value, z.of_z(gradient[:1], gradient[1:, None]))
        terms = self.loss.terms(eta(z, full, block), block.y, block.weights, self.coordinates.free_outputs)
        return Slope(terms.loss, z.transposed_times(terms.residual))

    @cached_property
    def loss_of_x(self) -> CompiledBinomial | None:
        """The loss, if it can be made straight from the user's columns instead of z."""
        loss = self.loss
        plain = not self.coordinates.residuals and not is_sparse(self.source) and self.by_codes is None
        return loss if plain and isinstance(loss, CompiledBinomial) else None

    @cached_property
    def loss_of_entries(self) -> CompiledBinomial | None:
        """The loss, if it can be made straight from the entries of sparse rows."""
        return self.loss if isinstance(self.loss, CompiledBinomial) else None

    def of_x(self, block: Block, full: Array, x: NativeRows) -> LinearRows:
        """Return the user's columns, the rows ``x`` of a block, with the predictors of theta."""
        c = self.coordinates
        k = int(c.intercept)
        constant = float(full[0, 0]) if k else 0.0
        offset = None if block.offset is None else np.ascontiguousarray(block.offset)
        return LinearRows(x, c.centre, c.scale * full[k:, 0], constant, offset)

    def _gradient_of_x(self, gradient: Array) -> Array:
        """Return the gradient in theta, shape (q, 1), of that in the intercept and the user's centred columns."""
        c = self.coordinates
        gradient[1:] *= c.scale
        return gradient[1 - int(c.intercept) :, None]

    def with_penalty(self, slope: Slope, theta: Array, share: float = 1.0) -> Slope:
        """Add the penalty, or a share of it, to what rows came to."""
        if self.penalty is None:
            return slope
        value, gradient = self.penalty.value(theta), self.penalty.gradient(theta)
        return Slope(slope.value + share * value, slope.gradient + share * gradient)

    def evaluate(self, theta: Array) -> Derivatives:
        """Return the value, gradient and Hessian at theta, shape (q, m), from one sweep."""
        full = self.coordinates.outputs(theta)
        free = self.coordinates.free_outputs

        def kernel(block: Block, workspace: Workspace) -> DerivativeSums:
            if self.loss_of_x is not None:
                return self._curved(self.loss_of_x, block, full, workspace)
            z = with_products(self.coordinates, block, workspace)
            if self.loss_of_entries is not None and isinstance(z, Sparse):
                return self._curved_entries(self.loss_of_entries, z, block, full)
            at = self.loss.terms(eta(z, full, block), block.y, block.weights, free)
            hessian = hessian_blocks(self.loss, z, at.proba, free, block.weights)
            return DerivativeSums(at.loss, z.transposed_times(at.residual), hessian, at.square, at.total)

        sums = self.engine.sum(kernel, self.source, self.products_width)
        hessian = assemble(products_of_columns(self.coordinates, self.source, sums.hessian), len(free))
        if self.penalty is None:
            return Derivatives(sums.loss, sums.gradient, hessian, sums.loss, sums.residual_square, sums.residual_sum)
        return Derivatives(
            sums.loss + self.penalty.value(theta),
            sums.gradient + self.penalty.gradient(theta),
            hessian + self.penalty.hessian(),
            sums.loss,
            sums.residual_square,
            sums.residual_sum,
        )

    def _curved(self, loss: CompiledBinomial, block: Block, full: Array, workspace: Workspace) -> DerivativeSums:
        """Return what a block adds to the derivatives, made straight from the user's columns."""
        rows, c = self.of_x(block, full, workspace.native(block)), self.coordinates
        room = workspace.room_of_products(c.n_rows)
        at = loss.curved_rows(rows, block.y, block.weights, c.scale, intercept=c.intercept, room=room)
        return DerivativeSums(at.loss, self._gradient_of_x(at.gradient), at.hessian[None], at.square, at.total)

    def _curved_entries(self, loss: CompiledBinomial, z: Sparse, block: Block, full: Array) -> DerivativeSums:
        """Return the same, made straight from the entries of sparse rows."""
        rows, c = of_entries(z, full, block), self.coordinates
        at = loss.curved_entries(rows, block.y, block.weights, c.centre, c.scale, intercept=c.intercept)
        gradient = z.of_z(at.gradient[:1], at.gradient[1:, None])
        return DerivativeSums(at.loss, gradient, at.hessian[None], at.square, at.total)


def longest_row(objective: Objective, values: Array, *, weighted: bool = False) -> float:
    """Bound the largest z' diag(values) z over the rows, times each row's weight if so ``weighted``, by one sweep.

    Rounding apart it is the largest itself. ``values`` have shape (q,), none of them negative.
    """

    def kernel(block: Block, workspace: Workspace) -> Largest:
        bounds = linear(objective.coordinates, block, workspace).square_bounds(values)
        return Largest(float((bounds * block.weights if weighted and block.weights is not None else bounds).max()))

    return objective.engine.sum(kernel, objective.source, objective.linear_width).value


def column_squares(objective: Objective) -> Array:
    """Return the weighted sum of squares of each column of z, shape (q,), from one sweep."""

    def kernel(block: Block, workspace: Workspace) -> Array:
        z = objective.coordinates.rows(block, workspace)
        weighted = z if block.weights is None else z * block.weights[:, None]
        return np.asarray(np.einsum("ij,ij->j", weighted, z))

    return objective.engine.sum(kernel, objective.source, objective.width)


def eta(z: Linear, full: Array, block: Block) -> Array:
    """Return the linear predictors of a block, shape (n, n_outputs); ``full`` is theta for all outputs."""
    predictor = z.times(full)
    if block.offset is not None:
        predictor += block.offset
    return predictor


def of_entries(z: Sparse, full: Array, block: Block) -> LinearEntries:
    """Return the sparse rows of a block with the predictors of theta for its one output, ``full``, shape (q, 1)."""
    slopes, constant = z.of_x(full)
    offset = None if block.offset is None else np.ascontiguousarray(block.offset)
    return LinearEntries(z.x, np.ascontiguousarray(slopes[:, 0]), float(constant[0]), offset)


def hessian_blocks(loss: Loss, z: WithProducts, proba: Array, free: tuple[int, ...], weights: Array | None) -> Array:
    """Return z' diag(weight) z for each pair a <= b of free outputs, shape (pairs, q, q)."""
    blocks = []
    for i, a in enumerate(free):
        for b in free[i:]:
            curvature = loss.second_derivative(proba, a, b)
            if weights is not None:
                curvature = curvature * weights
            blocks.append(z.gram(curvature))
    return np.stack(blocks)


def assemble(blocks: Array, m: int) -> Array:
    """Return the Hessian of theta flattened row by row, shape (q * m, q * m), from its blocks by pairs of outputs."""
    if m == 1:
        return np.asarray(blocks[0])
    q = blocks.shape[1]
    full = np.empty((q, m, q, m))
    at = 0
    for i in range(m):
        for j in range(i, m):
            full[:, i, :, j] = blocks[at]
            full[:, j, :, i] = blocks[at].T
            at += 1
    return full.reshape(q * m, q * m)
