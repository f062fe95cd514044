"""Quotes in delimited text: what they enclose, and whether they match."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.data.delimited_header import Marks
from logistica.data.filebytes import FileBytes, line_ends

Positions = NDArray[np.int64]

_STEP = 1 << 22
_LF, _CR = b"\n\r"


def positions(text: bytes, byte: int) -> Positions:
    """Offsets at which ``byte`` occurs."""
    view = np.frombuffer(text, np.uint8)
    found = [np.flatnonzero(view[here : here + _STEP] == byte) + here for here in range(0, len(view), _STEP)]
    return np.concatenate([np.empty(0, np.int64), *found]).astype(np.int64, copy=False)


def outside(places: Positions, quotes: Positions) -> Positions:
    """Leave only the places that are not between an opening and a closing quote."""
    return places[np.searchsorted(quotes, places) % 2 == 0] if len(quotes) else places


def check_quotes(source: FileBytes, text: bytes, line: int, marks: Marks, *, is_whole: bool) -> None:
    """Check that quotes begin and end fields, and that those within a field are doubled.

    Parameters
    ----------
    text : bytes
        Starts with a record, on ``line``.
    is_whole : bool
        Whether it also ends with one; otherwise the last field may go on.

    Raises
    ------
    DataError
        Naming the line of the first quote that is out of place.
    """
    if marks.quote not in text:
        return
    quotes = positions(text, marks.quote[0])
    view = np.frombuffer(text, np.uint8)
    beside = np.zeros(256, bool)
    beside[[marks.delimiter[0], marks.quote[0], _LF, _CR]] = True
    opening, closing = quotes[::2], quotes[1::2]
    bad_opening = opening[~beside[view[opening - 1]] & (opening > 0)]
    bad_closing = closing[~beside[view[(closing + 1).clip(max=len(view) - 1)]]]
    first_opening = int(bad_opening[0]) if len(bad_opening) else len(view)
    first_closing = int(bad_closing[0]) if len(bad_closing) else len(view)
    place = _Place(source, text, line, marks.quote.decode())
    if first_closing < first_opening:
        raise _unclosed(place, quotes[: np.searchsorted(quotes, first_closing)], first_closing)
    if first_opening < len(view):
        raise place.error(
            first_opening,
            "a quote inside a field that does not begin with one",
            "Quote the whole field, with its own quotes doubled and no blank before the first",
        )
    if len(quotes) % 2 and is_whole:
        raise _unclosed(place, quotes, None)


class _Place:
    """A piece of text, for messages."""

    def __init__(self, source: FileBytes, text: bytes, line: int, quote: str) -> None:
        self.source, self.text, self.first, self.quote = source, text, line, quote

    def line(self, offset: int) -> int:
        return self.first + line_ends(self.text[:offset])

    def error(self, offset: int, problem: str, remedy: str) -> DataError:
        return DataError(problem, path=self.source.path, line=self.line(offset), value=self.quote, remedy=remedy)


def _unclosed(place: _Place, quotes: Positions, closing: int | None) -> DataError:
    """Make the error for the field that begins with the last opening one of ``quotes``."""
    opening = next(
        int(quotes[i])
        for i in range(len(quotes) - 1, -1, -1)
        if i % 2 == 0 and (i == 0 or quotes[i] != quotes[i - 1] + 1)
    )
    why = (
        "is never closed"
        if closing is None
        else f"is not closed: text follows its next quote on line {place.line(closing)}"
    )
    return place.error(
        opening,
        f"the quote that opens here {why}",
        "Close the field with a quote, and double the quotes inside it",
    )
