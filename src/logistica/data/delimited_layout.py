"""The layout of a CSV or TSV file, told from its bytes alone: encoding, delimiter, header, quotes, records.

The parser that follows is fast but lenient; what it would let pass in silence is refused here, with the line.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.data.delimited_header import delimiter_of, header_names, record_end, trailing_delimiter
from logistica.data.filebytes import FileBytes

Positions = NDArray[np.int64]

_PIECE = 1 << 22
_QUOTE, _LF, _CR = b'"\n\r'


@dataclass(frozen=True)
class Layout:
    """Where things are in a delimited file.

    Attributes
    ----------
    source : FileBytes
    delimiter : bytes
        A comma, tab or semicolon.
    names : tuple of str
        The header, verbatim; unique.
    header : int
        Byte offset of the header.
    body : int
        Byte offset of the first record after the header.
    quotes : array of int64
        Byte offsets of all quotes after the header, in pairs: an opening one, a closing one.
    """

    source: FileBytes
    delimiter: bytes
    names: tuple[str, ...]
    header: int
    body: int
    quotes: Positions


@dataclass(frozen=True)
class Records:
    """The records after the header, as byte offsets.

    Attributes
    ----------
    source : FileBytes
    starts, ends : array of int64, shape (n_records,)
        The first byte of each record, and the one after its last; blank lines are no records.
    blank : array of int64
        Where the blank lines start.
    """

    source: FileBytes
    starts: Positions
    ends: Positions
    blank: Positions

    def line(self, row: int) -> int:
        """Tell the line, from 1, on which a record starts; rows count from 0."""
        return self.source.line_at(int(self.starts[row]))


def layout_of(source: FileBytes) -> Layout:
    """Check the text as such, and find delimiter, header and quotes.

    Raises
    ------
    DataError
        The file is empty or not UTF-8 text, has no header, repeats a name in it, or its quotes do not match.
    """
    start = _checked_text(source)
    end = record_end(source.data, start)
    delimiter = delimiter_of(source.data, start, end)
    quotes = positions(source.data, _QUOTE, start)
    _check_quotes(source, quotes, delimiter, start)
    names = header_names(source, start, end, delimiter)
    return Layout(source, delimiter, names, start, end, quotes[np.searchsorted(quotes, end) :])


def positions(data: bytes, byte: int, start: int) -> Positions:
    """Byte offsets, from ``start`` on, at which ``byte`` occurs."""
    view = np.frombuffer(data, np.uint8)
    found = [np.flatnonzero(view[here : here + _PIECE] == byte) + here for here in range(start, len(view), _PIECE)]
    return np.concatenate([np.empty(0, np.int64), *found]).astype(np.int64, copy=False)


def records(layout: Layout) -> Records:
    """Split the file after the header into records; a line end inside quotes does not end one."""
    data = layout.source.data
    ends = positions(data, _LF, layout.body)
    if data.find(b"\r", layout.body) >= 0:
        returns = positions(data, _CR, layout.body)
        ends = np.union1d(ends, returns[~np.isin(returns + 1, ends)])
    ends = _outside(ends, layout.quotes)
    if len(data) > (ends[-1] + 1 if len(ends) else layout.body):
        ends = np.append(ends, len(data))
    starts = np.concatenate(([layout.body], ends[:-1] + 1))[: len(ends)]
    view = np.frombuffer(data, np.uint8)
    is_blank = (ends == starts) | ((ends == starts + 1) & (view[starts.clip(max=len(view) - 1)] == _CR))
    return Records(layout.source, starts[~is_blank], ends[~is_blank], starts[is_blank])


def check_widths(layout: Layout, rows: Records) -> None:
    """Raise a DataError for the first record that has not as many fields as the header."""
    delimiters = _outside(positions(layout.source.data, layout.delimiter[0], layout.body), layout.quotes)
    widths = 1 + np.searchsorted(delimiters, rows.ends) - np.searchsorted(delimiters, rows.starts)
    ragged = np.flatnonzero(widths != len(layout.names))
    if len(ragged):
        first = ragged[0]
        if not layout.names[-1] and first == 0 and widths[0] == len(layout.names) - 1:
            raise trailing_delimiter(layout.source, layout.header, len(layout.names), also_rows=False)
        fields = "1 field" if widths[first] == 1 else f"{widths[first]} fields"
        raise DataError(
            f"{fields}, expected {len(layout.names)}",
            path=layout.source.path,
            line=rows.line(int(first)),
            value=int(widths[first]),
            count=len(ragged),
            remedy="Give each line as many fields as the header; put a field with the delimiter in quotes",
        )


def _outside(places: Positions, quotes: Positions) -> Positions:
    return places[np.searchsorted(quotes, places) % 2 == 0] if len(quotes) else places


def _checked_text(source: FileBytes) -> int:
    """Check that the text is UTF-8 without NUL; returns the offset of its first line that is not blank."""
    start = source.text_start()
    nul = source.data.find(b"\0")
    if nul >= 0:
        raise DataError(
            f"a NUL byte at byte offset {nul}",
            path=source.path,
            line=source.line_at(nul),
            value=b"\0",
            remedy="Save the file as UTF-8 text (UTF-16 looks like this), or repair it",
        )
    if not source.data.isascii():
        _check_utf8(source)
    while source.data[start : start + 1] in {b"\n", b"\r"}:
        start += 1
    if start == len(source.data):
        raise DataError("the file is empty", path=source.path, remedy="Give a file with a header and rows")
    return start


def _check_utf8(source: FileBytes) -> None:
    bounds = pa.py_buffer(np.array([0, len(source.data)], np.int64))
    whole = pa.Array.from_buffers(pa.large_binary(), 1, [None, bounds, pa.py_buffer(source.data)])
    try:
        whole.cast(pa.large_string())
    except pa.ArrowInvalid:
        _raise_encoding(source)


def _raise_encoding(source: FileBytes) -> None:
    try:
        source.data.decode("utf-8")
    except UnicodeDecodeError as error:
        byte = source.data[error.start : error.start + 1]
        raise DataError(
            f"byte 0x{byte.hex()} at byte offset {error.start} is not UTF-8",
            path=source.path,
            line=source.line_at(error.start),
            value=byte,
            remedy="Save the file as UTF-8; if it is Latin-1 now: iconv -f latin1 -t utf-8",
        ) from error


def _check_quotes(source: FileBytes, quotes: Positions, delimiter: bytes, start: int) -> None:
    """Check that quotes begin and end fields, and that those within a field are doubled."""
    if not len(quotes):
        return
    view = np.frombuffer(source.data, np.uint8)
    beside = np.zeros(256, bool)
    beside[[delimiter[0], _QUOTE, _LF, _CR]] = True
    opening, closing = quotes[::2], quotes[1::2]
    bad_opening = opening[~beside[view[opening - 1]] & (opening > start)]
    bad_closing = closing[~beside[view[(closing + 1).clip(max=len(view) - 1)]]]
    first_opening = int(bad_opening[0]) if len(bad_opening) else len(view)
    first_closing = int(bad_closing[0]) if len(bad_closing) else len(view)
    if first_closing < first_opening:
        raise _unclosed(source, quotes[: np.searchsorted(quotes, first_closing)], first_closing)
    if first_opening < len(view):
        raise DataError(
            "a quote inside a field that does not begin with one",
            path=source.path,
            line=source.line_at(first_opening),
            value='"',
            remedy="Quote the whole field, with its own quotes doubled and no blank before the first",
        )
    if len(quotes) % 2:
        raise _unclosed(source, quotes, None)


def _unclosed(source: FileBytes, quotes: Positions, closing: int | None) -> DataError:
    """Make the error for the field that begins with the last opening one of ``quotes``."""
    opening = next(
        int(quotes[i])
        for i in range(len(quotes) - 1, -1, -1)
        if i % 2 == 0 and (i == 0 or quotes[i] != quotes[i - 1] + 1)
    )
    why = (
        "is never closed"
        if closing is None
        else f"is not closed: text follows its next quote on line {source.line_at(closing)}"
    )
    return DataError(
        f"the quote that opens here {why}",
        path=source.path,
        line=source.line_at(opening),
        value='"',
        remedy="Close the field with a quote, and double the quotes inside it",
    )
