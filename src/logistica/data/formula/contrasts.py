"""Contrasts: how the k levels of a factor become k - 1 columns (Venables and Ripley 2002, section 6.2).

Names and matrices are those of R's ``contr.*``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Contrast:
    """One way of coding a factor.

    Attributes
    ----------
    suffixes : callable
        From the levels' names, k of them, to those of the columns.
    matrix : callable or None
        From k to the columns of each level, shape (k, k - 1). None: every level but the first ``skipped`` has an
        indicator column, and no matrix is needed, however many levels there are.
    skipped : int
    """

    suffixes: Callable[[Sequence[str]], tuple[str, ...]]
    matrix: Callable[[int], Array] | None = None
    skipped: int = 0


def _all(levels: Sequence[str]) -> tuple[str, ...]:
    return tuple(levels)


def _but_first(levels: Sequence[str]) -> tuple[str, ...]:
    return tuple(levels[1:])


def _numbered(levels: Sequence[str]) -> tuple[str, ...]:
    return tuple(str(j + 1) for j in range(len(levels) - 1))


def _powers(levels: Sequence[str]) -> tuple[str, ...]:
    named = (".L", ".Q", ".C")
    return tuple(named[j] if j < len(named) else f"^{j + 1}" for j in range(len(levels) - 1))


def sum_to_zero(k: int) -> Array:
    """Compare each level but the last with the mean of all."""
    return np.vstack([np.eye(k - 1), np.full((1, k - 1), -1.0)])


def helmert(k: int) -> Array:
    """Compare each level but the first with the mean of those before it."""
    matrix = np.triu(np.full((k, k - 1), -1.0))
    matrix[np.arange(1, k), np.arange(k - 1)] = np.arange(1, k)
    return matrix


def polynomial(k: int) -> Array:
    """Orthonormal polynomials over levels at equal distances: linear, quadratic, cubic, fourth power ..."""
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
    return matrix


INDICATORS = Contrast(_all)
"""A column for every level."""
CONTRASTS: dict[str, Contrast] = {
    "Treatment": Contrast(_but_first, skipped=1),
    "Sum": Contrast(_numbered, sum_to_zero),
    "Helmert": Contrast(_numbered, helmert),
    "Poly": Contrast(_powers, polynomial),
}
