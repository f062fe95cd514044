"""Where a first-order solver begins."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import OptionError
from logistica.core.random import Purpose, generator
from logistica.objective.coordinates import Coordinates
from logistica.solvers.settings import ZEROS, FirstOrder, Normal

Array = NDArray[np.float64]


def starting_theta(solver: FirstOrder, coordinates: Coordinates, random_state: int) -> Array:
    """Return theta, shape (q, m), for the start that a solver names.

    Raises
    ------
    OptionError
        If coefficients are given whose shape, or a value of which, does not fit.
    """
    if isinstance(solver.start, str) and solver.start == ZEROS:
        return np.zeros(coordinates.shape)
    if isinstance(solver.start, Normal):
        return generator(random_state, Purpose.START).normal(scale=solver.start.sigma, size=coordinates.shape)
    m, p = coordinates.n_outputs, len(coordinates.scale)
    coef = _numbers("coef", solver.start[0], (m, p))
    intercept = _numbers("intercept", solver.start[1], (m,))
    if not coordinates.intercept and intercept.any():
        raise OptionError("start= gives an intercept to a model without one; give 0")
    return coordinates.from_user(coef, intercept)


def _numbers(name: str, value: object, shape: tuple[int, ...]) -> Array:
    """Return an array of a shape, leading ones of which may be left out."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise OptionError(f"start=: the {name} is not made of numbers: {value!r}") from error
    short = shape[1:] if shape[0] == 1 else shape
    if array.shape not in {shape, short}:
        shapes = f"{shape} or {short}" if short != shape else f"{shape}"
        raise OptionError(f"start=: the {name} has shape {array.shape}; this model's has shape {shapes}")
    if not np.isfinite(array).all():
        raise OptionError(f"start=: the {name} is not finite")
    return array.reshape(shape)
