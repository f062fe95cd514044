"""New rows with their labels, read as the fit's were, and which of them can be compared with predictions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, DataWarning, OptionError
from logistica.core.records import Note
from logistica.data.arrays import Matrix
from logistica.data.beside import names_of
from logistica.data.counts import Counts
from logistica.data.newrows import NewRows, labelled_rows, open_like
from logistica.data.opening import require_rows
from logistica.data.response import response_again
from logistica.data.target import Target
from logistica.prediction.fitted import Fitted

if TYPE_CHECKING:
    from logistica.data.frames import Table

Array = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Labelled:
    """Labelled rows for a fitted model.

    Attributes
    ----------
    opened : Table or Matrix
        The data.
    offset : str, list of str, array, or None
        The known part of eta, apart from a formula's own, as it was given or as the fit named it.
    rows : NewRows
        In the model's columns; those not in use are marked as missing.
    used : array of intp, shape (t,)
        Rows with a label, a positive weight and nothing missing; a row of counts once for each class that occurred.
    truth : array of intp, shape (t,)
        The codes of their classes.
    weights : array, shape (t,), or None
        Of grouped data, where each row has several, times how often the class occurred.
    taken : frozenset of str
        The columns of the data that hold target, weights and offset.
    notes : tuple of Note
    """

    opened: Table | Matrix
    offset: Any
    rows: NewRows
    used: Places
    truth: Places
    weights: Array | None
    taken: frozenset[str]
    notes: tuple[Note, ...]


def labelled(
    fitted: Fitted,
    data: Any,
    *,
    target: Any = None,
    weights: Any = None,
    weight_kind: str | None = None,
    offset: Any = None,
    missing: str = "error",
) -> Labelled:
    """Read labelled rows for a fitted model; arguments are those of :func:`logistica.evaluation.evaluate`.

    Raises
    ------
    OptionError
        If no target or offset is known.
    DataError
        If the data cannot be used, a label is none of the model's classes, or no row is left.
    """
    beside = _beside(fitted, data, target, weights, offset)
    rows = labelled_rows(
        fitted.recipe,
        fitted.labels,
        beside.opened,
        target=beside.target,
        weights=beside.weights,
        weight_kind=fitted.fit.rows.weight_kind if weight_kind is None else weight_kind,
        offset=beside.offset,
        missing=missing,
    )
    rows, used = _rows_in_use(rows)
    truth, own = np.empty(0, np.intp) if rows.y is None else rows.y, rows.weights
    if rows.places is None:
        truth, own = truth[used], None if own is None else own[used]
    notes = (*rows.notes, *beside.notes)
    return Labelled(beside.opened, beside.offset, rows, used, truth, own, _taken(beside), notes)


@dataclass(frozen=True, eq=False)
class _Beside:
    """The data, opened, and what stands beside X in them."""

    opened: Table | Matrix
    target: Any
    weights: Any
    offset: Any
    notes: tuple[Note, ...]


def _beside(fitted: Fitted, data: Any, target: Any, weights: Any, offset: Any) -> _Beside:
    """Fill in the columns that the model knows by name."""
    opened = open_like(fitted.recipe, data)
    require_rows(opened)
    there = getattr(opened, "names", None) or ()
    notes: tuple[Note, ...] = ()
    if target is None and fitted.target_name is not None and (there or getattr(opened, "y", None) is None):
        target = fitted.target_name if fitted.response is None else response_again(fitted.response, opened)
    if weights is None and fitted.weights_name is not None:
        if fitted.weights_name in there:
            weights = fitted.weights_name
        else:
            message = f"the data have no column {fitted.weights_name!r}, the weights of the fit; every row counts once"
            notes = (Note("unweighted", message, DataWarning),)
    if offset is None and fitted.has_offset:
        if not fitted.offset_names:
            raise OptionError("the model was fitted with an offset: pass offset= for these rows too (zeros for none)")
        offset = list(fitted.offset_names)
    return _Beside(opened, target, weights, offset, notes)


def _taken(beside: _Beside) -> frozenset[str]:
    target = beside.target.columns if isinstance(beside.target, Target | Counts) else (beside.target,)
    named = (*target, beside.weights, *names_of(beside.offset))
    return frozenset(name for name in named if isinstance(name, str))


def _rows_in_use(rows: NewRows) -> tuple[NewRows, NDArray[np.intp]]:
    """List the rows with a label, a positive weight and nothing missing; the others need no prediction.

    A row of counts is listed once for each class that occurred in it.
    """
    if rows.places is not None:
        if not len(rows.places):
            raise _nothing(rows, "a trial, a positive weight")
        idle = np.ones(rows.n_rows, np.bool_)
        idle[rows.places] = False
        return (replace(rows, missing=idle) if idle.any() else rows), rows.places
    used = np.zeros(rows.n_rows, np.bool_) if rows.y is None else rows.y >= 0
    if rows.missing is not None:
        used = used & ~rows.missing
    if not used.any():
        raise _nothing(rows, "a positive weight")
    return (rows if used.all() else replace(rows, missing=~used)), np.flatnonzero(used)


def _nothing(rows: NewRows, needed: str) -> DataError:
    return DataError(
        f"0 rows to evaluate of {rows.n_rows}: none has {needed} and nothing missing",
        count=rows.n_rows,
        remedy="Pass at least one row with a label",
    )
