"""The cone of separating directions: the space it spans, its canonical direction, the signs of its coefficients."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import qr

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

    It starts from a sample of the rows; then rows that leave the present space join, until none does.
    """
    basis = np.eye(len(free))
    rows = np.flatnonzero(open_pairs.any(axis=1))
    if not len(rows):
        return basis
    sample = rows[np.unique(np.linspace(0, len(rows) - 1, 8 * len(free) + 16).astype(np.intp))]
    anywhere = np.zeros(pairs.objective.shape)
    everything = len(sample) * pairs.n_classes
    (found,) = pairs.on(sample).scan(open_pairs[sample], [anywhere], everything)
    vectors = found.vectors[:, free]
    while True:
        _, values, right = np.linalg.svd(np.linalg.qr(vectors, mode="r"))
        basis = _tidy(right[int(np.count_nonzero(values > NULL * values[0])) :].T)
        if not basis.shape[1]:
            return basis
        moved = pairs.scan(open_pairs, [whole(b, free, pairs) for b in basis.T], 4, below=-NULL, by_size=True)
        fresh = [one.vectors[:, free] for one in moved if len(one.scores)]
        if not fresh:
            return basis
        vectors = np.concatenate([vectors, *fresh])


def _tidy(basis: Array) -> Array:
    """Put exact zeros where rounding left traces, so that a column outside the space is plainly outside."""
    return np.where(np.abs(basis) < 1e-12, 0.0, basis)


def independent(basis: Array) -> NDArray[np.intp]:
    """Return parameters that a complement of the space spanned by ``basis`` (d, r) keeps free, the best determined."""
    d, r = basis.shape
    if not r:
        return np.arange(d)
    complement = np.linalg.svd(basis)[0][:, r:].T
    _, _, order = qr(complement, mode="economic", pivoting=True)
    return np.sort(order[: d - r]).astype(np.intp)


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


def canonical_direction(cone: Cone, standard: Array) -> Array | None:
    """Return the direction of minimum norm with all closed margins >= 1, shape (q, m).

    The norm is taken in standardised columns: ``standard``, shape (q, q), maps theta there. It is unique, and the limit
    that gradient descent tends to (Soudry et al. 2018, Journal of Machine Learning Research 19). Solved as a
    least-distance problem (Lawson and Hanson 1974, chapter 23). None above a stated number of dimensions, or where
    rounding stands in the way.
    """
    if cone.basis.shape[1] > LARGEST_CANONICAL:
        return None
    metric = np.linalg.cholesky(cone.pairs.objective.coordinates.metric).T
    root = np.kron(standard, metric)[:, cone.free]
    _, values, right = np.linalg.svd(root @ cone.basis, full_matrices=False)
    back = right.T / values
    keep = 4 * len(values) + 16
    for _ in range(200):
        shortest = _least_distance(cone.working.vectors @ cone.basis @ back, 1.0 / cone.working.lengths)
        if shortest is None:
            return None
        direction = cone.theta(back @ shortest)
        (found,) = cone.pairs.scan(cone.closed, [direction], keep, level=1.0, below=-1e-12)
        short = found.scores * found.lengths < -1e-9
        if not short.any() or not cone.working.add(found):
            return direction
    return None


def _least_distance(inequalities: Array, levels: Array) -> Array | None:
    """Return the shortest u with inequalities u >= levels, shape (r,); None where rounding finds no such u."""
    from scipy.optimize import nnls  # noqa: PLC0415 - slow to import, for separated fits alone

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
    each = np.repeat(cone.pairs.objective.coordinates.rounding, cone.pairs.objective.shape[1])[cone.free]
    uncertain = 16.0 * float(np.max(each @ np.abs(cone.basis), initial=0.0))
    rounding = NULL * np.linalg.norm(np.abs(functionals) @ np.abs(cone.basis), axis=1)
    rounding += uncertain * np.abs(functionals).sum(axis=1)
    moving = np.linalg.norm(over, axis=1) > rounding
    start = cone.basis.T @ inside.reshape(-1)[cone.free]
    found: list[str | None] = [None] * len(functionals)
    for i in np.flatnonzero(moving).tolist():
        found[i] = "+inf" if over[i] @ start > 0 else "-inf"
    if cone.basis.shape[1] == 1 or not moving.any():
        return found
    asked = np.flatnonzero(moving).tolist()
    if len(asked) * cone.basis.shape[1] <= LARGEST_SIGNS:
        asked = _not_crossed(cone, over, start, np.flatnonzero(moving), found)
    if len(asked) * cone.basis.shape[1] > LARGEST_SIGNS:
        crossed = [True] * len(asked)
    else:
        crossed = _crossed(cone, over[asked] * np.sign(over[asked] @ start)[:, None], start)
    for i, both in zip(asked, crossed, strict=True):
        if both:
            found[i] = "undetermined"
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


def _crossed(cone: Cone, goals: Array, start: Array) -> list[bool]:
    """Return whether each goal, positive somewhere in the cone, is negative elsewhere in it (below -1e-9 in a box).

    All programs share one working set, and each sweep checks all of their solutions together. A solution that the
    programs' own rounding leaves outside the cone counts for what it is worth after a move towards ``start``, whose
    margins are at least 1, that brings it inside.
    """
    targets = -goals / np.maximum(np.linalg.norm(goals, axis=1, keepdims=True), 1e-300)
    values, outside = np.zeros(len(targets)), np.zeros(len(targets))
    pending = list(range(len(targets)))
    while pending:
        inequalities = cone.working.vectors @ cone.basis
        best = [maximise(targets[i], inequalities) for i in pending]
        values[pending] = [targets[i] @ v for i, v in zip(pending, best, strict=True)]
        pending, best = _still_positive(pending, best, values)
        directions = [cone.theta(v) for v in best]
        keep = cone.basis.shape[1] + 4
        scans = cone.pairs.scan(cone.closed, directions, keep, below=-cone.pairs.tolerance) if pending else ()
        outside[pending] = [np.max(-found.scores * found.lengths, initial=0.0) for found in scans]
        violated = [(i, found) for i, found in zip(pending, scans, strict=True) if len(found.scores)]
        grown = [cone.working.add(found) for _, found in violated]
        pending = [i for i, _ in violated] if any(grown) else []
    return [bool(value > NULL) for value in values + outside * (targets @ start)]


def _still_positive(pending: list[int], best: list[Array], values: Array) -> tuple[list[int], list[Array]]:
    """Drop what a zero maximum over few inequalities has settled: more of them cannot raise it."""
    left = [(i, v) for i, v in zip(pending, best, strict=True) if values[i] > NULL]
    return [i for i, _ in left], [v for _, v in left]
