"""Rows that come in parts, put together without a second copy of them."""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from logistica.data.svmlight_chunk import Rows

Kind = TypeVar("Kind", bound=np.generic)

_ROOM = 1.02
"""How much more than what seems to be coming is made room for."""


class Growing(Generic[Kind]):
    """A vector that becomes longer. Its memory does too: systems move large pieces of it without a copy."""

    def __init__(self, kind: type[Kind]) -> None:
        self._held: NDArray[Kind] = np.empty(0, kind)
        self._size = 0

    def add(self, values: NDArray[Kind], share: float) -> None:
        """Put values behind the others; with them about this share of all, above 0, is there."""
        start, self._size = self._size, self._size + len(values)
        if self._size > len(self._held):
            self._held.resize(max(self._size, int(_ROOM * self._size / share)), refcheck=False)
        self._held[start : self._size] = values

    def whole(self) -> NDArray[Kind]:
        """Return all values; nothing can be added afterwards."""
        self._held.resize(self._size, refcheck=False)
        return self._held


class GrowingRows:
    """Rows of svmlight text of so many bytes."""

    def __init__(self, n_bytes: int) -> None:
        self._n_bytes, self._read = n_bytes, 0
        self._labels, self._counts = Growing(np.float64), Growing(np.int64)
        self._indices, self._values = Growing(np.int32), Growing(np.float64)

    def add(self, rows: Rows, n_bytes: int) -> None:
        """Put rows, from so many bytes of text, behind the others."""
        self._read += n_bytes
        share = self._read / self._n_bytes
        self._labels.add(rows.labels, share)
        self._counts.add(rows.counts, share)
        self._indices.add(rows.indices, share)
        self._values.add(rows.values, share)

    def rows(self) -> Rows:
        """Return all rows; nothing can be added afterwards."""
        return Rows(self._labels.whole(), self._counts.whole(), self._indices.whole(), self._values.whole())
