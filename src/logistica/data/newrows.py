"""New data read as the first were: by name, by the same levels, one output row for every input row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataWarning, OptionError
from logistica.core.records import Note
from logistica.data.arrays import Matrix
from logistica.data.beside import arrays_among, names_of, take_beside, take_offset
from logistica.data.columns import Mask, NumberColumn
from logistica.data.counts import Counts
from logistica.data.design import Design
from logistica.data.formula.design import FormulaDesign
from logistica.data.gaps import Gaps, NameOf, check_policy
from logistica.data.in_use import chosen
from logistica.data.labels import Codes, Labels
from logistica.data.newdesign import new_design
from logistica.data.opening import open_data, placing
from logistica.data.target import Target
from logistica.data.weights import added, check_weight_kind, checked_offset

if TYPE_CHECKING:
    from logistica.data.frames import Table
    from logistica.data.recipe import Recipe

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class NewRows:
    """Rows for a fitted model, as many as the data have.

    Attributes
    ----------
    design : Design
    missing : array of bool, shape (n,), or None
        Rows with a missing value, which can have no prediction; None if there are none.
    notes : tuple of Note
    y : array of intp, shape (n,), or None
        Class codes, if a target was asked for; -1 in rows where it is missing or the weight is 0.
    weights : array of float64, shape (n,), or None
    offset : array of float64, shape (n, outputs), or None
        One output for two classes, K for K.
    places : array of intp, shape (t,), or None
        Of counts: the row of each class that occurred; ``y`` and ``weights`` then have shape (t,).
    n_trials : int or None
        Of counts: the trials of all rows.
    looked_at : bool
        Whether it is known that the numbers of all other rows are finite.
    """

    design: Design
    missing: Mask | None = None
    notes: tuple[Note, ...] = ()
    y: Codes | None = None
    weights: Array | None = None
    offset: Array | None = None
    places: NDArray[np.intp] | None = None
    n_trials: int | None = None
    looked_at: bool = True

    @property
    def n_rows(self) -> int:
        """Rows of the data."""
        return self.design.n_rows


def design_rows(
    recipe: Recipe,
    data: Any,
    *,
    offset: Any = None,
    n_classes: int = 2,
    missing: str = "error",
    ignore: Sequence[str] = (),
    unlooked: Callable[[object], bool] | None = None,
) -> NewRows:
    """Bring new data into the model's design columns.

    Parameters
    ----------
    recipe : Recipe
        The model's own.
    data : path, array, sparse container, data frame or Arrow table
        Tables are matched by name, in any order; arrays by position.
    offset : str, list of str, or array of shape (n,) or (n, K), optional
        A known part of eta: one for two classes, one per class for K.
    n_classes : int
        K, which the offset must suit.
    missing : {"error", "drop"}
        What a missing value does: raise, or mark its row as one without a prediction. Infinities raise.
    ignore : sequence of str
        Columns that may be there, and say nothing about X: target, weights.
    unlooked : function from a matrix or a column of numbers to bool, optional
        Whether its values need not be looked at: whoever uses them finds out whether all are finite.

    Raises
    ------
    OptionError
        If the offset does not suit the number of classes.
    DataError
        If a column is missing or has another type than in the fit, a level is unknown, or a value is missing
        or infinite.
    """
    check_policy(missing)
    opened = _with_columns(recipe, open_like(recipe, data))
    gaps = Gaps(opened.n_rows, policy=missing, unlooked=unlooked)
    gaps.notes += opened.notes
    with placing(opened, arrays_among(offset=offset)):
        offsets = () if offset is None else take_offset(offset, opened)
        for column in offsets:
            gaps.look(column)
        design, notes = new_design(recipe, opened, gaps, (*ignore, *names_of(offset)))
        gaps.settle()
        known_eta = _known_eta(offsets, design, n_classes, gaps)
    return NewRows(design, gaps.rows, _all_notes(notes, gaps), offset=known_eta, looked_at=gaps.looked_at)


def labelled_rows(
    recipe: Recipe,
    labels: Labels,
    data: Any,
    *,
    target: Any = None,
    weights: Any = None,
    weight_kind: str = "importance",
    offset: Any = None,
    missing: str = "error",
) -> NewRows:
    """Bring new data into the model's terms with their labels, weights and offset, for evaluation.

    ``target``, ``weights`` and ``offset`` are names or arrays, as for :func:`logistica.data.read.read`. The
    values of rows with weight 0 are not looked at.
    """
    check_policy(missing)
    check_weight_kind(weight_kind)
    opened = open_like(recipe, data)
    beside = take_beside(opened, target, weights, weight_kind, offset)
    with placing(opened, beside.arrays):
        gaps = beside.look(opened.n_rows, missing)
        gaps.notes += opened.notes
        design, notes = new_design(recipe, opened, gaps, beside.columns)
        gaps.settle()
        known_eta = _known_eta(beside.offsets, design, len(labels.classes), gaps)
        every = _all_notes(notes, gaps, "are left out")
        found = NewRows(design, gaps.rows, every, weights=beside.weights, offset=known_eta)
        if isinstance(beside.target, Counts):
            return _counted(found, labels, beside.target, gaps)
        return replace(found, y=_codes(labels, beside.target, gaps))


def _known_eta(offsets: tuple[NumberColumn, ...], design: Design, n_classes: int, gaps: Gaps) -> Array | None:
    """Return the offset that was given and that of a formula together, shape (n, outputs); None if there is none."""
    given = checked_offset(offsets, n_classes, None) if offsets else None
    if not isinstance(design, FormulaDesign) or not design.offsets:
        return given
    complete = gaps.complete
    if complete is None:
        return added(given, design.offset(None, n_classes))
    stated = np.zeros((design.n_rows, 1))
    rows = np.flatnonzero(complete)
    stated[rows] = design.offset(rows, n_classes)
    return added(given, stated)


def open_like(recipe: Recipe, data: Any) -> Table | Matrix:
    """Open new data; svmlight text gets the width, and the index base if it is known, from the model."""
    return open_data(data, index_base=recipe.index_base, n_columns=recipe.width)


def _with_columns(recipe: Recipe, opened: Table | Matrix) -> Table | Matrix:
    """Give an empty file, which says nothing about columns, those of the model."""
    if isinstance(opened, Matrix) or opened.names or opened.n_rows:
        return opened
    return opened.named(recipe.names or tuple(map(NameOf(None), range(recipe.width))))


def _counted(found: NewRows, labels: Labels, target: Counts, gaps: Gaps) -> NewRows:
    """Return the rows with one label for each class that occurred in a row with nothing missing and a weight."""
    ours, theirs = labels.classes.tolist(), target.labels.classes.tolist()
    if ours != theirs:
        raise OptionError(f"The counts are of the classes {theirs}, the model's classes are {ours}.")
    complete = gaps.complete
    rows = None if complete is None else np.flatnonzero(complete)
    weights = None if found.weights is None else chosen(found.weights, rows)
    outcome = target.expand(rows, weights, every_class=False)
    n_trials = 0 if outcome.groups is None else int(outcome.groups.class_count.sum())
    return replace(found, y=outcome.codes, weights=outcome.weights, places=outcome.rows, n_trials=n_trials)


def _codes(labels: Labels, target: Target, gaps: Gaps) -> Codes:
    """Class codes, shape (n,); -1 where the label is missing or does not matter."""
    there = np.ones(gaps.n_rows, np.bool_) if gaps.in_use is None else gaps.in_use
    rows = np.flatnonzero(there if target.missing is None else there & ~target.missing)
    y = np.full(gaps.n_rows, -1, np.intp)
    y[rows] = target.match(labels, rows)
    return y


def _all_notes(notes: Sequence[Note], gaps: Gaps, fate: str = "get no prediction") -> tuple[Note, ...]:
    if gaps.rows is None:
        return (*notes, *gaps.notes)
    spoilt = f"{gaps.n_rows_missing} of {gaps.n_rows} rows"
    message = f"{spoilt} have missing values and {fate}: {gaps.listed()}."
    return (*notes, *gaps.notes, Note("rows-without-prediction", message, DataWarning))
