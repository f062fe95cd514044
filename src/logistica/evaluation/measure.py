"""The figures. Counts, precision, recall and ROC AUC are scikit-learn's; log loss and Brier score are plain sums."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics import confusion_matrix, precision_recall_fscore_support, roc_auc_score

from logistica.core.records import Note
from logistica.core.stable import logsumexp
from logistica.core.wording import listed
from logistica.evaluation.record import ClassEvaluation, Evaluation
from logistica.losses import Loss

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Predictions:
    """Rows with their truth and their linear predictors, at least one.

    Attributes
    ----------
    classes : tuple, length K
    loss : Loss
        From linear predictors to probabilities.
    eta : array, shape (n, 1) or (n, K)
    truth : array of intp, shape (n,)
        The codes of the true classes.
    weights : array, shape (n,), or None
        Positive.
    n_rows : int or None
        Rows of the data that these are of; None: the same.
    n_trials : int or None
        Of all rows, where rows hold counts.
    """

    classes: tuple[Any, ...]
    loss: Loss
    eta: Array
    truth: Codes
    weights: Array | None
    n_rows: int | None = None
    n_trials: int | None = None


def measure(predictions: Predictions, threshold: float = 0.5, notes: tuple[Note, ...] = ()) -> Evaluation:
    """Return all figures, and after ``notes`` those that say which figures these rows cannot have."""
    truth, K = predictions.truth, len(predictions.classes)
    weights, unit = _normalised(predictions.weights)
    chosen = _chosen(predictions.eta, threshold)
    confusion = confusion_matrix(truth, chosen, labels=range(K), sample_weight=weights)
    per_class = _per_class(predictions, chosen, weights, unit)
    areas = [one.roc_auc for one in per_class if one.roc_auc is not None]
    log_proba = predictions.loss.log_proba(predictions.eta)
    return Evaluation(
        classes=predictions.classes,
        n_rows=len(truth) if predictions.n_rows is None else predictions.n_rows,
        n_trials=predictions.n_trials,
        total_weight=float(confusion.sum()) * unit,
        threshold=threshold if K == 2 else None,
        accuracy=float(np.trace(confusion) / confusion.sum()),
        log_loss=_mean(-log_proba[np.arange(len(truth)), truth], weights),
        brier_score=_brier_score(predictions.loss.proba(predictions.eta), truth, weights),
        roc_auc=math.fsum(areas) / len(areas) if areas else None,
        confusion_matrix=confusion * unit,
        per_class=per_class,
        notes=(*notes, *_undefined(per_class)),
    )


def _normalised(weights: Array | None) -> tuple[Array | None, float]:
    """Divide by the power of two next to the largest weight, so that no sum overflows."""
    if weights is None:
        return None, 1.0
    unit = math.ldexp(1.0, math.frexp(float(weights.max()))[1] - 1)
    return weights / unit, unit


def _chosen(eta: Array, threshold: float) -> Codes:
    """Return the codes of the predicted classes; at 0.5 those that ``predict`` gives."""
    if eta.shape[1] == 1:
        return np.asarray(eta[:, 0] > math.log(threshold / (1.0 - threshold)), dtype=np.intp)
    return np.asarray(np.argmax(eta, axis=1))


def _mean(values: Array, weights: Array | None) -> float:
    return float(np.average(values, weights=weights))


def _brier_score(proba: Array, truth: Codes, weights: Array | None) -> float:
    K = proba.shape[1]
    if K == 2:
        return _mean((proba[:, 1] - truth) ** 2, weights)
    return _mean(((proba - np.eye(K)[truth]) ** 2).sum(axis=1), weights)


def _per_class(
    predictions: Predictions, chosen: Codes, weights: Array | None, unit: float
) -> tuple[ClassEvaluation, ...]:
    truth, K = predictions.truth, len(predictions.classes)
    precision, recall, f1, support = precision_recall_fscore_support(
        truth, chosen, labels=range(K), sample_weight=weights, zero_division=np.nan
    )
    return tuple(
        ClassEvaluation(
            label,
            float(support[k]) * unit,
            _or_none(precision[k]),
            _or_none(recall[k]),
            _or_none(f1[k]),
            _roc_auc(truth == k, _score(predictions.eta, k), weights),
        )
        for k, label in enumerate(predictions.classes)
    )


def _or_none(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def _roc_auc(is_class: NDArray[np.bool_], score: Array, weights: Array | None) -> float | None:
    if is_class.all() or not is_class.any():
        return None
    return float(roc_auc_score(is_class, score, sample_weight=weights))


def _score(eta: Array, k: int) -> Array:
    """Return the log-odds of class k against the rest, which rank rows also where probabilities round to 0 or 1."""
    if eta.shape[1] == 1:
        return eta[:, 0] if k == 1 else -eta[:, 0]
    return np.asarray(eta[:, k] - logsumexp(np.delete(eta, k, axis=1)))


def _undefined(per_class: tuple[ClassEvaluation, ...]) -> tuple[Note, ...]:
    notes = []
    absent = [one.class_ for one in per_class if one.recall is None]
    if absent:
        have = "recall and ROC AUC" if any(one.roc_auc is not None for one in per_class) else "recall"
        notes.append(Note("class-absent", f"no row here is of {_listed(absent)}, so there is no {have} to give"))
    if all(one.roc_auc is None for one in per_class):
        notes.append(Note("roc-auc-undefined", "all rows are of one class, so that there is no ROC AUC"))
    elif absent:
        notes.append(Note("roc-auc-partial", "the mean ROC AUC is over the classes that occur"))
    never = [one.class_ for one in per_class if one.precision is None]
    if never:
        notes.append(Note("class-never-predicted", f"no row is predicted to be of {_listed(never)}: no precision"))
    return tuple(notes)


def _listed(labels: list[Any]) -> str:
    shown = listed(labels, 10)
    return f"class {shown}" if len(labels) == 1 else f"the classes {shown}"
