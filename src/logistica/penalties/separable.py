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
    zero: the derivative of the loss at any of them is then as large as the penalty allows. Of all that are alike the
    row with the smallest sum of squares is returned, to which an elastic net leads as its ridge part vanishes.
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
    """Return how far each row of theta is from being optimal, shape (q,).

    That is how much the loss's gradient, shape (q, m), and the ridge penalty's exceed what the L1 penalty holds against
    them.
    """
    strength, whole = lasso[:, None], gradient + ridge[:, None] * theta
    at_zero = np.maximum(np.abs(whole) - strength, 0.0)
    return np.asarray(
        np.where(theta == 0.0, at_zero, np.abs(whole + strength * np.sign(theta))).max(axis=1, initial=0.0)
    )


def violation(lasso: Array, ridge: Array, theta: Array, gradient: Array) -> Array:
    """Return the same as a share of each row's L1 strength; rows without one are measured by the weakest."""
    weakest = lasso[lasso > 0.0].min(initial=np.inf)
    strength = np.where(lasso > 0.0, lasso, weakest if np.isfinite(weakest) else 1.0)
    return np.asarray(distance(lasso, ridge, theta, gradient) / strength)


def balanced(lasso: Array, ridge: Array, theta: Array) -> Array:
    """Return theta, shape (q, m), with the number added to each row that makes its penalty smallest.

    To the loss of a softmax that is nothing. Of an L1 penalty alone the row's median becomes zero, of a ridge penalty
    its mean; of both, what lies between them (Friedman, Hastie and Tibshirani 2010, Journal of Statistical Software 33,
    section 4.1): the median of the entries and of where the penalty would have no slope between any two of them. Rows
    without a penalty stay as they are.
    """
    m = theta.shape[1]
    ordered = np.sort(theta, axis=1)
    low, high = ordered[:, (m - 1) // 2], ordered[:, m // 2]
    middle = np.where(np.abs(low) < np.abs(high), low, high)
    middle[lasso == 0.0] = 0.0
    soft = ridge > 0.0
    if soft.any():
        signs = (m - 2.0 * np.arange(m + 1)) / m  # the mean of the entries' signs, with so many of them below
        flat = theta[soft].mean(axis=1, keepdims=True) + (lasso[soft] / ridge[soft])[:, None] * signs
        middle[soft] = np.median(np.hstack([theta[soft], flat]), axis=1)
    return np.asarray(theta - middle[:, None])
