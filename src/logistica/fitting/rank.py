"""Which columns are aliased: exact linear combinations of those before them, in the user's order, as R decides it.

The Gram matrix squares the condition number, so it only names suspects: columns of which less than 1e-3 of their length
is new (1e-6 of its square). For those the part that is new is computed row by row, twice: the first time its products
with the other columns correct the combination, the second time its length decides, at 1e-11 of the column's.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import factorise
from logistica.data.source import Block, Source
from logistica.engines.base import Engine, Workspace
from logistica.fitting.columns import power_of_two_inverse
from logistica.objective.coordinates import Coordinates, Residuals

Array = NDArray[np.float64]

SUSPECT = 1e-6
"""Share of a column's squared length that is new, below which the Gram matrix is not to be trusted."""
ALIASED = 1e-11
"""Share of a column's length that is new, below which there is nothing new."""
ROUNDING = 256 * float(np.finfo(np.float64).eps)
"""The same, for each unit of length of what is subtracted: a combination of large parts leaves their rounding."""


@dataclass(frozen=True)
class Rank:
    """The outcome, over the q rows of theta (intercept first).

    Attributes
    ----------
    free : array of bool, shape (q,)
        False for an aliased column.
    combinations : dict of int to array, shape (q,)
        For each aliased row, the combination of the free ones that it equals, in the solver's coordinates.
    residuals : Residuals or None
        The suspects that are free after all, as what the others leave of them.
    """

    free: NDArray[np.bool_]
    combinations: dict[int, Array]
    residuals: Residuals | None = None


def find_rank(
    engine: Engine,
    source: Source,
    coordinates: Coordinates,
    gram: Array,
    first: NDArray[np.intp] | None = None,
) -> Rank:
    """Decide by ``gram``, shape (q, q), and where that is in doubt by two more sweeps.

    Columns are gone through in the user's order, but those in ``first`` before all others.
    """
    q = len(gram)
    factor = factorise(gram)
    if factor is not None and factor.smallest_pivot() > SUSPECT:
        return Rank(np.ones(q, dtype=bool), {})
    order = np.arange(q)
    if first is not None:
        order = np.concatenate([first, np.setdiff1d(order, first)])
    gram = gram[np.ix_(order, order)]
    sure = _clearly_new(gram)
    suspects = np.flatnonzero(~sure)
    combination = _combine(gram, sure, gram[np.ix_(sure, suspects)])
    for _ in range(2):
        products = _residual_products(engine, source, coordinates, order[sure], order[suspects], combination)
        combination = combination + _combine(gram, sure, products.cross)
    rank = _in_user_order(_decide(gram, sure, suspects, combination, products.own), order)
    kept = rank.free[order[suspects]]
    if not kept.any():
        return rank
    new, whole = np.diagonal(products.own)[kept], np.diagonal(gram)[suspects[kept]]
    size = np.sqrt(new / np.maximum(new, whole))
    residuals = Residuals(order[suspects[kept]], order[sure], combination[:, kept], power_of_two_inverse(size))
    return replace(rank, residuals=residuals)


def _in_user_order(rank: Rank, order: NDArray[np.intp]) -> Rank:
    free = np.empty_like(rank.free)
    free[order] = rank.free
    combinations = {}
    for j in sorted(rank.combinations, key=lambda j: int(order[j])):
        whole = np.empty(len(order))
        whole[order] = rank.combinations[j]
        combinations[int(order[j])] = whole
    return Rank(free, combinations)


def _clearly_new(gram: Array) -> NDArray[np.bool_]:
    """Go through the columns in order; keep those that the kept ones before them leave more than a trace of.

    A Cholesky factorisation that passes over small pivots; its rows are made only for the columns kept.
    """
    q = len(gram)
    sure = np.zeros(q, dtype=bool)
    rows = np.empty((q, q))
    kept = 0
    left = np.diagonal(gram).copy()
    for j in range(q):
        if gram[j, j] > 0 and left[j] > SUSPECT * gram[j, j]:
            rows[kept] = (gram[j] - rows[:kept, j] @ rows[:kept]) / np.sqrt(left[j])
            left -= rows[kept] ** 2
            sure[j] = True
            kept += 1
    return sure


def _combine(gram: Array, sure: NDArray[np.bool_], products: Array) -> Array:
    """Return the least-squares combination of the sure columns from their products with the suspects."""
    factor = factorise(gram[np.ix_(sure, sure)])
    if factor is None:
        raise AssertionError("columns kept by their pivots have a positive definite Gram matrix")
    return factor.solve(products)


@dataclass(frozen=True)
class Products:
    """Sums over rows for the residuals of the suspects: with the sure columns (k, s), and with one another (s, s)."""

    cross: Array
    own: Array

    def __add__(self, other: Products) -> Products:
        return Products(self.cross + other.cross, self.own + other.own)


def _residual_products(
    engine: Engine,
    source: Source,
    coordinates: Coordinates,
    sure: NDArray[np.intp],
    suspects: NDArray[np.intp],
    combination: Array,
) -> Products:
    def kernel(block: Block, workspace: Workspace) -> Products:
        z = coordinates.rows(block, workspace)
        kept = z[:, sure]
        residual = z[:, suspects] - kept @ combination
        weighted = residual if block.weights is None else residual * block.weights[:, None]
        return Products(kept.T @ weighted, residual.T @ weighted)

    return engine.sum(kernel, source, 3 * coordinates.n_rows)


def _decide(gram: Array, sure: NDArray[np.bool_], suspects: NDArray[np.intp], combination: Array, own: Array) -> Rank:
    """Among the residuals, again in order: keep a suspect that the suspects kept before it leave something of."""
    free = sure.copy()
    combinations: dict[int, Array] = {}
    left = own.copy()
    share = np.zeros((len(suspects), len(suspects)))
    kept: list[int] = []
    length = np.sqrt(np.diagonal(gram))
    subtracted = length[suspects] + np.abs(combination.T) @ length[sure]
    nothing = np.maximum(ALIASED * length[suspects], ROUNDING * subtracted) ** 2
    for i, j in enumerate(suspects):
        if left[i, i] > max(nothing[i], 1e-12 * own[i, i]):
            free[j] = True
            kept.append(i)
            share[i] = left[i] / left[i, i]
            left = left - np.outer(left[:, i], left[i]) / left[i, i]
            continue
        whole = np.zeros(len(gram))
        whole[sure] = combination[:, i]
        _add_kept(whole, share, kept, i, suspects, sure, combination)
        combinations[int(j)] = whole
    return Rank(free, combinations)


def _add_kept(
    whole: Array,
    share: Array,
    kept: list[int],
    i: int,
    suspects: NDArray[np.intp],
    sure: NDArray[np.bool_],
    combination: Array,
) -> None:
    """Add what suspect i owes to kept suspects, whose residuals stand for themselves less their own combination."""
    owed = np.zeros(len(suspects))
    for a in reversed(kept):
        owed[a] = share[a, i] - sum(owed[b] * share[a, b] for b in kept if b > a)
        whole[suspects[a]] += owed[a]
        whole[sure] -= owed[a] * combination[:, a]
