"""From whatever the user holds to a :class:`~logistica.data.dataset.Dataset`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, DataWarning, OptionError
from logistica.core.records import Note
from logistica.data.arrays import Matrix, checked_names
from logistica.data.beside import Beside, missing_column, take_beside
from logistica.data.counts import Counts, Outcome
from logistica.data.dataset import Dataset
from logistica.data.factors import FactorOptions, declared
from logistica.data.formula import Formula, expand
from logistica.data.formula.design import FormulaDesign
from logistica.data.formula.variables import raw_columns
from logistica.data.gaps import Gaps, check_policy
from logistica.data.imputation import imputed_message
from logistica.data.in_use import Rows, chosen
from logistica.data.learning import factors_of, learn_matrix, learn_table, prepare
from logistica.data.opening import open_data, placing
from logistica.data.recipe import Recipe
from logistica.data.response import counted_response, stated_response
from logistica.data.source import MemorySource
from logistica.data.spelling import leading_zeros_notes
from logistica.data.target import Target
from logistica.data.weights import added, check_weight_kind, checked_offset

if TYPE_CHECKING:
    from logistica.data.columns import RawColumn
    from logistica.data.frames import Table


def read(
    data: Any,
    formula: str | None = None,
    *,
    target: Any = None,
    trials: Any = None,
    weights: Any = None,
    weight_kind: str = "importance",
    offset: Any = None,
    missing: str = "error",
    factors: FactorOptions | None = None,
    columns: Sequence[str] | None = None,
) -> Dataset:
    """Read data for a fit, checking everything that a silent wrong number could come from.

    Parameters
    ----------
    data : path, array, sparse container, data frame or Arrow table
        X, and in a table also the columns that ``target``, ``weights`` and ``offset`` name. Text is always a
        path: CSV and its relatives, svmlight, JSON lines, Parquet, Arrow or Excel, told apart by content. Kept by
        reference; never changed.
    formula : str, optional
        Response and predictors of a table, such as ``y ~ a + log(b)``; see :mod:`logistica.data.formula`.
    target : str or array of shape (n,), optional
        A column's name, or labels beside any data. svmlight text holds its own.
    trials : str or array of shape (n,), optional
        The number of trials of each row, of which ``target`` is then the number of successes.
    weights : str or array of shape (n,), optional
        Default: 1 for every row. A row of weight 0 is absent: its values are not looked at, its class and its
        levels do not count.
    weight_kind : {"importance", "frequency", "sampling"}
        Frequencies must be whole numbers.
    offset : str, list of str, or array of shape (n,) or (n, K), optional
        A known part of eta: one for two classes, one per class for K.
    missing : {"error", "drop", "impute"}
        What a missing value in X, y, weights or offset does: raise :class:`DataError`, leave its row out with a note,
        or, in X alone, be filled in with the column's median or most frequent level, with an indicator column. An
        infinity is never missing; it raises.
    factors : FactorOptions, optional
        Baselines, order and pooling of levels, and what unknown ones do.
    columns : sequence of str, optional
        For a table: the columns that make X, in this order; default: all that have no other role. For a
        matrix: the names of its columns.

    Raises
    ------
    OptionError
        If an option is unknown, the target is not given, or the offset does not suit the number of classes.
    DataError
        If the data cannot be used; the message names column, row, value and remedy.
    """
    check_policy(missing, impute=True)
    check_weight_kind(weight_kind)
    factors = factors or FactorOptions()
    if isinstance(columns, str):
        raise OptionError(f"columns={columns!r} is text. Pass a list of names.")
    opened = open_data(data, names=columns)
    if not opened.n_rows:
        raise DataError("0 rows: the data are empty", remedy="Pass at least one row of each class")
    if formula is not None:
        if columns is not None:
            raise OptionError("columns= and a formula both say what X is. Pass one of them.")
        target = stated_response(formula, opened, target)
    if trials is not None:
        if isinstance(target, Counts):
            raise OptionError(
                "The formula's cbind() and trials= both say how often each class occurred. Pass one of them."
            )
        target = counted_response(target, trials, opened)
    if isinstance(target, Counts) and weight_kind == "frequency" and weights is not None:
        raise OptionError("Counts say already how often a row is there: multiply them instead of passing frequencies.")
    beside = take_beside(opened, target, weights, weight_kind, offset)
    with placing(opened, beside.arrays):
        stated = None
        if formula is not None:
            stated = expand(formula, [name for name in opened.names or () if name not in beside.columns])
        gaps = beside.look(opened.n_rows)
        only = () if stated is None else factors_of(stated)
        features = [
            declared(column, factors, gaps.in_use, factor=column.name in only)
            for column in _features(opened, columns, beside.columns, stated)
        ]
        factors.check_columns([column.name for column in features])
        if missing == "impute":
            gaps.settle("error")
        gaps.notes += opened.notes
        if not isinstance(opened, Matrix) and opened.text is not None:
            gaps.notes += leading_zeros_notes(features, opened.text)
        for column in features:
            gaps.look(column)
        if isinstance(opened, Matrix):
            opened.look(gaps)
        gaps.settle(missing)
        return _dataset(opened, features, beside, gaps, weight_kind, stated, factors, missing)


def _dataset(
    opened: Table | Matrix,
    features: Sequence[RawColumn],
    beside: Beside,
    gaps: Gaps,
    weight_kind: str,
    stated: Formula | None,
    factors: FactorOptions,
    missing: str,
) -> Dataset:
    """Put together what is left after the gaps are settled."""
    rows = _rows_in_use(gaps, missing)
    weights = None if beside.weights is None else chosen(beside.weights, rows)
    outcome = _outcome(beside.target, rows, weights, weight_kind)
    impute = missing == "impute"
    if isinstance(opened, Matrix):
        recipe, design = learn_matrix(opened, outcome.rows, outcome.weights, impute=impute)
        notes: tuple[Note, ...] = ()
    else:
        prepared = prepare(features, outcome, factors, impute=impute)
        recipe, design, found = learn_table(prepared, opened.n_rows, rows, factors, stated)
        notes = (*prepared.notes, *found)
    n_classes = len(outcome.labels.classes)
    offset = checked_offset(beside.offsets, n_classes, rows) if beside.offsets else None
    if isinstance(design, FormulaDesign):
        offset = added(offset, design.offset(rows, n_classes))
    if offset is not None and outcome.places is not None:
        offset = offset[outcome.places]
    n_without = 0 if gaps.in_use is None else int(np.count_nonzero(~gaps.in_use))
    return Dataset(
        source=MemorySource(design, outcome.codes, outcome.weights, offset, outcome.rows),
        labels=outcome.labels,
        recipe=recipe,
        weight_kind=weight_kind,
        n_rows_read=opened.n_rows,
        n_rows_dropped=0 if impute else gaps.n_rows_missing,
        n_rows_weight_zero=n_without + (0 if outcome.groups is None else outcome.groups.n_empty),
        notes=(*_gaps_note(gaps, recipe), *outcome.notes, *gaps.notes, *notes),
        target_name=_column_name(beside.target),
        weights_name=beside.weights_column,
        has_offset=bool(beside.offsets),
        offset_names=beside.offset_columns,
        weights_given=beside.weights is not None,
        groups=outcome.groups,
        response=beside.target.response if isinstance(beside.target, Counts) else None,
    )


def _outcome(target: Target | Counts, rows: Rows, weights: NDArray[np.float64] | None, weight_kind: str) -> Outcome:
    """Return the classes of the rows in use; of counts, one row for each class that occurred in a row."""
    if isinstance(target, Counts):
        return target.expand(rows, weights)
    labels, codes, notes = target.learn(rows)
    frequencies = weights if weight_kind == "frequency" else None
    return Outcome(labels, codes, weights, rows, frequencies=frequencies, notes=tuple(notes))


def _column_name(target: Target | Counts) -> str | None:
    """Return the name that new data hold the target under; counts of columns are found by their expressions."""
    return None if isinstance(target, Counts) and target.response is None else target.name


def _features(
    opened: Table | Matrix, columns: Sequence[str] | None, taken: Collection[str], stated: Formula | None
) -> list[RawColumn]:
    """Open the raw columns that make X; none for a matrix, which is taken whole."""
    if isinstance(opened, Matrix):
        return []
    if stated is not None:
        columns, taken = raw_columns(stated), ()
    if columns is None:
        columns = [name for name in opened.names if name not in taken]
    there = set(opened.names)
    for name in checked_names(columns):
        if name in taken:
            raise OptionError(f"columns= names {name!r}, which is the target, the weights or the offset.")
        if name not in there:
            raise missing_column(name, opened.names, "model" if stated is None else "formula")
    return [opened.column(name) for name in columns]


def _rows_in_use(gaps: Gaps, missing: str) -> NDArray[np.intp] | None:
    """List the rows with a positive weight and, unless gaps are filled, nothing missing; None if that is all."""
    keep = gaps.in_use if missing == "impute" else gaps.complete
    if keep is None:
        return None
    if not keep.any():
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
        return (Note("values-imputed", imputed_message(gaps.counts, recipe.fills, recipe.factors), DataWarning),)
    message = f"Dropped {gaps.n_rows_missing} of {gaps.n_rows} rows with missing values: {gaps.listed()}."
    return (Note("rows-dropped", message, DataWarning),)
