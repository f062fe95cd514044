"""Functions that make several columns of one: orthogonal polynomials and splines.

Each is learned from the values in use and is then a fixed function of new values, whatever rows come with them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Polynomial:
    """Polynomials orthogonal over the values learned from (Kennedy and Gentle 1980, Statistical Computing, 8.3).

    p_k(x) = (x - alpha_k) p_(k-1)(x) - norm2_k / norm2_(k-1) p_(k-2)(x), divided by the root of its sum of squares.

    Attributes
    ----------
    alpha : array, shape (degree,)
    norm2 : array, shape (degree + 1,)
        Sums of squares of p_0 = 1, p_1, ...
    """

    alpha: Array
    norm2: Array

    @property
    def width(self) -> int:
        return len(self.alpha)

    def columns(self, x: Array) -> Array:
        """Return shape (n, degree)."""
        found = np.empty((len(x), len(self.alpha)))
        before, present = np.zeros(len(x)), np.ones(len(x))
        for k, alpha in enumerate(self.alpha):
            share = self.norm2[k] / self.norm2[k - 1] if k else 0.0
            before, present = present, (x - alpha) * present - share * before
            found[:, k] = present / np.sqrt(self.norm2[k + 1])
        return found


def learn_polynomial(x: Array, degree: int) -> Polynomial:
    """Learn orthogonal polynomials from values, shape (n,), with more than ``degree`` different ones."""
    alpha, norm2 = np.empty(degree), np.empty(degree + 1)
    before, present = np.zeros(len(x)), np.ones(len(x))
    norm2[0] = len(x)
    for k in range(degree):
        alpha[k] = (x @ present**2) / norm2[k]
        share = norm2[k] / norm2[k - 1] if k else 0.0
        before, present = present, (x - alpha[k]) * present - share * before
        norm2[k + 1] = present @ present
    return Polynomial(alpha, norm2)


@dataclass(frozen=True)
class Powers:
    """x, x^2, ... as they are."""

    degree: int

    @property
    def width(self) -> int:
        return self.degree

    def columns(self, x: Array) -> Array:
        """Return shape (n, degree)."""
        return np.asarray(x[:, None] ** np.arange(1, self.degree + 1))


@dataclass(frozen=True, eq=False)
class BSpline:
    """B-splines (de Boor 1978, A Practical Guide to Splines), without the first where an intercept stands for it.

    Beyond the boundary the outermost polynomial goes on.

    Attributes
    ----------
    knots : array
        The inner ones.
    boundary : array, shape (2,)
    degree : int
    intercept : bool
        Whether the first B-spline is kept.
    """

    knots: Array
    boundary: Array
    degree: int
    intercept: bool

    @property
    def width(self) -> int:
        return len(self.knots) + self.degree + self.intercept

    def columns(self, x: Array) -> Array:
        """Return shape (n, width)."""
        from scipy.interpolate import BSpline as Piecewise  # noqa: PLC0415 - for formulas with splines alone

        ends = np.repeat(self.boundary, self.degree + 1)
        every = np.concatenate([ends[: self.degree + 1], self.knots, ends[self.degree + 1 :]])
        count = len(every) - self.degree - 1
        found = Piecewise(every, np.eye(count), self.degree, extrapolate=True)(x)
        return np.asarray(found if self.intercept else found[:, 1:])


@dataclass(frozen=True, eq=False)
class NaturalSpline:
    """Natural cubic splines that are 1 at one knot and 0 at the others (Wood 2017, section 5.3.1); straight beyond.

    ``knots``, shape (width,), include the boundary.
    """

    knots: Array

    @property
    def width(self) -> int:
        return len(self.knots)

    def columns(self, x: Array) -> Array:
        """Return shape (n, width)."""
        from scipy.interpolate import CubicSpline  # noqa: PLC0415 - for formulas with splines alone

        spline = CubicSpline(self.knots, np.eye(self.width), bc_type="natural")
        inside = np.clip(x, self.knots[0], self.knots[-1])
        beyond = (x - inside)[:, None]
        return np.asarray(spline(inside) + np.where(beyond == 0.0, 0.0, beyond * spline(inside, 1)))


def inner_knots(x: Array, count: int) -> Array:
    """Return ``count`` knots at quantiles that divide the values, shape (n,), into equal shares."""
    return np.asarray(np.quantile(x, np.linspace(0.0, 1.0, count + 2)[1:-1]))


def reach(basis: Polynomial | Powers | BSpline | NaturalSpline) -> tuple[float, float] | None:
    """Return the range that a spline was learned for; None for polynomials, which are the same everywhere."""
    match basis:
        case BSpline():
            return float(basis.boundary[0]), float(basis.boundary[1])
        case NaturalSpline():
            return float(basis.knots[0]), float(basis.knots[-1])
        case _:
            return None


Basis = Polynomial | Powers | BSpline | NaturalSpline
