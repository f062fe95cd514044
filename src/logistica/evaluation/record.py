"""What an evaluation found out: the frozen result, and its two renderings."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.records import Note
from logistica.evaluation.text import as_text

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ClassEvaluation:
    """One class against all others.

    A figure that these rows cannot have is None, and a note of the evaluation says why.

    Attributes
    ----------
    class_ : bool, int, float or str
        The label.
    support : float
        Weight of the rows of this class: their number, where the rows have no weights.
    precision : float or None
        Of the rows predicted to be of this class, the share that is.
    recall : float or None
        Of the rows of this class, the share predicted to be.
    f1 : float or None
        The harmonic mean of precision and recall.
    roc_auc : float or None
        The chance that a row of this class gets a higher probability of it than a row of another class.
    """

    class_: object
    support: float
    precision: float | None
    recall: float | None
    f1: float | None
    roc_auc: float | None


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A model's predictions against the truth, for K classes. Prints as a table.

    Attributes
    ----------
    classes : tuple, length K
        The labels, sorted.
    n_rows : int
        Rows evaluated: those with a positive weight and nothing missing.
    total_weight : float
        Their weight; the number of rows, or of trials, where there are no weights.
    threshold : float or None
        The probability above which the second of two classes is predicted; None for more classes, where the most
        probable one is.
    accuracy : float
        The share of rows predicted right.
    log_loss : float
        The mean of -log P(true class), in nats; finite, and never clipped.
    brier_score : float
        Mean squared error of the probabilities: of the second class for two classes (0 to 1), summed over the
        classes for more (0 to 2).
    roc_auc : float or None
        For more than two classes the plain mean over classes, each against the rest. None if no class has one.
    confusion_matrix : array, shape (K, K)
        Weight of the rows of each true class (row) and predicted class (column).
    per_class : tuple of ClassEvaluation, length K
    notes : tuple of Note
    n_trials : int or None
        Trials of these rows, where rows hold counts of classes; all figures are then of trials. None otherwise.
    """

    classes: tuple[Any, ...]
    n_rows: int
    total_weight: float
    threshold: float | None
    accuracy: float
    log_loss: float
    brier_score: float
    roc_auc: float | None
    confusion_matrix: Array
    per_class: tuple[ClassEvaluation, ...]
    notes: tuple[Note, ...]
    n_trials: int | None = None

    @property
    def baseline_accuracy(self) -> float:
        """The accuracy of always predicting these rows' most frequent class."""
        return max(one.support for one in self.per_class) / self.total_weight

    def to_dict(self) -> dict[str, Any]:
        """Return everything as JSON-able values; a figure that does not exist is None."""
        per_class = [asdict(one) for one in self.per_class]
        return {
            "n_rows": self.n_rows,
            "n_trials": self.n_trials,
            "total_weight": self.total_weight,
            "classes": list(self.classes),
            "threshold": self.threshold,
            "accuracy": self.accuracy,
            "baseline_accuracy": self.baseline_accuracy,
            "log_loss": self.log_loss,
            "brier_score": self.brier_score,
            "roc_auc": self.roc_auc,
            "confusion_matrix": self.confusion_matrix.tolist(),
            "per_class": [
                {"class" if key == "class_" else key: value for key, value in one.items()} for one in per_class
            ],
            "notes": [{"code": note.code, "message": note.message} for note in self.notes],
        }

    def __str__(self) -> str:
        return as_text(self)
