"""The design matrix of a formula, written block by block; factors stay codes until then."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataWarning, OptionError
from logistica.core.records import Note
from logistica.core.wording import counted
from logistica.data.columns import Codes
from logistica.data.design import NumericPart, Rows
from logistica.data.formula.arithmetic import NoValueError, Standard, evaluate
from logistica.data.formula.bases import reach
from logistica.data.formula.leaves import Leaf
from logistica.data.formula.tree import Node
from logistica.data.formula.variables import FactorVariable, NumericVariable, Variable, no_value

Array = NDArray[np.float64]

CHECKED_AT_ONCE = 1 << 16
"""Rows."""
MOST_COLUMNS = 1_000_000
"""Columns of a design by formula, each of which has a name."""


@dataclass(frozen=True)
class Factor:
    """A variable's place within a term: ``full`` gives a factor one column for each level, not its contrasts."""

    variable: int
    full: bool = False


@dataclass(frozen=True, eq=False)
class Coding:
    """How codes become columns: by a matrix, shape (levels, width), or as indicators of all but ``skipped`` levels."""

    width: int
    matrix: Array | None
    skipped: int

    @classmethod
    def of(cls, variable: FactorVariable, *, full: bool) -> Self:
        """Return the coding of a factor; ``full``: one column for each level."""
        contrast, k = variable.coding(full=full), len(variable.levels)
        if contrast.matrix is None:
            return cls(k - contrast.skipped, None, contrast.skipped)
        return cls(k - 1, contrast.matrix(k), 0)

    def multiply(self, found: Array | None, codes: Codes, out: Array) -> None:
        """Write to ``out`` the products of ``found``, shape (n, k) or None for ones, with the columns of ``codes``."""
        k = 1 if found is None else found.shape[1]
        if self.matrix is not None:
            for column in range(self.width):
                chosen = self.matrix[codes, column, None]
                out[:, column * k : (column + 1) * k] = chosen if found is None else found * chosen
        else:
            out[...] = 0.0
            (there,) = np.nonzero(codes >= self.skipped)
            first = (codes[there].astype(np.intp) - self.skipped) * k
            for j in range(k):
                out[there, first + j] = 1.0 if found is None else found[there, j]
        out[codes < 0] = np.nan


@dataclass(frozen=True)
class CodedTerm:
    """One term: its variables as they are coded there, and the names of its columns, the first variable fastest."""

    factors: tuple[Factor, ...]
    names: tuple[str, ...]


def coded_factors(
    terms: Sequence[tuple[int, ...]], variables: Sequence[Variable], *, intercept: bool
) -> list[tuple[Factor, ...]]:
    """Decide as R does how each factor is coded in each term (Chambers and Hastie 1992, section 2.4.1).

    By contrasts where an earlier term holds all the others of its own term's variables; otherwise by one column for
    each level. A main effect counts as having the intercept; without one, the first factor of the first term that has
    any gets all its levels.
    """
    earlier = _Earlier()
    first = None
    if not intercept:
        first = next(
            ((t, v) for t, term in enumerate(terms) for v in term if isinstance(variables[v], FactorVariable)), None
        )
    found = []
    for t, term in enumerate(terms):
        factors = tuple(Factor(v, (t, v) == first or _needs_all(term, v, variables, earlier)) for v in term)
        earlier.add(term)
        found.append(factors)
    return found


def n_columns(factors: Sequence[Factor], variables: Sequence[Variable]) -> int:
    """Return how many columns a term has."""
    return prod(variables[factor.variable].n_columns(full=factor.full) for factor in factors)


def coded_terms(
    terms: Sequence[tuple[int, ...]], variables: Sequence[Variable], *, intercept: bool
) -> tuple[CodedTerm, ...]:
    """Return the terms with the coding of each factor and the names of their columns.

    There must not be more of them than :data:`MOST_COLUMNS`.
    """
    found = []
    for factors in coded_factors(terms, variables, intercept=intercept):
        names = [variables[factor.variable].names(full=factor.full) for factor in factors]
        joined = tuple(":".join(reversed(parts)) for parts in product(*reversed(names)))
        found.append(CodedTerm(factors, joined))
    return tuple(found)


class _Earlier:
    """The terms so far, found by any of their variables."""

    def __init__(self) -> None:
        self.holding: dict[int, list[frozenset[int]]] = {}
        self.exactly: set[frozenset[int]] = set()

    def add(self, term: tuple[int, ...]) -> None:
        held = frozenset(term)
        self.exactly.add(held)
        for variable in term:
            self.holding.setdefault(variable, []).append(held)

    def hold(self, variables: frozenset[int]) -> bool:
        """Return whether one term holds all these variables."""
        if variables in self.exactly:
            return True
        fewest = min((self.holding.get(variable, []) for variable in variables), key=len)
        return any(variables <= term for term in fewest)


def _needs_all(term: tuple[int, ...], variable: int, variables: Sequence[Variable], earlier: _Earlier) -> bool:
    rest = frozenset(term) - {variable}
    return isinstance(variables[variable], FactorVariable) and bool(rest) and not earlier.hold(rest)


class FormulaDesign:
    """The columns of a formula's terms over a table's columns.

    Parameters
    ----------
    n_rows : int
    variables : sequence of Variable
    standards : mapping of str to Standard
    terms : sequence of CodedTerm
    numbers : mapping of Leaf to NumericPart
        What the expressions are made of: raw columns of numbers, and where columns of text are a certain one.
    codes : mapping of int to array of signed integers, shape (n_rows,)
        For each factor's place among the variables, its rows' levels; -1 where missing.
    offsets : sequence of Node
        Expressions that belong to eta as they are.
    indicators : sequence of NumericPart
        Columns after all terms, which say where values were missing.
    """

    def __init__(
        self,
        n_rows: int,
        variables: Sequence[Variable],
        standards: Mapping[str, Standard],
        terms: Sequence[CodedTerm],
        numbers: Mapping[Leaf, NumericPart],
        codes: Mapping[int, Codes],
        offsets: Sequence[Node] = (),
        indicators: Sequence[NumericPart] = (),
    ) -> None:
        self.n_rows = n_rows
        self.variables = tuple(variables)
        self.standards = standards
        self.terms = tuple(terms)
        self.numbers = numbers
        self.codes = codes
        self.offsets = tuple(offsets)
        self.indicators = tuple(indicators)
        self.n_columns = sum(len(term.names) for term in terms) + len(self.indicators)
        self._codings = {
            factor: Coding.of(variable, full=factor.full)
            for term in terms
            for factor in term.factors
            if isinstance(variable := variables[factor.variable], FactorVariable)
        }

    def fill(self, rows: Rows, out: Array) -> None:
        """Write the chosen rows to ``out``, shape (rows, n_columns); see :class:`logistica.data.design.Design`."""
        seen: dict[int, Array] = {}
        first = 0
        for term in self.terms:
            width = len(term.names)
            self._fill_term(term, rows, out[:, first : first + width], seen)
            first += width
        for part in self.indicators:
            part.fill(rows, out[:, first : first + 1])
            first += 1

    def offset(self, rows: NDArray[np.intp] | None, n_classes: int) -> Array | None:
        """Return the sum of the offsets in the chosen rows (None: all), shape (rows, 1); None if there is none.

        Raises OptionError for K > 2 classes: one offset, the same for every class, would cancel.
        """
        if not self.offsets:
            return None
        if n_classes > 2:
            raise OptionError(
                f"offset() in a formula is one number a row, and {n_classes} classes need one for each class:"
                " pass offset=, a list of columns in the order of the sorted classes."
            )
        chosen: Rows = slice(0, self.n_rows) if rows is None else rows
        return np.sum([self._evaluated(node, chosen) for node in self.offsets], axis=0)[:, None]  # type: ignore[no-any-return]

    def check(self, rows: NDArray[np.intp] | None = None) -> list[Note]:
        """Evaluate the chosen rows (None: all) once, and say which splines go on beyond their ends.

        Raises DataError where an expression has no finite value.
        """
        count = self.n_rows if rows is None else len(rows)
        notes = []
        for variable in self.variables:
            if isinstance(variable, NumericVariable):
                ends = None if variable.basis is None else reach(variable.basis)
                beyond = 0
                for start in range(0, count, CHECKED_AT_ONCE):
                    here = slice(start, min(start + CHECKED_AT_ONCE, count))
                    values = self._evaluated(variable.expression, here if rows is None else rows[here])
                    if ends is not None:
                        beyond += int(np.count_nonzero((values < ends[0]) | (values > ends[1])))
                if ends is not None and beyond:
                    message = (
                        f"{variable.name} was learned from values between {ends[0]:.6g} and {ends[1]:.6g};"
                        f" {counted(beyond, 'row')} beyond, where it is only continued."
                    )
                    notes.append(Note("extrapolated", message, DataWarning))
        return notes

    def _fill_term(self, term: CodedTerm, rows: Rows, out: Array, seen: dict[int, Array]) -> None:
        """Multiply the variables' columns together; each new one goes round slower than those before it."""
        *others, last = term.factors
        found: Array | None = None
        for factor in others:
            width = self._width(factor) * (1 if found is None else found.shape[1])
            wider = np.empty((len(out), width))
            self._multiply(found, factor, rows, wider, seen)
            found = wider
        self._multiply(found, last, rows, out, seen)

    def _width(self, factor: Factor) -> int:
        variable = self.variables[factor.variable]
        return self._codings[factor].width if isinstance(variable, FactorVariable) else variable.width

    def _multiply(self, found: Array | None, factor: Factor, rows: Rows, out: Array, seen: dict[int, Array]) -> None:
        """Write to ``out`` the products of ``found``, shape (n, k) or None for ones, with a variable's columns."""
        if factor in self._codings:
            self._codings[factor].multiply(found, self.codes[factor.variable][rows], out)
            return
        if factor.variable not in seen:
            seen[factor.variable] = self._numeric(factor.variable, rows)
        values = seen[factor.variable]
        if found is None:
            out[...] = values
            return
        k = found.shape[1]
        for j in range(values.shape[1]):
            np.multiply(found, values[:, j, None], out=out[:, j * k : (j + 1) * k])

    def _numeric(self, place: int, rows: Rows) -> Array:
        """Return a numeric variable's columns, shape (n, width)."""
        variable = self.variables[place]
        assert isinstance(variable, NumericVariable)
        values = self._evaluated(variable.expression, rows)
        return values[:, None] if variable.basis is None else variable.basis.columns(values)

    def _evaluated(self, expression: Node, rows: Rows) -> Array:
        """Return an expression's values, shape (n,)."""
        length = len(range(*rows.indices(self.n_rows))) if isinstance(rows, slice) else len(rows)

        def numbers(leaf: Leaf) -> Array:
            column = np.empty((length, 1))
            self.numbers[leaf].fill(rows, column)
            return column[:, 0]

        try:
            return np.array(np.broadcast_to(evaluate(expression, numbers, self.standards), (length,)))
        except NoValueError as problem:
            row = range(*rows.indices(self.n_rows))[problem.at] if isinstance(rows, slice) else int(rows[problem.at])
            raise no_value(problem, row) from None
