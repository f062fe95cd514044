"""Archives of one file: gzip, bzip2 and Zstandard, told by content, in any number of members.

Nothing damaged is used in part: an archive is decompressed to its end before anything is parsed. What comes out of
it is bounded, by a multiple of its size and by the memory of the machine. One thing cannot be found: a Zstandard frame
written without its checksum, which the ``zstd`` command adds unless told not to, may hold flipped bits that decompress.
"""

from __future__ import annotations

import bz2
import zlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Protocol

from logistica.core.errors import DataError
from logistica.core.memory import machine_memory
from logistica.data.filestore import FileStore, Spool

if TYPE_CHECKING:
    from logistica.data.filebytes import FileBytes

EXPANSION_RATIO = 200
EXPANSION_FREE = 1 << 26

_PIECE = 1 << 16
_OUTPUT = 1 << 20
GZIP, BZIP2, ZSTANDARD = b"\x1f\x8b", b"BZh", b"\x28\xb5\x2f\xfd"
_BLOCK_MARKS = (b"1AY&SY", b"\x17rE8P\x90")
"""What follows ``BZh`` and a digit: the first block, or the end of an empty stream."""


class _Member(Protocol):
    """One stream of an archive on its way out."""

    @property
    def eof(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    @property
    def needs_input(self) -> bool: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _GzipMember:
    """zlib's decompressor with the manners of bz2's: what it could not put out yet, it keeps."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(wbits=31)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        return self._stream.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        content = self._stream.decompress(self._stream.unconsumed_tail + data, max_length)
        self.needs_input = not self._stream.unconsumed_tail and len(content) < max_length
        return content


def kind_of(head: bytes) -> str | None:
    """Tell the archive from its first bytes: "gzip", "bzip2" or "zstd"; None if it is none of these."""
    if head.startswith(GZIP):
        return "gzip"
    if head.startswith(BZIP2) and head[3:4].isdigit() and (head[4:10] in _BLOCK_MARKS or len(head) < 10):
        return "bzip2"
    is_skippable = head[1:4] == b"\x2a\x4d\x18" and 0x50 <= head[0] <= 0x5F
    return "zstd" if head.startswith(ZSTANDARD) or is_skippable else None


def decompressed(archive: FileBytes, kind: str) -> bytes | FileStore:
    """Decompress the whole of an archive.

    Raises
    ------
    DataError
        It is cut off, damaged, followed by other bytes, or expands to more than ``EXPANSION_RATIO`` times its size
        (and to more than ``EXPANSION_FREE`` bytes), or to more than this machine's memory.
    """
    limit = expansion_limit(archive.size)
    with Spool(archive.path) as spool:
        for piece in _CONTENT[kind](archive):
            spool.write(piece)
            if spool.size > limit:
                is_ratio = limit < machine_memory()
                why = f"over {EXPANSION_RATIO} times their size" if is_ratio else "the memory of this machine"
                raise DataError(
                    f"the {kind} data ({archive.size:,} bytes) expand to more than {limit:,} bytes, {why}",
                    path=archive.path,
                    value=limit,
                    remedy="If that is meant, decompress the file and give the plain one",
                )
        return spool.stored()


def expansion_limit(size: int) -> int:
    """Return how many bytes an archive of ``size`` bytes may become."""
    return min(max(EXPANSION_FREE, EXPANSION_RATIO * size), machine_memory())


def _gzip(archive: FileBytes) -> Iterator[bytes]:
    return _members(archive, "gzip", GZIP, _GzipMember, zlib.error)


def _bzip2(archive: FileBytes) -> Iterator[bytes]:
    return _members(archive, "bzip2", BZIP2, bz2.BZ2Decompressor, OSError)


def _members(
    archive: FileBytes, kind: str, magic: bytes, make: Callable[[], _Member], fault: type[Exception]
) -> Iterator[bytes]:
    """Yield the content of all members; zeros after the last one are padding."""
    position = 0
    while archive.read(position, position + len(magic)) == magic:
        member = make()
        while not member.eof:
            piece = archive.read(position, position + _PIECE) if member.needs_input else b""
            if member.needs_input and not piece:
                raise _damaged(archive, f"the {kind} data end too early: the file is cut off")
            try:
                yield member.decompress(piece, _OUTPUT)
            except fault as error:
                raise _damaged(archive, f"the {kind} data are damaged near byte {position} ({error})") from error
            position += len(piece)
        position -= len(member.unused_data)
    if any(any(piece) for piece in archive.pieces(position)):
        if archive.size - position < len(magic):
            raise _damaged(archive, f"the {kind} data end too early: the file is cut off")
        raise _damaged(archive, f"bytes that are not {kind} follow the data at byte offset {position}")


def _zstd(archive: FileBytes) -> Iterator[bytes]:
    """Yield the content of all frames, as Arrow's own library of Zstandard finds it."""
    import pyarrow as pa  # noqa: PLC0415 - loaded only for its archives

    with pa.CompressedInputStream(pa.PythonFile(archive.opened(), mode="r"), "zstd") as stream:
        while True:
            try:
                piece: Any = stream.read(_OUTPUT)
            except OSError as error:
                raise _damaged(archive, _zstd_problem(str(error))) from error
            if not piece:
                return
            yield piece


def _zstd_problem(reason: str) -> str:
    lower = reason.lower()
    if "truncated" in lower or "incomplete" in lower or "end of input" in lower:
        return "the zstd data end too early: the file is cut off"
    if "unknown frame" in lower:
        return "bytes that are not zstd follow the data"
    return f"the zstd data are damaged ({reason})"


_CONTENT: dict[str, Callable[[FileBytes], Iterator[bytes]]] = {"gzip": _gzip, "bzip2": _bzip2, "zstd": _zstd}


def _damaged(archive: FileBytes, problem: str) -> DataError:
    return DataError(problem, path=archive.path, remedy="Copy or download the file again; nothing was used of it")
