"""Rows of factors by their codes: sums by levels instead of products with indicators.

With v one indicator for each level of each factor, of which only the ones are thought of,

    v'theta       is an entry of each factor's table,
    v r           adds a row's r to one place of each factor,
    v (w z)'      adds its numbers z, times w, to a line for each factor, and
    v diag(w) v'  adds its w to one cell for each pair of factors.

What the columns of a factor are, such as contrasts, is said by a matrix that is multiplied with these sums at the end.
There is no such loop by NumPy: where nothing is compiled the columns are written out, as others are.
"""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, library, start_of
from logistica.core.interface import COUNT, STRUCTURES

Array = NDArray[np.float64]
Codes = NDArray[np.signedinteger[Any]]

_TOGETHER = 512
"""The enum of coded.c."""


class _Coded(ctypes.Structure):
    """The struct ``coded`` of coded.c."""

    _fields_ = STRUCTURES["coded"]


@dataclass(frozen=True)
class FactorCodes:
    """Some rows of a factor, or of several that are one: each combination of their levels is a level.

    Attributes
    ----------
    columns : tuple of arrays of signed integers, shape (n,)
        Contiguous and native. A negative code is a missing value, and makes the row NaN.
    sizes : tuple of int
        How many levels each has; those of the first change fastest.
    """

    columns: tuple[Codes, ...]
    sizes: tuple[int, ...]

    @property
    def n_levels(self) -> int:
        """How many combinations there are."""
        return prod(self.sizes)

    @property
    def steps(self) -> list[int]:
        """What a code of each column counts."""
        return [prod(self.sizes[:place]) for place in range(len(self.sizes))]


@dataclass(frozen=True)
class CodedRows:
    """Some rows of factors, whose levels are counted on from one factor to the next.

    Attributes
    ----------
    n_rows : int
    factors : sequence of FactorCodes
        One at least.
    missing : array of bool, shape (n,), or None
        The rows that a missing value of a factor makes NaN.
    """

    n_rows: int
    factors: Sequence[FactorCodes]
    missing: NDArray[np.bool_] | None

    @classmethod
    def of(cls, factors: Sequence[FactorCodes]) -> CodedRows:
        """Look through the codes. IndexError for one beyond its levels, which no loop would notice."""
        missing = None
        for factor in factors:
            for codes, size in zip(factor.columns, factor.sizes, strict=True):
                if len(codes) and codes.max() >= size:
                    raise IndexError(f"code {codes.max()} of a factor of {size} levels")
                if len(codes) and codes.min() < 0:
                    missing = codes < 0 if missing is None else missing | (codes < 0)
        return cls(len(factors[0].columns[0]), factors, missing)

    @cached_property
    def n_levels(self) -> int:
        """Those of all factors together."""
        return sum(factor.n_levels for factor in self.factors)

    def add_times(self, tables: Array, out: Array) -> None:
        """Add the tables' entries, shape (levels, k), at the rows' levels to ``out``, shape (n, k), C-ordered."""
        tables = np.ascontiguousarray(tables.T)
        library().logistica_coded_times(self._struct.address, address(tables), len(tables), address(out))
        if self.missing is not None:
            out[self.missing] = np.nan

    def by_level(self, values: Array) -> Array:
        """Return the sums by levels, shape (levels, k), of values, shape (n, k)."""
        values = np.ascontiguousarray(self._known(values))
        sums = np.zeros((values.shape[1], self.n_levels))
        library().logistica_coded_transposed(self._struct.address, address(values), len(sums), address(sums))
        return sums.T

    def cross(self, z: Array, weights: Array) -> Array:
        """Return the weighted sums by levels of z, shape (n, q), and of the levels of the factors before.

        Parameters
        ----------
        z : array, shape (n, q), C-ordered
        weights : array, shape (n,)

        Returns
        -------
        sums : array, shape (levels, q + levels)
            Zero where the column's factor is not before the row's.
        """
        weights, q = np.ascontiguousarray(self._known(weights)), z.shape[1]
        sums, room = np.zeros((self.n_levels, q + self.n_levels)), np.empty(q)
        library().logistica_coded_cross(
            self._struct.address, address(z), q, address(weights), address(room), address(sums)
        )
        return sums

    def _known(self, values: Array) -> Array:
        """Return values, shape (n, ...), NaN where a factor's value is missing."""
        if self.missing is None:
            return values
        return np.where(self.missing.reshape(-1, *[1] * (values.ndim - 1)), np.nan, values)

    @cached_property
    def _struct(self) -> _Struct:
        return _Struct(self.n_rows, self.factors)


class _Struct:
    """Factors for the compiled functions; good as long as this object and the codes are."""

    def __init__(self, n_rows: int, factors: Sequence[FactorCodes]) -> None:
        columns = [codes for factor in factors for codes in factor.columns]
        sizes = [factor.n_levels for factor in factors]
        numbers = (
            list(accumulate(len(factor.columns) for factor in factors)),
            [start_of(codes) for codes in columns],
            [codes.itemsize for codes in columns],
            [step for factor in factors for step in factor.steps],
            [0, *accumulate(sizes[:-1])],
        )
        self._arrays: tuple[ctypes.Array[Any], ...] = (
            *((COUNT * len(one))(*one) for one in numbers),
            (ctypes.c_int32 * (len(factors) * _TOGETHER))(),
        )
        self._struct = _Coded(n_rows, len(factors), sum(sizes), *[ctypes.addressof(one) for one in self._arrays])
        self.address = ctypes.addressof(self._struct)
