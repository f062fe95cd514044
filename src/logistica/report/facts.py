"""What there is to say about a fitted model, gathered once; every rendering starts from here."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.records import Note
from logistica.fitting.options import FitOptions
from logistica.fitting.record import NOT_CONVERGED, FitRecord, Rows
from logistica.fitting.separation.record import Separation
from logistica.inference import ModelStatistics, model_statistics
from logistica.prediction.fitted import Fitted

Array = NDArray[np.float64]

FIRST = ("separated", NOT_CONVERGED)
"""Codes of the notes without which nothing else can be read rightly."""


@dataclass(frozen=True, eq=False)
class Facts:
    """A fitted model in plain facts, without its coefficients.

    Attributes
    ----------
    target : str
        What is modelled; "y" where it has no name.
    classes : tuple of labels
    options : FitOptions
    record : FitRecord
    rows : Rows
    rank, n_parameters, n_columns : int
        Rank of the design and its width, both with the intercept; columns without it.
    weighted : bool
        Whether the rows have weights.
    baselines : tuple of (factor, level)
        For each factor, by its name in the design, the level that its columns are compared with; those whose columns
        compare otherwise, as Sum does, have none.
    separation : Separation or None
    direction : (array of shape (outputs, p), array of shape (outputs,)), or None
        For separated classes coefficients and intercepts, in the user's columns, along which the likelihood grows.
    statistics : ModelStatistics
    """

    target: str
    classes: tuple[object, ...]
    options: FitOptions
    record: FitRecord
    rows: Rows
    rank: int
    n_parameters: int
    n_columns: int
    weighted: bool
    baselines: tuple[tuple[str, object], ...]
    separation: Separation | None
    direction: tuple[Array, Array] | None
    statistics: ModelStatistics

    @property
    def notes(self) -> tuple[Note, ...]:
        """What the fit has to say, and why statistics are missing."""
        return in_order(self.statistics.notes + self.record.notes)


def gather(fitted: Fitted) -> Facts:
    """Return the facts of a fitted model."""
    fit = fitted.fit
    return Facts(
        target=fitted.target_name or "y",
        classes=tuple(fitted.labels.classes.tolist()),
        options=fit.options,
        record=fit.record,
        rows=fit.rows,
        rank=fit.rank,
        n_parameters=len(fit.estimate.free),
        n_columns=len(fit.terms),
        weighted=fit.rows.weighted,
        baselines=fitted.recipe.baselines,
        separation=fit.separation,
        direction=None if fit.separation is None else fit.estimate.coordinates.to_user(fit.separation.direction),
        statistics=model_statistics(fitted),
    )


def in_order(notes: tuple[Note, ...]) -> tuple[Note, ...]:
    """Put what matters most first, and drop what comes twice: numbers of two tables may be missing for one reason."""
    once = {(note.code, note.message): note for note in notes}.values()
    return tuple(sorted(once, key=_is_minor))


def _is_minor(note: Note) -> bool:
    return note.code not in FIRST
