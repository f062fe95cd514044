"""The objective as a loss and penalties that fall apart into columns, the form in which an L1 penalty is met.

    F(theta) = loss(theta) + sum_j lasso_j |theta_j|_1 + ridge_j |theta_j|^2 / 2

The loss is smooth, and everything without a derivative concerns one coefficient at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.objective.objective import Objective

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Composite:
    """Loss and penalties, the rows, and what is known of them.

    Attributes
    ----------
    loss : Objective
        Without a penalty; its coordinates hold every output.
    lasso, ridge : arrays, shape (q,)
        Strengths for each row of theta; those of the intercept are 0.
    reach : array, shape (q,)
        The largest |z| of each column, intercept first.
    class_weight : array, shape (K,)
        The sum of the weights in each class.
    largest_offset : float
        The largest absolute offset.
    """

    loss: Objective
    lasso: Array
    ridge: Array
    reach: Array
    class_weight: Array
    largest_offset: float = 0.0

    @property
    def n_intercepts(self) -> int:
        """Rows of theta that are intercepts: 0 or 1."""
        return int(self.loss.coordinates.intercept)

    def penalty(self, theta: Array) -> float:
        """Return the sum of the penalties at theta, shape (q, m)."""
        return float(self.lasso @ np.abs(theta).sum(axis=1) + 0.5 * (self.ridge @ np.square(theta).sum(axis=1)))

    def proximal(self, theta: Array, gradient: Array, weight: float) -> Array:
        """Return where a step of length one along the mean loss's gradient ends, with the penalties' say."""
        moved = theta - gradient / weight
        shrunk = np.maximum(np.abs(moved) - self.lasso[:, None] / weight, 0.0)
        return np.asarray(np.sign(moved) * shrunk / (1.0 + self.ridge[:, None] / weight))

    def violation(self, theta: Array, gradient: Array) -> Array:
        """Return how far each row of theta is from being optimal, shape (q,), as a share of its L1 strength.

        ``gradient``, shape (q, m), is the loss's. Rows without an L1 penalty are measured by the weakest.
        """
        lasso, whole = self.lasso[:, None], gradient + self.ridge[:, None] * theta
        at_zero = np.maximum(np.abs(whole) - lasso, 0.0)
        distance = np.where(theta == 0.0, at_zero, np.abs(whole + lasso * np.sign(theta))).max(axis=1)
        weakest = self.lasso[self.lasso > 0.0].min(initial=np.inf)
        return np.asarray(distance / np.where(self.lasso > 0.0, self.lasso, min(weakest, 1e300)))
