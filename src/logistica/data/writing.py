"""A table written with columns added, in the format it came in, or in the one that the output's name asks for.

In its own format, what a text file holds stays as it was written.
"""

from __future__ import annotations

import io
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from logistica.core.errors import DataError
from logistica.data.delimited import DelimitedOrigin
from logistica.data.delimited_header import DELIMITERS, RARE
from logistica.data.destination import BINARY, Destination
from logistica.data.jsonlines import JsonLinesOrigin
from logistica.data.origin import BinaryOrigin

if TYPE_CHECKING:
    from logistica.data.frames import Table

COMMA, SEMICOLON, SPACE = ",", ";", " "
MISSING = "NA"
"""Written between spaces, where nothing would be seen of a missing value."""
_PADDED = r"^\s*[+-]?0[0-9]"


def is_binary(table: Table | None, to: Destination) -> bool:
    """Return whether what is written is no text."""
    own = table.origin.kind if table is not None and isinstance(table.origin, BinaryOrigin) else None
    return (to.kind or own) in BINARY or to.archive is not None


def written(table: Table | None, columns: Mapping[str, Any], to: Destination) -> bytes:
    """Return a file's bytes: the rows of the table, if there is one, with ``columns``, Arrow arrays, added last.

    Where ``to`` asks for no format, it is the table's own; what is of no format that is written, such as a frame,
    becomes CSV, and so does a workbook.

    Raises
    ------
    OptionError
        If the table has a column of one of the names already.
    DataError
        If a column holds what the other format cannot.
    """
    if table is not None:
        table.check_free(columns)
    return archived(_plain(table, columns, to), to.archive)


def _plain(table: Table | None, columns: Mapping[str, Any], to: Destination) -> bytes:
    origin = None if table is None else table.origin
    if isinstance(origin, DelimitedOrigin) and to.kind in {None, "delimited"}:
        return _delimited(origin, table.names if table else (), columns, to.delimiter)
    if isinstance(origin, JsonLinesOrigin) and to.kind in {None, "json-lines"}:
        return _json_lines_again(origin, columns)
    kind = to.kind or (origin.kind if isinstance(origin, BinaryOrigin) else "delimited")
    whole = _with_columns(table, columns)
    if kind == "delimited":
        return delimited_bytes(whole, to.delimiter or COMMA)
    return _WRITERS[kind](whole)


def archived(data: bytes, archive: str | None) -> bytes:
    """Return data in an archive of one file; as they are for None."""
    if archive is None:
        return data
    if archive == "gzip":
        import gzip  # noqa: PLC0415 - each library is loaded only for its archives

        return gzip.compress(data, mtime=0)
    if archive == "bzip2":
        import bz2  # noqa: PLC0415

        return bz2.compress(data)
    compressed: bytes = pa.Codec("zstd").compress(data, asbytes=True)
    return compressed


def _with_columns(table: Table | None, columns: Mapping[str, Any]) -> Any:
    if table is None:
        return pa.table(dict(columns))
    whole = _typed(table)
    for name, values in columns.items():
        whole = whole.append_column(name, values)
    return whole


def _typed(table: Table) -> Any:
    """Return the table's own rows as an Arrow table; numbers that a text file writes with leading zeros stay text."""
    whole = table.frame.to_arrow()
    if not isinstance(table.origin, DelimitedOrigin):
        return whole
    import pyarrow.compute as pc  # noqa: PLC0415 - for output alone

    numeric = [
        field.name for field in whole.schema if pa.types.is_integer(field.type) or pa.types.is_floating(field.type)
    ]
    for name, texts in (table.origin.texts(numeric) if numeric else {}).items():
        if pc.any(pc.match_substring_regex(texts, _PADDED)).as_py():
            whole = whole.set_column(whole.column_names.index(name), name, texts)
    return whole


def _delimited(origin: DelimitedOrigin, names: Sequence[str], added: Mapping[str, Any], delimiter: str | None) -> bytes:
    """Write cells as they were written; decimal commas cannot stand between commas, and get semicolons."""
    texts = origin.texts(names, nulls=())
    own = origin.layout.marks.delimiter.decode()
    if delimiter is None or (delimiter == COMMA and own == SEMICOLON):
        delimiter = own
    if delimiter == COMMA and origin.decimal_comma:
        delimiter = SEMICOLON
    if origin.decimal_comma:
        added = {name: _with_comma(values) for name, values in added.items()}
    if delimiter == SPACE:
        added = {name: as_text(name, values).fill_null(MISSING) for name, values in added.items()}
    return delimited_bytes(pa.table({**texts, **added}), delimiter)


def as_text(name: str, values: Any) -> Any:
    """Return a column as text; a DataError for nested values, or bytes that are none."""
    try:
        return values.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise DataError(
            f"values of type {values.type}, which have no text of their own",
            column=name,
            remedy="Name an output of another format, leave the column out, or write the predictions alone",
        ) from error


def _with_comma(values: Any) -> Any:
    import pyarrow.compute as pc  # noqa: PLC0415 - for files with decimal commas alone

    if not pa.types.is_floating(values.type):
        return values
    return pc.replace_substring(values.cast(pa.string()), ".", COMMA)


def delimited_bytes(table: Any, delimiter: str) -> bytes:
    """Return a table as delimited text; numbers are written so that they are read again bit for bit.

    Only cells that need quotes have them: for their signs, for blanks around them, for being empty between spaces.
    Names have them also for the signs that delimit elsewhere, as a reader tells the delimiter from the header.
    """
    from pyarrow.csv import WriteOptions, write_csv  # noqa: PLC0415 - for output alone

    common = "\"'#\r\n]|^\\s|\\s$" + ("|^$" if delimiter == SPACE else "")
    odd = f"[{re.escape(delimiter)}{common}"
    signs = b"".join((*DELIMITERS, *(RARE if delimiter.encode() in RARE else ()))).decode()
    head = delimiter.join(_quoted(name, f"[{re.escape(delimiter + signs)}{common}") for name in table.column_names)
    table = _only_writable(table)
    body = io.BytesIO()
    if _needs_no_quotes(table, odd):
        write_csv(table, body, WriteOptions(include_header=False, delimiter=delimiter, quoting_style="none"))
    else:
        columns = [column.cast(pa.string()).fill_null("").to_pylist() for column in table.columns]
        lines = (delimiter.join(_quoted(cell, odd) for cell in row) for row in zip(*columns, strict=True))
        body.write("".join(f"{line}\n" for line in lines).encode("utf-8"))
    return f"{head}\n".encode() + body.getvalue()


def _only_writable(table: Any) -> Any:
    return pa.table({name: _writable(name, table[name]) for name in table.column_names})


def _writable(name: str, column: Any) -> Any:
    """Return a column of numbers or booleans as it is, another one as text."""
    return (
        column
        if pa.types.is_primitive(column.type) and not pa.types.is_temporal(column.type)
        else as_text(name, column)
    )


def _quoted(text: str, odd: str) -> str:
    return '"' + text.replace('"', '""') + '"' if re.search(odd, text) else text


def _needs_no_quotes(table: Any, odd: str) -> bool:
    import pyarrow.compute as pc  # noqa: PLC0415 - for output alone

    texts = (column for column in table.columns if pa.types.is_string(column.type))
    return not any(pc.any(pc.match_substring_regex(column, odd)).as_py() for column in texts)


def _parquet(table: Any) -> bytes:
    from pyarrow import parquet  # noqa: PLC0415 - loaded only for its files

    file = io.BytesIO()
    parquet.write_table(table, file)
    return file.getvalue()


def _feather(table: Any) -> bytes:
    return _ipc(table, pa.ipc.new_file)


def _stream(table: Any) -> bytes:
    return _ipc(table, pa.ipc.new_stream)


def _ipc(table: Any, make: Callable[..., Any]) -> bytes:
    file = io.BytesIO()
    with make(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


def _workbook(table: Any) -> bytes:
    from logistica.data.excel import workbook_bytes  # noqa: PLC0415 - loaded only for its files

    return workbook_bytes(_only_writable(table))


def _json_lines(table: Any) -> bytes:
    """Write one object for each row; what JSON has no kind for is text, and NaN is null."""
    columns = [_json_values(name, table[name]) for name in table.column_names]
    names = table.column_names
    lines = (
        json.dumps(dict(zip(names, row, strict=True)), ensure_ascii=False, allow_nan=False)
        for row in zip(*columns, strict=True)
    )
    return "".join(f"{line}\n" for line in lines).encode("utf-8")


def _json_values(name: str, column: Any) -> list[Any]:
    values: list[Any] = _writable(name, column).to_pylist()
    if not pa.types.is_floating(column.type):
        return values
    for row, value in enumerate(values):
        if value is not None and not math.isfinite(value):
            if math.isinf(value):
                raise DataError(
                    f"row {row} holds {value}, which JSON cannot", column=name, row=row, value=value, remedy="Write CSV"
                )
            values[row] = None
    return values


_WRITERS: dict[str, Callable[[Any], bytes]] = {
    "parquet": _parquet,
    "feather": _feather,
    "arrow-stream": _stream,
    "excel": _workbook,
    "json-lines": _json_lines,
}


def _json_lines_again(origin: JsonLinesOrigin, added: Mapping[str, Any]) -> bytes:
    """Put more keys into each object; what it holds stays as it was written."""
    rows = pa.table(dict(added)).to_pylist()
    lines = (
        f"{written[:-1].rstrip()}, {json.dumps(row, ensure_ascii=False, allow_nan=False)[1:]}\n"
        for written, row in zip(origin.objects(), rows, strict=True)
    )
    return "".join(lines).encode("utf-8")
