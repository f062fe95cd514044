"""Small dense linear algebra on symmetric positive matrices whose rows may differ in scale by any factor."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.linalg.lapack import dlange, dpocon, dpotrf, dpotri, dpotrs, dtrtrs

from logistica.core.records import frozen

Array = NDArray[np.float64]

EPSILON = float(np.finfo(np.float64).eps)
SMALLEST_SQUARE = 2.0**-900
"""Below this parts of a sum of squares may have been lost."""
FEW = 64
"""Numbers of which ``math.hypot`` finds the length sooner than NumPy."""


@frozen
class Factor:
    """The Cholesky factor of a symmetric positive matrix A after its diagonal is scaled to one.

    A = D C D with D = diag(sqrt(A_jj)), C = L L'. Scaling first makes the factor as accurate as the best diagonal
    scaling allows (van der Sluis 1969), and a pivot of C tells how much of a column its predecessors leave.
    """

    lower: Array
    root: Array

    def solve(self, b: Array) -> Array:
        """Return A^-1 b, shape (d,) or (d, k)."""
        if not len(self.root):
            return b.copy()
        scaled = (b.T / self.root).T
        return np.asarray((dpotrs(self.lower, scaled, lower=1)[0].T / self.root).T)

    def half_solve(self, b: Array) -> Array:
        """Return L^-1 D^-1 b, whose squared length is b' A^-1 b; shape (d,) or (d, k)."""
        if not len(self.root):
            return b.copy()
        return np.asarray(dtrtrs(self.lower, (b.T / self.root).T, lower=1)[0])

    def solve_leading(self, b: Array, leading: NDArray[np.intp]) -> Array:
        """Return for each column i of b, shape (d, k), the solution over the first ``leading[i]`` rows, zero beyond."""
        if not b.size:
            return np.zeros_like(b)
        half = self.half_solve(b)
        half[np.arange(len(b))[:, None] >= leading] = 0.0
        return np.asarray((dtrtrs(self.lower, half, lower=1, trans=1)[0].T / self.root).T)

    def inverse(self) -> Array:
        """Return A^-1, shape (d, d)."""
        if not len(self.root):
            return np.empty((0, 0))
        half = dpotri(self.lower, lower=1)[0]  # its upper triangle is zero, as that of the factor is
        full = half + half.T
        np.fill_diagonal(full, half.diagonal())
        return np.asarray(full / self.root[:, None] / self.root)

    def smallest_pivot(self) -> float:
        """Return the smallest pivot of C, in (0, 1]: the least share of a column that is new."""
        return float(self.lower.diagonal().min() ** 2) if len(self.root) else 1.0

    def condition(self) -> float:
        """Return an estimate of the condition number of C^(1/2), the matrix whose Gram matrix is C, in the 1-norm."""
        if not len(self.root):
            return 1.0
        norm = dlange("1", self.lower @ self.lower.T)  # type: ignore[call-arg] # its stub knows no arguments
        reciprocal, _ = dpocon(self.lower, norm, uplo="L")
        return 1.0 / math.sqrt(reciprocal) if reciprocal > 0 else math.inf


def inverse_over_all(factor: Factor, free: NDArray[np.intp], size: int) -> Array:
    """Return the inverse of a matrix over the parameters ``free``, among ``size`` of them; zeros for the others."""
    if len(free) == size:
        return factor.inverse()
    full = np.zeros((size, size))
    full[np.ix_(free, free)] = factor.inverse()
    return full


def length(values: Array) -> float:
    """Return the Euclidean length of an array of any shape; of a few numbers faster than ``np.linalg.norm``."""
    flat = values.ravel()
    if len(flat) <= FEW:
        return math.hypot(*flat.tolist())
    with np.errstate(over="ignore", under="ignore"):
        square = float(flat.dot(flat))
    if SMALLEST_SQUARE < square < math.inf:
        return math.sqrt(square)
    largest = float(np.abs(flat).max())
    return largest * length(flat / largest) if 0.0 < largest < math.inf else largest


def factorise(A: Array) -> Factor | None:
    """Return the scaled Cholesky factor of A, shape (d, d), or None where A is not positive definite to rounding."""
    diagonal = A.diagonal()
    if not len(A):
        return Factor(np.empty((0, 0)), np.empty(0))
    if np.count_nonzero((diagonal > 0.0) & (diagonal < math.inf)) < len(A):
        return None
    root = np.sqrt(diagonal)
    lower, failed = dpotrf(A / root[:, None] / root, lower=1, clean=1)
    return None if failed else Factor(lower, root)
