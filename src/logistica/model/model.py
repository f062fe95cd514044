"""A fitted model. Immutable: it knows its columns, classes and record."""

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import OptionError
from logistica.core.memory import IN_PIECES, memory_in_words
from logistica.core.records import warn_of
from logistica.data.arrays import Matrix
from logistica.data.newrows import open_like
from logistica.fitting.record import FitRecord
from logistica.fitting.separation.record import Separation
from logistica.prediction import fitted as prediction
from logistica.prediction import stored
from logistica.prediction.fitted import Fitted, Scores

if TYPE_CHECKING:
    from logistica.evaluation import Evaluation
    from logistica.report import Summary

Array = NDArray[np.float64]


class Model:
    """A fitted logistic regression, as :func:`logistica.fit` and :func:`logistica.load` return it.

    New data must hold the columns of the fit, under the same names and in any order; what else they hold is not looked
    at, and nothing is said about it. A pandas series beside a pandas frame must have its index. Where the memory does
    not suffice, an OutOfMemoryError says what needs less.

    Attributes
    ----------
    fitted : Fitted
        Everything that was found out, as records.
    """

    __slots__ = ("__dict__", "fitted")

    fitted: Fitted

    def __init__(self, fitted: Fitted) -> None:
        object.__setattr__(self, "fitted", fitted)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError(f"a fitted model cannot be changed: {name!r}")

    def __reduce__(self) -> tuple[type[Model], tuple[Fitted]]:
        return Model, (self.fitted,)

    @property
    def classes_(self) -> NDArray[Any]:
        """The classes, sorted, as they came, shape (K,)."""
        return self.fitted.labels.classes

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the columns of ``coef_``."""
        return self.fitted.recipe.terms

    @cached_property
    def _coefficients(self) -> tuple[Array, Array]:
        estimate = self.fitted.fit.estimate
        coef, intercept = estimate.coordinates.to_user(estimate.theta)
        coef.flags.writeable = intercept.flags.writeable = False
        return coef, intercept

    @property
    def coef_(self) -> Array:
        """Coefficients, shape (1, p), or (K, p) summing to zero over classes. Aliased ones are 0.

        Finite also for separated classes: they predict what the limit does. The summary says which have no estimate.
        """
        return self._coefficients[0]

    @property
    def intercept_(self) -> Array:
        """Intercepts, shape (1,) or (K,)."""
        return self._coefficients[1]

    @property
    def record(self) -> FitRecord:
        """Status, certificate, sweeps, history and notes of the fit."""
        return self.fitted.fit.record

    @property
    def separation(self) -> Separation | None:
        """What is known where no finite maximum likelihood estimate exists; None where one does."""
        return self.fitted.fit.separation

    @property
    def rank(self) -> int:
        """Rank of the design matrix, the intercept included; with a penalty every column counts as it is."""
        return self.fitted.fit.rank

    @property
    def log_likelihood_kernel(self) -> float:
        """The log-likelihood without the binomial constant; for separated classes its supremum."""
        return self.fitted.fit.likelihoods.fitted

    @property
    def mean_log_loss(self) -> float:
        """The mean log loss of the rows of the fit: of -log P(true class), in nats, by the rows' weights.

        Comparable between fits of the same rows, as :meth:`evaluate` gives it for others. Rows held out or left out do
        not count, and ``class_weight`` and ``resample`` do; the penalty, which is in the loss of :meth:`history`, does
        not. Of grouped data the mean over trials. For separated classes it is the limit, which no coefficients reach;
        where a first-order solver ended on the way there, the loss where it ended.
        """
        return self.fitted.fit.mean_log_loss

    def decision_function(self, data: Any, *, offset: Any = None, missing: str = "error") -> Array:
        """Return the linear predictors of new rows: shape (n,) for two classes, else (n, K), summing to zero.

        Parameters
        ----------
        data : path, array, sparse container, data frame or Arrow table
            Columns by name, whatever their order; for arrays by position.
        offset : str, list of str or array, optional
            Needed where the fit had one; by default the columns of the same names.
        missing : {"error", "drop"}
            With "drop", a row with a missing value keeps its place and gets NaN (as a label None).
        """
        eta = self._score(data, offset, missing).eta
        return eta[:, 0] if eta.shape[1] == 1 else eta

    def predict_proba(self, data: Any, *, offset: Any = None, missing: str = "error") -> Array:
        """Return the probability of each class, shape (n, K), in the order of ``classes_``."""
        proba, notes = prediction.probabilities(self.fitted, data, offset=offset, missing=missing)
        warn_of(notes, stacklevel=2)
        return proba

    def predict_log_proba(self, data: Any, *, offset: Any = None, missing: str = "error") -> Array:
        """Return their logarithms, shape (n, K), finite wherever the linear predictor is."""
        return prediction.log_proba(self.fitted, self._score(data, offset, missing))

    def predict(self, data: Any, *, offset: Any = None, missing: str = "error") -> NDArray[Any]:
        """Return the most probable class of each row, shape (n,), in the type of the labels."""
        return prediction.labels(self.fitted, self._score(data, offset, missing))

    def augment(self, data: Any, *, offset: Any = None, missing: str = "error") -> Any:
        """Return a table with predictions added: a frame of the same kind, in the same order, with all its columns.

        The new columns are "prediction" and, for every class, "P(class)"; a row that cannot be predicted (with
        ``missing="drop"``) has nulls there. A path gives an Arrow table.

        Raises
        ------
        OptionError
            For an array, which has no names for new columns, or a table that has columns of these names.
        """
        with memory_in_words(IN_PIECES):
            opened = open_like(self.fitted.recipe, data)
            if isinstance(opened, Matrix):
                raise OptionError("augment() adds columns to a table. For an array use predict() and predict_proba().")
            opened.check_free(prediction.predicted_names(self.fitted))
            scores = self._score(opened, offset, missing)
            return opened.with_columns(prediction.predicted_columns(self.fitted, scores))

    def _score(self, data: Any, offset: Any, missing: str) -> Scores:
        scores = prediction.score(self.fitted, data, offset=offset, missing=missing)
        warn_of(scores.notes, stacklevel=3)
        return scores

    def summary(self, level: float = 0.95, covariance: str = "model", reference: object = None) -> Summary:
        """Return estimates, standard errors, tests and intervals as a record that prints as a table.

        Parameters
        ----------
        level : float
            Of the intervals.
        covariance : {"model"}
            Inverse observed information.
        reference : label, optional
            The class that the others are compared with, for K classes; default the first.
        """
        from logistica.report import summarise

        return summarise(self.fitted, level=level, covariance=covariance, reference=reference)

    def history(self, backend: str | None = None) -> Any:
        """Return how the fit went as a data frame: row k is the state after k steps or epochs, row 0 the start.

        Its columns are those of :class:`~logistica.solvers.history.HistoryRow` that hold anything, and with
        ``keep_coefficients=True`` one for each coefficient, for K classes with the class in brackets.

        Parameters
        ----------
        backend : {"pandas", "polars", "pyarrow"}, optional
            Default: pandas if it is installed, else an Arrow table.

        Raises
        ------
        NotAvailableError
            For a model that was loaded from a file, or a library that is not installed.
        """
        from logistica.report import history_frame

        return history_frame(self.fitted, backend)

    def evaluate(
        self, data: Any, *, target: Any = None, weights: Any = None, offset: Any = None, missing: str = "error"
    ) -> Evaluation:
        """Compare predictions with the truth: accuracy, log loss, ROC AUC, the confusion matrix, figures per class.

        Parameters
        ----------
        data : path, array, sparse container, data frame or Arrow table
        target, weights, offset : str or array, optional
            By default the columns of the fit's names.
        missing : {"error", "drop"}
        """
        from logistica.evaluation import evaluate

        return evaluate(self.fitted, data, target=target, weights=weights, offset=offset, missing=missing)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model to a file: strict JSON with a checksum, no training rows, replaced all or nothing."""
        stored.save(self.fitted, path)

    def __repr__(self) -> str:
        from logistica.report import short

        return short(self.fitted)

    def _repr_html_(self) -> str:
        from logistica.report import html

        return html(self.fitted)
