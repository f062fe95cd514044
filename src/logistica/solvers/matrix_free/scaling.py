"""The steps that the diagonal of the Hessian makes of gradients: the preconditioner of solvers without its matrix."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.objective.products import Products

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Scaling:
    """Divides a gradient by a diagonal.

    Where all outputs of a softmax are free, what a step adds to all of them alike is taken out of it: it changes no
    probability, and is zero at the optimum of a penalty.

    Attributes
    ----------
    diagonal : array, shape (q, m)
        Positive.
    about_mean : bool
        Whether the outputs of each step are taken about their mean.
    """

    diagonal: Array
    about_mean: bool

    @classmethod
    def at(cls, point: Products) -> Scaling:
        """Return that of a point, from one sweep."""
        redundant = point.objective.loss.invariant and point.objective.coordinates.reference is None
        return cls(positive(point.diagonal()), redundant)

    def __call__(self, gradient: Array) -> Array:
        """Return the step that a gradient, shape (q, m), comes to."""
        step = gradient / self.diagonal
        return step - step.mean(axis=1, keepdims=True) if self.about_mean else step


def positive(diagonal: Array) -> Array:
    """Return a diagonal to divide by: of a parameter that changes nothing, ones."""
    return np.where(diagonal > 0.0, diagonal, 1.0)
