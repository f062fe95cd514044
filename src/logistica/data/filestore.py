"""Bytes on a disk that can be read again and again, in pieces, and are known to have stayed the same."""

from __future__ import annotations

import os
import tempfile
import weakref

from logistica.core.errors import DataError, FileAccessError

MEMORY_BYTES = 1 << 25
"""What comes through a pipe, or out of an archive, is kept in memory up to this size, and then on disk."""


class FileStore:
    """An open regular file: its first ``size`` bytes, as they were when it was opened.

    Parameters
    ----------
    descriptor : int
        Closed when the store is no longer used.
    name : str
        For messages.
    """

    def __init__(self, descriptor: int, name: str) -> None:
        self.name = name
        self._descriptor = descriptor
        self._state = _state(descriptor)
        self.size = os.fstat(descriptor).st_size
        weakref.finalize(self, os.close, descriptor)

    def read(self, start: int, stop: int) -> bytes:
        """Read the bytes from ``start`` to ``stop`` - 1.

        Raises
        ------
        DataError
            The file has become shorter.
        FileAccessError
            The disk cannot be read.
        """
        pieces = []
        while start < stop:
            try:
                piece = os.pread(self._descriptor, stop - start, start)
            except OSError as error:
                raise FileAccessError(f"{self.name}: the file could not be read ({error.strerror}).") from error
            if not piece:
                raise _changed(self.name)
            pieces.append(piece)
            start += len(piece)
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def check(self) -> None:
        """Raise a DataError if the file was written to since it was opened."""
        if _state(self._descriptor) != self._state:
            raise _changed(self.name)


class Spool:
    """Bytes as they come, for a ``with`` block.

    They are in memory while they are few, then in a file without a name, gone with the process.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.size = 0
        self._file = tempfile.SpooledTemporaryFile(max_size=MEMORY_BYTES)  # noqa: SIM115 - closed on exit

    def __enter__(self) -> Spool:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, piece: bytes) -> None:
        """Append a piece."""
        self.size += len(piece)
        try:
            self._file.write(piece)
        except OSError as error:
            raise FileAccessError(
                f"{self.name}: {self.size:,} bytes do not fit into the temporary directory ({error.strerror}). "
                "Set TMPDIR to a directory with more space, or give a plain file."
            ) from error

    def stored(self) -> bytes | FileStore:
        """Return what was written, to be read."""
        if self.size <= MEMORY_BYTES:
            self._file.seek(0)
            return self._file.read()
        self._file.flush()
        return FileStore(os.dup(self._file.fileno()), self.name)


def _state(descriptor: int) -> tuple[int, int]:
    status = os.fstat(descriptor)
    return status.st_size, status.st_mtime_ns


def _changed(name: str) -> DataError:
    return DataError(
        "the file was changed while it was read", path=name, remedy="Read a copy, or wait until it is written"
    )
