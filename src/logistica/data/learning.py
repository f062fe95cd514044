"""What a fit's data teach about themselves: the recipe, and the design that follows it."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, DataWarning
from logistica.core.records import Note
from logistica.data.arrays import Matrix
from logistica.data.coding import factor_part, numeric_part, observed
from logistica.data.columns import LevelColumn, NumberColumn, RawColumn
from logistica.data.design import ColumnsDesign, FactorPart, NumericPart
from logistica.data.formula import Formula
from logistica.data.formula.design import FormulaDesign
from logistica.data.formula.recipe import learn_formula
from logistica.data.recipe import Recipe

NUMBER = re.compile(r"\s*[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*")


def learn_matrix(opened: Matrix) -> Recipe:
    """Make the recipe of a matrix: its width, its names if it has any, its index base if it is svmlight."""
    kind = "array" if opened.index_base is None else "svmlight"
    return Recipe(kind, opened.n_columns, opened.names, index_base=opened.index_base)


def learn_table(
    columns: Sequence[RawColumn], n_rows: int, rows: NDArray[np.intp] | None
) -> tuple[Recipe, ColumnsDesign, list[Note]]:
    """Make the recipe of a table's columns, the design, and notes of what should be known about them.

    Levels are those of ``rows`` (None: all), so that a level seen only in absent rows does not exist.
    """
    parts: list[NumericPart | FactorPart] = []
    factors = {}
    notes = []
    for column in columns:
        if isinstance(column, NumberColumn):
            parts.append(numeric_part(column))
            continue
        factor = observed(column, rows)
        factors[column.name] = factor.levels
        parts.append(factor_part(factor))
        notes += _factor_notes(factor)
    names = tuple(column.name for column in columns)
    recipe = Recipe("table", len(names), names, factors)
    _require_different_terms(recipe)
    return recipe, ColumnsDesign(n_rows, parts), notes


def learn_stated(
    formula: Formula, columns: Sequence[RawColumn], n_rows: int, rows: NDArray[np.intp] | None
) -> tuple[Recipe, FormulaDesign, list[Note]]:
    """Make the recipe of a formula over its columns, as :func:`learn_table` does without one."""
    named = {column.name: column for column in columns}
    factors = {}
    notes = []
    for column in columns:
        if isinstance(column, LevelColumn):
            factor = observed(column, rows)
            factors[column.name] = factor.levels
            notes += _factor_notes(factor)
    stated = learn_formula(formula, named.__getitem__, rows)
    recipe = Recipe("table", len(named), tuple(named), factors, formula=stated)
    _require_different_terms(recipe)
    in_use = None
    if rows is not None:
        in_use = np.zeros(n_rows, np.bool_)
        in_use[rows] = True
    design = stated.design(named.__getitem__, n_rows, in_use)
    design.check(rows)
    return recipe, design, notes


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
    if not recipe.factors and recipe.formula is None:
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
