"""The file of a model: its content in an envelope, see :mod:`logistica.core.envelope`.

Whoever reads it finds all of it or an error, and nothing of the training rows.
"""

from __future__ import annotations

import os
from typing import Any, BinaryIO

from logistica.core.envelope import Envelope
from logistica.core.errors import ModelFileError

FORMAT_VERSION = 1
"""The version of the format that is written, and the highest that is read."""

LARGEST_FILE = 1 << 30
"""The most bytes that a model file may have."""

Path = str | os.PathLike[str]

ENVELOPE = Envelope(
    "model",
    FORMAT_VERSION,
    ModelFileError,
    again="Copy the file again, or save the model again; nothing was read from it",
    other="Give a file made by logistica's fit or save",
    smaller="Give a smaller model",
    too_large="Save it without its covariance, or fit fewer columns",
)


def write(path: Path, content: dict[str, Any]) -> None:
    """Write a model's content to the file ``path``, whole or not at all; see :meth:`Envelope.write`."""
    ENVELOPE.write(path, content, LARGEST_FILE)


def to_bytes(content: dict[str, Any]) -> bytes:
    """Return the bytes of the model file with this content, ASCII only."""
    return ENVELOPE.to_bytes(content)


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
    return ENVELOPE.read(path, LARGEST_FILE)


def read_stream(stream: BinaryIO, name: str, largest: int = LARGEST_FILE) -> dict[str, Any]:
    """Return the content of a model file read from an open stream; see :meth:`Envelope.read_stream`."""
    return ENVELOPE.read_stream(stream, name, largest)
