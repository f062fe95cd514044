"""What sparse columns look like, from their entries alone: the figures that ``fitting/columns.py`` makes of all values.

A column's other values are zeros, and as many as are not stored.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, library
from logistica.core.sparse import SparseRows
from logistica.objective.coordinates import Coordinates

Array = NDArray[np.float64]

AT_ONCE = 256
"""Columns that are written out together to be sorted."""


def span(x: SparseRows) -> tuple[Array, Array]:
    """Return the smallest and the largest value of each column, shape (p,), of at least one row."""
    low, high, stored = _entries_span(x)
    return _with_zeros(low, high, stored < x.n_rows)


def span_by_class(x: SparseRows, y: NDArray[np.intp], n_classes: int) -> tuple[Array, Array]:
    """Return the same over the rows of each class, shape (K, p): inf and -inf for a class without rows."""
    p = x.n_columns
    place = y[x.row_of_entry] * p + x.column
    start = x.start.astype(np.int64, copy=False)
    low, high, stored = _entries_span(SparseRows(start, place.astype(np.int64, copy=False), x.data, n_classes * p))
    zeros = stored < np.repeat(np.bincount(y, minlength=n_classes), p)
    low, high = _with_zeros(low, high, zeros)
    return low.reshape(n_classes, p), high.reshape(n_classes, p)


def _entries_span(x: SparseRows) -> tuple[Array, Array, NDArray[np.int64]]:
    """Return the smallest and the largest entry of each column, and how many it has."""
    low, high = np.full(x.n_columns, np.inf), np.full(x.n_columns, -np.inf)
    compiled = library()
    if compiled is None:
        np.minimum.at(low, x.column, x.data)
        np.maximum.at(high, x.column, x.data)
        return low, high, _stored(x)
    stored = np.zeros(x.n_columns, np.int64)
    function = compiled.logistica_sparse_span_32 if x.short else compiled.logistica_sparse_span_64
    function(*x.addresses, x.n_rows, address(low), address(high), address(stored))
    return low, high, stored


def _with_zeros(low: Array, high: Array, zeros: NDArray[np.bool_]) -> tuple[Array, Array]:
    return np.where(zeros, np.minimum(low, 0.0), low), np.where(zeros, np.maximum(high, 0.0), high)


def column_sums(x: SparseRows, coordinates: Coordinates, weights: Array | None) -> tuple[Array, Array]:
    """Return the weighted sums of each column of z and of its squares, shape (p,), without the intercept's."""
    centre, scale = coordinates.centre, coordinates.scale
    total = float(x.n_rows) if weights is None else float(weights.sum())
    first, second, weight, stored = _sums_of_entries(x, centre, scale, weights)
    # a full column has no zeros, however the weights round: z may be very large there
    zeros = np.where(stored < x.n_rows, np.maximum(total - weight, 0.0), 0.0)
    at_zero = np.where(zeros > 0.0, -centre * scale, 0.0)
    return first + zeros * at_zero, second + zeros * at_zero**2


def _sums_of_entries(x: SparseRows, centre: Array, scale: Array, weights: Array | None) -> tuple[NDArray[Any], ...]:
    """Return the sums over each column's entries of weight * z, weight * z^2, weight and 1, each of shape (p,)."""
    compiled = library()
    if compiled is None:
        weight = np.ones((x.n_rows, 1)) if weights is None else weights[:, None]
        z = x.with_data((x.data - centre[x.column]) * scale[x.column])
        first, second = z.transposed_times(weight), z.transposed_times(weight, squared=True)
        there = x.with_data(np.ones(len(x.data))).transposed_times(weight)
        return first[:, 0], second[:, 0], there[:, 0], _stored(x)
    sums = np.zeros((x.n_columns, 4))
    weights = None if weights is None else np.ascontiguousarray(weights)
    function = compiled.logistica_sparse_sums_32 if x.short else compiled.logistica_sparse_sums_64
    function(*x.addresses, x.n_rows, address(weights), address(centre), address(scale), address(sums))
    return sums[:, 0], sums[:, 1], sums[:, 2], sums[:, 3]


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
