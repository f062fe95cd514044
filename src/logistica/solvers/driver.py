"""The one loop around every solver. It owns history, stopping, interrupts, status; a solver only starts and steps."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from logistica.solvers.history import HistoryRow, Watch

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


@dataclass(frozen=True)
class Run(Generic[T]):
    """How a run of the driver ended: status, the state it came to, history."""

    status: Status
    state: T
    history: tuple[HistoryRow, ...]


@dataclass(frozen=True)
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


@dataclass
class Journal(Generic[T]):
    """How far a run has come.

    Attributes
    ----------
    state : State
        The last one.
    history : list of HistoryRow
        Up to it.
    best : State
        The one with the lowest loss, of the rows held out where there are any.
    place : int
        The best state's row.
    """

    state: T
    history: list[HistoryRow]
    best: T
    place: int = 0

    def add(self, state: T, row: HistoryRow) -> None:
        """Take down the next state."""
        self.state = state
        self.history.append(row)
        if row.judged < self.history[self.place].judged:
            self.best, self.place = state, len(self.history) - 1


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
    journal = start if isinstance(start, Journal) else Journal(start, [], start)
    began = time.perf_counter() - (journal.history[-1].seconds if journal.history else 0.0)
    ended = rule(journal.state, journal.history, journal.place) if journal.history else None
    try:
        if not journal.history:
            ended = _taken_down(journal, journal.state, rule, around, began)
        while ended is None:
            ended = _taken_down(journal, solver.step(journal.state), rule, around, began)
    except KeyboardInterrupt:
        if not (around.interruptible and journal.history):
            raise
        ended = Status.INTERRUPTED
    return Run(ended, journal.best if ended in BEST else journal.state, tuple(journal.history))


def _taken_down(journal: Journal[T], state: T, rule: Rule[T], around: Surroundings[T], began: float) -> Status | None:
    """Add a state to the journal, tell who wants to know, and say whether the run has ended."""
    row = replace(state.row, iteration=len(journal.history), seconds=time.perf_counter() - began)
    journal.add(state, row if around.complete is None else around.complete(state, row))
    ended = rule(state, journal.history, journal.place)
    if around.keep is not None:
        around.keep(journal)
    stop = around.watch is not None and around.watch(journal.history[-1])
    return Status.CALLBACK if stop and ended is None else ended
