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
from logistica.penalties import separable
from logistica.solvers.proximal.coordinate_descent import descend_gram

Array = NDArray[np.float64]

FLAT = 1e-8
"""Along a step whose bend is less than this share of what its coordinates have by themselves, rounding would teach."""
NOISE = 1e4
CYCLES = 20
"""Of coordinate descent, after which the coefficients that are not zero are solved for directly."""
MOST_ROUNDS = 50
"""Of both, each with one factorisation."""
MOST_FACES = 50
MOST_GONE = 0.25
"""Of the coefficients of a factorisation, after which another one costs less."""
FEWEST_ROUNDS = 10
"""As many at most where the next model costs no more than they do."""
SINGULAR = 1e-10
"""The share of its diagonal that is added to a singular matrix: along columns that stand for each other all that counts
is which of them is cheaper, and that one is soon the only one."""
ROUNDED = 4.0 * EPSILON
"""By so much of its terms may a slope be wrong that many moves have kept up to date."""
CLOSE = 1e-18
"""The worth of a move, as a share of the first cycle's, below which descent ends."""
NEAR = 0.1
"""The same once coefficients have been solved for directly, where the next model costs no more than another round."""


SMALLEST_BEND = 1e-290
"""Of the intercepts: the inverse of less may be beyond all numbers."""


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
    cheap : bool
        Whether the next one costs little beside this one's minimiser, which is then found to no more than a digit.
    """

    rows: NDArray[np.intp]
    n_intercepts: int
    hessian: Array
    fresh: bool
    cheap: bool = False

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
        first = k // m
        moved = at[first:].copy()
        _minimise(np.ascontiguousarray(bends), inner, moved, lasso[first:], ridge[first:], cheap=self.cheap)
        if k:
            to[:k] -= inverse @ (slope[:k] + beside.T @ (moved.reshape(-1) - to[k:]))
        to[k:] = moved.reshape(-1)
        return to.reshape(at.shape)


def inverse_of_intercepts(bends: Array) -> Array:
    """Return the inverse of the second derivatives among the intercepts, shape (m, m).

    Where there are several, adding one number to all changes nothing: of these moves it chooses the one about zero. So
    it does with what changes nothing to rounding, where offsets make every probability 0 or 1: it is not moved at all.
    """
    m = len(bends)
    if not np.trace(bends) > SMALLEST_BEND:
        return np.zeros_like(bends)
    if m == 1:
        return np.asarray(1.0 / bends)
    about_mean = np.eye(m) - 1.0 / m
    try:
        inverse = np.linalg.inv(bends + np.trace(bends) / m**2)
    except np.linalg.LinAlgError:
        inverse = np.linalg.pinv(bends, hermitian=True)
    return np.asarray(about_mean @ inverse @ about_mean)


def _minimise(bends: Array, slope: Array, at: Array, lasso: Array, ridge: Array, *, cheap: bool) -> None:
    """Bring ``at``, shape (w, m), to where the quadratic with its penalties is lowest, or if ``cheap`` near it.

    ``slope``, shape (w * m,), follows; ``lasso`` and ``ridge`` have shape (w,).
    """
    flat, m = at.reshape(-1), at.shape[1]
    each = np.repeat(lasso, m), np.repeat(ridge, m)
    start, own = flat.copy(), np.diagonal(bends) + each[1]
    descend_gram(bends, slope, flat, *each, 1, 0.0)
    worth = float(np.max((flat - start) ** 2 * own, initial=0.0))
    share = CLOSE
    before = None
    for _ in range(FEWEST_ROUNDS if cheap else MOST_ROUNDS):
        enough = max(share * worth, 4.0 * EPSILON**2 * float(np.max(flat**2 * own, initial=0.0)))
        if descend_gram(bends, slope, flat, *each, CYCLES, enough) <= CYCLES:
            return
        if before is not None and not _gained(*before, slope, flat, own, *each):
            return
        before = slope.copy(), flat.copy()
        if m > 1:
            at[:] = separable.balanced(lasso, ridge, at)  # the slope is the same there
        _solve_support(bends, slope, flat, *each)
        share = NEAR if cheap else CLOSE


def _gained(slope: Array, at: Array, slope_after: Array, after: Array, own: Array, lasso: Array, ridge: Array) -> bool:
    """Return whether the quadratic is lower than before by more than rounding; all arrays have shape (d,)."""
    move, steep = after - at, (slope + slope_after + ridge * (at + after)) / 2.0
    rise = float(np.sum(steep * move + lasso * (np.abs(after) - np.abs(at))))
    return rise < -ROUNDED * float(np.sum(np.abs(move) * (np.abs(steep) + lasso + own * np.abs(after))))


def _solve_support(bends: Array, slope: Array, at: Array, lasso: Array, ridge: Array) -> None:
    """Go to the lowest point of the face that the signs of ``at`` choose, or as far as they last and beyond.

    Coefficients that become zero stay there, and the others go to the lowest point of the face that is left. One
    factorisation is enough for all these faces: with H^-1 e_z for each coefficient z that is gone, the step over the
    others is the one over all less a combination of these (Gill, Murray, Saunders and Wright 1984, SIAM Journal on
    Scientific and Statistical Computing 5: the Schur complement).
    """
    (support,) = np.nonzero((at != 0.0) | (lasso == 0.0))
    inner = bends[np.ix_(support, support)]
    inner[np.diag_indices_from(inner)] += ridge[support]
    factor = factorise(inner)
    if factor is None:
        inner[np.diag_indices_from(inner)] *= 1.0 + SINGULAR
        factor = factorise(inner)
    if factor is None:
        return
    start, signed = at[support], lasso[support] > 0.0
    to, steep = start, slope[support] + ridge[support] * start + lasso[support] * np.sign(start)
    move = -factor.solve(steep)
    gone, ways = np.empty(0, dtype=np.intp), np.empty((len(support), 0))
    for _ in range(MOST_FACES):
        to, steep, crossed = along_face(inner, steep, to, move, signed)
        gone = np.concatenate([gone, crossed])
        if not len(crossed) or len(gone) > MOST_GONE * len(support):
            break
        unit = np.zeros((len(support), len(crossed)))
        unit[crossed, np.arange(len(crossed))] = 1.0
        ways = np.hstack([ways, factor.solve(unit)])
        move = -factor.solve(steep)
        move -= ways @ np.linalg.lstsq(ways[gone], move[gone], rcond=None)[0]
        move[gone] = 0.0
    at[support] = to
    slope += bends[:, support] @ (to - start)


def along_face(
    hessian: Array, steep: Array, held: Array, move: Array, signed: NDArray[np.bool_]
) -> tuple[Array, Array, NDArray[np.intp]]:
    """Return where a quadratic is first lowest on the way along ``move``, its gradient there, and what became zero.

    A coefficient that becomes zero stays there while the others go on, so that the path bends (Nocedal and Wright 2006,
    Numerical Optimization, section 16.7). On each piece the quadratic is a parabola, which the next one's follows from.

    Parameters
    ----------
    hessian : array, shape (s, s)
    steep, held, move : arrays, shape (s,)
        The gradient, as the signs have it, where the path begins; that point; and the way to the lowest point of all.
    signed : array of bool, shape (s,)
        Which coefficients may not change their sign.
    """
    turning = hessian @ move
    fall, bend = float(steep @ move), float(move @ turning)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ends = np.where(signed & (held * move < 0.0), -held / move, np.inf)
    order = np.argsort(ends)
    to, steep, move, been, crossed = held.copy(), steep.copy(), move.copy(), 0.0, 0
    for i in order:
        if not fall < 0.0:
            break
        lowest = -fall / bend if bend > 0.0 else np.inf
        ahead = min(float(ends[i]) - been, lowest)
        if ahead == np.inf:
            break
        been += ahead
        to += ahead * move
        steep += ahead * turning
        if ahead == lowest:
            break
        to[i] = 0.0
        crossed += 1
        fall += bend * ahead - float(steep[i] * move[i])
        bend += float(move[i] * (hessian[i, i] * move[i] - 2.0 * turning[i]))
        turning -= hessian[i] * move[i]
        move[i] = 0.0
    return to, steep, order[:crossed]
