"""A chunk of ordinary svmlight text, all its lines at once: tokenised by numpy, its numbers read by Arrow."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.data.exact import EXACT_INTEGER
from logistica.data.svmlight_line import Bounds

Numbers = NDArray[np.float64]
Indices = NDArray[np.int32]
Positions = NDArray[np.intp]

_INDEX_DIGITS = 9
_PART, _BLANK, _COLON, _NEWLINE, _FOREIGN = range(5)


@dataclass(frozen=True)
class Rows:
    """Rows as read.

    Attributes
    ----------
    labels : array of float64, shape (n_rows,)
    counts : array of int64, shape (n_rows,)
        Entries per row.
    indices, values : arrays of int32 and float64, shape (n_entries,)
        Indices as written, rising within each row, and their values.
    """

    labels: Numbers
    counts: NDArray[np.int64]
    indices: Indices
    values: Numbers


@dataclass(frozen=True)
class _Fields:
    """Labels, indices and values in the order of the text: where each starts and ends, and its kind."""

    starts: Positions
    ends: Positions
    is_index: NDArray[np.bool_]
    is_label: NDArray[np.bool_]


def _kinds() -> NDArray[np.uint8]:
    """For each of 256 bytes: part of a number, blank, colon, newline, or none of these."""
    kinds = np.full(256, _FOREIGN, np.uint8)
    for kind, characters in (
        (_PART, b"0123456789+-.eE"),
        (_BLANK, b" \t"),
        (_COLON, b":"),
        (_NEWLINE, b"\n"),
    ):
        kinds[list(characters)] = kind
    return kinds


_KINDS = _kinds()


def read_plain(chunk: bytes, bounds: Bounds) -> Rows | None:
    """Read the chunk as a whole.

    Returns None unless every line is plainly ``label index:value ...`` with no index twice and all within
    ``bounds``; :func:`~logistica.data.svmlight_line.parse_line` then decides.
    """
    text = np.frombuffer(chunk if chunk.endswith(b"\n") else chunk + b"\n", np.uint8)
    fields = _plain_fields(text)
    if fields is None:
        return None
    is_number = ~fields.is_index
    indices = _plain_indices(text, fields.starts[fields.is_index], fields.ends[fields.is_index])
    numbers = _plain_cells(text, fields.starts[is_number], fields.ends[is_number])
    if indices is None or numbers is None:
        return None
    counts = np.diff(np.flatnonzero(fields.is_label), append=len(fields.starts)) // 2
    is_label = fields.is_label[is_number]
    rows = Rows(numbers[is_label], counts, indices, numbers[~is_label])
    if not _is_within(rows, bounds):
        return None
    rows = rows if _is_rising(rows) else _sorted(rows)
    return rows if _is_rising(rows) else None


def _plain_fields(text: NDArray[np.uint8]) -> _Fields | None:
    """Split the text; None unless every line that is not blank is a label, then pairs joined by a colon."""
    kinds = _KINDS[text]
    if kinds.max() == _FOREIGN:
        return None
    edges = np.flatnonzero(np.diff(kinds == _PART, prepend=False))
    starts, ends = edges[::2], edges[1::2]
    newlines = np.cumsum(kinds == _NEWLINE)
    is_label = np.diff(newlines[starts], prepend=-1) > 0
    is_value = kinds[starts - 1] == _COLON
    is_index = kinds[ends] == _COLON
    n_colons = np.count_nonzero(kinds == _COLON)
    if n_colons != np.count_nonzero(is_index) or n_colons != np.count_nonzero(is_value):
        return None
    if np.any(is_index & is_value) or not np.array_equal(is_label, ~(is_index | is_value)):
        return None
    return _Fields(starts, ends, is_index, is_label)


def _is_within(rows: Rows, bounds: Bounds) -> bool:
    """Whether numbers are small enough to be exact, and indices within bounds."""
    if any(np.abs(numbers).max(initial=0.0) >= EXACT_INTEGER for numbers in (rows.labels, rows.values)):
        return False
    if not len(rows.indices):
        return True
    return bool(rows.indices.min() >= bounds.first and rows.indices.max() <= bounds.last)


def _is_rising(rows: Rows) -> bool:
    """Whether indices rise strictly within each row: sorted, and none twice."""
    rising = np.diff(rows.indices, prepend=-1) > 0
    first_entries = (np.cumsum(rows.counts) - rows.counts)[rows.counts > 0]
    rising[first_entries] = True
    return bool(rising.all())


def _sorted(rows: Rows) -> Rows:
    row_of_entry = np.repeat(np.arange(len(rows.counts)), rows.counts)
    order = np.lexsort((rows.indices, row_of_entry))
    return replace(rows, indices=rows.indices[order], values=rows.values[order])


def _plain_indices(text: NDArray[np.uint8], starts: Positions, ends: Positions) -> Indices | None:
    """Read fields of one to nine digits, one digit of all fields at a time; None if any is not that."""
    lengths = ends - starts
    if not len(lengths):
        return np.empty(0, np.int32)
    longest = int(lengths.max())
    if longest > _INDEX_DIGITS:
        return None
    indices = np.zeros(len(starts), np.int32)
    for place in range(longest):
        here = lengths > place
        digits = text[starts[here] + place] - np.uint8(ord("0"))
        if digits.max() > 9:
            return None
        indices[here] = indices[here] * 10 + digits
    return indices


def _plain_cells(text: NDArray[np.uint8], starts: Positions, ends: Positions) -> Numbers | None:
    """Read fields as finite float64, correctly rounded; None if any is not that."""
    import pyarrow as pa  # noqa: PLC0415 - what is compiled does without it

    starts = starts + ((text[starts] == ord("+")) & (text[starts + 1] != ord("+")) & (text[starts + 1] != ord("-")))
    lengths = ends - starts
    offsets = np.concatenate(([0], np.cumsum(lengths)))
    gathered = text[np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])]
    fields = pa.Array.from_buffers(
        pa.large_string(), len(starts), [None, pa.py_buffer(offsets), pa.py_buffer(gathered)]
    )
    try:
        numbers: Numbers = fields.cast(pa.float64()).to_numpy()
    except pa.ArrowInvalid:
        return None
    return numbers if np.isfinite(numbers).all() else None
