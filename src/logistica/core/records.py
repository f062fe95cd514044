"""Records shared by several rooms."""

from __future__ import annotations

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
