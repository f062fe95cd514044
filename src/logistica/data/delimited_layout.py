"""The layout of a delimited file, told from its first records: delimiter, quotes, header, and where the rows begin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from logistica.core.errors import DataError
from logistica.data.delimited_header import (
    DELIMITERS,
    Marks,
    delimiter_of,
    header_names,
    line_end,
    past_blank_lines,
    quote_of,
    record_end,
)
from logistica.data.delimited_quotes import check_quotes
from logistica.data.delimited_text import Encoding, comment_error
from logistica.data.filebytes import FileBytes, line_ends

_WINDOW = 1 << 20
_SAMPLE = 100


@dataclass(frozen=True)
class Layout:
    """Where things are in a delimited file.

    Attributes
    ----------
    source : FileBytes
    marks : Marks
        Delimiter and quote.
    names : tuple of str
        The header, verbatim; unique.
    header_line : int
        The line, from 1, on which the header starts.
    body : int
        Byte offset of the first record after the header.
    body_line : int
        Its line, from 1.
    """

    source: FileBytes
    marks: Marks
    names: tuple[str, ...]
    header_line: int
    body: int
    body_line: int


def layout_of(source: FileBytes) -> Layout:
    """Check the beginning of the text as such, and find delimiter, quote and header.

    Raises
    ------
    DataError
        The file is empty or not UTF-8 text, has no header, repeats a name in it, or two delimiters are possible.
    """
    first = source.text_start()
    window = _WINDOW
    while True:
        head = source.read(0, first + window)
        is_all = len(head) == source.size
        comments, start = _skipped(head, first)
        quote = quote_of(head[start:].splitlines()[0]) if start < len(head) else b'"'
        end = record_end(head, start, quote)
        if is_all or (end is not None and end < len(head)):
            break
        window *= 2
    Encoding(source).look(head, is_last=is_all)
    if start == len(head):
        raise _empty(source, len(comments))
    end = len(head) if end is None else end
    records = [head[start:end], *_sample(head, end, quote, is_all)]
    for delimiter in DELIMITERS:
        if len({count := Marks(delimiter, quote).count(record) for record in records}) == 1 and count:
            _check_comments(head, comments, records[0], Marks(delimiter, quote), source)
    marks = Marks(delimiter_of(source, start, records, quote), quote)
    check_quotes(source, head[start:end], source.line_at(start), marks, is_whole=True)
    _check_comments(head, comments, records[0], marks, source)
    names = header_names(source, start, head[start:end], marks)
    line = source.line_at(start)
    return Layout(source, marks, names, line, end, line + line_ends(head[start:end]))


def _skipped(head: bytes, start: int) -> tuple[list[int], int]:
    """Pass blank lines and comments: where the comments begin, and where the header does."""
    comments = []
    while start < len(head):
        if head[start : start + 1] in {b"\n", b"\r"}:
            start = past_blank_lines(head, start)
        elif head[start : start + 1] == b"#":
            comments.append(start)
            start = line_end(head, start)
        else:
            break
    return comments, start


def _sample(head: bytes, start: int, quote: bytes, is_all: bool) -> list[bytes]:
    """Return the first rows that are there in full; blank lines and comments are none."""
    rows: list[bytes] = []
    while start < len(head) and len(rows) < _SAMPLE:
        _, start = _skipped(head, start)
        end = record_end(head, start, quote)
        if end is None and not is_all:
            break
        rows += [head[start:end]] if start < len(head) else []
        start = len(head) if end is None else end
    return rows


def _empty(source: FileBytes, n_comments: int) -> DataError:
    if not n_comments:
        return DataError("the file is empty", path=source.path, remedy="Give a file with a header and rows")
    problem = "the file is empty but for lines that begin with '#', which are comments"
    remedy = "Give a file with a header and rows; if one of these is the header, remove its '#'"
    return DataError(problem, path=source.path, value=n_comments, count=n_comments, remedy=remedy)


def _check_comments(head: bytes, places: Sequence[int], header: bytes, marks: Marks, source: FileBytes) -> None:
    """Refuse a comment before the header that could be the header itself."""
    for place in places:
        comment = head[place : line_end(head, place)].strip()
        if marks.count(comment[1:].strip()) == marks.count(header):
            raise comment_error(source.path, source.line_at(place), comment, "the header", "remove its '#', or ")
