"""What a fit's data teach about themselves: the recipe, and the design that follows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, DataWarning
from logistica.core.records import Note
from logistica.data.arrays import Matrix
from logistica.data.coding import LevelReading
from logistica.data.columns import Level, LevelColumn, NumberColumn, RawColumn
from logistica.data.design import Design
from logistica.data.factors import FactorOptions, pooled_message, shaped
from logistica.data.formula import Formula
from logistica.data.formula.recipe import learn_formula
from logistica.data.imputation import Fill, filled, indicator_name, learn_fill, missing_rows
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


def prepare(
    columns: Sequence[RawColumn], rows: Rows, weights: Array | None, options: FactorOptions, *, impute: bool
) -> Prepared:
    """Shape factors by the rows in use (None: all) and, with ``impute``, fill in what is missing.

    Levels are those of the rows in use, so that a level seen only in absent rows does not exist.
    """
    prepared = Prepared({}, {}, {}, {}, (), ())
    indicators: list[NumberColumn] = []
    notes: list[Note] = []
    for raw in columns:
        column = raw
        if isinstance(column, LevelColumn):
            factor = shaped(column, rows, options)
            column = factor.column
            prepared.factors[column.name] = column.levels
            notes += _factor_notes(column)
            if factor.pooled:
                prepared.pooled[column.name] = factor.pooled
                notes.append(Note("levels-pooled", pooled_message(column.name, factor.pooled, options.rare)))
        if impute:
            fill = learn_fill(column, rows, weights)
            prepared.fills[column.name] = fill
            if fill.indicator:
                indicators.append(NumberColumn(indicator_name(column.name), missing_rows(column)))
            column = filled(column, fill)
        prepared.columns[column.name] = column
    return replace(prepared, indicators=tuple(indicators), notes=tuple(notes))


def learn_table(
    prepared: Prepared, n_rows: int, rows: Rows, options: FactorOptions, formula: Formula | None
) -> tuple[Recipe, Design]:
    """Make the recipe of a table's columns, or of a formula over them, and the design."""
    names = tuple(prepared.columns)
    recipe = Recipe(
        "table",
        len(names),
        names,
        prepared.factors,
        formula=None if formula is None else learn_formula(formula, prepared.columns.__getitem__, rows),
        pooled=prepared.pooled,
        unknown=options.unknown,
        fills=prepared.fills,
    )
    _require_different_terms(recipe)
    in_use = None
    if rows is not None:
        in_use = np.zeros(n_rows, np.bool_)
        in_use[rows] = True
    reading = LevelReading(n_rows, in_use, options.unknown)
    return recipe, recipe.table_design(prepared.columns, prepared.indicators, reading)


def _factor_notes(factor: LevelColumn) -> list[Note]:
    notes = []
    texts = [level for level in factor.levels if isinstance(level, str)]
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
