"""Options, checked before anything is done with them."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Hashable, Sequence

from logistica.core.errors import OptionError


def checked_number(
    name: str,
    value: object,
    wanted: str,
    *,
    above: float = -math.inf,
    least: float = -math.inf,
    most: float = math.inf,
    infinite: bool = False,
) -> float:
    """Return a real number that lies within the bounds; ``wanted`` says in words what they are."""
    fits = isinstance(value, numbers.Real) and not isinstance(value, bool)
    try:
        number = float(value) if fits else math.nan  # type: ignore[arg-type]
    except OverflowError:
        number = math.nan
    if not (number > above and least <= number <= most and (infinite or math.isfinite(number))):
        raise OptionError(f"{name}={value!r}: it must be {wanted}")
    return number


def checked_whole(name: str, value: object, *, least: int, default: int | None = None) -> int:
    """Return a whole number from ``least``; the message names the default, if there is one."""
    if not isinstance(value, numbers.Integral) or isinstance(value, bool) or int(value) < least:
        tail = "" if default is None else f"; the default is {default}"
        raise OptionError(f"{name}={value!r}: it must be a whole number from {least}{tail}")
    return int(value)


def checked_bool(name: str, value: object) -> bool:
    """Return True or False; numbers equal to them count."""
    if not isinstance(value, Hashable) or value not in (True, False):
        raise OptionError(f"{name}={value!r}: it must be True or False")
    return bool(value)


def checked_choice(name: str, value: object, choices: Sequence[str]) -> str:
    """Return one of the choices."""
    if not isinstance(value, str) or value not in choices:
        raise OptionError(f"{name}={value!r}: it must be one of {', '.join(map(repr, choices))}")
    return value


def checked_path(name: str, value: object) -> str:
    """Return the name of a file, given as text or as a path."""
    path = os.fspath(value) if isinstance(value, os.PathLike) else value
    if not isinstance(path, str) or not path:
        raise OptionError(f"{name}={value!r}: it must be the path of a file")
    return path
