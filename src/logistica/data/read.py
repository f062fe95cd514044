"""From whatever the user holds to a :class:`~logistica.data.dataset.Dataset`."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, DataWarning, FormulaError, OptionError
from logistica.core.records import Note
from logistica.data.arrays import Matrix, checked_names
from logistica.data.beside import Beside, missing_column, take_beside
from logistica.data.dataset import Dataset
from logistica.data.design import Design
from logistica.data.formula import Formula, expand, parse, text_of
from logistica.data.formula.design import FormulaDesign
from logistica.data.formula.grammar import Name
from logistica.data.formula.variables import raw_columns
from logistica.data.gaps import Gaps, check_policy
from logistica.data.learning import learn_matrix, learn_stated, learn_table
from logistica.data.opening import open_data, placing
from logistica.data.recipe import Recipe
from logistica.data.source import MemorySource
from logistica.data.weights import added, check_weight_kind, checked_offset

if TYPE_CHECKING:
    from logistica.data.columns import Mask, RawColumn
    from logistica.data.frames import Table


def read(
    data: Any,
    formula: str | None = None,
    *,
    target: Any = None,
    weights: Any = None,
    weight_kind: str = "importance",
    offset: Any = None,
    missing: str = "error",
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
    weights : str or array of shape (n,), optional
        Default: 1 for every row. A row of weight 0 is absent: its values are not looked at, its class and its
        levels do not count.
    weight_kind : {"importance", "frequency", "sampling"}
        Frequencies must be whole numbers.
    offset : str, list of str, or array of shape (n,) or (n, K), optional
        A known part of eta: one for two classes, one per class for K.
    missing : {"error", "drop"}
        What a missing value in X, y, weights or offset does: raise :class:`DataError`, or leave its row out
        with a note. An infinity is never missing; it raises.
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
    check_policy(missing)
    check_weight_kind(weight_kind)
    if isinstance(columns, str):
        raise OptionError(f"columns={columns!r} is text. Pass a list of names.")
    opened = open_data(data, names=columns)
    if not opened.n_rows:
        raise DataError("0 rows: the data are empty", remedy="Pass at least one row of each class")
    if formula is not None:
        target = _response(formula, opened, target, columns)
    beside = take_beside(opened, target, weights, weight_kind, offset)
    with placing(opened, beside.arrays):
        stated = None
        if formula is not None:
            stated = expand(formula, [name for name in opened.names or () if name not in beside.columns])
        features = _features(opened, columns, beside.columns, stated)
        gaps = beside.look(opened.n_rows)
        gaps.notes += opened.notes
        for column in features:
            gaps.look(column)
        if isinstance(opened, Matrix):
            opened.look(gaps)
        gaps.settle(missing)
        return _dataset(opened, features, beside, gaps, weight_kind, stated)


def _dataset(
    opened: Table | Matrix,
    features: Sequence[RawColumn],
    beside: Beside,
    gaps: Gaps,
    weight_kind: str,
    stated: Formula | None,
) -> Dataset:
    """Put together what is left after the gaps are settled."""
    rows = _rows_in_use(gaps)
    labels, y, label_notes = beside.target.learn(rows)
    recipe, design, notes = _learn(opened, features, rows, stated)
    row_weights = beside.weights
    if row_weights is not None and rows is not None:
        row_weights = row_weights[rows]
    row_offset = checked_offset(beside.offsets, len(labels.classes), rows) if beside.offsets else None
    if isinstance(design, FormulaDesign):
        row_offset = added(row_offset, design.offset(rows, len(labels.classes)))
    return Dataset(
        source=MemorySource(design, y, row_weights, row_offset, rows),
        labels=labels,
        recipe=recipe,
        weight_kind=weight_kind,
        n_rows_read=opened.n_rows,
        n_rows_dropped=gaps.n_rows_missing,
        n_rows_weight_zero=0 if gaps.in_use is None else int(np.count_nonzero(~gaps.in_use)),
        notes=(*_dropped_note(gaps), *label_notes, *gaps.notes, *notes),
        target_name=beside.target.name,
        weights_name=beside.weights_column,
        has_offset=bool(beside.offsets),
        offset_names=beside.offset_columns,
    )


def _response(formula: str, opened: Table | Matrix, target: Any, columns: Sequence[str] | None) -> Any:
    """Return the target that a formula names, or the one given where it names none."""
    if isinstance(opened, Matrix):
        raise OptionError("A formula needs named columns: pass a table, or a path to one.")
    if columns is not None:
        raise OptionError("columns= and a formula both say what X is. Pass one of them.")
    response = parse(formula).response
    if response is None:
        return target
    if target is not None:
        raise OptionError(f"The formula names the response {text_of(response)}, and target= is given too. Leave one out.")
    if not isinstance(response, Name):
        raise FormulaError("the response must be the name of a column", formula, response.at)
    return response.text


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


def _learn(
    opened: Table | Matrix,
    features: Sequence[RawColumn],
    rows: NDArray[np.intp] | None,
    stated: Formula | None,
) -> tuple[Recipe, Design, list[Note]]:
    if isinstance(opened, Matrix):
        return learn_matrix(opened), opened.design, []
    if stated is not None:
        return learn_stated(stated, features, opened.n_rows, rows)
    return learn_table(features, opened.n_rows, rows)


def _rows_in_use(gaps: Gaps) -> NDArray[np.intp] | None:
    """List the rows with a positive weight and nothing missing; None if that is all of them."""
    keep: Mask | None = gaps.in_use
    if gaps.rows is not None:
        keep = ~gaps.rows if keep is None else keep & ~gaps.rows
    if keep is None:
        return None
    if not keep.any():
        raise DataError(
            f"no row is left of {gaps.n_rows}: missing values are in every row in use ({gaps.listed()})",
            count=gaps.n_rows,
            remedy="Fill the values in, or leave the column out",
        )
    return np.flatnonzero(keep)


def _dropped_note(gaps: Gaps) -> tuple[Note, ...]:
    if gaps.rows is None:
        return ()
    message = f"Dropped {gaps.n_rows_missing} of {gaps.n_rows} rows with missing values: {gaps.listed()}."
    return (Note("rows-dropped", message, DataWarning),)
