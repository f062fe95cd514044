"""The objective, its excess and a bound on it, from anybody's coefficients in the same way.

The objective is the sum of the rows' losses, -log P(their class), plus a penalty on the coefficients, in the user's
units; the intercept is free.

The bound is the duality gap. With q_i the probabilities of row i at the coefficients, after the intercepts are made
optimal, and e_i its class as an indicator, the dual value is

    sum_i entropy(e_i + c (q_i - e_i)) - conjugate(-c sum_i x_i (q_i - e_i)'),

where the conjugate of the ridge is |.|^2 / (2 strength), that of the lasso nothing as long as every entry is within the
strength, for which c <= 1 is chosen (Boyd and Vandenberghe 2004, Convex Optimization, section 5.5). Without a penalty
there is no such bound.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from benchmarks.contracts import Answer, Array, Coefficients, Penalty, Table

ROWS = 100_000


def objective(table: Table, penalty: Penalty, found: Coefficients) -> float:
    """Return the objective at the coefficients; infinite where they are not finite."""
    if not (np.isfinite(found.coef).all() and np.isfinite(found.intercept).all()):
        return math.inf
    losses = [float(_losses(_eta(X, found), y).sum()) for X, y in _blocks(table)]
    return math.fsum([*losses, penalty.value(found.coef)])


def objectives(table: Table, penalties: Sequence[Penalty], found: Sequence[Coefficients]) -> Array:
    """Return the objective at each penalty, shape (k,); of a path of two classes in one product for all penalties."""
    if len(found) == 1 or any(len(one.intercept) > 1 for one in found):
        return np.array([objective(table, *each) for each in zip(penalties, found, strict=True)])
    coefs = np.column_stack([one.coef[0] for one in found])
    intercepts = np.concatenate([one.intercept for one in found])
    signs = ((X, np.where(y == 1, -1.0, 1.0)[:, None]) for X, y in _blocks(table, ROWS // 10))
    usable = np.isfinite(coefs).all(axis=0) & np.isfinite(intercepts)
    coefs, intercepts = np.where(usable, coefs, 0.0), np.where(usable, intercepts, 0.0)
    losses = [np.logaddexp(0.0, sign * (X @ coefs + intercepts)).sum(axis=0) for X, sign in signs]
    added = [penalty.value(one.coef) for penalty, one in zip(penalties, found, strict=True)]
    return np.where(usable, [math.fsum(each) for each in np.vstack([*losses, added]).T], math.inf)


def values(table: Table, penalties: Sequence[Penalty], answer: Answer) -> Array:
    """Return what is to be small, shape (k,): the objective at each penalty.

    For predictions: the largest error of a probability, given the contender's own coefficients.
    """
    if answer.proba is not None:
        exact = probabilities(table.X[: len(answer.proba)], answer.coefficients[0])
        return np.array([np.abs(answer.proba - exact).max()])
    return objectives(table, penalties, answer.coefficients)


def excess(found: Array, best: Array) -> float:
    """Return the largest relative excess of values, shape (k,), over the best ones; those of predictions are near 0."""
    with np.errstate(invalid="ignore"):
        return float(np.max(np.where(best > 0.0, (found - best) / np.where(best > 0.0, best, 1.0), found - best)))


def relative_gap(table: Table, penalty: Penalty, found: Coefficients) -> float:
    """Return a bound on the relative excess at the coefficients; infinite where none is known."""
    if penalty.kind == "none":
        return math.inf
    correlation, entropy_at = _residuals(table, Coefficients(found.coef, _best_intercept(table, found)))
    largest = float(np.abs(correlation).max())
    shrink, conjugate = 1.0, 0.0
    if penalty.kind == "lasso":
        shrink = min(1.0, penalty.strength / largest) if largest > 0.0 else 1.0
    else:
        conjugate = float((correlation * correlation).sum()) / (2.0 * penalty.strength)
    primal = objective(table, penalty, found)
    return max(primal - (entropy_at(shrink) - conjugate), 0.0) / primal


def probabilities(X: Array, found: Coefficients) -> Array:
    """Return the probability of each class, shape (n, K)."""
    eta = _eta(X, found)
    return np.exp(eta - np.logaddexp.reduce(eta, axis=1, keepdims=True))


def _residuals(table: Table, found: Coefficients):
    """Return the sum of x_i (q_i - e_i)', shape (p, K), and the function from c to the sum of entropies.

    For two classes each enters with half of the pair, as eta = (0, eta_1) has one free output.
    """
    correlation: Array = 0.0
    residuals = []
    for X, y in _blocks(table):
        q = probabilities(X, found)
        indicator = np.eye(q.shape[1])[y]
        free = (q - indicator)[:, -len(found.intercept) :]
        correlation = correlation + X.T @ free
        residuals.append((q - indicator, indicator))

    def entropy_at(shrink: float) -> float:
        return math.fsum(float(_entropy(indicator + shrink * residual)) for residual, indicator in residuals)

    return correlation, entropy_at


def _entropy(q: Array) -> float:
    positive = q[q > 0.0]
    return -float(positive @ np.log(positive))


def _best_intercept(table: Table, found: Coefficients, steps: int = 25) -> Array:
    """Return the intercepts at which the residuals add up to nothing, by Newton's method."""
    intercept = found.intercept.copy()
    for _ in range(steps):
        gradient, hessian = np.zeros(len(intercept)), np.zeros((len(intercept),) * 2)
        for X, y in _blocks(table):
            q = probabilities(X, Coefficients(found.coef, intercept))
            free = q[:, -len(intercept) :]
            gradient += (free - np.eye(q.shape[1])[y][:, -len(intercept) :]).sum(axis=0)
            hessian += np.diag(free.sum(axis=0)) - free.T @ free
        step = np.linalg.pinv(hessian, rcond=1e-12) @ gradient
        intercept = intercept - step
        if np.abs(step).max() <= 1e-13 * max(1.0, np.abs(intercept).max()):
            break
    return intercept


def _blocks(table: Table, rows: int = ROWS):
    for start in range(0, len(table.y), rows):
        yield table.X[start : start + rows], table.y[start : start + rows]


def _eta(X: Array, found: Coefficients) -> Array:
    """Return the linear predictors of all classes, shape (n, K)."""
    eta = np.asarray(X @ found.coef.T) + found.intercept
    return np.column_stack([np.zeros(len(eta)), eta]) if eta.shape[1] == 1 else eta


def _losses(eta: Array, y: Array) -> Array:
    """Return log(sum exp(eta_k - eta_y)), without loss of digits where it is small, shape (n,)."""
    apart = eta - np.take_along_axis(eta, y[:, None], axis=1)
    if eta.shape[1] == 2:
        return np.logaddexp(0.0, apart.sum(axis=1))
    return np.logaddexp.reduce(apart, axis=1)
