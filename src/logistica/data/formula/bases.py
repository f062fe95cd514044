"""Functions that make several columns of one: orthogonal polynomials and splines.

Each is learned from the values in use, every one as often as its row counts, and is then a fixed function of new
values, whatever rows come with them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from logistica.data.formula.functions import LARGEST_DEGREE, Reader, Value
from logistica.data.formula.polynomials import Polynomial, Powers, learn_polynomial, orthogonal_degree
from logistica.data.formula.sample import Sample
from logistica.data.formula.splines import BSpline, NaturalSpline
from logistica.data.formula.tree import Call

Array = NDArray[np.float64]


Basis = Polynomial | Powers | BSpline | NaturalSpline


def reach(basis: Basis) -> tuple[float, float] | None:
    """Return the range that a spline was learned for; None for polynomials, which are the same everywhere."""
    return basis.reach if isinstance(basis, BSpline | NaturalSpline) else None


def inner_knots(sample: Sample, count: int) -> Array:
    """Return ``count`` knots at quantiles that divide the rows into equal shares."""
    return sample.quantiles(np.linspace(0.0, 1.0, count + 2)[1:-1])


def ends_of(sample: Sample) -> Array:
    """Return the least and the largest value, shape (2,)."""
    return np.array([sample.values.min(), sample.values.max()])


def _learn_poly(reader: Reader, node: Call, sample: Sample, given: Mapping[str, Value]) -> Basis:
    degree = reader.whole(node, given, "degree", 1, 1) or 1
    if degree > LARGEST_DEGREE:
        reader.fail(f"degree must be at most {LARGEST_DEGREE}", node)
    if not isinstance(given.get("raw", False), bool):
        reader.fail("raw must be TRUE or FALSE", node)
    if given.get("raw", False):
        return Powers(degree)
    different = len(np.unique(sample.values))
    if degree >= different:
        reader.fail(
            f"a polynomial of degree {degree} needs more than {degree} different values; there are {different}", node
        )
    found = learn_polynomial(sample, degree)
    most = orthogonal_degree(found, sample)
    if most < degree:
        reader.fail(
            f"a polynomial of degree {degree} in these values loses its digits; up to degree {most} it does not. Look"
            " for values far out, or write bs() or cr()",
            node,
        )
    return found


def _learn_bs(reader: Reader, node: Call, sample: Sample, given: Mapping[str, Value]) -> Basis:
    degree = reader.whole(node, given, "degree", 3, 1) or 3
    intercept = given.get("intercept", False)
    if not isinstance(intercept, bool):
        reader.fail("intercept must be TRUE or FALSE", node)
    boundary = reader.knots(node, given, "Boundary.knots")
    if boundary is None:
        boundary = ends_of(sample)
    if len(boundary) != 2 or not boundary[0] < boundary[1]:
        reader.fail("the two boundary knots must differ; a constant column has no spline", node)
    knots = reader.knots(node, given, "knots")
    if knots is None:
        least = degree + intercept
        df = reader.whole(node, given, "df", least, 1) or least
        if df < least:
            reader.fail(f"df must be at least {least}, the degree and the intercept", node)
        inside = sample.between(boundary)
        if not len(inside.values):
            reader.fail("no value lies between the boundary knots", node)
        knots = inner_knots(inside, df - least)
    if len(knots) and not (boundary[0] < knots[0] and knots[-1] < boundary[1] and np.all(np.diff(knots) > 0)):
        reader.fail(f"knots {_listed(knots)} must be different and lie inside {_listed(boundary)}", node)
    return BSpline(knots, boundary, degree, intercept)


def _learn_cr(reader: Reader, node: Call, sample: Sample, given: Mapping[str, Value]) -> Basis:
    ends = ends_of(sample)
    knots = reader.knots(node, given, "knots")
    if knots is None:
        df = reader.whole(node, given, "df", None, 2)
        if df is None:
            reader.fail("cr() needs df = or knots =", node)
        knots = inner_knots(Sample(np.unique(sample.values)), df - 2)
    every = np.concatenate([ends[:1], knots, ends[1:]])
    if np.any(np.diff(every) <= 0.0):
        reader.fail(f"knots {_listed(knots)} must be different and lie inside {_listed(ends)}", node)
    return NaturalSpline(every)


def _listed(values: Array) -> str:
    return "(" + ", ".join(f"{value:.6g}" for value in values[:6]) + (", ..." if len(values) > 6 else "") + ")"


def learn_basis(reader: Reader, node: Call, sample: Sample) -> Basis:
    """Learn ``poly()``, ``bs()`` or ``cr()`` from values.

    Raises FormulaError where its arguments do not suit them.
    """
    return _LEARN[node.function](reader, node, sample, reader.basis_arguments(node))


_LEARN: dict[str, Callable[[Reader, Call, Sample, Mapping[str, Value]], Basis]] = {
    "poly": _learn_poly,
    "bs": _learn_bs,
    "cr": _learn_cr,
}
