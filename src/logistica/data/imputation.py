"""Missing values filled in: the median of numbers, the most frequent level of a factor, and an indicator of both."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from math import frexp

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, DataWarning
from logistica.core.records import Note
from logistica.core.wording import counted, first_of
from logistica.data.columns import Level, LevelColumn, NumberColumn, RawColumn, level_text, missing_rows
from logistica.data.filled import Filled
from logistica.data.in_use import Rows, chosen

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Fill:
    """What stands in for a column's missing values.

    Attributes
    ----------
    value : float or level
        The median of the numbers, or the most frequent level, of the fit; of two as frequent, the first.
    indicator : bool
        Whether the model has a column that says where values were missing: where any were in the fit.
    """

    value: Level
    indicator: bool


def learn_fill(column: RawColumn, rows: Rows, weights: Array | None) -> Fill:
    """Return what stands in for missing values, from the rows in use (None: all); each counts by its weight.

    Raises DataError where every value is missing.
    """
    absent = missing_rows(column)
    used = chosen(absent, rows)
    if used.all():
        raise DataError(
            "every value is missing, so that none can be filled in", column=column.name, remedy="Leave it out"
        )
    weight = np.ones(len(used)) if weights is None else weights
    if isinstance(column, LevelColumn):
        codes = chosen(column.codes, rows)
        total = np.bincount(codes[~used], weight[~used], minlength=len(column.levels))
        return Fill(column.levels[int(np.argmax(total))], bool(used.any()))
    values = np.asarray(column.values)
    present = values[~absent] if rows is None else values[rows][~used]
    if values.dtype.kind == "b":
        more = weight[~used] @ np.where(present, 1.0, -1.0) > 0.0
        return Fill(float(more), bool(used.any()))
    return Fill(weighted_median(present.astype(np.float64), weight[~used]), bool(used.any()))


def weighted_median(values: Array, weights: Array) -> float:
    """Return the value with half of the weight on either side, shape (n,) each; the middle of two that share it.

    With whole weights it is the median of each value repeated so often.
    """
    order = np.argsort(values, kind="stable")
    values = values[order]
    # Equal weights are ones, and a power of two rounds nothing: so the unit of the weights does not matter.
    weights = np.ones(len(values)) if weights.min() == weights.max() else np.ldexp(weights, -frexp(weights.max())[1])
    below = np.cumsum(weights[order])
    half = below[-1] / 2.0
    lower = values[int(np.searchsorted(below, half, side="left"))]
    upper = values[min(int(np.searchsorted(below, half, side="right")), len(values) - 1)]
    return float(lower) if lower == upper else float(lower / 2.0 + upper / 2.0)


def filled(column: RawColumn, fill: Fill) -> RawColumn:
    """Return the column without missing values."""
    if isinstance(column, LevelColumn):
        code = column.codes.dtype.type(column.levels.index(fill.value))
        return LevelColumn(column.name, column.levels, np.where(column.codes < 0, code, column.codes))
    values = Filled(column.values, column.missing, float(fill.value))
    return NumberColumn(column.name, values)


def indicator_name(name: str) -> str:
    """Return the name of the design column that says where a column's values were missing."""
    return f"{name}[missing]"


def imputed_message(
    counts: Mapping[str, int], fills: Mapping[str, Fill], factors: Collection[str], booleans: Collection[str]
) -> str:
    """Say how many values of which columns were filled in, and with what."""
    parts = [
        f"{name} {count} with {_shown(fills[name], is_level=name in factors, is_boolean=name in booleans)}"
        for name, count in counts.items()
    ]
    return f"Missing values filled in: {first_of(parts, 'column')}."


def _shown(fill: Fill, *, is_level: bool, is_boolean: bool) -> str:
    if is_boolean:
        return f"the more frequent value {level_text(bool(fill.value))}"
    return f"the most frequent level {fill.value!r}" if is_level else f"the median {fill.value:.6g}"


def filled_note(name: str, fill: Fill, count: int, *, is_level: bool = False, is_boolean: bool = False) -> list[Note]:
    """Say so where ``count`` values are missing in a column that had none missing in the fit."""
    if fill.indicator or not count:
        return []
    shown = _shown(fill, is_level=is_level, is_boolean=is_boolean)
    message = (
        f"Column {name!r} had no missing values in the fit;"
        f" {counted(count, 'missing value')} here filled in with {shown}."
    )
    return [Note("filled-without-indicator", message, DataWarning)]
