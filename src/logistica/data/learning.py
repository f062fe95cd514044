"""What a fit's data teach about themselves: the recipe, and the design that follows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, DataWarning
from logistica.core.records import Note
from logistica.data.arrays import Matrix
from logistica.data.coding import LevelReading
from logistica.data.columns import Level, LevelColumn, NumberColumn, RawColumn, missing_rows
from logistica.data.counts import Outcome
from logistica.data.design import Design
from logistica.data.factors import OTHER, FactorOptions, pooled_message, shaped
from logistica.data.formula import Formula
from logistica.data.formula.recipe import FormulaRecipe, learn_formula
from logistica.data.formula.tree import Call
from logistica.data.formula.leaves import column_names
from logistica.data.formula.variables import FactorVariable
from logistica.data.imputation import Fill, filled, indicator_name, learn_fill
from logistica.data.in_use import Rows
from logistica.data.recipe import Recipe

Array = NDArray[np.float64]

NUMBER = re.compile(r"\s*[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*")


def learn_matrix(opened: Matrix, rows: Rows, weights: Array | None, *, impute: bool) -> tuple[Recipe, Design]:
    """Make the recipe of a matrix: width, names if it has any, index base if it is svmlight; and the design."""
    kind = "array" if opened.index_base is None else "svmlight"
    fills = {}
    if impute:
        fills = {column.name: learn_fill(column, rows, weights) for column in opened.columns()}
    recipe = Recipe(kind, opened.n_columns, opened.names, index_base=opened.index_base, fills=fills)
    return recipe, recipe.matrix_design(opened)


@dataclass(frozen=True, eq=False)
class Prepared:
    """Raw columns as the model has them: factors shaped, missing values filled in where that was asked for.

    Attributes
    ----------
    columns : dict of str to RawColumn
    factors, pooled : dicts of str to tuple of levels
    fills : dict of str to Fill
    indicators : tuple of NumberColumn
        Where values were missing, for the columns in which any were.
    notes : tuple of Note
    """

    columns: dict[str, RawColumn]
    factors: dict[str, tuple[Level, ...]]
    pooled: dict[str, tuple[Level, ...]]
    fills: dict[str, Fill]
    indicators: tuple[NumberColumn, ...]
    notes: tuple[Note, ...]


def prepare(columns: Sequence[RawColumn], outcome: Outcome, options: FactorOptions, *, impute: bool) -> Prepared:
    """Shape factors by the rows that are fitted and, with ``impute``, fill in what is missing.

    Levels are those of these rows: one that is seen only in absent rows, or in rows without a trial, does not exist.
    """
    prepared = Prepared({}, {}, {}, {}, (), ())
    indicators: list[NumberColumn] = []
    notes: list[Note] = []
    for raw in columns:
        column = raw
        if isinstance(column, LevelColumn):
            factor = shaped(column, outcome.rows, options, outcome.frequencies)
            column = factor.column
            prepared.factors[column.name] = column.levels
            notes += _factor_notes(column, factor.pooled)
            if factor.pooled:
                prepared.pooled[column.name] = factor.pooled
                notes.append(Note("levels-pooled", pooled_message(column.name, factor.pooled, options.rare)))
        if impute:
            fill = learn_fill(column, outcome.rows, outcome.weights)
            prepared.fills[column.name] = fill
            if fill.indicator:
                indicators.append(NumberColumn(indicator_name(column.name), missing_rows(column)))
            column = filled(column, fill)
        prepared.columns[column.name] = column
    return replace(prepared, indicators=tuple(indicators), notes=tuple(notes))


def learn_table(
    prepared: Prepared, n_rows: int, rows: Rows, options: FactorOptions, formula: Formula | None
) -> tuple[Recipe, Design, list[Note]]:
    """Make the recipe of a table's columns, or of a formula over them, the design, and what else should be known."""
    names = tuple(prepared.columns)
    learned = None if formula is None else learn_formula(formula, prepared.columns.__getitem__, rows)
    recipe = Recipe(
        "table",
        len(names),
        names,
        _as_compared(prepared.factors, learned),
        formula=learned,
        pooled=prepared.pooled,
        unknown=options.unknown,
        fills=prepared.fills,
    )
    _require_different_terms(recipe)
    if learned is not None:
        _require_one_fill(learned, recipe)
    in_use = None
    if rows is not None:
        in_use = np.zeros(n_rows, np.bool_)
        in_use[rows] = True
    reading = LevelReading(n_rows, in_use, options.unknown)
    return recipe, recipe.table_design(prepared.columns, prepared.indicators, reading), reading.notes


def _require_one_fill(learned: FormulaRecipe, recipe: Recipe) -> None:
    """Refuse to fill a column that is both numbers and a factor: its median may be a level that does not exist."""
    for variable in learned.variables:
        if isinstance(variable, FactorVariable) and variable.column not in recipe.factors:
            fill = recipe.fills.get(variable.column)
            if fill is not None and fill.indicator:
                raise DataError(
                    "its missing values cannot be filled in, for the formula uses it as numbers and in C() too",
                    column=variable.column,
                    remedy="Use it in one way, or fill its values in first",
                )


def factors_of(formula: Formula) -> set[str]:
    """Return the columns that a formula takes as factors, whatever they hold: those in C() and nowhere else."""
    inside = [node for node in formula.variables if isinstance(node, Call) and node.function == "C"]
    others = [node for node in formula.variables if node not in inside]
    elsewhere = {name for node in (*others, *formula.offsets) for name in column_names(node)}
    return {name for node in inside for name in column_names(node)} - elsewhere


def _as_compared(
    factors: Mapping[str, tuple[Level, ...]], formula: FormulaRecipe | None
) -> dict[str, tuple[Level, ...]]:
    """Return the levels of factors with the baseline first that a formula's first use of each compares with."""
    used = () if formula is None else [one for one in reversed(formula.variables) if isinstance(one, FactorVariable)]
    return {**factors, **{one.column: one.levels for one in used if one.column in factors}}


def _factor_notes(factor: LevelColumn, pooled: Sequence[Level]) -> list[Note]:
    notes = []
    own = [level for level in factor.levels if not (pooled and level == OTHER)]
    texts = [level for level in (*own, *pooled) if isinstance(level, str)]
    if texts and all(map(NUMBER.fullmatch, texts)):
        message = (
            f"Column {factor.name!r} is text that looks like numbers, such as {texts[0]!r}, and was taken as "
            f"a factor with {len(texts)} levels. Convert it if numbers are meant."
        )
        notes.append(Note("numeric-text", message, DataWarning))
    if len(factor.levels) == 1:
        level = factor.levels[0]
        message = f"Column {factor.name!r} has only one level, {level!r}, and adds nothing to the model."
        notes.append(Note("single-level", message, DataWarning))
    return notes


def _require_different_terms(recipe: Recipe) -> None:
    if not (recipe.factors or recipe.fills) and recipe.formula is None:
        return
    terms = recipe.terms
    if len(set(terms)) < len(terms):
        seen: set[str] = set()
        double = next(term for term in terms if term in seen or seen.add(term))  # type: ignore[func-returns-value]
        raise DataError(
            "two design columns would have this name",
            column=double,
            remedy="Rename one of the columns or levels that make it",
        )
