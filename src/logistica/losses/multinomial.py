"""The multinomial loss: K classes, K linear predictors, softmax probabilities.

    p_k         = exp(eta_k) / sum_j exp(eta_j)
    loss        = log sum_j exp(eta_j) - eta_y  =  log sum_j exp(eta_j - eta_y)
    d loss      = p_k - [k = y]
    d^2 loss    = p_a * ([a = b] - p_b)

(Agresti 2013, Categorical Data Analysis, section 8.1.) Adding one number to all K predictors of a row changes nothing.
The largest power is left out of the sum and the logarithm taken of 1 + the rest, and the derivative at the row's own
class is minus the sum of the others, so that neither tail loses digits. A predictor of -inf takes its class out of
the row's choice. No direction of eta of length one has a second derivative above 1/2 (Boehning 1992, Annals of the
Institute of Statistical Mathematics 44).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.stable import powers_of, softmax
from logistica.losses.base import Pointwise

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

LOWEST = float(np.finfo(np.float64).min)
"""Stands for the logarithm of a probability that is lower than any float, where eta is finite."""


@dataclass(frozen=True)
class Multinomial:
    """K classes; eta has shape (n, K)."""

    n_classes: int
    invariant: bool = True
    largest_curvature: float = 0.5

    @property
    def n_outputs(self) -> int:
        return self.n_classes

    def value(self, eta: Array, y: Codes) -> Array:
        largest, rest, _ = powers_of(eta)
        with np.errstate(over="ignore"):
            return np.asarray((largest - eta[np.arange(len(y)), y]) + np.log1p(rest))

    def evaluate(self, eta: Array, y: Codes) -> Pointwise:
        own = (np.arange(len(y)), y)
        largest, rest, powers = powers_of(eta)
        proba = powers / (1.0 + rest)[:, None]
        gradient = proba.copy()
        gradient[own] = 0.0
        gradient[own] = -gradient.sum(axis=1)
        with np.errstate(over="ignore"):
            value = (largest - eta[own]) + np.log1p(rest)
        return Pointwise(value, gradient, proba)

    def second_derivative(self, proba: Array, a: int, b: int) -> Array:
        if a == b:
            others = np.delete(proba, a, axis=1).sum(axis=1)
            return np.asarray(proba[:, a] * others)
        return np.asarray(-proba[:, a] * proba[:, b])

    def proba(self, eta: Array) -> Array:
        return softmax(eta)

    def log_proba(self, eta: Array) -> Array:
        largest, rest, _ = powers_of(eta)
        with np.errstate(over="ignore"):
            below = eta - largest[:, None]
        below = np.where(np.isinf(eta), below, np.maximum(below, LOWEST))
        return np.asarray(below - np.log1p(rest)[:, None])
