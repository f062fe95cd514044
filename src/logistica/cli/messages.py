"""Messages for people, to standard error: errors, warnings and notes."""

from __future__ import annotations

import re
import shutil
import sys
import textwrap
import traceback
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from logistica.cli.exit_codes import ExitCode, exit_code
from logistica.core.terminal import plain_terminal

if TYPE_CHECKING:
    from logistica.core.records import Note

WIDEST = 100
_YES_NO = ((True, ""), (False, "no-"))
_COLOURS = {"error": "red", "warning": "yellow", "note": "cyan"}

_FLAGS = {
    "standardize=True": "--standardize",
    "fit_intercept=False": "--no-intercept",
    "on_separation='raise'": "--strict",
    "restore_prevalence=True": "--restore-prevalence",
    **{f"{name}={value}": f"--{no}{name}" for name in ("nesterov", "shuffle", "precondition") for value, no in _YES_NO},
}
_OPTIONS = (
    "C|l1_ratio|tol|max_iter|solver|threads|random_state|target|trials|weights|weight_kind|offset|missing|columns"
    "|threshold|level|reference|baseline|levels|rare|unknown|class_weight|resample|checkpoint|learning_rate|epochs"
    "|batch_size|momentum|schedule|average|beta_1|beta_2|epsilon|patience|validation_share"
)
_UNDERSCORED = re.compile(
    rf"(?<![\w'\"-])({'|'.join(name for name in _OPTIONS.split('|') if '_' in name)})(?![\w'\"=])"
)
_STOP = re.compile(r"(?:stop=)?Stop\(([^()]*)\)")
_FLAG = re.compile("|".join(map(re.escape, _FLAGS)))
_OPTION = re.compile(rf"(?<![\w'\"-])({_OPTIONS})=('[^']*'|[\w.+-]*\w)?")


def say(kind: str, text: str) -> None:
    """Write one message: wrapped and coloured on a terminal, on one line elsewhere."""
    line = f"{kind}: {in_options(text)}"
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
            say("note" if note.warning is None else "warning", note.message)


def show_warnings(notes: Iterable[Note], *, quiet: bool) -> None:
    """Write only the notes that warn: for commands whose output holds them all."""
    show_notes((note for note in notes if note.warning is not None), quiet=quiet)


def in_options(text: str) -> str:
    """Turn the names of Python arguments in a message into the command line's: ``C=1`` into ``--C 1``."""
    text = _STOP.sub(_as_rules, text)
    text = _FLAG.sub(lambda found: _FLAGS[found[0]], text)
    text = _UNDERSCORED.sub(lambda found: f"--{found[1].replace('_', '-')}", text)
    return _OPTION.sub(_as_option, text)


def _as_rules(found: re.Match[str]) -> str:
    """Write ``Stop(seconds=5, patience=...)`` as the options that each of its rules is."""
    rules = []
    for part in found[1].split(", "):
        name, _, value = part.partition("=")
        own = name if name in {"patience", "validation_share"} else f"stop_{name}"
        rules.append(f"--{own.replace('_', '-')}" + ("" if value == "..." else f" {value}"))
    return ", ".join(rules)


def _as_option(found: re.Match[str]) -> str:
    option = f"--{found[1].replace('_', '-')}"
    return f"{option} {found[2].strip(chr(39))}" if found[2] else option


def report(error: BaseException, *, debug: bool) -> ExitCode:
    """Say what ended a command, and return the code to end with."""
    code = exit_code(error)
    if debug:
        traceback.print_exception(error)
    if code is ExitCode.INTERRUPTED:
        say("error", "interrupted")
    elif code is ExitCode.UNEXPECTED:
        hint = "" if debug else ' To see where, put --debug after "logistica".'
        say("error", f"this should not have happened: {type(error).__name__}: {error}.{hint}")
    elif code is not ExitCode.PIPE_CLOSED:
        say("error", str(error))
    return code
