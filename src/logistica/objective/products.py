"""The Hessian as what it does to directions: for more parameters than a matrix of it could be made for.

At a point, each row's second derivative in eta is kept, which is n x outputs numbers; with these one sweep gives

    H v = sum_i weight_i * z_i (C_i z_i'v)  +  the penalty's share,    C_i the row's second derivative.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.data.source import Block
from logistica.engines.base import Collected, Workspace
from logistica.losses.base import Loss
from logistica.objective.linear import linear
from logistica.objective.objective import Objective, Slope, eta

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Products:
    """The derivatives of an objective at a point.

    Attributes
    ----------
    objective : Objective
    slope : Slope
        The value and the gradient there.
    proba : array, shape (n, outputs)
        What each row's second derivatives are made from.
    residual_square, residual_sum : float
        As in :class:`logistica.objective.Derivatives`.
    """

    objective: Objective
    slope: Slope
    proba: Array
    residual_square: float
    residual_sum: float

    @property
    def value(self) -> float:
        """The objective."""
        return self.slope.value

    def times(self, direction: Array) -> Array:
        """Return the Hessian times a direction, both of shape (q, m), from one sweep."""
        objective = self.objective
        full = objective.coordinates.outputs(direction)
        free = objective.coordinates.free_outputs

        def kernel(block: Block, workspace: Workspace) -> Array:
            z = linear(objective.coordinates, block, workspace)
            return z.transposed_times(objective.loss.bend(self._of(block), z.times(full), block.weights, free))

        product = objective.engine.sum(kernel, objective.source, objective.linear_width)
        return product if objective.penalty is None else product + objective.penalty.gradient(direction)

    def diagonal(self) -> Array:
        """Return the diagonal of the Hessian, shape (q, m), from one sweep."""
        objective = self.objective
        free = objective.coordinates.free_outputs

        def kernel(block: Block, workspace: Workspace) -> Array:
            z = linear(objective.coordinates, block, workspace)
            return z.squares_times(_own_curvature(objective.loss, self._of(block), block, free))

        diagonal = objective.engine.sum(kernel, objective.source, objective.linear_width)
        penalty = objective.penalty
        return diagonal if penalty is None else diagonal + penalty.strength[:, None] * penalty.metric.diagonal()

    def beside_the_intercepts(self) -> Array:
        """Return the products of each output's intercept with the columns, shape (q, m), from one sweep."""
        objective = self.objective
        free = objective.coordinates.free_outputs

        def kernel(block: Block, workspace: Workspace) -> Array:
            z = linear(objective.coordinates, block, workspace)
            return z.transposed_times(_own_curvature(objective.loss, self._of(block), block, free))

        return objective.engine.sum(kernel, objective.source, objective.linear_width)

    def curvature(self) -> Array:
        """Return the sum of the rows' second derivatives, shape (m, m); X is not needed for it.

        It is the block of the Hessian that belongs to the intercepts.
        """
        objective = self.objective
        free = list(objective.coordinates.free_outputs)

        def kernel(block: Block, workspace: Workspace) -> Array:
            return objective.loss.curvature(self._of(block), block.weights)

        total = objective.engine.sum(kernel, objective.source, 4 * objective.loss.n_outputs)
        return total[np.ix_(free, free)]

    def _of(self, block: Block) -> Array:
        return self.proba[block.start : block.start + block.n_rows]


@dataclass(frozen=True)
class _Sums:
    slope: Slope
    proba: Collected
    residual_square: float
    residual_sum: float

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(
            self.slope + other.slope,
            self.proba + other.proba,
            self.residual_square + other.residual_square,
            self.residual_sum + other.residual_sum,
        )


def products_at(objective: Objective, theta: Array) -> Products:
    """Return the derivatives at theta, shape (q, m), from one sweep."""
    full = objective.coordinates.outputs(theta)
    free = objective.coordinates.free_outputs

    def kernel(block: Block, workspace: Workspace) -> _Sums:
        z = linear(objective.coordinates, block, workspace)
        at = objective.loss.terms(eta(z, full, block), block.y, block.weights, free)
        return _Sums(Slope(at.loss, z.transposed_times(at.residual)), Collected((at.proba,)), at.square, at.total)

    sums = objective.engine.sum(kernel, objective.source, objective.linear_width)
    slope = objective.with_penalty(sums.slope, theta)
    return Products(objective, slope, np.concatenate(sums.proba.arrays), sums.residual_square, sums.residual_sum)


def _own_curvature(loss: Loss, proba: Array, block: Block, free: tuple[int, ...]) -> Array:
    """Return the weighted second derivative of each row in each free output twice, shape (n, m)."""
    own = loss.own_curvature(proba)
    own = own if len(free) == loss.n_outputs else own[:, list(free)]
    return own if block.weights is None else own * block.weights[:, None]
