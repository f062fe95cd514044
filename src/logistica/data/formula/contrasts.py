"""Contrasts: how the k levels of a factor become k - 1 columns (Venables and Ripley 2002, section 6.2).

Each returns a matrix, shape (k, k - 1), and the columns' names, as R's ``contr.*`` do.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Coding = tuple[Array, tuple[str, ...]]


def treatment(levels: Sequence[object]) -> Coding:
    """Compare each level with the first."""
    return np.eye(len(levels))[:, 1:], tuple(map(str, levels[1:]))


def sum_to_zero(levels: Sequence[object]) -> Coding:
    """Compare each level but the last with the mean of all."""
    k = len(levels)
    return np.vstack([np.eye(k - 1), np.full((1, k - 1), -1.0)]), _numbered(k - 1)


def helmert(levels: Sequence[object]) -> Coding:
    """Compare each level but the first with the mean of those before it."""
    k = len(levels)
    matrix = np.triu(np.full((k, k - 1), -1.0))
    matrix[np.arange(1, k), np.arange(k - 1)] = np.arange(1, k)
    return matrix, _numbered(k - 1)


def polynomial(levels: Sequence[object]) -> Coding:
    """Orthonormal polynomials over levels at equal distances: linear, quadratic, cubic, fourth power ..."""
    k = len(levels)
    scores = np.arange(k) - (k - 1) / 2
    matrix = np.empty((k, k - 1))
    before, present, square = np.zeros(k), np.ones(k), float(k)
    share = 0.0
    for degree in range(k - 1):
        following = scores * present - share * before
        before, present = present, following
        new = float(present @ present)
        share, square = new / square, new
        matrix[:, degree] = present / np.sqrt(square)
    named = (".L", ".Q", ".C")
    return matrix, tuple(named[j] if j < len(named) else f"^{j + 1}" for j in range(k - 1))


def indicators(levels: Sequence[object]) -> Coding:
    """Give every level a column: shape (k, k)."""
    return np.eye(len(levels)), tuple(map(str, levels))


def _numbered(count: int) -> tuple[str, ...]:
    return tuple(str(j + 1) for j in range(count))


CONTRASTS: dict[str, Callable[[Sequence[object]], Coding]] = {
    "Treatment": treatment,
    "Sum": sum_to_zero,
    "Helmert": helmert,
    "Poly": polynomial,
}
