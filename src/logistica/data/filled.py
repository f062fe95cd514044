"""A vector of numbers whose gaps are filled in only where it is read."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.data.chunks import Chunks
from logistica.data.mostly import Mostly

Array = NDArray[np.float64]


class Filled:
    """A vector of numbers with its missing values filled in when its rows are read; the original is not copied."""

    def __init__(
        self, values: NDArray[Any] | Chunks | Mostly | Filled, missing: NDArray[np.bool_] | None, value: float
    ) -> None:
        self.values = values
        self.missing = missing
        self.value = value
        self.dtype = np.dtype(np.float64)

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, rows: Any) -> Array:
        found = np.array(self.values[rows], dtype=np.float64)
        absent = np.isnan(found)
        if self.missing is not None:
            absent |= self.missing[rows]
        found[absent] = self.value
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        return self[:].astype(dtype or self.dtype, copy=False)
