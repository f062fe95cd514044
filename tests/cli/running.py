"""Running the command line: inside this process, and as a process of its own."""

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner

from logistica.cli.main import commands

PROGRAM = [sys.executable, "-c", "from logistica.cli.main import run; run()"]
SOURCE = str(Path(__file__).resolve().parents[2] / "src")


def invoke(*arguments, stdin=None):
    """The result of a command in this process: exit_code, stdout, stderr."""
    return CliRunner().invoke(commands, [str(argument) for argument in arguments], input=stdin)


def environment(**changes):
    """The environment for a process: with the package, without colours unless asked for."""
    return {**os.environ, "PYTHONPATH": SOURCE, "PYTHONWARNINGS": "", **changes}


def run(*arguments, stdin=b"", **options):
    """A finished process: returncode, stdout, stderr (bytes)."""
    return subprocess.run(
        [*PROGRAM, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        env=environment(**options),
        timeout=60,
        check=False,
    )


def start(*arguments, program=PROGRAM, **options):
    """A running process."""
    return subprocess.Popen([*program, *map(str, arguments)], env=environment(), **options)


def drained(leader):
    """What is written to a terminal until its other end is closed."""
    written = b""
    while True:
        try:
            piece = os.read(leader, 65536)
        except OSError:  # the other end is closed
            break
        if not piece:
            break
        written += piece
    os.close(leader)
    return written
