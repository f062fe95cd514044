"""The types of a delimited file's columns: what a piece holds, and what two pieces make together.

The type of a whole column is the first of these that all its cells fit: whole numbers, truth values, dates and times,
numbers, text. Pieces are joined so that it does not matter where one ends and the next begins.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv

from logistica.data.delimited_header import MISSING, Marks

HEXADECIMAL = pa.int32()
"""Stands for whole numbers some of which are hexadecimal; Arrow's reader itself never finds this type."""

BLOCK_BYTES = 1 << 20
NULLS = [blank + token for blank in ("", " ") for token in MISSING]
_LARGEST_BLOCK = (1 << 31) - 1
_TIMES = (pa.date32(), pa.timestamp("s"), pa.timestamp("ns"))


def together(one: Any, other: Any) -> Any:
    """Return the type of a column that has both in it."""
    if one.equals(other) or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    types = {one, other}
    if types == {pa.int64(), pa.float64()}:
        return pa.float64()
    if types == {pa.int64(), HEXADECIMAL}:
        return HEXADECIMAL
    if types <= set(_TIMES):
        return max(types, key=_TIMES.index)
    return pa.string()


def reading_types(types: Mapping[str, Any]) -> dict[str, Any]:
    """Return the types by which Arrow reads what comes next: those of the columns of which something is known."""
    return {
        name: pa.int64() if kind.equals(HEXADECIMAL) else kind
        for name, kind in types.items()
        if not pa.types.is_null(kind)
    }


def parse(
    text: bytes,
    names: Sequence[str],
    marks: Marks,
    types: Mapping[str, Any],
    only: Sequence[str] = (),
    nulls: Sequence[str] = NULLS,
    *,
    in_blocks: bool = True,
    threads: bool = True,
) -> Any:
    """Read a piece of text as a table, with Arrow's reader.

    Parameters
    ----------
    types : mapping of name to type
        Where a column has none, its cells decide.
    only : sequence of str
        The columns to read; default: all.
    nulls : sequence of str
        Cells that stand for a missing value.
    in_blocks : bool
        Whether the text is read block by block; then no record may be longer than a block.
    threads : bool
        Whether Arrow may use more threads than the caller's.

    Raises
    ------
    pyarrow.ArrowInvalid
        A record has a wrong number of fields, or a cell is not of the type given.
    """
    if text.startswith(codecs.BOM_UTF8):
        text = b"\n" + text  # Arrow takes such a mark away at the beginning of what it reads, wherever that was cut
    return pa_csv.read_csv(
        pa.BufferReader(text),
        read_options=pa_csv.ReadOptions(
            column_names=list(names),
            block_size=BLOCK_BYTES if in_blocks else min(len(text) + 1, _LARGEST_BLOCK),
            use_threads=threads,
        ),
        parse_options=pa_csv.ParseOptions(
            delimiter=marks.delimiter.decode(),
            quote_char=marks.quote.decode(),
            newlines_in_values=marks.quote in text,
        ),
        convert_options=pa_csv.ConvertOptions(
            null_values=list(nulls),
            strings_can_be_null=True,
            true_values=["true", "True", "TRUE"],
            false_values=["false", "False", "FALSE"],
            include_columns=list(only),
            column_types=dict(types),
        ),
    )


def as_type(chunk: Any, kind: Any) -> Any:
    """Return one piece of a column as the type of the whole column; numbers become the nearest float64."""
    return chunk if chunk.type.equals(kind) else chunk.cast(kind, safe=not pa.types.is_floating(kind))
