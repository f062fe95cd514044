"""A quadratic model of the loss by the matrix of its second derivatives, in some rows of theta.

The model outlives the point it was made at: after each step it learns from how the gradient has changed, by the update
of Broyden, Fletcher, Goldfarb and Shanno (Nocedal and Wright 2006, Numerical Optimization, section 6.1), which costs no
sweep. The intercepts, which no penalty holds, are eliminated before coordinates are descended.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import EPSILON, factorise, length
from logistica.solvers.proximal.coordinate_descent import descend_gram

Array = NDArray[np.float64]

FLAT = 1e-8
"""Along a step whose bend is less than this share of what its coordinates have by themselves, rounding would teach."""
NOISE = 1e4
CYCLES = 20
"""Of coordinate descent, after which the coefficients that are not zero are solved for directly."""
MOST_ROUNDS = 50
MOST_CROSSINGS = 20
SINGULAR = 1e-10
"""The share of its diagonal that is added to a singular matrix: along columns that stand for each other all that counts
is which of them is cheaper, and that one is soon the only one."""
CLOSE = 1e-18
"""The worth of a move, as a share of the first cycle's, below which descent ends."""


@dataclass(frozen=True)
class GramModel:
    """The second derivatives of the loss, or what stands for them.

    Attributes
    ----------
    rows : array of intp, shape (w,)
        The rows of theta in the model; the intercept's first.
    n_intercepts : int
        How many of its parameters are intercepts: 0, or one for each output.
    hessian : array, shape (w * m, w * m)
        Of theta's rows flattened.
    fresh : bool
        Whether it is the Hessian of where the last step began, and not of an earlier point.
    """

    rows: NDArray[np.intp]
    n_intercepts: int
    hessian: Array
    fresh: bool

    def learnt(self, step: Array, change: Array, weight: float) -> GramModel:
        """Return the model that knows how the gradient changes along a step, both of shape (w, m).

        With ``weight``, the sum of all weights, rounding changes an entry of the gradient by about epsilon times the
        root of ``weight`` times its own bend: a change no larger than that teaches nothing.
        """
        s, y = step.reshape(-1), change.reshape(-1)
        product, along = float(s @ y), self.hessian @ s
        bend = float(s @ along)
        alone = float(np.diagonal(self.hessian) @ np.square(s))
        least = max(NOISE * EPSILON**2 * weight * len(s), FLAT * alone)
        if not (min(product, bend) > least and product > EPSILON * length(s) * length(y)):
            return replace(self, fresh=False)
        hessian = self.hessian + np.outer(y, y / product)
        hessian -= np.outer(along, along / bend)
        return replace(self, hessian=0.5 * (hessian + hessian.T), fresh=False)

    def damped(self, by: Array) -> GramModel:
        """Return the model with so much more on its diagonal, for each row: shape (w,)."""
        m = len(self.hessian) // len(by)
        return replace(self, hessian=self.hessian + np.diag(np.repeat(by, m)), fresh=False)

    def square(self, step: Array) -> float:
        """Return the square of a step, shape (w, m), in the model's norm."""
        flat = step.reshape(-1)
        return max(float(flat @ self.hessian @ flat), 0.0)  # below zero by rounding alone

    def minimiser(self, gradient: Array, at: Array, lasso: Array, ridge: Array) -> Array:
        """Return where the model with its penalties is lowest, shape (w, m).

        Parameters
        ----------
        gradient, at : arrays, shape (w, m)
            Of the loss, and the point where that is its gradient.
        lasso, ridge : arrays, shape (w,)
        """
        m, k = at.shape[1], self.n_intercepts
        slope, to = gradient.reshape(-1).copy(), at.reshape(-1).copy()
        bends, beside = self.hessian[k:, k:], self.hessian[k:, :k]
        if k:
            inverse = inverse_of_intercepts(self.hessian[:k, :k])
            following = beside @ inverse
            bends = bends - following @ beside.T
            inner = slope[k:] - following @ slope[:k]
        else:
            inner = slope
        moved = to[k:].copy()
        _minimise(np.ascontiguousarray(bends), inner, moved, np.repeat(lasso, m)[k:], np.repeat(ridge, m)[k:])
        if k:
            to[:k] -= inverse @ (slope[:k] + beside.T @ (moved - to[k:]))
        to[k:] = moved
        return to.reshape(at.shape)


def inverse_of_intercepts(bends: Array) -> Array:
    """Return the inverse of the second derivatives among the intercepts, shape (m, m).

    Where there are several, adding one number to all changes nothing: of these moves it chooses the one about zero.
    """
    m = len(bends)
    if m == 1:
        return np.asarray(1.0 / bends)
    about_mean = np.eye(m) - 1.0 / m
    return np.asarray(about_mean @ np.linalg.inv(bends + np.trace(bends) / m**2) @ about_mean)


def _minimise(bends: Array, slope: Array, at: Array, lasso: Array, ridge: Array) -> None:
    """Bring ``at``, shape (d,), to where the quadratic with its penalties is lowest; its slope follows."""
    start, own = at.copy(), np.diagonal(bends) + ridge
    descend_gram(bends, slope, at, lasso, ridge, 1, 0.0)
    worth = float(np.max((at - start) ** 2 * own, initial=0.0))
    for _ in range(MOST_ROUNDS):
        enough = max(CLOSE * worth, 4.0 * EPSILON**2 * float(np.max(at**2 * own, initial=0.0)))
        if descend_gram(bends, slope, at, lasso, ridge, CYCLES, enough) <= CYCLES:
            return
        _solve_support(bends, slope, at, lasso, ridge)


def _solve_support(bends: Array, slope: Array, at: Array, lasso: Array, ridge: Array) -> None:
    """Go to the lowest point of the face that the signs of ``at`` choose, or as far towards it as they last.

    Where they do not last the first coefficient to become zero stays there, and the others go on.
    """
    for _ in range(MOST_CROSSINGS):
        (support,) = np.nonzero((at != 0.0) | (lasso == 0.0))
        inner = bends[np.ix_(support, support)]
        inner[np.diag_indices_from(inner)] += ridge[support]
        factor = factorise(inner) or factorise(inner + np.diag(SINGULAR * inner.diagonal()))
        if factor is None:
            return
        held = at[support]
        move = -factor.solve(slope[support] + ridge[support] * held + lasso[support] * np.sign(held))
        (crossing,) = np.nonzero((lasso[support] > 0.0) & (held * (held + move) < 0.0))
        if len(crossing):
            shares = -held[crossing] / move[crossing]
            first = int(np.argmin(shares))
            move *= shares[first]
            move[crossing[first]] = -held[crossing[first]]
        at[support] = held + move
        slope += bends[:, support] @ move
        if not len(crossing):
            return
