"""Splines of a column. Beyond the range that they were learned for they go on in one piece."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.data.formula.sample import distances, exponent_of

Array = NDArray[np.float64]


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

    @property
    def reach(self) -> tuple[float, float]:
        """The range that it was learned for."""
        return float(self.boundary[0]), float(self.boundary[1])

    def columns(self, x: Array) -> Array:
        """Return shape (n, width)."""
        from scipy.interpolate import BSpline as Piecewise  # noqa: PLC0415 - for formulas with splines alone

        ends = np.repeat(self.boundary, self.degree + 1)
        every = np.concatenate([ends[: self.degree + 1], self.knots, ends[self.degree + 1 :]])
        count = len(every) - self.degree - 1
        knots, u = _in_units(self.reach, every, x)
        with np.errstate(over="ignore", invalid="ignore"):
            found = Piecewise(knots, np.eye(count), self.degree, extrapolate=True)(u)
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

    @property
    def reach(self) -> tuple[float, float]:
        """The range that it was learned for."""
        return float(self.knots[0]), float(self.knots[-1])

    def columns(self, x: Array) -> Array:
        """Return shape (n, width)."""
        from scipy.interpolate import CubicSpline  # noqa: PLC0415 - for formulas with splines alone

        knots, u = _in_units(self.reach, self.knots, x)
        spline = CubicSpline(knots, np.eye(self.width), bc_type="natural")
        inside = np.clip(u, knots[0], knots[-1])
        beyond = (u - inside)[:, None]
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(spline(inside) + np.where(beyond == 0.0, 0.0, beyond * spline(inside, 1)))


def _in_units(reach: tuple[float, float], knots: Array, x: Array) -> tuple[Array, Array]:
    """Return knots and values as distances from the lower end, in units of a power of two near the whole range."""
    low, high = reach
    exponent = exponent_of(high / 2.0 - low / 2.0) + 1
    return distances(knots, low, exponent), distances(x, low, exponent)
