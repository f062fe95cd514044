"""How the learning rate changes in the course of a fit: a factor of the initial one, at a time counted in epochs.

Time passes with every update: after half of an epoch's batches it is half an epoch later.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

from logistica.core.checks import checked_number, checked_whole
from logistica.core.errors import OptionError


class Schedule(Protocol):
    """A rule for the learning rate.

    ``planned`` says whether it must know from the start how many epochs there will be.
    """

    planned: ClassVar[bool]

    def factor(self, epoch: float, epochs: int) -> float:
        """Return what the initial learning rate is multiplied by at time ``epoch``, 0 <= epoch <= ``epochs``."""
        ...


@dataclass(frozen=True)
class Constant:
    """The same rate throughout."""

    planned: ClassVar[bool] = False

    def factor(self, epoch: float, epochs: int) -> float:
        return 1.0


@dataclass(frozen=True)
class Step:
    """Multiplied by ``by`` after every ``every`` epochs."""

    planned: ClassVar[bool] = False

    every: int = 10
    by: float = 0.5

    def __post_init__(self) -> None:
        checked_whole("every", self.every, least=1)
        checked_number("by", self.by, "a number between 0 and 1", above=0.0, most=1.0)

    def factor(self, epoch: float, epochs: int) -> float:
        return float(self.by ** math.floor(epoch / self.every))


@dataclass(frozen=True)
class InverseTime:
    """1 / (1 + decay * epochs passed) (Robbins and Monro 1951, Annals of Mathematical Statistics 22)."""

    planned: ClassVar[bool] = False

    decay: float = 1.0

    def __post_init__(self) -> None:
        checked_number("decay", self.decay, "a number from 0", least=0.0)

    def factor(self, epoch: float, epochs: int) -> float:
        return 1.0 / (1.0 + self.decay * epoch)


@dataclass(frozen=True)
class Cosine:
    """From 1 down to ``final`` along half a cosine (Loshchilov and Hutter 2017, SGDR, section 3)."""

    planned: ClassVar[bool] = True

    final: float = 0.0

    def __post_init__(self) -> None:
        checked_number("final", self.final, "a number from 0 to 1", least=0.0, most=1.0)

    def factor(self, epoch: float, epochs: int) -> float:
        return self.final + (1.0 - self.final) * 0.5 * (1.0 + math.cos(math.pi * min(epoch / epochs, 1.0)))


SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": Step,
    "inverse-time": InverseTime,
    "cosine": Cosine,
}
"""By name, with their defaults."""


def as_schedule(value: object) -> Schedule:
    """Return a schedule given as such or by name; anything else raises an OptionError."""
    if isinstance(value, str) and value in SCHEDULES:
        return SCHEDULES[value]()
    if isinstance(value, (Constant, Step, InverseTime, Cosine)):
        return value
    names = ", ".join(map(repr, SCHEDULES))
    raise OptionError(f"schedule={value!r}: it must be one of {names}, or a record such as Cosine(final=0.01)")


def schedule_values(schedule: Schedule) -> dict[str, Any]:
    """Return a schedule as JSON-able values."""
    (name,) = (name for name, kind in SCHEDULES.items() if isinstance(schedule, kind))
    return {"name": name, **vars(schedule)}


def schedule_from_values(values: Mapping[str, Any]) -> Schedule:
    """Return the schedule that :func:`schedule_values` describes. Raises OptionError."""
    given = dict(values)
    name = given.pop("name", None)
    kind = SCHEDULES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise OptionError(f"schedule={values!r} is none that is known")
    known = [field.name for field in fields(kind)]  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            has = f"; it has {', '.join(known)}" if known else ""
            raise OptionError(f"schedule={values['name']!r} has no parameter {name!r}{has}")
    return kind(**given)
