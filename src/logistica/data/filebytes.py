"""The bytes of a file or of standard input, decompressed, before any parser starts.

Compression is told by content, never by suffix. A pipe is read once. A plain file is not taken into memory: the
parsers ask for pieces of it, and may ask again.
"""

from __future__ import annotations

import codecs
import io
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

import numpy as np

from logistica.core.errors import DataError, FileAccessError
from logistica.data import compression
from logistica.data.filestore import FileStore, Spool
from logistica.data.reading import tell

STANDARD_INPUT = "-"
PIECE_BYTES = 1 << 21

_WIDE_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}

Path = str | os.PathLike[str]


@dataclass(frozen=True, eq=False)
class FileBytes:
    """The decompressed content of a file.

    Attributes
    ----------
    path : str
        The file's name, for messages.
    store : bytes or FileStore
    """

    path: str
    store: bytes | FileStore

    @property
    def size(self) -> int:
        """Number of bytes."""
        return len(self.store) if isinstance(self.store, bytes) else self.store.size

    @property
    def data(self) -> bytes:
        """All of it, in memory."""
        return self.read(0, self.size)

    def read(self, start: int, stop: int) -> bytes:
        """Return the bytes from ``start`` to ``stop`` - 1, or to the end if that comes before."""
        if isinstance(self.store, bytes):
            return self.store[start:stop]
        return self.store.read(start, min(stop, self.size))

    def pieces(self, start: int = 0, piece_bytes: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from ``start`` to the end; then check that the file has not changed meanwhile."""
        piece_bytes = piece_bytes or PIECE_BYTES
        for here in range(start, self.size, piece_bytes):
            yield self.read(here, here + piece_bytes)
            tell(min(here + piece_bytes, self.size), self.size)
        self.check()

    def check(self) -> None:
        """Raise a DataError if the file has changed since it was opened."""
        if isinstance(self.store, FileStore):
            self.store.check()

    def opened(self) -> io.RawIOBase:
        """Return the content as a file opened for reading."""
        return _Opened(self)

    def text_start(self) -> int:
        """Tell where the text starts: at 3 after a UTF-8 byte order mark; UTF-16 and UTF-32 are refused."""
        head = self.read(0, 4)
        for mark, encoding in _WIDE_MARKS.items():
            if head.startswith(mark):
                raise DataError(
                    f"the file is encoded as {encoding} (byte order mark at byte offset 0)",
                    path=self.path,
                    value=encoding,
                    remedy=f"Save it as UTF-8, for example with: iconv -f {encoding} -t utf-8",
                )
        return len(codecs.BOM_UTF8) if head.startswith(codecs.BOM_UTF8) else 0

    def line_at(self, offset: int) -> int:
        """Tell on which line, from 1, a byte offset lies; LF, CRLF and CR end lines."""
        ends, after_return = 0, False
        for here in range(0, offset, PIECE_BYTES):
            data = self.read(here, min(here + PIECE_BYTES, offset))
            ends += line_ends(data) - (after_return and data.startswith(b"\n"))
            after_return = data.endswith(b"\r")
        return 1 + ends


class _Opened(io.RawIOBase):
    """The content as a file, for libraries that read files."""

    def __init__(self, source: FileBytes) -> None:
        self._source = source
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._source.size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self._source.read(self._at, self._at + len(view))
        view[: len(data)] = data
        self._at += len(data)
        return len(data)


def line_ends(data: bytes) -> int:
    """Count the ends of lines: LF, CRLF and CR."""
    newlines = int(np.count_nonzero(np.frombuffer(data, np.uint8) == ord("\n")))  # faster than bytes.count
    return newlines + (data.count(b"\r") - data.count(b"\r\n") if b"\r" in data else 0)


def read_bytes(path: Path | FileBytes) -> FileBytes:
    """Open a file, or standard input for ``"-"``, and decompress it; a FileBytes is returned as it is.

    Raises
    ------
    FileAccessError
        There is no such file, it is a directory, or it cannot be read.
    DataError
        It is an archive that is cut off or damaged, or expands too much (see :mod:`logistica.data.compression`).
    """
    if isinstance(path, FileBytes):
        return path
    name = "standard input" if os.fspath(path) == STANDARD_INPUT else os.fspath(path)
    source = FileBytes(name, _stored(os.fspath(path), name))
    kind = compression.kind_of(source.read(0, 10))
    return source if kind is None else FileBytes(name, compression.decompressed(source, kind))


def _stored(path: str, name: str) -> bytes | FileStore:
    try:
        if path == STANDARD_INPUT:
            return _standard_input(name)
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        status = os.fstat(descriptor)
        if stat.S_ISREG(status.st_mode):
            return FileStore(descriptor, name)
        with open(descriptor, "rb", buffering=0) as handle:  # a directory is refused here
            return _spooled(handle, name)
    except FileAccessError:
        raise
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


def _standard_input(name: str) -> bytes | FileStore:
    if sys.stdin is None:
        raise FileAccessError("standard input is closed.")
    return _spooled(sys.stdin.buffer, name)


def _spooled(handle: BinaryIO | io.RawIOBase, name: str) -> bytes | FileStore:
    """Take what comes through a pipe, which can be read only once."""
    with Spool(name) as spool:
        while piece := handle.read(1 << 20):
            spool.write(piece)
        return spool.stored()
