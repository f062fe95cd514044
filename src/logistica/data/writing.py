"""A table written again in the format it came in, with columns added; what text files hold stays as it was written."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from logistica.data.delimited import DelimitedOrigin
from logistica.data.jsonlines import JsonLinesOrigin
from logistica.data.origin import BinaryOrigin

if TYPE_CHECKING:
    from logistica.data.frames import Table

COMMA = ","
MISSING = "NA"
"""Written between spaces, where nothing would be seen of a missing value."""


def is_binary(table: Table) -> bool:
    """Return whether the table's format is no text."""
    return isinstance(table.origin, BinaryOrigin)


def written_again(table: Table, columns: Mapping[str, Any]) -> bytes:
    """Return a file's bytes in the format of the table's own, uncompressed; ``columns`` are Arrow arrays, added last.

    A workbook, and a frame that came from no file, become CSV.

    Raises
    ------
    OptionError
        If the table has a column of one of the names already.
    """
    table.check_free(columns)
    origin = table.origin
    if isinstance(origin, DelimitedOrigin):
        return _delimited(origin, table.names, columns)
    if isinstance(origin, JsonLinesOrigin):
        return _json_lines(origin, columns)
    whole = table.frame.to_arrow()
    for name, values in columns.items():
        whole = whole.append_column(name, values)
    if isinstance(origin, BinaryOrigin):
        return _binary(whole, origin.kind)
    return delimited_bytes(whole, COMMA)


def _delimited(origin: DelimitedOrigin, names: Sequence[str], added: Mapping[str, Any]) -> bytes:
    texts = origin.texts(names, nulls=())
    delimiter = origin.layout.marks.delimiter.decode()
    if delimiter != COMMA and origin.decimal_comma:
        added = {name: _with_comma(values) for name, values in added.items()}
    if delimiter == " ":
        added = {name: _as_text(values).fill_null(MISSING) for name, values in added.items()}
    return delimited_bytes(pa.table({**texts, **added}), delimiter)


def _as_text(values: Any) -> Any:
    return values.cast(pa.string())


def _with_comma(values: Any) -> Any:
    import pyarrow.compute as pc  # noqa: PLC0415 - for files with decimal commas alone

    if not pa.types.is_floating(values.type):
        return values
    return pc.replace_substring(_as_text(values), ".", COMMA)


def delimited_bytes(table: Any, delimiter: str) -> bytes:
    """Return a table as delimited text; numbers are written so that they are read again bit for bit.

    Only cells that need quotes have them: for their signs, for blanks around them, for being empty between spaces.
    """
    from pyarrow.csv import WriteOptions, write_csv  # noqa: PLC0415 - for output alone

    odd = f"[{re.escape(delimiter)}\"'#\r\n]|^\\s|\\s$" + ("|^$" if delimiter == " " else "")
    head = delimiter.join(_quoted(name, odd) for name in table.column_names)
    body = io.BytesIO()
    if _is_plain(table, odd):
        write_csv(table, body, WriteOptions(include_header=False, delimiter=delimiter, quoting_style="none"))
    else:
        columns = [_as_text(column).fill_null("").to_pylist() for column in table.columns]
        lines = (delimiter.join(_quoted(cell, odd) for cell in row) for row in zip(*columns, strict=True))
        body.write("".join(f"{line}\n" for line in lines).encode("utf-8"))
    return f"{head}\n".encode() + body.getvalue()


def _quoted(text: str, odd: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(odd, text) else text


def _is_plain(table: Any, odd: str) -> bool:
    """Return whether no text needs quotes."""
    import pyarrow.compute as pc  # noqa: PLC0415 - for output alone

    texts = (column for column in table.columns if not pa.types.is_primitive(column.type))
    return not any(pc.any(pc.match_substring_regex(_as_text(column), odd)).as_py() for column in texts)


def _binary(table: Any, kind: str) -> bytes:
    file = io.BytesIO()
    if kind == "parquet":
        from pyarrow import parquet  # noqa: PLC0415 - loaded only for its files

        parquet.write_table(table, file)
    else:
        make = pa.ipc.new_stream if kind == "arrow-stream" else pa.ipc.new_file
        with make(file, table.schema) as writer:
            writer.write_table(table)
    return file.getvalue()


def _json_lines(origin: JsonLinesOrigin, added: Mapping[str, Any]) -> bytes:
    """Put more keys into each object; what it holds stays as it was written."""
    rows = pa.table(dict(added)).to_pylist()
    lines = (
        f"{written[:-1].rstrip()}, {json.dumps(row, ensure_ascii=False, allow_nan=False)[1:]}\n"
        for written, row in zip(origin.objects(), rows, strict=True)
    )
    return "".join(lines).encode("utf-8")
