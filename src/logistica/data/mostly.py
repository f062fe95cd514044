"""A long vector most of whose values are one and the same, read without writing them all out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.intp]
Rows = slice | Places


class Mostly:
    """A vector that is ``fill`` wherever nothing else is stored; indexed like the array that it would make.

    Parameters
    ----------
    length : int
    places : array of integers, shape (m,), rising
        Where values are stored.
    stored : array, shape (m,)
        The values; their dtype is the vector's. Both are kept by reference.
    fill : scalar
    """

    def __init__(self, length: int, places: NDArray[Any], stored: NDArray[Any], fill: Any) -> None:
        self.length = length
        self.places = places
        self.stored = stored
        self.fill = np.asarray([fill], stored.dtype)
        self.dtype = stored.dtype

    def __len__(self) -> int:
        return self.length

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self._between(0, self.length).astype(dtype or self.dtype, copy=False)

    def __getitem__(self, rows: Rows) -> NDArray[Any]:
        if isinstance(rows, slice):
            first, stop, step = rows.indices(self.length)
            return self._between(first, max(first, stop))[::step] if step > 0 else np.asarray(self)[rows]
        values = np.repeat(self.fill, len(rows))
        if len(self.places):
            nearest = np.searchsorted(self.places, rows).clip(max=len(self.places) - 1)
            found = self.places[nearest] == rows
            values[found] = self.stored[nearest[found]]
        return values

    def find(self, places_of: Callable[[NDArray[Any]], Places]) -> Places:
        """Find the places, rising, of what ``places_of`` finds in an array, the fill value included."""
        found = self.places[places_of(self.stored)].astype(np.intp, copy=False)
        if not len(places_of(self.fill)):
            return found
        is_found = np.ones(self.length, np.bool_)
        is_found[self.places] = False
        is_found[found] = True
        return np.flatnonzero(is_found)

    def _between(self, first: int, stop: int) -> NDArray[Any]:
        values = np.repeat(self.fill, stop - first)
        here = slice(*np.searchsorted(self.places, [first, stop]))
        values[self.places[here] - first] = self.stored[here]
        return values
