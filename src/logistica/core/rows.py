"""Rows of a matrix, moved, scaled and weighted: compiled or not, the same numbers bit for bit."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, library

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
        compiled.logistica_standardise(address(x), n, p, stride, address(centre), address(scale), ones, address(z))


def scale_rows(z: Array, factor: Array, out: Array) -> Array:
    """Write factor * z, row by row, to ``out``, and return it: z and ``out`` of shape (n, q), factor of (n,)."""
    compiled = library()
    if compiled is None:
        np.multiply(z, factor[:, None], out=out)
    else:
        compiled.logistica_scale_rows(address(z), address(factor), *z.shape, address(out))
    return out


def span(x: Array) -> tuple[Array, Array]:
    """Return the smallest and the largest number of each column of x, shape (n, p), without NaN, n at least 1."""
    n, p = x.shape
    compiled = library()
    if compiled is None or x.strides[1] != x.itemsize:
        return x.min(axis=0), x.max(axis=0)
    low, high = np.empty(p), np.empty(p)
    compiled.logistica_span(address(x), n, p, x.strides[0] // x.itemsize, address(low), address(high))
    return low, high
