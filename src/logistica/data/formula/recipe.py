"""What a model remembers of its formula: how the raw columns of any table become its design columns."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import FormulaError
from logistica.data.coding import LevelReading, as_numbers, numeric_part
from logistica.data.columns import Level, RawColumn
from logistica.data.design import NumericPart
from logistica.data.formula.arithmetic import Standard
from logistica.data.formula.coded import MOST_COLUMNS, CodedTerm, coded_factors, coded_terms, n_columns
from logistica.data.formula.design import FormulaDesign
from logistica.data.formula.leaves import Leaf, Match, column_names, leaves_in
from logistica.data.formula.terms import Formula
from logistica.data.formula.tree import Node
from logistica.data.formula.variables import (
    FactorVariable,
    NumericVariable,
    Variable,
    learn,
    matches,
    raw_columns,
)
from logistica.data.in_use import Rows

Array = NDArray[np.float64]
ColumnOf = Callable[[str], RawColumn]


@dataclass(frozen=True, eq=False)
class FormulaRecipe:
    """A formula with everything that it learned from the rows in use.

    Attributes
    ----------
    text : str
        As the user wrote it.
    intercept : bool
    variables : tuple of Variable
    terms : tuple of tuple of int
        Places in ``variables``.
    standards : mapping of str to Standard
        Of each ``center()`` and ``scale()``, by its text.
    offsets : tuple of Node
        Expressions that are added to eta.
    """

    text: str
    intercept: bool
    variables: tuple[Variable, ...]
    terms: tuple[tuple[int, ...], ...]
    standards: Mapping[str, Standard]
    offsets: tuple[Node, ...] = ()

    @cached_property
    def coded(self) -> tuple[CodedTerm, ...]:
        """The terms with the coding of each factor."""
        return coded_terms(self.terms, self.variables, intercept=self.intercept)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the design columns."""
        return tuple(name for term in self.coded for name in term.names)

    @property
    def baselines(self) -> tuple[tuple[str, Level], ...]:
        """The factors that are compared with one level anywhere, and that level."""
        compared = {factor.variable for term in self.coded for factor in term.factors if not factor.full}
        return tuple(
            (variable.name, variable.levels[0])
            for place, variable in enumerate(self.variables)
            if isinstance(variable, FactorVariable) and variable.contrast == "Treatment" and place in compared
        )

    @property
    def in_offset(self) -> set[str]:
        """The columns of offsets, which are never filled in."""
        return {name for node in self.offsets for name in column_names(node)}

    @property
    def coded_columns(self) -> set[str]:
        """The columns that are factors here, whatever they hold."""
        return {variable.column for variable in self.variables if isinstance(variable, FactorVariable)}

    def design(self, column: ColumnOf, indicators: Sequence[NumericPart], reading: LevelReading) -> FormulaDesign:
        """Return the design over raw columns; ``reading`` says what an unknown level of a ``C()`` of numbers does."""
        codes = {
            place: reading.read(column(variable.column), variable.levels).codes
            for place, variable in enumerate(self.variables)
            if isinstance(variable, FactorVariable)
        }
        expressions = [variable.expression for variable in self.variables if isinstance(variable, NumericVariable)]
        needed = [leaf for node in (*expressions, *self.offsets) for leaf in leaves_in(node)]
        numbers = {leaf: _leaf_part(leaf, column) for leaf in needed}
        return FormulaDesign(
            reading.n_rows, self.variables, self.standards, self.coded, numbers, codes, self.offsets, indicators
        )


def _leaf_part(leaf: Leaf, column: ColumnOf) -> NumericPart:
    if isinstance(leaf, Match):
        return NumericPart(matches(column(leaf.column), leaf.text))
    return numeric_part(as_numbers(column(leaf)))


def _check_size(formula: Formula, variables: Sequence[Variable]) -> None:
    """Refuse more columns than can be named, before any is."""
    total = 0
    for term, factors in zip(
        formula.terms, coded_factors(formula.terms, variables, intercept=formula.intercept), strict=True
    ):
        count = n_columns(factors, variables)
        total += count
        if total > MOST_COLUMNS:
            name = ":".join(variables[place].name for place in term)
            others = f", with those before it {total:,}" if total > count else ""
            problem = (
                f"{name} makes {count:,} columns{others}; at most {MOST_COLUMNS:,} are made. Pool levels with rare=, or"
                " leave the interaction out"
            )
            raise FormulaError(problem, formula.text, formula.variables[term[0]].at)


def learn_formula(formula: Formula, column: ColumnOf, rows: Rows, frequencies: Array | None = None) -> FormulaRecipe:
    """Learn a formula from a table's columns over the rows in use (None: all); see :func:`.variables.learn`.

    Raises FormulaError also for more than a million columns.
    """
    learned = learn(formula, {name: column(name) for name in raw_columns(formula)}, rows, frequencies)
    _check_size(formula, learned.variables)
    return FormulaRecipe(
        formula.text, formula.intercept, learned.variables, formula.terms, learned.standards, formula.offsets
    )
