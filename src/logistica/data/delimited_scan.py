"""What is made of the pieces of a delimited file while those before them are taken: several at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Set
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar

import pyarrow as pa
from numpy.typing import NDArray

from logistica.core.threads import thread_count
from logistica.data import filebytes, long_columns, plain_cells
from logistica.data.ahead import ahead
from logistica.data.arrow_numpy import is_plain, values_of
from logistica.data.delimited_layout import Layout
from logistica.data.delimited_text import Piece, Records, pieces, records
from logistica.data.delimited_types import parse, reading_types
from logistica.data.delimited_zeros import has_negative_zero, leading_zeros
from logistica.data.exact import EXACT_INTEGER
from logistica.data.long_columns import LongColumns
from logistica.data.origin import LeadingZero

Made = TypeVar("Made")


@dataclass(frozen=True)
class Scanned:
    """A piece, and what is known about it.

    Attributes
    ----------
    piece : Piece
    found : Records
    zeros : mapping of str to LeadingZero
        For columns with leading zeros, the first cell.
    has_negative_zero : bool
        Whether a cell is perhaps -0.
    types : mapping of str to type
        What the columns had been when the piece was read.
    table : Arrow table or None
        Its columns, if they all are of these types.
    row : int or None
        Of a table whose numbers lie in the long columns: the row, of all, that was taken for its first.
    large : set of str
        Columns of the table that are :func:`perhaps_large`.
    """

    piece: Piece
    found: Records
    zeros: Mapping[str, LeadingZero]
    has_negative_zero: bool
    types: Mapping[str, Any]
    table: Any = None
    row: int | None = None
    large: Set[str] = frozenset()


@contextmanager
def scanned(layout: Layout, types: Mapping[str, Any], columns: LongColumns) -> Iterator[Iterator[Scanned]]:
    """Hand out the pieces in order; those of a large file are read, by the ``types`` so far, while others are taken.

    ``types`` changes meanwhile. A piece that was read by other types than those before it demand is read again, so
    that columns are the same however many threads there are. Numbers are written to ``columns`` where that is possible.
    """
    coming = _coming(layout, types, columns)
    try:
        yield coming
    finally:
        coming.close()


def perhaps_large(table: Any) -> Set[str]:
    """Name the columns of numbers some of which may lie where float64 skips whole numbers: few, in most files none."""
    return {
        name
        for name, column in zip(table.column_names, table.columns, strict=True)
        if is_plain(column.type) and not all(_is_small(values_of(chunk)) for chunk in column.chunks)
    }


def _is_small(values: NDArray[Any]) -> bool:
    """Whether no value, NaN and what stands at nulls included, reaches 2**53."""
    return not len(values) or bool(values.max() < EXACT_INTEGER and values.min() > -EXACT_INTEGER)


def in_turn(layout: Layout, work: Callable[[Piece], Made]) -> Iterator[Made]:
    """Yield what ``work`` makes of each piece, in order; of a large file on several threads."""
    if layout.source.size <= filebytes.PIECE_BYTES:
        return map(work, pieces(layout))
    return ahead(pieces(layout), work, thread_count(None))


def _coming(layout: Layout, types: Mapping[str, Any], columns: LongColumns) -> Generator[Scanned]:
    scan, rest = _Scan(layout, types, columns), pieces(layout)
    if layout.source.size <= filebytes.PIECE_BYTES:
        yield from map(scan.look, rest)
        return
    for piece in islice(rest, 1):
        first = scan.look(piece)  # it tells the types, without which reading others is in vain
        n_rows = first.found.count
        if n_rows >= long_columns.FEWEST:
            columns.expected = n_rows * (layout.source.size - layout.body) // len(piece.text)
        yield first
        yield from ahead(_placed(rest, n_rows), scan.read, thread_count(None))


def _placed(rest: Iterator[Piece], row: int) -> Iterator[tuple[Piece, int]]:
    """Yield each piece with the row that is its first if all before it are plain, or else a later one."""
    for piece in rest:
        yield piece, row
        row += most_rows(piece)


def most_rows(piece: Piece) -> int:
    """Return how many rows a piece has if it is plain, or else at most."""
    return piece.n_line_ends + (not piece.text.endswith(b"\n"))


class _Scan:
    """Looks at one piece, and reads it on one thread."""

    def __init__(self, layout: Layout, types: Mapping[str, Any], columns: LongColumns) -> None:
        self.layout, self.types, self.columns = layout, types, columns
        self.may_be_plain = True

    def look(self, piece: Piece) -> Scanned:
        marks = self.layout.marks
        zeros = leading_zeros(piece, self.layout.names, marks)
        found = records(piece, marks.quote)
        return Scanned(piece, found, zeros, has_negative_zero(piece.text), dict(self.types))

    def read(self, placed: tuple[Piece, int]) -> Scanned:
        piece, row = placed
        types, marks = dict(self.types), self.layout.marks
        if self.may_be_plain and plain_cells.are_plain(types, marks):
            columns = self.columns if self.columns.expected else None
            table = plain_cells.read(piece.text, most_rows(piece), types, marks, columns, row)
            if table is not None:
                return Scanned(
                    piece, Records(table.num_rows), {}, False, types, table, None if columns is None else row
                )
            self.may_be_plain = False  # then most pieces are not: each would be read twice
        part = self.look(piece)
        try:
            table = parse(piece.text, self.layout.names, marks, reading_types(part.types), threads=False)
        except pa.ArrowInvalid:
            return part
        return replace(part, table=table, large=perhaps_large(table))
