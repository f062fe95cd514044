"""The entry point: the group of commands, and how anything that goes wrong ends."""

from __future__ import annotations

import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

import click

from logistica.cli import demo, evaluate, fit, path, predict, summary
from logistica.cli.exit_codes import ExitCode
from logistica.cli.help import Helpful
from logistica.cli.messages import report
from logistica.cli.streams import take_closed_streams
from logistica.core.version import VERSION

_DEBUG = "logistica.debug"
_EPILOG = """\b
Exit codes
   0  done; also if the classes are separated or columns aliased (a warning says so)
   1  unexpected error            5  separated, with --strict
   2  wrong usage                 6  bad model file or checkpoint
   3  bad data                    7  input, output or memory failed
   4  not converged (saved)     130  interrupted
"""


_EXAMPLES = (
    "logistica demo                                        # see what it does, in a minute",
    "logistica fit train.csv --target y -o model.json      # fit, print the summary, save",
    "logistica summary model.json                          # print the summary again",
    "logistica predict model.json new.csv > scored.csv     # a class and probabilities for each row",
    "logistica evaluate model.json test.csv                # accuracy, log loss, ROC AUC, ...",
    "logistica path train.csv --target y                   # many penalties, from strong to weak",
)


class Commands(Helpful, click.Group):
    """The commands, with one exit code for each kind of error."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of their use."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; whatever ends it becomes a message on standard error and an exit code."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except (Exception, KeyboardInterrupt) as error:
            ctx.exit(report(error, debug=ctx.meta.get(_DEBUG, False)))


@click.group(
    cls=Commands,
    examples=_EXAMPLES,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(VERSION, prog_name="logistica", message="%(prog)s %(version)s")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def commands(context: click.Context, debug: bool) -> None:
    """Logistic regression done completely: certified fits, honest statistics, any table."""
    context.meta[_DEBUG] = debug


for _module in (fit, predict, evaluate, summary, path, demo):
    commands.add_command(_module.command)


def run() -> NoReturn:
    """Run the command line of this process, and end the process with its exit code."""
    take_closed_streams()
    signal.signal(signal.SIGTERM, _terminate)
    code: int = ExitCode.INTERRUPTED
    try:
        try:
            code = _finished()
        finally:
            _ignore_signals()
    except KeyboardInterrupt:
        _ignore_signals()
    sys.exit(code)


def _finished() -> int:
    """Run the command, and return its exit code."""
    try:
        return commands.main(prog_name="logistica", standalone_mode=False) or ExitCode.DONE
    except click.ClickException as error:
        with suppress(OSError):
            error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return report(KeyboardInterrupt(), debug=False)


def _ignore_signals() -> None:
    """Let the interpreter go home in peace: the command has ended, and an interrupt could only hide how."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)


def _terminate(signum: int, frame: FrameType | None) -> None:
    """End as if by Ctrl-C, so that no temporary file stays behind."""
    sys.exit(ExitCode.TERMINATED)
