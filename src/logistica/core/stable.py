"""Functions that stay exact where the textbook formula overflows, underflows or cancels.

All take and return arrays of floats; ``eta`` is a linear predictor, any finite or infinite value.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def expit(eta: Array) -> Array:
    """1 / (1 + exp(-eta)), without overflow: one exponential of -|eta| serves both signs."""
    tail = np.exp(-np.abs(eta))
    return np.asarray(np.where(eta >= 0, 1.0, tail) / (1.0 + tail))


def log1pexp(eta: Array) -> Array:
    """log(1 + exp(eta)), exact to rounding for every eta (Maechler 2012, "Accurately computing log(1 - exp(-|a|))")."""
    return np.asarray(np.maximum(eta, 0.0) + np.log1p(np.exp(-np.abs(eta))))


def logsumexp(eta: Array) -> Array:
    """log(sum over the last axis of exp(eta)); entries of -inf are absent. Shape (n, K) -> (n,)."""
    largest = np.max(eta, axis=-1)
    with np.errstate(over="ignore"):
        powers = np.exp(eta - largest[..., None])
    return np.asarray(largest + np.log(np.sum(powers, axis=-1)))


def softmax(eta: Array) -> Array:
    """exp(eta) / sum(exp(eta)) over the last axis; entries of -inf get probability 0. Shape (n, K) -> (n, K)."""
    with np.errstate(over="ignore"):
        powers = np.exp(eta - np.max(eta, axis=-1, keepdims=True))
    return np.asarray(powers / np.sum(powers, axis=-1, keepdims=True))
