"""The multinomial loss: K classes, K linear predictors, softmax probabilities.

    p_k         = exp(eta_k) / sum_j exp(eta_j)
    loss        = log sum_j exp(eta_j) - eta_y  =  log sum_j exp(eta_j - eta_y)
    d loss      = p_k - [k = y]                    (at k = y: exp(-loss) - 1)
    d^2 loss    = p_a * ([a = b] - p_b)

(Agresti 2013, Categorical Data Analysis, section 8.1.) Adding one number to all K predictors of a row changes nothing.
The largest power is left out of the sum and the logarithm taken of 1 + the rest, and the derivative at the row's own
class is made from the loss, so that neither tail loses digits. A predictor of -inf takes its class out of the row's
choice. No direction of eta of length one has a second derivative above 1/2 (Boehning 1992, Annals of the Institute of
Statistical Mathematics 44).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.core.namespace import Array, Kind, array_namespace, entries, row_sums, with_entries
from logistica.core.records import frozen
from logistica.core.stable import Powers, powers_of, softmax
from logistica.losses.base import Pointwise, Summed


@frozen
class Multinomial(Summed):
    """K classes; eta has shape (n, K)."""

    n_classes: int
    invariant: bool = True
    largest_curvature: float = 0.5

    @property
    def n_outputs(self) -> int:
        return self.n_classes

    def value(self, eta: Kind, y: Array) -> Kind:
        return _value(eta, y, powers_of(eta))

    def evaluate(self, eta: Kind, y: Array) -> Pointwise[Kind]:
        of = powers_of(eta)
        value = _value(eta, y, of)
        proba = of.powers / (1.0 + of.rest)[:, None]
        gradient = with_entries(proba, entries(eta, y), array_namespace(eta).expm1(-value))
        return Pointwise(value, gradient, proba)

    def second_derivative(self, proba: Kind, a: int, b: int) -> Kind:
        if a == b:
            return proba[:, a] * (row_sums(proba[:, :a]) + row_sums(proba[:, a + 1 :]))
        return -proba[:, a] * proba[:, b]

    def second_product(self, proba: Kind, direction: Kind) -> Kind:
        likeliest = entries(direction, array_namespace(proba).argmax(proba, axis=1))
        apart = direction - direction[likeliest][:, None]  # so that a class that is all but certain loses no digits
        return proba * (apart - row_sums(proba * apart)[:, None])

    def own_curvature(self, proba: NDArray[np.float64]) -> NDArray[np.float64]:
        before, after = np.zeros_like(proba), np.zeros_like(proba)
        np.cumsum(proba[:, :-1], axis=1, out=before[:, 1:])
        np.cumsum(proba[:, :0:-1], axis=1, out=after[:, -2::-1])
        return proba * (before + after)

    def curvature(self, proba: NDArray[np.float64], weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
        together = proba.T @ (proba if weights is None else proba * weights[:, None])
        np.fill_diagonal(together, 0.0)  # p_a (1 - p_a) is the sum of p_a p_b over the others, which loses no digits
        return np.asarray(np.diag(together.sum(axis=1)) - together)

    def proba(self, eta: Kind) -> Kind:
        return softmax(eta)

    def log_proba(self, eta: Kind) -> Kind:
        xp = array_namespace(eta)
        of = powers_of(eta)
        with np.errstate(over="ignore"):
            below = eta - of.largest[:, None]
        # Stands for the logarithm of a probability that is lower than any float, where eta is finite.
        lowest = xp.finfo(eta.dtype).min
        below = xp.where((below < lowest) & ~xp.isinf(eta), lowest, below)
        logarithms: Kind = below - xp.log1p(of.rest)[:, None]
        return logarithms


def _value(eta: Kind, y: Array, of: Powers[Kind]) -> Kind:
    """Return log sum_j exp(eta_j - eta_y). Where y has the largest predictor, that one is no part of it at all.

    What is not there leaves nothing behind in a derivative either: no 1 - 1 beside which the other tail would vanish.
    """
    xp = array_namespace(eta)
    with np.errstate(over="ignore"):
        behind = of.largest - eta[entries(eta, y)]
    value: Kind = xp.where(of.place == y, 0.0, behind) + xp.log1p(of.rest)
    return value
