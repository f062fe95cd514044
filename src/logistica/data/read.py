"""From whatever the user holds to a :class:`~logistica.data.dataset.Dataset`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, DataWarning, OptionError
from logistica.core.records import Note
from logistica.data.arrays import Matrix
from logistica.data.beside import Beside, take_beside
from logistica.data.counts import Counts, Outcome
from logistica.data.dataset import Dataset
from logistica.data.design import Design
from logistica.data.formula.design import FormulaDesign
from logistica.data.gaps import IMPUTE, REMEDY_MISSING, REMEDY_PREDICTORS, Gaps
from logistica.data.imputation import imputed_message
from logistica.data.in_use import Rows, chosen
from logistica.data.learning import learn
from logistica.data.opening import open_data, placing, require_rows
from logistica.data.predictors import Predictors, take_predictors
from logistica.data.preparation import Preparation
from logistica.data.recipe import Recipe
from logistica.data.response import counted_response, stated_response
from logistica.data.source import MemorySource
from logistica.data.spelling import leading_zeros_notes
from logistica.data.weights import added, check_weight_kind, checked_offset

if TYPE_CHECKING:
    from logistica.data.frames import Table


AS_IT_IS = Preparation()
"""All columns without another role, nothing missing."""


def read(
    data: Any,
    preparation: Preparation | None = None,
    *,
    target: Any = None,
    trials: Any = None,
    weights: Any = None,
    weight_kind: str = "importance",
    offset: Any = None,
    unlooked: bool = False,
) -> Dataset:
    """Read data for a fit, checking everything that a silent wrong number could come from.

    Parameters
    ----------
    data : path, array, sparse container, data frame or Arrow table
        X, and in a table also the columns that ``target``, ``weights`` and ``offset`` name. Text is always a
        path: CSV and its relatives, svmlight, JSON lines, Parquet, Arrow or Excel, told apart by content. Kept by
        reference; never changed.
    preparation : Preparation, optional
        Formula or columns, and what becomes of missing values and of factors. Default: all columns without another
        role, nothing missing.
    target : str or array of shape (n,), optional
        A column's name, or labels beside any data. svmlight text holds its own.
    trials : str or array of shape (n,), optional
        The number of trials of each row, of which ``target`` is then the number of successes, or their proportion.
    weights : str or array of shape (n,), optional
        Default: 1 for every row. A row of weight 0 is absent: its values are not looked at, its class and its
        levels do not count. So is a row without a trial.
    weight_kind : {"importance", "frequency", "sampling"}
        Frequencies must be whole numbers.
    offset : str, list of str, or array of shape (n,) or (n, K), optional
        A known part of eta: one for two classes, one per class for K.
    unlooked : bool
        Whether values of X need not be looked at, one by one, where who adds them all up finds out whether any is no
        finite number, and then asks :meth:`Dataset.look`.

    Raises
    ------
    OptionError
        If an option is unknown, the target is not given, or the offset does not suit the number of classes.
    DataError
        If the data cannot be used; the message names column, row, value and remedy.
    """
    preparation = preparation or AS_IT_IS
    check_weight_kind(weight_kind)
    opened = open_data(data, names=preparation.columns)
    require_rows(opened)
    if preparation.formula is not None:
        target = stated_response(preparation.formula, opened, target)
    if trials is not None:
        if isinstance(target, Counts):
            raise OptionError(
                "The formula's cbind() and trials= both say how often each class occurred. Pass one of them."
            )
        target = counted_response(target, trials, weights, opened)
    if isinstance(target, Counts) and weight_kind == "frequency" and weights is not None:
        raise OptionError("Counts say already how often a row is there: multiply them instead of passing frequencies.")
    beside = take_beside(opened, target, weights, weight_kind, offset)
    with placing(opened, beside.arrays):
        gaps = beside.look(opened.n_rows, preparation.missing)
        predictors = take_predictors(opened, preparation, beside, gaps.in_use)
        gaps.notes += opened.notes
        if not isinstance(opened, Matrix) and opened.text is not None:
            gaps.notes += leading_zeros_notes(predictors.columns, opened.text)
        if unlooked and isinstance(opened, Matrix) and opened.sums_tell and preparation.missing == "error":
            gaps.settle()
            later = partial(_look, opened, predictors, gaps)
            return _dataset(opened, beside, predictors, gaps, preparation, later)
        _look(opened, predictors, gaps)
        return _dataset(opened, beside, predictors, gaps, preparation)


def _look(opened: Table | Matrix, predictors: Predictors, gaps: Gaps) -> None:
    """Find what is missing in X, and raise where the policy does not allow it."""
    known = predictors.in_offset
    for column in predictors.columns:
        if column.name in known:
            gaps.look(column)
    gaps.settle_known()
    remedy = REMEDY_PREDICTORS if gaps.rows is None else REMEDY_MISSING
    for column in predictors.columns:
        if column.name not in known:
            gaps.look(column)
    if isinstance(opened, Matrix):
        opened.look(gaps)
    gaps.settle(remedy)


def _dataset(
    opened: Table | Matrix,
    beside: Beside,
    predictors: Predictors,
    gaps: Gaps,
    preparation: Preparation,
    later: Callable[[], None] | None = None,
) -> Dataset:
    """Put together what is left after the gaps are settled; ``later`` looks at what has not been looked at."""
    rows = _rows_in_use(gaps)
    outcome = _outcome(beside, rows)
    learned = learn(opened, predictors, outcome, rows, preparation)
    n_without = 0 if gaps.in_use is None else int(np.count_nonzero(~gaps.in_use))
    target = beside.target
    return Dataset(
        source=MemorySource(
            learned.design, outcome.codes, outcome.weights, _offset(beside, learned.design, outcome, rows), outcome.rows
        ),
        labels=outcome.labels,
        recipe=learned.recipe,
        weight_kind=beside.weight_kind,
        n_rows_read=opened.n_rows,
        n_rows_dropped=0 if preparation.imputes else gaps.n_rows_missing,
        n_rows_weight_zero=n_without,
        notes=(*_gaps_note(gaps, learned.recipe), *outcome.notes, *gaps.notes, *predictors.notes, *learned.notes),
        target_name=None if isinstance(target, Counts) and target.response is None else target.name,
        weights_name=beside.weights_column,
        has_offset=bool(beside.offsets),
        offset_names=beside.offset_columns,
        weights_given=beside.weights is not None,
        groups=outcome.groups,
        response=target.response,
        look=later,
    )


def _outcome(beside: Beside, rows: Rows) -> Outcome:
    """Return the classes of the rows in use; of counts, one row for each class that occurred in a row."""
    weights = None if beside.weights is None else chosen(beside.weights, rows)
    if isinstance(beside.target, Counts):
        return replace(beside.target.expand(rows, weights), notes=beside.target.notes)
    labels, codes, notes = beside.target.learn(rows)
    frequencies = weights if beside.weight_kind == "frequency" else None
    return Outcome(labels, codes, weights, rows, frequencies=frequencies, notes=tuple(notes))


def _offset(beside: Beside, design: Design, outcome: Outcome, rows: Rows) -> NDArray[np.float64] | None:
    """Return the known part of eta, given and by formula together, of the rows that are fitted; None if there is none.

    Shape (n, outputs): one output for two classes, K for K.
    """
    n_classes = len(outcome.labels.classes)
    offset = checked_offset(beside.offsets, n_classes, rows) if beside.offsets else None
    if isinstance(design, FormulaDesign):
        offset = added(offset, design.offset(rows, n_classes))
    return offset if offset is None or outcome.places is None else offset[outcome.places]


def _rows_in_use(gaps: Gaps) -> Rows:
    """List the rows in use with, unless gaps are filled, nothing missing; None if that is all."""
    keep = gaps.in_use if gaps.policy == IMPUTE else gaps.complete
    if keep is None:
        return None
    if gaps.rows is not None and not keep.any():
        raise DataError(
            f"no row is left of {gaps.n_rows}: missing values are in every row in use ({gaps.listed()})",
            count=gaps.n_rows,
            remedy="Fill the values in, or leave the column out",
        )
    return np.flatnonzero(keep)


def _gaps_note(gaps: Gaps, recipe: Recipe) -> tuple[Note, ...]:
    """Say what became of missing values."""
    if gaps.rows is None:
        return ()
    if recipe.fills:
        return (
            Note(
                "values-imputed",
                imputed_message(gaps.counts, recipe.fills, recipe.factors, recipe.booleans),
                DataWarning,
            ),
        )
    message = f"Dropped {gaps.n_rows_missing} of {gaps.n_rows} rows with missing values: {gaps.listed()}."
    return (Note("rows-dropped", message, DataWarning),)
