"""Raw columns to parts of a design: numbers as they are, factors as codes with the baseline at 0."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.core.wording import counted
from logistica.data.columns import Level, LevelColumn, Mask, NumberColumn, RawColumn, coded
from logistica.data.design import FactorPart, NumericPart

SHOWN_LEVELS = 10


def numeric_part(column: NumberColumn) -> NumericPart:
    """Take numbers by reference; only where nulls must become NaN is the column copied."""
    if column.missing is None:
        return NumericPart(column.values)
    return NumericPart(np.where(column.missing, np.nan, np.asarray(column.values, np.float64)))


def observed(column: LevelColumn, rows: NDArray[np.intp] | None) -> LevelColumn:
    """Keep only the levels that occur in the rows in use; the others' codes become -1."""
    used = column.codes if rows is None else column.codes[rows]
    counts = np.bincount(used[used >= 0], minlength=len(column.levels))
    (kept,) = np.nonzero(counts)
    levels = tuple(column.levels[code] for code in kept)
    return LevelColumn(column.name, levels, _translated(column.codes, kept, len(column.levels)))


def factor_part(column: LevelColumn) -> FactorPart:
    """Code by treatment contrasts: the first level is the baseline, each other one has an indicator."""
    return FactorPart(column.codes, max(len(column.levels) - 1, 0))


def as_numbers(column: RawColumn) -> NumberColumn:
    """Take a column of new data where the model has numbers; text raises :class:`DataError`."""
    if isinstance(column, NumberColumn):
        return column
    row = int(np.argmax(column.codes >= 0))
    if not len(column.codes) or column.codes[row] < 0:
        return NumberColumn(column.name, np.zeros(len(column.codes)), np.ones(len(column.codes), np.bool_))
    value = column.levels[column.codes[row]]
    raise DataError(
        f"text or categories such as {value!r} (row {row}), but the model was fitted on numbers here",
        column=column.name,
        row=row,
        value=value,
        remedy="Convert the column to numbers, as it was in the fit",
    )


def as_levels(column: RawColumn, levels: Sequence[Level], in_use: Mask | None = None) -> LevelColumn:
    """Code a column of new data by the model's levels, -1 for missing values.

    Raises
    ------
    DataError
        If a row in use has a level that the model does not know: with column, value, count and first row.
        Never is such a row read as the baseline.
    """
    given = column if isinstance(column, LevelColumn) else _levels_of(column, levels)
    # Only levels that occur matter: a categorical may list more than it holds.
    known = coded(given.levels, levels)
    code_of = np.append(np.where(known < 0, -2, known), -1).astype(np.int32)
    codes = code_of[given.codes]
    unseen = codes == -2
    if in_use is not None:
        unseen &= in_use
    if unseen.any():
        raise _unseen(given, levels, unseen)
    return LevelColumn(column.name, tuple(levels), np.maximum(codes, -1))


def _translated(codes: NDArray[np.int32], kept: NDArray[Any], n_levels: int) -> NDArray[np.int32]:
    table = np.full(n_levels + 1, -1, np.int32)
    table[kept] = np.arange(len(kept), dtype=np.int32)
    return table[codes]


def _levels_of(column: NumberColumn, levels: Sequence[Level]) -> LevelColumn:
    """Read numbers as levels where the model has a factor, whose levels may be numbers too."""
    values = np.asarray(column.values)
    absent = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), np.bool_)
    if column.missing is not None:
        absent = absent | column.missing
    present = values[~absent]
    if len(present) and all(isinstance(level, str) for level in levels):
        row = int(np.argmin(absent))
        raise DataError(
            f"numbers such as {values[row]} (row {row}), but the model was fitted on text here",
            column=column.name,
            row=row,
            value=values[row].item(),
            remedy="Convert the column to text, as it was in the fit",
        )
    distinct, positions = np.unique(present, return_inverse=True)
    codes = np.full(len(values), -1, np.int32)
    codes[~absent] = positions
    return LevelColumn(column.name, tuple(distinct.tolist()), codes)


def _unseen(column: LevelColumn, levels: Sequence[Level], unseen: Mask) -> DataError:
    row, count = int(np.argmax(unseen)), int(np.count_nonzero(unseen))
    value = column.levels[column.codes[row]]
    shown = ", ".join(map(repr, levels[:SHOWN_LEVELS])) + (", ..." if len(levels) > SHOWN_LEVELS else "")
    rows = counted(count, "row")
    return DataError(
        f"the level {value!r} in row {row} ({rows} with unknown levels) is none of the fit's levels {shown}",
        column=column.name,
        row=row,
        value=value,
        count=count,
        remedy="Correct the value, leave the row out, or fit again with rows that have this level",
    )
