"""The variables of a formula, as the rows in use define them: numbers, bases of several columns, factors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.core.wording import listed
from logistica.data.columns import Level, NumberColumn, RawColumn, level_text
from logistica.data.factors import OTHER, like
from logistica.data.formula.arithmetic import NoValueError, Standard, evaluate
from logistica.data.formula.bases import Basis, learn_basis
from logistica.data.formula.contrasts import CONTRASTS, INDICATORS, Contrast
from logistica.data.formula.functions import BASES, STANDARD, Reader
from logistica.data.formula.leaves import Leaf, Match, column_names, leaf_of, leaves_in
from logistica.data.formula.sample import Sample
from logistica.data.formula.terms import Formula
from logistica.data.formula.tree import Call, Name, Node, parts_of, text_of

Array = NDArray[np.float64]
Rows = NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class NumericVariable:
    """An expression over columns of numbers, or a basis of one.

    ``expression`` is what is evaluated; ``basis`` makes several columns of its values, None for one column.
    """

    name: str
    expression: Node
    basis: Basis | None = None

    @property
    def width(self) -> int:
        return 1 if self.basis is None else self.basis.width

    def n_columns(self, *, full: bool) -> int:
        """Return how many columns it has; ``full`` is for factors."""
        return self.width

    def names(self, *, full: bool) -> tuple[str, ...]:
        """Return the columns' names; ``full`` is for factors."""
        if self.basis is None:
            return (self.name,)
        return tuple(f"{self.name}[{j + 1}]" for j in range(self.width))


@dataclass(frozen=True)
class FactorVariable:
    """A factor: its column, its levels in the order of its contrasts, and their kind."""

    name: str
    column: str
    levels: tuple[Level, ...]
    contrast: str = "Treatment"

    def coding(self, *, full: bool) -> Contrast:
        """Return how levels become columns; ``full``: one column for each level."""
        return INDICATORS if full else CONTRASTS[self.contrast]

    def n_columns(self, *, full: bool) -> int:
        """Return how many columns it has."""
        return len(self.levels) - (not full)

    def names(self, *, full: bool) -> tuple[str, ...]:
        """Return the columns' names."""
        suffixes = self.coding(full=full).suffixes(tuple(map(level_text, self.levels)))
        return tuple(f"{self.name}[{suffix}]" for suffix in suffixes)


Variable = NumericVariable | FactorVariable


@dataclass(frozen=True)
class Learned:
    """A formula's variables, and what ``center()`` and ``scale()`` learned, by their texts."""

    variables: tuple[Variable, ...]
    standards: Mapping[str, Standard]


def raw_columns(formula: Formula) -> list[str]:
    """Return the columns that the predictors and offsets of a formula name, each once, in order."""
    found: dict[str, None] = {}
    for node in (*formula.variables, *formula.offsets):
        found |= dict.fromkeys(column_names(node))
    return list(found)


def standards_in(node: Node) -> set[str]:
    """Return the texts of the center() and scale() calls in an expression."""
    return {text_of(one) for one in _calls_first(node) if isinstance(one, Call) and one.function in STANDARD}


def _calls_first(node: Node) -> Iterator[Node]:
    """Walk a tree, the inside of a call before it; of center() and scale() only the first argument is inside."""
    inside = parts_of(node)
    if isinstance(node, Call) and node.function in STANDARD:
        inside = inside[:1]
    for part in inside:
        yield from _calls_first(part)
    yield node


def learn(
    formula: Formula, columns: Mapping[str, RawColumn], rows: Rows | None, frequencies: Array | None = None
) -> Learned:
    """Make the variables of a formula from its columns, over the rows in use (None: all).

    ``frequencies``, shape (rows,), say how many rows each stands for; None: one.

    Raises
    ------
    FormulaError
        For calls that have no meaning, or cannot be learned from these values.
    DataError
        For text where numbers are needed, or an expression without a finite value.
    """
    learner = _Learner(Reader(formula.text), columns, rows, frequencies, {})
    variables = tuple(learner.variable(node) for node in formula.variables)
    for node in formula.offsets:
        learner.expression(node)
    return Learned(variables, learner.standards)


@dataclass
class _Learner:
    reader: Reader
    columns: Mapping[str, RawColumn]
    rows: Rows | None
    frequencies: Array | None
    standards: dict[str, Standard]

    def variable(self, node: Node) -> Variable:
        if isinstance(node, Name):
            column = self.columns[node.text]
            if isinstance(column, NumberColumn):
                return NumericVariable(node.text, node)
            return FactorVariable(node.text, node.text, self._levels(column))
        if not isinstance(node, Call):
            raise AssertionError("terms are made of names and calls")
        self.reader.check_known(node)
        if node.function == "C":
            return self._factor(node)
        if node.function not in BASES:
            self.expression(node)
            return NumericVariable(text_of(node), node)
        self.reader.basis_arguments(node)
        argument = node.arguments[0].value
        self.expression(argument)
        return NumericVariable(text_of(node), argument, learn_basis(self.reader, node, self._sample(argument, node)))

    def expression(self, node: Node) -> None:
        """Check an expression over numbers, and learn what is to be learned inside it."""
        self.reader.check_expression(node)
        for leaf in leaves_in(node):
            if isinstance(leaf, str):
                require_numbers(self.columns[leaf])
        for one in _calls_first(node):
            matched = leaf_of(one)
            if isinstance(matched, Match):
                self._require_level(matched, one)
            if isinstance(one, Call) and one.function in STANDARD and text_of(one) not in self.standards:
                sample = self._sample(one.arguments[0].value, one)
                self.standards[text_of(one)] = self.reader.learn_standard(one, sample)

    def _factor(self, node: Call) -> FactorVariable:
        asked = self.reader.coding(node)
        levels = self._levels(self.columns[asked.column])
        if asked.levels is not None:
            levels = self._ordered(levels, asked.levels, node)
        if asked.base is not None:
            (base,) = like([asked.base], levels)
            if base not in levels:
                self._no_level(asked.base, asked.column, levels, node)
            levels = (base, *(level for level in levels if level != base))
        most = CONTRASTS[asked.contrast].most_levels
        if most is not None and len(levels) > most:
            self.reader.fail(
                f"{asked.column!r} has {len(levels):,} levels, and {asked.contrast} contrasts code at most {most:,};"
                " Treatment codes any number",
                node,
            )
        return FactorVariable(text_of(node), asked.column, levels, asked.contrast)

    def _ordered(self, levels: tuple[Level, ...], stated: tuple[Level, ...], node: Call) -> tuple[Level, ...]:
        """Return the levels that occur in the order that is stated; each must be in it, and pooled ones come last."""
        order = like(stated, levels)
        for level in levels:
            if level not in order and level != OTHER:
                self.reader.fail(
                    f"the level {level!r} occurs, and is not among the stated levels: {listed(stated)}", node
                )
        return tuple(sorted(levels, key=lambda level: order.index(level) if level in order else len(order)))

    def _require_level(self, match: Match, node: Node) -> None:
        """Refuse the comparison with a text that is no level, which would never hold."""
        column = self.columns[match.column]
        matches(column, match.text)
        levels = self._levels(column)
        if match.text not in map(level_text, levels):
            self._no_level(match.text, match.column, levels, node)

    def _no_level(self, level: Level, column: str, levels: Sequence[Level], node: Node) -> NoReturn:
        self.reader.fail(f"{level!r} is none of the levels of {column!r}: {listed(levels)}", node)

    def _levels(self, column: RawColumn) -> tuple[Level, ...]:
        """Return the levels that occur in the rows in use; of numbers and booleans each different one."""
        if isinstance(column, NumberColumn):
            values = np.asarray(column.values)
            present = values if self.rows is None else values[self.rows]
            return tuple(np.unique(present).tolist())
        used = column.codes if self.rows is None else column.codes[self.rows]
        counts = np.bincount(used[used >= 0], minlength=len(column.levels))
        return tuple(column.levels[code] for code in np.flatnonzero(counts))

    def _sample(self, node: Node, call: Call) -> Sample:
        """Return the values of what a call learns from."""
        values = expression_values(node, self.columns, self.standards, self.rows)
        if not values.ndim:
            self.reader.fail(f"{call.function}() needs a column", call)
        return Sample(values, self.frequencies)


def require_numbers(column: RawColumn) -> NumberColumn:
    """Return the column if it holds numbers; text raises DataError."""
    if isinstance(column, NumberColumn):
        return column
    shown = f" such as {column.levels[0]!r}" if column.levels else ""
    raise DataError(
        f"text or categories{shown} where the formula needs numbers",
        column=column.name,
        remedy="Convert the column to numbers, or use it by itself, as a factor",
    )


def numbers_of(column: RawColumn) -> Array:
    """Return a column's numbers as float64, shape (n,), NaN where missing; text raises DataError."""
    numbers = require_numbers(column)
    values = np.asarray(numbers.values, np.float64)
    return values if numbers.missing is None else np.where(numbers.missing, np.nan, values)


def matches(column: RawColumn, text: str) -> Array:
    """Return 1 where a column of levels is ``text``, else 0, shape (n,), NaN where missing; numbers raise DataError."""
    if isinstance(column, NumberColumn):
        raise DataError(
            f"numbers or booleans where the formula compares with the text {text!r}",
            column=column.name,
            remedy="Compare with a number, without quotes; booleans are 1 and 0",
        )
    held = np.array([*(float(level_text(level) == text) for level in column.levels), np.nan])
    return np.asarray(held[column.codes])


def leaf_values(leaf: Leaf, columns: Mapping[str, RawColumn]) -> Array:
    """Return the values of a column of numbers, or of a match, shape (n,), NaN where missing."""
    return matches(columns[leaf.column], leaf.text) if isinstance(leaf, Match) else numbers_of(columns[leaf])


def expression_values(
    node: Node, columns: Mapping[str, RawColumn], learned: Mapping[str, Standard], rows: Rows | None
) -> Array:
    """Return an expression's values in the chosen rows (None: all), shape (rows,); DataError where there is none."""

    def numbers(leaf: Leaf) -> Array:
        values = leaf_values(leaf, columns)
        return values if rows is None else values[rows]

    try:
        return np.asarray(evaluate(node, numbers, learned), np.float64)
    except NoValueError as problem:
        at = int(problem.places[0])
        raise no_value(problem, at if rows is None else int(rows[at])) from None


def no_value(problem: NoValueError, row: int) -> DataError:
    """Return the error for an expression without a finite value in a row of the data."""
    return DataError(
        f"{problem.expression} has no finite value in row {row}, where it is made of {problem.arguments}",
        column=problem.columns[0] if problem.columns else None,
        row=row,
        remedy="Correct the value, leave the row out, or use another function",
    )
