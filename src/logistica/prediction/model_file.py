"""The envelope of a model file: one JSON object whose every byte is accounted for.

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
(:mod:`logistica.core.schema`). Nothing in a model file is ever run, and no name in it is used as a path.
"""

from __future__ import annotations

import codecs
import os
import re
from hashlib import sha256
from typing import Any, BinaryIO, NoReturn

from logistica.core import strict_json
from logistica.core.atomic import write_atomic
from logistica.core.errors import FileAccessError, ModelFileError
from logistica.core.version import VERSION
from logistica.prediction.file_kinds import looks_like

FORMAT_VERSION = 1
"""The version of the format that is written, and the highest that is read."""

LARGEST_FILE = 1 << 30
"""The most bytes that a model file may have."""

Path = str | os.PathLike[str]

_START = b'{\n  "format": "logistica model",\n'
_TAIL = '  "sha256": "{}"\n}}\n'
_TAIL_BYTES = len(_TAIL.format("0" * 64))
_AFTER_CONTENT = b",\n"
_BEFORE_JSON = codecs.BOM_UTF8 + b" \t\r\n"
_HEAD_BYTES = 4096
_PIECE = 1 << 20

_ORIGIN = re.compile(
    re.escape(_START) + rb'  "format_version": ([1-9][0-9]{0,8}),\n  "made_by": "([\w .+!-]{1,100})",\n'
)
_LENGTH = re.compile(rb'  "content_bytes": ([1-9][0-9]{0,17}),\n  "content": ')
_ACCESS: dict[type[Exception], str] = {
    FileNotFoundError: "there is no such file. Check the path",
    IsADirectoryError: "this is a directory. Name the model file in it",
    PermissionError: "no permission to read this file. Change its permissions, or copy it",
}
_AGAIN = "Copy the file again, or save the model again; nothing was read from it"


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a model's content to the file ``path``, whole or not at all.

    Parameters
    ----------
    path : str or path-like
        The file; one that exists is replaced. See :func:`logistica.core.atomic.write_atomic`.
    content : dict
        Nested dicts with text keys, lists, tuples (read back as lists), str, int, bool, None and finite
        floats. See :func:`logistica.core.schema.encode_float` and :func:`~logistica.core.schema.encode_array`
        for the rest.

    Raises
    ------
    FileAccessError
        The file could not be written; an old one is intact.
    ModelFileError
        The file would have more than ``LARGEST_FILE`` bytes.
    TypeError, ValueError
        The content holds what JSON cannot (a mistake of the caller, before anything is written).
    """
    data = to_bytes(content)
    if len(data) > LARGEST_FILE:
        raise ModelFileError(
            f"{os.fspath(path)!r}: the model would take {len(data):,} bytes, more than the {LARGEST_FILE:,} "
            "that can be read again, and was not saved. Save it without its covariance, or fit fewer columns."
        )
    write_atomic(path, data)


def to_bytes(content: dict[str, Any]) -> bytes:
    """Return the bytes of the model file with this content, ASCII only."""
    if not isinstance(content, dict):
        raise TypeError(f"the content of a model file is a dict, not {type(content).__name__}")
    text = strict_json.render(content, indent=1)
    head = (
        f'  "format_version": {FORMAT_VERSION},\n  "made_by": "logistica {VERSION}",\n'
        f'  "content_bytes": {len(text)},\n  "content": {text}'
    )
    body = _START + head.encode("ascii") + _AFTER_CONTENT
    return body + _tail(body)


def read(path: Path) -> dict[str, Any]:
    """Return the content of a model file, exactly as it was given to :func:`write`.

    Raises
    ------
    FileAccessError
        There is no such file, it is a directory, or it cannot be read.
    ModelFileError
        It is no model file, is cut short, damaged, larger than ``LARGEST_FILE`` or hostile, or was made by a
        later version of logistica that writes another format.
    """
    name = repr(os.fspath(path))
    with _opened(path, name) as stream:
        try:
            return read_stream(stream, name)
        except OSError as error:
            raise _unreadable(name, error) from error


def read_stream(stream: BinaryIO, name: str, largest: int = LARGEST_FILE) -> dict[str, Any]:
    """Return the content of a model file read from an open binary stream, which need not be seekable.

    ``name`` stands for the file in messages. At most ``largest`` bytes are taken. Raises ModelFileError as
    :func:`read` does, and lets errors of the stream itself pass.
    """
    beginning = _take(stream, _HEAD_BYTES)
    start, length = _content_extent(beginning, name)
    total = start + length + len(_AFTER_CONTENT) + _TAIL_BYTES
    if total > largest:
        problem = f"the file announces {total:,} bytes, more than the {largest:,} allowed"
        _refuse(name, problem, "Give a smaller model")
    data = beginning + _take(stream, total + 1 - len(beginning))
    if len(data) < total:
        _refuse(name, f"the file is cut short: {len(data):,} of {total:,} bytes are there", _AGAIN)
    if len(data) > total:
        _refuse(name, f"bytes follow the end of the model, which has {total:,}", _AGAIN)
    body = memoryview(data)[:-_TAIL_BYTES]
    end = start + length
    if data[-_TAIL_BYTES:] != _tail(body) or body[end:] != _AFTER_CONTENT:
        _refuse(name, "the file is damaged: its checksum does not fit", _AGAIN)
    return _content(body[start:end], start, name)


def _opened(path: Path, name: str) -> BinaryIO:
    try:
        return open(path, "rb", buffering=0)
    except (OSError, ValueError) as error:
        raise _unreadable(name, error) from error


def _unreadable(name: str, error: OSError | ValueError) -> FileAccessError:
    kind = type(error)
    if kind in _ACCESS:
        return FileAccessError(f"{name}: {_ACCESS[kind]}.")
    reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
    return FileAccessError(f"{name} cannot be read: {reason[:1].lower()}{reason[1:]}. Check the path.")


def _take(stream: BinaryIO, most: int) -> bytes:
    """Read until ``most`` bytes are there or the stream ends; memory grows only with what has come."""
    pieces: list[bytes] = []
    while most > 0 and (piece := stream.read(min(most, _PIECE))):
        pieces.append(piece)
        most -= len(piece)
    return b"".join(pieces)


def _content_extent(beginning: bytes, name: str) -> tuple[int, int]:
    """Return the position of the content's first byte, and its length in bytes."""
    if not beginning:
        _refuse(name, "the file is empty", _AGAIN)
    origin = _ORIGIN.match(beginning)
    if origin is None:
        _refuse_beginning(beginning, name)
    version, made_by = int(origin[1]), origin[2].decode("ascii")
    if version > FORMAT_VERSION:
        this = f"this is logistica {VERSION}, which reads formats up to {FORMAT_VERSION}"
        _refuse(name, f"the model was made by {made_by} with format {version}; {this}", "Upgrade logistica")
    length = _LENGTH.match(beginning, origin.end())
    if length is None:
        _refuse(name, "the file is cut short or damaged in its first lines", _AGAIN)
    return length.end(), int(length[1])


def _refuse_beginning(beginning: bytes, name: str) -> NoReturn:
    if _START.startswith(beginning[: len(_START)]):
        _refuse(name, "the file is cut short or damaged in its first lines", _AGAIN)
    if beginning.lstrip(_BEFORE_JSON).startswith(b"{") and b'"logistica model"' in beginning:
        _refuse(name, "the file was changed after logistica wrote it (an editor, other line ends?)", _AGAIN)
    _refuse(
        name,
        f"this is not a logistica model file; it looks like {looks_like(beginning)}",
        "Give a file made by logistica's fit or save",
    )


def _content(text: memoryview, start: int, name: str) -> dict[str, Any]:
    try:
        content = strict_json.parse(str(text, "ascii"))
    except UnicodeDecodeError as error:
        _refuse(name, f"byte {start + error.start:,} is not ASCII", _AGAIN)
    except strict_json.StrictJSONError as error:
        place = "" if error.position is None else f" at byte {start + error.position:,}"
        _refuse(name, f"its content cannot be read{place}: {error}", _AGAIN)
    if not isinstance(content, dict):
        _refuse(name, "its content is not an object with named fields", _AGAIN)
    return content


def _tail(body: bytes | memoryview) -> bytes:
    return _TAIL.format(sha256(body).hexdigest()).encode("ascii")


def _refuse(name: str, problem: str, remedy: str) -> NoReturn:
    raise ModelFileError(f"{name}: {problem}. {remedy}.")
