"""JSON lines to a table: one flat object a line, the same keys on each, in any order. Strict: nothing is guessed.

The text is read in blocks of lines. Ordinary blocks are read as a whole by :mod:`logistica.data.jsonlines_block`; one
that is not of the plainest form goes line by line through Python's own parser, which reads it or says what is wrong
with it and where. What is wrong with the values of one key alone matters only where that key is used.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

import numpy as np

from logistica.core.errors import DataError, DataWarning
from logistica.core.records import Note
from logistica.data.delimited_text import Encoding
from logistica.data.filebytes import FileBytes, Path, line_ends, read_bytes
from logistica.data.jsonlines_block import read_plain
from logistica.data.origin import NumberedOrigin
from logistica.data.typed import TypedColumns, TypedTable

BATCH_ROWS = 10_000
_NO_LINES = np.empty(0, np.int64)
_MOST_DIGITS = 4300
_ONE_OBJECT = 'Write one object on each line, such as {"x": 1.5, "y": "no"}'
_FINITE = "Write a finite number, or null for a missing value"


@dataclass(frozen=True, eq=False)
class JsonLinesOrigin(NumberedOrigin):
    """The file that a table was read from, kept to write its rows again as they are.

    Attributes
    ----------
    source : FileBytes
    """

    source: FileBytes

    def objects(self) -> Iterator[str]:
        """Yield the text of each row's object."""
        for text, first in _blocks(self.source):
            for _, each in _numbered(text, first):
                yield each.strip()


def read(source: Path | FileBytes) -> TypedTable:
    """Read JSON lines, plain or compressed, and keep where its rows are.

    null is a missing value. Whole numbers are int64, or float64 in a column with other numbers. A key with nested
    values, with values of different kinds, or with a number that is not finite, is a fault of that column alone.

    Raises
    ------
    DataError
        Naming line and key: no JSON, no object, a key missing, new or repeated.
    """
    source = read_bytes(source)
    columns: TypedColumns | None = None
    for text, first in _blocks(source):
        if columns is None:
            columns = _columns(source.path, text, first)
        if columns is not None and not _take_plain(columns, text, first):
            _take_lines(columns, text, first)
    if columns is None:
        note = Note(
            "empty-file", f"{source.path}: the file is empty; it was read as JSON lines, of no rows.", DataWarning
        )
        return TypedColumns(source.path, ()).table(JsonLinesOrigin(source.path, _NO_LINES, source), (note,))
    return columns.table(JsonLinesOrigin(source.path, columns.lines(), source))


def _blocks(source: FileBytes) -> Iterator[tuple[bytes, int]]:
    """Yield whole lines, ended by LF, and the number of the first; in the file LF, CRLF and CR end them."""
    start = source.text_start()
    encoding, rest, line, done = Encoding(source, start), b"", 1, start
    for raw in source.pieces(start):
        done += len(raw)
        is_last = done >= source.size
        encoding.look(raw, is_last=is_last)
        text = rest + raw
        if b"\r" in text:
            held = b"\r" if text.endswith(b"\r") and not is_last else b""
            text = text[: len(text) - len(held)].replace(b"\r\n", b"\n").replace(b"\r", b"\n") + held
        cut = len(text) if is_last else text.rfind(b"\n") + 1
        rest = text[cut:]
        if cut:
            yield text[:cut], line
        line += line_ends(text[:cut])


def _numbered(text: bytes, first: int) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers."""
    for number, each in enumerate(text.decode("utf-8").split("\n"), first):
        if each and not each.isspace():
            yield number, each


def _columns(path: str, text: bytes, first: int) -> TypedColumns | None:
    """Make the columns of the first line that is not blank."""
    for line, each in _numbered(text, first):
        return TypedColumns(path, _first_names(path, line, _object(path, line, each)))
    return None


def _take_plain(columns: TypedColumns, text: bytes, first: int) -> bool:
    table = read_plain(text, columns.names, columns.types)
    return table is not None and columns.take_arrow(table, first + np.arange(table.num_rows))


def _take_lines(columns: TypedColumns, text: bytes, first: int) -> None:
    """Add a block line by line: slow, exact, and the only way to a message."""
    rows: list[tuple[Any, ...]] = []
    lines: list[int] = []
    for line, each in _numbered(text, first):
        rows.append(_values(columns, line, _object(columns.path, line, each)))
        lines.append(line)
        if len(rows) == BATCH_ROWS:
            columns.take(rows, lines)
            rows, lines = [], []
    columns.take(rows, lines)


def _object(path: str, line: int, text: str) -> tuple[tuple[str, Any], ...]:
    """Parse one line: the pairs of an object, repeated keys included."""
    try:
        pairs = _DECODER.decode(text.strip())
    except json.JSONDecodeError as error:
        problem = f"this is not JSON: {error.msg[0].lower()}{error.msg[1:]} at character {error.pos + 1}"
        raise _error(path, line, problem, text[:60], _ONE_OBJECT) from error
    except _NotFiniteError as error:
        problem = f"{error} is not a number in JSON"
        raise _error(path, line, problem, str(error), _FINITE, _key_of(text, str(error))) from error
    except RecursionError as error:
        raise _error(path, line, "values nested too deep", text[:60], _ONE_OBJECT) from error
    except ValueError as error:
        problem = "a whole number of thousands of digits"
        raise _error(path, line, problem, text[:60], _FINITE, _key_of(text)) from error
    if not isinstance(pairs, tuple):
        raise _error(path, line, "a line that is no object", text[:60], _ONE_OBJECT)
    return pairs


def _key_of(text: str, constant: str | None = None) -> str | None:
    """Find the key of a number that Python's parser refuses: a constant, or one with too many digits.

    None if it has none, or what stands after it is not JSON either.
    """
    decoder = json.JSONDecoder(object_pairs_hook=tuple, parse_constant=_Written, parse_int=_Written)
    try:
        pairs = decoder.decode(text.strip())
    except (json.JSONDecodeError, RecursionError):
        return None
    for name, value in pairs if isinstance(pairs, tuple) else ():
        if isinstance(value, _Written) and (value == constant if constant else len(value) > _MOST_DIGITS):
            return str(name)
    return None


class _Written(str):
    """A number as it is written."""


class _NotFiniteError(Exception):
    """NaN, Infinity or -Infinity, which Python's parser would read."""


def _refuse_constant(name: str) -> NoReturn:
    raise _NotFiniteError(name)


_DECODER = json.JSONDecoder(object_pairs_hook=tuple, parse_constant=_refuse_constant)


def _first_names(path: str, line: int, pairs: tuple[tuple[str, Any], ...]) -> list[str]:
    names = [name for name, _ in pairs]
    if not names:
        raise _error(path, line, "an object without keys", "{}", _ONE_OBJECT)
    _check_repeated(path, line, names)
    return names


def _values(columns: TypedColumns, line: int, pairs: tuple[tuple[str, Any], ...]) -> tuple[Any, ...]:
    """Return the values in the order of the columns."""
    names, values = zip(*pairs, strict=True) if pairs else ((), ())
    if names == columns.names:
        return values
    _check_repeated(columns.path, line, names)
    found = dict(pairs)
    for name in columns.names:
        if name not in found:
            problem = f"the key {name!r} is missing, which the first line has"
            raise _error(
                columns.path, line, problem, name, "Give every line the same keys; null is a missing value", name
            )
    for name in names:
        if name not in columns.known:
            problem = f"the key {name!r} is new: the first line does not have it"
            raise _error(columns.path, line, problem, name, "Give every line the same keys", name)
    return tuple(found[name] for name in columns.names)


def _check_repeated(path: str, line: int, names: Any) -> None:
    seen = set()
    for name in names:
        if name in seen:
            raise _error(path, line, f"the key {name!r} occurs twice", name, "Keep one of them", name)
        seen.add(name)


def _error(path: str, line: int, problem: str, value: Any, remedy: str, key: str | None = None) -> DataError:
    return DataError(problem, path=path, line=line, column=key, value=value, remedy=remedy)
