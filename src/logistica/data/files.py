"""Which kind of text a file holds, told by its first lines; the entry to both parsers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal

from logistica.data import delimited
from logistica.data.filebytes import FileBytes, Path, read_bytes

__all__ = ["FileBytes", "Path", "read_bytes", "read_table", "sniff"]

_WINDOW = 1 << 20
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_ENTRY = re.compile(rb"\d+:[^\s:,;]+")


def sniff(source: Path | FileBytes) -> Literal["svmlight", "delimited"]:
    """Tell svmlight text from a table with delimiters, by content.

    The first line that is neither blank, nor a comment, nor a lone number decides: svmlight if a number is
    followed by fields that all hold a colon, or anything by fields of the form ``index:value``, or if the
    line consists of such fields only (its label is missing, and the parser will say so). Everything else is
    delimited.

    Whoever goes on to parse the file reads it first, with :func:`read_bytes`, and hands that in.
    """
    source = read_bytes(source)
    for line in _first_lines(source):
        if not _NUMBER.fullmatch(line):
            return "svmlight" if _is_svmlight(line) else "delimited"
    return "delimited"


def read_table(source: Path | FileBytes) -> tuple[Any, delimited.DelimitedOrigin]:
    """Read a CSV or TSV file: the :class:`pyarrow.Table` and its origin; see :func:`logistica.data.delimited.read`."""
    return delimited.read(source)


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
