"""What is left when a solver has ended, whichever it was."""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

from logistica.core.records import Note, frozen
from logistica.fitting.record import Estimate
from logistica.fitting.separation.record import Separation
from logistica.solvers.certificate import Certificate
from logistica.solvers.driver import Status
from logistica.solvers.history import HistoryRow

ROSE = 1e-3


class Ended(Protocol):
    """A solver that has ended, to be judged."""

    def finish(self) -> Finish:
        """Return all that is to be known of where it ended; this takes sweeps.

        Raises
        ------
        SeparationError
            Where no finite estimate exists and ``on_separation`` is "raise".
        """
        ...

    def hurried(self) -> Finish:
        """Return what is known already, marked as interrupted; no sweep."""
        ...


@frozen
class Finish:
    """The end of a fit, in the user's units.

    Attributes
    ----------
    status : Status
    estimate : Estimate
    certificate : Certificate
    condition : float
        Of the weighted columns, each scaled to length one; inf where it is not known.
    log_likelihood : float
        At the estimate; for separated classes at the limit where it is the estimate.
    objective : float
        The penalised sum that was minimised.
    history : tuple of HistoryRow
    aliases : dict of str to tuple of str
    separation : Separation or None
    notes : tuple of Note
    """

    status: Status
    estimate: Estimate
    certificate: Certificate
    condition: float
    log_likelihood: float
    objective: float
    history: tuple[HistoryRow, ...]
    aliases: dict[str, tuple[str, ...]]
    separation: Separation | None
    notes: tuple[Note, ...] = ()

    @cached_property
    def rose(self) -> bool:
        """Whether the loss had been lower on the way, by more than a thousandth, as it is with too long steps."""
        return self.history[-1].loss > (1.0 + ROSE) * min(row.loss for row in self.history)
