"""Zeros that a number no longer shows: in cells that begin with one and another digit, as codes do, and in -0."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from logistica.data.delimited_header import Marks
from logistica.data.delimited_quotes import outside, positions
from logistica.data.delimited_text import Piece, record_bounds
from logistica.data.origin import LeadingZero

_LF, _CR = b"\n\r"
_SIGNS = b"+-"
_ZERO, _POINT, _MINUS = b"0.-"
_SHOWN = 60
_STEP = 1 << 17


def leading_zeros(piece: Piece, names: Sequence[str], marks: Marks) -> dict[str, LeadingZero]:
    """Find the columns of a piece that have such cells, each with its first one; rows are those of the piece."""
    starts = _cells(piece.text, marks)
    if not len(starts):
        return {}
    begins, _ = record_bounds(piece.text, marks.quote)
    quotes = positions(piece.text, marks.quote[0]) if marks.quote in piece.text else starts[:0]
    delimiters = outside(positions(piece.text, marks.delimiter[0]), quotes)
    rows = np.searchsorted(begins, starts, side="right") - 1
    columns = np.searchsorted(delimiters, starts) - np.searchsorted(delimiters, begins[rows])
    found, first = np.unique(columns, return_index=True)
    return {
        names[column]: LeadingZero(int(rows[place]), _cell_at(piece.text, int(starts[place]), marks))
        for column, place in zip(found.tolist(), first.tolist(), strict=True)
        if column < len(names) and rows[place] >= 0
    }


def has_negative_zero(text: bytes) -> bool:
    """Whether a cell of a piece is perhaps -0, which as a whole number is 0."""
    if b"-0" not in text:
        return False
    view = np.frombuffer(text + b"\n", np.uint8)
    return any(_ends_in_negative_zero(view[start : start + _STEP + 2]) for start in range(0, len(view), _STEP))


def _ends_in_negative_zero(part: NDArray[np.uint8]) -> bool:
    goes_on = part[2:] - np.uint8(_POINT) < 12  # a point, a digit (or, between them, a slash)
    return bool(((part[:-2] == _MINUS) & (part[1:-1] == _ZERO) & ~goes_on).any())


def _cell_at(text: bytes, start: int, marks: Marks) -> str:
    """Return the cell that starts at an offset, as far as it is shown."""
    ends = re.compile(b"[" + re.escape(marks.delimiter + marks.quote) + b"\r\n]")
    cell = text[start : start + _SHOWN].lstrip(b" " + marks.quote)
    return ends.split(cell, maxsplit=1)[0].decode("utf-8", "replace").strip()


def _cells(text: bytes, marks: Marks) -> NDArray[np.int64]:
    """Return the offsets at which such cells start, after quotes and blanks: few, in most files none."""
    view = np.frombuffer(text, np.uint8)
    starts = np.concatenate([_zeros(view, start) for start in range(0, len(view), _STEP)] or [np.empty(0, np.int64)])
    before = _before(view, starts)
    starts = starts - np.isin(before, np.frombuffer(_SIGNS, np.uint8))
    places = starts
    while len(places):
        before = _before(view, places)
        between = np.isin(before, np.frombuffer(b" " + marks.quote, np.uint8)) & (before != marks.delimiter[0])
        if not between.any():
            break
        places = places - between
    begin = np.isin(_before(view, places), np.frombuffer(marks.delimiter + b"\n\r", np.uint8))
    return starts[begin]


def _zeros(view: NDArray[np.uint8], start: int) -> NDArray[np.int64]:
    """Find zeros before a digit, not after one or a point, from ``start`` on, in a part that stays in cache."""
    part = view[max(start - 1, 0) : start + _STEP + 1]
    is_digit = part - np.uint8(_ZERO) < 10
    found = (part == _ZERO)[1:-1] & is_digit[2:] & ~is_digit[:-2] & (part != _POINT)[:-2]
    places: NDArray[np.int64] = np.flatnonzero(found) + max(start, 1)
    if start == 0 and len(part) > 1 and part[0] == _ZERO and is_digit[1]:
        places = np.concatenate(([0], places))
    return places


def _before(view: NDArray[np.uint8], places: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the byte before each place; a line end before the first."""
    found: NDArray[np.uint8] = np.where(places > 0, view[places - 1], np.uint8(_LF))
    return found
