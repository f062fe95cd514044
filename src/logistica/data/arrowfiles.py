"""Parquet, Feather (the Arrow IPC file) and the Arrow IPC stream, each told by its first bytes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa

from logistica.core.errors import DataError
from logistica.core.memory import machine_memory
from logistica.data.filebytes import FileBytes
from logistica.data.origin import BinaryOrigin

_END_OF_STREAM = b"\xff\xff\xff\xff\0\0\0\0"
_FAULTS = (pa.ArrowException, OSError, ValueError, EOFError, MemoryError)


def read(source: FileBytes, kind: str) -> tuple[Any, BinaryOrigin]:
    """Read a file of the kind "parquet", "feather" or "arrow-stream" into a :class:`pyarrow.Table`.

    Raises
    ------
    DataError
        It is cut off or damaged, or has more cells than this machine has memory for.
    """
    try:
        table = _READERS[kind](source, pa.PythonFile(source.opened(), mode="r"))
        table.validate(full=True)
    except DataError:
        raise
    except _FAULTS as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise _damaged(source, f"the {_NAMES[kind]} data are damaged or cut off ({reason})") from error
    source.check()
    return table, BinaryOrigin(source.path, kind)


def _parquet(source: FileBytes, file: Any) -> Any:
    from pyarrow import parquet  # noqa: PLC0415 - loaded only for its files

    with parquet.ParquetFile(file) as opened:
        cells = opened.metadata.num_rows * max(opened.metadata.num_columns, 1)
        if cells > machine_memory():
            raise DataError(
                f"{opened.metadata.num_rows:,} rows of {opened.metadata.num_columns:,} columns, more than the memory "
                "of this machine holds",
                path=source.path,
                value=cells,
                remedy="Select the rows and columns that are needed, and write them to a file of their own",
            )
        return _with_dictionaries(opened.read(), opened.metadata.metadata or {})


def _with_dictionaries(table: Any, metadata: Mapping[bytes, bytes]) -> Any:
    """Make factors again of columns that were written as dictionaries: Parquet itself keeps only those of text."""
    written = metadata.get(b"ARROW:schema")
    if written is None:
        return table
    for field in pa.ipc.read_schema(pa.py_buffer(base64.b64decode(written))):
        place = table.schema.get_field_index(field.name)
        if place >= 0 and pa.types.is_dictionary(field.type) and not pa.types.is_dictionary(table.schema[place].type):
            table = table.set_column(place, field.name, table.column(place).dictionary_encode())
    return table


def _feather(source: FileBytes, file: Any) -> Any:
    with pa.ipc.open_file(file) as reader:
        return reader.read_all()


def _stream(source: FileBytes, file: Any) -> Any:
    """Read a stream; one without its end mark is cut off, perhaps between two batches."""
    if source.read(max(source.size - len(_END_OF_STREAM), 0), source.size) != _END_OF_STREAM:
        raise _damaged(source, "the Arrow stream has no mark at its end: it is cut off, or was never closed")
    with pa.ipc.open_stream(file) as reader:
        return reader.read_all()


_READERS: dict[str, Callable[[FileBytes, Any], Any]] = {
    "parquet": _parquet,
    "feather": _feather,
    "arrow-stream": _stream,
}
_NAMES = {"parquet": "Parquet", "feather": "Feather", "arrow-stream": "Arrow stream"}


def _damaged(source: FileBytes, problem: str) -> DataError:
    return DataError(problem, path=source.path, remedy="Copy, download or write the file again; nothing was used of it")
