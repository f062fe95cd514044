"""Columns from sources whose cells have a kind of their own, JSON lines and workbooks: joined without changing it.

A column holds whole numbers, numbers, truth values or text; a null fits them all, and whole numbers fit numbers.
A column in which anything else meets is kept as text, together with the error, naming the line, for whoever wants to
use it. No result depends on where a batch of rows ends.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.core.records import Note
from logistica.data.columns import CONVERT_DATE, CONVERT_OTHER
from logistica.data.exact import EXACT_INTEGER, Rounded, is_beyond_64_bits, nearest, rounded_among
from logistica.data.origin import Origin

_NONE = type(None)
_NAMES = {int: "a number", float: "a number", bool: "true or false", str: "text"}
_ARROW = {int: pa.int64(), float: pa.float64(), bool: pa.bool_(), str: pa.string(), _NONE: pa.null()}
_KINDS = {arrow: kind for kind, arrow in _ARROW.items()}
_ONE_KIND = "Write cells of one kind in a column, and null, or nothing, for a missing value"


@dataclass(frozen=True, eq=False)
class TypedTable:
    """A file that has been read.

    Attributes
    ----------
    arrow : pyarrow.Table
    origin : Origin
    faults : mapping of name to DataError
        The columns that cannot be used, and why not; in ``arrow`` they are text.
    rounded : mapping of name to Rounded
        The columns of float64 that were not written as such.
    notes : tuple of Note
    """

    arrow: Any
    origin: Origin
    faults: Mapping[str, DataError] = field(default_factory=dict)
    rounded: Mapping[str, Rounded] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


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
        self.known = frozenset(names)
        self._columns = [_Column(path, name) for name in names]
        self._lines: list[NDArray[np.int64]] = []

    @property
    def types(self) -> dict[str, Any]:
        """The Arrow types of the columns of which something is known, and that can be used."""
        there = (column for column in self._columns if column.kind is not _NONE and column.fault is None)
        return {column.name: _ARROW[column.kind] for column in there}

    def take(self, rows: Sequence[Sequence[Any]], lines: Sequence[int]) -> None:
        """Add rows, one value for each name, with the lines that they are on."""
        if rows:
            self._lines.append(np.array(lines, np.int64))
            for column, values in zip(self._columns, zip(*rows, strict=True), strict=True):
                column.take(values, lines)

    def take_arrow(self, table: Any, lines: NDArray[np.int64]) -> bool:
        """Add rows that are an Arrow table already; False, and nothing is added, if a column has another kind."""
        if not all(column.fits(table[column.name].type) for column in self._columns):
            return False
        self._lines.append(lines)
        for column in self._columns:
            column.extend(table[column.name])
        return True

    def refuse(self, place: int, line: int, problem: str, value: Any, remedy: str) -> None:
        """Say what is wrong with a column, and where; what is found first counts."""
        self._columns[place].refuse(line, problem, value, remedy)

    def lines(self) -> NDArray[np.int64]:
        """Return the line of each row, shape (n_rows,)."""
        return np.concatenate([np.empty(0, np.int64), *self._lines])

    def table(self, origin: Origin, notes: tuple[Note, ...] = ()) -> TypedTable:
        """Return all of it."""
        arrays = {column.name: column.joined(origin) for column in self._columns}
        faults = {column.name: column.fault for column in self._columns if column.fault is not None}
        rounded = {column.name: column.rounded for column in self._columns if column.rounded is not None}
        return TypedTable(pa.table(arrays), origin, faults, rounded, notes)


class _Column:
    """One of them.

    Its kind is int for whole numbers of any size, and float for numbers some of which were not written as whole.
    A chunk is an Arrow array or, with whole numbers that this could not hold exactly, the list of the numbers.
    """

    def __init__(self, path: str, name: str) -> None:
        self.path = path
        self.name = name
        self.kind: type = _NONE
        self.chunks: list[Any] = []
        self.fault: DataError | None = None
        self.rounded: Rounded | None = None

    def take(self, values: Sequence[Any], lines: Sequence[int]) -> None:
        if self.fault is None:
            try:
                kind = self._kind(values, lines)
                self.chunks.append(self._chunk(kind, values, lines))
            except DataError as error:
                self.fault = error
            else:
                self.kind = _wider(self.kind, kind)
                return
        self.chunks.append(pa.array(map(_as_text, values), pa.string()))

    def refuse(self, line: int, problem: str, value: Any, remedy: str) -> None:
        self.fault = self.fault or self._error(line, problem, value, remedy)

    def fits(self, kind: Any) -> bool:
        """Whether an Arrow array of this type may follow."""
        found = _KINDS.get(kind)
        return found is not None and self.fault is None and _meet(found, self.kind)

    def extend(self, values: Any) -> None:
        self.kind = _wider(self.kind, _KINDS[values.type])
        self.chunks += values.chunks

    def joined(self, origin: Origin) -> Any:
        """Return all chunks together, as text if they do not fit together; finds what was rounded."""
        is_listed = any(isinstance(chunk, list) for chunk in self.chunks)
        if self.fault is None and (self.kind is float or is_listed):
            numbers = self._floats()
            self._refuse_identifiers(origin)
            if self.fault is None:
                return numbers
        kind = _ARROW[self.kind] if self.fault is None else pa.string()
        return pa.chunked_array([_cast(chunk, kind) for chunk in self.chunks], kind)

    def _floats(self) -> Any:
        numbers, rows, values, start = [], [], [], 0
        for chunk in self.chunks:
            changed = _changed(chunk)
            rows.append(changed.rows + start)
            values.append(changed.values)
            numbers.append(_cast(chunk, pa.float64()))
            start += len(chunk)
        if any(map(len, rows)):
            self.rounded = Rounded(np.concatenate(rows), np.concatenate(values))
        return pa.chunked_array(numbers, pa.float64())

    def _refuse_identifiers(self, origin: Origin) -> None:
        """Refuse a whole number beyond 64 bits that would change, among nothing but whole numbers."""
        if self.rounded is None or self.kind is float:
            return
        for row, value in zip(self.rounded.rows.tolist(), self.rounded.values, strict=True):
            if is_beyond_64_bits(value):
                problem = (
                    f"the whole number {_short(value)} has no float64 of its own; the nearest is {float(value):.17g}"
                )
                self.fault = self._error(origin.line(row), problem, value, "Write it as text if it is an identifier")
                self.rounded = None
                return

    def _kind(self, values: Sequence[Any], lines: Sequence[int]) -> type:
        """Return the kind of all values of a batch together; they must agree with those before."""
        before = self.kind
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
                raise self._refusal(value, line)
            if kind is not _NONE and before is not _NONE and _NAMES[kind] != _NAMES[before]:
                problem = f"{_NAMES[kind]}, {_short(value)}, where {_NAMES[before]} stands on the lines before"
                raise self._error(line, problem, value, _ONE_KIND)
            before = before if kind is _NONE else kind
        raise AssertionError("some value disagrees")

    def _refusal(self, value: Any, line: int) -> DataError:
        if isinstance(value, list | tuple):
            return self._error(line, "a nested value", "nested", "Give each number in it a column of its own")
        if hasattr(value, "isoformat") or hasattr(value, "total_seconds"):
            return self._error(line, f"a date or time, {value}", value, CONVERT_DATE)
        return self._error(line, f"a value of type {type(value).__name__}", value, CONVERT_OTHER)

    def _chunk(self, kind: type, values: Sequence[Any], lines: Sequence[int]) -> Any:
        try:
            array = pa.array(values, _ARROW[kind])
        except UnicodeEncodeError as error:
            row = next(row for row, value in enumerate(values) if value and not _is_text(value))
            problem = "text with half of a surrogate pair, which no UTF-8 text holds"
            raise self._error(lines[row], problem, values[row], "Correct the text") from error
        except (OverflowError, pa.ArrowInvalid):
            self._check_size(values, lines)
            return list(values)
        if kind is float and pc.any(pc.is_inf(array)).as_py():
            self._check_size(values, lines)
        return array

    def _check_size(self, values: Sequence[Any], lines: Sequence[int]) -> None:
        for value, line in zip(values, lines, strict=True):
            if value is not None and math.isinf(nearest(value)):
                what = "a number" if isinstance(value, float) else f"the number {_short(value)}"
                problem = f"{what} beyond the largest float64, 1.8e308"
                raise self._error(line, problem, value, "Write a finite number")

    def _error(self, line: int | None, problem: str, value: Any, remedy: str) -> DataError:
        return DataError(problem, path=self.path, line=line, column=self.name, value=value, remedy=remedy)


def _meet(one: type, other: type) -> bool:
    """Whether a column may have both."""
    return _NONE in {one, other} or _NAMES[one] == _NAMES[other]


def _wider(one: type, other: type) -> type:
    """Return the kind of a column that has both."""
    if _NONE in {one, other}:
        return other if one is _NONE else one
    return float if float in {one, other} else other


def _changed(chunk: Any) -> Rounded:
    """Return the whole numbers of a chunk that float64 does not hold."""
    if isinstance(chunk, list):
        return rounded_among(np.array(chunk, np.object_))
    is_whole = pa.types.is_int64(chunk.type)
    return rounded_among(chunk.fill_null(0).to_numpy() if is_whole else np.empty(0, np.int64))


def _cast(chunk: Any, kind: Any) -> Any:
    """Return a chunk as an Arrow array of another type."""
    if pa.types.is_string(kind) and not (isinstance(chunk, pa.Array) and pa.types.is_string(chunk.type)):
        return pa.array(map(_as_text, chunk if isinstance(chunk, list) else chunk.to_pylist()), kind)
    if isinstance(chunk, list):
        return pa.array([None if value is None else float(value) for value in chunk], kind)
    return chunk.cast(kind, safe=not pa.types.is_floating(kind))


def _as_text(value: Any) -> str | None:
    """Write a cell of a column that cannot be used, so that it can be passed on; 1.0 like 1."""
    if value is None:
        return None
    if hasattr(value, "isoformat"):
        return str(value.isoformat())
    if isinstance(value, str) or hasattr(value, "total_seconds"):
        return str(value).encode("utf-8", "backslashreplace").decode()
    if isinstance(value, float) and value.is_integer() and abs(value) < EXACT_INTEGER:
        return str(int(value))
    return json.dumps(_nested(value))


def _nested(value: Any) -> Any:
    """Make dictionaries again of the pairs that JSON's parser gives."""
    if isinstance(value, tuple):
        return {key: _nested(item) for key, item in value}
    return [_nested(item) for item in value] if isinstance(value, list) else value


def _is_text(value: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in value)


def _short(value: Any) -> str:
    text = repr(value) if not isinstance(value, int) or value.bit_length() < 10_000 else "of thousands of digits"
    return text if len(text) <= 60 else f"{text[:60]}..."
