"""The penalty on the user's columns, as a solver's coordinates see it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import OptionError
from logistica.fitting.options import FitOptions
from logistica.objective.coordinates import Coordinates
from logistica.penalties import Lasso, Ridge

Array = NDArray[np.float64]


def ridge(
    options: FitOptions, coordinates: Coordinates, deviation: Array, unit: float, terms: tuple[str, ...]
) -> Ridge | None:
    """Return the smooth part of the penalty, or None; ``unit`` is what the weights were divided by.

    ``deviation``, shape (p,), holds the columns' standard deviations, by which ``standardize`` measures coefficients.
    """
    share = 1.0 - options.l1_ratio
    if not options.penalised or share == 0.0:
        return None
    factor = _factor(options, coordinates, deviation)
    with np.errstate(over="ignore", under="ignore"):
        strength = share * factor**2 / options.C / unit
    return Ridge(_strength(strength, options, coordinates, terms), coordinates.metric)


def lasso(
    options: FitOptions, coordinates: Coordinates, deviation: Array, unit: float, terms: tuple[str, ...]
) -> Lasso | None:
    """Return the part of the penalty that has no derivative, or None."""
    if not options.lasso:
        return None
    factor = _factor(options, coordinates, deviation)
    with np.errstate(over="ignore", under="ignore"):
        strength = options.l1_ratio * factor / options.C / unit
    return Lasso(_strength(strength, options, coordinates, terms))


def _factor(options: FitOptions, coordinates: Coordinates, deviation: Array) -> Array:
    """Return what a unit of theta is worth in the penalty, shape (p,)."""
    # a constant column is shrunk to 0 all the same
    return coordinates.scale * (np.where(deviation > 0, deviation, 1.0) if options.standardize else 1.0)


def _strength(strength: Array, options: FitOptions, coordinates: Coordinates, terms: tuple[str, ...]) -> Array:
    bad = np.flatnonzero(~np.isfinite(strength))
    if len(bad):
        raise OptionError(
            f"the penalty (C={options.C:g}) on column {terms[bad[0]]!r}, whose values are of the order of"
            f" {1 / coordinates.scale[bad[0]]:.1g}, is too large to compute with."
            " Use standardize=True, or rescale the column"
        )
    return np.concatenate([np.zeros(int(coordinates.intercept)), strength])
