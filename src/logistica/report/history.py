"""A fit's history as a table."""

from __future__ import annotations

from typing import Any

from logistica.core.errors import NotAvailableError
from logistica.core.memory import FEWER_STEPS, memory_in_words
from logistica.data.columns import level_text
from logistica.fitting.record import INTERCEPT
from logistica.prediction.fitted import Fitted
from logistica.report.as_values import frame_of
from logistica.solvers.history import columns


@memory_in_words(FEWER_STEPS)
def history_frame(fitted: Fitted, backend: str | None) -> Any:
    """Return the history as a data frame of the library ``backend``; see :meth:`logistica.model.Model.history`."""
    history = fitted.fit.record.history
    if not history:
        raise NotAvailableError("The model holds no history: a saved model does not keep it. Fit it again to see it.")
    table: dict[str, Any] = dict(columns(history))
    if history[0].coef is not None and history[0].intercept is not None:
        classes = [level_text(one) for one in fitted.labels.classes.tolist()]
        outputs = [""] if len(history[0].intercept) == 1 else [f" ({one})" for one in classes]
        for k, suffix in enumerate(outputs):
            if fitted.fit.options.fit_intercept:
                table[_free(f"{INTERCEPT}{suffix}", table)] = [_at(row.intercept, k) for row in history]
            for j, term in enumerate(fitted.fit.terms):
                table[_free(f"{term}{suffix}", table)] = [_at(row.coef, k, j) for row in history]
    return frame_of(table, backend)


def _free(name: str, table: dict[str, Any]) -> str:
    """Return the name of a coefficient's column: its own, or one that tells it from a column that is there already."""
    while name in table:
        name = f"{name} (coefficient)"
    return name


def _at(values: Any, *place: int) -> float:
    return float(values[place])
