"""What is known of a fit after each of its steps."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


class HistoryRow(NamedTuple):
    """The state after ``iteration`` updates, or epochs of a stochastic solver; row 0 is the start.

    A named tuple: it unpacks in this order, and equals any tuple of the same values; NaN, though, equals no other NaN,
    and coefficients, being arrays, are to be compared by themselves.

    Attributes
    ----------
    iteration : int
    loss : float
        The mean weighted objective: the mean log loss and, with a penalty, its share of a row.
    gradient_norm : float
        Euclidean, of that objective's gradient in the solver's coordinates; with an L1 penalty of the step that a
        learning rate of 1 would take. NaN after a last Newton step that was certain enough to be taken without a look.
    step_size : float
        That of the step that led here; 0 at the start.
    seconds : float
        Since the start.
    running_loss : float
        The mean of the batches' losses over the epoch, each taken before its update; NaN where there are no batches.
    validation_loss : float
        The mean log loss of the rows held out; NaN where there are none.
    decrement, bound : float
        Newton's method: the Newton decrement, and the certificate's bound in standard errors (inf where it says
        nothing). NaN for first-order solvers.
    coef, intercept : arrays, shape (outputs, p) and (outputs,), or None
        Where the fit keeps them (``keep_coefficients``), in the user's columns. For K classes they are the solver's
        own, of which only the differences between classes matter; ``Model.coef_`` has them about their mean.
    planned : int or None
        How many iterations there are to be, of a solver with a number of epochs.
    """

    iteration: int
    loss: float
    gradient_norm: float
    step_size: float
    seconds: float = 0.0
    running_loss: float = float("nan")
    validation_loss: float = float("nan")
    decrement: float = float("nan")
    bound: float = float("nan")
    coef: Array | None = None
    intercept: Array | None = None
    planned: int | None = None

    def at(self, iteration: int, seconds: float) -> HistoryRow:
        """Return the row with its place in the history; written out, because ``_replace`` takes twice as long."""
        return HistoryRow(
            iteration,
            self.loss,
            self.gradient_norm,
            self.step_size,
            seconds,
            self.running_loss,
            self.validation_loss,
            self.decrement,
            self.bound,
            self.coef,
            self.intercept,
            self.planned,
        )

    @property
    def judged(self) -> float:
        """The loss by which states are compared: that of the rows held out, where there are any."""
        return self.loss if math.isnan(self.validation_loss) else self.validation_loss


Watch = Callable[[HistoryRow], object]
"""Called with every row as it comes; a true answer ends the fit."""


def wants_each(watch: Watch | None) -> bool:
    """Whether who watches is to be told of every row, not only of the last of several that came at once.

    So it is with a callback; not with what has an attribute ``last_suffices`` that is true, such as a bar.
    """
    return watch is not None and not getattr(watch, "last_suffices", False)


NUMBERS = tuple(name for name in HistoryRow._fields if name not in {"coef", "intercept", "planned"})
"""The names of the columns that every row has."""


def columns(history: tuple[HistoryRow, ...]) -> dict[str, Array]:
    """Return a history as columns, each of shape (rows,); those that hold nothing are left out."""
    found = {name: np.array([getattr(row, name) for row in history]) for name in NUMBERS}
    return {name: values for name, values in found.items() if not np.isnan(values).all()}


def joined(first: tuple[HistoryRow, ...], then: tuple[HistoryRow, ...]) -> tuple[HistoryRow, ...]:
    """Return one history, the second part numbered on."""
    if not first:
        return then
    return first + tuple(
        row.at(first[-1].iteration + 1 + i, first[-1].seconds + row.seconds) for i, row in enumerate(then)
    )
