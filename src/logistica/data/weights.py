"""Weights and offsets: checked, and brought into the form in which a source holds them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, OptionError
from logistica.core.wording import counted
from logistica.data.columns import Mask, NumberColumn

Array = NDArray[np.float64]

WEIGHT_KINDS = ("frequency", "importance", "sampling")


def check_weight_kind(weight_kind: str) -> None:
    """Refuse an unknown kind of weights."""
    if weight_kind not in WEIGHT_KINDS:
        kinds = ", ".join(map(repr, WEIGHT_KINDS))
        raise OptionError(f"weight_kind={weight_kind!r} is not a kind of weights. Use one of {kinds}.")


def checked_weights(column: NumberColumn, weight_kind: str) -> Array:
    """Return weights as float64, shape (n,), NaN for missing ones; zeros are allowed: absent rows.

    Raises
    ------
    DataError
        If a weight is negative or infinite, if all are zero, or if a frequency is no whole number: with the
        count, the first row, its value and the remedy.
    """
    weights = np.asarray(column.values, dtype=np.float64)
    if column.missing is not None:
        weights = np.where(column.missing, np.nan, weights)
    # One pass clears ordinary weights: a comparison with NaN is false, so it needs no case of its own.
    with np.errstate(over="ignore"):
        lowest, total = (weights.min(), weights.sum()) if len(weights) else (0.0, 0.0)
    if not (lowest >= 0 and np.isfinite(total)):
        _refuse(
            weights,
            weights < 0,
            "negative",
            column.name,
            "Weights count or scale rows; set a weight to 0 for an absent row",
        )
        _refuse(
            weights,
            np.isinf(weights),
            "infinite",
            column.name,
            "Replace it by a number, or set it to 0 for an absent row",
        )
    if weight_kind == "frequency":
        broken = weights != np.floor(weights)
        broken &= ~np.isnan(weights)
        remedy = (
            "Frequencies are whole numbers of rows; for others, pass weight_kind='importance' or weight_kind='sampling'"
        )
        _refuse(weights, broken, "fractional", column.name, remedy)
    if len(weights) and total == 0:
        remedy = "Give at least some rows a positive weight"
        raise DataError(
            f"all {len(weights)} weights are 0",
            column=column.name,
            count=len(weights),
            row=0,
            value=0.0,
            remedy=remedy,
        )
    return weights


def checked_offset(columns: tuple[NumberColumn, ...], n_classes: int, rows: NDArray[np.intp] | None) -> Array:
    """Stack the offset of the rows in use, shape (rows, 1) for two classes, (rows, K) for K.

    Raises
    ------
    OptionError
        If there is one offset for K > 2 classes, or another number than the classes ask for.
    """
    width = 1 if n_classes == 2 else n_classes
    if len(columns) == 1 and width > 1:
        raise OptionError(
            f"One offset for {n_classes} classes would be added to every class alike and cancel. "
            f"Pass an offset for each class, in the order of the sorted classes: {n_classes} columns in offset=, or an"
            f" array of shape (n, {n_classes})."
        )
    if len(columns) != width:
        raise OptionError(
            f"The offset has {len(columns)} columns; {n_classes} classes take {width}"
            + (", shape (n,), added to the log-odds of the second class." if width == 1 else ".")
        )
    return np.stack([_float64(column, rows) for column in columns], axis=1)


def added(one: Array | None, other: Array | None) -> Array | None:
    """Return the sum of two offsets, shape (rows, outputs), either of which may be None."""
    if one is None or other is None:
        return one if other is None else other
    return one + other


def positive_rows(weights: Array) -> Mask | None:
    """Mark the rows that are there, shape (n,); None if all are. A missing weight counts."""
    absent = weights == 0
    return ~absent if absent.any() else None


def _float64(column: NumberColumn, rows: NDArray[np.intp] | None) -> Array:
    return np.asarray(column.values if rows is None else column.values[rows], dtype=np.float64)


def _refuse(weights: Array, bad: Mask, what: str, name: str, remedy: str) -> None:
    count = int(np.count_nonzero(bad))
    if count:
        row = int(np.argmax(bad))
        value = float(weights[row])
        raise DataError(
            f"{counted(count, f'{what} weight')}, the first in row {row}: {value}",
            column=name,
            row=row,
            value=value,
            count=count,
            remedy=remedy,
        )
