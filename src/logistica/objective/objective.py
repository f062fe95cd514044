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

from logistica.data.source import Block, Source
from logistica.engines.base import Engine, Workspace
from logistica.losses.base import Loss
from logistica.objective.coordinates import Coordinates
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


@dataclass(frozen=True)
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

    def value(self, theta: Array) -> float:
        """Return the objective at theta, shape (q, m)."""
        full = self.coordinates.outputs(theta)

        def kernel(block: Block, workspace: Workspace) -> float:
            values = self.loss.value(eta(self.coordinates.rows(block, workspace), full, block), block.y)
            return float(values.sum() if block.weights is None else values @ block.weights)

        total = self.engine.sum(kernel, self.source, self.width)
        return total if self.penalty is None else total + self.penalty.value(theta)

    def evaluate(self, theta: Array) -> Derivatives:
        """Return the value, gradient and Hessian at theta, shape (q, m), from one sweep."""
        full = self.coordinates.outputs(theta)
        free = self.coordinates.free_outputs

        def kernel(block: Block, workspace: Workspace) -> DerivativeSums:
            z = self.coordinates.rows(block, workspace)
            at = self.loss.evaluate(eta(z, full, block), block.y)
            residual = at.gradient[:, free] if len(free) < at.gradient.shape[1] else at.gradient
            if block.weights is None:
                loss = at.value.sum()
                square = np.vdot(residual, residual)
            else:
                loss = at.value @ block.weights
                unweighted = residual
                residual = residual * block.weights[:, None]
                square = np.vdot(unweighted, residual)
            hessian = hessian_blocks(self.loss, z, at.proba, free, block.weights, workspace)
            total = np.abs(residual).sum()
            return DerivativeSums(float(loss), z.T @ residual, hessian, float(square), float(total))

        sums = self.engine.sum(kernel, self.source, self.width)
        hessian = assemble(sums.hessian, len(free))
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


def eta(z: Array, full: Array, block: Block) -> Array:
    """Return the linear predictors of a block, shape (n, n_outputs); ``full`` is theta for all outputs."""
    predictor = z @ full
    if block.offset is not None:
        predictor += block.offset
    return predictor


def hessian_blocks(
    loss: Loss, z: Array, proba: Array, free: tuple[int, ...], weights: Array | None, workspace: Workspace
) -> Array:
    """Return z' diag(weight) z for each pair a <= b of free outputs, shape (pairs, q, q).

    A diagonal pair has weights >= 0: with their square root taken into z, NumPy makes one symmetric product of it.
    """
    m = len(free)
    blocks = np.empty((m * (m + 1) // 2, z.shape[1], z.shape[1]))
    weighted = workspace.array("weighted", len(z), z.shape[1])
    at = 0
    for i, a in enumerate(free):
        for b in free[i:]:
            curvature = loss.second_derivative(proba, a, b)
            if weights is not None:
                curvature = curvature * weights
            if a == b:
                np.multiply(z, np.sqrt(curvature)[:, None], out=weighted)
                np.matmul(weighted.T, weighted, out=blocks[at])
            else:
                np.multiply(z, curvature[:, None], out=weighted)
                np.matmul(z.T, weighted, out=blocks[at])
            at += 1
    return blocks


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
