"""The ridge penalty, (1/2) * sum over columns j of strength_j * |coef_j|^2.

For K classes, |coef_j|^2 is the sum of squares of the K coefficients of column j taken about their mean over classes:
the size of the class contrasts, whichever class is written as the reference. It is what a penalty on all K coefficients
comes to at its optimum, where they sum to zero. ``metric`` is that quadratic form over the free outputs: (1) for the
binomial, I - 1/K for K - 1 contrasts with a reference class.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Ridge:
    """A quadratic penalty in the solver's coordinates.

    Attributes
    ----------
    strength : array, shape (q,)
        For each row of theta; 0 leaves it free. The intercept's is always 0.
    metric : array, shape (m, m)
        The quadratic form over a row of theta.
    """

    strength: Array
    metric: Array

    def value(self, theta: Array) -> float:
        # the strength before the second theta: the square of a column's large coefficient may be beyond all numbers
        return 0.5 * float(np.sum(theta * self.gradient(theta)))

    def gradient(self, theta: Array) -> Array:
        """Shape (q, m), as theta."""
        return np.asarray(self.strength[:, None] * (theta @ self.metric))

    def hessian(self) -> Array:
        """Shape (q * m, q * m), for theta flattened row by row."""
        return np.asarray(np.kron(np.diag(self.strength), self.metric), dtype=np.float64)
