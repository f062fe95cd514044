"""Raw columns to parts of a design: numbers as they are, factors as codes with the baseline at 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NoReturn

import numpy as np

from logistica.core.errors import DataError, DataWarning
from logistica.core.records import Note
from logistica.core.wording import counted, listed
from logistica.data.columns import Level, LevelColumn, Mask, NumberColumn, RawColumn, coded, missing_rows, recoded
from logistica.data.design import FactorPart, NumericPart
from logistica.data.factors import OTHER, factor_of_numbers
from logistica.data.spelling import is_number

SHOWN_LEVELS = 10
REMEDY_UNSEEN = "Correct the value, leave the row out, or fit again, with rows that have this level or a policy for it"
REMEDY_AS_MISSING = (
    "Correct the value, or pass missing='drop': unknown levels count as missing values in this model, and their rows"
    " then get no prediction"
)
UNSEEN = -2
"""The code of a level that the model does not know, until it is decided what it does."""


def numeric_part(column: NumberColumn) -> NumericPart:
    """Take numbers by reference; only where nulls must become NaN is the column copied."""
    if column.missing is None:
        return NumericPart(column.values)
    return NumericPart(np.where(column.missing, np.nan, np.asarray(column.values, np.float64)))


def factor_part(column: LevelColumn) -> FactorPart:
    """Code by treatment contrasts: the first level is the baseline, each other one has an indicator."""
    return FactorPart(column.codes, max(len(column.levels) - 1, 0))


def part(column: RawColumn) -> NumericPart | FactorPart:
    """Return the part of a design that a column makes by itself."""
    return factor_part(column) if isinstance(column, LevelColumn) else numeric_part(column)


def as_numbers(column: RawColumn) -> NumberColumn:
    """Take a column of new data where the model has numbers; text raises :class:`DataError`."""
    if isinstance(column, NumberColumn):
        return column
    row = int(np.argmax(column.codes >= 0))
    if not len(column.codes) or column.codes[row] < 0:
        return NumberColumn(column.name, np.zeros(len(column.codes)), np.ones(len(column.codes), np.bool_))
    strange = [code for code, level in enumerate(column.levels) if isinstance(level, str) and not is_number(level)]
    if (here := np.isin(column.codes, strange)).any():
        row = int(np.argmax(here))
    value = column.levels[column.codes[row]]
    raise DataError(
        f"text or categories such as {value!r} (row {row}), but the model was fitted on numbers here",
        column=column.name,
        row=row,
        value=value,
        remedy="Convert the column to numbers, as it was in the fit",
    )


def is_boolean(column: RawColumn) -> bool:
    """Return whether a column holds booleans that are no factor."""
    return isinstance(column, NumberColumn) and column.values.dtype.kind == "b"


def require_booleans(column: NumberColumn, in_use: Mask | None) -> None:
    """Refuse numbers of new data where the model has booleans, but for 1 and 0, which say the same."""
    if is_boolean(column):
        return
    values = np.asarray(column.values)
    odd = (values != 0) & (values != 1) & ~missing_rows(column)
    if in_use is not None:
        odd &= in_use
    if odd.any():
        _refuse_kind(column, odd, "numbers", "booleans", "Pass true and false, or 1 and 0, as in the fit")


@dataclass(frozen=True, eq=False)
class LevelReading:
    """How levels of new data are read.

    Attributes
    ----------
    n_rows : int
    in_use : array of bool, shape (n_rows,), or None
        Rows whose values matter; None: all.
    unknown : {"error", "reference", "missing", "other"}
        What a level does that the model does not know.
    missing : {"error", "drop", "impute"}
        What a missing value does, which an unknown level may count as.
    notes : list of Note
        Takes what was done with unknown levels.
    """

    n_rows: int
    in_use: Mask | None = None
    unknown: str = "error"
    missing: str = "drop"
    notes: list[Note] = field(default_factory=list)

    def read(self, column: RawColumn, levels: Sequence[Level], pooled: Sequence[Level] = ()) -> LevelColumn:
        """Code a column by the model's levels, -1 for missing values; ``pooled`` ones are "(other)".

        Raises
        ------
        DataError
            If a row in use has a level that the model does not know, and nothing says what it does: with column,
            value, count and first row. Never is such a row read as the baseline in silence. Text for numbers, and
            numbers for text, are no unknown levels; they raise.
        """
        _require_same_kind(column, [level for level in (*levels, *pooled) if level != OTHER], self.in_use)
        given = factor_of_numbers(column, self.in_use) if isinstance(column, NumberColumn) else column
        # Only levels that occur matter: a categorical may list more than it holds.
        known = coded(given.levels, levels)
        if pooled:
            among = coded(given.levels, pooled) >= 0
            known[among & (known < 0)] = levels.index(OTHER)
        codes = recoded(given.codes, np.append(np.where(known < 0, UNSEEN, known), -1).astype(known.dtype))
        if (known < 0).any():
            unseen = codes == UNSEEN
            if self.in_use is not None:
                unseen &= self.in_use
            if unseen.any():
                codes[unseen] = self._code_of_unseen(given, levels, unseen)
            np.maximum(codes, -1, out=codes)
        return LevelColumn(column.name, tuple(levels), codes)

    def _code_of_unseen(self, given: LevelColumn, levels: Sequence[Level], unseen: Mask) -> int:
        row = int(np.argmax(unseen))
        value = given.levels[given.codes[row]]
        if self.unknown == "error" or (self.unknown == "other" and OTHER not in levels):
            raise _unseen(given, levels, unseen, REMEDY_UNSEEN)
        if self.unknown == "missing" and self.missing == "error":
            raise _unseen(given, levels, unseen, REMEDY_AS_MISSING)
        if self.unknown == "other":
            code, read_as = levels.index(OTHER), repr(OTHER)
        elif self.unknown == "missing":
            code, read_as = -1, "missing values"
        else:
            code, read_as = 0, f"the baseline {levels[0]!r}"
        message = (
            f"Column {given.name!r}: {counted(int(np.count_nonzero(unseen)), 'row')} with levels that the fit has not"
            f" seen, the first {value!r} in row {row}, read as {read_as}."
        )
        self.notes.append(Note("unknown-levels", message, DataWarning))
        return code


def _require_same_kind(column: RawColumn, levels: Sequence[Level], in_use: Mask | None) -> None:
    """Refuse numbers or booleans where the model's levels are all text, text where none is, and booleans for numbers.

    Where the numbers are no others than 1 and 0, booleans say the same. The cells of a text file are of no kind.
    """
    known = {_kind(level) for level in levels}
    if len(known) != 1 or (isinstance(column, LevelColumn) and column.untyped):
        return
    (wanted,) = known
    is_truth = wanted == "numbers" and set(levels) <= {0, 1}
    alike = {wanted, *(("booleans", "numbers") if is_truth or wanted == "booleans" else ())}
    if isinstance(column, NumberColumn):
        given = "booleans" if is_boolean(column) else "numbers"
        odd = None if given in alike else ~missing_rows(column)
    else:
        strange = [level != OTHER and _kind(level) not in alike for level in column.levels]
        odd = np.append(strange, False)[column.codes] if any(strange) else None
    if odd is None:
        return
    if in_use is not None:
        odd &= in_use
    if odd.any():
        value = _value(column, int(np.argmax(odd)))
        _refuse_kind(column, odd, _kind(value), wanted, f"Convert the column to {wanted}, as it was in the fit")


def _kind(level: Level) -> str:
    return "text" if isinstance(level, str) else "booleans" if isinstance(level, bool) else "numbers"


def _value(column: RawColumn, row: int) -> Level:
    value = column.levels[column.codes[row]] if isinstance(column, LevelColumn) else column.values[row : row + 1][0]
    plain: Level = value.item() if isinstance(value, np.generic) else value
    return plain


def _refuse_kind(column: RawColumn, odd: Mask, what: str, known: str, remedy: str) -> NoReturn:
    row = int(np.argmax(odd))
    value = _value(column, row)
    raise DataError(
        f"{what} such as {value!r} (row {row}), but the model was fitted on {known} here",
        column=column.name,
        row=row,
        value=value,
        remedy=remedy,
    )


def _unseen(column: LevelColumn, levels: Sequence[Level], unseen: Mask, remedy: str) -> DataError:
    row, count = int(np.argmax(unseen)), int(np.count_nonzero(unseen))
    value = column.levels[column.codes[row]]
    shown = listed(levels, SHOWN_LEVELS)
    rows = counted(count, "row")
    return DataError(
        f"the level {value!r} in row {row} ({rows} with unknown levels) is none of the fit's levels {shown}",
        column=column.name,
        row=row,
        value=value,
        count=count,
        remedy=remedy,
    )
