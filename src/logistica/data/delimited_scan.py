"""What is made of the pieces of a delimited file while those before them are taken: several at once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, TypeVar

import pyarrow as pa

from logistica.core.threads import thread_count
from logistica.data import filebytes
from logistica.data.ahead import ahead
from logistica.data.delimited_layout import Layout
from logistica.data.delimited_text import Piece, Records, pieces, records
from logistica.data.delimited_types import parse, reading_types
from logistica.data.delimited_zeros import leading_zeros
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
    types : mapping of str to type
        What the columns had been when the piece was read.
    table : Arrow table or None
        Its columns, if they all are of these types.
    """

    piece: Piece
    found: Records
    zeros: Mapping[str, LeadingZero]
    types: Mapping[str, Any]
    table: Any = None


@contextmanager
def scanned(layout: Layout, types: Mapping[str, Any]) -> Iterator[Iterator[Scanned]]:
    """Hand out the pieces in order; those of a large file are read, by the ``types`` so far, while others are taken.

    ``types`` changes meanwhile. A piece that was read by other types than those before it demand is read again, so
    that columns are the same however many threads there are.
    """
    coming = _coming(layout, types)
    try:
        yield coming
    finally:
        coming.close()


def in_turn(layout: Layout, work: Callable[[Piece], Made]) -> Iterator[Made]:
    """Yield what ``work`` makes of each piece, in order; of a large file on several threads."""
    if layout.source.size <= filebytes.PIECE_BYTES:
        return map(work, pieces(layout))
    return ahead(pieces(layout), work, thread_count(None))


def _coming(layout: Layout, types: Mapping[str, Any]) -> Generator[Scanned]:
    scan, rest = _Scan(layout, types), pieces(layout)
    if layout.source.size <= filebytes.PIECE_BYTES:
        yield from map(scan.look, rest)
        return
    yield from map(scan.look, islice(rest, 1))  # it tells the types, without which reading others is in vain
    yield from ahead(rest, scan.read, thread_count(None))


class _Scan:
    """Looks at one piece, and reads it on one thread."""

    def __init__(self, layout: Layout, types: Mapping[str, Any]) -> None:
        self.layout, self.types = layout, types

    def look(self, piece: Piece) -> Scanned:
        marks = self.layout.marks
        zeros = leading_zeros(piece, self.layout.names, marks)
        return Scanned(piece, records(piece, marks.quote), zeros, dict(self.types))

    def read(self, piece: Piece) -> Scanned:
        part = self.look(piece)
        try:
            table = parse(piece.text, self.layout.names, self.layout.marks, reading_types(part.types), threads=False)
        except pa.ArrowInvalid:
            return part
        return replace(part, table=table)
