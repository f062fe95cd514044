"""The one loop around every solver. It owns history, stopping, interrupts, status; a solver only starts and steps."""

from __future__ import annotations

import time
from collections.abc import Callable
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


Rule = Callable[[T, HistoryRow], Status | None]
"""Looks at a state and its row, and says how the run ends, or None."""


@dataclass(frozen=True)
class Run(Generic[T]):
    """How a run of the driver ended: status, the state it came to, history."""

    status: Status
    state: T
    history: tuple[HistoryRow, ...]


def drive(
    solver: Solver[T],
    state: T,
    rule: Rule[T],
    watch: Watch | None = None,
    *,
    validate: Callable[[Array], float] | None = None,
    interruptible: bool = False,
) -> Run[T]:
    """Step from ``state`` until something ends the run.

    Parameters
    ----------
    solver : Solver
    state : State
        As the solver's ``start`` returned it.
    rule : Rule
        When to stop.
    watch : callable, optional
        Called with every row of the history; a true answer ends the run.
    validate : callable, optional
        From theta to the loss of rows held out.
    interruptible : bool
        Whether Ctrl-C ends the run instead of raising.

    Returns
    -------
    Run
        With the last state; if the run was interrupted, diverged or ran out of patience, with the best one.
    """
    began = time.perf_counter()
    history: list[HistoryRow] = []
    best = state
    lowest = np.inf
    ended: Status | None = None
    try:
        while ended is None:
            row = replace(state.row, iteration=len(history), seconds=time.perf_counter() - began)
            if validate is not None:
                row = replace(row, validation_loss=validate(state.theta))
            history.append(row)
            if row.judged < lowest:
                best, lowest = state, row.judged
            stop = watch is not None and watch(row)
            ended = rule(state, row) or (Status.CALLBACK if stop else None)
            if ended is None:
                state = solver.step(state)
    except KeyboardInterrupt:
        if not (interruptible and history):
            raise
        ended = Status.INTERRUPTED
    return Run(ended, best if ended in BEST else state, tuple(history))
