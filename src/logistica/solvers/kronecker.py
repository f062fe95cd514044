"""The inverse of a Hessian whose rows bend alike: a preconditioner that knows how columns are correlated.

If each row's second derivative in eta were the mean of all, A, the Hessian would be a Kronecker product,

    H = sum_i weight_i * C_i (x) z_i z_i'  ~  A (x) G  +  I (x) R,    G = sum_i weight_i * z_i z_i',

with R the diagonal of the penalty. At zeros, where a fit starts, this is exact; bounds of the whole Hessian are of the
same form (Boehning 1992, Annals of the Institute of Statistical Mathematics 44), and networks are trained with it layer
by layer (Martens and Grosse 2015, International Conference on Machine Learning). G may be that of a sample of the rows
(Roosta-Khorasani and Mahoney 2019, Mathematical Programming 174).

One decomposition, V'(G + c R) V = I with V'R V diagonal, and that of the small matrix A for each point turn the inverse
into a division: a step costs two products with V, whatever A is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import LinAlgError, eigh

from logistica.objective.products import Products

Array = NDArray[np.float64]

LEAST_SHARE = 1e-9
"""Of a column that others all but determine, so much is taken to be its own."""


@dataclass(frozen=True)
class Kronecker:
    """The decomposition of the columns' Gram matrix beside the penalty.

    Attributes
    ----------
    vectors : array, shape (q, q)
        V.
    share : array, shape (q,)
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
    def of(cls, gram: Array, point: Products) -> Kronecker | None:
        """Return that of a Gram matrix, shape (q, q), for an objective; ``point`` tells how much rows bend.

        Returns None where rounding leaves nothing of a column.
        """
        objective = point.objective
        ridge = np.zeros(len(gram)) if objective.penalty is None else objective.penalty.strength
        weight = objective.total_weight
        c = weight * objective.shape[1] / max(float(np.trace(point.curvature())), np.finfo(np.float64).tiny)
        diagonal = np.diagonal(gram) + c * ridge
        root = np.sqrt(np.where(diagonal > 0.0, diagonal, 1.0))
        both = (gram + np.diag(c * ridge)) / root[:, None] / root
        np.fill_diagonal(both, 1.0 + LEAST_SHARE)
        try:
            share, vectors = eigh(np.diag(c * ridge / root**2), both, check_finite=False)
        except LinAlgError:
            return None
        return cls(vectors / root[:, None], np.clip(share, 0.0, 1.0), c, weight)

    def at(self, point: Products) -> Callable[[Array], Array]:
        """Return what takes gradients, shape (q, m), to steps, with the mean curvature of a point.

        What a step adds to all outputs of a softmax alike is left out: it changes no probability.
        """
        bends, turns = np.linalg.eigh(point.curvature() / self.total_weight)
        if point.objective.loss.invariant and point.objective.coordinates.reference is None:
            bends, turns = bends[1:], turns[:, 1:]
        bends = np.maximum(bends, LEAST_SHARE * bends[-1])
        divisor = np.outer(1.0 - self.share, bends) + (self.share / self.c)[:, None]

        def step(gradient: Array) -> Array:
            inner: Array = (self.vectors.T @ (gradient @ turns)) / divisor
            return np.asarray((self.vectors @ inner) @ turns.T)

        return step
