"""The one contract that every loss keeps.

A loss maps a linear predictor ``eta``, shape (n, outputs), and class codes ``y``, shape (n,), to a number per row: the
negative log-likelihood of that row. The binomial has one output (the log-odds of class 1), the softmax has one per
class. Entries of ``eta`` may be of any size, and infinite where they make the row certain: every formula is exact to
rounding in both tails.

A loss is written once, for arrays of NumPy, PyTorch and JAX, in double or single precision: what comes in as one kind
goes out as the same. So its gradient comes for free, where a library differentiates, and can be compared with the
closed form. The loss of two rows that speak for class 1 at probabilities 1/2 and 3/4, by PyTorch:

>>> import math, torch
>>> from logistica.losses import Binomial
>>> eta = torch.tensor([[0.0], [math.log(3.0)]], dtype=torch.float64, requires_grad=True)
>>> y = torch.tensor([1, 1])
>>> Binomial().value(eta, y).sum().backward()
>>> eta.grad.flatten()  # p - y, without a formula
tensor([-0.5000, -0.2500], dtype=torch.float64)
>>> Binomial().evaluate(eta.detach(), y).gradient.flatten()  # p - y, by the formula
tensor([-0.5000, -0.2500], dtype=torch.float64)

The same by JAX: ``jax.grad(lambda eta: Binomial().value(eta, y).sum())(eta)``. Both libraries follow the loss to its
second derivative too, and lose no digits in either tail.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from logistica.core.namespace import Array, Kind


class Pointwise(NamedTuple, Generic[Kind]):
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

    value: Kind
    gradient: Kind
    proba: Kind


class Terms(NamedTuple):
    """What rows add to the derivatives of the objective, apart from their X.

    Attributes
    ----------
    loss : float
        The weighted sum of their losses.
    residual : array, shape (n, m)
        Weight times the derivative in eta, for the outputs asked for.
    proba : array, shape (n, outputs)
        See :class:`Pointwise`.
    square, total : float
        The weighted sums of the squared and of the absolute derivatives.
    """

    loss: float
    residual: NDArray[np.float64]
    proba: NDArray[np.float64]
    square: float
    total: float


class Loss(Protocol):
    """Value, first and second derivative of the negative log-likelihood in eta.

    Every method takes arrays of NumPy, PyTorch or JAX, of float64 or float32, and returns the same kind. The codes
    ``y`` are integers from 0 to K - 1 in an array of the same library; they are not checked here.
    """

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

    def value(self, eta: Kind, y: Array) -> Kind:
        """Return the loss of each row, shape (n,)."""
        ...

    def evaluate(self, eta: Kind, y: Array) -> Pointwise[Kind]:
        """Return the value, the gradient and the probabilities together."""
        ...

    def total(self, eta: NDArray[np.float64], y: NDArray[np.intp], weights: NDArray[np.float64] | None) -> float:
        """Return the weighted sum of the losses of rows, by NumPy."""
        ...

    def terms(
        self, eta: NDArray[np.float64], y: NDArray[np.intp], weights: NDArray[np.float64] | None, free: Sequence[int]
    ) -> Terms:
        """Return what rows with these ``weights`` (None: ones) add up to, by NumPy; ``free`` outputs are solved for."""
        ...

    def second_derivative(self, proba: Kind, a: int, b: int) -> Kind:
        """Return the derivative in eta[:, a] and eta[:, b], shape (n,). It does not depend on y."""
        ...

    def second_product(self, proba: Kind, direction: Kind) -> Kind:
        """Return the second derivative times a direction of eta for each row: all of shape (n, outputs)."""
        ...

    def own_curvature(self, proba: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the second derivative of each row in each output twice, shape (n, outputs), by NumPy."""
        ...

    def curvature(self, proba: NDArray[np.float64], weights: NDArray[np.float64] | None) -> NDArray[np.float64]:
        """Return the weighted sum of the rows' second derivatives, shape (outputs, outputs), by NumPy."""
        ...

    def bend(
        self,
        proba: NDArray[np.float64],
        direction: NDArray[np.float64],
        weights: NDArray[np.float64] | None,
        free: Sequence[int],
    ) -> NDArray[np.float64]:
        """Return the weighted :meth:`second_product` of rows for the ``free`` outputs, shape (n, m), by NumPy."""
        ...

    def proba(self, eta: Kind) -> Kind:
        """Return the probability of every class, shape (n, K)."""
        ...

    def log_proba(self, eta: Kind) -> Kind:
        """Return its logarithm, shape (n, K), finite for every finite eta."""
        ...


class Summed:
    """What a loss says of rows as sums over them, by NumPy: in terms of what it says of each."""

    def total(self: Loss, eta: NDArray[np.float64], y: NDArray[np.intp], weights: NDArray[np.float64] | None) -> float:
        return total_of(self.value(eta, y), weights)

    def terms(
        self: Loss,
        eta: NDArray[np.float64],
        y: NDArray[np.intp],
        weights: NDArray[np.float64] | None,
        free: Sequence[int],
    ) -> Terms:
        at = self.evaluate(eta, y)
        residual = at.gradient[:, free] if len(free) < at.gradient.shape[1] else at.gradient
        weighted = residual if weights is None else residual * weights[:, None]
        square, absolute = np.vdot(residual, weighted), np.abs(weighted).sum()
        return Terms(total_of(at.value, weights), weighted, at.proba, float(square), float(absolute))

    def bend(
        self: Loss,
        proba: NDArray[np.float64],
        direction: NDArray[np.float64],
        weights: NDArray[np.float64] | None,
        free: Sequence[int],
    ) -> NDArray[np.float64]:
        product = self.second_product(proba, direction)
        chosen = product[:, free] if len(free) < product.shape[1] else product
        return chosen if weights is None else chosen * weights[:, None]


def total_of(values: NDArray[np.float64], weights: NDArray[np.float64] | None) -> float:
    """Add up the values of rows, shape (n,)."""
    return float(values.sum() if weights is None else values @ weights)
