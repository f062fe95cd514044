"""When a run ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from logistica.solvers.certificate import Certificate
from logistica.solvers.driver import Status
from logistica.solvers.history import HistoryRow

ROUNDING_LIMIT = 1e-3
"""Standard errors: a solver that cannot come closer than this to the optimum has not found it."""


class Certified(Protocol):
    """A state that knows how far away the optimum can be."""

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


@dataclass(frozen=True)
class Stopping:
    """Stop where the certificate says so.

    Attributes
    ----------
    tol : float
        The certificate's bound to reach, in standard errors; 0 means down to the rounding floor.
    max_iter : int
        Steps at most.
    doubt : bool
        Whether to stop as soon as the existence of an optimum is in doubt.
    seconds : float
        Time at most.
    """

    tol: float = 1e-10
    max_iter: int = 100
    doubt: bool = True
    seconds: float = float("inf")

    def __call__(self, state: Certified, row: HistoryRow) -> Status | None:
        if state.certificate.bound <= self.tol:
            return Status.CONVERGED
        if self.doubt and state.doubtful:
            return Status.DOUBT
        if state.stalled:
            return Status.ROUNDING if state.certificate.bound <= ROUNDING_LIMIT else Status.STALLED
        if row.iteration >= self.max_iter:
            return Status.MAX_ITERATIONS
        return Status.TIME if row.seconds >= self.seconds else None
