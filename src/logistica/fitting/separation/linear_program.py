"""Linear programs over the cone of separating directions, with constraint generation.

Of millions of inequalities a handful decide. A working set starts with the pairs of smallest margin; the program is
solved over it; one sweep finds the worst violators among all pairs; they join the set; and so on until there are none.
Every margin that counts is computed in float64 from the rows, never taken from the program.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import NotAvailableError
from logistica.fitting.separation.pairs import Extremes, Mask, Pairs

Array = NDArray[np.float64]

LP_TOLERANCES = (1e-10, 1e-9, 1e-7)
"""Tried in turn: rare programs defeat the solver at the first. Margins are checked again in any case."""
MAX_ROUNDS = 500


@dataclass
class WorkingSet:
    """The inequalities in use, as rows over the free parameters, each pair once.

    ``vectors``, shape (w, d), are divided by the lengths of their rows, ``lengths``, shape (w,).
    """

    free: NDArray[np.intp]
    vectors: Array
    lengths: Array
    known: set[tuple[int, int]] = field(default_factory=set)

    def add(self, found: Extremes) -> int:
        """Take in the pairs of ``found`` that are new, and return how many there were."""
        fresh = [
            i
            for i, pair in enumerate(zip(found.rows.tolist(), found.classes.tolist(), strict=True))
            if pair not in self.known
        ]
        self.known.update((int(found.rows[i]), int(found.classes[i])) for i in fresh)
        self.vectors = np.concatenate([self.vectors, found.vectors[fresh][:, self.free]])
        self.lengths = np.concatenate([self.lengths, found.lengths[fresh]])
        return len(fresh)


def empty_set(free: NDArray[np.intp]) -> WorkingSet:
    """Return a working set over the free parameters without inequalities."""
    return WorkingSet(free, np.empty((0, len(free))), np.empty(0))


def maximise(goal: Array, inequalities: Array) -> Array:
    """Return the d that maximises goal' d subject to inequalities d >= 0 and -1 <= d <= 1."""
    from scipy.optimize import linprog  # noqa: PLC0415 - a third of a second, for fits in doubt alone

    size = np.max(np.abs(goal), initial=0.0)
    if size == 0.0:
        return np.zeros(len(goal))
    for tolerance in LP_TOLERANCES:
        outcome = linprog(
            -goal / size,
            A_ub=-inequalities,
            b_ub=np.zeros(len(inequalities)),
            bounds=(-1.0, 1.0),
            method="highs-ds",
            options={"primal_feasibility_tolerance": tolerance, "dual_feasibility_tolerance": tolerance},
        )
        if outcome.status == 0:
            return np.asarray(outcome.x)
    raise undecided()


def undecided() -> NotAvailableError:
    """Return the error for a linear program that rounding defeats."""
    return NotAvailableError(
        "Whether the classes are separated could not be decided: the columns' values differ too much in size for"
        " floating point. Look for single values far from all others, rescale them, or add a penalty, such as C=1."
    )


def improving_direction(pairs: Pairs, mask: Mask, goal_mask: Mask, working: WorkingSet) -> Array | None:
    """Return a direction that gains on ``goal_mask`` and loses nowhere in ``mask``, shape (q, m); None if none does.

    It maximises the sum of the margins of the pairs in ``goal_mask``.
    """
    free = working.free
    goal = pairs.total(goal_mask)[free]
    keep = max(10 * len(free), 64)
    for _ in range(MAX_ROUNDS):
        best = maximise(goal, working.vectors)
        if not np.any(np.abs(best) > pairs.tolerance):
            return None
        direction = whole(best, free, pairs)
        (found,) = pairs.scan(mask, [direction], keep, below=-pairs.tolerance)
        if not len(found.scores):
            return direction if found.positive else None
        if not working.add(found):
            return _without_ties(pairs, mask, working, best)
    raise undecided()


def _without_ties(pairs: Pairs, mask: Mask, working: WorkingSet, best: Array) -> Array | None:
    """Move a direction that violates known inequalities by rounding onto those that it meets with equality."""
    tight = working.vectors[np.abs(working.vectors @ best) < 1e-7]
    rounded = best - np.linalg.lstsq(tight, tight @ best, rcond=1e-12)[0]
    direction = whole(rounded, working.free, pairs)
    (found,) = pairs.scan(mask, [direction], 1, below=-pairs.tolerance)
    return direction if found.positive and not len(found.scores) else None


def whole(values: Array, free: NDArray[np.intp], pairs: Pairs) -> Array:
    """Return the values of the free parameters as a theta, shape (q, m), zero elsewhere."""
    theta = np.zeros(pairs.objective.shape)
    theta.reshape(-1)[free] = values
    return theta
