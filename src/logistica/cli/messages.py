"""Messages for people, to standard error: errors, warnings and notes."""

from __future__ import annotations

import shutil
import sys
import textwrap
import traceback
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import click

from logistica.cli.exit_codes import ExitCode, exit_code
from logistica.cli.spelling import in_options
from logistica.core.errors import LogisticaError
from logistica.core.memory import MORE, out_of_memory
from logistica.core.terminal import plain_terminal

if TYPE_CHECKING:
    from logistica.core.records import Note

Noted = TypeVar("Noted", bound=Any)
"""A frozen dataclass with notes."""

WIDEST = 100
_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}


def say(kind: str, text: str) -> None:
    """Write one message: wrapped and coloured on a terminal, on one line elsewhere."""
    line = f"{kind}: {text}"
    if sys.stderr is not None and sys.stderr.isatty():
        width = min(shutil.get_terminal_size().columns, WIDEST)
        line = textwrap.fill(line, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
    label = click.style(f"{kind}:", fg=_COLOURS[kind], bold=True)
    with suppress(OSError):
        click.echo(label + line[len(kind) + 1 :], err=True, color=False if plain_terminal() else None)


def show_notes(notes: Iterable[Note], *, quiet: bool) -> None:
    """Write what a record's user should know, unless asked to be quiet."""
    if not quiet:
        for note in notes:
            say("note" if note.warning is None else "warning", in_options(note.message))


def show_warnings(notes: Iterable[Note], *, quiet: bool) -> None:
    """Write only the notes that warn: for commands whose output holds them all."""
    show_notes((note for note in notes if note.warning is not None), quiet=quiet)


def for_the_shell(result: Noted) -> Noted:
    """Return a record whose notes speak of the command line's options."""
    notes = tuple(replace(note, message=in_options(note.message)) for note in result.notes)
    return replace(result, notes=notes)


def report(error: BaseException, *, debug: bool) -> ExitCode:
    """Say what ended a command, and return the code to end with."""
    code = exit_code(error)
    if debug:
        traceback.print_exception(error)
    if isinstance(error, MemoryError) and not isinstance(error, LogisticaError):
        error = out_of_memory(error, f"{MORE}, or smaller data")
    if code is ExitCode.INTERRUPTED:
        say("error", "interrupted")
    elif code is ExitCode.UNEXPECTED:
        hint = "" if debug else ' To see where, put --debug after "logistica".'
        say("error", f"this should not have happened: {type(error).__name__}: {error}.{hint}")
    elif code is not ExitCode.PIPE_CLOSED:
        say(
            "error", error.told(in_options) if isinstance(error, LogisticaError) else str(error) or type(error).__name__
        )
    return code
