"""Functions that stay exact where the textbook formula overflows, underflows or cancels.

All take and return arrays of floats, of NumPy, PyTorch or JAX (``core.namespace``); ``eta`` is a linear predictor, any
finite or infinite value. Differentiated automatically, they are as exact as their values, in both tails and at zero.
"""

from __future__ import annotations

from typing import Generic, NamedTuple

import numpy as np

from logistica.core.namespace import (
    Array,
    Kind,
    array_namespace,
    entries,
    magnitude,
    positive_part,
    row_sums,
    with_entries,
)


class Powers(NamedTuple, Generic[Kind]):
    """What sums of exponentials are made of, none of which overflows or loses its small parts.

    Attributes
    ----------
    place : array of int, shape (n,)
        Where the largest of each row is; the first of equals.
    largest : array, shape (n,)
        The largest of each row.
    rest : array, shape (n,)
        The sum of exp(eta - largest) over the others.
    powers : array, shape (n, K)
        All of exp(eta - largest), that of the largest being 1.
    """

    place: Array
    largest: Kind
    rest: Kind
    powers: Kind


def decay(eta: Kind) -> Kind:
    """exp(-abs(eta)), from which sigmoids are made that overflow on neither side."""
    tail: Kind = array_namespace(eta).exp(-magnitude(eta))
    return tail


def expit(eta: Kind) -> Kind:
    """1 / (1 + exp(-eta)), without overflow: one exponential of -|eta| serves both signs."""
    tail = decay(eta)
    proba: Kind = array_namespace(eta).where(eta >= 0, 1.0, tail) / (1.0 + tail)
    return proba


def log1pexp(eta: Kind) -> Kind:
    """log(1 + exp(eta)), exact to rounding for every eta (Maechler 2012, "Accurately computing log(1 - exp(-|a|))")."""
    beyond: Kind = array_namespace(eta).log1p(decay(eta))
    return positive_part(eta) + beyond


def powers_of(eta: Kind) -> Powers[Kind]:
    """Return the powers of each row of eta, shape (n, K), relative to its largest."""
    xp = array_namespace(eta)
    place = xp.argmax(eta, axis=1)
    at = entries(eta, place)
    largest = eta[at]
    with np.errstate(over="ignore"):
        others = with_entries(xp.exp(eta - largest[:, None]), at, 0.0)
    return Powers(place, largest, row_sums(others), with_entries(others, at, 1.0))


def logsumexp(eta: Kind) -> Kind:
    """log(sum over the last axis of exp(eta)); entries of -inf are absent. Shape (n, K) -> (n,)."""
    of = powers_of(eta)
    beyond: Kind = array_namespace(eta).log1p(of.rest)
    return of.largest + beyond


def softmax(eta: Kind) -> Kind:
    """exp(eta) / sum(exp(eta)) over the last axis; entries of -inf get probability 0. Shape (n, K) -> (n, K)."""
    of = powers_of(eta)
    return of.powers / (1.0 + of.rest)[:, None]
