"""Records shared by several rooms."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform, overload

from logistica.core.errors import LogisticaWarning

T = TypeVar("T")


@overload
def frozen(made: type[T], /) -> type[T]: ...
@overload
def frozen(*, eq: bool = True, kw_only: bool = False) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(
    made: type[T] | None = None, /, *, eq: bool = True, kw_only: bool = False
) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a dataclass whose fields are set once, as type checkers prove.

    For records that are made over and over, and that only the library's own code holds: ``dataclass(frozen=True)``, by
    which those that users hold are kept from changes at every moment, takes ten times as long to set a field.
    """
    make = dataclass(eq=eq, unsafe_hash=eq, kw_only=kw_only)
    return make if made is None else make(made)


@dataclass(frozen=True)
class Note:
    """Something about the data or the fit that its user should know; kept in the record, and warned about once.

    Attributes
    ----------
    code : str
        A stable name for programs, such as "aliased".
    message : str
        A sentence or two for people: what, where, and what to do.
    warning : type of LogisticaWarning or None
        The category with which the note is also given as a Python warning; None keeps it silent.
    """

    code: str
    message: str
    warning: type[LogisticaWarning] | None = None


Category = type[LogisticaWarning]


def warn_of(notes: tuple[Note, ...], stacklevel: int, instead: Mapping[Category, Category] | None = None) -> None:
    """Give the notes that ask for it as Python warnings.

    ``stacklevel`` counts frames as :func:`warnings.warn` does, 1 being the caller of this function; ``instead``
    replaces categories.
    """
    for note in notes:
        if note.warning is not None:
            warnings.warn(note.message, (instead or {}).get(note.warning, note.warning), stacklevel=stacklevel + 1)
