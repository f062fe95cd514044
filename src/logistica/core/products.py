"""The products of the columns of a matrix with one another, added up over its rows: what Hessians are made of.

BLAS has such a product too, and is there where nothing was compiled. It takes two to three times as long.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, in_a_row, library

Array = NDArray[np.float64]

_PANEL, _TOGETHER = 8, 64
"""The enum of products.h."""


def room_for(q: int, *, weighted: bool = False) -> int:
    """Return how many scratch numbers the compiled loops need for q columns; ``weighted``: times weights."""
    panels = -(-q // _PANEL)
    return panels * _PANEL * (_TOGETHER * (1 + weighted) + panels * _PANEL)


def symmetric_product(z: Array, weights: Array | None, room: Array | None = None) -> Array:
    """Return z' diag(weights) z, symmetric to the bit.

    Parameters
    ----------
    z : array, shape (n, q), C-ordered
    weights : array, shape (n,), of any sign, or None for ones
    room : array of :func:`room_for` numbers, C-ordered, optional
        Scratch, for who calls this often.

    Returns
    -------
    product : array, shape (q, q)
    """
    compiled = library()
    if compiled is None:
        return _by_blas(z, weights)
    n, q = z.shape
    if room is None:
        room = np.empty(room_for(q, weighted=weights is not None))
    weights, out = in_a_row(weights), np.empty((q, q))
    compiled.logistica_symmetric_product(address(z), n, q, address(weights), 0, address(room), address(out))
    return out


def _by_blas(z: Array, weights: Array | None) -> Array:
    """Take the roots of weights that are not negative into z: NumPy makes one symmetric product of it."""
    if weights is None:
        return np.asarray(z.T @ z)
    if weights.min(initial=0.0) >= 0.0:
        root = z * np.sqrt(weights)[:, None]
        return np.asarray(root.T @ root)
    product = z.T @ (z * weights[:, None])
    return np.asarray((product + product.T) / 2.0)
