"""L1 and ridge penalties together, column by column: sum_j lasso_j |theta_j|_1 + ridge_j |theta_j|^2 / 2."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

ALIKE = 1e-9
"""The share of a row's L1 norm that rounding, or the end of an iteration, may make of nothing."""


def value(lasso: Array, ridge: Array, theta: Array) -> float:
    """Return the penalty; ``lasso`` and ``ridge``, shape (q,), are strengths for the rows of theta, shape (q, m)."""
    return float(lasso @ np.abs(theta).sum(axis=1) + 0.5 * (ridge @ np.square(theta).sum(axis=1)))


def representative(lasso: Array, ridge: Array, theta: Array) -> Array:
    """Return theta, shape (q, m), with a number added to rows under an L1 penalty alone, where that changes nothing.

    A softmax never minds, nor does the penalty while as many entries are positive as negative, at most one of them
    zero: the derivative of the loss at any of them is then as large as the penalty allows. Of all that are alike the row
    with the smallest sum of squares is returned, which is where an elastic net leads to as its ridge part vanishes.
    """
    m = theta.shape[1]
    if m % 2:
        return theta
    ordered = np.sort(theta, axis=1)
    middle = np.clip(ordered.mean(axis=1), ordered[:, m // 2 - 1], ordered[:, m // 2])[:, None]
    alike = np.abs(theta - middle).sum(axis=1) >= (1.0 - ALIKE) * np.abs(theta).sum(axis=1)
    rows = alike & (lasso > 0.0) & (ridge == 0.0) & ((theta == 0.0).sum(axis=1) <= 1)
    return np.where(rows[:, None], theta - middle, theta)


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
