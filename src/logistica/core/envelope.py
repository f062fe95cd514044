"""The envelope of files that logistica reads again: one JSON object whose every byte is accounted for.

It looks like this::

    {
      "format": "logistica model",
      "format_version": 1,
      "made_by": "logistica 0.1.0",
      "content_bytes": 1234,
      "content": { ... },
      "sha256": "..."
    }

The first four lines and the last two have exactly this form, the length says where the content ends, and the
checksum covers every byte before its own line. So one changed, missing or added byte anywhere is an error,
the reader takes no more from a file than its first lines announce, and nothing is parsed before it is known
to be whole. Any later version keeps the first three lines, so that this one can name it.

The checksum finds damage, not malice: whoever can write the file can write the checksum too. The content is
therefore read strictly (:mod:`logistica.core.strict_json`) and decoded field by field
(:mod:`logistica.core.schema`). Nothing in such a file is ever run, and no name in it is used as a path.
"""

from __future__ import annotations

import codecs
import os
import re
import stat
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, BinaryIO, NoReturn

from logistica.core import strict_json
from logistica.core.atomic import write_atomic
from logistica.core.errors import FileAccessError, LogisticaError
from logistica.core.file_kinds import looks_like
from logistica.core.version import VERSION

Path = str | os.PathLike[str]

_TAIL = '  "sha256": "{}"\n}}\n'
_TAIL_BYTES = len(_TAIL.format("0" * 64))
_AFTER_CONTENT = b",\n"
_BEFORE_JSON = codecs.BOM_UTF8 + b" \t\r\n"
_HEAD_BYTES = 4096
_PIECE = 1 << 20

_ORIGIN = re.compile(rb'  "format_version": ([1-9][0-9]{0,8}),\n  "made_by": "([\w .+!-]{1,100})",\n')
_LENGTH = re.compile(rb'  "content_bytes": ([1-9][0-9]{0,17}),\n  "content": ')


@dataclass(frozen=True)
class Envelope:
    """A kind of file.

    Attributes
    ----------
    kind : str
        What is in it, in a word: "model".
    version : int
        The version of the content's format that is written, and the highest that is read.
    error : type of LogisticaError
        What is raised where a file is no whole one of this kind.
    again, other, smaller, too_large : str
        Remedies: for a damaged file, for a file of another kind, for one that announces more bytes than are allowed,
        and for content that would make such a file (after "was not saved. ").
    """

    kind: str
    version: int
    error: type[LogisticaError]
    again: str
    other: str
    smaller: str
    too_large: str

    def write(self, path: Path, content: dict[str, Any], largest: int) -> None:
        """Write content to the file ``path``, whole or not at all, unless it takes more than ``largest`` bytes.

        ``content`` is nested dicts with text keys, lists, tuples (read back as lists), str, int, bool, None and finite
        floats. See :func:`logistica.core.schema.encode_float` and its neighbours for the rest.

        Raises
        ------
        FileAccessError
            The file could not be written; an old one is intact.
        LogisticaError
            Of the type ``error``: the file would be too large.
        TypeError, ValueError
            The content holds what JSON cannot (a mistake of the caller, before anything is written).
        """
        data = self.to_bytes(content)
        if len(data) > largest:
            raise self.error(
                f"{os.fspath(path)!r}: the {self.kind} would take {len(data):,} bytes, more than the {largest:,} "
                f"that can be read again, and was not saved. {self.too_large}."
            )
        write_atomic(path, data)

    def to_bytes(self, content: dict[str, Any]) -> bytes:
        """Return the bytes of the file with this content, ASCII only."""
        if not isinstance(content, dict):
            raise TypeError(f"the content of a {self.kind} file is a dict, not {type(content).__name__}")
        text = strict_json.render(content, indent=1)
        head = (
            f'  "format_version": {self.version},\n  "made_by": "logistica {VERSION}",\n'
            f'  "content_bytes": {len(text)},\n  "content": {text}'
        )
        body = self._start + head.encode("ascii") + _AFTER_CONTENT
        return body + tail(body)

    def read(self, path: Path, largest: int) -> dict[str, Any]:
        """Return the content of a file, exactly as it was given to :meth:`write`.

        Raises
        ------
        FileAccessError
            There is no such file, it is a directory, or it cannot be read.
        LogisticaError
            Of the type ``error``: it is of another kind, cut short, damaged, larger than ``largest`` or hostile, or was
            made by a later version of logistica that writes another format.
        """
        name = repr(os.fspath(path))
        with self._opened(path, name) as stream:
            try:
                return self.read_stream(stream, name, largest)
            except OSError as error:
                raise self._unreadable(name, error) from error

    def read_stream(self, stream: BinaryIO, name: str, largest: int) -> dict[str, Any]:
        """Return the content of a file read from an open binary stream, which need not be seekable.

        ``name`` stands for the file in messages. At most ``largest`` bytes are taken. Raises as :meth:`read` does, and
        lets errors of the stream itself pass.
        """
        beginning = _take(stream, _HEAD_BYTES)
        start, length = self._content_extent(beginning, name)
        total = start + length + len(_AFTER_CONTENT) + _TAIL_BYTES
        if total > largest:
            problem = f"the file announces {total:,} bytes, more than the {largest:,} allowed"
            self._refuse(name, problem, self.smaller)
        data = beginning + _take(stream, total + 1 - len(beginning))
        if len(data) < total:
            self._refuse(name, f"the file is cut short: {len(data):,} of {total:,} bytes are there", self.again)
        if len(data) > total:
            self._refuse(name, f"bytes follow the end of the {self.kind}, which has {total:,}", self.again)
        body = memoryview(data)[:-_TAIL_BYTES]
        end = start + length
        if data[-_TAIL_BYTES:] != tail(body) or body[end:] != _AFTER_CONTENT:
            self._refuse(name, "the file is damaged: its checksum does not fit", self.again)
        return self._content(body[start:end], start, name)

    def is_there(self, path: Path) -> bool:
        """Whether there is a file of this kind, whole or not; an empty one counts.

        One of another kind is refused: for who means to write over it, as :meth:`write` asks no questions. Raises as
        :meth:`read` does.
        """
        name = repr(os.fspath(path))
        try:
            mode = os.stat(path).st_mode
        except FileNotFoundError:
            return False
        except (OSError, ValueError) as error:
            raise self._unreadable(name, error) from error
        if not stat.S_ISREG(mode):
            self._refuse(name, f"this is no ordinary file, and a {self.kind} must be one", self.other)
        with self._opened(path, name) as stream:
            try:
                beginning = _take(stream, _HEAD_BYTES)
            except OSError as error:
                raise self._unreadable(name, error) from error
        if not (self._begins(beginning) or self._title in beginning or not beginning.strip(b"\0")):
            self._refuse_kind(beginning, name)
        return True

    @property
    def _title(self) -> bytes:
        return f'"logistica {self.kind}"'.encode("ascii")

    @property
    def _start(self) -> bytes:
        return b'{\n  "format": ' + self._title + b",\n"

    def _begins(self, beginning: bytes) -> bool:
        return self._start.startswith(beginning[: len(self._start)])

    def _opened(self, path: Path, name: str) -> BinaryIO:
        try:
            return open(path, "rb", buffering=0)
        except (OSError, ValueError) as error:
            raise self._unreadable(name, error) from error

    def _unreadable(self, name: str, error: OSError | ValueError) -> FileAccessError:
        known = {
            FileNotFoundError: "there is no such file. Check the path",
            IsADirectoryError: f"this is a directory. Name the {self.kind} file in it",
            PermissionError: "no permission to read this file. Change its permissions, or copy it",
        }
        kind = type(error)
        if kind in known:
            return FileAccessError(f"{name}: {known[kind]}.")
        reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
        return FileAccessError(f"{name} cannot be read: {reason[:1].lower()}{reason[1:]}. Check the path.")

    def _content_extent(self, beginning: bytes, name: str) -> tuple[int, int]:
        """Return the position of the content's first byte, and its length in bytes."""
        if not beginning:
            self._refuse(name, "the file is empty", self.again)
        start = self._start
        origin = _ORIGIN.match(beginning, len(start)) if beginning.startswith(start) else None
        if origin is None:
            self._refuse_beginning(beginning, name)
        version, made_by = int(origin[1]), origin[2].decode("ascii")
        if version > self.version:
            this = f"this is logistica {VERSION}, which reads formats up to {self.version}"
            made = f"the {self.kind} was made by {made_by} with format {version}"
            self._refuse(name, f"{made}; {this}", "Upgrade logistica")
        length = _LENGTH.match(beginning, origin.end())
        if length is None:
            self._refuse(name, "the file is cut short or damaged in its first lines", self.again)
        return length.end(), int(length[1])

    def _refuse_beginning(self, beginning: bytes, name: str) -> NoReturn:
        if self._begins(beginning):
            self._refuse(name, "the file is cut short or damaged in its first lines", self.again)
        if beginning.lstrip(_BEFORE_JSON).startswith(b"{") and self._title in beginning:
            problem = "the file was changed after logistica wrote it (an editor, other line ends?)"
            self._refuse(name, problem, self.again)
        self._refuse_kind(beginning, name)

    def _refuse_kind(self, beginning: bytes, name: str) -> NoReturn:
        problem = f"this is not a logistica {self.kind} file; it looks like {looks_like(beginning)}"
        self._refuse(name, problem, self.other)

    def _content(self, text: memoryview, start: int, name: str) -> dict[str, Any]:
        try:
            content = strict_json.parse(str(text, "ascii"))
        except UnicodeDecodeError as error:
            self._refuse(name, f"byte {start + error.start:,} is not ASCII", self.again)
        except strict_json.StrictJSONError as error:
            place = "" if error.position is None else f" at byte {start + error.position:,}"
            self._refuse(name, f"its content cannot be read{place}: {error}", self.again)
        if not isinstance(content, dict):
            self._refuse(name, "its content is not an object with named fields", self.again)
        return content

    def _refuse(self, name: str, problem: str, remedy: str) -> NoReturn:
        raise self.error(f"{name}: {problem}. {remedy}.")


def tail(body: bytes | memoryview) -> bytes:
    """Return the last two lines of a file that begins with ``body``."""
    return _TAIL.format(sha256(body).hexdigest()).encode("ascii")


def _take(stream: BinaryIO, most: int) -> bytes:
    """Read until ``most`` bytes are there or the stream ends; memory grows only with what has come."""
    pieces: list[bytes] = []
    while most > 0 and (piece := stream.read(min(most, _PIECE))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)
