"""Missing values filled in: the median of numbers, the most frequent level of a factor, and an indicator of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, DataWarning
from logistica.core.records import Note
from logistica.core.wording import counted
from logistica.data.columns import Level, LevelColumn, Mask, NumberColumn, RawColumn
from logistica.data.filled import Filled
from logistica.data.in_use import Rows

Array = NDArray[np.float64]

FEW_LISTED = 10


@dataclass(frozen=True)
class Fill:
    """What stands in for a column's missing values.

    Attributes
    ----------
    value : float or level
        The median of the numbers, or the most frequent level, of the fit.
    indicator : bool
        Whether the model has a column that says where values were missing: where any were in the fit.
    """

    value: Level
    indicator: bool


def missing_rows(column: RawColumn) -> Mask:
    """Mark a column's missing values, shape (n,)."""
    if isinstance(column, LevelColumn):
        return np.asarray(column.codes < 0)
    values = np.asarray(column.values)
    absent = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), np.bool_)
    return absent if column.missing is None else absent | column.missing


def learn_fill(column: RawColumn, rows: Rows, weights: Array | None) -> Fill:
    """Return what stands in for missing values, from the rows in use (None: all); each counts by its weight.

    Raises DataError where every value is missing.
    """
    absent = missing_rows(column)
    used = absent if rows is None else absent[rows]
    if used.all():
        raise DataError(
            "every value is missing, so that none can be filled in", column=column.name, remedy="Leave it out"
        )
    weight = np.ones(len(used)) if weights is None else weights
    if isinstance(column, LevelColumn):
        codes = column.codes if rows is None else column.codes[rows]
        total = np.bincount(codes[~used], weight[~used], minlength=len(column.levels))
        return Fill(column.levels[int(np.argmax(total))], bool(used.any()))
    values = np.asarray(column.values)
    present = values[~absent] if rows is None else values[rows][~used]
    return Fill(weighted_median(present.astype(np.float64), weight[~used]), bool(used.any()))


def weighted_median(values: Array, weights: Array) -> float:
    """Return the value with half of the weight on either side, shape (n,) each; the middle of two that share it.

    With whole weights it is the median of each value repeated so often.
    """
    order = np.argsort(values, kind="stable")
    values, below = values[order], np.cumsum(weights[order])
    half = below[-1] / 2.0
    lower = values[int(np.searchsorted(below, half, side="left"))]
    upper = values[min(int(np.searchsorted(below, half, side="right")), len(values) - 1)]
    return float(lower / 2.0 + upper / 2.0)


def filled(column: RawColumn, fill: Fill) -> RawColumn:
    """Return the column without missing values."""
    if isinstance(column, LevelColumn):
        code = column.levels.index(fill.value)
        return LevelColumn(column.name, column.levels, np.where(column.codes < 0, np.int32(code), column.codes))
    values = Filled(column.values, column.missing, float(fill.value))
    return NumberColumn(column.name, values)


def indicator_name(name: str) -> str:
    """Return the name of the design column that says where a column's values were missing."""
    return f"{name}[missing]"


def imputed_message(counts: Mapping[str, int], fills: Mapping[str, Fill]) -> str:
    """Say how many values of which columns were filled in, and with what."""
    parts = [f"{name} {count} with {_shown(fills[name].value)}" for name, count in list(counts.items())[:FEW_LISTED]]
    more = f" and {len(counts) - FEW_LISTED} more columns" if len(counts) > FEW_LISTED else ""
    return f"Missing values filled in: {', '.join(parts)}{more}."


def _shown(value: Level) -> str:
    return f"the median {value:.6g}" if isinstance(value, float) else f"the most frequent level {value!r}"


def filled_note(name: str, fill: Fill, absent: Mask) -> list[Note]:
    """Say so where values are missing in a column that had none missing in the fit."""
    if fill.indicator or not absent.any():
        return []
    message = (
        f"Column {name!r} had no missing values in the fit;"
        f" {counted(int(np.count_nonzero(absent)), 'missing value')} here filled in with {_shown(fill.value)}."
    )
    return [Note("filled-without-indicator", message, DataWarning)]
