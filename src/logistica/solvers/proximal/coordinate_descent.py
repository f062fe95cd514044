"""Coordinate descent on a quadratic model with an L1 and a ridge penalty: compiled, or the same by NumPy.

    minimise over t    slope't + t'Ht / 2 + sum_j lasso_j |t_j| + ridge_j t_j^2 / 2

One coordinate after the other goes to where this is lowest, all others held:

    t_j <- S(H_jj t_j - slope_j, lasso_j) / (H_jj + ridge_j),    S(v, s) = sign(v) max(|v| - s, 0),

with the slope at t kept up to date (Friedman, Hastie and Tibshirani 2010, Journal of Statistical Software 33,
section 2: "covariance updates" where H is a matrix, "naive updates" where there are only rows).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import address, library
from logistica.core.sparse import SparseRows

Array = NDArray[np.float64]

AT_ONCE = 10**8
"""Numbers that one call may move: it takes a fraction of a second, after which an interrupt is heard."""


def descend_gram(gram: Array, slope: Array, at: Array, lasso: Array, ridge: Array, most: int, enough: float) -> int:
    """Go through all coordinates up to ``most`` times; return how often, or ``most + 1`` if that was not enough.

    Parameters
    ----------
    gram : array, shape (d, d)
        H, C-ordered.
    slope, at : arrays, shape (d,)
        The gradient at t, penalties apart, and t; both are changed.
    lasso, ridge : arrays, shape (d,)
    most : int
    enough : float
        It ends when no move was worth more: its square times H_jj + ridge_j. Where something is NaN none is known to
        be worth no more.
    """
    compiled = library()
    if compiled is not None:
        addresses = (address(gram), len(gram), *map(address, (slope, at, lasso, ridge)))
        return int(compiled.logistica_descend_gram(*addresses, most, enough))
    for cycle in range(1, most + 1):
        largest = 0.0
        for j in range(len(gram)):
            bend = gram[j, j]
            move = _lowest(at[j], slope[j], bend, lasso[j], ridge[j]) - at[j]
            if move != 0.0:
                at[j] += move
                largest = float(np.maximum(largest, move**2 * (bend + ridge[j])))
                slope += gram[j] * move
        if largest <= enough:
            return cycle
    return most + 1


@dataclass(frozen=True)
class RowModel:
    """A quadratic that is a sum over rows, in some columns and the intercepts, which always follow.

    Attributes
    ----------
    columns : SparseRows
        The columns, as rows of the transposed matrix, d of them.
    residual : array, shape (n, m)
        The derivative in each row's predictors at t, the intercepts' move apart; changed as t is.
    weighted : array, shape (n, m)
        The second derivative of a row is weighted_k * (1[k = l] - proba_l), and for one output weighted.
    proba : array, shape (n, m), or None for one output
    at : array, shape (d, m)
        t, changed.
    bend : array, shape (d, m)
        The diagonal of H, once the intercepts have followed.
    lasso, ridge : arrays, shape (d,)
    intercept : array, shape (m,), or None
        By how much the intercepts have moved; changed.
    beside, following : arrays, shape (d, m, m)
        What a unit of the intercepts adds to the slope of each coordinate, and by how much they fall for a unit of it.
    """

    columns: SparseRows
    residual: Array
    weighted: Array
    proba: Array | None
    at: Array
    bend: Array
    lasso: Array
    ridge: Array
    intercept: Array | None
    beside: Array
    following: Array

    def cycle(self, which: NDArray[np.int64]) -> float:
        """Go once through some columns; return the greatest worth of a move, its square times the bend."""
        compiled = library()
        if compiled is None:
            worth = [self._move(j, k) for j in which for k in range(self.at.shape[1])]
            return float(np.max(worth, initial=0.0))
        x, largest = self.columns, np.zeros(1)
        short = x.column.dtype == np.int32
        descend = compiled.logistica_descend_columns_32 if short else compiled.logistica_descend_columns_64
        work = len(x.data) * self.at.shape[1] ** 2
        for part in np.array_split(which, 1 + work // AT_ONCE):
            descend(
                address(x.start), address(x.column), address(x.data), address(part), len(part), self.at.shape[1],
                *map(address, (self.residual, self.weighted, self.proba, self.at, self.bend, self.lasso, self.ridge)),
                *map(address, (self.intercept, self.beside, self.following, largest)),
            )  # fmt: skip
        return float(largest[0])

    def _move(self, j: int, k: int) -> float:
        """Move one coordinate; return what that was worth."""
        here = slice(int(self.columns.start[j]), int(self.columns.start[j + 1]))
        rows, data = self.columns.column[here], self.columns.data[here]
        slope = data @ self.residual[rows, k]
        if self.intercept is not None:
            slope += self.beside[j, k] @ self.intercept
        bend = self.bend[j, k]
        move = _lowest(self.at[j, k], slope, bend, self.lasso[j], self.ridge[j]) - self.at[j, k]
        if move == 0.0:
            return 0.0
        self.at[j, k] += move
        if self.intercept is not None:
            np.subtract(self.intercept, self.following[j, k] * move, out=self.intercept)
        change = data * move * self.weighted[rows, k]
        self.residual[rows, k] += change
        if self.proba is not None:
            self.residual[rows] -= change[:, None] * self.proba[rows]
        return float(move**2 * (bend + self.ridge[j]))


def _lowest(at: float, slope: float, bend: float, lasso: float, ridge: float) -> float:
    """Return where a coordinate's own parabola, with its penalties, has its lowest point."""
    if bend + ridge <= 0.0:
        return at
    aim = bend * at - slope
    return float(np.sign(aim) * np.maximum(abs(aim) - lasso, 0.0) / (bend + ridge))
