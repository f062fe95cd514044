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

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.stable import expit, log1pexp
from logistica.losses.base import Pointwise

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True)
class Binomial:
    """Two classes; eta has shape (n, 1)."""

    n_classes: int = 2
    n_outputs: int = 1
    invariant: bool = False
    largest_curvature: float = 0.25

    def value(self, eta: Array, y: Codes) -> Array:
        return log1pexp(-_sign(y) * eta[:, 0])

    def evaluate(self, eta: Array, y: Codes) -> Pointwise:
        sign = _sign(y)
        margin = sign * eta[:, 0]
        tail = np.exp(-np.abs(margin))
        wrong = np.where(margin >= 0, tail, 1.0) / (1.0 + tail)
        value = np.maximum(-margin, 0.0) + np.log1p(tail)
        return Pointwise(value, (-sign * wrong)[:, None], (tail / (1.0 + tail))[:, None])

    def second_derivative(self, proba: Array, a: int, b: int) -> Array:
        return np.asarray(proba[:, a] * (1.0 - proba[:, b]))

    def proba(self, eta: Array) -> Array:
        return expit(np.column_stack([-eta[:, 0], eta[:, 0]]))

    def log_proba(self, eta: Array) -> Array:
        return np.column_stack([-log1pexp(eta[:, 0]), -log1pexp(-eta[:, 0])])


def _sign(y: Codes) -> Array:
    return np.asarray(2.0 * y - 1.0)
