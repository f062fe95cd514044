"""Pieces of delimited text whose cells need no second look, read by a compiled pass.

Several times as fast as Arrow's reader, which reads everything else, and all of it where nothing was compiled: what
comes out is the same, bit for bit.
"""

from __future__ import annotations

import ctypes
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logistica.core.compiled import library as _library
from logistica.core.compiled import start_of
from logistica.core.interface import STRUCTURES
from logistica.data.decimals import powers_of_five
from logistica.data.delimited_header import Marks
from logistica.data.delimited_types import NULLS
from logistica.data.long_columns import LongColumns, Span, array_of

_KINDS = (pa.int64(), pa.float64(), pa.string())
"""By the numbers that the compiled pass has for them."""
_END = b"\xff"
_MISSING = b"".join(bytes([len(cell)]) + cell.encode() for cell in NULLS) + _END
_NEVER_DELIMITERS = b"0123456789.+-eE\r\n\0"
_MOST_BYTES = (1 << 31) - 1


def are_plain(types: Mapping[str, Any], marks: Marks) -> bool:
    """Whether columns of these types may be read here."""
    return (
        _library() is not None
        and marks.delimiter not in _NEVER_DELIMITERS
        and all(any(kind.equals(plain) for plain in _KINDS) for kind in types.values())
    )


def read(
    text: bytes,
    most_rows: int,
    types: Mapping[str, Any],
    marks: Marks,
    columns: LongColumns | None = None,
    first_row: int = 0,
) -> Any:
    """Read a piece of text as a :class:`pyarrow.Table`.

    Parameters
    ----------
    text : bytes
        Whole records of UTF-8, without the header.
    most_rows : int
        At least as many as it has.
    types : mapping of name to type
        int64, float64 or string for each column of the file, in its order.
    columns : LongColumns, optional
        Where numbers are written to; default: to columns of the piece's own.
    first_row : int
        The row of ``columns`` that comes first.

    Returns
    -------
    table or None
        None if anything in it must be looked at otherwise: quotes, blank lines, records of another width, leading
        zeros or a plus sign, numbers from 2**53 on or below 2**-1021, more than 19 digits, blanks beside a number,
        what is no number in a column of them.
    """
    library = _library()
    if library is None or len(text) > _MOST_BYTES:
        return None
    most_rows = min(most_rows, (len(text) + 1) // len(types))  # blank lines are none: each cell has a byte at its end
    form = _Form(list(types.values()), marks)
    valid = np.full((len(types), (most_rows + 7) // 8), 0xFF, np.uint8)
    room = _rooms(types, most_rows, columns, first_row)
    at, row = np.zeros(1, np.int64), 0
    for spans in zip(*room, strict=True):
        places = np.array([start_of(span.values) - 8 * (span.start - first_row) for span in spans], np.uintp)
        row = library.logistica_plain_columns(
            ctypes.byref(form), text, len(text), start_of(at), start_of(places), start_of(valid), valid.shape[1], row,
            spans[0].stop - first_row,
        )  # fmt: skip
        if row < 0:
            return None
    if at[0] < len(text):
        return None
    arrays = [
        _column(text, kind, spans, first_row + row, present)
        for kind, spans, present in zip(types.values(), room, valid, strict=True)
    ]
    return pa.Table.from_arrays(arrays, names=list(types))


def _rooms(types: Mapping[str, Any], n_rows: int, columns: LongColumns | None, first_row: int) -> list[list[Span]]:
    """Return the room for each column, in spans of the same rows; of texts, for where they are."""
    stop = first_row + n_rows
    if columns is None:
        return [[Span(first_row, stop, np.empty(n_rows, np.uint64))] for _ in types]
    numbers = (name for name, kind in types.items() if not pa.types.is_string(kind))
    found = {name: columns.spans(name, first_row, stop) for name in numbers}
    cuts = [(span.start, span.stop) for span in next(iter(found.values()), ())] or [(first_row, stop)]
    for name in types.keys() - found.keys():
        own = np.empty(n_rows, np.uint64)
        found[name] = [Span(start, end, own[start - first_row : end - first_row]) for start, end in cuts]
    return [found[name] for name in types]


def _column(text: bytes, kind: Any, spans: list[Span], stop: int, present: NDArray[np.uint8]) -> Any:
    """Return the rows of a column before ``stop``; where it has gaps, or is text, in one piece."""
    parts = [span.values[: stop - span.start] for span in spans if span.start < stop] or [spans[0].values[:0]]
    has_gaps = bool((present != 0xFF).any())
    is_text = pa.types.is_string(kind)
    if len(parts) > 1 and not (has_gaps or is_text):
        return pa.chunked_array([array_of(part, kind) for part in parts], kind)
    values = parts[0] if len(parts) == 1 else np.concatenate(parts)
    if not is_text:
        return array_of(values, kind, present if has_gaps else None)
    buffers = [pa.py_buffer(present) if has_gaps else None, *_texts(text, values)]
    return pa.Array.from_buffers(kind, len(values), buffers, -1 if has_gaps else 0)


class _Form(ctypes.Structure):
    """What a piece of text is like, as the compiled pass has it."""

    _fields_ = STRUCTURES["form"]

    def __init__(self, kinds: list[Any], marks: Marks) -> None:
        ends = marks.delimiter + marks.quote + b"\r\n\0"
        self._powers = powers_of_five()  # held here: the cache drops it where another thread makes its own
        super().__init__(
            len(kinds),
            bytes(_KINDS.index(kind) for kind in kinds),
            self._powers.ctypes.data,
            _MISSING,
            max(map(len, NULLS)),
            bytes(byte in ends for byte in range(256)),
            marks.delimiter[0],
        )


def _texts(text: bytes, where: NDArray[np.uint64]) -> list[Any]:
    """Return the offsets and the bytes of a column of text, of which ``where`` tells offsets and lengths."""
    offsets = np.empty(len(where) + 1, np.int32)
    content = np.empty(int((where & 0xFFFFFFFF).sum()), np.uint8)
    _library().logistica_plain_texts(text, where.ctypes.data, len(where), offsets.ctypes.data, content.ctypes.data)
    return [pa.py_buffer(offsets), pa.py_buffer(content)]
