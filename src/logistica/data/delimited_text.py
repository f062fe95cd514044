"""The rows of a delimited file as pieces of text: whole records each, checked, without comments.

The parser that follows is fast but lenient; what it would let pass in silence is refused here, with the line.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.data.delimited_header import collapsed, trailing_delimiter
from logistica.data.delimited_quotes import check_quotes, outside, positions
from logistica.data.filebytes import FileBytes, line_ends

if TYPE_CHECKING:
    from logistica.data.delimited_layout import Layout

Positions = NDArray[np.int64]

_COMMENT = re.compile(rb"(?:\A|(?<=[\r\n]))#[^\r\n]*(?=([\r\n])|(\Z))")
_LF, _CR = b"\n\r"


@dataclass(frozen=True)
class Piece:
    """Some records.

    Attributes
    ----------
    text : bytes
        Comments are blank lines in it.
    line : int
        The line, from 1, on which it starts.
    n_line_ends : int
        Those within quotes too.
    comments : frozenset of int
        Lines that were comments.
    """

    text: bytes
    line: int
    n_line_ends: int
    comments: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Records:
    """The records of a piece.

    Attributes
    ----------
    count : int
    lines : array of int64, shape (count,), or None
        The line, from 1, of each; None if they follow one another from the piece's first line.
    blank : int or None
        The line of the first blank line that was no comment.
    n_blank : int
        How many there are.
    """

    count: int
    lines: NDArray[np.int64] | None = None
    blank: int | None = None
    n_blank: int = 0


class Encoding:
    """Checks, piece by piece, that text is UTF-8 and holds no NUL."""

    def __init__(self, source: FileBytes, start: int = 0) -> None:
        self.source = source
        self._offset = start
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def look(self, data: bytes, *, is_last: bool) -> None:
        """Look at the next piece."""
        nul = data.find(b"\0")
        if nul >= 0:
            self._refuse_nul(self._offset + nul)
        pending = len(self._decoder.getstate()[0])
        if pending or not data.isascii():
            try:
                self._decoder.decode(data, final=is_last)
            except UnicodeDecodeError as error:
                self._refuse(self._offset - pending + error.start, error)
        self._offset += len(data)

    def _refuse_nul(self, offset: int) -> None:
        raise DataError(
            f"a NUL byte at byte offset {offset}",
            path=self.source.path,
            line=self.source.line_at(offset),
            value=b"\0",
            remedy="Save the file as UTF-8 text (UTF-16 looks like this), or repair it",
        )

    def _refuse(self, offset: int, error: UnicodeDecodeError) -> None:
        byte = self.source.read(offset, offset + 1)
        raise DataError(
            f"byte 0x{byte.hex()} at byte offset {offset} is not UTF-8",
            path=self.source.path,
            line=self.source.line_at(offset),
            value=byte,
            remedy="Save the file as UTF-8; if it is Latin-1 now: iconv -f latin1 -t utf-8",
        ) from error


def pieces(layout: Layout) -> Iterator[Piece]:
    """Yield the records after the header, piece by piece, each checked for encoding and quotes."""
    encoding = Encoding(layout.source, layout.body)
    line, rest, waiting = layout.body_line, b"", []
    done, size = layout.body, layout.source.size
    n_waiting, comments = 0, frozenset[int]()
    for raw in layout.source.pieces(layout.body):
        done += len(raw)
        is_last = done >= size
        encoding.look(raw, is_last=is_last)
        waiting.append(raw)
        n_waiting += len(raw)
        if n_waiting < len(rest) and not is_last:
            continue  # a record longer than a piece: what has no end yet is looked at again when it has doubled
        rest, waiting, n_waiting = b"".join([rest, *waiting]), [], 0
        text, found, sure = _without_comments(rest, line, layout, is_last)
        comments = found.union(known for known in comments if known >= line)
        cut = len(text) if is_last else _last_end(text, layout.marks.quote)
        whole = text[:cut] if cut else text
        check_quotes(layout.source, whole[:sure], line, layout.marks, is_whole=bool(cut))
        rest = text[cut:]
        if cut:
            piece = collapsed(whole, layout.marks.quote) if layout.marks.delimiter == b" " else whole
            n_line_ends = line_ends(whole)
            yield Piece(piece, line, n_line_ends, comments)
            line += n_line_ends


def records(piece: Piece, quote: bytes) -> Records:
    """Count the records of a piece, and find their lines; a line end inside quotes does not end one."""
    text = piece.text
    if quote not in text and b"\r" not in text and not text.startswith(b"\n") and b"\n\n" not in text:
        return Records(piece.n_line_ends + (not text.endswith(b"\n")))
    starts, ends, all_ends = bounds(text, quote)
    is_blank = _blank(text, starts, ends)
    lines = piece.line + np.searchsorted(all_ends, starts)
    blank = [line for line in lines[is_blank].tolist() if line not in piece.comments]
    return Records(int(np.count_nonzero(~is_blank)), lines[~is_blank], blank[0] if blank else None, len(blank))


def bounds(text: bytes, quote: bytes) -> tuple[Positions, Positions, Positions]:
    """Find where lines outside quotes start and end, and all ends of lines, inside quotes too."""
    all_ends = positions(text, _LF)
    if b"\r" in text:
        returns = positions(text, _CR)
        all_ends = np.union1d(all_ends, returns[~np.isin(returns + 1, all_ends)])
    ends = outside(all_ends, positions(text, quote[0]) if quote in text else all_ends[:0])
    if len(text) > (ends[-1] + 1 if len(ends) else 0):
        ends = np.append(ends, len(text))
    return np.concatenate(([0], ends[:-1] + 1))[: len(ends)].astype(np.int64), ends, all_ends


def record_bounds(text: bytes, quote: bytes) -> tuple[Positions, Positions]:
    """Find where records start and end: lines outside quotes that are not blank."""
    starts, ends, _ = bounds(text, quote)
    is_blank = _blank(text, starts, ends)
    return starts[~is_blank], ends[~is_blank]


def _blank(text: bytes, starts: Positions, ends: Positions) -> NDArray[np.bool_]:
    """Mark the lines with nothing on them."""
    view = np.frombuffer(text, np.uint8)
    blank: NDArray[np.bool_] = (ends == starts) | (
        (ends == starts + 1) & (view[starts.clip(max=max(len(view) - 1, 0))] == _CR)
    )
    return blank


def check_widths(layout: Layout, piece: Piece, found: Records, first_row: int) -> None:
    """Raise a DataError for the first record that has not as many fields as the header."""
    text, marks = piece.text, layout.marks
    starts, ends = record_bounds(text, marks.quote)
    quotes = positions(text, marks.quote[0]) if marks.quote in text else starts[:0]
    delimiters = outside(positions(text, marks.delimiter[0]), quotes)
    widths = 1 + np.searchsorted(delimiters, ends) - np.searchsorted(delimiters, starts)
    ragged = np.flatnonzero(widths != len(layout.names))
    if not len(ragged):
        return
    first = int(ragged[0])
    line = piece.line + first if found.lines is None else int(found.lines[first])
    if not layout.names[-1] and first_row + first == 0 and widths[0] == len(layout.names) - 1:
        raise trailing_delimiter(layout.source, layout.header_line, len(layout.names), also_rows=False)
    fields = "1 field" if widths[first] == 1 else f"{widths[first]} fields"
    raise DataError(
        f"{fields}, expected {len(layout.names)}",
        path=layout.source.path,
        line=line,
        value=int(widths[first]),
        count=len(ragged),
        remedy="Give each line as many fields as the header; put a field with the delimiter in quotes",
    )


def comment_error(path: str, line: int, comment: bytes, taken_for: str, remedy: str = "") -> DataError:
    """Make the error for a line that begins with ``#`` and could be a comment or a part of the table."""
    return DataError(
        f"a line that begins with '#' may be a comment or {taken_for}",
        path=path,
        line=line,
        value=comment[:60].decode("utf-8", "backslashreplace"),
        remedy=f"Remove the line if it is a comment; if it is {taken_for}, {remedy}put its first field in quotes",
    )


def _without_comments(text: bytes, line: int, layout: Layout, is_last: bool) -> tuple[bytes, frozenset[int], int]:
    """Blank out the lines that begin with ``#`` outside quotes.

    Returns what is left, the lines that were comments, and how far it holds no part of another one.
    """
    if b"#" not in text or not _COMMENT.search(text):
        return text, frozenset(), len(text)
    quote, kept, lines = layout.marks.quote, [], set()
    start, n_quotes, unfinished = 0, 0, 0
    for found in _COMMENT.finditer(text):
        if found.end() == len(text) and not is_last:
            unfinished = len(found[0])
            break
        before = text[start : found.start()]
        n_quotes += before.count(quote)
        line += line_ends(before)
        kept.append(before)
        start = found.start()
        if n_quotes % 2:
            continue
        _check_comment(found[0], line, layout)
        lines.add(line)
        start = found.end()
        if before.endswith(b"\r") and text.startswith(b"\n", start):
            kept[-1] = before[:-1] + b"\n"  # or else the ends of two lines would become one
    kept.append(text[start:])
    left = b"".join(kept)
    return left, frozenset(lines), len(left) - unfinished


def _check_comment(comment: bytes, line: int, layout: Layout) -> None:
    if layout.marks.count(comment) == len(layout.names) - 1:
        raise comment_error(layout.source.path, line, comment, "a row")


def _last_end(text: bytes, quote: bytes) -> int:
    """Find the offset after the last record that certainly ends in ``text``; 0 if none does."""
    if quote not in text:
        end = max(text.rfind(b"\n"), text.rfind(b"\r", 0, len(text) - 1))
        return _not_within_crlf(text, end)
    _, ends, _ = bounds(text, quote)
    ends = ends[ends < len(text) - (text.endswith(b"\r"))]
    return _not_within_crlf(text, int(ends[-1])) if len(ends) else 0


def _not_within_crlf(text: bytes, end: int) -> int:
    return end + 1 + (text[end : end + 2] == b"\r\n") if end >= 0 else 0
