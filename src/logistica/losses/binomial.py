"""The binomial loss: two classes, one linear predictor eta, the log-odds of class 1.

    p = P(y = 1) = 1 / (1 + exp(-eta))
    loss        = log(1 + exp(eta)) - y * eta   =  log(1 + exp(-margin))
    d loss      = p - y                         = -sign * expit(-margin)
    d^2 loss    = p * (1 - p)

with sign = +1 for y = 1 and -1 for y = 0, and margin = sign * eta. The left-hand forms are the textbook's (McCullagh
and Nelder 1989, section 4.4); the right-hand ones are equal and lose no digits where y * eta or p is close to what it
is subtracted from.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.core.namespace import Array, Kind, array_namespace, positive_part
from logistica.core.records import frozen
from logistica.core.stable import decay, expit, log1pexp
from logistica.losses.base import Pointwise, Summed, total_of


@frozen
class Binomial(Summed):
    """Two classes; eta has shape (n, 1)."""

    n_classes: int = 2
    n_outputs: int = 1
    invariant: bool = False
    largest_curvature: float = 0.25

    def value(self, eta: Kind, y: Array) -> Kind:
        return log1pexp(-_sign(y, eta) * eta[:, 0])

    def evaluate(self, eta: Kind, y: Array) -> Pointwise[Kind]:
        xp = array_namespace(eta)
        turned = -_sign(y, eta)
        against = turned * eta[:, 0]
        tail = decay(against)
        total = 1.0 + tail
        wrong = xp.where(against >= 0, 1.0, tail) / total
        value = positive_part(against) + xp.log1p(tail)
        return Pointwise(value, (turned * wrong)[:, None], (tail / total)[:, None])

    def second_derivative(self, proba: Kind, a: int, b: int) -> Kind:
        return proba[:, a] * (1.0 - proba[:, b])

    def second_product(self, proba: Kind, direction: Kind) -> Kind:
        return proba * (1.0 - proba) * direction

    def own_curvature(self, proba: NDArray[np.float64]) -> NDArray[np.float64]:
        return proba * (1.0 - proba)

    def curvature(self, proba: NDArray[np.float64], weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
        return np.array([[total_of(self.own_curvature(proba)[:, 0], weights)]])

    def proba(self, eta: Kind) -> Kind:
        xp = array_namespace(eta)
        both: Kind = xp.stack([-eta[:, 0], eta[:, 0]], axis=1)
        return expit(both)

    def log_proba(self, eta: Kind) -> Kind:
        xp = array_namespace(eta)
        logarithms: Kind = xp.stack([-log1pexp(eta[:, 0]), -log1pexp(-eta[:, 0])], axis=1)
        return logarithms


def _sign(y: Array, eta: Kind) -> Kind:
    """Return +1 where y is 1, -1 where it is 0, in the precision of eta."""
    ones: Kind = array_namespace(eta).asarray(y, dtype=eta.dtype)
    return 2.0 * ones - 1.0
