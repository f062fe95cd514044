"""JSON lines to a table: one flat object a line, the same keys on each, in any order. Strict: nothing is guessed.

Python's own parser reads the lines, so that no type depends on how many are looked at together.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NoReturn

from logistica.core.errors import DataError
from logistica.data.delimited_text import Encoding
from logistica.data.filebytes import FileBytes, Path, read_bytes
from logistica.data.origin import NumberedOrigin
from logistica.data.typed import TypedColumns

BATCH_ROWS = 10_000
_MOST_DIGITS = 4300
_ONE_OBJECT = 'Write one object on each line, such as {"x": 1.5, "y": "no"}'
_FINITE = "Write a finite number, or null for a missing value"


def read(source: Path | FileBytes) -> tuple[Any, NumberedOrigin]:
    """Read JSON lines, plain or compressed, into a :class:`pyarrow.Table`, and keep where its rows are.

    null is a missing value. Whole numbers are int64, or float64 in a column with other numbers.

    Raises
    ------
    DataError
        Naming line and key: no JSON, no object, a key missing, new or repeated, a nested value, values of different
        kinds in a column, a number that is not finite.
    """
    source = read_bytes(source)
    columns: TypedColumns | None = None
    rows: list[tuple[Any, ...]] = []
    lines: list[int] = []
    for line, text in _numbered(source):
        pairs = _object(source.path, line, text)
        if columns is None:
            columns = TypedColumns(source.path, _first_names(source.path, line, pairs))
        rows.append(_values(columns, line, pairs))
        lines.append(line)
        if len(rows) == BATCH_ROWS:
            columns.take(rows, lines)
            rows, lines = [], []
    if columns is None:
        raise DataError("the file is empty", path=source.path, remedy="Give a file with one object a line")
    columns.take(rows, lines)
    return columns.table(), NumberedOrigin(source.path, columns.lines(), "json-lines")


def _numbered(source: FileBytes) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not blank, with their numbers; LF, CRLF and CR end them."""
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
        for number, each in enumerate(text[:cut].decode("utf-8").split("\n"), line):
            if each and not each.isspace():
                yield number, each
        line += text.count(b"\n", 0, cut)


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
    """Find the key of a number that Python's parser refuses: a constant, or one with too many digits."""
    decoder = json.JSONDecoder(object_pairs_hook=tuple, parse_constant=_Written, parse_int=_Written)
    for name, value in decoder.decode(text.strip()):
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
        if name not in columns.names:
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
