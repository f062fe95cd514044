"""Functions that make several columns of one: orthogonal polynomials and splines.

Each is learned from the values in use and is then a fixed function of new values, whatever rows come with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.data.formula.functions import LARGEST_DEGREE, Reader, Value
from logistica.data.formula.tree import Call

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


def _learn_poly(reader: Reader, node: Call, x: Array, given: Mapping[str, Value]) -> Basis:
    degree = reader.whole(node, given, "degree", 1, 1) or 1
    if degree > LARGEST_DEGREE:
        reader.fail(f"degree must be at most {LARGEST_DEGREE}", node)
    if not isinstance(given.get("raw", False), bool):
        reader.fail("raw must be TRUE or FALSE", node)
    if given.get("raw", False):
        return Powers(degree)
    different = len(np.unique(x))
    if degree >= different:
        reader.fail(
            f"a polynomial of degree {degree} needs more than {degree} different values; there are {different}", node
        )
    return learn_polynomial(x, degree)


def _learn_bs(reader: Reader, node: Call, x: Array, given: Mapping[str, Value]) -> Basis:
    degree = reader.whole(node, given, "degree", 3, 1) or 3
    intercept = given.get("intercept", False)
    if not isinstance(intercept, bool):
        reader.fail("intercept must be TRUE or FALSE", node)
    boundary = reader.knots(node, given, "Boundary.knots")
    if boundary is None:
        boundary = np.array([x.min(), x.max()])
    if len(boundary) != 2 or not boundary[0] < boundary[1]:
        reader.fail("the two boundary knots must differ; a constant column has no spline", node)
    knots = reader.knots(node, given, "knots")
    if knots is None:
        least = degree + intercept
        df = reader.whole(node, given, "df", least, 1) or least
        if df < least:
            reader.fail(f"df must be at least {least}, the degree and the intercept", node)
        inside = x[(x >= boundary[0]) & (x <= boundary[1])]
        if not len(inside):
            reader.fail("no value lies between the boundary knots", node)
        knots = inner_knots(inside, df - least)
    if len(knots) and not (boundary[0] < knots[0] and knots[-1] < boundary[1] and np.all(np.diff(knots) > 0)):
        reader.fail(f"knots {_listed(knots)} must be different and lie inside {_listed(boundary)}", node)
    return BSpline(knots, boundary, degree, intercept)


def _learn_cr(reader: Reader, node: Call, x: Array, given: Mapping[str, Value]) -> Basis:
    ends = np.array([x.min(), x.max()])
    knots = reader.knots(node, given, "knots")
    if knots is None:
        df = reader.whole(node, given, "df", None, 2)
        if df is None:
            reader.fail("cr() needs df= or knots=", node)
        knots = inner_knots(np.unique(x), df - 2)
    every = np.concatenate([ends[:1], knots, ends[1:]])
    if np.any(np.diff(every) <= 0.0):
        reader.fail(f"knots {_listed(knots)} must be different and lie inside {_listed(ends)}", node)
    return NaturalSpline(every)


def _listed(values: Array) -> str:
    return "(" + ", ".join(f"{value:.6g}" for value in values[:6]) + (", ..." if len(values) > 6 else "") + ")"


def learn_basis(reader: Reader, node: Call, x: Array) -> Basis:
    """Learn ``poly()``, ``bs()`` or ``cr()`` from values, shape (n,).

    Raises FormulaError where its arguments do not suit them.
    """
    return _LEARN[node.function](reader, node, x, reader.basis_arguments(node))


_LEARN: dict[str, Callable[[Reader, Call, Array, Mapping[str, Value]], Basis]] = {
    "poly": _learn_poly,
    "bs": _learn_bs,
    "cr": _learn_cr,
}
