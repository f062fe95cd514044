"""The beginning of a delimited file: what delimits and quotes in it, its names, and what is wrong with them."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from logistica.core.errors import DataError
from logistica.data.filebytes import FileBytes

DELIMITERS = (b",", b"\t", b";", b"|")
"""The usual ones."""

RARE = (b" ", b":", *(bytes([byte]) for byte in b"^~!&*@$%/=\\\x01\x02\x03\x04\x05\x06\x07\x08\x1c\x1d\x1e\x1f"))
"""These delimit only where each of the first records holds as many of them, and none of the usual ones does."""

MISSING = ("", "NA", "N/A", "NaN", "nan", "null", "NULL")
"""The cells that stand for a missing value, quoted or not, also after one blank."""

_NAME_COLUMNS = "Begin the file with one line that gives each column a name of its own"

_LINE_ENDS = re.compile(rb"[\r\n]+")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_APOSTROPHES = re.compile(rb"'[^']*'")
_SPACES = re.compile(rb" +")
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)


@dataclass(frozen=True)
class Marks:
    """The two characters that give a delimited file its form.

    Attributes
    ----------
    delimiter : bytes
        A space stands for any number of spaces.
    quote : bytes
        ``"`` or ``'``.
    """

    delimiter: bytes
    quote: bytes

    def count(self, record: bytes) -> int:
        """Count the delimiters of one record."""
        plain = re.sub(self.quote + b"[^" + self.quote + b"]*" + self.quote, b"x", record)
        if self.delimiter == b" ":
            return len(_SPACES.findall(plain.strip(b" \r\n")))
        return plain.count(self.delimiter)


def record_end(data: bytes, start: int, quote: bytes) -> int | None:
    """Find the offset after the record that starts at ``start``, its line end included; None if it does not end."""
    n_quotes, here = 0, start
    while found := _LINE_END.search(data, here):
        n_quotes += data.count(quote, here, found.start())
        here = found.end()
        if n_quotes % 2 == 0:
            return here
        here = data.find(quote, here)
        if here < 0:
            break
    return None


def past_blank_lines(data: bytes, start: int) -> int:
    """Find the offset after the ends of lines that begin at ``start``."""
    found = _LINE_ENDS.match(data, start)
    return found.end() if found else start


def line_end(data: bytes, start: int) -> int:
    """Find the offset after the line that starts at ``start``."""
    found = _LINE_END.search(data, start)
    return found.end() if found else len(data)


def quote_of(line: bytes) -> bytes:
    """Tell the quote from the first line: an apostrophe only where every cell of it stands in apostrophes."""
    between = _APOSTROPHES.sub(b"", line).strip()
    is_quoted = bool(_APOSTROPHES.match(line.strip())) and len(set(between)) <= 1 and not between.isalnum()
    return b"'" if is_quoted and between not in {b"'", b'"'} else b'"'


def delimiter_of(source: FileBytes, start: int, records: Sequence[bytes], quote: bytes) -> bytes:
    """Choose the delimiter: the one of which every one of the first records holds as many as the header.

    Where lines differ in length, it is the one that splits the header, preferably into as many fields as the first
    row. Where there is none, the table has one column, and this is a comma.

    Raises
    ------
    DataError
        Two of them fit equally well.
    """
    usual = [_fit(delimiter, records, quote) for delimiter in DELIMITERS]
    whole = [fit for fit in usual if fit.is_whole]
    rare = [fit for fit in (_fit(delimiter, records, quote) for delimiter in RARE) if fit.is_whole and len(records) > 1]
    if len(whole) > 1 or (not whole and len(rare) > 1):
        raise _ambiguous(source, start, *(whole or rare)[:2])
    if whole:
        return whole[0].delimiter
    present = max(usual, key=_fitness)
    if rare and present.in_header:
        raise _ambiguous(source, start, rare[0], present)
    if rare:
        return rare[0].delimiter
    if not present.in_header and len(records) > 1:
        spaces = Marks(b" ", quote)
        if all(map(spaces.count, records)):
            return b" "
    return present.delimiter


@dataclass(frozen=True)
class _Fit:
    """How well a delimiter suits the first records: its number in two of them, and whether it is so in all."""

    delimiter: bytes
    in_header: int
    in_first_row: int
    is_whole: bool


def _fit(delimiter: bytes, records: Sequence[bytes], quote: bytes) -> _Fit:
    if delimiter not in records[0]:
        return _Fit(delimiter, 0, 0, is_whole=False)
    counts = [Marks(delimiter, quote).count(record) for record in records]
    return _Fit(
        delimiter, counts[0], counts[min(1, len(counts) - 1)], is_whole=0 < counts[0] == min(counts) == max(counts)
    )


def _fitness(fit: _Fit) -> tuple[bool, int]:
    return fit.in_header > 0 and fit.in_header == fit.in_first_row, fit.in_header


def _ambiguous(source: FileBytes, start: int, one: _Fit, other: _Fit) -> DataError:
    return _header_error(
        source,
        start,
        f"both {one.delimiter.decode()!r} and {other.delimiter.decode()!r} may delimit the fields",
        one.delimiter.decode() + other.delimiter.decode(),
        "Put the names and cells that hold one of them in quotes",
    )


def header_names(source: FileBytes, start: int, header: bytes, marks: Marks) -> tuple[str, ...]:
    """Read the names, verbatim.

    Raises
    ------
    DataError
        The header holds only numbers, repeats a name, or ends with several delimiters.
    """
    if marks.delimiter == b" ":
        header = collapsed(header, marks.quote).strip(b" ")
    text = io.StringIO(header.decode("utf-8"), newline="")
    try:
        reader = csv.reader(text, delimiter=marks.delimiter.decode(), quotechar=marks.quote.decode(), strict=True)
        names = next(reader)
    except csv.Error as error:
        raise _header_error(source, start, f"the header cannot be read ({error})", None) from error
    _check_names(source, start, names)
    return tuple(names)


def _check_names(source: FileBytes, start: int, names: list[str]) -> None:
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


def collapsed(text: bytes, quote: bytes) -> bytes:
    """Return text with one space for every run of them, and none where a line begins or ends; quoted text stays."""
    if quote not in text:
        text = _SPACES.sub(b" ", text) if b"  " in text else text
        for end in (b"\n", b"\r"):
            text = text.replace(b" " + end, end).replace(end + b" ", end)
        return text.lstrip(b" ")
    pattern = re.compile(quote + b"[^" + quote + rb"]*(?:" + quote + rb"|$)| *(\r\n|\r|\n) *| +")
    return pattern.sub(_collapsed_match, text).lstrip(b" ")


def _collapsed_match(found: re.Match[bytes]) -> bytes:
    if found[1]:
        return found[1]
    return b" " if found[0].isspace() else found[0]


def trailing_delimiter(source: FileBytes, line: int, n_names: int, *, also_rows: bool) -> DataError:
    """Make the error for a header, on ``line``, whose last name is empty and stands for no column."""
    subject = "the header and every row end" if also_rows else "the header ends"
    result = "holds nothing" if also_rows else f"the first row lacks: it has {n_names - 1} fields, not {n_names}"
    where = "each line" if also_rows else "the header"
    return DataError(
        f"{subject} with a delimiter, which makes a last column without a name that {result}",
        path=source.path,
        line=line,
        value="",
        remedy=f"Remove the delimiter at the end of {where}",
    )


def _header_error(source: FileBytes, start: int, problem: str, value: Any, remedy: str = _NAME_COLUMNS) -> DataError:
    return DataError(problem, path=source.path, line=source.line_at(start), value=value, remedy=remedy)
