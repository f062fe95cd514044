"""Small words of messages."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN = 10
"""Things that a message names at most, where nothing else is said."""
QUOTED = r"""(?<!\w)(?:'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*")"""
"""A pattern of what is in quotes: the user's, in every message."""


def counted(count: float, thing: str) -> str:
    """Return a count with its noun, ``thing``, in the plural unless there is exactly one: "1 row", "1,605 rows"."""
    number = f"{count:,}" if isinstance(count, int) else f"{count:,.6g}"
    return f"{number} {thing}" if count == 1 else f"{number} {thing}s"


def listed(things: Sequence[object], most: int = SHOWN) -> str:
    """Return the first ``most`` things as Python writes them, with commas, and dots where there are more."""
    return ", ".join(map(repr, things[:most])) + (", ..." if len(things) > most else "")


def first_of(parts: Sequence[str], thing: str) -> str:
    """Return the first parts with commas, and how many more of this ``thing`` there are: "a 1, b 2 and 3 more rows"."""
    more = len(parts) - SHOWN
    return ", ".join(parts[:SHOWN]) + (f" and {counted(more, f'more {thing}')}" if more > 0 else "")
