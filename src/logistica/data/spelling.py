"""Numbers and the texts that they were read from: whether two texts have become one number.

Blanks around a text are no part of it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.data.columns import LevelColumn
from logistica.data.in_use import Rows, chosen

EXACT_INTEGER = float(1 << 53)


@dataclass(frozen=True)
class Twin:
    """A text whose number stands for another text too.

    Attributes
    ----------
    text : str
    place : int
        Its first row among those looked at.
    number : int or float
        What it was read as.
    other : str or None
        An earlier text of the same number; None if the number is not exactly the one that ``text`` writes.
    other_place : int
        The first row of ``other``; of ``text`` itself, if there is no other.
    """

    text: str
    place: int
    number: float
    other: str | None
    other_place: int


def first_inexact(numbers: NDArray[Any], written: LevelColumn, rows: Rows) -> Twin | None:
    """Find the first text, among the rows in use (None: all), whose number is not exactly the one that it writes.

    The arguments are those of :func:`first_twin`.
    """
    for place, text in _different_texts(written, rows):
        number = numbers[place].item()
        if _lost_digits(text, number):
            return Twin(text, place, number, None, place)
    return None


def first_twin(numbers: NDArray[Any], written: LevelColumn, rows: Rows) -> Twin | None:
    """Find the first text, among the rows in use (None: all), that its number does not tell from every other one.

    Parameters
    ----------
    numbers : array, shape (rows in use,)
    written : LevelColumn
        The texts of all rows.
    """
    seen: dict[float, tuple[str, int]] = {}
    for place, text in _different_texts(written, rows):
        number = numbers[place].item()
        other, other_place = seen.setdefault(number, (text, place))
        if other != text:
            return Twin(text, place, number, other, other_place)
        if _lost_digits(text, number):
            return Twin(text, place, number, None, place)
    return None


def texts_in_use(written: LevelColumn, rows: Rows, known: Collection[str] = ()) -> NDArray[Any]:
    """Return the texts of the rows in use as objects, without blanks around them unless they are ``known`` so."""
    levels = [str(level) for level in written.levels]
    plain = np.array([text if text in known else text.strip() for text in levels], dtype=np.object_)
    texts: NDArray[Any] = plain[chosen(written.codes, rows)]
    return texts


def _different_texts(written: LevelColumn, rows: Rows) -> Iterator[tuple[int, str]]:
    """Go through the different texts of the rows in use, each with the place at which it first occurs."""
    codes = chosen(written.codes, rows)
    for place in _first_places(codes, len(written.levels)):
        yield place, str(written.levels[codes[place]]).strip()


def _lost_digits(text: str, number: float) -> bool:
    """Return whether a text, which may have a decimal comma, writes another number, beyond 2**53."""
    if not isinstance(number, float) or abs(number) < EXACT_INTEGER:
        return False
    return Decimal(text.replace(",", ".")) != Decimal(number)


def _first_places(codes: NDArray[np.int32], n_levels: int) -> list[int]:
    """List the place at which each code first occurs, in order; of equal indices numpy keeps the last assignment."""
    first = np.full(n_levels, len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    places: list[int] = np.sort(first[first < len(codes)]).tolist()
    return places
