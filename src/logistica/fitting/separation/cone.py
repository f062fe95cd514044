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

    @property
    def inequalities(self) -> Array:
        """The working set over v, shape (w, r)."""
        return np.asarray(self.working.vectors @ self.basis)


def canonical_direction(cone: Cone, deviation: Array, inside: Array) -> tuple[Array, bool]:
    """Return the direction of minimum norm with all closed margins >= 1, shape (q, m), and whether it is that.

    The norm is taken in standardised columns: ``deviation``, shape (q,), holds theirs in the solver's coordinates. The
    solution is unique, and the limit that gradient descent tends to (Soudry et al. 2018, Journal of Machine Learning
    Research 19). Solved as a least-distance problem (Lawson and Hanson 1974, chapter 23). Above a stated number of
    dimensions, and where rounding stands in the way, ``inside`` is returned, scaled to margins of at least 1.
    """
    if cone.basis.shape[1] > LARGEST_CANONICAL:
        return _at_least_one(cone, inside), False
    root = _root_of_metric(cone, deviation)
    left, values, right = np.linalg.svd(root @ cone.basis, full_matrices=False)
    back = (right.T / values) @ np.eye(len(values))
    z_norm_pairs = cone.working
    for _ in range(200):
        active = (cone.working.vectors @ cone.basis) @ back
        v = _least_distance(active, _levels(cone))
        if v is None:
            break
        direction = cone.theta(back @ v)
        (found,) = cone.pairs.scan(cone.closed, [direction], 4 * len(v) + 16, level=1.0)
        if not len(found.scores) or found.scores[0] > -1e-9:
            return _at_least_one(cone, direction), True
        if not z_norm_pairs.add(found):
            return _at_least_one(cone, direction), True
    return _at_least_one(cone, inside), False
