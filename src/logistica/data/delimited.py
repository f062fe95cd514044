"""CSV, TSV and their relatives to a table of typed columns, strictly.

The delimiter (comma, tab, semicolon, bar, any number of spaces, or a rarer single character) is told from the first
records; quotes are ``"``, or ``'`` where the whole header stands in them, doubled inside a quoted field, and only
protect what they enclose: a quoted number is a number. The first line is the header. Blank lines carry no row, and
neither do lines that begin with ``#``, unless they could be rows.

What a column holds is decided over the whole file, so that no chunk size matters. The first of these that
fits all its cells: int64, bool (true and false), dates and times as ISO 8601 writes them, float64, text. One
cell that does not fit makes the whole column text. The cells in ``MISSING`` are missing values in a column of
any kind. Three readings that would be wrong in silence are prevented: a number that overflows and a
hexadecimal one are faults of their column; whole numbers that neither int64 nor float64 holds exactly stay text.
Where the delimiter is no comma, numbers may have decimal commas, in the whole file. A column with a fault is text,
and its error is that of whoever uses it.

The file is read in pieces, which become columns before the next one is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa

from logistica.core.errors import DataError
from logistica.data.arrow_numpy import codes_of, is_plain
from logistica.data.columns import LevelColumn, code_type
from logistica.data.delimited_cells import Found, misread_numbers, stray_texts
from logistica.data.delimited_commas import decimal_commas
from logistica.data.delimited_header import trailing_delimiter
from logistica.data.delimited_layout import Layout, layout_of
from logistica.data.delimited_rows import Rows
from logistica.data.delimited_scan import Scanned, in_turn, perhaps_large, scanned
from logistica.data.delimited_text import Piece, Records, check_widths
from logistica.data.delimited_types import HEXADECIMAL, NULLS, as_type, parse, reading_types, together
from logistica.data.filebytes import FileBytes, Path, read_bytes
from logistica.data.long_columns import LongColumns
from logistica.data.origin import LeadingZero


@dataclass(frozen=True, eq=False)
class DelimitedOrigin:
    """The file that a table was read from, kept to say where, and how, something is written in it.

    Attributes
    ----------
    layout : Layout
    rows : Rows
    decimal_comma : bool
        Whether its numbers have decimal commas.
    zeros : mapping of str to LeadingZero
        For columns with cells such as 007, whatever their type, the first of them.
    has_negative_zero : bool
        Whether a cell is perhaps -0.
    large : set of str
        Columns of numbers among which float64 may skip whole numbers.
    faults : mapping of str to DataError
        Columns that cannot be used, and the error of whoever tries to.
    """

    layout: Layout
    rows: Rows
    decimal_comma: bool = False
    zeros: Mapping[str, LeadingZero] = field(default_factory=dict)
    has_negative_zero: bool = False
    large: Set[str] = frozenset()
    faults: Mapping[str, DataError] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """The file's name, for messages."""
        return self.layout.source.path

    def line(self, row: int) -> int:
        """Tell the line, from 1, on which a row, from 0, starts."""
        return self.rows.line(row)

    def texts(self, names: Sequence[str], *, nulls: Sequence[str] = NULLS) -> dict[str, Any]:
        """Read columns as text, verbatim but for cells among ``nulls``, which are missing; in chunks."""
        tables = list(self._as_text(names, nulls))
        return {
            name: pa.chunked_array([chunk for table in tables for chunk in table[name].chunks], pa.string())
            for name in names
        }

    def written(self, name: str) -> LevelColumn:
        """Read one column as text, verbatim: its distinct cells in the order of the file, coded.

        Piece by piece, so that the texts of all rows are never held at once.
        """
        chunks = [chunk.dictionary_encode() for table in self._as_text([name]) for chunk in table[name].chunks]
        cells = pa.chunked_array(chunks, pa.dictionary(pa.int32(), pa.string())).unify_dictionaries()
        levels = tuple(cells.chunk(0).dictionary.to_pylist()) if cells.num_chunks else ()
        kind = code_type(len(levels))
        codes = [codes_of(chunk.indices).astype(kind) for chunk in cells.chunks]
        return LevelColumn(name, levels, np.concatenate(codes) if codes else np.empty(0, kind))

    def _as_text(self, names: Sequence[str], nulls: Sequence[str] = NULLS) -> Iterator[Any]:
        types = dict.fromkeys(names, pa.string())

        def parsed(piece: Piece) -> Any:
            return _parsed(piece, self.layout, types, names, nulls)

        return in_turn(self.layout, parsed)


def read(source: Path | FileBytes) -> tuple[Any, DelimitedOrigin]:
    """Read a delimited text file, plain or compressed, into a :class:`pyarrow.Table`, and keep where it came from.

    Raises
    ------
    DataError
        Not UTF-8, no or a repeated name in the header, a delimiter at its end, a line with more or
        fewer fields than the header, quotes that do not match, a blank line in a table of one column; with line
        and remedy. What is wrong with a column is among the origin's faults, in the order of the columns.
    """
    layout = layout_of(read_bytes(source))
    columns = _Columns(layout)
    rows = Rows(layout.source.path)
    with scanned(layout, columns.types, columns.long) as coming:
        for part in coming:
            _check_blank(layout, part.found)
            if part.found.count:
                columns.take(part, rows.count)
                rows.add(part.piece, part.found)
    origin = DelimitedOrigin(
        layout, rows, zeros=columns.zeros, has_negative_zero=columns.has_negative_zero, large=columns.large
    )
    table = columns.table(origin)
    last = table.column(table.num_columns - 1)
    if rows.count and not layout.names[-1] and len(layout.names) > 1 and last.null_count == table.num_rows:
        raise trailing_delimiter(layout.source, layout.header_line, len(layout.names), also_rows=True)
    commas = Found() if layout.marks.delimiter == b"," else decimal_commas(table, origin)
    table = _replaced(table, commas)
    with_commas = commas.columns.keys() - commas.faults.keys()
    origin = replace(origin, decimal_comma=bool(with_commas), large=origin.large | with_commas)
    misread = misread_numbers(table, origin, columns.hexadecimal)
    faults = {**commas.faults, **misread.faults, **stray_texts(table, rows, commas.faults).faults}
    in_order = {name: faults[name] for name in layout.names if name in faults}
    return _replaced(table, misread), replace(origin, faults=in_order)


def _replaced(table: Any, found: Found) -> Any:
    """Return a table with columns in the place of some of its own."""
    for name, column in found.columns.items():
        table = table.set_column(table.column_names.index(name), name, column)
    return table


class _Columns:
    """The columns of a file, as they grow piece by piece."""

    def __init__(self, layout: Layout) -> None:
        self.layout = layout
        self.types: dict[str, Any] = dict.fromkeys(layout.names, pa.null())
        self.chunks: dict[str, list[Any]] = {name: [] for name in layout.names}
        self.long = LongColumns()
        self.hexadecimal: list[str] = []
        self.zeros: dict[str, LeadingZero] = {}
        self.has_negative_zero = False
        self.large: set[str] = set()

    def take(self, part: Scanned, first_row: int) -> None:
        """Add a piece, which may change the columns' types."""
        piece, found = part.piece, part.found
        for name, zero in part.zeros.items():
            self.zeros.setdefault(name, replace(zero, row=first_row + zero.row))
        table, large, row = part.table, part.large, part.row
        if table is None or part.types != self.types or row not in {None, first_row}:
            table, row = self._read(piece, found, first_row), None
            large = perhaps_large(table)
        self.large |= large
        self.has_negative_zero |= part.has_negative_zero
        if table.num_rows != found.count:
            raise DataError(
                f"{table.num_rows} rows were read where {found.count} were counted, near line {piece.line}",
                path=self.layout.source.path,
                remedy="Look for odd quotes or line ends in the file",
            )
        kinds = dict(zip(self.types, table.schema.types, strict=True))
        if any(sign in piece.text and b"0" + sign in piece.text for sign in (b"x", b"X")):
            kinds |= dict.fromkeys(self._hexadecimal_in(piece, kinds), HEXADECIMAL)
        for (name, kind), column in zip(kinds.items(), table.columns, strict=True):
            self.types[name] = together(self.types[name], kind)
            self.chunks[name] += column.chunks if row is not None else self.long.lay(name, first_row, column.chunks)

    def table(self, origin: DelimitedOrigin) -> Any:
        """Return the whole table; columns that have become text on the way are read again."""
        self.hexadecimal = [name for name, kind in self.types.items() if kind.equals(HEXADECIMAL)]
        self.types |= dict.fromkeys(self.hexadecimal, pa.int64())
        late = [
            name
            for name, kind in self.types.items()
            if pa.types.is_string(kind) and any(chunk.type not in {kind, pa.null()} for chunk in self.chunks[name])
        ]
        for name in late:
            self.chunks[name] = []
            self.long.forget(name)
        texts = origin.texts(late) if late else {}
        return pa.table({name: texts[name] if name in texts else self._whole(name) for name in self.types})

    def _whole(self, name: str) -> Any:
        """Join the pieces of one column, and let go of them."""
        kind, chunks = self.types[name], self.chunks.pop(name)
        if not all(chunk.type.equals(kind) for chunk in chunks):
            chunks = self.long.lay(name, 0, [as_type(chunk, kind) for chunk in chunks])
        if self.long.expected and is_plain(kind) and not any(chunk.null_count for chunk in chunks):
            chunks = self.long.whole(name, sum(map(len, chunks)), kind)
        return pa.chunked_array(chunks, kind)

    def _read(self, piece: Piece, found: Records, first_row: int) -> Any:
        """Read a piece with the types that the columns have so far; if it does not have them, it finds its own."""
        known = reading_types(self.types)
        try:
            return parse(piece.text, self.layout.names, self.layout.marks, known)
        except pa.ArrowInvalid:
            check_widths(self.layout, piece, found, first_row)
        texts = {name: kind for name, kind in known.items() if pa.types.is_string(kind)}
        return _parsed(piece, self.layout, texts)

    def _hexadecimal_in(self, piece: Piece, kinds: dict[str, Any]) -> Iterator[str]:
        """Name the columns of whole numbers some of which are hexadecimal in this piece."""
        from logistica.data.delimited_cells import is_hexadecimal  # noqa: PLC0415 - hardly ever needed

        whole = [name for name, kind in kinds.items() if pa.types.is_int64(kind)]
        texts = _parsed(piece, self.layout, dict.fromkeys(whole, pa.string()), whole) if whole else {}
        return (name for name in whole if is_hexadecimal(texts[name]))


def _parsed(
    piece: Piece, layout: Layout, types: dict[str, Any], only: Sequence[str] = (), nulls: Sequence[str] = NULLS
) -> Any:
    """Read a piece; where a record is longer than a block, the whole piece becomes one."""
    try:
        return parse(piece.text, layout.names, layout.marks, types, only, nulls)
    except pa.ArrowInvalid:
        pass
    try:
        return parse(piece.text, layout.names, layout.marks, types, only, nulls, in_blocks=False)
    except pa.ArrowInvalid as error:
        raise DataError(
            f"the table cannot be read ({error})", path=layout.source.path, remedy="Correct the file"
        ) from error


def _check_blank(layout: Layout, found: Records) -> None:
    if len(layout.names) == 1 and found.blank is not None:
        raise DataError(
            "a blank line, which in a table of one column may be a missing value or nothing",
            path=layout.source.path,
            line=found.blank,
            value="",
            count=found.n_blank,
            remedy="Write NA for a missing value, or remove the line",
        )
