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


def moments(x: Array, weights: Array | None, centre: Array, scale: Array) -> tuple[Array, Array, Array, Array]:
    """Return what there is to know of each column in one pass.

    Parameters
    ----------
    x : array, shape (n, p)
        Without NaN, n at least 1.
    weights : array, shape (n,), or None
    centre, scale : arrays, shape (p,)

    Returns
    -------
    low, high : arrays, shape (p,)
        The smallest and the largest number.
    first, second : arrays, shape (p,)
        The weighted sums of z = (x - centre) * scale and of its square.
    """
    n, p = x.shape
    compiled = library()
    if compiled is None or x.strides[1] != x.itemsize:
        z = (x - centre) * scale
        ones = np.ones(n) if weights is None else weights
        return x.min(axis=0), x.max(axis=0), ones @ z, ones @ np.square(z)
    low, high, first, second = np.empty(p), np.empty(p), np.zeros(p), np.zeros(p)
    weights = None if weights is None else np.ascontiguousarray(weights)
    compiled.logistica_moments(
        address(x), n, p, x.strides[0] // x.itemsize, address(weights), address(centre), address(scale),
        address(low), address(high), address(first), address(second),
    )  # fmt: skip
    return low, high, first, second
