"""Numbers and the texts that they were read from: whether two texts have become one number.

Blanks around a text are no part of it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataWarning
from logistica.core.records import Note
from logistica.core.wording import counted
from logistica.data.columns import Codes, Level, LevelColumn, RawColumn, Values, coded, recoded
from logistica.data.exact import EXACT_INTEGER, Rounded, inexact_places
from logistica.data.in_use import Rows, chosen, row_at
from logistica.data.origin import WrittenOrigin

_SHOWN_COLUMNS = 5
_WHOLE = re.compile(r"\s*[+-]?[0-9]{1,400}\s*")
_NUMBER = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")
POINT, DECIMAL_COMMA = ".", ","


def is_number(text: str, decimal: str = POINT) -> bool:
    """Return whether a text is a number as text files write them, with this decimal sign."""
    return _NUMBER.fullmatch(_with_point(text, decimal)) is not None


def as_values(texts: Sequence[Level], decimal: str = POINT, *, booleans: bool = False) -> list[Level]:
    """Return what texts say: whole numbers as integers of any size, other numbers as floats; the rest as it is.

    With ``booleans`` the words true and false, in the three cases in which files have them, are booleans.
    """
    return [_value(level, decimal, booleans) if isinstance(level, str) else level for level in texts]


def _value(text: str, decimal: str, booleans: bool) -> Level:
    if booleans and (word := text.strip()) in _BOOLEANS:
        return _BOOLEANS[word]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(_with_point(text, decimal)) if is_number(text, decimal) else text


def _with_point(text: str, decimal: str) -> str:
    """Return a text with a point for its decimal sign, and nothing that is read for its point."""
    return text if decimal == POINT else text.replace(POINT, "\0").replace(decimal, POINT)


_BOOLEANS = {spelling(word): word == "true" for word in ("true", "false") for spelling in (str, str.title, str.upper)}


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


def rounded_whole(values: Values, origin: WrittenOrigin, name: str) -> Rounded | None:
    """Find the numbers of a column, shape (n,), that were written as whole ones, and are others; None for none."""
    if values.dtype.kind != "f" or name not in origin.large:
        return None
    written = origin.written(name)
    whole = [int(text) if _WHOLE.fullmatch(text := str(level)) else None for level in written.levels]
    codes = inexact_places(np.array(whole, np.object_))
    rows = np.flatnonzero(np.isin(written.codes, codes))
    return Rounded(rows, np.array(whole, np.object_)[written.codes[rows]]) if len(rows) else None


def leading_zeros_notes(columns: Sequence[RawColumn], origin: WrittenOrigin) -> Iterator[Note]:
    """Say which features were codes such as 007, it seems, and are numbers, or levels that two codes share."""
    numbers = [column.name for column in columns if not isinstance(column, LevelColumn) and column.name in origin.zeros]
    if numbers:
        cells = [
            f"column {name!r}, line {origin.line(origin.zeros[name].row)}: {origin.zeros[name].cell!r}"
            for name in numbers[:_SHOWN_COLUMNS]
        ]
        more = [f"{counted(len(numbers) - len(cells), 'other column')}"] if len(numbers) > len(cells) else []
        message = (
            f"Cells with leading zeros were read as numbers, without them: {'; '.join([*cells, *more])}. If they are"
            f" codes, make the column a factor, with C({numbers[0]}) in a formula or with levels=; quotes change"
            " nothing."
        )
        yield Note("leading-zeros", message, DataWarning)
    for column in columns:
        if isinstance(column, LevelColumn) and column.name in origin.zeros and _has_numbers(column):
            yield from _shared_level(column, origin)


def _has_numbers(column: LevelColumn) -> bool:
    return not any(isinstance(level, str) for level in column.levels[:1])


def _shared_level(column: LevelColumn, origin: WrittenOrigin) -> Iterator[Note]:
    """Say where two texts are one level, because their numbers are the same."""
    rows = np.flatnonzero(column.codes >= 0)
    twin = first_twin(np.array(column.levels)[column.codes[rows]], origin.written(column.name), rows)
    if twin is None or twin.other is None:
        return
    lines = [origin.line(row_at(rows, place)) for place in (twin.other_place, twin.place)]
    message = (
        f"Column {column.name!r}: {twin.other!r} on line {lines[0]} and {twin.text!r} on line {lines[1]} are one level,"
        f" the number {twin.number}. Put a letter before each code in the file if two are meant."
    )
    yield Note("leading-zeros", message, DataWarning)


def texts_in_use(written: LevelColumn, rows: Rows, known: Collection[str] = ()) -> NDArray[Any]:
    """Return the texts of the rows in use as objects, without blanks around them unless they are ``known`` so."""
    levels = [str(level) for level in written.levels]
    plain = np.array([text if text in known else text.strip() for text in levels], dtype=np.object_)
    texts: NDArray[Any] = plain[chosen(written.codes, rows)]
    return texts


def as_levels(written: LevelColumn, known: Collection[Level], decimal: str = POINT) -> LevelColumn:
    """Return the cells of a text file as levels of the kind that a model ``known`` ones have.

    Texts stay as they were written, but for blanks around them that the model has not. For a model of numbers, or of
    booleans, what says one becomes it, and the rest stays text.
    """
    if any(isinstance(level, str) for level in known):
        found: list[Level] = [text if text in known else str(text).strip() for text in written.levels]
    else:
        truth = any(isinstance(level, bool) for level in known)
        found = as_values(written.levels, decimal, booleans=truth)
    levels = list(dict.fromkeys(found))
    table = np.append(coded(found, levels), np.int32(-1))
    return LevelColumn(written.name, tuple(levels), recoded(written.codes, table), untyped=True)


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


def _first_places(codes: Codes, n_levels: int) -> list[int]:
    """List the place at which each code first occurs, in order; of equal indices numpy keeps the last assignment."""
    first = np.full(n_levels, len(codes))
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    places: list[int] = np.sort(first[first < len(codes)]).tolist()
    return places
