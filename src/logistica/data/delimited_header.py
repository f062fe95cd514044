"""The header of a CSV or TSV file: where it ends, its delimiter, its names, and what is wrong with it."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from typing import Any

from logistica.core.errors import DataError
from logistica.data.filebytes import FileBytes

DELIMITERS = (b",", b"\t", b";")
MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL")
"""The cells that stand for a missing value, quoted or not, also after one blank."""

_NAME_COLUMNS = "Begin the file with one line that gives each column a name of its own"

_LINE_END = re.compile(rb"[\r\n]")
_QUOTED = re.compile(rb'"[^"]*"')
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


def record_end(data: bytes, start: int) -> int:
    """Find the offset after the record that starts at ``start``, its line end included."""
    n_quotes, here = 0, start
    while found := _LINE_END.search(data, here):
        n_quotes += data.count(b'"', here, found.start())
        here = found.end()
        if n_quotes % 2 == 0:
            return here + (data[here - 1 : here + 1] == b"\r\n")
    return len(data)


def delimiter_of(data: bytes, start: int, end: int) -> bytes:
    """Choose the delimiter that splits the header, preferably into as many fields as the record after it."""
    header = _QUOTED.sub(b"", data[start:end])
    first_row = _QUOTED.sub(b"", data[end : record_end(data, end)])

    def fitness(delimiter: bytes) -> tuple[bool, int]:
        count = header.count(delimiter)
        return count > 0 and count == first_row.count(delimiter), count

    return max(DELIMITERS, key=fitness)


def header_names(source: FileBytes, start: int, end: int, delimiter: bytes) -> tuple[str, ...]:
    """Read the names, verbatim.

    Raises
    ------
    DataError
        The header holds only numbers, repeats a name, or ends with several delimiters.
    """
    text = io.StringIO(source.data[start:end].decode("utf-8"), newline="")
    try:
        names = next(csv.reader(text, delimiter=delimiter.decode(), strict=True))
    except csv.Error as error:
        raise _header_error(source, start, f"the header cannot be read ({error})", None) from error
    numeric = [name for name in names if _NUMBER.fullmatch(name)]
    if numeric and all(_NUMBER.fullmatch(name) or name.strip() in MISSING for name in names):
        raise _header_error(source, start, "no header: the first line holds only numbers", numeric[0])
    if names[-2:] == ["", ""]:
        without = next((place for place, name in enumerate(reversed(names)) if name), len(names))
        problem = f"the header ends with delimiters, so its last {without} columns have no name"
        raise _header_error(source, start, problem, "", "Remove the delimiters at the end, or name the columns")
    for name, count in Counter(names).items():
        if count > 1:
            raise _header_error(source, start, f"the header has the name {name!r} {count} times", name)
    return tuple(names)


def trailing_delimiter(source: FileBytes, start: int, n_names: int, *, also_rows: bool) -> DataError:
    """Make the error for a header, at byte offset ``start``, whose last name is empty and stands for no column."""
    subject = "the header and every row end" if also_rows else "the header ends"
    result = "holds nothing" if also_rows else f"the first row lacks: it has {n_names - 1} fields, not {n_names}"
    where = "each line" if also_rows else "the header"
    return DataError(
        f"{subject} with a delimiter, which makes a last column without a name that {result}",
        path=source.path,
        line=source.line_at(start),
        value="",
        remedy=f"Remove the delimiter at the end of {where}",
    )


def _header_error(source: FileBytes, start: int, problem: str, value: Any, remedy: str = _NAME_COLUMNS) -> DataError:
    return DataError(problem, path=source.path, line=source.line_at(start), value=value, remedy=remedy)
