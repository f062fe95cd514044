"""The one loop around every solver. It owns history, stopping, interrupts, status; a solver only starts and steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import OptionError
from logistica.core.records import frozen
from logistica.solvers.history import HistoryRow, Watch, wants_each

Array = NDArray[np.float64]


class Status(StrEnum):
    """How a fit ended."""

    CONVERGED = "converged"
    ROUNDING = "rounding floor"
    MAX_ITERATIONS = "maximum number of iterations"
    STALLED = "stalled in rounding"
    DOUBT = "existence in doubt"
    COMPLETE = "completely separated"
    QUASI = "quasi-completely separated"
    EPOCHS = "all epochs done"
    LOSS = "the loss falls no further"
    GRADIENT = "the gradient is small"
    TIME = "time limit"
    PATIENCE = "the validation loss falls no further"
    CALLBACK = "stopped by the callback"
    DIVERGED = "diverged"
    INTERRUPTED = "interrupted"


BEST = frozenset({Status.PATIENCE, Status.DIVERGED, Status.INTERRUPTED})
"""Endings that are followed by the best state so far, not the last."""


class State(Protocol):
    """Where a solver is."""

    @property
    def theta(self) -> Array: ...
    @property
    def row(self) -> HistoryRow:
        """What the state knows of itself; the driver adds its number, the time and the rows held out."""
        ...


T = TypeVar("T", bound=State)


class Solver(Protocol[T]):
    """A method: a start and a step."""

    def start(self, theta: Array) -> T: ...
    def step(self, state: T) -> T: ...


Rule = Callable[[T, Sequence[HistoryRow], int], Status | None]
"""Looks at a state, the history up to it, and the place of its best row; says how the run ends, or None."""


@frozen
class Run(Generic[T]):
    """How a run of the driver ended: status, the state it came to, history."""

    status: Status
    state: T
    history: tuple[HistoryRow, ...]


@frozen
class Surroundings(Generic[T]):
    """What goes on around a run, step by step.

    Attributes
    ----------
    watch : callable, optional
        Called with every row of the history; a true answer ends the run.
    complete : callable, optional
        Adds to a row what the solver does not know, such as the loss of rows held out.
    keep : callable, optional
        Called with the journal after every step, to write it down.
    interruptible : bool
        Whether Ctrl-C ends the run instead of raising.
    """

    watch: Watch | None = None
    complete: Callable[[T, HistoryRow], HistoryRow] | None = None
    keep: Callable[[Journal[T]], None] | None = None
    interruptible: bool = False


class Journal(NamedTuple, Generic[T]):
    """How far a run has come. Each step makes a new one, so that an interrupt at any moment finds a whole one.

    Attributes
    ----------
    state : State
        The last one.
    rows : list of HistoryRow
        Up to it; shared with the journals of later steps, which add to it.
    best : State
        The one with the lowest loss, of the rows held out where there are any.
    place : int
        The best state's row.
    length : int
        How many of the rows are this journal's.
    """

    state: T
    rows: list[HistoryRow]
    best: T
    place: int
    length: int

    @classmethod
    def resumed(cls, state: T, history: Sequence[HistoryRow], best: T, place: int) -> Journal[T]:
        """Return the journal of an earlier run, to go on from."""
        return cls(state, list(history), best, place, len(history))

    @property
    def history(self) -> tuple[HistoryRow, ...]:
        """The rows up to the last state's."""
        return tuple(self.rows[: self.length])

    def after(self, state: T, row: HistoryRow) -> Journal[T]:
        """Return the journal with one more state in it."""
        del self.rows[self.length :]
        self.rows.append(row)
        best = (state, self.length) if row.judged < self.rows[self.place].judged else (self.best, self.place)
        return Journal(state, self.rows, *best, self.length + 1)


def drive(
    solver: Solver[T],
    start: T | Journal[T],
    rule: Rule[T],
    around: Surroundings[T] | None = None,
) -> Run[T]:
    """Step from ``start``, a state or the journal of an earlier run, until something ends the run.

    The run ends with the last state; if it was interrupted, diverged or ran out of patience, with the best one.
    """
    around = around or Surroundings()
    journal = start if isinstance(start, Journal) else Journal.resumed(start, (), start, 0)
    began = time.perf_counter() - (journal.rows[-1].seconds if journal.length else 0.0)
    ended = rule(journal.state, journal.rows, journal.place) if journal.length else None
    if ended is not None and around.watch is not None and not wants_each(around.watch):
        around.watch(journal.rows[-1])
    try:
        if not journal.length:
            journal = _taken_down(journal, journal.state, around, began)
            ended = _ending(journal, rule, around)
        while ended is None:
            journal = _taken_down(journal, solver.step(journal.state), around, began)
            ended = _ending(journal, rule, around)
    except KeyboardInterrupt:
        if not (around.interruptible and journal.length):
            raise
        ended = Status.INTERRUPTED
    return Run(ended, journal.best if ended in BEST else journal.state, journal.history)


def _taken_down(journal: Journal[T], state: T, around: Surroundings[T], began: float) -> Journal[T]:
    """Return the journal with a state in it."""
    row = state.row.at(journal.length, time.perf_counter() - began)
    return journal.after(state, row if around.complete is None else around.complete(state, row))


def _ending(journal: Journal[T], rule: Rule[T], around: Surroundings[T]) -> Status | None:
    """Say whether the run has ended, and tell who wants to know of its last state."""
    ended = rule(journal.state, journal.rows, journal.place)
    if around.keep is not None:
        around.keep(journal)
    stop = around.watch is not None and _answer(around.watch(journal.rows[-1]))
    return Status.CALLBACK if stop and ended is None else ended


def _answer(answer: object) -> bool:
    """Return whether a callback wants the run to end."""
    if answer is None or isinstance(answer, (bool, np.bool_)):
        return bool(answer)
    raise OptionError(f"callback= returned {answer!r}: it must return True to end the fit, or False or None to go on")
