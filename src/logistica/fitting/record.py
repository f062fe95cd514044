"""The frozen result of a fit. Statistics, predictions and reports start from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.records import Note, frozen
from logistica.fitting.options import FitOptions
from logistica.fitting.separation.record import Separation
from logistica.fitting.uncertainty import CovariancesOfHessian
from logistica.objective.coordinates import Coordinates
from logistica.solvers.certificate import Certificate
from logistica.solvers.driver import Status
from logistica.solvers.history import HistoryRow
from logistica.solvers.stopping import CLOSE_GAP, ROUNDING_LIMIT

Array = NDArray[np.float64]

INTERCEPT = "(Intercept)"
NOT_CONVERGED = "not-converged"
"""The code of the note of a fit that has not come to what was asked for."""
ARRIVED = frozenset({Status.CONVERGED, Status.ROUNDING, Status.COMPLETE, Status.QUASI})
"""Endings of Newton's method with all that there is to be had."""
DESCENDED = frozenset({Status.EPOCHS, Status.LOSS, Status.GRADIENT, Status.TIME, Status.PATIENCE, Status.CALLBACK})
"""Endings that say nothing of where the optimum is; the certificate does."""


def with_intercept(terms: tuple[str, ...], intercept: bool) -> tuple[str, ...]:
    """Return the names of the rows of theta: the intercept, if there is one, and the columns."""
    return (INTERCEPT, *terms) if intercept else terms


@dataclass(frozen=True)
class FitRecord:
    """How the fit went.

    Attributes
    ----------
    status : Status
    message : str
        The status as a sentence, with its figures.
    certificate : Certificate
        For a separated fit that of its finite part.
    iterations, sweeps : int
        Steps taken, and how often all rows were read.
    history : tuple of HistoryRow
        Row k is the state after k steps. After a separation test the finite part's steps follow on.
    notes : tuple of Note
        What else should be known.
    """

    status: Status
    message: str
    certificate: Certificate
    iterations: int
    sweeps: int
    history: tuple[HistoryRow, ...]
    notes: tuple[Note, ...]

    @property
    def converged(self) -> bool:
        """Whether the answer is the optimum, to the tolerance or to the last digit that rounding allows."""
        if self.status in ARRIVED:
            return True
        near = self.certificate.bound <= ROUNDING_LIMIT or self.certificate.gap <= CLOSE_GAP
        return self.status in DESCENDED and near and all(note.code != NOT_CONVERGED for note in self.notes)


@dataclass(frozen=True)
class Likelihoods:
    """Log-likelihoods, all without the binomial constant.

    ``constant`` is that constant, of grouped data, and ``saturated`` the log-likelihood of a model with a probability
    of its own for each row; both are 0 where every row is one observation.

    ``fitted`` at the estimate (for separated classes the supremum), ``null`` for the intercept and offset alone, and
    ``objective``, the penalised value that was minimised.
    """

    fitted: float
    null: float
    objective: float
    constant: float = 0.0
    saturated: float = 0.0


@dataclass(frozen=True)
class Rows:
    """What the rows came to.

    Attributes
    ----------
    read, used, dropped, weight_zero : int
        Rows of the data; those fitted; those left out because a value is missing; those of weight 0 or, of grouped
        data, without a trial.
    total_weight : float
        The sum of the weights.
    class_weight : array, shape (K,)
        The same for each class.
    class_rows : array of int, shape (K,)
        The rows of each class; of grouped data how often each occurred.
    grouped : bool
        Whether a row held counts of classes.
    set_aside : int
        Rows held out for validation, or left out by under-sampling.
    weight_kind : str
        "frequency", "importance" or "sampling".
    weighted : bool
        Whether there were weights at all.
    """

    read: int
    used: int
    dropped: int
    weight_zero: int
    total_weight: float
    class_weight: Array
    class_rows: NDArray[np.intp]
    weight_kind: str
    weighted: bool
    grouped: bool = False
    set_aside: int = 0

    @property
    def count(self) -> float:
        """The number of observations: the sum of frequencies, else the rows in use."""
        return self.total_weight if self.weight_kind == "frequency" else float(self.used)


@dataclass(frozen=True)
class Balance:
    """What was done about classes of unequal size, and what it did.

    Attributes
    ----------
    multipliers : array, shape (K,)
        What the weight, or the number, of each class's rows was multiplied by.
    resample : str or None
        "over" or "under", where rows were drawn.
    observed : array, shape (K,)
        The share of each class in the rows as they are.
    fitted : array, shape (K,), or None
        The mean probability that the fit gave it there; None where an interrupt came before it was known.
    restored : bool
        Whether the intercepts were then brought back, so that the two agree.
    """

    multipliers: Array
    resample: str | None
    observed: Array
    fitted: Array | None
    restored: bool


@dataclass(frozen=True)
class Covariances:
    """What is known of an estimate's errors, in the solver's coordinates.

    Attributes
    ----------
    parameters : array, shape (q * m, q * m), or None
        The inverse of the Hessian at ``finite``, with zeros for parameters that are not free; None where the Hessian
        is singular to rounding, or a part of it is beyond all numbers.
    outputs : array, shape (q, m, m), or None
        Of the outputs of each of the user's coefficients, in the solver's unit of its column; NaN where rounding leaves
        no digits. A saved model keeps it also where it does not keep the other.
    """

    parameters: Array | None = None
    outputs: Array | None = None


@dataclass(frozen=True)
class Estimate:
    """The numbers of a fit, in the solver's coordinates.

    Attributes
    ----------
    coordinates : Coordinates
    theta : array, shape (q, m)
        What predictions use: finite, also for separated classes.
    finite : array, shape (q, m)
        The estimate; for separated classes the part that the open pairs determine. The same as ``theta`` otherwise.
    free : array of bool, shape (q,)
        False for a column that is held at 0 because it is aliased; first-order solvers hold none.
    covariances : Covariances or CovariancesOfHessian
        Of its errors; these are made when they are first asked for.
    """

    coordinates: Coordinates
    theta: Array
    finite: Array
    free: NDArray[np.bool_]
    covariances: Covariances | CovariancesOfHessian = Covariances()


@frozen
class Fit:
    """Everything that a fit yields.

    Attributes
    ----------
    terms : tuple of str
        Names of the columns, without the intercept.
    options : FitOptions
    estimate : Estimate
    record : FitRecord
    likelihoods : Likelihoods
    rows : Rows
    aliases : dict of str to tuple of str
        For each aliased term, the terms that it is a combination of ("(Intercept)" among them where it is).
    condition : float
        Condition number of the weighted columns, each scaled to length one, at the estimate.
    separation : Separation or None
    balance : Balance or None
    """

    terms: tuple[str, ...]
    options: FitOptions
    estimate: Estimate
    record: FitRecord
    likelihoods: Likelihoods
    rows: Rows
    aliases: dict[str, tuple[str, ...]]
    condition: float
    separation: Separation | None
    balance: Balance | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the rows of theta: the intercept, if there is one, and the columns."""
        return with_intercept(self.terms, self.estimate.coordinates.intercept)

    @property
    def mean_log_loss(self) -> float:
        """The mean of -log P(true class) over the rows of the fit, by their weights; if separated, its limit."""
        return 0.0 - self.likelihoods.fitted / self.rows.total_weight

    @property
    def rank(self) -> int:
        """Rank of the design matrix, the intercept included.

        Every column counts where none is looked at for being aliased: with a penalty, after an interrupt, and where a
        note ``not-examined`` says so.
        """
        return len(self.names) - len(self.aliases)
