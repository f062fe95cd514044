"""How far an objective with an L1 penalty can be above its minimum: Fenchel's dual gives a bound from below.

The residuals of probabilities q that give each class its share of the weights, where there are intercepts, and
whose products with no column exceed its L1 strength s_j, prove that no theta has an objective below

    D(q) = sum_i weight_i * entropy(q_i) + sum_i weight_i (q_i - y_i)'offset_i
           - sum_j max(|z_j' residuals| - s_j, 0)^2 / (2 r_j)

(Kim, Koh, Lustig, Boyd and Gorinevsky 2007, IEEE Journal of Selected Topics in Signal Processing 1); columns with a
ridge penalty r_j may exceed s_j. The probabilities p of a theta become such q in two moves. A class that has too much,
by a weight of D_k, hands a share f_k = D_k / sum_i weight_i p_ik of its probability in each row to those that have too
little; products with column j change by no more than |D_k| max|z_j|. Then all rows go a share 1 - a of the way to their
own class, which makes every product smaller by a.

The entropy is concave, so that not less is left of it than a (1 - max_k f_k) times that of p, which is
loss - sum_j theta_j * product_j. So a gradient gives a bound without a sweep (:func:`lower_bound`). Where the penalty
is so weak that rounding alone makes products exceed it, the entropy of q itself is needed (:func:`exact_bound`).

By how much a product exceeds its strength may be rounding alone. With other last digits in the column's entries it
would not exceed it: the bound is then that of the objective with these digits, less the difference that they make. Else
a column of huge entries, to which any penalty is next to none, would leave no bound at all.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.data.source import Block
from logistica.engines.base import Workspace
from logistica.objective.composite import Composite
from logistica.objective.linear import linear
from logistica.objective.objective import Slope, eta
from logistica.solvers.line_search import slack_of

Array = NDArray[np.float64]


def lower_bound(problem: Composite, theta: Array, slope: Slope) -> float:
    """Return what no value of the objective can be below; ``slope`` is the loss's at theta, shape (q, m)."""
    moved = _Moved.of(problem, slope)
    entropy = slope.value - float(np.sum(theta * slope.gradient))
    kept, lost = 1.0 - float(moved.handed.max()), 0.0
    if problem.largest_offset > 0.0 and kept < 1.0:
        turned = float(moved.surplus.clip(0.0).sum()) + (1.0 - kept) * float(problem.class_weight.sum())
        lost = 2.0 * problem.largest_offset * turned
    return moved.share * (kept * entropy - lost) - moved.conjugate - moved.forgiven(theta)


def exact_bound(problem: Composite, theta: Array, slope: Slope) -> float:
    """Return the same as :func:`lower_bound`, but for the rounding as large as the dual is there; one sweep."""
    moved, loss = _Moved.of(problem, slope), problem.loss
    full, share = loss.coordinates.outputs(theta), moved.share
    taking = np.maximum(-moved.surplus, 0.0)
    taking /= max(float(taking.sum()), np.finfo(np.float64).tiny)

    def kernel(block: Block, workspace: Workspace) -> float:
        proba = loss.loss.proba(eta(linear(loss.coordinates, block, workspace), full, block))
        handed = proba * moved.handed
        q = share * (proba - handed + handed.sum(axis=1, keepdims=True) * taking)
        q[np.arange(len(q)), block.y] += 1.0 - share
        value = -np.sum(np.where(q > 0.0, q * np.log(np.where(q > 0.0, q, 1.0)), 0.0), axis=1)
        if block.offset is not None:
            q[np.arange(len(q)), block.y] -= 1.0
            value += np.sum(q[:, -block.offset.shape[1] :] * block.offset, axis=1)
        return float(value.sum() if block.weights is None else value @ block.weights)

    return loss.engine.sum(kernel, loss.source, loss.linear_width) - moved.conjugate - moved.forgiven(theta)


@dataclass(frozen=True)
class _Moved:
    """How probabilities are moved so that their residuals prove something.

    Attributes
    ----------
    surplus : array, shape (K,)
        By what weight each class has too much.
    handed : array, shape (K,)
        The share of its probability that each hands on.
    share : float
        How much is then left of the residuals.
    conjugate : float
        What columns with a ridge penalty cost.
    rounded : array, shape (q, m)
        By how much products exceed the L1 strength, as far as rounding may be why.
    """

    surplus: Array
    handed: Array
    share: float
    conjugate: float
    rounded: Array

    def forgiven(self, theta: Array) -> float:
        """Return by how much the objective can be lower than with products that do not exceed their strength."""
        return float(np.sum(np.abs(theta) * self.rounded))

    @classmethod
    def of(cls, problem: Composite, slope: Slope) -> _Moved:
        k, products = problem.n_intercepts, slope.gradient
        surplus = products[0] if k else np.zeros(products.shape[1])
        products = np.abs(products[k:]) + np.abs(surplus) * problem.reach[k:, None]
        if len(surplus) == 1:
            surplus = np.append(-surplus, surplus)
        over = np.maximum(surplus, 0.0)
        lasso, ridge = problem.lasso[k:], problem.ridge[k:]
        rounded = np.zeros_like(slope.gradient)
        # the residuals' sizes sum to no more than twice the loss
        rounding = 2.0 * slack_of(slope.value) * problem.reach[k:, None]
        rounded[k:] = np.clip(products - lasso[:, None], 0.0, rounding)
        products -= rounded[k:]
        share = _share(products, lasso, ridge)
        conjugate = _conjugate(share * products, lasso, ridge)
        return cls(surplus, over / (problem.class_weight + over), share, conjugate, rounded)


def _share(products: Array, lasso: Array, ridge: Array) -> float:
    """Return the share of products, shape (p, m), that no column without a ridge penalty finds too large."""
    largest = products.max(axis=1, initial=0.0)[ridge == 0.0]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        return float(np.min(np.where(largest > 0.0, lasso[ridge == 0.0] / largest, 1.0), initial=1.0))


def _conjugate(products: Array, lasso: Array, ridge: Array) -> float:
    """Return what products, shape (p, m), that exceed the L1 strength cost where there is a ridge penalty."""
    soft = ridge > 0.0
    excess = np.maximum(products[soft] - lasso[soft, None], 0.0)
    return float(np.sum(excess**2 / (2.0 * ridge[soft, None])))
