"""What an option means is said once, in its record, and shown by every function and class that takes the option."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from typing import TypeVar

Door = TypeVar("Door", bound=Callable[..., object])

_SECTION = re.compile(r"\n(\w+)\n-+\n")
_ENTRY = re.compile(r"^(\w+(?:, \w+)*)(?: : .*)?\n(?:(?: {4}.*)?\n)*", re.MULTILINE)
_REFERENCE = re.compile(r"^(\w+(?:, \w+)*)\n(?: {4}.*\n)+", re.MULTILINE)


def described_by(*records: type) -> Callable[[Door], Door]:
    """Return a decorator that fills in descriptions of parameters from the "Attributes" of records.

    An entry of the docstring that has several names and no types, such as ``C, tol`` with "See FitOptions." below it,
    is replaced by the records' own entries of these names.
    """
    entries = {name: text for record in records for name, text in attributes(record).items()}

    def fill_in(door: Door) -> Door:
        if door.__doc__ is not None:
            text = inspect.cleandoc(door.__doc__) + "\n"
            door.__doc__ = _REFERENCE.sub(lambda found: _entries(found[1].split(", "), entries), text)
        return door

    return fill_in


def attributes(record: type) -> dict[str, str]:
    """Return the entries of a record's "Attributes" by name: lines that end with a line break; none without a text."""
    return entries_of(record.__doc__, "Attributes")


def entries_of(docstring: str | None, section: str) -> dict[str, str]:
    """Return the entries of one section of a docstring by name; names described together have the same entry."""
    parts = _SECTION.split(f"\n{inspect.cleandoc(docstring or '')}\n\n")
    text = dict(zip(parts[1::2], parts[2::2], strict=True)).get(section, "")
    return {name: f"{found[0].rstrip()}\n" for found in _ENTRY.finditer(f"{text}\n") for name in found[1].split(", ")}


def _entries(names: list[str], entries: dict[str, str]) -> str:
    """Return the entries of these names, each once."""
    if not set(names) <= set(entries):
        return "".join(f"{name}\n" for name in names)
    return "".join(dict.fromkeys(entries[name] for name in names))
