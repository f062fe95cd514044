"""Which columns separate a class all by themselves: the explanation that a person can use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.sparse import SparseRows
from logistica.data.source import Block
from logistica.engines.base import Workspace
from logistica.fitting.separation.pairs import Pairs
from logistica.fitting.sparse_columns import span_by_class
from logistica.objective.linear import is_sparse
from logistica.objective.objective import Objective

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ClassRanges:
    """Smallest and largest value of each column in each class, shape (K, p), and the classes' sizes, shape (K,)."""

    low: Array
    high: Array
    size: NDArray[np.intp]

    def __add__(self, other: ClassRanges) -> ClassRanges:
        return ClassRanges(np.minimum(self.low, other.low), np.maximum(self.high, other.high), self.size + other.size)


@dataclass(frozen=True)
class Found:
    """Column ``column`` is ``side`` of ``threshold`` in ``n_rows`` rows, all of class code ``code``."""

    column: int
    code: int
    side: str
    threshold: float
    n_rows: int
    complete: bool


def single_columns(objective: Objective, columns: NDArray[np.intp]) -> list[Found]:
    """Look at each of ``columns`` alone, in two sweeps. A column that separates several classes is told once.

    Without an intercept a column separates by itself only at a threshold of zero.
    """
    engine, source, n_classes = objective.engine, objective.source, objective.loss.n_classes
    p = source.n_columns

    def ranges(block: Block, workspace: Workspace) -> ClassRanges:
        size = np.bincount(block.y, minlength=n_classes)
        entries = block.entries()
        if entries is not None:
            return ClassRanges(*span_by_class(entries, block.y, n_classes), size)
        x = workspace.array("z", block.n_rows, p)
        block.fill(x)
        low = np.full((n_classes, p), np.inf)
        high = np.full((n_classes, p), -np.inf)
        for code in range(n_classes):
            rows = x[block.y == code]
            if len(rows):
                low[code], high[code] = rows.min(axis=0), rows.max(axis=0)
        return ClassRanges(low, high, size)

    if not len(columns):
        return []
    width = 2 * n_classes if is_sparse(source) else 2 * p
    seen = engine.sum(ranges, source, width)
    fixed = None if objective.coordinates.intercept else 0.0
    asked = [found for j in columns for found in _candidates(seen, int(j), fixed)]

    def counts(block: Block, workspace: Workspace) -> NDArray[np.intp]:
        entries = block.entries()
        if entries is not None:
            return _counts_of_entries(entries, block.y, asked)
        x = workspace.array("z", block.n_rows, p)
        block.fill(x)
        return np.array([np.count_nonzero(_beyond(x[:, j], side, t) & (block.y == k)) for j, k, side, t in asked])

    counted = engine.sum(counts, source, width) if asked else np.empty(0, dtype=np.intp)
    told: dict[int, Found] = {}
    for (j, code, side, threshold), n in zip(asked, counted, strict=True):
        if n and (j not in told or told[j].n_rows < n):
            told[j] = Found(j, code, side, threshold, int(n), bool(n == seen.size[code]))
    return list(told.values())


def _counts_of_entries(
    x: SparseRows, y: NDArray[np.intp], asked: list[tuple[int, int, str, float]]
) -> NDArray[np.intp]:
    """Return how many rows of its class each candidate has beyond its threshold; a row without an entry holds zero."""
    matrix, size = x.matrix.tocsc(), np.bincount(y)
    found = []
    for j, code, side, threshold in asked:
        here = slice(matrix.indptr[j], matrix.indptr[j + 1])
        own = y[matrix.indices[here]] == code
        beyond = np.count_nonzero(_beyond(matrix.data[here], side, threshold) & own)
        if _beyond(np.zeros(1), side, threshold)[0] and code < len(size):
            beyond += size[code] - np.count_nonzero(own)
        found.append(beyond)
    return np.array(found, dtype=np.intp)


def direction_of(pairs: Pairs, free: NDArray[np.intp], alone: Sequence[Found]) -> Array | None:
    """Return the sum of the directions, shape (q, m), along which single columns separate; None if there are none.

    Columns that are not all free are left out.
    """
    coordinates, (q, m) = pairs.objective.coordinates, pairs.objective.shape
    k = int(coordinates.intercept)
    there = np.zeros(q * m, dtype=bool)
    there[free] = True
    total = np.zeros((q, m))
    for one in alone:
        if not there.reshape(q, m)[one.column + k].all():
            continue
        along = np.zeros(q)
        along[one.column + k] = 1.0
        if k:
            shift = (coordinates.centre[one.column] - one.threshold) * coordinates.scale[one.column]
            along[0] = shift
        outputs = pairs.towards(one.code) if one.side == "above" else -pairs.towards(one.code)
        total += np.outer(along / np.abs(along).max(), outputs)
    if not total.any():
        return None
    T = coordinates.unmixing
    found = total if T is None else np.asarray(np.linalg.solve(T, total))
    return np.asarray(found / np.abs(found).max())


def _candidates(seen: ClassRanges, j: int, fixed: float | None) -> list[tuple[int, int, str, float]]:
    """Return (column, class code, side, threshold); the threshold is the other classes' extreme, or ``fixed``."""
    found = []
    for code in range(len(seen.size)):
        others = np.arange(len(seen.size)) != code
        above, below = float(seen.high[others, j].max()), float(seen.low[others, j].min())
        threshold = above if fixed is None else fixed
        if seen.low[code, j] >= threshold >= above:
            found.append((j, code, "above", threshold))
        threshold = below if fixed is None else fixed
        if seen.high[code, j] <= threshold <= below:
            found.append((j, code, "below", threshold))
    return found


def _beyond(x: Array, side: str, threshold: float) -> NDArray[np.bool_]:
    return x > threshold if side == "above" else x < threshold
