"""Which format a file has, told by its first bytes or lines; the entry to all parsers.

Formats that are not read are known too, so that they are refused by name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal

from logistica.core.errors import DataError
from logistica.data import delimited
from logistica.data.filebytes import FileBytes, Path, read_bytes

if TYPE_CHECKING:
    from logistica.data.frames import Table

__all__ = ["FileBytes", "Kind", "Path", "open_table", "read_bytes", "read_table", "sniff"]

Kind = Literal["arrow-stream", "delimited", "excel", "feather", "json-lines", "parquet", "svmlight"]

_WINDOW = 1 << 20
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_ENTRY = re.compile(rb"\d+:[^\s:,;]+")
_JSON_OBJECT = re.compile(rb"\{\s*(\"|\}|$)")
_JSON_ARRAY = re.compile(rb"\[\s*([\[{\"]|$)")

_MAGIC: tuple[tuple[bytes, Kind], ...] = (
    (b"PAR1", "parquet"),
    (b"ARROW1\0\0", "feather"),
    (b"\xff\xff\xff\xff", "arrow-stream"),
)
_TWICE = "Decompress it once more"
_REFUSED = (
    (b"FEA1", "a file of Feather's first version", "Write it again as Feather version 2 or Parquet"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", "Save it as .xlsx or CSV"),
    (b"\xfd7zXZ\0", "an xz archive", "Decompress it with xz -d, or compress it with gzip or zstd"),
    (b"\x04\x22\x4d\x18", "an lz4 archive", "Decompress it with lz4 -d, or compress it with gzip or zstd"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "Unpack it, and give the file in it"),
    (b"SQLite format 3\0", "an SQLite database", "Export the table as CSV"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "Export the table as Parquet or CSV"),
    (b"\x1f\x8b", "a gzip archive in an archive", _TWICE),
    (b"\x28\xb5\x2f\xfd", "a zstd archive in an archive", _TWICE),
)


def sniff(source: Path | FileBytes) -> Kind:
    """Tell the format of a file by content.

    Parquet, Arrow and Excel begin with bytes of their own, JSON lines with an object. A blank file is JSON lines too,
    the only format of a table in which no rows are nothing at all. Of other text the first line
    that is neither blank, nor a comment, nor a lone number decides: svmlight if a number is
    followed by fields that all hold a colon, or anything by fields of the form ``index:value``, or if the
    line consists of such fields only (its label is missing, and the parser will say so). Everything else is
    delimited.

    Whoever goes on to parse the file reads it first, with :func:`read_bytes`, and hands that in.

    Raises
    ------
    DataError
        The file is of a format that is known, and not read.
    """
    source = read_bytes(source)
    binary = _binary(source)
    if binary is not None:
        return binary
    if is_blank(source) or _is_json(source):
        return "json-lines"
    for line in _first_lines(source):
        if not _NUMBER.fullmatch(line):
            return "svmlight" if _is_svmlight(line) else "delimited"
    return "delimited"


def read_table(source: Path | FileBytes) -> tuple[Any, delimited.DelimitedOrigin]:
    """Read a CSV or TSV file: the :class:`pyarrow.Table` and its origin; see :func:`logistica.data.delimited.read`."""
    return delimited.read(source)


def open_table(source: FileBytes, kind: Kind) -> Table:
    """Read a file of any format but svmlight, as :func:`sniff` has told it."""
    from logistica.data import frames  # noqa: PLC0415 - narwhals is loaded only for tables

    if kind == "delimited":
        table, text = delimited.read(source)
        return frames.arrow_table(table, text=text)
    if kind == "json-lines":
        from logistica.data import jsonlines  # noqa: PLC0415 - each parser is loaded only for its files

        return frames.typed_table(jsonlines.read(source))
    if kind == "excel":
        from logistica.data import excel  # noqa: PLC0415

        return frames.typed_table(excel.read(source))
    from logistica.data import arrowfiles  # noqa: PLC0415

    return frames.arrow_table(*arrowfiles.read(source, kind))


def _binary(source: FileBytes) -> Kind | None:
    """Tell the format from its first bytes, if it has such; refuse those that are not read."""
    head = source.read(0, 16)
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith(b"PK\x03\x04"):
        if _is_workbook(source):
            return "excel"
        raise _refused(source, "a zip archive that is no Excel workbook", "Unpack it, and give the file in it")
    for magic, what, remedy in _REFUSED:
        if head.startswith(magic):
            raise _refused(source, what, remedy)
    return None


def _is_workbook(source: FileBytes) -> bool:
    """Whether a zip archive is a workbook; one that is cut off tells by the names at its beginning."""
    import zipfile  # noqa: PLC0415 - hardly ever needed

    try:
        with zipfile.ZipFile(source.opened()) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, ValueError, OSError):
        return any(name in source.read(0, _WINDOW) for name in (b"[Content_Types].xml", b"xl/", b"docProps/"))


def is_blank(source: FileBytes) -> bool:
    """Whether there is nothing in a file but ends of lines and blanks."""
    start = source.text_start()
    return source.size <= start + _WINDOW and not source.read(start, source.size).strip()


def _is_json(source: FileBytes) -> bool:
    start = source.text_start()
    head = source.read(start, start + _WINDOW).lstrip()
    if _JSON_ARRAY.match(head):
        raise _refused(source, "a JSON array", "Write JSON lines: one object on each line, without the brackets")
    return bool(_JSON_OBJECT.match(head))


def _refused(source: FileBytes, what: str, remedy: str) -> DataError:
    return DataError(f"this is {what}, which is not read", path=source.path, value=what, remedy=remedy)


def _first_lines(source: FileBytes) -> Iterator[bytes]:
    start = source.text_start()
    window = source.read(start, start + _WINDOW)
    if source.size > start + _WINDOW:
        window = window[: max(map(window.rfind, (b" ", b"\t", b"\n", b"\r"))) + 1]
    for line in window.splitlines():
        content = line.partition(b"#")[0].strip()
        if content:
            yield content


def _is_svmlight(line: bytes) -> bool:
    first, *others = line.split()
    if all(_ENTRY.fullmatch(field) for field in others):
        return bool(others) or bool(_ENTRY.fullmatch(first))
    return bool(_NUMBER.fullmatch(first)) and all(b":" in field for field in others)
