"""Where a first-order solver begins: zeros, random numbers, or coefficients that are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from logistica.core.checks import checked_number
from logistica.core.errors import OptionError
from logistica.core.random import Purpose, generator
from logistica.objective.coordinates import Coordinates

Array = NDArray[np.float64]

ZEROS = "zeros"
Numbers = float | tuple[Any, ...]
"""A number, or numbers in as many nested tuples as an array has axes: equal, and hashed, by value."""


class Start(Protocol):
    """A place to begin."""

    def theta(self, coordinates: Coordinates, random_state: int) -> Array:
        """Return theta, shape (q, m). Raises an OptionError if what is given does not fit the model."""
        ...


@dataclass(frozen=True)
class Zeros:
    """All coefficients and intercepts at 0."""

    def theta(self, coordinates: Coordinates, random_state: int) -> Array:
        """Return theta, shape (q, m)."""
        return np.zeros(coordinates.shape)


@dataclass(frozen=True)
class Normal:
    """A random start: coefficients and intercepts drawn from a normal distribution around 0.

    Attributes
    ----------
    sigma : float, default 1
        Its standard deviation, in the solver's coordinates.
    """

    sigma: float = 1.0

    def __post_init__(self) -> None:
        checked_number("sigma", self.sigma, "a finite number above 0", above=0.0)

    def theta(self, coordinates: Coordinates, random_state: int) -> Array:
        """Return theta, shape (q, m)."""
        return generator(random_state, Purpose.START).normal(scale=self.sigma, size=coordinates.shape)


@dataclass(frozen=True)
class Given:
    """Coefficients and intercepts in the user's columns, copied.

    Attributes
    ----------
    coef : nested tuples of the shape (p,), (1, p) or (K, p)
        Given as anything that makes an array.
    intercept : float, or a tuple of the shape (1,) or (K,)
    """

    coef: Numbers
    intercept: Numbers

    def __post_init__(self) -> None:
        for name in ("coef", "intercept"):
            object.__setattr__(self, name, _numbers(name, getattr(self, name)))

    def theta(self, coordinates: Coordinates, random_state: int) -> Array:
        """Return theta, shape (q, m)."""
        m, p = coordinates.n_outputs, len(coordinates.scale)
        coef = _of_shape("coef", self.coef, (m, p))
        intercept = _of_shape("intercept", self.intercept, (m,))
        if not coordinates.intercept and intercept.any():
            raise OptionError("start= gives an intercept to a model without one; give 0")
        return coordinates.from_user(coef, intercept)


def as_start(value: object) -> Start:
    """Return a start given as a record, by name, or as a pair (coef, intercept); anything else is an OptionError."""
    if isinstance(value, str) and value == ZEROS:
        return Zeros()
    if isinstance(value, (Normal, Given)):
        return value
    if isinstance(value, tuple) and len(value) == 2:
        return Given(*value)
    raise OptionError(f"start={value!r}: it must be 'zeros', Normal(sigma), or a pair (coef, intercept)")


def start_values(start: Normal | Given) -> dict[str, Any]:
    """Return a start as values by name."""
    return dict(vars(start))


def start_from_values(values: object) -> object:
    """Return what :func:`as_start` takes for the values of a start."""
    if not isinstance(values, Mapping):
        return values
    return Normal(**values) if set(values) == {"sigma"} else (values.get("coef"), values.get("intercept"))


def _numbers(name: str, value: object) -> Numbers:
    try:
        array = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise OptionError(f"start=: the {name} is not made of numbers: {value!r}") from error
    if not np.isfinite(array).all():
        raise OptionError(f"start=: the {name} is not finite")
    return _frozen(array.tolist())


def _frozen(numbers: Any) -> Numbers:
    return tuple(map(_frozen, numbers)) if isinstance(numbers, list) else float(numbers)


def _of_shape(name: str, numbers: Numbers, shape: tuple[int, ...]) -> Array:
    """Return numbers as an array of a shape, leading ones of which may be left out."""
    array = np.array(numbers)
    short = shape[1:] if shape[0] == 1 else shape
    if array.shape not in {shape, short}:
        shapes = f"{shape} or {short}" if short != shape else f"{shape}"
        raise OptionError(f"start=: the {name} has shape {array.shape}; this model's has shape {shapes}")
    return array.reshape(shape)
