"""What the command line ends with, by cause. The table in the README lists the same."""

from __future__ import annotations

from enum import IntEnum

from logistica.core.errors import (
    CheckpointError,
    DataError,
    FileAccessError,
    FormulaError,
    ModelFileError,
    NotAvailableError,
    OptionError,
    SeparationError,
)


class ExitCode(IntEnum):
    """The status that a command gives to the shell."""

    DONE = 0
    UNEXPECTED = 1
    USAGE = 2
    BAD_DATA = 3
    NOT_CONVERGED = 4
    SEPARATED = 5
    BAD_MODEL = 6
    ACCESS = 7
    INTERRUPTED = 130
    PIPE_CLOSED = 141
    TERMINATED = 143


_BY_ERROR: tuple[tuple[type[BaseException], ExitCode], ...] = (
    (KeyboardInterrupt, ExitCode.INTERRUPTED),
    (BrokenPipeError, ExitCode.PIPE_CLOSED),
    (OptionError, ExitCode.USAGE),
    (FormulaError, ExitCode.USAGE),
    (NotAvailableError, ExitCode.USAGE),
    (DataError, ExitCode.BAD_DATA),
    (SeparationError, ExitCode.SEPARATED),
    (ModelFileError, ExitCode.BAD_MODEL),
    (CheckpointError, ExitCode.BAD_MODEL),
    (FileAccessError, ExitCode.ACCESS),
    (MemoryError, ExitCode.ACCESS),
    (OSError, ExitCode.ACCESS),
)


def exit_code(error: BaseException) -> ExitCode:
    """Return the code for an error that ended a command."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), ExitCode.UNEXPECTED)
