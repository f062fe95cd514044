"""Records shared by several rooms."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass

from logistica.core.errors import LogisticaWarning


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
