"""An evaluation as text for people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from logistica.core.wording import counted
from logistica.data.columns import level_text

if TYPE_CHECKING:
    from logistica.evaluation.record import Evaluation

ABSENT = "n/a"
WIDEST_MATRIX = 12
"""Classes up to which the confusion matrix is printed; the record holds it whole."""


def as_text(evaluation: Evaluation) -> str:
    """Return the figures, the confusion matrix and the classes, as lines without a final newline."""
    parts = [_figures(evaluation)]
    if len(evaluation.classes) <= WIDEST_MATRIX:
        parts.append(_matrix(evaluation))
    parts.append(_per_class(evaluation))
    return "\n\n".join(parts)


def _figures(evaluation: Evaluation) -> str:
    several = len(evaluation.classes) > 2
    rows = counted(evaluation.n_rows, "row")
    if evaluation.n_trials is not None:
        rows += f", {counted(evaluation.n_trials, 'trial')}"
    if evaluation.total_weight != (evaluation.n_rows if evaluation.n_trials is None else evaluation.n_trials):
        rows += f", total weight {evaluation.total_weight:,g}"
    lines = [
        ("rows", rows, ""),
        (
            "accuracy",
            _number(evaluation.accuracy),
            f"{evaluation.baseline_accuracy:.4f} by the most frequent class alone",
        ),
        ("log loss", _number(evaluation.log_loss), "mean of -log P(true class)"),
        ("Brier score", _number(evaluation.brier_score), "summed over classes, 0 to 2" if several else "0 is perfect"),
        ("ROC AUC", _number(evaluation.roc_auc), "mean over classes, each against the rest" if several else ""),
    ]
    shown = [f"{name:<13}{value:<8} {f'({remark})' if remark else ''}".rstrip() for name, value, remark in lines]
    if not several:
        shown.append(
            f"{'predicted':<13}{evaluation.classes[1]} where P({evaluation.classes[1]}) > {evaluation.threshold:g}"
        )
    return "\n".join(shown)


def _matrix(evaluation: Evaluation) -> str:
    names = [level_text(label) for label in evaluation.classes]
    cells = [[_count(value) for value in row] for row in evaluation.confusion_matrix.tolist()]
    table = _table(["", *names], [[name, *row] for name, row in zip(names, cells, strict=True)])
    return f"Confusion matrix (row: true class, column: predicted class)\n{table}"


def _per_class(evaluation: Evaluation) -> str:
    several = len(evaluation.classes) > 2
    header = ["class", "precision", "recall", "F1", *(["ROC AUC"] if several else []), "support"]
    rows = []
    for label, one in zip(evaluation.classes, evaluation.per_class, strict=True):
        figures = [one.precision, one.recall, one.f1, *([one.roc_auc] if several else [])]
        rows.append([level_text(label), *map(_number, figures), _count(one.support)])
    return _table(header, rows)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Lay cells out in columns: the first to the left, the others to the right."""
    lines = [header, *rows]
    widths = [max(len(line[j]) for line in lines) for j in range(len(header))]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if j == 0 else cell.rjust(width)
            for j, (cell, width) in enumerate(zip(line, widths, strict=True))
        ).rstrip()
        for line in lines
    )


def _number(value: float | None) -> str:
    return ABSENT if value is None else f"{value:.4f}" if value < 1e4 else f"{value:.4g}"


def _count(value: float) -> str:
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:,.6g}"
