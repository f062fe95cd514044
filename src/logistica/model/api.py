"""The statistician's door: from data to a model, from a file to a model."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from logistica.core.docstrings import described_by
from logistica.core.records import warn_of
from logistica.data.columns import Level
from logistica.data.factors import FactorOptions
from logistica.data.preparation import Preparation
from logistica.data.read import read
from logistica.fitting import FitOptions
from logistica.fitting.class_balance import ClassBalance
from logistica.fitting.options import checked_options
from logistica.model.model import Model
from logistica.model.run import run
from logistica.prediction import stored
from logistica.solvers.history import Watch
from logistica.solvers.settings import SolverSettings
from logistica.solvers.stopping import Stop


@described_by(FitOptions, ClassBalance, FactorOptions)
def fit(
    data: Any,
    formula: str | None = None,
    *,
    target: Any = None,
    trials: Any = None,
    weights: Any = None,
    weight_kind: str = "importance",
    offset: Any = None,
    missing: str = "error",
    baseline: Mapping[str, Level] | None = None,
    levels: Mapping[str, Sequence[Level]] | None = None,
    rare: int = 0,
    unknown: str = "error",
    columns: Sequence[str] | None = None,
    C: float = math.inf,
    l1_ratio: float = 0.0,
    fit_intercept: bool = True,
    standardize: bool = False,
    solver: SolverSettings | str = "auto",
    tol: float = 1e-10,
    max_iter: int = 100,
    on_separation: str = "warn",
    threads: int | None = None,
    random_state: int = 0,
    class_weight: Mapping[Any, float] | str | None = None,
    resample: str | None = None,
    restore_prevalence: bool = False,
    stop: Stop | None = None,
    keep_coefficients: bool = False,
    checkpoint: str | os.PathLike[str] | None = None,
    callback: Watch | None = None,
    progress: bool | None = None,
) -> Model:
    """Fit a logistic regression: binary for two classes, multinomial (softmax) for more.

    By default plain maximum likelihood, solved to the last digits whatever the scale of the columns, with a certificate
    that says how close it is. Where no finite estimate exists, the model holds the limit and a warning says so.

    Parameters
    ----------
    data : path, array of shape (n, p), sparse container, data frame or Arrow table
        Text is always a path: CSV, JSON lines, svmlight, Parquet, Arrow or Excel, plain or compressed, told by content.
        Numbers and booleans are used as they are; text, categoricals and dictionaries as contrasts with their first
        level. Never changed.
    formula : str, optional
        Response and predictors of a table in R's notation, such as ``y ~ a * b + log(c) + C(d, Sum) - 1``; see
        :mod:`logistica.data.formula`. The response is a column, a comparison such as ``I(y > 3)``, or ``cbind()`` of
        counts. ``.`` stands for all columns without another role.
    target : str or array of shape (n,), optional
        The classes: a column's name, or labels of any kind beside any data. svmlight text holds its own.
    trials : str or array of shape (n,), optional
        The number of trials of each row, where ``target`` holds the number of successes, or their proportion. A row
        without a trial is absent in every respect.
    weights : str or array of shape (n,), optional
        Default 1 for every row. A row of weight 0 is absent in every respect.
    weight_kind : {"importance", "frequency", "sampling"}, default "importance"
        What the weights mean: R's prior weights (n = rows), counts of rows (whole numbers, n = their sum), or inverse
        probabilities of being sampled (no model-based standard errors).
    offset : str, list of str, or array of shape (n,) or (n, K), optional
        A known part of the linear predictor: one for two classes, one per class for K.
    missing : {"error", "drop", "impute"}, default "error"
        What a missing value does: raise, leave its row out, or, in a predictor, be filled in with the median or the
        most frequent level and marked in a column of its own, named ``column[missing]``; new data are then filled in
        alike.
    baseline, levels, rare, unknown
        Of factors: see :class:`~logistica.data.factors.FactorOptions`.
    columns : sequence of str, optional
        The columns of a table that make X; default: all without another role.
    C, l1_ratio, fit_intercept, standardize, solver, tol, max_iter, on_separation, threads, random_state
        See :class:`~logistica.fitting.FitOptions`.
    class_weight, resample, restore_prevalence
        Of classes of unequal size: see :class:`~logistica.fitting.class_balance.ClassBalance`.
    stop, keep_coefficients, checkpoint
        See :class:`~logistica.fitting.FitOptions`.
    callback : callable, optional
        Called with each :class:`~logistica.solvers.history.HistoryRow` as it comes; a true answer ends the fit.
    progress : bool or None, default None
        Whether to show a bar with loss and time left, on a terminal or in a notebook (with ipywidgets). None: if the
        fit takes longer than a second; True: from the start. Nothing of it is left behind.

    Ctrl-C ends a fit with the best state so far, marked as interrupted, and a ConvergenceWarning; before there is one
    it is a KeyboardInterrupt, as elsewhere.

    Returns
    -------
    Model

    Raises
    ------
    OptionError, FormulaError, DataError, FileAccessError, OutOfMemoryError, SeparationError

    Examples
    --------
    >>> import logistica
    >>> hours = [[0.5], [1], [1.5], [2], [2.5], [3], [3.5], [4], [4.5], [5], [5.5], [6]]
    >>> model = logistica.fit(hours, target=[0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1])
    >>> model.coef_.round(6), model.intercept_.round(6)
    (array([[1.185119]]), array([-3.851637]))
    """
    options = checked_options(
        C=C,
        l1_ratio=l1_ratio,
        fit_intercept=fit_intercept,
        standardize=standardize,
        solver=solver,
        tol=tol,
        max_iter=max_iter,
        on_separation=on_separation,
        threads=threads,
        random_state=random_state,
        class_weight=class_weight,
        resample=resample,
        restore_prevalence=restore_prevalence,
        stop=stop,
        keep_coefficients=keep_coefficients,
        checkpoint=checkpoint,
    )
    preparation = Preparation(formula, columns, missing, FactorOptions(baseline or {}, levels or {}, rare, unknown))
    reading = partial(
        read,
        data,
        preparation,
        target=target,
        trials=trials,
        weights=weights,
        weight_kind=weight_kind,
        offset=offset,
    )
    fitted = run(reading, options, callback=callback, progress=progress)
    warn_of(fitted.fit.record.notes, stacklevel=2)
    return Model(fitted)


def load(path: str | os.PathLike[str]) -> Model:
    """Return the model saved in a file.

    Raises
    ------
    ModelFileError
        If the file is damaged, hostile or of a later version.
    FileAccessError
        If it cannot be read.
    """
    return Model(stored.load(path))
