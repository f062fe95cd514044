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
    most_levels : int or None
        More cannot be coded so; None: any number can.
    """

    suffixes: Callable[[Sequence[str]], tuple[str, ...]]
    matrix: Callable[[int], Array] | None = None
    skipped: int = 0
    most_levels: int | None = None


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
    """Orthonormal polynomials over levels at equal distances: linear, quadratic, cubic, fourth power ...

    Their recurrence loses all digits by degree 50. Its matrix has the distances as eigenvalues and the polynomials'
    values there as eigenvectors (Golub and Welsch 1969, Mathematics of Computation 23), which are exact for any degree.
    """
    degrees = np.arange(1, k)
    recurrence = np.sqrt(degrees**2 * (k**2 - degrees**2) / (4.0 * (4.0 * degrees**2 - 1.0)))
    _, values = np.linalg.eigh(np.diag(recurrence, 1) + np.diag(recurrence, -1))
    return np.asarray((values * np.sign(values[0])).T[:, 1:])


MOST_CODED = 1_000
"""Levels that a matrix of contrasts has at most."""
INDICATORS = Contrast(_all)
"""A column for every level."""
CONTRASTS: dict[str, Contrast] = {
    "Treatment": Contrast(_but_first, skipped=1),
    "Sum": Contrast(_numbered, sum_to_zero, most_levels=MOST_CODED),
    "Helmert": Contrast(_numbered, helmert, most_levels=MOST_CODED),
    "Poly": Contrast(_powers, polynomial, most_levels=MOST_CODED),
}
