"""The separation test from start to end.

1. Stages: columns that separate by themselves close what they gain on. If Newton's method then certifies that the pairs
   left open have a finite fit, nothing else separates. Otherwise maximise the sum of their margins by linear programs;
   what gains is closed; again, until nothing gains. Pairs left open are those that hold a finite fit in place. None
   open: complete separation.
2. The cone: the space of directions that leave the open pairs where they are; its canonical direction; signs.
3. The limit: the maximum likelihood fit of the open pairs, and the distance along the direction at which the closed
   ones cost nothing any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.fitting.columns import Columns
from logistica.fitting.separation.cone import Cone, canonical_direction, signs
from logistica.fitting.separation.linear_program import empty_set, improving_direction, undecided
from logistica.fitting.separation.pairs import Mask, Pairs
from logistica.fitting.separation.record import OPPOSITE
from logistica.fitting.separation.rest import Rest, has_an_optimum, rest_of
from logistica.fitting.separation.single import Found, direction_of
from logistica.objective.objective import Objective
from logistica.solvers.newton import Newton

Array = NDArray[np.float64]
Stage = tuple[Array, Mask]
"""A direction that gains, shape (q, m), and the pairs that it closes."""

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
        A point with zeros elsewhere, from which to go to the optimum of the open pairs.
    remaining : Objective
        The objective of the open pairs alone.
    contrasts : array, shape (q, K, K), of object
        The sign of coefficient row j, class a against class b: "+inf", "-inf", "undetermined", or None where finite.
    alone : tuple of Found
        The columns that separate by themselves, aliased ones too.
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
    alone: tuple[Found, ...]
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


def examine(newton: Newton, theta: Array, columns: Columns, alone: Sequence[Found]) -> Limit | None:
    """Decide whether the classes are separated. ``theta``, shape (q, m), is where the solver has come to.

    ``alone`` are the columns that separate by themselves. Returns None where a finite optimum exists, or where it
    cannot be told: nearly equal columns whose difference is of the size of rounding. The solver then ends without a
    certificate, and says so.
    """
    objective, free = newton.objective, newton.free
    pairs = Pairs(objective, TOLERANCE)
    every = pairs.every()
    found = _stages(newton, pairs, every, theta, alone)
    if found is None:
        return None
    stages, rest = found
    working = empty_set(free)
    working.add(pairs.scan(rest.closed, [theta], 4 * len(free) + 16)[0])
    cone = Cone(pairs, rest.closed, free, rest.basis, working)
    canonical = canonical_direction(cone, _standard(objective, columns))
    direction = _combined(pairs, stages) if canonical is None else canonical
    return Limit(
        complete=not (every & ~rest.closed).any(),
        closed=rest.closed,
        direction=direction,
        canonical=canonical is not None,
        estimable=rest.estimable,
        start=rest.start,
        remaining=rest.objective,
        contrasts=_contrasts(cone, direction),
        alone=tuple(alone),
        pairs=pairs,
    )


def _stages(
    newton: Newton, pairs: Pairs, every: Mask, theta: Array, alone: Sequence[Found]
) -> tuple[list[Stage], Rest] | None:
    """Return what is closed one after the other, and what that leaves; None if nothing separates, or in doubt."""
    stages, still_open = [], every.copy()
    first = _at_sight(pairs, every, newton.free, alone)
    if first is not None:
        stages.append(first)
        still_open &= ~first[1]
        rest = has_an_optimum(newton, rest_of(newton, pairs, every, still_open, theta))
        if rest is not None:
            return stages, rest
    more = _by_programs(pairs, still_open, theta, newton.free)
    if more is None or not (stages or more):
        return None
    for _, gained in more:
        still_open &= ~gained
    return stages + more, rest_of(newton, pairs, every, still_open, theta)


def _at_sight(pairs: Pairs, every: Mask, free: NDArray[np.intp], alone: Sequence[Found]) -> Stage | None:
    """Return the direction of all columns that separate by themselves, with the pairs that it closes."""
    direction = direction_of(pairs, free, alone)
    if direction is None or len(pairs.scan(every, [direction], 1, below=-pairs.tolerance)[0].scores):
        return None
    gained = pairs.gained(every, direction)
    return None if not gained.any() or pairs.on_rounding_alone(gained, direction) else (direction, gained)


def _by_programs(pairs: Pairs, open_pairs: Mask, theta: Array, free: NDArray[np.intp]) -> list[Stage] | None:
    """Return the directions that gain, one after the other, each with the pairs that it closes; None if in doubt."""
    still_open = open_pairs.copy()
    large = pairs.collect(theta) > LARGE_MARGIN
    stages: list[Stage] = []
    while still_open.any():
        rows = np.flatnonzero(still_open.any(axis=1))
        here = pairs if 2 * len(rows) > len(still_open) else pairs.on(rows)
        mask, first = (still_open, large) if here is pairs else (still_open[rows], large[rows])
        direction = _stage(here, mask, mask & first, theta, free)
        if direction is None:
            break
        gained = here.gained(mask, direction)
        if here is not pairs:
            whole_mask = np.zeros_like(still_open)
            whole_mask[rows] = gained
            gained = whole_mask
        if pairs.on_rounding_alone(gained, direction):
            return None
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


def _combined(pairs: Pairs, stages: list[Stage]) -> Array:
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
