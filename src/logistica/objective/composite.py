"""The objective as a loss and penalties that fall apart into columns, the form in which an L1 penalty is met.

    F(theta) = loss(theta) + sum_j lasso_j |theta_j|_1 + ridge_j |theta_j|^2 / 2

The loss is smooth, and everything without a derivative concerns one coefficient at a time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.objective.objective import Objective
from logistica.penalties import separable

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
        return separable.value(self.lasso, self.ridge, theta)

    def representative(self, theta: Array) -> Array:
        """Return, of all theta of the same objective, the one that is told: whatever the way to it, it is the same.

        Coefficients are chosen by :func:`logistica.penalties.separable.representative`; then the user's intercepts sum
        to zero.
        """
        coordinates = self.loss.coordinates
        if coordinates.n_outputs == 1:
            return theta
        chosen = separable.representative(self.lasso, self.ridge, theta)
        if coordinates.intercept:
            _, intercept = coordinates.to_user(chosen)
            chosen = np.vstack([chosen[:1] - intercept.mean(), chosen[1:]])
        return chosen

    def proximal(self, theta: Array, gradient: Array, weight: float) -> Array:
        """Return where a step of length one along the mean loss's gradient ends, with the penalties' say."""
        moved = theta - gradient / weight
        shrunk = np.maximum(np.abs(moved) - self.lasso[:, None] / weight, 0.0)
        return np.asarray(np.sign(moved) * shrunk / (1.0 + self.ridge[:, None] / weight))

    def distance(self, theta: Array, gradient: Array) -> Array:
        """Return how far each row of theta is from being optimal, shape (q,); ``gradient`` is the loss's.

        See :func:`logistica.penalties.separable.distance`.
        """
        return separable.distance(self.lasso, self.ridge, theta, gradient)

    def violation(self, theta: Array, gradient: Array) -> Array:
        """Return the same as a share of each row's L1 strength."""
        return separable.violation(self.lasso, self.ridge, theta, gradient)
