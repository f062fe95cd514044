"""L1 and ridge penalties together, column by column: sum_j lasso_j |theta_j|_1 + ridge_j |theta_j|^2 / 2."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def value(lasso: Array, ridge: Array, theta: Array) -> float:
    """Return the penalty; ``lasso`` and ``ridge``, shape (q,), are strengths for the rows of theta, shape (q, m)."""
    return float(lasso @ np.abs(theta).sum(axis=1) + 0.5 * (ridge @ np.square(theta).sum(axis=1)))


def distance(lasso: Array, ridge: Array, theta: Array, gradient: Array) -> Array:
    """Return how far each row of theta is from being optimal, shape (q,), as a share of its L1 strength.

    That is how much the loss's gradient, shape (q, m), and the ridge penalty's exceed what the L1 penalty holds against
    them. Rows without an L1 penalty are measured by the weakest that there is.
    """
    strength, whole = lasso[:, None], gradient + ridge[:, None] * theta
    at_zero = np.maximum(np.abs(whole) - strength, 0.0)
    far = np.where(theta == 0.0, at_zero, np.abs(whole + strength * np.sign(theta))).max(axis=1, initial=0.0)
    weakest = lasso[lasso > 0.0].min(initial=np.inf)
    return np.asarray(far / np.where(lasso > 0.0, lasso, weakest if np.isfinite(weakest) else 1.0))
