"""The one loop around every solver. It owns limits, history, progress and status; a solver only starts and steps."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from logistica.solvers.certificate import Certificate

Array = NDArray[np.float64]


ROUNDING_LIMIT = 1e-3
"""Standard errors: a solver that cannot come closer than this to the optimum has not found it."""


class Status(StrEnum):
    """How a fit ended."""

    CONVERGED = "converged"
    ROUNDING = "rounding floor"
    MAX_ITERATIONS = "maximum number of iterations"
    STALLED = "stalled in rounding"
    DOUBT = "existence in doubt"
    COMPLETE = "completely separated"
    QUASI = "quasi-completely separated"


@dataclass(frozen=True)
class HistoryRow:
    """The state after ``iteration`` steps; row 0 is the start.

    ``value`` is the objective, ``decrement`` the Newton decrement, ``bound`` the certificate's (standard errors; inf
    where it says nothing), ``step_size`` that of the step that led here (0 at the start), ``seconds`` since the start.
    """

    iteration: int
    value: float
    decrement: float
    bound: float
    step_size: float
    seconds: float


class State(Protocol):
    """Where a solver is."""

    @property
    def theta(self) -> Array: ...
    @property
    def value(self) -> float: ...
    @property
    def step_size(self) -> float: ...
    @property
    def certificate(self) -> Certificate: ...
    @property
    def stalled(self) -> bool:
        """Whether rounding leaves nothing to gain."""
        ...

    @property
    def doubtful(self) -> bool:
        """Whether the steps so far suggest that no finite optimum exists."""
        ...


T = TypeVar("T", bound=State)


class Solver(Protocol[T]):
    """A method: a start and a step."""

    def start(self, theta: Array) -> T: ...
    def step(self, state: T) -> T: ...


@dataclass(frozen=True)
class Stopping:
    """When to stop.

    Attributes
    ----------
    tol : float
        The certificate's bound to reach, in standard errors; 0 means down to the rounding floor.
    max_iter : int
        Steps at most.
    doubt : bool
        Whether to stop as soon as the existence of an optimum is in doubt.
    """

    tol: float = 1e-10
    max_iter: int = 100
    doubt: bool = True


@dataclass(frozen=True)
class Run(Generic[T]):
    """How a run of the driver ended: status, last state, history."""

    status: Status
    state: T
    history: tuple[HistoryRow, ...]


Watch = Callable[[HistoryRow], None]


def drive(solver: Solver[T], state: T, stopping: Stopping, watch: Watch | None = None) -> Run[T]:
    """Step from ``state`` until something ends the run. ``watch`` is called with every row of the history."""
    began = time.perf_counter()
    history: list[HistoryRow] = []
    while True:
        certificate = state.certificate
        row = HistoryRow(
            len(history),
            state.value,
            certificate.decrement,
            certificate.bound,
            state.step_size,
            time.perf_counter() - began,
        )
        history.append(row)
        if watch is not None:
            watch(row)
        ended = _ending(state, stopping, row.iteration)
        if ended is not None:
            return Run(ended, state, tuple(history))
        state = solver.step(state)


def _ending(state: State, stopping: Stopping, iteration: int) -> Status | None:
    if state.certificate.bound <= stopping.tol:
        return Status.CONVERGED
    if stopping.doubt and state.doubtful:
        return Status.DOUBT
    if state.stalled:
        return Status.ROUNDING if state.certificate.bound <= ROUNDING_LIMIT else Status.STALLED
    if iteration >= stopping.max_iter:
        return Status.MAX_ITERATIONS
    return None
