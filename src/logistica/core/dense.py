"""Rows of a dense matrix times a few columns of numbers, straight from where they lie: compiled, or not at all.

BLAS is quick where both factors are large; of tall rows times ten columns it makes a third of what the machine can.
Besides, the rows are centred on the way, for which BLAS would need a copy.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, library, start_of

Array = NDArray[np.float64]

LANES = 8
"""Columns that the compiled loops take at once, or in parts where vectors are shorter; they need as many."""
MOST_OUTPUTS = 32
"""Columns of numbers beyond which BLAS is quicker."""


def compiled_for(n_columns: int) -> bool:
    """Whether there are loops for rows of so many columns."""
    return n_columns >= LANES and library() is not None


@dataclass(frozen=True)
class DenseRows:
    """Some rows of a matrix, about a centre.

    Attributes
    ----------
    x : array, shape (n, p)
        Numbers of a row side by side, p at least ``LANES``.
    centre : array, shape (p,)
    """

    x: Array
    centre: Array

    def times(self, slopes: Array, constant: Array) -> Array:
        """Return constant + (x - centre) slopes, shape (n, k), for slopes of shape (p, k) and constants of (k,)."""
        (n, p), k = self.x.shape, slopes.shape[1]
        whole, rest = p - p % LANES, p % LANES
        packed = np.zeros((k, whole + (LANES if rest else 0)))
        packed[:, :whole] = slopes[:whole].T
        packed[:, packed.shape[1] - rest :] = slopes[whole:].T
        out, constant = np.empty((n, k)), np.ascontiguousarray(constant)
        library().logistica_dense_times(
            *self._rows, address(self.centre), address(packed), packed.shape[1], address(constant), k, address(out)
        )
        return out

    def transposed_times(self, values: Array) -> Array:
        """Return (x - centre)' values, shape (p, k), for values of shape (n, k)."""
        values = np.ascontiguousarray(values)
        out = np.zeros((values.shape[1], self.x.shape[1]))
        library().logistica_dense_transposed(
            *self._rows, address(self.centre), address(values), values.shape[1], address(out)
        )
        return out.T

    @property
    def _rows(self) -> tuple[int, int, int, int]:
        n, p = self.x.shape
        return start_of(self.x), n, p, self.x.strides[0] // self.x.itemsize
