"""Rows as the separation test sees them: one inequality for each row and each class that is not its own.

A direction d, shape (q, m), moves the predictors of row i by z_i d. Its *margin* at the pair (i, k) is by how much the
own class gains on class k. A direction whose margins are all >= 0, and not all zero, improves the likelihood for ever:
the classes are separated (Albert and Anderson 1984, Biometrika 71, 1-10). Margins are compared after division by |z_i|.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.data.source import Block
from logistica.engines.base import Kernel, S, Workspace
from logistica.objective.objective import Objective

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Extremes:
    """The pairs with the lowest scores, lowest first; adding two keeps the lowest of both.

    Attributes
    ----------
    scores, rows, classes : arrays, shape (t,)
    vectors : array, shape (t, q * m)
        The pairs as inequalities, divided by |z_i|: their product with a flattened direction is its margin over |z_i|.
    lengths : array, shape (t,)
        |z_i|.
    keep : int
        How many are kept at most.
    positive : int
        How many pairs in all have a score above the tolerance.
    """

    scores: Array
    rows: NDArray[np.intp]
    classes: NDArray[np.intp]
    vectors: Array
    lengths: Array
    keep: int
    positive: int

    def __add__(self, other: Extremes) -> Extremes:
        scores = np.concatenate([self.scores, other.scores])
        order = np.argsort(scores, kind="stable")[: self.keep]
        return Extremes(
            scores[order],
            np.concatenate([self.rows, other.rows])[order],
            np.concatenate([self.classes, other.classes])[order],
            np.concatenate([self.vectors, other.vectors])[order],
            np.concatenate([self.lengths, other.lengths])[order],
            self.keep,
            self.positive + other.positive,
        )


@dataclass(frozen=True)
class Scans:
    """One :class:`Extremes` for each direction; they add one by one."""

    each: tuple[Extremes, ...]

    def __add__(self, other: Scans) -> Scans:
        return Scans(tuple(a + b for a, b in zip(self.each, other.each, strict=True)))


@dataclass(frozen=True)
class Nearest:
    """Distances, shape (f,); adding two takes the nearer."""

    distance: Array

    def __add__(self, other: Nearest) -> Nearest:
        return Nearest(np.minimum(self.distance, other.distance))


@dataclass(frozen=True)
class Collected:
    """Arrays of blocks in their order, to be joined."""

    arrays: tuple[NDArray[np.generic], ...]

    def __add__(self, other: Collected) -> Collected:
        return Collected(self.arrays + other.arrays)


class Pairs:
    """The pairs of an objective's rows, and the sweeps that ask about them."""

    def __init__(self, objective: Objective, tolerance: float) -> None:
        self.objective = objective
        self.tolerance = tolerance
        self.n_classes = objective.loss.n_classes
        self.representation = _representation(objective)

    def margins(self, z: Array, direction: Array, block: Block) -> Array:
        """Return the margins of a block's rows z, shape (n, q), along a direction: shape (n, K), own class 0."""
        scores = z @ (direction @ self.representation.T)
        return np.asarray(scores[np.arange(len(z)), block.y][:, None] - scores)

    def every(self) -> Mask:
        """Return the mask of all pairs, shape (n, K): True but for the own classes."""
        y = np.concatenate([block.y for block in self.objective.source.blocks(2**16)])
        mask = np.ones((len(y), self.n_classes), dtype=bool)
        mask[np.arange(len(y)), y] = False
        return mask

    def scan(
        self, mask: Mask, directions: list[Array], keep: int, *, level: float = 0.0, by_size: bool = False
    ) -> tuple[Extremes, ...]:
        """Return for each direction the ``keep`` pairs in ``mask`` with the lowest (margin - level) / |z|.

        With ``by_size`` they are ranked by -|margin| / |z| instead.
        """

        def kernel(block: Block, workspace: Workspace) -> Scans:
            z = self.objective.coordinates.rows(block, workspace)
            norm = np.sqrt(np.einsum("ij,ij->i", z, z))
            norm[norm == 0.0] = 1.0
            here = mask[block.start : block.start + block.n_rows]
            return Scans(tuple(self._extremes(z, norm, here, d, block, keep, level, by_size) for d in directions))

        return self._sum(kernel).each

    def _extremes(
        self,
        z: Array,
        norm: Array,
        here: Mask,
        direction: Array,
        block: Block,
        keep: int,
        level: float,
        by_size: bool,
    ) -> Extremes:
        scores = (self.margins(z, direction, block) - level) / norm[:, None]
        positive = int(np.count_nonzero((scores > self.tolerance) & here))
        if by_size:
            scores = -np.abs(scores)
        scores = np.where(here, scores, np.inf)
        flat = scores.reshape(-1)
        lowest = np.argpartition(flat, keep)[:keep] if keep < flat.size else np.arange(flat.size)
        lowest = np.sort(lowest[np.isfinite(flat[lowest])])
        lowest = lowest[np.argsort(flat[lowest], kind="stable")]
        rows, classes = np.divmod(lowest, self.n_classes)
        contrast = self.representation[block.y[rows]] - self.representation[classes]
        vectors = (z[rows] / norm[rows, None])[:, :, None] * contrast[:, None, :]
        return Extremes(
            flat[lowest],
            rows + block.start,
            classes,
            vectors.reshape(len(rows), contrast.shape[1] * z.shape[1]),
            norm[rows],
            keep,
            positive,
        )

    def total(self, mask: Mask) -> Array:
        """Return the sum of the vectors of all pairs in ``mask``, shape (q * m,)."""

        def kernel(block: Block, workspace: Workspace) -> Array:
            z = self.objective.coordinates.rows(block, workspace)
            norm = np.sqrt(np.einsum("ij,ij->i", z, z))
            norm[norm == 0.0] = 1.0
            here = mask[block.start : block.start + block.n_rows].astype(np.float64)
            gains = -here
            gains[np.arange(len(z)), block.y] += here.sum(axis=1)
            return np.asarray((z.T @ (gains / norm[:, None])) @ self.representation)

        return self._sum(kernel).reshape(-1)

    def gained(self, mask: Mask, direction: Array) -> Mask:
        """Return the pairs in ``mask`` whose margin along ``direction`` is positive, shape (n, K)."""

        def kernel(block: Block, workspace: Workspace) -> Collected:
            z = self.objective.coordinates.rows(block, workspace)
            norm = np.sqrt(np.einsum("ij,ij->i", z, z))[:, None]
            return Collected((self.margins(z, direction, block) > self.tolerance * norm,))

        return np.concatenate(self._sum(kernel).arrays).astype(bool) & mask

    def room(self, mask: Mask, origin: Array, steps: list[Array]) -> Array:
        """Return how far each step can be followed from ``origin`` until a margin in ``mask`` is zero, shape (f,)."""

        def kernel(block: Block, workspace: Workspace) -> Nearest:
            z = self.objective.coordinates.rows(block, workspace)
            here = mask[block.start : block.start + block.n_rows]
            room = self.margins(z, origin, block)[here]
            nearest = np.full(len(steps), np.inf)
            for i, step in enumerate(steps):
                loss = -self.margins(z, step, block)[here]
                falling = loss > 0
                if falling.any():
                    nearest[i] = np.min(room[falling] / loss[falling])
            return Nearest(nearest)

        return self._sum(kernel).distance

    def collect(self, theta: Array, *, with_offset: bool = False) -> Array:
        """Return the margins at theta, shape (n, K), the offsets' share included or not."""

        def kernel(block: Block, workspace: Workspace) -> Collected:
            margins = self.margins(self.objective.coordinates.rows(block, workspace), theta, block)
            if with_offset and block.offset is not None:
                known = block.offset if block.offset.shape[1] > 1 else np.hstack([0.0 * block.offset, block.offset])
                margins += known[np.arange(len(known)), block.y][:, None] - known
            return Collected((margins,))

        return np.concatenate(self._sum(kernel).arrays).astype(np.float64)

    def _sum(self, kernel: Kernel[S]) -> S:
        return self.objective.engine.sum(kernel, self.objective.source, self.objective.width)


def _representation(objective: Objective) -> Array:
    """Return the score of each class as a combination of the free outputs, shape (K, m): zero for the reference."""
    coordinates = objective.coordinates
    if coordinates.reference is None:
        return np.array([[0.0], [1.0]])
    matrix = np.zeros((objective.loss.n_classes, len(coordinates.free_outputs)))
    matrix[coordinates.free_outputs, np.arange(matrix.shape[1])] = 1.0
    return matrix
