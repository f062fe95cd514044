"""How factors are made of raw columns: baseline, order of levels, pooling of rare ones, levels not seen before."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, OptionError
from logistica.core.wording import counted, listed
from logistica.data.columns import (
    Level,
    LevelColumn,
    Mask,
    NumberColumn,
    RawColumn,
    code_type,
    coded,
    level_text,
    missing_rows,
    recoded,
)
from logistica.data.gaps import Gaps
from logistica.data.in_use import Rows

OTHER = "(other)"
"""The level that rare ones are pooled into."""
UNKNOWN = ("error", "reference", "missing", "other")
PIECE = 2**16
"""Rows whose levels are counted at a time."""


@dataclass(frozen=True)
class FactorOptions:
    """What the user wants of factors.

    A level is given as its column holds it, or as text that says the same: ``"2"`` for the number 2.

    Attributes
    ----------
    baseline : mapping of str to level, optional
        For a column the level that others are compared with; default the first.
    levels : mapping of str to sequence of levels, optional
        For a column the order of its levels; every level that occurs must be among them. Columns of numbers named here
        or in ``baseline`` become factors.
    rare : int, default 0
        Levels in fewer rows than this are pooled into one, "(other)". 0 or 1: none are. A frequency weight counts as so
        many rows, and so does a trial.
    unknown : {"error", "reference", "missing", "other"}, default "error"
        What a level does in new data that the fit has not seen: raise, count as the baseline, as a missing value, or as
        "(other)", where the fit pooled any; otherwise it raises.
    """

    baseline: Mapping[str, Level] = field(default_factory=dict)
    levels: Mapping[str, Sequence[Level]] = field(default_factory=dict)
    rare: int = 0
    unknown: str = "error"

    def __post_init__(self) -> None:
        if self.unknown not in UNKNOWN:
            raise OptionError(f"unknown={self.unknown!r} is not a policy. Use one of {', '.join(map(repr, UNKNOWN))}.")
        fits = isinstance(self.rare, numbers.Real) and not isinstance(self.rare, bool)
        if not fits or not float(self.rare).is_integer() or self.rare < 0:
            raise OptionError(f"rare={self.rare!r}: it must be a whole number of rows from 0.")
        if self.unknown == "other" and self.rare < 2:
            raise OptionError(
                "unknown='other' needs rare=, a number of rows: what is pooled in the fit is the other level."
            )
        for option, given in (("baseline", self.baseline), ("levels", self.levels)):
            if not isinstance(given, Mapping):
                raise OptionError(f"{option}={given!r}: it must be a dict with columns' names as keys.")
        for name, level in self.baseline.items():
            if _plain([level]) is None:
                raise OptionError(f"baseline= of column {name!r} is {level!r}; it must be text, a number or a boolean.")
        for name, levels in self.levels.items():
            order = _plain(levels)
            if not order or len(set(order)) < len(order):
                raise OptionError(
                    f"levels= of column {name!r} must be a list of different levels: text, numbers or booleans."
                )

    def check_columns(self, names: Sequence[str]) -> None:
        """Refuse options for columns that are not among those in use."""
        for option, given in (("baseline", self.baseline), ("levels", self.levels)):
            for name in given:
                if name not in names:
                    there = f"There are {listed(names)}" if names else "It has no named columns: pass a table"
                    raise OptionError(f"{option}= names {name!r}, which is no column of X. {there}.")


def _plain(levels: object) -> tuple[Level, ...] | None:
    """Return levels as Python's own values; None if they are no levels."""
    if isinstance(levels, str | bytes) or not isinstance(levels, Iterable):
        return None
    plain = tuple(level.item() if isinstance(level, np.generic) else level for level in levels)
    fits = all(isinstance(one, str | int) or (isinstance(one, float) and isfinite(one)) for one in plain)
    return plain if fits else None


def like(given: Sequence[Level], levels: Sequence[Level]) -> list[Level]:
    """Return levels as a column has them; one that it has not, as it was given.

    True is not the number 1, nor 1 true: where Python takes them for the same, it is returned as text.
    """
    own = {_kind_and_value(level): level for level in levels}
    by_text = {level_text(level): level for level in levels}
    unlike = set(levels)
    found = []
    for level in given:
        same = own.get(_kind_and_value(level), by_text.get(_spelling(level, by_text)))
        strange = level_text(level) if level in unlike else level
        found.append(strange if same is None else same)
    return found


def _kind_and_value(level: Level) -> tuple[bool, Level]:
    return isinstance(level, bool), level


def _spelling(level: Level, by_text: Mapping[str, Level]) -> str:
    """Return the text of a level; where the column has no such text, that of the number or boolean that it says."""
    text = level_text(level)
    if text in by_text:
        return text
    if isinstance(level, bool):
        return str(level)
    if not isinstance(level, str):
        return text
    if text in ("True", "False"):
        number = text.lower()
    else:
        try:
            number = level_text(float(text))
        except ValueError:
            return text
    return text if isinstance(by_text.get(number, text), str) else number


def declared(column: RawColumn, options: FactorOptions, in_use: Mask | None, *, factor: bool = False) -> RawColumn:
    """Return the column as a factor in the declared order, if the options speak of it; else as it is.

    ``in_use`` marks the rows whose values matter (None: all); ``factor``: whether the column is one in any case.

    Raises DataError for a level that is not among the declared ones.
    """
    name = column.name
    named = name in options.levels or name in options.baseline
    if isinstance(column, NumberColumn):
        if not named and not factor:
            return column
        column = factor_of_numbers(column, in_use)
    if name not in options.levels:
        return column
    order = like(_plain(options.levels[name]) or (), column.levels)
    if len(set(order)) < len(order):
        raise OptionError(f"levels= of column {name!r} names a level twice: {listed(order)}.")
    codes = np.append(coded(column.levels, order), code_type(0).type(-1))[column.codes]
    strange = (codes < 0) & (column.codes >= 0)
    if in_use is not None:
        strange &= in_use
    if strange.any():
        row = int(np.argmax(strange))
        value = column.levels[column.codes[row]]
        raise DataError(
            f"the level {value!r} in row {row} is none of those declared: {listed(order)}",
            column=name,
            row=row,
            value=value,
            remedy="Add it to the levels, or correct the value",
        )
    return LevelColumn(name, tuple(order), codes)


def factor_of_numbers(column: NumberColumn, in_use: Mask | None) -> LevelColumn:
    """Return numbers as a factor whose levels are the different ones in the rows in use, rising.

    Raises DataError for an infinity, and for a whole number that float64 does not hold.
    """
    values = np.asarray(column.values)
    if values.dtype.kind == "f":
        Gaps(len(values), in_use).look(column)
        refuse_rounded(column, in_use)
    absent = missing_rows(column)
    if in_use is not None:
        absent = absent | ~in_use
    levels, places = np.unique(values[~absent], return_inverse=True)
    codes = np.full(len(values), -1, code_type(len(levels)))
    codes[~absent] = places
    return LevelColumn(column.name, tuple(levels.tolist()), codes)


def refuse_rounded(column: NumberColumn, in_use: Mask | None) -> None:
    """Refuse levels in use that float64 does not hold: two of them might be one."""
    if column.rounded is None:
        return
    here = np.ones(len(column.rounded.rows), np.bool_) if in_use is None else in_use[column.rounded.rows]
    if not here.any():
        return
    row, value = int(column.rounded.rows[here][0]), column.rounded.values[here][0]
    raise DataError(
        f"the level {value} in row {row} has no float64 of its own",
        column=column.name,
        row=row,
        value=value,
        remedy="Write all levels as text",
    )


@dataclass(frozen=True, eq=False)
class Shaped:
    """A factor as the model has it, and the levels that were pooled into "(other)"."""

    column: LevelColumn
    pooled: tuple[Level, ...] = ()


def shaped(
    column: LevelColumn, rows: Rows, options: FactorOptions, frequencies: NDArray[np.float64] | None = None
) -> Shaped:
    """Keep the levels that occur in the rows in use (None: all), pool the rare ones, put the baseline first.

    ``frequencies``, shape (rows,), say how many rows each stands for. Rows of other levels get the code -1.
    """
    counts = level_counts(column, rows, frequencies)
    rare = (counts > 0) & (counts < options.rare)
    kept = np.flatnonzero((counts > 0) & ~rare)
    table = np.full(len(column.levels) + 1, -1, code_type(len(kept) + 1))
    table[kept] = np.arange(len(kept))
    levels = [column.levels[code] for code in kept]
    pooled = tuple(column.levels[code] for code in np.flatnonzero(rare))
    if pooled:
        if OTHER in levels:
            raise DataError(
                f"a level is called {OTHER!r} already", column=column.name, remedy="Rename it to pool others"
            )
        table[:-1][rare] = len(levels)
        levels.append(OTHER)
    if column.name in options.baseline:
        first = _baseline(column.name, options.baseline[column.name], levels, pooled)
        levels.insert(0, levels.pop(first))
        rank = np.arange(-1, len(levels), dtype=table.dtype)
        rank[1 : first + 2] = [*range(1, first + 1), 0]
        table = rank[table + 1]
    return Shaped(LevelColumn(column.name, tuple(levels), recoded(column.codes, table)), pooled)


def level_counts(column: LevelColumn, rows: Rows, weights: NDArray[Any] | None = None) -> NDArray[np.float64]:
    """Count the rows in use (None: all) of each level, by their ``weights`` or by truth values.

    Piece by piece, so that little memory is taken.
    """
    n_rows = len(column.codes) if rows is None else len(rows)
    counts = np.zeros(len(column.levels) + 1)
    for start in range(0, n_rows, PIECE):
        here = slice(start, start + PIECE)
        codes = column.codes[here] if rows is None else column.codes[rows[here]]
        counts += np.bincount(codes + 1, None if weights is None else weights[here], minlength=len(counts))
    return counts[1:]


def _baseline(name: str, wanted: Level, levels: Sequence[Level], pooled: Sequence[Level]) -> int:
    (found,) = like(_plain([wanted]) or (wanted,), levels)
    if found in levels:
        return levels.index(found)
    rare = like([found], pooled)[0] in pooled
    why = "is rarer than rare= allows" if rare else "does not occur"
    raise OptionError(f"baseline=: the level {wanted!r} of column {name!r} {why}. There are {listed(levels)}.")


def pooled_message(name: str, pooled: tuple[Level, ...], rare: int) -> str:
    """Say which levels were pooled."""
    return (
        f"Column {name!r}: {counted(len(pooled), 'level')} in fewer than {rare} rows pooled into {OTHER!r}:"
        f" {listed(pooled)}."
    )
