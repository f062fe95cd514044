"""The cone of separating directions: the space it spans, its canonical direction, the signs of its coefficients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import nnls

from logistica.fitting.separation.linear_program import WorkingSet, maximise, whole
from logistica.fitting.separation.pairs import Mask, Pairs

Array = NDArray[np.float64]

NULL = 1e-9
"""Relative size below which a product counts as zero."""
LARGEST_CANONICAL = 400
"""Dimensions up to which the canonical direction is computed."""
LARGEST_SIGNS = 60_000
"""Dimensions times coefficients up to which signs are settled by linear programs."""


def null_space(pairs: Pairs, open_pairs: Mask, free: NDArray[np.intp]) -> Array:
    """Return an orthonormal basis of the directions along which no open pair's margin moves, shape (d, r).

    Rows are gathered, those furthest from the present space first, until none leaves it.
    """
    rows = np.zeros((0, len(free)))
    basis = np.eye(len(free))
    if not open_pairs.any():
        return basis
    while basis.shape[1]:
        found = pairs.scan(open_pairs, [whole(b, free, pairs) for b in basis.T[:16]], 4, by_size=True)
        fresh = [one.vectors[:, free] for one in found if len(one.scores) and -one.scores[0] > NULL]
        if not fresh and basis.shape[1] > 16:
            found = pairs.scan(open_pairs, [whole(b, free, pairs) for b in basis.T], 1, by_size=True)
            fresh = [one.vectors[:, free] for one in found if len(one.scores) and -one.scores[0] > NULL]
        if not fresh:
            break
        rows = np.concatenate([rows, *fresh])
        _, values, right = np.linalg.svd(rows)
        rank = int(np.count_nonzero(values > NULL * values[0]))
        basis = right[rank:].T
    return _tidy(basis)


def _tidy(basis: Array) -> Array:
    """Put exact zeros where rounding left traces, so that a column outside the space is plainly outside."""
    return np.where(np.abs(basis) < 1e-12, 0.0, basis)


def independent(basis: Array) -> NDArray[np.intp]:
    """Return the parameters, in order, that a complement of the space spanned by ``basis`` (d, r) keeps free."""
    d = len(basis)
    if not basis.shape[1]:
        return np.arange(d)
    complement = np.linalg.svd(basis)[0][:, basis.shape[1] :].T
    kept: list[int] = []
    space = np.zeros((complement.shape[0], 0))
    for j in range(d):
        column = complement[:, j]
        residual = column - space @ (space.T @ column)
        residual -= space @ (space.T @ residual)
        size = np.linalg.norm(residual)
        if size > NULL * max(float(np.linalg.norm(column)), NULL):
            kept.append(j)
            space = np.column_stack([space, residual / size])
    return np.array(kept, dtype=np.intp)


@dataclass(frozen=True)
class Cone:
    """The separating directions d = basis v, basis of shape (d, r), with margins >= 0 on the ``closed`` pairs."""

    pairs: Pairs
    closed: Mask
    free: NDArray[np.intp]
    basis: Array
    working: WorkingSet

    def theta(self, v: Array) -> Array:
        """Return the direction with coordinates v, shape (q, m)."""
        return whole(self.basis @ v, self.free, self.pairs)


def canonical_direction(cone: Cone, deviation: Array) -> Array | None:
    """Return the direction of minimum norm with all closed margins >= 1, shape (q, m).

    The norm is taken in standardised columns: ``deviation``, shape (q,), holds theirs in the solver's coordinates (1 for
    the intercept). The solution is unique, and the limit that gradient descent tends to (Soudry et al. 2018, Journal of
    Machine Learning Research 19). Solved as a least-distance problem (Lawson and Hanson 1974, chapter 23). None above
    a stated number of dimensions, or where rounding stands in the way.
    """
    if cone.basis.shape[1] > LARGEST_CANONICAL:
        return None
    metric = np.linalg.cholesky(cone.pairs.objective.coordinates.metric).T
    root = np.kron(np.diag(deviation), metric)[:, cone.free]
    _, values, right = np.linalg.svd(root @ cone.basis, full_matrices=False)
    back = right.T / values
    keep = 4 * len(values) + 16
    for _ in range(200):
        shortest = _least_distance(cone.working.vectors @ cone.basis @ back, 1.0 / cone.working.lengths)
        if shortest is None:
            return None
        direction = cone.theta(back @ shortest)
        (found,) = cone.pairs.scan(cone.closed, [direction], keep, level=1.0)
        if found.scores[0] * found.lengths[0] > -1e-9 or not cone.working.add(found):
            return direction
    return None


def _least_distance(inequalities: Array, levels: Array) -> Array | None:
    """Return the shortest u with inequalities u >= levels, shape (r,); None where rounding finds no such u."""
    dimensions = inequalities.shape[1]
    if not len(levels):
        return np.zeros(dimensions)
    stacked = np.vstack([inequalities.T, levels])
    goal = np.zeros(dimensions + 1)
    goal[-1] = 1.0
    multipliers, _ = nnls(stacked, goal)
    residual = stacked @ multipliers - goal
    if not residual[-1] < 0.0:
        return None
    active = multipliers > 0.0
    rough = -residual[:-1] / residual[-1]
    exact = np.linalg.lstsq(inequalities[active], levels[active], rcond=None)[0]
    fits = np.min(inequalities @ exact - levels) > -1e-9 * np.max(levels)
    return np.asarray(exact if fits else rough)


def signs(cone: Cone, functionals: Array, inside: Array) -> list[str | None]:
    """Return for each functional, shape (f, d), its sign over the cone: "+inf", "-inf", "undetermined" or None (zero).

    ``inside``, shape (q, m), is a direction with all closed margins positive. A walk from it against a functional's
    sign, as far as the cone goes, finds most undetermined ones; linear programs over the cone decide the rest.
    """
    over = functionals @ cone.basis
    sizes = np.linalg.norm(functionals, axis=1)
    moving = np.linalg.norm(over, axis=1) > NULL * np.where(sizes > 0, sizes, 1.0)
    start = cone.basis.T @ inside.reshape(-1)[cone.free]
    found: list[str | None] = [None] * len(functionals)
    for i in np.flatnonzero(moving):
        found[i] = "+inf" if over[i] @ start > 0 else "-inf"
    if cone.basis.shape[1] == 1:
        return found
    asked = [int(i) for i in _not_crossed(cone, over, start, np.flatnonzero(moving), found)]
    if len(asked) * cone.basis.shape[1] > LARGEST_SIGNS:
        extents = [(-np.inf, np.inf)] * len(asked)
    else:
        extents = _extents(cone, over[asked]) if asked else []
    for i, (low, high) in zip(asked, extents, strict=True):
        if low < 0 < high:
            found[i] = "undetermined"
        else:
            found[i] = "+inf" if high > 0 else "-inf"
    return found


def _not_crossed(cone: Cone, over: Array, start: Array, asked: NDArray[np.intp], found: list[str | None]) -> list[int]:
    """Mark the functionals that a straight walk inside the cone brings to the other sign; return the others."""
    here = over[asked] @ start
    steps = [(1.0 if h < 0 else -1.0) * goal / np.linalg.norm(goal) for h, goal in zip(here, over[asked], strict=True)]
    lengths = cone.pairs.room(cone.closed, cone.theta(start), [cone.theta(step) for step in steps])
    left = []
    for i, value, step, length in zip(asked.tolist(), here, steps, lengths, strict=True):
        if length * abs(over[i] @ step) > (1.0 + NULL) * abs(value):
            found[i] = "undetermined"
        else:
            left.append(i)
    return left


def _extents(cone: Cone, goals: Array) -> list[tuple[float, float]]:
    """Return the smallest and largest value of each goal over the cone within a box; below 1e-9 they are 0.

    All programs share one working set, and each sweep checks all of their solutions together.
    """
    scaled = goals / np.linalg.norm(goals, axis=1, keepdims=True)
    targets = np.concatenate([scaled, -scaled])
    values = np.zeros(len(targets))
    pending = list(range(len(targets)))
    while pending:
        inequalities = cone.working.vectors @ cone.basis
        best = [maximise(targets[i], inequalities) for i in pending]
        scans = cone.pairs.scan(cone.closed, [cone.theta(v) for v in best], cone.basis.shape[1] + 4)
        grown = 0
        violated = []
        for i, v, found in zip(pending, best, scans, strict=True):
            values[i] = targets[i] @ v
            if found.scores[0] < -cone.pairs.tolerance:
                violated.append(i)
                grown += cone.working.add(found)
        pending = violated if grown else []
    values[values < NULL] = 0.0
    return list(zip(-values[len(goals) :], values[: len(goals)], strict=True))
