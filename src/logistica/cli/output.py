"""Results: to standard output, or to a file that is replaced as a whole."""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress
from typing import Any

import click

from logistica.core.errors import FileAccessError

STANDARD_STREAM = "-"


def check_output(output: str | None, *inputs: str) -> None:
    """Refuse, before any work, an output file that is one of the inputs or has no directory to lie in."""
    if output is None or output == STANDARD_STREAM:
        return
    if not output:
        raise click.UsageError("The name of the output is empty.")
    for path in inputs:
        if _same_file(path, output):
            raise click.UsageError(f"{output!r} is the input itself, and would be overwritten. Choose another name.")
    directory = os.path.dirname(output) or os.curdir
    if not os.path.isdir(directory):
        raise FileAccessError(f"{output!r} cannot be written: there is no directory {directory!r}. Make it first.")


def write_text(text: str) -> None:
    """Print lines to standard output; characters that it cannot show are escaped."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    write_bytes(f"{text}\n".encode(encoding, errors="backslashreplace"))


def write_json(document: dict[str, Any], output: str | None = None) -> None:
    """Write one strict JSON document to standard output or to a file."""
    deliver(json_bytes(document), output)


def json_bytes(document: dict[str, Any]) -> bytes:
    """Return one strict JSON document."""
    from logistica.core.strict_json import render

    return f"{render(plain(document))}\n".encode("ascii")


def deliver(data: bytes, output: str | None) -> None:
    """Write to a file, all or nothing, or to standard output (None or "-")."""
    if output is None or output == STANDARD_STREAM:
        write_bytes(data)
        return
    from logistica.core.atomic import write_atomic

    write_atomic(output, data)


def write_bytes(data: bytes) -> None:
    """Write to standard output, and make sure that it has arrived: unbuffered, it takes a part at a time.

    Raises
    ------
    BrokenPipeError
        If the reader has gone, which is its right.
    FileAccessError
        If it cannot be written for another reason.
    """
    stream = sys.stdout.buffer
    rest = memoryview(data)
    try:
        while rest:
            rest = rest[stream.write(rest) :]
        stream.flush()
    except OSError as error:
        raise output_failure(error) from error


def output_failure(error: OSError) -> OSError:
    """Return what to raise or report where standard output could not be written, and write no more to it."""
    _discard_standard_output()
    if isinstance(error, BrokenPipeError):
        return error
    if error.errno == errno.EBADF:
        return FileAccessError("standard output is closed. Redirect it to a file, a pipe or /dev/null.")
    reason = (error.strerror or str(error)).lower()
    return FileAccessError(f"standard output cannot be written: {reason}. Redirect it to another place.")


def _discard_standard_output() -> None:
    """Let the interpreter's last flush go nowhere, as what is left could only fail again."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)


def plain(value: Any) -> Any:
    """Turn a value into what strict JSON can hold: numbers without a place in it become "inf", "-inf" and "nan"."""
    from logistica.core.schema import encode_float

    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    return encode_float(value) if isinstance(value, float) else value


def announce_input(data: str, *, quiet: bool) -> None:
    """Tell whoever asked for standard input at a terminal that it is being waited for."""
    if data == STANDARD_STREAM and not quiet and sys.stdin is not None and sys.stdin.isatty():
        click.echo("Reading from the terminal; end with Ctrl-D on a line of its own.", err=True)


def _same_file(a: str, b: str) -> bool:
    try:
        return os.path.samefile(a, b)
    except OSError:
        return False
