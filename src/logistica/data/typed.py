"""Columns from sources whose cells have a kind of their own, JSON lines and workbooks: joined without changing it.

A column holds whole numbers, numbers, truth values or text; a null fits them all, and whole numbers fit numbers.
Whatever else meets in one column is an error that names the line. No result depends on where a batch of rows ends.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.data.columns import CONVERT_DATE, CONVERT_OTHER

_NONE = type(None)
_NAMES = {int: "a number", float: "a number", bool: "true or false", str: "text"}
_ARROW = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string(), _NONE: pa.null()}
_ONE_KIND = "Write cells of one kind in a column, and null, or nothing, for a missing value"
_LARGEST = 1 << 63


class TypedColumns:
    """Columns that grow by batches of rows.

    Parameters
    ----------
    path : str
        For messages.
    names : sequence of str
    """

    def __init__(self, path: str, names: Sequence[str]) -> None:
        self.path = path
        self.names = tuple(names)
        self._kinds: list[type] = [_NONE] * len(self.names)
        self._chunks: list[list[Any]] = [[] for _ in self.names]
        self._lines: list[NDArray[np.int64]] = []

    def take(self, rows: Sequence[Sequence[Any]], lines: Sequence[int]) -> None:
        """Add rows, one value for each name, with the lines that they are on.

        Raises
        ------
        DataError
            A value is nested, a date, or of another kind than those before it in its column; or it is a number that
            no float64 holds.
        """
        if not rows:
            return
        self._lines.append(np.array(lines, np.int64))
        for place, values in enumerate(zip(*rows, strict=True)):
            kind = self._kind(place, values, lines)
            self._chunks[place].append(self._array(place, kind, values, lines))
            self._kinds[place] = _wider(self._kinds[place], kind)

    def table(self) -> Any:
        """Return all of it as a :class:`pyarrow.Table`."""
        columns = {}
        for name, kind, chunks in zip(self.names, self._kinds, self._chunks, strict=True):
            arrow = _ARROW[kind]
            columns[name] = pa.chunked_array([chunk.cast(arrow, safe=kind is not float) for chunk in chunks], arrow)
        return pa.table(columns)

    def lines(self) -> NDArray[np.int64]:
        """Return the line of each row, shape (n_rows,)."""
        return np.concatenate([np.empty(0, np.int64), *self._lines])

    def _kind(self, place: int, values: Sequence[Any], lines: Sequence[int]) -> type:
        """Return the kind of all values of a batch together; they must agree with those before."""
        before = self._kinds[place]
        kinds = set(map(type, values)) - {_NONE}
        if kinds <= {int, float} and before in {_NONE, int, float}:
            return float if float in kinds else int if kinds else _NONE
        if not kinds:
            return _NONE
        if len(kinds) == 1 and kinds <= _ARROW.keys() and before in {_NONE, *kinds}:
            return kinds.pop()
        for value, line in zip(values, lines, strict=True):
            kind = type(value)
            if kind not in _ARROW:
                raise self._refusal(place, value, line)
            if kind is not _NONE and before is not _NONE and _NAMES[kind] != _NAMES[before]:
                problem = f"{_NAMES[kind]}, {_short(value)}, where {_NAMES[before]} stands on the lines before"
                raise self._error(place, line, problem, value, _ONE_KIND)
            before = before if kind is _NONE else kind
        raise AssertionError("some value disagrees")

    def _refusal(self, place: int, value: Any, line: int) -> DataError:
        if isinstance(value, list | tuple):
            return self._error(place, line, "a nested value", "nested", "Give each number in it a column of its own")
        if hasattr(value, "isoformat") or hasattr(value, "total_seconds"):
            return self._error(place, line, f"a date or time, {value}", value, CONVERT_DATE)
        return self._error(place, line, f"a value of type {type(value).__name__}", value, CONVERT_OTHER)

    def _array(self, place: int, kind: type, values: Sequence[Any], lines: Sequence[int]) -> Any:
        if kind is float:
            return self._floats(place, values, lines)
        if kind is int:
            try:
                return pa.array(values, pa.int64())
            except (OverflowError, pa.ArrowInvalid):
                self._kinds[place] = float
                return self._floats(place, values, lines)
        try:
            return pa.array(values, _ARROW[kind])
        except UnicodeEncodeError as error:
            row = next(row for row, value in enumerate(values) if value and not _is_text(value))
            problem = "text with half of a surrogate pair, which no UTF-8 text holds"
            raise self._error(place, lines[row], problem, values[row], "Correct the text") from error

    def _floats(self, place: int, values: Sequence[Any], lines: Sequence[int]) -> Any:
        numbers = [
            None if value is None else self._nearest(place, value, lines[row]) for row, value in enumerate(values)
        ]
        return pa.array(numbers, pa.float64())

    def _nearest(self, place: int, value: int | float, line: int) -> float:
        """Convert a number; a whole number that is beyond 64 bits, and may be an identifier, must not change by it."""
        try:
            nearest = float(value)
        except OverflowError:
            nearest = math.inf
        if math.isinf(nearest):
            what = "a number" if isinstance(value, float) else f"the number {_short(value)}"
            problem = f"{what} beyond the largest float64, 1.8e308"
            raise self._error(place, line, problem, value, "Write a finite number")
        if type(value) is int and not -_LARGEST <= value < _LARGEST and int(nearest) != value:
            problem = f"the whole number {_short(value)} has no float64 of its own; the nearest is {nearest:.17g}"
            raise self._error(place, line, problem, value, "Write it as text if it is an identifier")
        return nearest

    def _error(self, place: int, line: int, problem: str, value: Any, remedy: str) -> DataError:
        return DataError(problem, path=self.path, line=int(line), column=self.names[place], value=value, remedy=remedy)


def _wider(one: type, other: type) -> type:
    """Return the kind of a column that has both."""
    if _NONE in {one, other}:
        return other if one is _NONE else one
    return float if float in {one, other} else other


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _short(value: Any) -> str:
    text = repr(value) if not isinstance(value, int) or value.bit_length() < 10_000 else "of thousands of digits"
    return text if len(text) <= 60 else f"{text[:60]}..."
