"""The raw columns that X is made of: which they are, and each of them numbers or a factor."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from logistica.core.errors import DataWarning, OptionError
from logistica.core.records import Note, frozen
from logistica.core.wording import counted, listed
from logistica.data.arrays import Matrix, checked_names
from logistica.data.beside import Beside, missing_column
from logistica.data.columns import Level, LevelColumn, Mask, NumberColumn, RawColumn
from logistica.data.exact import EXACT_INTEGER
from logistica.data.factors import declared, refuse_rounded
from logistica.data.formula import Formula, Node, expand
from logistica.data.formula.leaves import column_names
from logistica.data.formula.tree import Call
from logistica.data.formula.variables import raw_columns
from logistica.data.preparation import Preparation
from logistica.data.strays import stray_notes

if TYPE_CHECKING:
    from logistica.data.frames import Table

SHOWN = 10


@frozen(eq=False)
class Predictors:
    """What X is made of.

    Attributes
    ----------
    columns : tuple of RawColumn
        Of a table; none of a matrix, which is taken whole.
    formula : Formula or None
    notes : tuple of Note
    """

    columns: tuple[RawColumn, ...] = ()
    formula: Formula | None = None
    notes: tuple[Note, ...] = ()

    @property
    def in_offset(self) -> set[str]:
        """The columns of a formula's offsets: known numbers, never filled in."""
        return set() if self.formula is None else set(_names_in(self.formula.offsets))


def take_predictors(
    opened: Table | Matrix, preparation: Preparation, beside: Beside, in_use: Mask | None
) -> Predictors:
    """Open the raw columns of X, and make those factors that are said to be.

    ``in_use``, shape (n,), marks the rows whose values matter (None: all).

    Raises
    ------
    OptionError, FormulaError, DataError
        If a column is not there, has another role, or cannot be the factor that it should be.
    """
    formula = None
    if preparation.formula is not None:
        taken = beside.columns
        free = [name for name in opened.names or () if name not in taken]
        formula = expand(preparation.formula, free, beside.response_columns)
    columns: list[RawColumn] = []
    notes: list[Note] = []
    if not isinstance(opened, Matrix):
        options, only, levels = preparation.factors, _only_factors(formula), _in_calls(formula)
        levels |= options.levels.keys() | options.baseline.keys()
        names = _names(opened, preparation, beside, formula)
        columns += [
            declared(column, options, in_use, factor=column.name in only)
            for column in open_columns(opened, names, levels, in_use, notes)
        ]
        stated = options.levels.keys() | options.baseline.keys()
        for one in columns:
            if isinstance(one, LevelColumn) and one.name not in stated:
                notes += _order_notes(opened, one)
                if one.name not in only and isinstance((one.levels or (0,))[0], str):
                    notes += stray_notes(one, opened.origin, in_use)
    preparation.factors.check_columns([column.name for column in columns])
    if formula is not None:
        notes += [*formula.notes, *_two_roles(formula, beside)]
    return Predictors(tuple(columns), formula, tuple(notes))


def open_columns(
    table: Table,
    names: Iterable[str],
    levels: Collection[str],
    in_use: Mask | None,
    notes: list[Note],
    known: Mapping[str, Sequence[Level]] | None = None,
) -> Iterator[RawColumn]:
    """Open columns of a table; numbers that are ``levels`` must be those that its text writes.

    ``notes`` takes what should be known where there is no text to compare with; ``known`` are a model's levels.

    Raises DataError for a number beyond 2**53 that lost digits, because its column holds a fraction too: it would be
    the level of another.
    """
    for name in names:
        column = table.column_like(name, known[name]) if known and name in known else table.column(name)
        if name in levels and isinstance(column, NumberColumn):
            refuse_rounded(column, in_use)
            if table.text is None:
                notes += _large_levels(column, in_use)
        yield column


def _order_notes(table: Table, column: LevelColumn) -> list[Note]:
    """Say that categories keep an order of their own that nobody may have meant: that of first appearance."""
    if not table.keeps_order(column.name):
        return []
    occurring = [column.levels[code] for code in np.unique(column.codes[column.codes >= 0])]
    if occurring == sorted(occurring):
        return []
    message = (
        f"Column {column.name!r}: its categories were kept in their own order, {listed(occurring, SHOWN)}, though"
        " they are not declared as ordered. If this is only the order of appearance, as pandas takes it from"
        " Parquet, sort them, or name a baseline."
    )
    return [Note("category-order", message)]


def _large_levels(column: NumberColumn, in_use: Mask | None) -> list[Note]:
    values = np.asarray(column.values)
    if values.dtype.kind != "f":
        return []
    large = np.abs(values) >= EXACT_INTEGER
    rows = np.flatnonzero(large if in_use is None else large & in_use)
    if not len(rows):
        return []
    message = (
        f"Column {column.name!r}: {counted(len(rows), 'level')} beyond 2**53 held as float64, the first in row"
        f" {rows[0]}: {values[rows[0]]:.17g}. There, whole numbers that differ by 1 may be one level; pass them as"
        " integers or as text."
    )
    return [Note("inexact-levels", message, DataWarning)]


def _names(table: Table, preparation: Preparation, beside: Beside, formula: Formula | None) -> list[str]:
    """List the columns that make X."""
    taken: Collection[str] = beside.columns
    if formula is not None:
        chosen, taken = raw_columns(formula), ()
    elif preparation.columns is None:
        chosen = [name for name in table.names if name not in taken]
    else:
        chosen = list(preparation.columns)
    there = set(table.names)
    for name in checked_names(chosen):
        if name in taken:
            raise OptionError(f"columns= names {name!r}, which is the target, the weights or the offset.")
        if name not in there:
            raise missing_column(name, table.names, "model" if formula is None else "formula")
    for name in () if formula is None else _names_in(formula.left_out):
        if name not in there:
            raise missing_column(name, table.names, "formula")
    return chosen


def _two_roles(formula: Formula, beside: Beside) -> list[Note]:
    """Name the columns that are in a formula and something else too: it may say so, but seldom means to."""
    offsets = dict.fromkeys(_names_in(formula.offsets), "offset")
    pairs = [(name, "a predictor", beside.roles.get(name, offsets.get(name))) for name in _names_in(formula.variables)]
    pairs += [(name, "in offset()", beside.roles.get(name)) for name in offsets]
    return [
        Note("column-in-two-roles", f"Column {name!r} is {here} and the {role} too.", DataWarning)
        for name, here, role in pairs
        if role is not None
    ]


def _only_factors(formula: Formula | None) -> set[str]:
    """Return the columns that a formula takes as factors, whatever they hold: those in C() and nowhere else."""
    if formula is None:
        return set()
    others = [node for node in formula.variables if not _is_coding(node)]
    return _in_calls(formula) - _names_in((*others, *formula.offsets)).keys()


def _in_calls(formula: Formula | None) -> set[str]:
    """Return the columns in C()."""
    return set() if formula is None else set(_names_in([node for node in formula.variables if _is_coding(node)]))


def _is_coding(node: Node) -> bool:
    return isinstance(node, Call) and node.function == "C"


def _names_in(nodes: Sequence[Node]) -> dict[str, None]:
    """Return the columns that expressions name, each once, in order."""
    return {name: None for node in nodes for name in column_names(node)}
