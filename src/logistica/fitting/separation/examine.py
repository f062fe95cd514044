"""The separation test from start to end.

1. Stages: maximise the sum of the margins of the pairs still open; what gains is closed; again, until nothing gains.
   Pairs left open are those that hold a finite fit in place. None open: complete separation.
2. The cone: the space of directions that leave the open pairs where they are; its canonical direction; signs.
3. The limit: the maximum likelihood fit of the open pairs, and the distance along the direction at which the closed
   ones cost nothing any more.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.data.source import WithOffset
from logistica.fitting.columns import Columns
from logistica.fitting.separation.cone import Cone, canonical_direction, independent, null_space, signs
from logistica.fitting.separation.linear_program import empty_set, improving_direction, undecided, whole
from logistica.fitting.separation.pairs import Mask, Pairs
from logistica.fitting.separation.record import OPPOSITE
from logistica.objective.objective import Objective

Array = NDArray[np.float64]

TOLERANCE = 1e-10
LARGE_MARGIN = 3.0
"""Pairs whose margin has grown beyond this are looked at first."""
WITHIN = 1e-9
"""How close to its supremum the log-likelihood of the limit's predictions is."""


@dataclass(frozen=True)
class Limit:
    """The outcome for separated classes, in the solver's coordinates.

    Attributes
    ----------
    complete : bool
    closed : array of bool, shape (n, K)
        The (row, class) pairs that the limit excludes.
    direction : array, shape (q, m)
    canonical : bool
    estimable : array of intp
        Places of the parameters, flattened, that the open pairs determine.
    start : array, shape (q, m)
        A point with zeros elsewhere that gives the open pairs the margins that ``theta`` gave them.
    remaining : Objective
        The objective of the open pairs alone.
    contrasts : array, shape (q, K, K), of object
        The sign of coefficient row j, class a against class b: "+inf", "-inf", "undetermined", or None where finite.
    pairs : Pairs
        For further questions about the rows.
    """

    complete: bool
    closed: Mask
    direction: Array
    canonical: bool
    estimable: NDArray[np.intp]
    start: Array
    remaining: Objective
    contrasts: NDArray[np.object_]
    pairs: Pairs

    @property
    def n_rows(self) -> int:
        """Rows with at least one class that the limit excludes."""
        return int(np.count_nonzero(self.closed.any(axis=1)))

    def distance(self, theta: Array, total_weight: float) -> float:
        """Return how far along the direction from theta, shape (q, m), all closed pairs together cost under 1e-9."""
        target = np.log(total_weight * self.pairs.n_classes / WITHIN)
        missing = target - self.pairs.collect(theta, with_offset=True)[self.closed]
        gain = self.pairs.collect(self.direction)[self.closed]
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            distance = float(np.maximum(np.max(missing / gain), 1.0))
        if not np.isfinite(distance * np.max(np.abs(self.direction))):
            raise undecided()
        return distance


def examine(objective: Objective, theta: Array, free: NDArray[np.intp], columns: Columns) -> Limit | None:
    """Decide whether the classes are separated. ``theta``, shape (q, m), is where the solver has come to.

    Returns None where a finite optimum exists, or where it cannot be told: nearly equal columns whose difference is
    of the size of rounding. The solver then ends without a certificate, and says so.
    """
    pairs = Pairs(objective, TOLERANCE)
    every = pairs.every()
    stages = _stages(pairs, every, theta, free)
    if not stages:
        return None
    closed = np.logical_or.reduce([gained for _, gained in stages])
    still_open = every & ~closed
    basis = null_space(pairs, still_open, free)
    working = empty_set(free)
    working.add(pairs.scan(closed, [theta], 4 * len(free) + 16)[0])
    cone = Cone(pairs, closed, free, basis, working)
    canonical = canonical_direction(cone, _standard(objective, columns))
    direction = _combined(pairs, stages) if canonical is None else canonical
    estimable = independent(basis)
    return Limit(
        complete=not still_open.any(),
        closed=closed,
        direction=direction,
        canonical=canonical is not None,
        estimable=free[estimable],
        start=whole(_moved(theta.reshape(-1)[free], basis, estimable), free, pairs),
        remaining=_remaining(objective, closed),
        contrasts=_contrasts(cone, direction),
        pairs=pairs,
    )


def _moved(values: Array, basis: Array, estimable: NDArray[np.intp]) -> Array:
    """Move along the null space until all parameters but the estimable ones are zero."""
    others = np.setdiff1d(np.arange(len(values)), estimable)
    moved = values - basis @ np.linalg.solve(basis[others], values[others])
    moved[others] = 0.0
    return np.asarray(moved)


def _stages(pairs: Pairs, every: Mask, theta: Array, free: NDArray[np.intp]) -> list[tuple[Array, Mask]]:
    """Return the directions that gain, one after the other, each with the pairs that it closes; none if in doubt."""
    still_open = every.copy()
    large = pairs.collect(theta) > LARGE_MARGIN
    stages: list[tuple[Array, Mask]] = []
    while still_open.any():
        rows = np.flatnonzero(still_open.any(axis=1))
        here = pairs if 2 * len(rows) > len(every) else pairs.on(rows)
        mask, first = (still_open, large) if here is pairs else (still_open[rows], large[rows])
        direction = _stage(here, mask, mask & first, theta, free)
        if direction is None:
            break
        gained = here.gained(mask, direction)
        if here is not pairs:
            whole_mask = np.zeros_like(every)
            whole_mask[rows] = gained
            gained = whole_mask
        if pairs.on_rounding_alone(gained, direction):
            return []
        stages.append((direction, gained))
        still_open &= ~gained
    return stages


def _stage(pairs: Pairs, still_open: Mask, first: Mask, theta: Array, free: NDArray[np.intp]) -> Array | None:
    """Return a direction that gains: on the pairs with a large margin if it can, else on any."""
    working = empty_set(free)
    working.add(pairs.scan(still_open, [theta], 4 * len(free) + 16)[0])
    if first.any():
        direction = improving_direction(pairs, still_open, first, working)
        if direction is not None:
            return direction
    return improving_direction(pairs, still_open, still_open, working)


def _combined(pairs: Pairs, stages: list[tuple[Array, Mask]]) -> Array:
    """Return one direction with a margin of at least 1 on every closed pair.

    A later stage's direction may lose on what an earlier stage closed; enough of the earlier one makes up for it.
    """
    direction, closed = stages[-1]
    direction = direction / pairs.collect(direction)[closed].min()
    for earlier, gained in reversed(stages[:-1]):
        gain = pairs.collect(earlier)[gained]
        needed = (1.0 - pairs.collect(direction)[gained]) / gain
        direction = direction + max(float(needed.max()), 0.0) * earlier
    return np.asarray(direction)


def _standard(objective: Objective, columns: Columns) -> Array:
    """Return the map from theta to the coefficients of standardised columns (and the intercept), shape (q, q)."""
    deviation = np.concatenate(
        [np.ones(int(objective.coordinates.intercept)), columns.deviation * columns.coordinates.scale]
    )
    standard = np.diag(np.where(deviation > 0, deviation, 1.0))
    unmixing = objective.coordinates.unmixing
    return standard if unmixing is None else np.asarray(standard @ unmixing)


def _contrasts(cone: Cone, inside: Array) -> NDArray[np.object_]:
    """Return the signs of all contrasts of classes, for the intercept and the columns, shape (q, K, K)."""
    coordinates = cone.pairs.objective.coordinates
    q = coordinates.n_rows
    K = cone.pairs.n_classes
    rows = coordinates.user_rows()
    if coordinates.unmixing is not None:
        rows = rows @ coordinates.unmixing
    asked = [(a, b) for a in range(K) for b in range(a)]
    representation = cone.pairs.representation
    functionals = np.array([np.kron(row, representation[a] - representation[b]) for a, b in asked for row in rows])
    found = signs(cone, functionals[:, cone.free], inside)
    table = np.full((q, K, K), None, dtype=object)
    for i, (a, b) in enumerate(asked):
        for j, sign in enumerate(found[i * q : (i + 1) * q]):
            table[j, a, b] = sign
            table[j, b, a] = None if sign is None else OPPOSITE[sign]
    return table


def _remaining(objective: Objective, closed: Mask) -> Objective:
    """Return the objective without the closed pairs: an infinite offset takes a class out of a row's choice."""
    source = objective.source
    blocks = list(source.blocks(2**16))
    offset = np.zeros((source.n_rows, objective.loss.n_outputs))
    if blocks[0].offset is not None:
        offset += np.concatenate([block.offset for block in blocks if block.offset is not None])
    if objective.loss.n_outputs == 1:
        offset[closed[:, 0], 0] = np.inf
        offset[closed[:, 1], 0] = -np.inf
    else:
        offset[closed] = -np.inf
    return replace(objective, source=WithOffset(source, offset))
