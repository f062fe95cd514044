"""The rows in use: a list of their numbers among the rows of the data, or None for all of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.intp] | None


@dataclass(frozen=True, eq=False)
class Used:
    """What a fit learns from.

    Attributes
    ----------
    rows : array of intp, shape (m,), or None
        The numbers of the rows in use; None: all.
    frequencies : array of float64, shape (m,), or None
        How many rows each stands for; None: one.
    """

    rows: Rows
    frequencies: NDArray[np.float64] | None = None


def chosen(values: NDArray[Any], rows: Rows) -> NDArray[Any]:
    """Return the values, shape (n,), of the rows in use; uncopied if that is all of them."""
    return values if rows is None else values[rows]


def row_at(rows: Rows, place: int) -> int:
    """Return the number, among the rows of the data, of the row at a place among those in use."""
    return place if rows is None else int(rows[place])
