"""svmlight text (also called libsvm) to a sparse matrix: strict, and fast.

The text is read in chunks of lines, so that the scratch memory stays small. Ordinary chunks are read as a
whole; one that is not of the plainest form goes line by line through :mod:`logistica.data.svmlight_line`,
which reads it or says what is wrong with it and where.

Accepted: labels that are finite decimal numbers; indices from 0 or from 1, in any order within a line;
comments from ``#`` to the end of a line; blank lines; lines with a label only (a row of zeros); blanks and
tabs; LF, CRLF and CR line ends, the last one optional; a UTF-8 byte order mark. Refused, with line, field and
remedy: everything else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from logistica.core.errors import OptionError
from logistica.core.threads import thread_count
from logistica.data import plain_svmlight
from logistica.data.ahead import ahead
from logistica.data.exact import EXACT_INTEGER
from logistica.data.filebytes import FileBytes, Path, line_ends, read_bytes
from logistica.data.growing import GrowingRows
from logistica.data.svmlight_chunk import Numbers, Rows, read_plain
from logistica.data.svmlight_line import MAX_COLUMNS, Bounds, Place, parse_line

CHUNK_BYTES = 1 << 21

_COMMENT = re.compile(rb"#[^\n]*")


@dataclass(frozen=True)
class SvmlightData:
    """The rows of an svmlight file.

    Attributes
    ----------
    X : csr_array of float64, shape (n_rows, n_columns)
        Column 0 is the one with index ``index_base``. Rows are sorted and free of duplicates.
    y : array of int64, or of float64 if not all are whole, shape (n_rows,)
        The labels.
    index_base : int
        The index of the first column: 0 or 1.
    """

    X: csr_array
    y: NDArray[Any]
    index_base: int

    @property
    def n_columns(self) -> int:
        """The width: as given, or up to the largest index."""
        return int(self.X.shape[1])


@dataclass(frozen=True, eq=False)
class SvmlightOrigin:
    """The file that rows were read from, kept to say on which line one of them is.

    Attributes
    ----------
    source : FileBytes
    """

    source: FileBytes

    @property
    def path(self) -> str:
        """The file's name, for messages."""
        return self.source.path

    def line(self, row: int) -> int:
        """Tell the line, from 1, of a row, from 0."""
        chunks = _chunks(self.source)
        numbered = (place for chunk, first in chunks for place in enumerate(_plain_lines(chunk).split(b"\n"), first))
        return next(islice((line for line, text in numbered if text.strip(b" \t")), row, None))


def read(source: Path | FileBytes, *, index_base: int | None = None, n_columns: int | None = None) -> SvmlightData:
    """Read svmlight text.

    Parameters
    ----------
    source : path, "-" for standard input, or FileBytes
        Plain or gzip.
    index_base : 0 or 1, optional
        The index of the first column. By default 0 if any index 0 occurs in the file, otherwise 1.
    n_columns : int, optional
        The width; a larger index is an error. By default the largest index decides.

    Raises
    ------
    DataError
        Naming line, field and remedy; nothing is guessed and no row is left out.
    """
    bounds = _checked_bounds(index_base, n_columns)
    source = read_bytes(source)
    rows = _rows(source, bounds)
    bounds = _settled_bounds(rows, bounds, source)
    return SvmlightData(_matrix(rows, bounds), _labels(rows.labels), bounds.first)


def _checked_bounds(index_base: int | None, n_columns: int | None) -> Bounds:
    if index_base not in {None, 0, 1}:
        raise OptionError(f"index_base is {index_base!r}; it can be 0, 1 or None (told from the file).")
    if n_columns is not None and not 0 <= n_columns <= MAX_COLUMNS:
        raise OptionError(f"n_columns is {n_columns!r}; it can be 0 to {MAX_COLUMNS:,}.")
    return Bounds(index_base, n_columns)


def _chunks(source: FileBytes) -> Iterator[tuple[bytes, int]]:
    """Yield about CHUNK_BYTES of whole lines, and the number of the first one."""
    line, waiting = 1, list[bytes]()
    for piece in source.pieces(source.text_start(), CHUNK_BYTES):
        end = _last_end(piece)
        if end:
            chunk = b"".join([*waiting, piece[:end]])
            yield chunk, line
            line += line_ends(chunk)
            waiting = []
        waiting.append(piece[end:])
    if any(waiting):
        yield b"".join(waiting), line


def _last_end(piece: bytes) -> int:
    """Return the offset after the last end of a line; a CR at the end of the piece may be the first half of one."""
    end = piece.rfind(b"\n")
    return max(end, piece.rfind(b"\r", end + 1, -1)) + 1


def _rows(source: FileBytes, bounds: Bounds) -> Rows:
    """Read all rows, chunks of a large file on several threads."""

    def read_chunk(chunk: tuple[bytes, int]) -> tuple[Rows, int]:
        text, line = chunk
        return _read_chunk(text, line, source.path, bounds), len(text)

    chunks = _chunks(source)
    is_large = source.size > CHUNK_BYTES
    growing = GrowingRows(source.size)
    for rows, n_bytes in ahead(chunks, read_chunk, thread_count(None)) if is_large else map(read_chunk, chunks):
        growing.add(rows, n_bytes)
    return growing.rows()


def _read_chunk(chunk: bytes, first_line: int, path: str, bounds: Bounds) -> Rows:
    """Read whole lines: at once where they are plain, else line by line, the only way to a message."""
    rows = plain_svmlight.read(chunk, bounds)
    if rows is None:
        lines = _plain_lines(chunk)
        rows = read_plain(lines, bounds)
    return _read_lines(lines, first_line, path, bounds) if rows is None else rows


def _plain_lines(chunk: bytes) -> bytes:
    """Return lines that end with LF, without comments."""
    if b"\r" in chunk:
        chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _COMMENT.sub(b"", chunk) if b"#" in chunk else chunk


def _read_lines(lines: bytes, first_line: int, path: str, bounds: Bounds) -> Rows:
    """Read line by line: slow and exact."""
    parsed = [
        row
        for number, line in enumerate(lines.split(b"\n"), first_line)
        if (row := parse_line(line, Place(path, number), bounds)) is not None
    ]
    return Rows(
        np.array([label for label, _ in parsed], np.float64),
        np.array([len(values) for _, values in parsed], np.int64),
        np.array([index for _, values in parsed for index in values], np.int32),
        np.array([value for _, values in parsed for value in values.values()], np.float64),
    )


def _settled_bounds(rows: Rows, bounds: Bounds, source: FileBytes) -> Bounds:
    """Let the rows decide the index base; where that makes an index too large, find its line."""
    if bounds.index_base is not None:
        return bounds
    base = 0 if len(rows.indices) and rows.indices.min() == 0 else 1
    settled = Bounds(base, bounds.n_columns)
    if len(rows.indices) and rows.indices.max() > settled.last:
        for chunk, line in _chunks(source):
            _read_lines(_plain_lines(chunk), line, source.path, settled)
    return settled


def _matrix(rows: Rows, bounds: Bounds) -> csr_array:
    base = bounds.first
    width = bounds.n_columns
    if width is None:
        width = int(rows.indices.max()) + 1 - base if len(rows.indices) else 0
    index_type = np.int32 if len(rows.indices) < np.iinfo(np.int32).max else np.int64
    row_starts = np.zeros(len(rows.counts) + 1, index_type)
    np.cumsum(rows.counts, out=row_starts[1:])
    columns = np.subtract(rows.indices, np.int32(base), out=rows.indices).astype(index_type, copy=False)
    return csr_array((rows.values, columns, row_starts), shape=(len(rows.labels), width))


def _labels(labels: Numbers) -> NDArray[Any]:
    if np.all(labels == np.floor(labels)) and np.abs(labels).max(initial=0.0) < EXACT_INTEGER:
        return labels.astype(np.int64)
    return labels
