"""A path of fits as a table: a row for each penalty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.memory import FEWER_STEPS, memory_in_words
from logistica.data.columns import level_text
from logistica.fitting.path import PathFit
from logistica.fitting.record import INTERCEPT
from logistica.report.as_values import frame_of

SHOWN = 20
"""Rows of a path that are printed; of a longer one some, evenly spread."""


def nonzero(fit: PathFit) -> NDArray[np.intp]:
    """Return how many coefficients are not zero at each penalty, shape (n,); intercepts do not count."""
    return np.asarray(np.count_nonzero(fit.coef, axis=(1, 2)))


def path_text(fit: PathFit) -> str:
    """Return the path as lines without a final newline."""
    n = len(fit.C)
    places = np.arange(n) if n <= SHOWN else np.unique(np.linspace(0, n - 1, SHOWN).round().astype(int))
    head = (
        f"{'':>5}{'C':>12}{'coefficients':>14}{'objective':>16}{'log-likelihood':>16}{'gap':>10}{'sweeps':>8}  status"
    )
    count = nonzero(fit)
    lines = [
        f"{place:>5}{fit.C[place]:>12.4g}{count[place]:>14,}{fit.objective[place]:>16.8g}"
        f"{fit.log_likelihood[place]:>16.8g}{fit.gap[place]:>10.1e}{fit.sweeps[place]:>8}  {fit.status[place]}"
        for place in places
    ]
    more = [] if len(places) == n else [f"{len(places)} of {n} penalties."]
    return "\n".join([head, *lines, *more, *(f"- {note.message}" for note in fit.notes)])


@memory_in_words(FEWER_STEPS)
def path_frame(fit: PathFit, terms: Sequence[str], classes: Sequence[Any], backend: str | None) -> Any:
    """Return the path as a data frame of the library ``backend``: figures, intercepts and coefficients."""
    table: dict[str, Any] = {
        "C": fit.C.tolist(),
        "n_nonzero": nonzero(fit).tolist(),
        "objective": fit.objective.tolist(),
        "log_likelihood": fit.log_likelihood.tolist(),
        "gap": fit.gap.tolist(),
        "status": [str(one) for one in fit.status],
        "sweeps": fit.sweeps.tolist(),
    }
    several = fit.coef.shape[1] > 1
    for k in range(fit.coef.shape[1]):
        suffix = f" ({level_text(classes[k])})" if several else ""
        table[f"{INTERCEPT}{suffix}"] = fit.intercept[:, k].tolist()
        for j, term in enumerate(terms):
            name = f"{term}{suffix}"
            table[f"{name} (coefficient)" if name in table else name] = fit.coef[:, k, j].tolist()
    return frame_of(table, backend)
