"""Columns of numbers that come in many pieces, laid down side by side as they come.

A sweep over rows reads long columns where they lie; of columns in thousands of pieces it would have to copy each block.
"""

from __future__ import annotations

from bisect import bisect_right
from threading import Lock
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logistica.data.arrow_numpy import is_plain, values_of

LONGEST = 1 << 20
"""Rows of a stretch, 8 MiB: NumPy asks the system for large pages from 4 MiB on."""
GRAIN = 1 << 14
"""Stretches end at multiples of this, so that no block of rows, which has as many or a power of two less, is in two."""
FEWEST = 1000
"""Rows of a piece from which on it pays: with 10,000 columns of 25 rows, the calls took half as long as reading."""
_LINE, _LINES = 8, 64
"""Numbers in a line of a processor's cache, and lines in a page. Memory for long columns starts at a page; if all did,
the same row of each would be kept in one place of the cache, for which there are too many."""
_ROOM = 1.02
"""How much more than what seems to be coming is made room for."""


class Span(NamedTuple):
    """Rows ``start`` to ``stop`` - 1 of a column, and their numbers of 64 bits."""

    start: int
    stop: int
    values: NDArray[np.uint64]


class LongColumns:
    """Room for the numbers of a table, by column and row, made as it is asked for; threads may ask at once.

    Attributes
    ----------
    expected : int
        How many rows there will be, as far as can be told; 0 where chunks are few and stay as they are. With more or
        fewer nothing differs but time and memory.
    """

    def __init__(self, expected: int = 0) -> None:
        self.expected = expected
        self._starts = [0]
        self._held: dict[str, list[NDArray[np.uint64] | None]] = {}
        self._lock = Lock()

    def spans(self, name: str, first: int, stop: int) -> list[Span]:
        """Return the room for rows ``first`` to ``stop`` - 1 of a column."""
        found, starts = [], self._starts
        with self._lock:
            while starts[-1] < stop:
                starts.append(starts[-1] + self._next_length(stop))
            here = bisect_right(starts, first) - 1
            while first < stop:
                end = min(stop, starts[here + 1])
                room = self._stretch(name, here)[first - starts[here] : end - starts[here]]
                found.append(Span(first, end, room))
                first, here = end, here + 1
        return found

    def lay(self, name: str, first: int, chunks: list[Any]) -> list[Any]:
        """Put a column's chunks where its rows from ``first`` on belong, and return them; all but plain ones stay."""
        if not self.expected:
            return chunks
        laid = []
        for chunk in chunks:
            if is_plain(chunk.type) and chunk.type.bit_width == 64 and not chunk.null_count:
                values = values_of(chunk)
                for start, stop, room in self.spans(name, first, first + len(chunk)):
                    part = values[start - first : stop - first].view(np.uint64)
                    if room.ctypes.data != part.ctypes.data:
                        room[:] = part
                    laid.append(array_of(room, chunk.type))
            else:
                laid.append(chunk)
            first += len(chunk)
        return laid

    def whole(self, name: str, n_rows: int, kind: Any) -> list[Any]:
        """Return the column, of which all rows were laid, as few long chunks."""
        return [array_of(span.values, kind) for span in self.spans(name, 0, n_rows)]

    def forget(self, name: str) -> None:
        """Let go of a column."""
        self._held.pop(name, None)

    def _next_length(self, needed: int) -> int:
        """Return how many rows the next stretch has, with so many needed in all."""
        coming = max(needed, int(_ROOM * self.expected)) - self._starts[-1]
        if coming < GRAIN:  # many columns of few rows each: a power of two divides no block either
            return 1 << (coming - 1).bit_length()
        return min(-(-coming // GRAIN) * GRAIN, LONGEST)

    def _stretch(self, name: str, place: int) -> NDArray[np.uint64]:
        held = self._held.setdefault(name, [])
        held += [None] * (place + 1 - len(held))
        stretch = held[place]
        if stretch is None:
            begin = _LINE * (len(self._held) % _LINES)
            stretch = held[place] = np.empty(begin + self._starts[place + 1] - self._starts[place], np.uint64)[begin:]
        return stretch


def array_of(values: NDArray[np.uint64], kind: Any, present: Any = None) -> Any:
    """Return numbers of 64 bits as an Arrow array, by reference; ``present`` are bits, not set where none is."""
    buffers = [None if present is None else pa.py_buffer(present), pa.py_buffer(values)]
    return pa.Array.from_buffers(kind, len(values), buffers, 0 if present is None else -1)
