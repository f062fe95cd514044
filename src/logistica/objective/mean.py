"""The objective as textbooks on learning write it: a mean over the rows.

    mean(theta) = (1/W) * [ sum_i weight_i * loss_i + penalty(theta) ],    W = sum_i weight_i

Its minimum is that of the sum, and learning rates do not depend on how many rows there are. A mini-batch of b of the n
rows stands for the whole by

    (n / (W b)) * sum over the batch of weight_i * loss_i  +  penalty(theta) / W

whose mean over all batches is the objective itself, with weights too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import length
from logistica.data.source import Block
from logistica.engines.base import Engine, Workspace
from logistica.objective.linear import linear
from logistica.objective.objective import Objective, Slope, longest_row
from logistica.penalties.lasso import Lasso

Array = NDArray[np.float64]


@dataclass(frozen=True)
class MeanObjective:
    """What a first-order solver may ask about the problem it solves.

    Attributes
    ----------
    total : Objective
        The sum that this is the mean of; its penalty is the smooth part.
    lasso : Lasso or None
        The part without a derivative.
    gram : array, shape (q, q), or None
        The weighted sum of z z', where it is known.
    """

    total: Objective
    lasso: Lasso | None
    gram: Array | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of theta, (q, m)."""
        return self.total.shape

    @property
    def engine(self) -> Engine:
        """What adds up."""
        return self.total.engine

    def slope(self, theta: Array) -> Slope:
        """Return the value, all penalties included, and the gradient of its smooth part, from one sweep."""
        return self._mean(self.total.slope(theta), theta)

    def batches(self, size: int, order: NDArray[np.intp] | None) -> Iterator[Batch]:
        """Yield the rows as mini-batches, in their order or in ``order``; one pass is one sweep."""
        workspace = Workspace()
        for block in self.engine.batches(self.total.source, size, order):
            yield Batch(self, block, workspace)

    def proximal(self, theta: Array, step_size: float) -> Array:
        """Return where a step along the smooth part's gradient ends once the L1 penalty has had its say."""
        return theta if self.lasso is None else self.lasso.proximal(theta, step_size / self.total.total_weight)

    def penalty(self, theta: Array) -> float:
        """Return the sum of all penalties at theta."""
        smooth = 0.0 if self.total.penalty is None else self.total.penalty.value(theta)
        return smooth + (0.0 if self.lasso is None else self.lasso.value(theta))

    def gradient_norm(self, theta: Array, gradient: Array) -> float:
        """Return the length of the gradient; with L1 of the step, which a learning rate of 1 would take."""
        if self.lasso is None:
            return length(gradient)
        return length(theta - self.proximal(theta - gradient, 1.0))

    def _mean(self, slope: Slope, theta: Array) -> Slope:
        weight = self.total.total_weight
        extra = 0.0 if self.lasso is None else self.lasso.value(theta)
        return Slope((slope.value + extra) / weight, slope.gradient / weight)


@dataclass(frozen=True)
class Batch:
    """Some rows that stand for all of them."""

    mean: MeanObjective
    block: Block
    workspace: Workspace

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.block.n_rows

    def slope(self, theta: Array) -> Slope:
        """Return their value and gradient, which are the whole objective's on average."""
        total = self.mean.total
        rows = total.slope_of(self.block, total.coordinates.outputs(theta), self.workspace)
        share = self.n_rows / total.source.n_rows
        partial = total.with_penalty(rows, theta, share)
        extra = 0.0 if self.mean.lasso is None else share * self.mean.lasso.value(theta)
        unit = 1.0 / (share * total.total_weight)
        return Slope((partial.value + extra) * unit, partial.gradient * unit)


@dataclass(frozen=True)
class Smoothness:
    """How fast the gradient of the smooth part can change.

    Attributes
    ----------
    whole : float
        L, its Lipschitz constant over all rows.
    row : float
        The largest one that a single row has as a batch of its own.
    n_rows : int
    """

    whole: float
    row: float
    n_rows: int

    def of_batch(self, size: int) -> float:
        """Return that of a mini-batch on average: from ``row`` for one row down to ``whole`` for all.

        The expected smoothness of batches drawn without replacement (Gower et al. 2019, SGD: General Analysis and
        Improved Rates, International Conference on Machine Learning, proposition 3.8).
        """
        n, b = self.n_rows, min(size, self.n_rows)
        if n == 1:
            return self.whole
        return (n * (b - 1) * self.whole + (n - b) * self.row) / (b * (n - 1))


def smoothness(mean: MeanObjective, *, rows: bool) -> Smoothness:
    """Find the smoothness by power iteration (Golub and Van Loan 2013, Matrix Computations, section 7.3.1).

    One sweep for each iteration, unless the Gram matrix is known, and one more if ``rows`` asks for the largest row.
    """
    total = mean.total
    weight = total.total_weight
    bend = total.loss.largest_curvature
    ridge = 0.0 if total.penalty is None else float(total.penalty.strength.max(initial=0.0)) / weight
    times = partial(_gram_times, total) if mean.gram is None else mean.gram.__matmul__
    largest = _largest_eigenvalue(times, total.coordinates.n_rows) / weight
    row = largest
    if rows:
        row = longest_row(total, np.ones(total.coordinates.n_rows), weighted=True) * total.source.n_rows / weight
    return Smoothness(bend * largest + ridge, bend * row + ridge, total.source.n_rows)


POWER_ITERATIONS = 100
FEWEST_ITERATIONS = 10
"""A random vector may hold so little of the largest direction that the first ones show nothing of it."""
CLOSE = 1e-4


def _largest_eigenvalue(times: Callable[[Array], Array], size: int) -> float:
    """Return the largest eigenvalue of a matrix that is not negative, from below to about a thousandth.

    ``times`` takes a vector, shape (size,), to the matrix's product with it.
    """
    vector = np.random.default_rng(0).normal(size=size)
    found = 0.0
    for iteration in range(POWER_ITERATIONS):
        norm = length(vector)
        if norm == 0.0:
            return 0.0
        before, vector = found, times(vector / norm)
        found = length(vector)
        if iteration >= FEWEST_ITERATIONS and abs(found - before) <= CLOSE * found:
            break
    return found


def _gram_times(total: Objective, vector: Array) -> Array:
    """Return the weighted sum of z z' times a vector, shape (q,), from one sweep."""

    def kernel(block: Block, workspace: Workspace) -> Array:
        z = linear(total.coordinates, block, workspace)
        along = z.times(vector[:, None])
        return z.transposed_times(along if block.weights is None else along * block.weights[:, None])

    return total.engine.sum(kernel, total.source, total.linear_width)[:, 0]
