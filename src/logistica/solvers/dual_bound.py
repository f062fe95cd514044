"""A lower bound of the minimum from one gradient, by Fenchel's dual.

The residuals of probabilities q that give each class its share of the weights, where there are intercepts, and
whose products with no column exceed its L1 strength s_j, prove that no theta has an objective below

    D(q) = sum_i weight_i * entropy(q_i) + sum_i weight_i (q_i - y_i)'offset_i
           - sum_j max(|z_j' residuals| - s_j, 0)^2 / (2 r_j)

(Kim, Koh, Lustig, Boyd and Gorinevsky 2007, IEEE Journal of Selected Topics in Signal Processing 1); columns with a
ridge penalty r_j may exceed s_j. The probabilities p of a theta become such q in two moves. A class that has too much,
by a weight of D_k, hands a share f_k = D_k / sum_i weight_i p_ik of its probability in each row to those that have too
little; products with column j change by no more than |D_k| max|z_j|. Then all rows go a share 1 - a of the way to their
own class, which makes every product smaller by a. The entropy is concave, so that not less is left of it than
a (1 - max_k f_k) times that of p, which is loss - sum_j theta_j * product_j: nothing but the gradient is needed.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from logistica.objective.composite import Composite
from logistica.objective.objective import Slope

Array = NDArray[np.float64]

FURTHEST_INTERCEPT = 64.0
"""Where offsets take classes out of a row's choice no probability can be handed on; then the bound holds for intercepts
within so much of the ones it is made at."""


def lower_bound(problem: Composite, theta: Array, slope: Slope) -> float:
    """Return what no value of the objective can be below; ``slope`` is the loss's at theta, shape (q, m)."""
    k, products = problem.n_intercepts, slope.gradient
    surplus = products[0] if k else np.zeros(products.shape[1])
    kept, lost = _handed_on(problem, surplus)
    wide = np.abs(products[k:]) + np.abs(surplus) * problem.reach[k:, None]
    lasso, ridge = problem.lasso[k:], problem.ridge[k:]
    share = share_of(wide, lasso, ridge)
    entropy = slope.value - float(np.sum(theta * products))
    return share * (kept * entropy - lost) - conjugate(share * wide, lasso, ridge)


def share_of(products: Array, lasso: Array, ridge: Array) -> float:
    """Return the share of products, shape (p, m), that no column without a ridge penalty finds too large."""
    largest = products.max(axis=1, initial=0.0)[ridge == 0.0]
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.min(np.where(largest > 0.0, lasso[ridge == 0.0] / largest, 1.0), initial=1.0))


def conjugate(products: Array, lasso: Array, ridge: Array) -> float:
    """Return what products, shape (p, m), that exceed the L1 strength cost where there is a ridge penalty."""
    soft = ridge > 0.0
    excess = np.maximum(products[soft] - lasso[soft, None], 0.0)
    return float(np.sum(excess**2 / (2.0 * ridge[soft, None])))


def _handed_on(problem: Composite, surplus: Array) -> tuple[float, float]:
    """Return the share of the entropy that is surely left, and what the offsets may take, once classes are even."""
    if not surplus.any():
        return 1.0, 0.0
    by_class = np.append(-surplus, surplus) if len(surplus) == 1 else surplus
    if not math.isfinite(problem.largest_offset):
        return 1.0, FURTHEST_INTERCEPT * float(np.abs(surplus).sum())
    over = np.maximum(by_class, 0.0)
    handed = float(np.max(over / (problem.class_weight + over)))
    return 1.0 - handed, 2.0 * problem.largest_offset * float(over.sum()) + handed * _most_lost(problem)


def _most_lost(problem: Composite) -> float:
    """Return how much the entropy may be larger than what the loss and the products say, because of the offsets."""
    weight = float(problem.class_weight.sum())
    return 0.0 if problem.largest_offset == 0.0 else weight * 2.0 * problem.largest_offset
