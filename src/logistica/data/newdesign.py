"""New data in a model's design columns: matched by name or position, with the levels and fills of the fit."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from logistica.core.errors import DataError, DataWarning
from logistica.core.records import Note
from logistica.core.wording import listed
from logistica.data.arrays import Matrix
from logistica.data.beside import missing_column
from logistica.data.coding import LevelReading, as_numbers, require_booleans
from logistica.data.columns import LevelColumn, NumberColumn, RawColumn, missing_rows
from logistica.data.design import ColumnsDesign, Design
from logistica.data.formula.design import FormulaDesign
from logistica.data.formula.variables import FactorVariable
from logistica.data.gaps import IMPUTE, Gaps, NameOf
from logistica.data.imputation import filled, filled_note, indicator_name
from logistica.data.in_use import Rows
from logistica.data.predictors import open_columns

if TYPE_CHECKING:
    from logistica.data.frames import Table
    from logistica.data.recipe import Recipe


def new_design(
    recipe: Recipe, opened: Table | Matrix, gaps: Gaps, ignore: Collection[str]
) -> tuple[Design, list[Note]]:
    """Return the design of new data as the recipe says, and what should be known about it.

    What is missing is told to ``gaps``; the columns to ``ignore`` are known to be no part of X.

    Raises DataError for a column that is not there, of another type, or with an unknown level.
    """
    if isinstance(opened, Matrix):
        return _from_matrix(recipe, opened, gaps)
    if recipe.names is None:
        return _by_position(recipe, opened, gaps, ignore)
    return _by_name(recipe, recipe.names, opened, gaps, ignore)


def _by_name(
    recipe: Recipe, names: Sequence[str], opened: Table, gaps: Gaps, ignore: Collection[str]
) -> tuple[Design, list[Note]]:
    there = set(opened.names)
    for name in names:
        if name not in there:
            raise missing_column(name, opened.names, "model")
    used = {*names, *ignore}
    notes = _extra_note([name for name in opened.names if name not in used])
    levels = recipe.factors.keys() | (set() if recipe.formula is None else recipe.formula.coded_columns)
    known = {name: (*own, *recipe.pooled.get(name, ())) for name, own in recipe.factors.items()}
    columns = open_columns(opened, names, levels, gaps.in_use, notes, known)
    return _table_design(recipe, columns, names, gaps, notes), notes


def _table_design(
    recipe: Recipe, raw: Iterable[RawColumn], names: Sequence[str], gaps: Gaps, notes: list[Note]
) -> ColumnsDesign | FormulaDesign:
    """Return the design over raw columns, in the model's order, as the model has them."""
    reading = LevelReading(gaps.n_rows, gaps.in_use, recipe.unknown, gaps.policy, notes)
    filling = replace(reading, missing=IMPUTE)
    columns: dict[str, RawColumn] = {}
    indicators = []
    for name, column in zip(names, raw, strict=True):
        levels, fill = recipe.factors.get(name), recipe.fills.get(name)
        if levels is None:
            numbers = as_numbers(column)
            if name in recipe.booleans:
                require_booleans(numbers, gaps.in_use)
            fitting: RawColumn = numbers
        else:
            reader = reading if fill is None else filling
            fitting = reader.read(column, levels, recipe.pooled.get(name, ()))
        if fill is None:
            gaps.look(fitting)
            columns[name] = fitting
            continue
        absent = missing_rows(fitting)
        gaps.look_besides(fitting, absent)
        if fill.indicator:
            indicators.append(NumberColumn(indicator_name(name), absent))
        columns[name] = filled(fitting, fill)
        count = int(np.count_nonzero(absent if gaps.in_use is None else absent & gaps.in_use))
        notes += filled_note(
            name, fill, count, is_level=isinstance(fitting, LevelColumn), is_boolean=name in recipe.booleans
        )
    design = recipe.table_design(columns, indicators, replace(reading, in_use=gaps.complete))
    if isinstance(design, FormulaDesign):
        _look_at_codes(design, gaps)
        if gaps.policy == "drop":
            _look_at_values(design, gaps)
        notes += design.check(complete_rows(gaps))
    return design


def complete_rows(gaps: Gaps) -> Rows:
    """List the rows in use with nothing missing so far; None if that is all of them."""
    return None if gaps.complete is None else np.flatnonzero(gaps.complete)


def _look_at_values(design: FormulaDesign, gaps: Gaps) -> None:
    """Find the rows in which an expression has no value: they can have no prediction, as if one were missing."""
    for expression, rows in design.undefined(complete_rows(gaps)).items():
        undefined = np.zeros(gaps.n_rows, np.bool_)
        undefined[rows] = True
        gaps.add(f"{expression} (undefined)", undefined)


def _look_at_codes(design: FormulaDesign, gaps: Gaps) -> None:
    """Find the levels of numbers in a C() that count as missing values: their column itself misses none."""
    for place, codes in design.codes.items():
        variable = design.variables[place]
        assert isinstance(variable, FactorVariable)
        gaps.add(variable.column, codes < 0 if gaps.rows is None else (codes < 0) & ~gaps.rows)


def _by_position(recipe: Recipe, opened: Table, gaps: Gaps, ignore: Collection[str]) -> tuple[Design, list[Note]]:
    names = [name for name in opened.names if name not in set(ignore)]
    _require_width(recipe, len(names))
    own = tuple(map(NameOf(recipe.names, recipe.index_base or 0), range(recipe.width)))
    notes: list[Note] = []
    design = _table_design(recipe, [opened.column(name) for name in names], own, gaps, notes)
    message = "The model was fitted on columns without names, so the table's columns are matched by position."
    return design, [*notes, Note("matched-by-position", message, DataWarning)]


def _from_matrix(recipe: Recipe, opened: Matrix, gaps: Gaps) -> tuple[Design, list[Note]]:
    if recipe.factors:
        name = next(iter(recipe.factors))
        raise DataError(
            "an array cannot hold this factor; the model was fitted on a table",
            column=name,
            remedy="Pass a table with the columns' names",
        )
    _require_width(recipe, opened.n_columns)
    if recipe.formula is not None:
        raise DataError(
            "an array has no columns for the model's formula", remedy="Pass a table with the columns' names"
        )
    if recipe.booleans:
        places = [place for place, name in enumerate(recipe.names or ()) if name in recipe.booleans]
        for name, column in zip(recipe.booleans, opened.columns(places), strict=True):
            require_booleans(replace(column, name=name), gaps.in_use)
    notes: list[Note] = []
    if recipe.fills:
        among = Gaps(gaps.n_rows, gaps.in_use)
        opened.look(among)
        gaps.notes += among.notes
        own = map(NameOf(opened.names, opened.index_base or 0), range(recipe.width))
        for (name, fill), counted_as in zip(recipe.fills.items(), own, strict=True):
            notes += filled_note(name, fill, among.counts.get(counted_as, 0), is_boolean=name in recipe.booleans)
    else:
        opened.look(gaps)
    design = recipe.matrix_design(opened)
    if recipe.kind != "table":
        return design, notes
    message = (
        f"The model was fitted on named columns ({listed(recipe.names or ())}); the array's are matched by position."
    )
    return design, [*notes, Note("matched-by-position", message, DataWarning)]


def _require_width(recipe: Recipe, width: int) -> None:
    if width != recipe.width:
        raise DataError(
            f"the data have {width} columns, the model was fitted on {recipe.width}",
            count=width,
            remedy="Pass the columns of the fit, in their order",
        )


def _extra_note(extra: Sequence[str]) -> list[Note]:
    if not extra:
        return []
    return [Note("extra-columns", f"Columns that the model does not use were ignored: {listed(extra)}.")]
