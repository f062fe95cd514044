"""How factors are made of raw columns: baseline, order of levels, pooling of rare ones, levels not seen before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, OptionError
from logistica.core.wording import counted
from logistica.data.columns import Level, LevelColumn, NumberColumn, RawColumn, coded
from logistica.data.in_use import Rows

OTHER = "(other)"
"""The level that rare ones are pooled into."""
UNKNOWN = ("error", "reference", "missing", "other")
SHOWN = 10


@dataclass(frozen=True)
class FactorOptions:
    """What the user wants of factors.

    Attributes
    ----------
    baseline : mapping of str to level
        For a column the level that others are compared with; default the first.
    levels : mapping of str to sequence of levels
        For a column the order of its levels; every level that occurs must be among them. Columns of numbers named here
        or in ``baseline`` become factors.
    rare : int
        Levels in fewer rows than this are pooled into one, "(other)". 0 or 1: none are.
    unknown : {"error", "reference", "missing", "other"}
        What a level does in new data that the fit has not seen: raise, count as the baseline, as a missing value, or as
        "(other)".
    """

    baseline: Mapping[str, Level] = field(default_factory=dict)
    levels: Mapping[str, Sequence[Level]] = field(default_factory=dict)
    rare: int = 0
    unknown: str = "error"

    def __post_init__(self) -> None:
        if self.unknown not in UNKNOWN:
            raise OptionError(f"unknown={self.unknown!r} is not a policy. Use one of {', '.join(map(repr, UNKNOWN))}.")
        if isinstance(self.rare, bool) or self.rare != int(self.rare) or self.rare < 0:
            raise OptionError(f"rare={self.rare!r}: it must be a whole number of rows from 0.")
        if self.unknown == "other" and self.rare < 2:
            raise OptionError(
                "unknown='other' needs rare=, a number of rows: what is pooled in the fit is the other level."
            )
        for name, levels in self.levels.items():
            if isinstance(levels, str) or len(set(levels)) < len(levels) or not levels:
                raise OptionError(f"levels[{name!r}] must be a list of different levels.")

    def check_columns(self, names: Sequence[str]) -> None:
        """Refuse options for columns that are not among those in use."""
        for option, given in (("baseline", self.baseline), ("levels", self.levels)):
            for name in given:
                if name not in names:
                    raise OptionError(f"{option} names {name!r}, which is no column of X. There are {_listed(names)}.")


def declared(column: RawColumn, options: FactorOptions) -> RawColumn:
    """Return the column as a factor in the declared order, if the options speak of it; else as it is.

    Raises DataError for a level that is not among the declared ones.
    """
    name = column.name
    if name not in options.levels and name not in options.baseline:
        return column
    factor = _of_numbers(column) if isinstance(column, NumberColumn) else column
    if name not in options.levels:
        return factor
    order = tuple(options.levels[name])
    codes = coded(factor.levels, order)
    used = np.bincount(factor.codes[factor.codes >= 0], minlength=len(factor.levels)) > 0
    strange = np.flatnonzero((codes < 0) & used)
    if len(strange):
        row = int(np.argmax(factor.codes == strange[0]))
        raise DataError(
            f"the level {factor.levels[strange[0]]!r} in row {row} is none of levels={list(order)!r}",
            column=name,
            row=row,
            value=factor.levels[strange[0]],
            remedy="Add it to the levels, or correct the value",
        )
    return LevelColumn(name, order, np.append(codes, np.int32(-1))[factor.codes])


def _of_numbers(column: NumberColumn) -> LevelColumn:
    values = np.asarray(column.values)
    absent = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), np.bool_)
    if column.missing is not None:
        absent = absent | column.missing
    levels, places = np.unique(values[~absent], return_inverse=True)
    codes = np.full(len(values), -1, np.int32)
    codes[~absent] = places
    return LevelColumn(column.name, tuple(levels.tolist()), codes)


@dataclass(frozen=True, eq=False)
class Shaped:
    """A factor as the model has it, and the levels that were pooled into "(other)", its last."""

    column: LevelColumn
    pooled: tuple[Level, ...] = ()


def shaped(column: LevelColumn, rows: Rows, options: FactorOptions) -> Shaped:
    """Keep the levels that occur in the rows in use (None: all), pool the rare ones, put the baseline first.

    Rows of other levels get the code -1.
    """
    used = column.codes if rows is None else column.codes[rows]
    counts = np.bincount(used[used >= 0], minlength=len(column.levels))
    kept = np.flatnonzero(counts >= max(options.rare, 1))
    rare = np.flatnonzero((counts > 0) & (counts < options.rare))
    baseline = options.baseline.get(column.name)
    if baseline is not None:
        kept = _first(column, kept, counts, baseline)
    levels = tuple(column.levels[code] for code in kept)
    table = np.full(len(column.levels) + 1, -1, np.int32)
    table[kept] = np.arange(len(kept), dtype=np.int32)
    if len(rare):
        if OTHER in levels:
            raise DataError(
                f"a level is called {OTHER!r} already", column=column.name, remedy="Rename it to pool others"
            )
        table[rare] = len(levels)
        levels = (*levels, OTHER)
    return Shaped(LevelColumn(column.name, levels, table[column.codes]), tuple(column.levels[code] for code in rare))


def _first(column: LevelColumn, kept: NDArray[np.intp], counts: NDArray[np.intp], baseline: Level) -> NDArray[np.intp]:
    here = [code for code in kept.tolist() if column.levels[code] == baseline]
    if not here:
        occurs = any(level == baseline and counts[code] for code, level in enumerate(column.levels))
        why = "is rarer than rare= allows" if occurs else "does not occur"
        listed = _listed([str(column.levels[code]) for code in kept])
        raise OptionError(f"baseline: the level {baseline!r} of {column.name!r} {why}. There are {listed}.")
    return np.array(here + [code for code in kept.tolist() if code not in here], dtype=np.intp)


def pooled_message(name: str, pooled: tuple[Level, ...], rare: int) -> str:
    """Say which levels were pooled."""
    return (
        f"Column {name!r}: {counted(len(pooled), 'level')} in fewer than {rare} rows pooled into {OTHER!r}:"
        f" {_listed([str(level) for level in pooled])}."
    )


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names[:SHOWN])) + (", ..." if len(names) > SHOWN else "")
