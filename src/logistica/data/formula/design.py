"""The design matrix of a formula, written block by block; factors stay codes until then."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataWarning, OptionError
from logistica.core.records import Note
from logistica.core.wording import counted
from logistica.data.by_codes import ByCodes, CodedFactor, are_readable, is_worth_coding
from logistica.data.columns import Codes
from logistica.data.design import ColumnsDesign, Design, Filling, NumericPart, Rows
from logistica.data.formula.arithmetic import NoValueError, Standard, evaluate
from logistica.data.formula.bases import reach
from logistica.data.formula.coded import CodedTerm, Coding, Factor
from logistica.data.formula.leaves import Leaf, column_names
from logistica.data.formula.tree import Name, Node
from logistica.data.formula.variables import FactorVariable, NumericVariable, Variable, no_value

Array = NDArray[np.float64]

CHECKED_AT_ONCE = 1 << 16
"""Rows."""


class FormulaDesign(Filling):
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
        self._numeric = {place: one for place, one in enumerate(variables) if isinstance(one, NumericVariable)}
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

    @cached_property
    def by_codes(self) -> ByCodes | None:
        """The same as numbers and factors by their codes."""
        first, factors, others, places = 0, [], [], []
        for term in self.terms:
            found = self._coded(term, first)
            if found is None:
                others.append(term)
                places.append(np.arange(first, first + len(term.names)))
            else:
                factors.append(found)
            first += len(term.names)
        if not factors:
            return None
        return ByCodes(
            self._numbers_of(others), np.concatenate([*places, np.arange(first, self.n_columns)]), tuple(factors)
        )

    def _coded(self, term: CodedTerm, first: int) -> CodedFactor | None:
        """Return a term of nothing but factors by their codes, if that is worth it."""
        variables = [self.variables[factor.variable] for factor in term.factors]
        sizes = [len(one.levels) for one in variables if isinstance(one, FactorVariable)]
        columns = [self.codes[factor.variable] for factor in term.factors if factor in self._codings]
        if len(sizes) < len(variables) or not is_worth_coding(sizes, len(term.names)) or not are_readable(columns):
            return None
        matrix: Array = np.ones((1, 1))
        for factor, size in zip(term.factors, sizes, strict=True):
            matrix = np.asarray(np.kron(self._codings[factor].lines(size), matrix), np.float64)
        return CodedFactor(first, matrix, tuple(columns), tuple(sizes))

    def _numbers_of(self, terms: Sequence[CodedTerm]) -> Design:
        """Return a design of some terms, and of the indicators: where it is but columns, of these as they lie."""
        parts = [self._column_of(term) for term in terms]
        plain = [part for part in parts if part is not None]
        if len(plain) == len(parts):
            return ColumnsDesign(self.n_rows, [*plain, *self.indicators])
        return FormulaDesign(
            self.n_rows, self.variables, self.standards, terms, self.numbers, self.codes, (), self.indicators
        )

    def _column_of(self, term: CodedTerm) -> NumericPart | None:
        """Return the column of numbers that a term is; None if it is more than that."""
        variable = self._numeric.get(term.factors[0].variable)
        if variable is None or len(term.factors) > 1 or variable.basis is not None:
            return None
        return self.numbers[variable.expression.text] if isinstance(variable.expression, Name) else None

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
        values = [self._with_columns(NumericVariable("", node), chosen)[1] for node in self.offsets]
        return np.asarray(np.sum(values, axis=0))

    def check(self, rows: NDArray[np.intp] | None = None) -> list[Note]:
        """Evaluate the chosen rows (None: all) once, and say which splines go on beyond their ends.

        Raises DataError where an expression has no finite value.
        """
        beyond = dict.fromkeys(self._numeric, 0)
        for here in self._pieces(rows):
            for place, variable in self._numeric.items():
                values, _ = self._with_columns(variable, here)
                ends = None if variable.basis is None else reach(variable.basis)
                if ends is not None:
                    beyond[place] += int(np.count_nonzero((values < ends[0]) | (values > ends[1])))
        return [self._beyond_note(self._numeric[place], count) for place, count in beyond.items() if count]

    def undefined(self, rows: NDArray[np.intp] | None = None) -> dict[str, NDArray[np.intp]]:
        """Return which of the chosen rows (None: all) have no value, by the expressions that have none."""
        found: dict[str, list[NDArray[np.intp]]] = {}
        offsets = [NumericVariable("", node) for node in self.offsets]
        for piece in self._pieces(rows):
            for variable in (*self._numeric.values(), *offsets):
                here = np.arange(piece.start, piece.stop) if isinstance(piece, slice) else piece
                while True:
                    try:
                        self._columns_of(variable, here)
                    except NoValueError as problem:
                        found.setdefault(problem.expression, []).append(here[problem.places])
                        here = np.delete(here, problem.places)
                    else:
                        break
        return {expression: np.concatenate(pieces) for expression, pieces in found.items()}

    def _pieces(self, rows: NDArray[np.intp] | None) -> Iterator[Rows]:
        """Yield the chosen rows (None: all), some at a time."""
        count = self.n_rows if rows is None else len(rows)
        for start in range(0, count, CHECKED_AT_ONCE):
            here = slice(start, min(start + CHECKED_AT_ONCE, count))
            yield here if rows is None else rows[here]

    def _beyond_note(self, variable: NumericVariable, count: int) -> Note:
        assert variable.basis is not None
        low, high = reach(variable.basis) or (0.0, 0.0)
        message = (
            f"{variable.name} was learned from values between {low:.6g} and {high:.6g}; {counted(count, 'row')} beyond,"
            " where it is only continued."
        )
        return Note("extrapolated", message, DataWarning)

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
            _, seen[factor.variable] = self._with_columns(self._numeric[factor.variable], rows)
        values = seen[factor.variable]
        if found is None:
            out[...] = values
            return
        k = found.shape[1]
        for j in range(values.shape[1]):
            np.multiply(found, values[:, j, None], out=out[:, j * k : (j + 1) * k])

    def _with_columns(self, variable: NumericVariable, rows: Rows) -> tuple[Array, Array]:
        """Return a numeric variable's values, shape (n,), and their columns, shape (n, width), all finite."""
        try:
            return self._columns_of(variable, rows)
        except NoValueError as problem:
            at = int(problem.places[0])
            row = range(*rows.indices(self.n_rows))[at] if isinstance(rows, slice) else int(rows[at])
            raise no_value(problem, row) from None

    def _columns_of(self, variable: NumericVariable, rows: Rows) -> tuple[Array, Array]:
        """Return the same; NoValueError where one is not finite though its values are."""
        length = len(range(*rows.indices(self.n_rows))) if isinstance(rows, slice) else len(rows)

        def numbers(leaf: Leaf) -> Array:
            column = np.empty((length, 1))
            self.numbers[leaf].fill(rows, column)
            return column[:, 0]

        values = np.array(np.broadcast_to(evaluate(variable.expression, numbers, self.standards), (length,)))
        if variable.basis is None:
            return values, values[:, None]
        columns = variable.basis.columns(values)
        places = np.flatnonzero(~np.isfinite(columns).all(axis=1) & np.isfinite(values))
        if len(places):
            given = f"{values[places[0]]:.6g}"
            raise NoValueError(variable.name, column_names(variable.expression), places, given)
        return values, columns
