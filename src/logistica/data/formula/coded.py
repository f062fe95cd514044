"""How the factors of a formula's terms become columns, and what those are called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Self

import numpy as np
from numpy.typing import NDArray

from logistica.data.by_codes import indicators
from logistica.data.columns import Codes
from logistica.data.formula.variables import FactorVariable, Variable

Array = NDArray[np.float64]

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

    def lines(self, n_levels: int) -> Array:
        """Return what each level has in its columns, shape (levels, width)."""
        return indicators(n_levels, self.skipped) if self.matrix is None else self.matrix

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
