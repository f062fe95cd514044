"""A fitted model against labelled rows."""

from __future__ import annotations

import numbers
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, DataWarning, OptionError
from logistica.core.records import Note
from logistica.data.newrows import NewRows, labelled_rows, open_like
from logistica.data.opening import require_rows
from logistica.data.response import response_again
from logistica.evaluation.measure import Predictions, measure
from logistica.evaluation.record import Evaluation
from logistica.prediction.fitted import Fitted, linear_predictor

Array = NDArray[np.float64]

EXCLUDED_MARGIN = 1e-8
"""The margin against the true class, in the direction of a separated fit, that is more than rounding."""


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
    """
    _check_threshold(threshold, len(fitted.labels.classes))
    beside = _beside(fitted, data, target, weights, offset)
    rows = labelled_rows(
        fitted.recipe,
        fitted.labels,
        beside.data,
        target=beside.target,
        weights=beside.weights,
        weight_kind=fitted.fit.rows.weight_kind if weight_kind is None else weight_kind,
        offset=beside.offset,
        missing=missing,
    )
    rows, used = _rows_in_use(rows)
    truth, weights_used = np.empty(0, np.intp) if rows.y is None else rows.y, rows.weights
    if rows.places is None:
        truth, weights_used = truth[used], None if weights_used is None else weights_used[used]
    predictions = Predictions(
        tuple(fitted.labels.classes.tolist()),
        fitted.loss,
        linear_predictor(fitted, rows)[used],
        truth,
        weights_used,
        None if rows.places is None else len(np.unique(used)),
        rows.n_trials,
    )
    notes = (*rows.notes, *beside.notes, *_limit_note(fitted, rows, used, truth))
    return measure(predictions, threshold, notes)


@dataclass(frozen=True, eq=False)
class _Beside:
    """The data, opened, and what stands beside X in them."""

    data: Any
    target: Any
    weights: Any
    offset: Any
    notes: tuple[Note, ...]


def _beside(fitted: Fitted, data: Any, target: Any, weights: Any, offset: Any) -> _Beside:
    """Fill in the columns that the model knows by name."""
    opened = open_like(fitted.recipe, data)
    require_rows(opened)
    there = getattr(opened, "names", None) or ()
    notes: tuple[Note, ...] = ()
    if target is None and fitted.target_name is not None and (there or getattr(opened, "y", None) is None):
        target = fitted.target_name if fitted.response is None else response_again(fitted.response, opened)
    if weights is None and fitted.weights_name is not None:
        if fitted.weights_name in there:
            weights = fitted.weights_name
        else:
            message = f"the data have no column {fitted.weights_name!r}, the weights of the fit; every row counts once"
            notes = (Note("unweighted", message, DataWarning),)
    if offset is None and fitted.has_offset:
        if not fitted.offset_names:
            raise OptionError("the model was fitted with an offset: pass offset= for these rows too (zeros for none)")
        offset = list(fitted.offset_names)
    return _Beside(opened, target, weights, offset, notes)


def _rows_in_use(rows: NewRows) -> tuple[NewRows, NDArray[np.intp]]:
    """List the rows with a label, a positive weight and nothing missing; the others need no prediction.

    A row of counts is listed once for each class that occurred in it.
    """
    if rows.places is not None:
        if not len(rows.places):
            raise _nothing(rows, "a trial, a positive weight")
        idle = np.ones(rows.n_rows, np.bool_)
        idle[rows.places] = False
        return (replace(rows, missing=idle) if idle.any() else rows), rows.places
    used = np.zeros(rows.n_rows, np.bool_) if rows.y is None else rows.y >= 0
    if rows.missing is not None:
        used = used & ~rows.missing
    if not used.any():
        raise _nothing(rows, "a positive weight")
    return (rows if used.all() else replace(rows, missing=~used)), np.flatnonzero(used)


def _nothing(rows: NewRows, needed: str) -> DataError:
    return DataError(
        f"0 rows to evaluate of {rows.n_rows}: none has {needed} and nothing missing",
        count=rows.n_rows,
        remedy="Pass at least one row with a label",
    )


def _limit_note(fitted: Fitted, rows: NewRows, used: NDArray[np.intp], truth: NDArray[np.intp]) -> tuple[Note, ...]:
    """Say how many rows the limit of a separated fit calls impossible; there its log loss has no finite value."""
    separation = fitted.fit.separation
    if separation is None:
        return ()
    along = replace(fitted, fit=replace(fitted.fit, estimate=replace(fitted.fit.estimate, theta=separation.direction)))
    pull = linear_predictor(along, replace(rows, offset=None))[used]
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
