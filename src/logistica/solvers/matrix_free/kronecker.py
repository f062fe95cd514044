"""The inverse of a Hessian whose rows bend alike: a preconditioner that knows how columns are correlated.

If each row's second derivative in eta were the mean of all, A, the Hessian would be a Kronecker product,

    H = sum_i weight_i * C_i (x) z_i z_i'  ~  A (x) G  +  I (x) R,    G = sum_i weight_i * z_i z_i',

with R the diagonal of the penalty. At zeros, where a fit starts, this is exact; bounds of the whole Hessian are of the
same form (Boehning 1992, Annals of the Institute of Statistical Mathematics 44), and networks are trained with it layer
by layer (Martens and Grosse 2015, International Conference on Machine Learning). G may be that of a sample of the rows
(Roosta-Khorasani and Mahoney 2019, Mathematical Programming 174).

With V'(G + c R) V = I and V'R V diagonal, and the small matrix A decomposed at each point, the inverse is a division: a
step costs two products with V, whatever A is. Directions along which no row differs from another are left out of V:
nothing is to be found there, and rounding alone would be made large.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import EPSILON
from logistica.objective.products import Products

Array = NDArray[np.float64]

LEAST_BEND = 1e-8
"""Rows that are all but certain, however much, are taken to bend so much."""
LEAST_SHARE = 1e-8
"""Of a column that others all but determine, so much at least is taken to be its own."""
ROUNDING = 64.0
"""Sizes below so many units of rounding for each column are zero."""


@dataclass(frozen=True)
class Kronecker:
    """The decomposition of the columns' Gram matrix beside the penalty.

    Attributes
    ----------
    vectors : array, shape (q, r)
        V, of the r directions that count.
    share : array, shape (r,)
        The diagonal of V'c R V, from 0 to 1: how much of each direction is the penalty's.
    c : float
        Weighs the penalty against the Gram matrix.
    total_weight : float
        Of the rows.
    """

    vectors: Array
    share: Array
    c: float
    total_weight: float

    @classmethod
    def of(cls, gram: Array, point: Products, *, sample: bool = False) -> Kronecker:
        """Return that of a Gram matrix, shape (q, q), for the objective at a point, which tells how much rows bend.

        Of a ``sample`` no direction is left out: the other rows may differ along it.
        """
        objective = point.objective
        ridge = np.zeros(len(gram)) if objective.penalty is None else objective.penalty.strength
        weight = objective.total_weight
        c = 1.0 / max(float(np.trace(point.curvature())) / (weight * objective.shape[1]), LEAST_BEND)
        diagonal = np.diagonal(gram) + c * ridge
        root = np.sqrt(np.where(diagonal > 0.0, diagonal, 1.0))
        sizes, vectors = np.linalg.eigh((gram + np.diag(c * ridge)) / root[:, None] / root)
        if not sample:
            there = sizes > ROUNDING * len(sizes) * EPSILON
            sizes, vectors = sizes[there], vectors[:, there]
        vectors /= root[:, None] * np.sqrt(np.maximum(sizes, LEAST_SHARE))
        if not ridge.any():
            return cls(vectors, np.zeros(len(sizes)), c, weight)
        share, turns = np.linalg.eigh((vectors.T * (c * ridge)) @ vectors)
        return cls(vectors @ turns, np.clip(share, 0.0, 1.0), c, weight)

    def at(self, point: Products) -> Callable[[Array], Array]:
        """Return what takes gradients, shape (q, m), to steps, with the mean curvature of a point.

        What a step adds to all outputs of a softmax alike is left out: it changes no probability.
        """
        bends, turns = np.linalg.eigh(point.curvature() / self.total_weight)
        if point.objective.loss.invariant and point.objective.coordinates.reference is None:
            bends, turns = bends[1:], turns[:, 1:]
        bends = np.maximum(bends, LEAST_BEND)
        divisor = np.outer(1.0 - self.share, bends) + (self.share / self.c)[:, None]

        def step(gradient: Array) -> Array:
            inner: Array = (self.vectors.T @ (gradient @ turns)) / divisor
            return np.asarray((self.vectors @ inner) @ turns.T)

        return step
