"""CSV and TSV text to a table of typed columns, strictly.

The delimiter (comma, tab or semicolon) is told from the header; quotes are ``"``, doubled inside a quoted
field, and only protect what they enclose: a quoted number is a number. The first line is the header. Blank
lines carry no row.

What a column holds is decided over the whole file, so that no chunk size matters. The first of these that
fits all its cells: int64, bool (true and false), dates and times as ISO 8601 writes them, float64, text. One
cell that does not fit makes the whole column text. The cells in ``MISSING`` are missing values in a column of
any kind. Three readings that would be wrong in silence are prevented: a number that overflows and a
hexadecimal one are errors; a column of whole numbers that neither int64 nor float64 holds exactly stays text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from logistica.core.errors import DataError
from logistica.data.columns import LevelColumn
from logistica.data.delimited_header import MISSING, trailing_delimiter
from logistica.data.delimited_layout import Layout, Records, check_widths, layout_of, records
from logistica.data.filebytes import FileBytes, Path, read_bytes

_BLOCK_BYTES = 1 << 20
_LARGEST_BLOCK = (1 << 31) - 1
_EXACT_INTEGER = float(1 << 53)
_NULLS = [blank + token for blank in ("", " ") for token in MISSING]
_HEXADECIMAL = r"^\s*0[xX]"
_INFINITE = r"(?i)inf"
_INTEGER = r"^\s*[+-]?[0-9]+\s*$"
_NUMBER = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"
_FIRST_CELLS = 1000
_FEWEST_CELLS = 20
_MOSTLY = 0.9
"""A column of text at least so much of which is numbers has slips in it, not levels."""


@dataclass(frozen=True, eq=False)
class DelimitedOrigin:
    """The file that a table was read from, kept to say where, and how, something is written in it.

    Attributes
    ----------
    layout : Layout
    rows : Records
    """

    layout: Layout
    rows: Records

    @property
    def path(self) -> str:
        """The file's name, for messages."""
        return self.layout.source.path

    def line(self, row: int) -> int:
        """Tell the line, from 1, on which a row, from 0, starts."""
        return self.rows.line(row)

    def written(self, name: str) -> LevelColumn:
        """Read one column as text, verbatim: its distinct cells in the order of the file, coded."""
        texts = _parse(self.layout, self.rows, [name])[name].cast(pa.large_string())
        cells = texts.combine_chunks().dictionary_encode()
        codes = cells.indices.fill_null(-1).to_numpy(zero_copy_only=False).astype(np.int32, copy=False)
        return LevelColumn(name, tuple(cells.dictionary.to_pylist()), codes)


def read(source: Path | FileBytes) -> tuple[Any, DelimitedOrigin]:
    """Read a delimited text file, plain or gzip, into a :class:`pyarrow.Table`, and keep where it came from.

    Raises
    ------
    DataError
        Not UTF-8, no or a repeated name in the header, a delimiter at its end, no rows, a line with more or
        fewer fields than the header, quotes that do not match, a number too large or hexadecimal, a blank line
        in a table of one column; with line, column and remedy.
    """
    layout = layout_of(read_bytes(source))
    rows = records(layout)
    _check_rows(layout, rows)
    table = _parsed(layout, rows)
    last = table.column(table.num_columns - 1)
    if not layout.names[-1] and len(layout.names) > 1 and last.null_count == table.num_rows:
        raise trailing_delimiter(layout.source, layout.header, len(layout.names), also_rows=True)
    _refuse_stray_text(table, rows)
    return _checked_numbers(table, layout, rows), DelimitedOrigin(layout, rows)


def _check_rows(layout: Layout, rows: Records) -> None:
    path = layout.source.path
    if len(layout.names) == 1 and len(rows.blank):
        raise DataError(
            "a blank line, which in a table of one column may be a missing value or nothing",
            path=path,
            line=rows.source.line_at(int(rows.blank[0])),
            value="",
            count=len(rows.blank),
            remedy="Write NA for a missing value, or remove the line",
        )
    if not len(rows.starts):
        raise DataError("0 rows: the file holds only a header", path=path, remedy="Give a file with rows")


def _parsed(layout: Layout, rows: Records) -> Any:
    """Read the whole table, and check that it has as many rows as there are records."""
    table = _parse(layout, rows)
    if table.num_rows != len(rows.starts):
        raise DataError(
            f"{table.num_rows} rows were read where {len(rows.starts)} were counted",
            path=layout.source.path,
            remedy="Look for odd quotes or line ends in the file",
        )
    return table


def _parse(layout: Layout, rows: Records, text_columns: Sequence[str] = ()) -> Any:
    """All columns, or only ``text_columns`` as text.

    Where the parser refuses, a second look at the records finds the line. If it finds none, a row may be
    longer than a block, and the whole file becomes one.
    """
    try:
        return _parse_blocks(layout, _BLOCK_BYTES, text_columns)
    except pa.ArrowInvalid:
        check_widths(layout, rows)
    try:
        return _parse_blocks(layout, min(len(layout.source.data) + 1, _LARGEST_BLOCK), text_columns)
    except pa.ArrowInvalid as error:
        raise DataError(
            f"the table cannot be read ({error})", path=layout.source.path, remedy="Correct the file"
        ) from error


def _parse_blocks(layout: Layout, block_bytes: int, text_columns: Sequence[str]) -> Any:
    content = pa.BufferReader(pa.py_buffer(layout.source.data).slice(layout.body))
    return pa_csv.read_csv(
        content,
        read_options=pa_csv.ReadOptions(column_names=list(layout.names), block_size=block_bytes),
        parse_options=pa_csv.ParseOptions(
            delimiter=layout.delimiter.decode(), newlines_in_values=len(layout.quotes) > 0
        ),
        convert_options=pa_csv.ConvertOptions(
            null_values=_NULLS,
            strings_can_be_null=True,
            true_values=["true", "True", "TRUE"],
            false_values=["false", "False", "FALSE"],
            include_columns=list(text_columns),
            column_types={name: pa.string() for name in text_columns},
        ),
    )


def _checked_numbers(table: Any, layout: Layout, rows: Records) -> Any:
    """Compare the numbers that may have been misread with their text."""
    data = layout.source.data
    may_be_hexadecimal = data.find(b"0x", layout.body) >= 0 or data.find(b"0X", layout.body) >= 0
    whole = [name for name in layout.names if may_be_hexadecimal and pa.types.is_int64(table[name].type)]
    large = [name for name in layout.names if _is_large(table[name])]
    if not whole and not large:
        return table
    texts = _parse(layout, rows, whole + large)
    for name in whole:
        hexadecimal = pc.match_substring_regex(texts[name], _HEXADECIMAL)
        _refuse_first(hexadecimal, "is hexadecimal", name, texts[name], rows)
    for name in large:
        named = pc.match_substring_regex(texts[name], _INFINITE)
        overflow = pc.and_(pc.is_inf(table[name]), pc.invert(named))
        _refuse_first(overflow, "is too large: a float64 ends at 1.8e308", name, texts[name], rows)
        if _is_inexact(table[name], texts[name]):
            table = table.set_column(table.column_names.index(name), name, texts[name])
    return table


def _refuse_stray_text(table: Any, rows: Records) -> None:
    """Refuse a column that is text only because a few of its many cells are not numbers."""
    for name in table.column_names:
        texts = table[name]
        if not pa.types.is_string(texts.type) or _share_of_numbers(texts.slice(0, _FIRST_CELLS)) < _MOSTLY:
            continue
        stray = pc.invert(pc.match_substring_regex(texts, _NUMBER))
        if pc.sum(stray).as_py() and _share_of_numbers(texts) >= _MOSTLY:
            _refuse_first(
                pc.fill_null(stray, False), "is not a number, as nearly all other cells are", name, texts, rows
            )


def _share_of_numbers(texts: Any) -> float:
    """Return the share of numbers among the cells that are there; 0 for fewer than 20."""
    there = len(texts) - texts.null_count
    return pc.sum(pc.match_substring_regex(texts, _NUMBER)).as_py() / there if there >= _FEWEST_CELLS else 0.0


def _refuse_first(wrong: Any, problem: str, column: str, texts: Any, rows: Records) -> None:
    """Raise a DataError for the first cell marked in ``wrong``."""
    row = pc.index(wrong, True).as_py()
    if row >= 0:
        text = texts[row].as_py()
        raise DataError(
            f"{text!r} {problem}",
            path=rows.source.path,
            line=rows.line(row),
            column=column,
            row=row,
            value=text,
            count=pc.sum(wrong).as_py(),
            remedy="Write a finite decimal number, or NA for a missing value",
        )


def _is_large(column: Any) -> bool:
    """Whether a float64 column has numbers between which whole numbers are skipped."""
    if not pa.types.is_float64(column.type):
        return False
    return bool(pc.any(pc.greater_equal(pc.abs(column), pa.scalar(_EXACT_INTEGER))).as_py())


def _is_inexact(numbers: Any, texts: Any) -> bool:
    """Whether all cells are written as whole numbers, and float64 changes one of them."""
    if not pc.all(pc.match_substring_regex(texts, _INTEGER)).as_py():
        return False
    is_large = pc.greater_equal(pc.abs(numbers), pa.scalar(_EXACT_INTEGER))
    pairs = zip(numbers.filter(is_large), texts.filter(is_large), strict=True)
    return any(Decimal(text.as_py()) != Decimal(number.as_py()) for number, text in pairs)
