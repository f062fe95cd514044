"""When a run ends."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from logistica.core.checks import checked_number, checked_whole
from logistica.core.errors import OptionError
from logistica.core.records import frozen
from logistica.solvers.certificate import Certificate
from logistica.solvers.driver import Status
from logistica.solvers.history import HistoryRow

ROUNDING_LIMIT = 1e-3
"""Standard errors: a solver that cannot come closer than this to the optimum has not found it."""
CLOSE_GAP = 1e-6
"""The duality gap, as a share of the objective, at which a fit with an L1 penalty counts as converged."""
MARGIN = 2.0
"""By how much a step may fall short of what is foreseen."""


def limit_reached(row: HistoryRow, max_iter: int, seconds: float) -> Status | None:
    """Return which limit a row of the history has come to, if any."""
    if row.iteration >= max_iter:
        return Status.MAX_ITERATIONS
    return Status.TIME if row.seconds >= seconds else None


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


@frozen
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

    def __call__(self, state: Certified, history: Sequence[HistoryRow], best: int) -> Status | None:
        if state.certificate.bound <= self.tol:
            return Status.CONVERGED
        if self.doubt and state.doubtful:
            return Status.DOUBT
        if state.stalled:
            return Status.ROUNDING if state.certificate.bound <= ROUNDING_LIMIT else Status.STALLED
        return limit_reached(history[-1], self.max_iter, self.seconds)


@dataclass(frozen=True)
class Short:
    """Stop where the next step is short, by the Newton decrement, or nothing is gained. Nothing is certain then."""

    decrement: float
    max_iter: int
    seconds: float = math.inf

    def __call__(self, state: Certified, history: Sequence[HistoryRow], best: int) -> Status | None:
        if state.certificate.decrement <= self.decrement:
            return Status.CONVERGED
        return Status.STALLED if state.stalled else limit_reached(history[-1], self.max_iter, self.seconds)


class Bounded(Protocol):
    """A state that knows how far above the minimum it can be."""

    @property
    def gap(self) -> float: ...
    @property
    def stalled(self) -> bool: ...


@frozen
class Gap:
    """Stop where the duality gap is at most ``tol`` of the objective, where nothing is gained, or by a limit."""

    tol: float
    max_iter: int
    seconds: float = math.inf

    def __call__(self, state: Bounded, history: Sequence[HistoryRow], best: int) -> Status | None:
        if state.gap <= self.tol:
            return Status.CONVERGED
        if state.stalled:
            return Status.ROUNDING if state.gap <= CLOSE_GAP else Status.STALLED
        return limit_reached(history[-1], self.max_iter, self.seconds)


class Approaching(Protocol):
    """A state that knows about how far away the optimum is."""

    @property
    def distance(self) -> float: ...
    @property
    def stalled(self) -> bool: ...


@frozen
class Close:
    """Stop where the optimum seems to be within ``tol`` standard errors, where nothing is gained, or by a limit.

    With a ``contraction``, about what share of the distance the first step leaves, the run ends one step earlier: where
    the next one is foreseen to lead so close, by that or by what the last one left, with a margin.
    """

    tol: float
    max_iter: int
    seconds: float = math.inf
    contraction: float | None = None

    def __call__(self, state: Approaching, history: Sequence[HistoryRow], best: int) -> Status | None:
        if state.distance <= self.tol or self._foreseen(state.distance, history):
            return Status.CONVERGED
        if state.stalled:
            return Status.STALLED
        return limit_reached(history[-1], self.max_iter, self.seconds)

    def _foreseen(self, distance: float, history: Sequence[HistoryRow]) -> bool:
        if self.contraction is None or history[-1].iteration >= self.max_iter:
            return False
        share = self.contraction if len(history) == 1 else history[-1].decrement / history[-2].decrement
        return MARGIN * share * distance <= self.tol


@dataclass(frozen=True, kw_only=True)
class Stop:
    """When to end a fit early: whichever comes first, beside the solver's own number of epochs or steps.

    Attributes
    ----------
    loss_change : float, optional
        When the loss changes by no more than this share of itself from one row of the history to the next.
    gradient_norm : float, optional
        When the length of the mean objective's gradient is this or less.
    seconds : float, optional
        When so much time has passed since the first row of the history; looked at after each row. What comes before it,
        as a learning rate found from the data, and the judgement of the end take their sweeps besides.
    patience : int, optional
        When the loss of rows held out has not fallen below its lowest value for so many rows of the history; the fit
        then ends with the state in which it was lowest.
    validation_share : float, optional
        The share of the rows of each class that is held out for that; by default 0.1 with ``patience``, else none.
    """

    loss_change: float | None = None
    gradient_norm: float | None = None
    seconds: float | None = None
    patience: int | None = None
    validation_share: float | None = None

    @property
    def most_seconds(self) -> float:
        """Infinite where no limit was set."""
        return math.inf if self.seconds is None else self.seconds

    def __post_init__(self) -> None:
        for name in ("loss_change", "gradient_norm", "seconds"):
            if getattr(self, name) is not None:
                checked_number(name, getattr(self, name), "a number from 0, or None", least=0.0)
        if self.patience is not None:
            checked_whole("patience", self.patience, least=1)
        if self.validation_share is not None:
            below_one = math.nextafter(1.0, 0.0)
            checked_number(
                "validation_share", self.validation_share, "a share between 0 and 1", above=0.0, most=below_one
            )

    @property
    def held_out(self) -> float:
        """The share of the rows that is held out; 0 for none."""
        if self.validation_share is not None:
            return self.validation_share
        return 0.0 if self.patience is None else 0.1

    def check_for_steps(self) -> None:
        """Raise an OptionError if there is a rule that a solver with a tolerance does not need."""
        for name in ("loss_change", "gradient_norm", "patience", "validation_share"):
            if getattr(self, name) is not None:
                raise OptionError(
                    f"Stop({name}={getattr(self, name)!r}) is for first-order solvers, such as solver='sgd'. The Newton"
                    " solver and its relatives stop at a certified distance from the optimum (tol=), or after max_iter"
                    " steps or Stop(seconds=...)"
                )


@frozen
class Descending:
    """The rule of first-order solvers: all epochs, or one of a user's reasons before that."""

    epochs: int
    stop: Stop

    def __call__(self, state: object, history: Sequence[HistoryRow], best: int) -> Status | None:
        row, stop = history[-1], self.stop
        if not math.isfinite(row.loss):
            return Status.DIVERGED
        if stop.gradient_norm is not None and row.gradient_norm <= stop.gradient_norm:
            return Status.GRADIENT
        if stop.loss_change is not None and len(history) > 1:
            before = history[-2].loss
            if abs(before - row.loss) <= stop.loss_change * abs(before):
                return Status.LOSS
        if stop.patience is not None and len(history) - 1 - best >= stop.patience:
            return Status.PATIENCE
        if row.iteration >= self.epochs:
            return Status.EPOCHS
        return Status.TIME if stop.seconds is not None and row.seconds >= stop.seconds else None
