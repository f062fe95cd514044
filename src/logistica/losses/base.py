"""The one contract that every loss keeps.

A loss maps a linear predictor ``eta``, shape (n, outputs), and class codes ``y``, shape (n,), to a number per row: the
negative log-likelihood of that row. The binomial has one output (the log-odds of class 1), the softmax has one per
class. Entries of ``eta`` may be of any size, and infinite where they make the row certain: every formula is exact to
rounding in both tails.
"""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


class Pointwise(NamedTuple):
    """What one pass over eta yields, from one exponential.

    Attributes
    ----------
    value : array, shape (n,)
        The loss of each row, >= 0.
    gradient : array, shape (n, outputs)
        Its derivative in eta.
    proba : array, shape (n, outputs)
        The probabilities from which the second derivatives are made (binomial: of the less likely class).
    """

    value: Array
    gradient: Array
    proba: Array


class Loss(Protocol):
    """Value, first and second derivative of the negative log-likelihood in eta."""

    @property
    def n_classes(self) -> int:
        """Number of classes, K."""
        ...

    @property
    def n_outputs(self) -> int:
        """Columns of eta: 1, or K."""
        ...

    @property
    def largest_curvature(self) -> float:
        """An upper bound of the second derivative along any direction of eta of length one."""
        ...

    @property
    def invariant(self) -> bool:
        """Whether adding one number to all outputs of a row changes nothing (the softmax)."""
        ...

    def value(self, eta: Array, y: Codes) -> Array:
        """Return the loss of each row, shape (n,)."""
        ...

    def evaluate(self, eta: Array, y: Codes) -> Pointwise:
        """Return the value, the gradient and the probabilities together."""
        ...

    def second_derivative(self, proba: Array, a: int, b: int) -> Array:
        """Return the derivative in eta[:, a] and eta[:, b], shape (n,). It does not depend on y."""
        ...

    def proba(self, eta: Array) -> Array:
        """Return the probability of every class, shape (n, K)."""
        ...

    def log_proba(self, eta: Array) -> Array:
        """Return its logarithm, shape (n, K), finite for every finite eta."""
        ...
