"""Every error and warning that logistica raises on purpose.

An error says what is wrong, where (file, line, column, row), with which value, and what to do about it. The parts
are attributes too, so that a program need not read the sentence. Rows of arrays and frames count from 0, lines of
files from 1, as their users count them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


class LogisticaError(Exception):
    """The base of every error raised on purpose."""

    def told(self, spell: Callable[[str], str]) -> str:
        """Return the message with its options as ``spell`` writes them; what is the user's stays as it is."""
        return spell(str(self))


class OptionError(LogisticaError, ValueError):
    """An option has an impossible value, or two options contradict each other."""


class DataError(LogisticaError, ValueError):
    """The data cannot be used as they are.

    Parameters
    ----------
    problem : str
        What is wrong, as a clause without a final stop.
    path, line, column, row, value, count
        Where and what, as far as known: file path, line (from 1), column name or label, row (from 0), the offending
        value, how many there are.
    remedy : str, optional
        What to do, as a sentence without a final stop.
    """

    def __init__(
        self,
        problem: str,
        *,
        path: str | None = None,
        line: int | None = None,
        column: str | None = None,
        row: int | None = None,
        value: object = None,
        count: int | None = None,
        remedy: str | None = None,
    ) -> None:
        self.problem = problem
        self.path = path
        self.line = line
        self.column = column
        self.row = row
        self.value = value
        self.count = count
        self.remedy = remedy
        super().__init__(_sentence(problem, path, line, column, remedy))

    def told(self, spell: Callable[[str], str]) -> str:
        remedy = None if self.remedy is None else spell(self.remedy)
        return _sentence(spell(self.problem), self.path, self.line, self.column, remedy)

    def __reduce__(self) -> tuple[Callable[..., DataError], tuple[Any, ...]]:
        return _rebuild, (type(self), self.problem, {k: v for k, v in vars(self).items() if k != "problem"})


def _rebuild(kind: type[DataError], problem: str, parts: dict[str, Any]) -> DataError:
    return kind(problem, **parts)


def _sentence(problem: str, path: str | None, line: int | None, column: str | None, remedy: str | None) -> str:
    place = [part for part in (path, f"line {line}" if line is not None else None) if part]
    if column is not None:
        place.append(f"column {column!r}")
    text = f"{', '.join(place)}: {problem}." if place else f"{problem}."
    return f"{text} {remedy}." if remedy else text


class FormulaError(LogisticaError, ValueError):
    """A formula cannot be read, or asks for what does not exist.

    Parameters
    ----------
    problem : str
        What is wrong, as a clause without a final stop.
    formula : str
        The whole text.
    position : int
        Where in it, in characters from 0.
    """

    def __init__(self, problem: str, formula: str, position: int) -> None:
        self.problem = problem
        self.formula = formula
        self.position = position
        super().__init__(f"{problem}.\n{_pointed(formula, position)}")

    def told(self, spell: Callable[[str], str]) -> str:
        return f"{spell(self.problem)}.\n{_pointed(self.formula, self.position)}"

    def __reduce__(self) -> tuple[Callable[..., FormulaError], tuple[Any, ...]]:
        return type(self), (self.problem, self.formula, self.position)


def _pointed(formula: str, position: int) -> str:
    """Show the part of the formula around a position, and point at it on a second line."""
    first = max(position - 40, 0)
    shown = "".join(c if c.isprintable() else " " for c in formula[first : position + 40])
    before, after = "..." if first else "", "..." if position + 40 < len(formula) else ""
    return f"    {before}{shown}{after}\n    {' ' * (len(before) + position - first)}^ character {position + 1}"


class SeparationError(LogisticaError):
    """The classes are separated, no finite maximum likelihood estimate exists, and the caller asked for an error.

    ``separation`` holds the :class:`~logistica.fitting.separation.Separation` record.
    """

    def __init__(self, message: str, separation: object = None) -> None:
        self.separation = separation
        super().__init__(message)


class NotAvailableError(LogisticaError):
    """A number that was asked for does not exist for this model; the message says why and what does."""


class ModelFileError(LogisticaError, ValueError):
    """A model file is damaged, hostile, or was made by a version that this one cannot read."""


class CheckpointError(LogisticaError, ValueError):
    """A checkpoint is damaged, or is that of another fit; nothing was changed in it."""


class OutOfMemoryError(LogisticaError, MemoryError):
    """There is not enough memory for what was asked; the message says how much, and what needs less."""


class FileAccessError(LogisticaError, OSError):
    """A file could not be read or written."""

    def told(self, spell: Callable[[str], str]) -> str:
        """Return the message, which names files and no options."""
        return str(self)


class LogisticaWarning(UserWarning):
    """The base of every warning given on purpose. Each is also a note in the fit's record."""


class SeparationWarning(LogisticaWarning):
    """No finite maximum likelihood estimate exists; the model holds the limit."""


class ConvergenceWarning(LogisticaWarning):
    """The fit ended before its certificate reached the tolerance."""


class DataWarning(LogisticaWarning):
    """The data were used, but something about them should be known: inexact integers, dropped rows."""
