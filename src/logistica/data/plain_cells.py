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
from logistica.core.interface import STRUCTURES
from logistica.data.decimals import powers_of_five
from logistica.data.delimited_header import Marks
from logistica.data.delimited_types import NULLS

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


def read(text: bytes, most_rows: int, types: Mapping[str, Any], marks: Marks) -> Any:
    """Read a piece of text as a :class:`pyarrow.Table`.

    Parameters
    ----------
    text : bytes
        Whole records of UTF-8, without the header.
    most_rows : int
        At least as many as it has.
    types : mapping of name to type
        int64, float64 or string for each column of the file, in its order.

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
    values = [np.empty(most_rows, np.uint64) for _ in types]
    valid = np.full((len(types), (most_rows + 7) // 8), 0xFF, np.uint8)
    addresses = np.array([column.ctypes.data for column in values], np.uintp)
    n_rows = library.logistica_plain_columns(
        ctypes.byref(form), text, len(text), addresses.ctypes.data, valid.ctypes.data, most_rows
    )
    if n_rows < 0:
        return None
    columns = []
    for kind, column, present in zip(types.values(), values, valid, strict=True):
        content = _texts(text, column[:n_rows]) if pa.types.is_string(kind) else [pa.py_buffer(column)]
        has_gaps = bool((present != 0xFF).any())
        buffers = [pa.py_buffer(present) if has_gaps else None, *content]
        columns.append(pa.Array.from_buffers(kind, n_rows, buffers, -1 if has_gaps else 0))
    return pa.Table.from_arrays(columns, names=list(types))


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
