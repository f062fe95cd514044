"""The bytes of a file or of standard input, decompressed, before any parser starts.

Compression is told by content, never by suffix. A file is read once: the parsers, and the question of which
of them to ask, all work on the same :class:`FileBytes`.
"""

from __future__ import annotations

import codecs
import io
import os
import sys
import zlib
from dataclasses import dataclass

from logistica.core.errors import DataError, FileAccessError

STANDARD_INPUT = "-"
EXPANSION_RATIO = 200
EXPANSION_FREE = 1 << 26

_GZIP_MAGIC = b"\x1f\x8b"
_PIECE = 1 << 16
_WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}

Path = str | os.PathLike[str]


@dataclass(frozen=True)
class FileBytes:
    """The decompressed content of a file.

    Attributes
    ----------
    path : str
        The file's name, for messages.
    data : bytes
        All of it.
    """

    path: str
    data: bytes

    def text_start(self) -> int:
        """Tell where the text starts: at 3 after a UTF-8 byte order mark; UTF-16 and UTF-32 are refused."""
        for mark, encoding in _WIDE_MARKS.items():
            if self.data.startswith(mark):
                raise DataError(
                    f"the file is encoded as {encoding} (byte order mark at byte offset 0)",
                    path=self.path,
                    value=encoding,
                    remedy="Save it as UTF-8",
                )
        return len(codecs.BOM_UTF8) if self.data.startswith(codecs.BOM_UTF8) else 0

    def line_at(self, offset: int) -> int:
        """Tell on which line, from 1, a byte offset lies; LF, CRLF and CR end lines."""
        data = self.data
        ends = data.count(b"\n", 0, offset) + data.count(b"\r", 0, offset) - data.count(b"\r\n", 0, offset)
        return 1 + ends


def read_bytes(path: Path | FileBytes) -> FileBytes:
    """Read and decompress a whole file, or standard input for ``"-"``; a FileBytes is returned as it is.

    Raises
    ------
    FileAccessError
        There is no such file, it is a directory, or it cannot be read.
    DataError
        The gzip data are cut off or damaged, or expand to more than ``EXPANSION_RATIO`` times their size (and
        to more than ``EXPANSION_FREE`` bytes).
    """
    if isinstance(path, FileBytes):
        return path
    name = "standard input" if os.fspath(path) == STANDARD_INPUT else os.fspath(path)
    data = _content(os.fspath(path), name)
    return FileBytes(name, _gunzip(data, name) if data.startswith(_GZIP_MAGIC) else data)


def _content(path: str, name: str) -> bytes:
    try:
        if path == STANDARD_INPUT:
            if sys.stdin is None:
                raise FileAccessError("standard input is closed.")
            return sys.stdin.buffer.read()
        with open(path, "rb") as handle:
            return handle.read()
    except FileNotFoundError as error:
        raise FileAccessError(f"{name or repr(name)}: there is no such file.") from error
    except IsADirectoryError as error:
        raise FileAccessError(f"{name}: this is a directory; name a file in it.") from error
    except PermissionError as error:
        raise FileAccessError(f"{name}: no permission to read this file.") from error
    except ValueError as error:
        raise FileAccessError(f"{name!r}: this cannot be the path of a file ({error}).") from error
    except OSError as error:
        raise FileAccessError(f"{name}: the file could not be read ({error.strerror or error}).") from error


def _gunzip(data: bytes, name: str) -> bytes:
    """All members of a gzip file, one after the other; zeros after the last one are padding."""
    limit = max(EXPANSION_FREE, EXPANSION_RATIO * len(data))
    compressed = memoryview(data)
    content = io.BytesIO()
    position = 0
    while compressed[position : position + len(_GZIP_MAGIC)] == _GZIP_MAGIC:
        position = _gunzip_member(compressed, position, content, limit, name)
    if any(compressed[position:]):
        raise _damaged(name, f"bytes that are not gzip follow the data at byte offset {position}")
    return content.getvalue()


def _gunzip_member(compressed: memoryview, position: int, content: io.BytesIO, limit: int, name: str) -> int:
    """Append one member's content to ``content``; returns the position after the member."""
    member = zlib.decompressobj(wbits=31)
    while not member.eof:
        piece = compressed[position : position + _PIECE]
        if not piece:
            raise _damaged(name, "the gzip data end too early: the file is cut off")
        try:
            content.write(member.decompress(piece))
        except zlib.error as error:
            raise _damaged(name, f"the gzip data are damaged near byte {position} ({error})") from error
        position += len(piece) - len(member.unused_data)
        if content.tell() > limit:
            raise DataError(
                f"the gzip data ({len(compressed):,} bytes) expand to more than {limit:,} bytes, "
                f"over {EXPANSION_RATIO} times their size",
                path=name,
                value=limit,
                remedy="If that is meant, decompress the file and give the plain one",
            )
    return position


def _damaged(name: str, problem: str) -> DataError:
    return DataError(problem, path=name, remedy="Copy or download the file again; nothing was used of it")
