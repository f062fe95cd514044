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


def powers_of(eta: Array) -> tuple[Array, Array, Array]:
    """Return what sums of exponentials are made of, none of which overflows or loses its small parts.

    For eta of shape (n, K): the largest of each row, (n,); the sum of exp(eta - largest) over the others, (n,); and all
    of these powers, (n, K), the largest being 1.
    """
    rows, place = np.arange(len(eta)), np.argmax(eta, axis=1)
    largest = eta[rows, place]
    with np.errstate(over="ignore"):
        powers = np.exp(eta - largest[:, None])
    powers[rows, place] = 0.0
    rest = powers.sum(axis=1)
    powers[rows, place] = 1.0
    return largest, rest, powers


def logsumexp(eta: Array) -> Array:
    """log(sum over the last axis of exp(eta)); entries of -inf are absent. Shape (n, K) -> (n,)."""
    largest, rest, _ = powers_of(eta)
    return np.asarray(largest + np.log1p(rest))


def softmax(eta: Array) -> Array:
    """exp(eta) / sum(exp(eta)) over the last axis; entries of -inf get probability 0. Shape (n, K) -> (n, K)."""
    _, rest, powers = powers_of(eta)
    return np.asarray(powers / (1.0 + rest)[:, None])
