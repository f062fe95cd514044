"""The fitted thing itself: a recipe, labels, and the numbers of a fit. What it takes to predict, and no more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, OptionError
from logistica.core.memory import IN_PIECES, memory_in_words
from logistica.core.records import Note, frozen
from logistica.data.columns import level_text
from logistica.data.formula.grammar import parse_expression
from logistica.data.formula.tree import names_in
from logistica.data.labels import Labels
from logistica.data.newrows import NewRows, open_like
from logistica.data.recipe import Recipe
from logistica.fitting.record import Fit
from logistica.losses import Loss, loss_for
from logistica.prediction.predictor import Predictor

Array = NDArray[np.float64]


@frozen(eq=False)
class Fitted:
    """A fitted logistic regression.

    Attributes
    ----------
    recipe : Recipe
        From raw columns to numbers.
    labels : Labels
    fit : Fit
    has_offset : bool
        Whether eta had a known part, which new rows then need too.
    target_name, weights_name, offset_names : str or None, and tuple of str
        The columns' names, where they were columns.
    response : str or None
        A comparison of columns, or ``cbind()`` of those that held counts of classes.
    """

    recipe: Recipe
    labels: Labels
    fit: Fit
    has_offset: bool = False
    target_name: str | None = None
    weights_name: str | None = None
    offset_names: tuple[str, ...] = ()
    response: str | None = None

    @property
    def loss(self) -> Loss:
        return loss_for(len(self.labels.classes))

    @cached_property
    def predictor(self) -> Predictor:
        """What makes numbers of rows."""
        estimate = self.fit.estimate
        return Predictor.of(estimate.coordinates, estimate.theta, self.loss)

    @property
    def beside_names(self) -> tuple[str, ...]:
        """Columns of a table that say nothing about X."""
        counts = () if self.response is None else names_in(parse_expression(self.response))
        return tuple(name for name in (self.target_name, self.weights_name, *counts) if name is not None)


@dataclass(frozen=True, eq=False)
class Scores:
    """The linear predictors of new rows.

    Attributes
    ----------
    eta : array, shape (n, outputs)
        NaN in rows that cannot be predicted. For K classes they sum to zero over classes, offsets apart.
    missing : array of bool, shape (n,), or None
        Rows with a missing value.
    notes : tuple of Note
    """

    eta: Array
    missing: NDArray[np.bool_] | None
    notes: tuple[Note, ...]


@memory_in_words(IN_PIECES)
def score(fitted: Fitted, data: Any, *, offset: Any = None, missing: str = "error") -> Scores:
    """Return the linear predictors of the rows of ``data``, one for every row.

    Parameters
    ----------
    data : path, array, sparse container, data frame or Arrow table
        Columns by name, or for arrays by position.
    offset : str, list of str or array, optional
        Needed where the fit had one; by default the columns of the fit's names.
    missing : {"error", "drop"}
        Whether a missing value raises, or leaves its row without a prediction.

    Raises
    ------
    DataError, OptionError, OutOfMemoryError
    """
    rows, eta = _predicted(fitted, data, offset, missing, linear_predictor)
    return Scores(eta, rows.missing, rows.notes)


@memory_in_words(IN_PIECES)
def probabilities(
    fitted: Fitted, data: Any, *, offset: Any = None, missing: str = "error"
) -> tuple[Array, tuple[Note, ...]]:
    """Return the probability of every class, shape (n, K), and the notes about the rows; see :func:`score`.

    Where only these are wanted, no linear predictor is held.
    """
    rows, proba = _predicted(fitted, data, offset, missing, probabilities_of)
    return proba, rows.notes


def _predicted(
    fitted: Fitted, data: Any, offset: Any, missing: str, predict: Callable[[Fitted, NewRows], Array]
) -> tuple[NewRows, Array]:
    """Return the rows of the data and what is predicted of them.

    Their values are looked at only where a prediction says that one of them is no finite number.
    """
    if offset is None and fitted.has_offset:
        if not fitted.offset_names:
            raise OptionError("the model was fitted with an offset: pass offset= for the new rows too (zeros for none)")
        offset = list(fitted.offset_names)
    opened = open_like(fitted.recipe, data)

    def rows(unlooked: Callable[[object], bool] | None) -> NewRows:
        return fitted.recipe.design(
            opened,
            offset=offset,
            n_classes=len(fitted.labels.classes),
            missing=missing,
            ignore=fitted.beside_names,
            unlooked=unlooked,
        )

    every_number_counts = fitted.recipe.formula is None
    found = rows(fitted.predictor.finds_what_is_not_finite if every_number_counts else None)
    try:
        return found, predict(fitted, found)
    except DataError:
        if found.looked_at:
            raise
    found = rows(None)
    return found, predict(fitted, found)


def linear_predictor(fitted: Fitted, rows: NewRows) -> Array:
    """Return eta for rows already in the model's columns, shape (n, outputs)."""
    return fitted.predictor.eta(rows)


def probabilities_of(fitted: Fitted, rows: NewRows) -> Array:
    """Return the probability of every class for rows already in the model's columns, shape (n, K)."""
    return fitted.predictor.proba(rows)


def predicted_names(fitted: Fitted) -> tuple[str, ...]:
    """Return the names of the columns that :func:`predicted_columns` makes."""
    return ("prediction", *(f"P({level_text(label)})" for label in fitted.labels.classes.tolist()))


@memory_in_words(IN_PIECES)
def predicted_columns(fitted: Fitted, scores: Scores) -> dict[str, Any]:
    """Return the predicted class and the probability of every class as Arrow arrays, null where there is none.

    They are called "prediction" and "P(class)", and have the labels' type and float64 also where all are null.
    """
    import pyarrow as pa  # noqa: PLC0415 - for tables alone

    classes = fitted.labels.classes
    kind = pa.from_numpy_dtype(classes.dtype) if classes.dtype.kind in "iu" else pa.array(classes.tolist()).type
    found = [pa.array(labels(fitted, scores).tolist(), type=kind)]
    found += [pa.array(column, mask=scores.missing, type=pa.float64()) for column in proba(fitted, scores).T]
    return dict(zip(predicted_names(fitted), found, strict=True))


def proba(fitted: Fitted, scores: Scores) -> Array:
    """Return the probability of every class, shape (n, K), columns in the order of the classes."""
    return fitted.loss.proba(scores.eta)


@memory_in_words(IN_PIECES)
def log_proba(fitted: Fitted, scores: Scores) -> Array:
    """Return the logarithm of the probabilities, shape (n, K)."""
    return fitted.loss.log_proba(scores.eta)


@memory_in_words(IN_PIECES)
def labels(fitted: Fitted, scores: Scores) -> NDArray[Any]:
    """Return the most probable class of each row, shape (n,); None in rows that cannot be predicted."""
    if scores.eta.shape[1] == 1:
        codes = (scores.eta[:, 0] > 0).astype(np.intp)
    else:
        codes = np.argmax(np.nan_to_num(scores.eta, nan=-np.inf), axis=1)
    decoded = fitted.labels.decode(codes)
    if scores.missing is None or not scores.missing.any():
        return decoded
    holed = decoded.astype(object)
    holed[scores.missing] = None
    return holed
