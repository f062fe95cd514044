"""What a fit's data teach about themselves: the recipe, and the design that follows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from logistica.core.errors import DataError, DataWarning
from logistica.core.records import Note, frozen
from logistica.core.wording import listed
from logistica.data.arrays import Matrix
from logistica.data.coding import LevelReading, is_boolean
from logistica.data.columns import Level, LevelColumn, NumberColumn, RawColumn, missing_rows
from logistica.data.counts import Outcome
from logistica.data.design import Design
from logistica.data.factors import OTHER, FactorOptions, factor_of_numbers, like, pooled_message, shaped
from logistica.data.formula import Formula
from logistica.data.formula.design import FormulaDesign
from logistica.data.formula.functions import Reader
from logistica.data.formula.recipe import FormulaRecipe, learn_formula
from logistica.data.formula.tree import Call
from logistica.data.formula.variables import FactorVariable
from logistica.data.imputation import Fill, filled, indicator_name, learn_fill
from logistica.data.in_use import Rows, Used
from logistica.data.predictors import Predictors
from logistica.data.preparation import Preparation
from logistica.data.recipe import Recipe

if TYPE_CHECKING:
    from logistica.data.frames import Table

NUMBER = re.compile(r"\s*[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?\s*")


@frozen(eq=False)
class Learned:
    """The recipe, the design that follows it, and what should be known about them."""

    recipe: Recipe
    design: Design
    notes: tuple[Note, ...] = ()


def learn(
    opened: Table | Matrix, predictors: Predictors, outcome: Outcome, rows: Rows, preparation: Preparation
) -> Learned:
    """Learn from the rows in use (None: all) how raw columns become numbers.

    Raises
    ------
    OptionError, FormulaError, DataError
        If the columns cannot be what ``preparation`` says.
    """
    if isinstance(opened, Matrix):
        return _learn_matrix(opened, outcome, preparation)
    used = Used(rows, outcome.frequencies)
    prepared = _prepared(predictors, outcome, used, preparation)
    in_use = None
    if rows is not None:
        in_use = np.zeros(opened.n_rows, np.bool_)
        in_use[rows] = True
    options = preparation.factors
    reading = LevelReading(opened.n_rows, in_use, options.unknown)
    return _learn_table(prepared, predictors.formula, reading, options, used)


def _learn_matrix(opened: Matrix, outcome: Outcome, preparation: Preparation) -> Learned:
    """Make the recipe of a matrix: width, names if it has any, index base if it is svmlight; and the design."""
    kind = "array" if opened.index_base is None else "svmlight"
    fills = {}
    if preparation.imputes:
        fills = {column.name: learn_fill(column, outcome.rows, outcome.weights) for column in opened.columns()}
    recipe = Recipe(kind, opened.n_columns, opened.names, index_base=opened.index_base, fills=fills)
    return Learned(recipe, recipe.matrix_design(opened))


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
    booleans : tuple of str
        The columns of booleans.
    """

    columns: dict[str, RawColumn]
    factors: dict[str, tuple[Level, ...]]
    pooled: dict[str, tuple[Level, ...]]
    fills: dict[str, Fill]
    indicators: tuple[NumberColumn, ...]
    notes: tuple[Note, ...]
    booleans: tuple[str, ...] = ()


def _prepared(predictors: Predictors, outcome: Outcome, used: Used, preparation: Preparation) -> Prepared:
    """Shape factors by the rows in use and, where asked for, fill in what is missing, but for offsets.

    Levels are those of these rows: one that is seen only in absent rows does not exist.
    """
    options, known = preparation.factors, predictors.in_offset
    prepared = Prepared({}, {}, {}, {}, (), ())
    indicators: list[NumberColumn] = []
    notes: list[Note] = []
    for raw in predictors.columns:
        column = raw
        if isinstance(column, LevelColumn):
            factor = shaped(column, used.rows, options, used.frequencies)
            column = factor.column
            prepared.factors[column.name] = column.levels
            notes += _factor_notes(column, factor.pooled)
            if factor.pooled:
                prepared.pooled[column.name] = factor.pooled
                notes.append(Note("levels-pooled", pooled_message(column.name, factor.pooled, options.rare)))
        if preparation.imputes and column.name not in known:
            fill = learn_fill(column, outcome.rows, outcome.weights)
            prepared.fills[column.name] = fill
            if fill.indicator:
                indicators.append(NumberColumn(indicator_name(column.name), missing_rows(column)))
            column = filled(column, fill)
        prepared.columns[column.name] = column
    booleans = tuple(column.name for column in predictors.columns if is_boolean(column))
    return replace(prepared, indicators=tuple(indicators), notes=tuple(notes), booleans=booleans)


def _learn_table(
    prepared: Prepared,
    formula: Formula | None,
    reading: LevelReading,
    options: FactorOptions,
    used: Used,
) -> Learned:
    """Make the recipe of a table's columns, or of a formula over them, and the design."""
    names = tuple(prepared.columns)
    learned = (
        None if formula is None else learn_formula(formula, prepared.columns.__getitem__, used.rows, used.frequencies)
    )
    if formula is not None and learned is not None:
        _require_one_coding(formula, learned, options)
        _require_no_rare_numbers(formula, learned, prepared, options, used)
    recipe = Recipe(
        "table",
        len(names),
        names,
        _as_compared(prepared.factors, learned),
        formula=learned,
        pooled=prepared.pooled,
        unknown=options.unknown,
        fills=prepared.fills,
        booleans=prepared.booleans,
    )
    _require_different_terms(recipe)
    if learned is not None:
        _require_one_fill(learned, recipe)
    design = recipe.table_design(prepared.columns, prepared.indicators, reading)
    beyond = design.check(used.rows) if isinstance(design, FormulaDesign) else []
    return Learned(recipe, design, (*prepared.notes, *reading.notes, *beyond))


def _require_one_coding(formula: Formula, learned: FormulaRecipe, options: FactorOptions) -> None:
    """Refuse a baseline, or an order of levels, that is stated in C() and by an option in two ways."""
    reader = Reader(formula.text)
    for node, variable in zip(formula.variables, learned.variables, strict=True):
        if not (isinstance(node, Call) and node.function == "C" and isinstance(variable, FactorVariable)):
            continue
        asked, name = reader.coding(node), variable.column
        if asked.levels is not None and name in options.levels:
            reader.fail(f"the levels of {name!r} are stated here and by levels= too; state them once", node)
        stated = asked.base is not None or asked.levels is not None
        if stated and name in options.baseline:
            (wanted,) = like([options.baseline[name]], variable.levels)
            if wanted != variable.levels[0]:
                problem = f"{name!r} is compared with {variable.levels[0]!r} here, and by baseline= with {wanted!r}"
                reader.fail(f"{problem}; state one of them", node)


def _require_no_rare_numbers(
    formula: Formula,
    learned: FormulaRecipe,
    prepared: Prepared,
    options: FactorOptions,
    used: Used,
) -> None:
    """Refuse to pool levels of a column that is numbers too: a number cannot be "(other)"."""
    for node, variable in zip(formula.variables, learned.variables, strict=True):
        if options.rare < 2 or not isinstance(variable, FactorVariable) or variable.column in prepared.factors:
            continue
        column = prepared.columns[variable.column]
        if isinstance(column, NumberColumn):
            column = factor_of_numbers(column, None)
        pooled = shaped(column, used.rows, FactorOptions(rare=options.rare), used.frequencies).pooled
        if pooled:
            problem = (
                f"rare= would pool the levels {listed(pooled)} of {variable.column!r}, which is used as numbers too;"
                " use it in one way, or make a copy of the column"
            )
            Reader(formula.text).fail(problem, node)


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
