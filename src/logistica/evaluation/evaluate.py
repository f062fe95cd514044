"""A fitted model against labelled rows."""

from __future__ import annotations

import numbers
from dataclasses import replace
from typing import Any

import numpy as np

from logistica.core.errors import DataWarning, OptionError
from logistica.core.memory import SOME_ROWS, memory_in_words
from logistica.core.records import Note
from logistica.evaluation.labelled import Labelled, labelled
from logistica.evaluation.measure import Predictions, measure
from logistica.evaluation.record import Evaluation
from logistica.prediction.fitted import Fitted, linear_predictor

EXCLUDED_MARGIN = 1e-8
"""The margin against the true class, in the direction of a separated fit, that is more than rounding."""


@memory_in_words(SOME_ROWS)
def evaluate(
    fitted: Fitted,
    data: Any,
    *,
    target: Any = None,
    weights: Any = None,
    weight_kind: str | None = None,
    offset: Any = None,
    missing: str = "error",
    threshold: float = 0.5,
) -> Evaluation:
    """Compare a model's predictions with the truth.

    Parameters
    ----------
    fitted : Fitted
        Of a model: ``model.fitted``.
    data : path, array, sparse container, data frame or Arrow table
        As for predictions, and with labels.
    target, weights, offset : str, array or None
        A column's name, or values beside the data. By default the columns of the fit's names; svmlight text holds
        its own target. Where the fit had a weights column and the data have none, every row counts once, and a note
        says so.
    weight_kind : {"importance", "frequency", "sampling"}, optional
        Default: as in the fit.
    missing : {"error", "drop"}
        What a missing value does: raise, or leave its row out with a note.
    threshold : float
        For two classes: predict the second where its probability is above this. Between 0 and 1.

    Raises
    ------
    OptionError
        If the threshold is impossible, or no target or offset is known.
    DataError
        If the data cannot be used, a label is none of the model's classes, or no row is left.
    OutOfMemoryError
    """
    _check_threshold(threshold, len(fitted.labels.classes))
    found = labelled(
        fitted,
        data,
        target=target,
        weights=weights,
        weight_kind=weight_kind,
        offset=offset,
        missing=missing,
    )
    rows, used = found.rows, found.used
    predictions = Predictions(
        tuple(fitted.labels.classes.tolist()),
        fitted.loss,
        linear_predictor(fitted, rows)[used],
        found.truth,
        found.weights,
        None if rows.places is None else len(np.unique(used)),
        rows.n_trials,
    )
    return measure(predictions, threshold, (*found.notes, *_limit_note(fitted, found)))


def _limit_note(fitted: Fitted, found: Labelled) -> tuple[Note, ...]:
    """Say how many rows the limit of a separated fit calls impossible; there its log loss has no finite value."""
    separation = fitted.fit.separation
    if separation is None or not separation.reached:
        return ()
    used, truth = found.used, found.truth
    along = replace(fitted, fit=replace(fitted.fit, estimate=replace(fitted.fit.estimate, theta=separation.direction)))
    pull = linear_predictor(along, replace(found.rows, offset=None))[used]
    if pull.shape[1] == 1:
        pull = np.column_stack([np.zeros_like(pull), pull])
    against = pull.max(axis=1) - pull[np.arange(len(truth)), truth]
    count = len(np.unique(used[against > EXCLUDED_MARGIN * (1.0 + np.abs(pull).max(axis=1))]))
    if not count:
        return ()
    message = (
        f"the model is separated, and in its limit the true class of {count:,} of these rows has probability 0, so that"
        " the log loss there is infinite; the figure given is that of the finite point at which the model predicts."
        " A penalty, such as C=1, gives probabilities that can be scored"
    )
    return (Note("impossible-in-the-limit", message, DataWarning),)


def _check_threshold(threshold: object, n_classes: int) -> None:
    fits = isinstance(threshold, numbers.Real) and not isinstance(threshold, bool)
    if not fits or not 0.0 < float(threshold) < 1.0:  # type: ignore[arg-type]
        raise OptionError(f"threshold={threshold!r}: it must be a number between 0 and 1; the default is 0.5")
    if n_classes > 2 and threshold != 0.5:
        raise OptionError(
            f"threshold={threshold!r} is for two classes; of {n_classes}, the most probable one is predicted"
        )
