"""The L1 penalty, sum over columns j of strength_j * |coef_j|_1, which sets coefficients to exactly zero.

It has no derivative at zero, so first-order solvers take proximal steps (Parikh and Boyd 2014, Proximal Algorithms,
Foundations and Trends in Optimization 1, sections 4.2 and 6.5.2): a step along the gradient of everything else, then
each coefficient moves towards zero by strength * step, and stays there if it would cross.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Lasso:
    """An L1 penalty in the solver's coordinates.

    Attributes
    ----------
    strength : array, shape (q,)
        For each row of theta; 0 leaves it free. The intercept's is always 0.
    """

    strength: Array

    def value(self, theta: Array) -> float:
        return float(self.strength @ np.abs(theta).sum(axis=1))

    def proximal(self, theta: Array, step_size: float) -> Array:
        """Return the point that a proximal step leads to from theta, shape (q, m)."""
        shrunk = np.abs(theta) - step_size * self.strength[:, None]
        return np.asarray(np.sign(theta) * np.maximum(shrunk, 0.0))
