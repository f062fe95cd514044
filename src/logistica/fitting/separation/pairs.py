"""Rows as the separation test sees them: one inequality for each row and each class that is not its own.

A direction d, shape (q, m), moves the predictors of row i by z_i d. Its *margin* at the pair (i, k) is by how much the
own class gains on class k. A direction whose margins are all >= 0, and not all zero, improves the likelihood for ever:
the classes are separated (Albert and Anderson 1984, Biometrika 71, 1-10). Margins are compared after division by |z_i|.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from logistica.data.source import Block
from logistica.engines.base import Collected, Kernel, S, Workspace
from logistica.objective.linear import Exact, Linear, read_exactly
from logistica.objective.objective import Objective

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROUNDING = 64.0
"""A margin is a sum of so many roundings at most."""
AT_ONCE = 64
"""Directions looked at in one sweep, which bounds the scratch memory."""


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
    """Inverse distances, shape (f,); adding two takes the nearer."""

    haste: Array

    def __add__(self, other: Nearest) -> Nearest:
        return Nearest(np.maximum(self.haste, other.haste))


class Pairs:
    """The pairs of an objective's rows, and the sweeps that ask about them."""

    def __init__(self, objective: Objective, tolerance: float) -> None:
        self.objective = objective
        self.tolerance = tolerance
        self.n_classes = objective.loss.n_classes
        self.representation = _representation(objective)

    @cached_property
    def lengths(self) -> Array:
        """Of the rows z, 1 for a row of zeros, shape (n,)."""
        everything = np.ones(self.objective.shape[0])

        def kernel(block: Block, workspace: Workspace) -> Collected:
            z = read_exactly(self.objective.coordinates, block, workspace)
            return Collected((np.sqrt(z.square_sums(everything)),))

        lengths = np.concatenate(self._sum(kernel).arrays)
        lengths[lengths == 0.0] = 1.0
        return lengths

    def margins(self, z: Linear, direction: Array, block: Block) -> Array:
        """Return the margins of a block's rows z along a direction: shape (n, K), own class 0."""
        scores = z.times(direction @ self.representation.T)
        return np.asarray(scores[np.arange(len(scores)), block.y][:, None] - scores)

    def towards(self, code: int) -> Array:
        """Return the outputs, shape (m,), along which one class gains as much on each of the others."""
        gain = self.representation[code]
        return gain if gain.any() else -np.ones(len(gain))

    def every(self) -> Mask:
        """Return the mask of all pairs, shape (n, K): True but for the own classes."""
        y = np.concatenate([block.y for block in self.objective.source.blocks(2**16)])
        mask = np.ones((len(y), self.n_classes), dtype=bool)
        mask[np.arange(len(y)), y] = False
        return mask

    def on(self, rows: NDArray[np.intp]) -> Pairs:
        """Return the pairs of the chosen rows alone."""
        objective = self.objective
        chosen = Pairs(replace(objective, source=objective.source.choose(rows)), self.tolerance)
        chosen.__dict__["lengths"] = self.lengths[rows]
        return chosen

    def scan(
        self,
        mask: Mask,
        directions: list[Array],
        keep: int,
        *,
        level: float = 0.0,
        below: float = np.inf,
        by_size: bool = False,
    ) -> tuple[Extremes, ...]:
        """Return for each direction the ``keep`` pairs in ``mask`` with the lowest (margin - level) / |z|.

        Only those ``below`` a score are looked for. With ``by_size`` pairs are ranked by -|margin| / |z| instead.
        """
        if len(directions) > AT_ONCE:
            first, others = directions[:AT_ONCE], directions[AT_ONCE:]
            return tuple(
                found
                for part in (first, others)
                for found in self.scan(mask, part, keep, level=level, below=below, by_size=by_size)
            )
        stacked = np.stack([d @ self.representation.T for d in directions], axis=1)
        lengths = self.lengths

        def kernel(block: Block, workspace: Workspace) -> Scans:
            z = read_exactly(self.objective.coordinates, block, workspace)
            norm = lengths[block.start : block.start + block.n_rows]
            rivals = self._rivals(block)
            here = np.take_along_axis(mask[block.start : block.start + block.n_rows], rivals, axis=1)
            scores = (self._against_rivals(z, stacked, block, rivals) - level) / norm[:, None, None]
            each = (scores[:, i] for i in range(len(directions)))
            return Scans(tuple(self._extremes(s, z, norm, here, rivals, block, keep, below, by_size) for s in each))

        return self._sum(kernel, len(directions)).each

    def _rivals(self, block: Block) -> NDArray[np.intp]:
        """Return the classes that are not a row's own, in order, shape (n, K - 1)."""
        places = np.arange(self.n_classes - 1)
        return places + (places >= block.y[:, None])

    def _against_rivals(self, z: Linear, stacked: Array, block: Block, rivals: NDArray[np.intp]) -> Array:
        """Return the margins along many directions, stacked as scores (q, f, K): shape (n, f, K - 1)."""
        if self.n_classes == 2:
            gain = z.times(stacked[:, :, 1] - stacked[:, :, 0])
            gain *= (2.0 * block.y - 1.0)[:, None]
            return np.asarray(gain[:, :, None])
        q, count, K = stacked.shape
        scores = z.times(stacked.reshape(q, count * K)).reshape(block.n_rows, count, K)
        own = scores[np.arange(block.n_rows), :, block.y]
        return np.asarray(own[:, :, None] - np.take_along_axis(scores, rivals[:, None, :], axis=2))

    def _extremes(
        self,
        scores: Array,
        z: Exact,
        norm: Array,
        here: Mask,
        rivals: NDArray[np.intp],
        block: Block,
        keep: int,
        below: float,
        by_size: bool,
    ) -> Extremes:
        positive = int(np.count_nonzero((scores > self.tolerance) & here))
        if by_size:
            scores = -np.abs(scores)
        chosen = np.flatnonzero((scores < below) & here)
        values = scores.reshape(-1)[chosen]
        if len(chosen) > keep:
            lowest = np.sort(np.argpartition(values, keep)[:keep])
            chosen, values = chosen[lowest], values[lowest]
        order = np.argsort(values, kind="stable")
        chosen, values = chosen[order], values[order]
        rows, places = np.divmod(chosen, rivals.shape[1])
        classes = rivals[rows, places]
        contrast = self.representation[block.y[rows]] - self.representation[classes]
        vectors = (z.written(rows) / norm[rows, None])[:, :, None] * contrast[:, None, :]
        return Extremes(
            values,
            rows + block.start,
            classes,
            vectors.reshape(len(rows), contrast.shape[1] * vectors.shape[1]),
            norm[rows],
            keep,
            positive,
        )

    def total(self, mask: Mask) -> Array:
        """Return the sum of the vectors of all pairs in ``mask``, shape (q * m,)."""
        lengths = self.lengths

        def kernel(block: Block, workspace: Workspace) -> Array:
            z = read_exactly(self.objective.coordinates, block, workspace)
            norm = lengths[block.start : block.start + block.n_rows]
            here = mask[block.start : block.start + block.n_rows].astype(np.float64)
            gains = -here
            gains[np.arange(len(gains)), block.y] += here.sum(axis=1)
            return np.asarray(z.transposed_times(gains / norm[:, None]) @ self.representation)

        return self._sum(kernel).reshape(-1)

    def gained(self, mask: Mask, direction: Array) -> Mask:
        """Return the pairs in ``mask`` whose margin along ``direction`` is positive, shape (n, K)."""
        return self._above(direction, self.tolerance) & mask

    def on_rounding_alone(self, mask: Mask, direction: Array) -> bool:
        """Return whether a pair in ``mask`` gains no more along ``direction`` than rounding can give it.

        Only where columns are nearly equal is the rounding of their difference, enlarged, above the tolerance.
        """
        most = ROUNDING * float(np.max(self.objective.coordinates.rounding @ np.abs(direction), initial=0.0))
        return most > self.tolerance and bool((mask & ~self._above(direction, most)).any())

    def _above(self, direction: Array, level: float) -> Mask:
        """Return which margins along ``direction`` exceed ``level`` for rows of length one, shape (n, K)."""
        lengths = self.lengths

        def kernel(block: Block, workspace: Workspace) -> Collected:
            z = read_exactly(self.objective.coordinates, block, workspace)
            norm = lengths[block.start : block.start + block.n_rows]
            return Collected((self.margins(z, direction, block) > level * norm[:, None],))

        return np.concatenate(self._sum(kernel).arrays).astype(bool)

    def room(self, mask: Mask, origin: Array, steps: list[Array]) -> Array:
        """Return how far each step can be followed from ``origin`` until a margin in ``mask`` is zero, shape (f,)."""
        parts = [steps[i : i + AT_ONCE] for i in range(0, len(steps), AT_ONCE)]
        return np.concatenate([self._room(mask, origin, part) for part in parts] or [np.empty(0)])

    def _room(self, mask: Mask, origin: Array, steps: list[Array]) -> Array:
        stacked = np.stack([step @ self.representation.T for step in steps], axis=1)

        def kernel(block: Block, workspace: Workspace) -> Nearest:
            z = read_exactly(self.objective.coordinates, block, workspace)
            rivals = self._rivals(block)
            here = mask[block.start : block.start + block.n_rows]
            room = np.where(here, self.margins(z, origin, block), np.inf)
            losses = self._against_rivals(z, stacked, block, rivals)
            losses *= (-1.0 / np.take_along_axis(room, rivals, axis=1))[:, None, :]
            haste = losses.reshape(block.n_rows, -1).max(axis=0)
            return Nearest(haste.reshape(len(steps), -1).max(axis=1))

        with np.errstate(divide="ignore"):
            return 1.0 / np.maximum(self._sum(kernel, len(steps)).haste, 0.0)

    def collect(self, theta: Array, *, with_offset: bool = False) -> Array:
        """Return the margins at theta, shape (n, K), the offsets' share included or not."""

        def kernel(block: Block, workspace: Workspace) -> Collected:
            margins = self.margins(read_exactly(self.objective.coordinates, block, workspace), theta, block)
            if with_offset and block.offset is not None:
                known = block.offset if block.offset.shape[1] > 1 else np.hstack([0.0 * block.offset, block.offset])
                margins += known[np.arange(len(known)), block.y][:, None] - known
            return Collected((margins,))

        return np.concatenate(self._sum(kernel).arrays).astype(np.float64)

    def _sum(self, kernel: Kernel[S], directions: int = 1) -> S:
        """``directions`` are looked at at once: of sparse rows they are all that takes room."""
        objective = self.objective
        width = objective.products_width
        return objective.engine.sum(kernel, objective.source, max(width, 2 * directions * (self.n_classes - 1)))


def _representation(objective: Objective) -> Array:
    """Return the score of each class as a combination of the free outputs, shape (K, m): zero for the reference."""
    coordinates = objective.coordinates
    if coordinates.reference is None:
        return np.array([[0.0], [1.0]])
    matrix = np.zeros((objective.loss.n_classes, len(coordinates.free_outputs)))
    matrix[coordinates.free_outputs, np.arange(matrix.shape[1])] = 1.0
    return matrix
