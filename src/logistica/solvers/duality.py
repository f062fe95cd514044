"""How far an objective with an L1 penalty can be above its minimum: the duality gap.

With predictors eta = Z theta + offset and the residuals nu = weight * (p - y), shrunk by a factor a <= 1 so that no
column's product with them exceeds its L1 strength, Fenchel's dual

    D(nu) = - sum_i weight_i * sum_k q_ik log q_ik + a nu'offset - sum_j max(|a z_j'nu| - s_j, 0)^2 / (2 r_j),
    q_i = (1 - a) y_i + a p_i,

with s_j and r_j the strengths of the L1 and the ridge penalty, is below every value of the objective (Kim, Koh, Lustig,
Boyd and Gorinevsky 2007, IEEE Journal of Selected Topics in Signal Processing 1, for the lasso). The intercept asks
for residuals that add up to zero, as they do where it is optimal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.data.source import Block
from logistica.engines.base import Workspace
from logistica.objective.linear import linear
from logistica.objective.mean import MeanObjective
from logistica.objective.objective import Objective, eta

Array = NDArray[np.float64]


def duality_gap(mean: MeanObjective, theta: Array, value: float) -> float:
    """Return the most by which ``value``, a mean objective, can be above the minimum.

    Parameters
    ----------
    mean : MeanObjective
        With an L1 penalty; its coordinates hold every output.
    theta : array, shape (q, m)
        A point with optimal intercepts, from which the bound is made.
    """
    total, lasso = mean.total, mean.lasso
    assert lasso is not None
    q = total.coordinates.n_rows
    ridge = np.zeros(q) if total.penalty is None else total.penalty.strength
    products = _products(total, theta)
    free = (lasso.strength == 0.0) & (ridge == 0.0)
    hard = ~free & (ridge == 0.0)
    largest = np.abs(products).max(axis=1)
    share = 1.0
    if hard.any():
        over = largest[hard] / np.where(lasso.strength[hard] > 0.0, lasso.strength[hard], np.inf)
        share = 1.0 / max(float(over.max()), 1.0)
    soft = ridge > 0.0
    excess = np.maximum(share * np.abs(products[soft]) - lasso.strength[soft, None], 0.0)
    conjugate = float(np.sum(excess**2 / (2.0 * ridge[soft, None])))
    dual = (_dual_loss(total, theta, share) - conjugate) / total.total_weight
    return max(value - dual, 0.0)


def _products(total: Objective, theta: Array) -> Array:
    """Return the columns' products with the residuals at theta, shape (q, m)."""
    gradient = total.slope(theta).gradient
    return gradient if total.penalty is None else gradient - total.penalty.gradient(theta)


def _dual_loss(total: Objective, theta: Array, share: float) -> float:
    """Return the part of the dual that rows make."""
    full = total.coordinates.outputs(theta)
    one_output = total.loss.n_outputs == 1

    def kernel(block: Block, workspace: Workspace) -> float:
        proba = total.loss.proba(eta(linear(total.coordinates, block, workspace), full, block))
        q = share * proba
        q[np.arange(len(q)), block.y] += 1.0 - share
        value = -np.sum(np.where(q > 0.0, q * np.log(np.where(q > 0.0, q, 1.0)), 0.0), axis=1)
        if block.offset is not None:
            residual = proba
            residual[np.arange(len(q)), block.y] -= 1.0
            residual = share * (residual[:, 1:] if one_output else residual)
            value += np.sum(
                np.where(residual == 0.0, 0.0, residual * np.where(residual == 0.0, 0.0, block.offset)), axis=1
            )
        return float(value.sum() if block.weights is None else value @ block.weights)

    return total.engine.sum(kernel, total.source, total.linear_width)
