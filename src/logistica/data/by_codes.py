"""A design with factors as what its rows are: numbers, and codes that say which levels they have.

A factor's columns are those of a matrix with a line for each level, be they indicators or other contrasts; where a
term joins several factors, each combination of their levels is a level. Then sums over rows are made by levels, and the
columns are never written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.coded import CodedRows, Codes, FactorCodes

if TYPE_CHECKING:
    from logistica.data.design import Design, Rows

Array = NDArray[np.float64]

FEWEST_COLUMNS = 2
"""Of a factor: one column is written, and read, as quickly as a code."""
MOST_LEVELS = 1024
"""Of one term: its matrix is held."""
MOST_UNUSED = 4
"""Levels to a column: joined factors by contrasts may have many more levels than columns."""


@dataclass(frozen=True, eq=False)
class CodedFactor:
    """A factor's, or several joined factors', columns.

    Attributes
    ----------
    first : int
        The first of its columns among the design's.
    matrix : array, shape (levels, width)
        What each level has in them; of joined factors the levels of the first change fastest.
    columns : tuple of arrays of signed integers, shape (n_rows,)
        The codes of each of the factors that are joined.
    sizes : tuple of int
        How many levels each of them has.
    """

    first: int
    matrix: Array
    columns: tuple[Codes, ...]
    sizes: tuple[int, ...]

    @property
    def places(self) -> slice:
        """Its columns among the design's."""
        return slice(self.first, self.first + self.matrix.shape[1])

    def codes(self, rows: Rows) -> FactorCodes:
        """Return the codes of the chosen rows."""
        return FactorCodes(tuple(np.ascontiguousarray(codes[rows]) for codes in self.columns), self.sizes)


@dataclass(frozen=True, eq=False)
class ByCodes:
    """A design's columns, as numbers and factors.

    Attributes
    ----------
    numbers : Design
        The columns that are no factors'.
    number_places : array of intp
        Where these are among all columns.
    factors : tuple of CodedFactor
        One at least.
    kept : list
        For who reads it again and again: pairs of an object and of what was made for it.
    """

    numbers: Design
    number_places: NDArray[np.intp]
    factors: tuple[CodedFactor, ...]
    kept: list[tuple[Any, Any]] = field(default_factory=list)

    @cached_property
    def n_levels(self) -> int:
        """Those of all factors together."""
        return sum(len(factor.matrix) for factor in self.factors)

    @property
    def n_products(self) -> int:
        """Of a 1, the numbers and the levels with one another."""
        return (1 + len(self.number_places) + self.n_levels) ** 2

    @property
    def width(self) -> int:
        """Scratch numbers of a row: its numbers, and a code of each factor."""
        return len(self.number_places) + len(self.factors)

    def rows(self, rows: Rows) -> CodedRows:
        """Return the chosen rows of the factors."""
        return CodedRows.of([factor.codes(rows) for factor in self.factors])


def indicators(n_levels: int, skipped: int) -> Array:
    """Return the matrix of a factor by indicators of all levels but the first ``skipped``."""
    return np.eye(n_levels)[:, skipped:]


def is_worth_coding(sizes: Sequence[int], width: int) -> bool:
    """Whether a term of factors with so many levels each, and so many columns, is better read by its codes."""
    levels = int(np.prod(sizes, dtype=np.float64))
    return width >= FEWEST_COLUMNS and levels <= min(MOST_LEVELS, MOST_UNUSED * width)


def are_readable(columns: Sequence[Codes]) -> bool:
    """Whether compiled loops can read such codes."""
    return all(codes.dtype.kind == "i" and codes.dtype.isnative and codes.flags.aligned for codes in columns)
