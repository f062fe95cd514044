"""scikit-learn's door: the estimator interface over one :class:`~logistica.model.Model`."""

from __future__ import annotations

import math
import numbers
import os
from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning as SklearnConvergenceWarning
from sklearn.utils.validation import check_is_fitted

from logistica.core.docstrings import described_by
from logistica.core.errors import ConvergenceWarning, LogisticaWarning, OptionError, SeparationWarning
from logistica.core.records import warn_of
from logistica.core.threads import thread_count
from logistica.data.read import read
from logistica.estimators.spelling import as_scikit_learn_says
from logistica.fitting import FitOptions
from logistica.fitting.class_balance import ClassBalance
from logistica.fitting.options import OPTIONS, checked_options
from logistica.model import Model
from logistica.model.run import run
from logistica.solvers.history import Watch
from logistica.solvers.settings import SolverSettings
from logistica.solvers.stopping import Stop

if TYPE_CHECKING:
    from logistica.report import Summary

Array = NDArray[np.float64]


class SeparatedClasses(SeparationWarning, SklearnConvergenceWarning):  # type: ignore[misc]
    """A separation warning that scikit-learn's filters for convergence catch too."""


class NotConverged(ConvergenceWarning, SklearnConvergenceWarning):  # type: ignore[misc]
    """A convergence warning that scikit-learn's filters catch too."""


_AS_SKLEARN: dict[type[LogisticaWarning], type[LogisticaWarning]] = {
    SeparationWarning: SeparatedClasses,
    ConvergenceWarning: NotConverged,
}


@described_by(FitOptions, ClassBalance)
class LogisticRegression(ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Logistic regression, binary or multinomial, certified.

    The default is plain maximum likelihood, whatever the scale of the columns; nothing is shrunk unless asked for.

    Parameters
    ----------
    C, l1_ratio, fit_intercept, standardize, solver, tol, max_iter, on_separation
        See :class:`~logistica.fitting.FitOptions`.
    class_weight, resample, restore_prevalence
        See :class:`~logistica.fitting.class_balance.ClassBalance`.
    random_state, stop, keep_coefficients, checkpoint
        See :class:`~logistica.fitting.FitOptions`.
    callback : callable or None, default None
        Called with each :class:`~logistica.solvers.history.HistoryRow` as it comes; a true answer ends the fit. A clone
        calls the same function, but has a copy of any other object.
    n_jobs : int or None, default None
        Threads; None or -1: one per available processor, -2: all but one, and so on. The result does not depend
        on it.
    progress : bool or None, default None
        Whether to show a bar with loss and time left, on a terminal or in a notebook; None: if the fit takes longer
        than a second.

    Attributes
    ----------
    coef_ : array, shape (1, p) or (K, p)
    intercept_ : array, shape (1,) or (K,)
    classes_ : array, shape (K,)
    n_iter_ : array of int, shape (1,)
    n_features_in_ : int
    feature_names_in_ : array of str
        If X had column names that are all text.
    model_ : Model
        The fitted model behind this face: record, summary, separation, save.

    Notes
    -----
    What concerns tables (formulas, factors, missing values, grouped data, kinds of weights) is for
    :func:`logistica.fit`; behind this door it is for transformers in a pipeline. Clones share the file of a
    ``checkpoint``, and a fit of other rows refuses it: cross-validation and searches go without.
    """

    def __init__(
        self,
        *,
        C: float = math.inf,
        l1_ratio: float = 0.0,
        fit_intercept: bool = True,
        standardize: bool = False,
        solver: SolverSettings | str = "auto",
        tol: float = 1e-10,
        max_iter: int = 100,
        on_separation: str = "warn",
        class_weight: Mapping[Any, float] | str | None = None,
        resample: str | None = None,
        restore_prevalence: bool = False,
        random_state: int = 0,
        stop: Stop | None = None,
        keep_coefficients: bool = False,
        checkpoint: str | os.PathLike[str] | None = None,
        callback: Watch | None = None,
        n_jobs: int | None = None,
        progress: bool | None = None,
    ) -> None:
        self.C = C
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.standardize = standardize
        self.solver = solver
        self.tol = tol
        self.max_iter = max_iter
        self.on_separation = on_separation
        self.class_weight = class_weight
        self.resample = resample
        self.restore_prevalence = restore_prevalence
        self.random_state = random_state
        self.stop = stop
        self.keep_coefficients = keep_coefficients
        self.checkpoint = checkpoint
        self.callback = callback
        self.n_jobs = n_jobs
        self.progress = progress

    def fit(self, X: Any, y: Any, sample_weight: Any = None, offset: Any = None) -> Self:
        """Fit the model.

        Parameters
        ----------
        X : array, sparse container or data frame, shape (n, p)
        y : array, shape (n,)
            Labels of any kind.
        sample_weight : array, shape (n,), optional
            Importance weights; default 1.
        offset : array, shape (n,) or (n, K), optional
            A known part of the linear predictor.
        """
        if y is None:
            raise OptionError(
                "LogisticRegression requires y to be passed, but the target y is None. Pass a label for each row of X."
            )
        own = {name: getattr(self, name) for name in OPTIONS if name != "threads"}
        options = checked_options(**own, threads=_threads(self.n_jobs))
        reading = partial(read, X, target=y, weights=sample_weight, offset=offset)
        with as_scikit_learn_says():
            fitted = run(reading, options, callback=self.callback, progress=self.progress)
        warn_of(fitted.fit.record.notes, stacklevel=2, instead=_AS_SKLEARN)
        self.model_ = Model(fitted)
        self.coef_ = self.model_.coef_.copy()
        self.intercept_ = self.model_.intercept_.copy()
        self.classes_ = self.model_.classes_
        self.n_iter_ = np.array([fitted.fit.record.iterations], dtype=np.int32)
        self.n_features_in_ = fitted.recipe.width
        if fitted.recipe.kind == "table" and fitted.recipe.names is not None:
            self.feature_names_in_ = np.array(fitted.recipe.names, dtype=object)
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        return self

    def __sklearn_tags__(self) -> Any:
        """Tell scikit-learn that X may be sparse."""
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags

    def decision_function(self, X: Any, offset: Any = None) -> Array:
        """Return the linear predictors, shape (n,) for two classes, else (n, K)."""
        check_is_fitted(self)
        return self.model_.decision_function(X, offset=offset)

    def predict_proba(self, X: Any, offset: Any = None) -> Array:
        """Return the probability of each class, shape (n, K), columns as ``classes_``."""
        check_is_fitted(self)
        return self.model_.predict_proba(X, offset=offset)

    def predict_log_proba(self, X: Any, offset: Any = None) -> Array:
        """Return the logarithms of the probabilities, shape (n, K)."""
        check_is_fitted(self)
        return self.model_.predict_log_proba(X, offset=offset)

    def predict(self, X: Any, offset: Any = None) -> NDArray[Any]:
        """Return the most probable class of each row, shape (n,)."""
        check_is_fitted(self)
        return self.model_.predict(X, offset=offset)

    def summary(self, level: float = 0.95, covariance: str = "model", reference: object = None) -> Summary:
        """Return the statistics of the fit; see :meth:`logistica.model.Model.summary`."""
        check_is_fitted(self)
        return self.model_.summary(level, covariance, reference)

    def history(self, backend: str | None = None) -> Any:
        """Return how the fit went as a data frame; see :meth:`logistica.model.Model.history`."""
        check_is_fitted(self)
        return self.model_.history(backend)


def _threads(n_jobs: int | None) -> int | None:
    """Return the number of threads, by joblib's rule for negative numbers."""
    if n_jobs is None:
        return None
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, numbers.Integral) or n_jobs == 0:
        raise OptionError(f"n_jobs={n_jobs!r}: it must be a whole number other than 0, or None")
    return int(n_jobs) if n_jobs > 0 else max(thread_count(None) + 1 + int(n_jobs), 1)
