"""One line of svmlight text, strictly: the definition of the format, and every message about it.

    label index:value index:value ...  # comment

:mod:`logistica.data.svmlight_chunk` reads ordinary text faster, and leaves everything doubtful to this file.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import NoReturn

from logistica.core.errors import DataError
from logistica.core.wording import counted
from logistica.data.exact import EXACT_INTEGER

MAX_COLUMNS = 1 << 27
"""The widest table accepted when the width is not given: one coefficient vector then takes 1 GiB."""

_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_FIELD = re.compile(rb"[^ \t]+")
_DIGITS = re.compile(rb"\d+")
_INTEGER = re.compile(rb"([+-]?\d{1,400})(\.0*)?")
_NOT_FINITE = re.compile(rb"[+-]?(nan|inf|infinity)", re.IGNORECASE)


@dataclass(frozen=True)
class Bounds:
    """What indices may be: ``index_base`` 0 or 1, and ``n_columns`` wide; None where not known beforehand."""

    index_base: int | None = None
    n_columns: int | None = None

    @property
    def first(self) -> int:
        """The smallest index allowed."""
        return self.index_base or 0

    @property
    def last(self) -> int:
        """The largest index allowed, as far as is known before the index base is."""
        base = 1 if self.index_base is None else self.index_base
        return (MAX_COLUMNS if self.n_columns is None else self.n_columns) - 1 + base


@dataclass(frozen=True)
class Place:
    """Where a line stands, for messages."""

    path: str
    line: int

    def error(self, problem: str, field: bytes, remedy: str) -> DataError:
        """Make the error for this line."""
        return DataError(problem, path=self.path, line=self.line, value=_shown(field), remedy=remedy)


def parse_line(line: bytes, place: Place, bounds: Bounds) -> tuple[float, dict[int, float]] | None:
    """Read one line: its label, and its values by index as written, sorted; None if it is blank or a comment.

    Raises
    ------
    DataError
        The line is not strictly of the format, or an index is outside ``bounds``.
    """
    text = line.partition(b"#")[0]
    fields = _FIELD.findall(text)
    if not fields:
        return None
    _check_bytes(text, place)
    label = _label(fields[0], place)
    values: dict[int, float] = {}
    for field in fields[1:]:
        index, value = _entry(field, place, bounds)
        if index in values:
            raise place.error(
                f"index {index} occurs twice, the second time as {_quoted(field)}",
                field,
                "Keep one entry for each index in a line",
            )
        values[index] = value
    return label, dict(sorted(values.items()))


def _check_bytes(text: bytes, place: Place) -> None:
    if b"\0" in text:
        raise place.error(
            "the line holds a NUL byte",
            b"\0",
            "Save the file as UTF-8 text (UTF-16 looks like this), or repair it",
        )
    try:
        text.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = text[error.start : error.start + 1]
        raise place.error(
            f"byte 0x{byte.hex()} at position {error.start + 1} of the line is not UTF-8",
            byte,
            "svmlight text holds plain digits; save the file as UTF-8",
        ) from error


def _label(field: bytes, place: Place) -> float:
    if b":" in field:
        raise place.error(
            f"the line has no label: it begins with {_quoted(field)}",
            field,
            "Begin each line with its label; rows still without one can have 0",
        )
    remedy = "Give each class a number; rows still without a label can have 0"
    return _number(field, f"label {_quoted(field)}", place, remedy, remedy)


def _entry(field: bytes, place: Place, bounds: Bounds) -> tuple[int, float]:
    name, colon, text = field.partition(b":")
    if name == b"qid" and colon:
        raise place.error(
            f"{_quoted(field)} assigns a query group, which only ranking uses",
            field,
            "Remove the qid fields",
        )
    if not (name and colon and text):
        part = "index" if not name else "value" if colon else "colon"
        raise place.error(
            f"{_quoted(field)} has no {part}", field, "Write each entry as index:value, without blanks in it"
        )
    index = _index(name, field, place, bounds)
    remedy = "Write a finite decimal number such as -1.5e3, or leave the entry out if it is zero"
    exact = "Leave the column out if it is an identifier; if rounding it is meant, write it with an exponent, as 1.5e19"
    return index, _number(text, f"value of {_quoted(field)}", place, remedy, exact)


def _index(name: bytes, field: bytes, place: Place, bounds: Bounds) -> int:
    if not _DIGITS.fullmatch(name):
        negative = name.startswith(b"-") and _DIGITS.fullmatch(name[1:])
        problem = "negative" if negative else "not a whole number in digits 0-9"
        raise place.error(f"the index of {_quoted(field)} is {problem}", field, "Number the columns from 1 (or from 0)")
    digits = name.lstrip(b"0") or b"0"
    index = int(digits) if len(digits) < 20 else None
    if index is None or index > bounds.last:
        _refuse_large(digits, field, place, bounds)
    if index < bounds.first:
        raise place.error(
            f"index 0 in {_quoted(field)}, but indices count from 1 here",
            field,
            "Number the columns as the training file does, in which no index is 0. If it numbers them from 0, write"
            " 0:0 into one of its rows, and fit again",
        )
    return index


def _refuse_large(digits: bytes, field: bytes, place: Place, bounds: Bounds) -> NoReturn:
    if bounds.n_columns is None:
        raise place.error(
            f"index {_shown(digits)} in {_quoted(field)} is above the limit of {MAX_COLUMNS:,} columns",
            field,
            "Renumber the columns without gaps",
        )
    raise place.error(
        f"index {_shown(digits)} in {_quoted(field)} is too large: "
        f"the model has {counted(bounds.n_columns, 'column')}, the last with index {bounds.last}",
        field,
        "Remove the entry, or fit again with a training file that has the column",
    )


def _number(text: bytes, what: str, place: Place, remedy: str, exact: str) -> float:
    """Read a number; ``exact`` is the remedy for a whole one that would change by it."""
    if _NOT_FINITE.fullmatch(text):
        raise place.error(
            f"the {what} is not finite: svmlight text has no missing values",
            text,
            "Remove the row, or put a finite number there",
        )
    if not _NUMBER.fullmatch(text):
        raise place.error(f"the {what} is not a decimal number", text, remedy)
    number = float(text)
    if math.isinf(number):
        raise place.error(f"the {what} is too large for a float64, whose largest is 1.8e308", text, remedy)
    if abs(number) >= EXACT_INTEGER and (whole := _INTEGER.fullmatch(text)) and int(whole[1]) != number:
        raise place.error(f"{what} has more digits than a float64 can hold", text, exact)
    return number


def _shown(field: bytes) -> str:
    """Make a field readable, and short even if it is not."""
    text = field[:60].decode("utf-8", "backslashreplace")
    return text if len(field) <= 60 else text + "..."


def _quoted(field: bytes) -> str:
    return repr(_shown(field))
