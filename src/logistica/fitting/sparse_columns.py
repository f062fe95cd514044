"""What sparse columns look like, from their entries alone: the figures that ``fitting/columns.py`` makes of all values.

A column's other values are zeros, and as many as are not stored.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.sparse import SparseRows
from logistica.objective.coordinates import Coordinates

Array = NDArray[np.float64]

AT_ONCE = 256
"""Columns that are written out together to be sorted."""


def span(x: SparseRows) -> tuple[Array, Array]:
    """Return the smallest and the largest value of each column, shape (p,), of at least one row."""
    low, high = np.full(x.n_columns, np.inf), np.full(x.n_columns, -np.inf)
    np.minimum.at(low, x.column, x.data)
    np.maximum.at(high, x.column, x.data)
    zeros = _stored(x) < x.n_rows
    return np.where(zeros, np.minimum(low, 0.0), low), np.where(zeros, np.maximum(high, 0.0), high)


def column_sums(x: SparseRows, coordinates: Coordinates, weights: Array | None) -> tuple[Array, Array]:
    """Return the weighted sums of each column of z and of its squares, shape (p,), without the intercept's."""
    centre, scale = coordinates.centre, coordinates.scale
    weight = np.ones((x.n_rows, 1)) if weights is None else weights[:, None]
    z = replace(x, data=(x.data - centre[x.column]) * scale[x.column])
    stored = replace(x, data=np.ones(len(x.data))).transposed_times(weight)[:, 0]
    # a full column has no zeros, however the weights round: z may be very large there
    zeros = np.where(_stored(x) < x.n_rows, np.maximum(weight.sum() - stored, 0.0), 0.0)
    at_zero = np.where(zeros > 0.0, -centre * scale, 0.0)
    first = z.transposed_times(weight)[:, 0] + zeros * at_zero
    second = z.transposed_times(weight, squared=True)[:, 0] + zeros * at_zero**2
    return first, second


def quartiles(x: SparseRows) -> tuple[Array, Array, Array]:
    """Return the values at a quarter, half and three quarters of each column in order, shape (p,).

    Where fewer than a quarter of the values are stored, all three are zero.
    """
    n = x.n_rows
    places = np.array([n // 4, n // 2, (3 * n) // 4])
    found = np.zeros((3, x.n_columns))
    matrix = x.matrix.tocsc()
    (often,) = np.nonzero(_stored(x) >= n // 4)
    for start in range(0, len(often), AT_ONCE):
        here = often[start : start + AT_ONCE]
        values = matrix[:, here].toarray()
        values.sort(axis=0)
        found[:, here] = values[places]
    return found[0], found[1], found[2]


def _stored(x: SparseRows) -> NDArray[np.intp]:
    """Return how many entries each column has, shape (p,)."""
    return np.bincount(x.column, minlength=x.n_columns)
