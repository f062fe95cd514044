"""Rows of a matrix in a solver's coordinates, and the moments of their columns: compiled, or by NumPy."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, in_a_row, library, start_of
from logistica.core.interface import STRUCTURES, Matrix
from logistica.core.records import frozen

Array = NDArray[np.float64]


def standardise(x: Array, centre: Array, scale: Array, z: Array) -> None:
    """Write (x - centre) * scale to the last p columns of z, and 1 to the first, if it has one more.

    Parameters
    ----------
    x : array, shape (n, p)
        The last columns of z, or an array of its own.
    centre, scale : arrays, shape (p,)
    z : array, shape (n, p) or (n, p + 1), C-ordered
    """
    n, p = x.shape
    ones = z.shape[1] - p
    compiled = library()
    if compiled is None or x.strides[1] != x.itemsize:
        columns = z[:, ones:]
        np.subtract(x, centre, out=columns)
        columns *= scale
        z[:, :ones] = 1.0
    else:
        stride = x.strides[0] // x.itemsize
        compiled.logistica_standardise(start_of(x), n, p, stride, address(centre), address(scale), ones, address(z))


class _Moments(ctypes.Structure):
    """The struct ``moments`` of rows.c."""

    _fields_ = STRUCTURES["moments"]


_TYPES = {np.dtype(np.float64): 0, np.dtype(np.float32): 1}
_OF_COLUMNS = 2
"""The enum ``layout`` of rows.h."""


@frozen
class NativeRows:
    """Rows of X where they lie, for compiled loops to read: float64 or float32, rows or columns side by side.

    Attributes
    ----------
    shape : (int, int)
    dtype : dtype
    x : array, shape (n, p), or None
        The rows, or the columns where they lie at equal distances.
    columns : array of intp, shape (p,), or None
        The address of each column's first number, where the numbers of a column are side by side.
    """

    shape: tuple[int, int]
    dtype: np.dtype[Any]
    x: NDArray[Any] | None
    columns: NDArray[np.intp] | None

    @classmethod
    def of(cls, x: NDArray[Any], *, by_columns: bool = False) -> NativeRows | None:
        """Return an array, shape (n, p), as such rows, if its rows, or its columns, lie so that loops can read them."""
        n, p = x.shape
        down, across = x.strides
        size = x.itemsize
        if x.dtype not in _TYPES or not x.flags.aligned or down % size or across % size:
            return None
        if by_columns and (down == size or n <= 1 or p == 0):
            return cls((n, p), x.dtype, x, start_of(x) + across * np.arange(p))
        return cls((n, p), x.dtype, x, None) if not by_columns and (across == size or p <= 1) else None

    @classmethod
    def of_columns(cls, n: int, dtype: np.dtype[Any], addresses: NDArray[np.intp]) -> NativeRows:
        """Return columns that start at some addresses; who calls keeps their arrays."""
        return cls((n, len(addresses)), dtype, None, addresses)

    def struct(self) -> Matrix:
        """Return the same for a compiled function; it is good as long as this object is."""
        kind = _TYPES[self.dtype]
        if self.columns is not None:
            return Matrix(*self.shape, _OF_COLUMNS + kind, None, 0, address(self.columns))
        assert self.x is not None
        return Matrix(*self.shape, kind, start_of(self.x), self.x.strides[0] // self.x.itemsize, None)


def moments(x: NativeRows, weights: Array | None, centre: Array, scale: Array) -> tuple[Array, Array, Array, Array]:
    """Return what there is to know of each column in one pass.

    Parameters
    ----------
    x : NativeRows
        n of them, at least 1, of p columns, without NaN.
    weights : array, shape (n,), or None
    centre, scale : arrays, shape (p,)

    Returns
    -------
    low, high : arrays, shape (p,)
        The smallest and the largest number.
    first, second : arrays, shape (p,)
        The weighted sums of z = (x - centre) * scale and of its square.
    """
    compiled = library()
    if compiled is None:
        assert x.x is not None
        z = (x.x - centre) * scale
        ones = np.ones(len(z)) if weights is None else weights
        return x.x.min(axis=0), x.x.max(axis=0), ones @ z, ones @ np.square(z)
    p = x.shape[1]
    found = np.zeros((4, p))
    found[0], found[1] = np.inf, -np.inf
    weights = in_a_row(weights)
    matrix, start = x.struct(), start_of(found)
    rows = range(start, start + found.nbytes, p * found.itemsize) if p else (start,) * 4
    to = _Moments(*map(address, (weights, centre, scale)), *rows)
    compiled.logistica_moments(ctypes.addressof(matrix), ctypes.addressof(to))
    low, high, first, second = found
    return low, high, first, second
