"""A block of ordinary JSON lines, all at once, by Arrow's reader, which is fast and lenient.

What it would let pass in silence is looked for here, and left to :mod:`logistica.data.jsonlines`: objects that do not
stand one on each line, keys that are missing, NaN, whole numbers that lose digits, and text that looks like a time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pa_json

from logistica.data.delimited_quotes import positions
from logistica.data.exact import EXACT_INTEGER

_BLOCK_BYTES = 1 << 22
_KINDS = frozenset({pa.null(), pa.bool_(), pa.int64(), pa.float64(), pa.string()})


def read_plain(text: bytes, names: Sequence[str], types: Mapping[str, Any]) -> Any | None:
    """Read whole lines, in UTF-8, ended by LF, as a :class:`pyarrow.Table` with one row for each.

    Returns None unless every line is plainly an object with a value, or null, of one kind for each of ``names``.

    Parameters
    ----------
    types : mapping of name to type
        Where they are known. Numbers may turn out to be of another type.
    """
    n_lines = _lines_of_objects(text)
    if not n_lines or b"NaN" in text:
        return None
    table = _parsed(text, names, types)
    if table is None or table.num_rows != n_lines or set(table.column_names) != set(names):
        return None
    if not all(map(_is_plain, table.columns)) or _may_miss_keys(text, table):
        return None
    return table


def _lines_of_objects(text: bytes) -> int:
    """Count the lines; 0 unless each begins with a brace, and ends with one.

    No object without others in it goes over several such lines, so that as many objects as lines are one on each.
    """
    view = np.frombuffer(text, np.uint8)
    ends = positions(text, ord("\n"))
    if not text.endswith(b"\n"):
        ends = np.append(ends, len(text))
    first = np.concatenate(([0], ends[:-1] + 1))
    is_plain = (view[first] == ord("{")).all() and (view[ends - 1] == ord("}")).all()
    return len(ends) if is_plain else 0


def _parsed(text: bytes, names: Sequence[str], types: Mapping[str, Any]) -> Any | None:
    """Read a block with the types known; if it does not have them, its numbers find their own."""
    known = [(name, kind) for name, kind in types.items() if kind in {pa.string(), pa.bool_()}]
    for fields in (list(types.items()), known):
        options = pa_json.ParseOptions(
            explicit_schema=pa.schema(fields),
            unexpected_field_behavior="error" if len(fields) == len(names) else "infer",
        )
        try:
            return pa_json.read_json(
                pa.BufferReader(text), pa_json.ReadOptions(block_size=_BLOCK_BYTES), parse_options=options
            )
        except pa.ArrowInvalid:
            continue
    return None


def _is_plain(column: Any) -> bool:
    """Whether a column is of a kind that needs no second look."""
    if pa.types.is_float64(column.type):
        ends = pc.min_max(column).as_py()
        return ends["min"] is None or max(-ends["min"], ends["max"]) < EXACT_INTEGER
    return column.type in _KINDS


def _may_miss_keys(text: bytes, table: Any) -> bool:
    """Whether more values are missing than the text has words ``null`` outside of texts."""
    n_missing = sum(column.null_count for column in table.columns)
    if not n_missing:
        return False
    texts = (column for column in table.columns if pa.types.is_string(column.type))
    in_texts = any(pc.any(pc.match_substring(column, "null")).as_py() for column in texts)
    in_names = any("null" in name for name in table.column_names)
    return in_texts or in_names or b"\\null" in text or text.count(b"null") != n_missing
