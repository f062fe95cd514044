"""Maximum likelihood by scipy, on rows repeated or weighted by hand: what balancing classes must come to."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

Array = np.ndarray


def proba(X: Array, coef: Array, intercept: Array, offset: Array | None = None) -> Array:
    """Return the probability of each class from K rows of coefficients, or one."""
    eta = X @ coef.T + intercept
    if offset is not None:
        eta = eta + offset.reshape(len(X), -1)
    if eta.shape[1] == 1:
        eta = np.column_stack([np.zeros(len(X)), eta])
    power = np.exp(eta - eta.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


def best_intercepts(X: Array, y: Array, weights: Array, coef: Array, offset: Array | None = None) -> Array:
    """Return the intercepts of highest likelihood for given coefficients, the first class's 0 where there are K."""
    K = int(y.max()) + 1
    free = 1 if K == 2 else K - 1

    def value(theta: Array) -> tuple[float, Array]:
        intercept = theta if K == 2 else np.concatenate([[0.0], theta])
        p = proba(X, coef, intercept, offset)
        gradient = weights @ (p - np.eye(K)[y]) / weights.sum()
        loss = -(weights @ np.log(p[np.arange(len(y)), y])) / weights.sum()
        return float(loss), gradient[1:]

    found = minimize(value, np.zeros(free), jac=True, method="BFGS", options={"gtol": 1e-10})
    return found.x if K == 2 else np.concatenate([[0.0], found.x])
