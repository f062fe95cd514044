"""A long vector in several pieces, as Arrow keeps them, read without joining it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = slice | NDArray[np.intp]


class Chunks:
    """One-dimensional arrays of one dtype, end to end; indexed like the array that they would make.

    Parameters
    ----------
    arrays : sequence of arrays
        Kept by reference.
    """

    def __init__(self, arrays: Sequence[NDArray[Any]]) -> None:
        self.arrays = tuple(array for array in arrays if len(array))
        self.dtype = arrays[0].dtype
        self.starts = np.cumsum([0, *map(len, self.arrays)])

    def __len__(self) -> int:
        return int(self.starts[-1])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return np.concatenate([np.empty(0, self.dtype), *self.arrays]).astype(dtype or self.dtype, copy=False)

    def __iter__(self) -> Iterator[tuple[int, NDArray[Any]]]:
        """Yield (number of the first row, array), in order."""
        return zip(self.starts[:-1].tolist(), self.arrays, strict=True)

    def __getitem__(self, rows: Rows) -> NDArray[Any]:
        if isinstance(rows, slice):
            first, stop, step = rows.indices(len(self))
            return self._between(first, max(first, stop))[::step] if step > 0 else np.asarray(self)[rows]
        values = np.empty(len(rows), self.dtype)
        chunk_of_row = np.searchsorted(self.starts, rows, side="right") - 1
        for chunk in np.unique(chunk_of_row):
            here = chunk_of_row == chunk
            values[here] = self.arrays[chunk][rows[here] - self.starts[chunk]]
        return values

    def _between(self, first: int, stop: int) -> NDArray[Any]:
        """Rows first to stop - 1: a view if one chunk holds them all."""
        pieces = []
        chunk = int(np.searchsorted(self.starts, first, side="right")) - 1
        while first < stop:
            start = int(self.starts[chunk])
            pieces.append(self.arrays[chunk][first - start : stop - start])
            first += len(pieces[-1])
            chunk += 1
        if len(pieces) == 1:
            return pieces[0]
        return np.concatenate(pieces) if pieces else np.empty(0, self.dtype)
