"""Which columns are aliased: exact linear combinations of those before them, in the user's order, as R decides it.

The Gram matrix squares the condition number, so it only names suspects: columns of which less than 1e-3 of their
length is new (1e-6 of its square). A suspect is replaced by its residual, what the clear columns before it leave of
it, computed row by row, twice: the first time its products with them correct the combination, the second time its
length decides, at 1e-11 of the column's, or at a few times the rounding of what is subtracted where that is more.
Residuals that look alike in their turn are suspects again, one level deeper; a column that stays one loses a factor of
1e-3 at every level, so that a few levels settle everything.

Nothing of this is done where the Hessian at the start, which the solver needs anyhow, shows that no column is a
suspect. Where there are many rows a few of them are looked at first: what is new in a column over some rows can only
grow with more, so that the Gram matrix of some rows may already show that no column is a suspect.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import EPSILON, factorise
from logistica.core.records import frozen
from logistica.data.source import Block, Source
from logistica.engines.base import Engine, Workspace
from logistica.fitting.columns import Columns, power_of_two_inverse
from logistica.objective.coordinates import Coordinates, Residuals
from logistica.objective.gram import gram_matrix
from logistica.objective.linear import WIDTH_OF_ENTRIES, products_of_entries, read_exactly
from logistica.objective.objective import Objective

Array = NDArray[np.float64]

SUSPECT = 1e-6
"""Share of a column's squared length that is new, below which the Gram matrix is not to be trusted."""
ALIASED = 1e-11
"""Share of a column's length that is new, below which there is nothing new."""
PART, ROWS_PER_COLUMN = 16, 8
"""The share of the rows that is looked at first, and how many it must be."""
MANY_ROWS = 20_000
ROUNDING = 32.0
"""A residual shorter than so many times the rounding of what is subtracted is nothing but rounding."""


@frozen
class Rank:
    """The outcome, over the q rows of theta (intercept first).

    Attributes
    ----------
    free : array of bool, shape (q,)
        False for an aliased column.
    combinations : dict of int to array, shape (q,)
        For each aliased row, the combination of the free ones that it equals, in the solver's coordinates.
    residuals : tuple of Residuals
        The suspects that are free after all, as what the others leave of them; one level after the other.
    """

    free: NDArray[np.bool_]
    combinations: dict[int, Array]
    residuals: tuple[Residuals, ...] = ()


@dataclass(frozen=True)
class View:
    """The columns as some levels of residuals show them.

    Attributes
    ----------
    coordinates : Coordinates
        With these levels.
    gram : array, shape (q, q)
        Of the columns as they are now.
    length, noise : arrays, shape (q,)
        How long each whole column, and its rounding, would be in its present unit.
    unit : float
        The length of a column of size one.
    """

    coordinates: Coordinates
    gram: Array
    length: Array
    noise: Array
    unit: float


def find_rank(objective: Objective, columns: Columns, first: NDArray[np.intp] | None = None) -> Rank:
    """Decide by the columns' Gram matrix, and where that is in doubt by two more sweeps for every level.

    Columns are gone through in the user's order, but those in ``first`` before all others.
    """
    engine, source, gram = objective.engine, objective.source, columns.gram
    q = len(columns.square)
    if gram is None:
        if _all_new_in_a_part(engine, source, columns):
            return Rank(np.ones(q, dtype=bool), {})
        gram = gram_matrix(engine, source, columns.coordinates)
    factor = factorise(gram)
    if factor is not None and factor.smallest_pivot() > SUSPECT:
        return Rank(np.ones(q, dtype=bool), {})
    order = np.arange(q)
    if first is not None:
        order = np.concatenate([first, np.setdiff1d(order, first)])
    length = np.sqrt(np.diagonal(gram))
    plain = View(columns.coordinates, gram, length, EPSILON * length, float(np.sqrt(columns.total_weight)))
    combinations: dict[int, Array] = {}
    while True:
        levels, fresh = _levels(engine, source, plain, order, combinations)
        combinations |= fresh
        if not any(np.isin(list(fresh), level.others).any() for level in levels):
            break
    free = np.ones(q, dtype=bool)
    free[list(combinations)] = False
    return Rank(free, _of_free_columns(combinations, order), levels)


def gram_at_start(source: Source, q: int) -> bool:
    """Whether the Hessian at the start is as good as the Gram matrix, and all rows would be looked at.

    Without offsets all rows are alike as long as the slopes are zero: the Hessian is the Gram matrix times a number,
    or, for K classes, times a matrix of the classes' shares, which only makes pivots smaller.
    """
    return part_for_rank(source.n_rows, q) is None and source.offset is None


def part_for_rank(n_rows: int, q: int) -> int | None:
    """Return how many rows may show that no column is a suspect; None where all of them are looked at as soon."""
    some = max(n_rows // PART, ROWS_PER_COLUMN * q)
    return some if 4 * some <= n_rows and n_rows >= MANY_ROWS else None


def _all_new_in_a_part(engine: Engine, source: Source, columns: Columns) -> bool:
    """Whether some of the rows suffice to see that every column is clearly new over all rows."""
    n_rows = part_for_rank(source.n_rows, len(columns.square))
    if n_rows is None:
        return False
    rows = np.linspace(0, source.n_rows - 1, n_rows).astype(np.intp)
    factor = factorise(gram_matrix(engine, source.choose(rows), columns.coordinates))
    if factor is None:
        return False
    new = (factor.lower.diagonal() * factor.root) ** 2
    return bool((new > SUSPECT * columns.square).all())


def _levels(
    engine: Engine, source: Source, view: View, order: NDArray[np.intp], known: dict[int, Array]
) -> tuple[tuple[Residuals, ...], dict[int, Array]]:
    """Return the levels of residuals that leave no suspect, and the aliased columns found on the way.

    A column in ``known`` takes no part. One found late may already have served a residual: then the levels do not hold,
    and are made again without it.
    """
    found: dict[int, Array] = {}
    while True:
        active = np.array([j for j in order if j not in known and j not in found], dtype=np.intp)
        clear = _clearly_new(view.gram[np.ix_(active, active)])
        if clear.all():
            return view.coordinates.residuals, found
        view, aliased = _one_level(engine, source, view, active, clear)
        found |= aliased


def _one_level(
    engine: Engine, source: Source, view: View, active: NDArray[np.intp], clear: NDArray[np.bool_]
) -> tuple[View, dict[int, Array]]:
    """Replace the suspects among ``active`` columns by their residuals; return those that vanish as aliased."""
    others, suspects = active[clear], active[~clear]
    before = np.cumsum(clear, dtype=np.intp)[~clear]
    inner = view.gram[np.ix_(others, others)]
    combination: Array = _combine(inner, view.gram[np.ix_(others, suspects)], before)
    products = _residual_products(engine, source, view.coordinates, others, suspects, combination)
    combination = combination + _combine(inner, products.cross, before)
    products = _residual_products(engine, source, view.coordinates, others, suspects, combination)
    new = np.sqrt(np.diagonal(products.own))
    noise = view.noise[suspects] + np.abs(combination.T) @ view.noise[others]
    kept = new > np.maximum(ALIASED * view.length[suspects], ROUNDING * noise)
    aliased = {
        int(j): _plain_combination(view.coordinates, int(j), others, combination[:, i])
        for i, j in enumerate(suspects)
        if not kept[i]
    }
    if not kept.any():
        return view, aliased
    columns = suspects[kept]
    residuals = Residuals(columns, others, combination[:, kept], power_of_two_inverse(new[kept] / view.unit))
    gram, length, everything = view.gram.copy(), view.length.copy(), view.noise.copy()
    gram[np.ix_(others, columns)] = products.cross[:, kept] * residuals.scale
    gram[np.ix_(columns, others)] = gram[np.ix_(others, columns)].T
    gram[np.ix_(columns, columns)] = products.own[np.ix_(kept, kept)] * np.outer(residuals.scale, residuals.scale)
    length[columns] *= residuals.scale
    everything[columns] = noise[kept] * residuals.scale
    levels = (*view.coordinates.residuals, residuals)
    return View(replace(view.coordinates, residuals=levels), gram, length, everything, view.unit), aliased


def _clearly_new(gram: Array) -> NDArray[np.bool_]:
    """Go through the columns in order; keep those that the kept ones before them leave more than a trace of.

    A Cholesky factorisation that passes over small pivots; its rows are made only for the columns kept.
    """
    q = len(gram)
    clear = np.zeros(q, dtype=bool)
    rows = np.empty((q, q))
    kept = 0
    left = np.diagonal(gram).copy()
    for j in range(q):
        if gram[j, j] > 0 and left[j] > SUSPECT * gram[j, j]:
            rows[kept] = (gram[j] - rows[:kept, j] @ rows[:kept]) / np.sqrt(left[j])
            left -= rows[kept] ** 2
            clear[j] = True
            kept += 1
    return clear


def _combine(gram: Array, products: Array, before: NDArray[np.intp]) -> Array:
    """Return the least-squares combinations of clear columns from their products with the suspects, shape (k, s).

    Suspect i is combined from the first ``before[i]`` of them alone.
    """
    factor = factorise(gram)
    if factor is None:
        raise AssertionError("columns kept by their pivots have a positive definite Gram matrix")
    return factor.solve_leading(products, before)


@dataclass(frozen=True)
class Products:
    """Sums over rows for the residuals of the suspects: with the clear columns (k, s), and with one another (s, s)."""

    cross: Array
    own: Array

    def __add__(self, other: Products) -> Products:
        return Products(self.cross + other.cross, self.own + other.own)


def _residual_products(
    engine: Engine,
    source: Source,
    coordinates: Coordinates,
    others: NDArray[np.intp],
    suspects: NDArray[np.intp],
    combination: Array,
) -> Products:
    T = np.zeros((coordinates.n_rows, len(suspects)))
    T[suspects, np.arange(len(suspects))] = 1.0
    T[others] = -combination

    def kernel(block: Block, workspace: Workspace) -> Products:
        z = coordinates.rows(block, workspace)
        kept = z[:, others]
        residual = z[:, suspects] - kept @ combination
        weighted = residual if block.weights is None else residual * block.weights[:, None]
        return Products(kept.T @ weighted, residual.T @ weighted)

    def by_entries(block: Block, workspace: Workspace) -> Products:
        z = read_exactly(coordinates, block, workspace)
        residual = z.times(T)
        weighted = residual if block.weights is None else residual * block.weights[:, None]
        return Products(z.transposed_times(weighted)[others], residual.T @ weighted)

    if products_of_entries(coordinates, source.design):
        return engine.sum(by_entries, source, WIDTH_OF_ENTRIES + 2 * len(suspects))
    return engine.sum(kernel, source, 3 * coordinates.n_rows)


def _plain_combination(coordinates: Coordinates, j: int, others: NDArray[np.intp], combination: Array) -> Array:
    """Return the plain columns' combination that equals plain column j, shape (q,), zero at j itself."""
    nothing = np.zeros((coordinates.n_rows, 1))
    nothing[j] = 1.0
    nothing[others, 0] = -combination
    shares = coordinates.to_plain(nothing)[:, 0]
    shares = -shares / shares[j]
    shares[j] = 0.0
    return np.asarray(shares)


def _of_free_columns(combinations: dict[int, Array], order: NDArray[np.intp]) -> dict[int, Array]:
    """Put their own combinations in the place of aliased columns; each is made of columns before it."""
    settled: dict[int, Array] = {}
    for j in (int(j) for j in order if int(j) in combinations):
        shares = combinations[j].copy()
        for i, others in settled.items():
            if shares[i] != 0.0:
                shares += shares[i] * others
                shares[i] = 0.0
        settled[j] = shares
    return settled
