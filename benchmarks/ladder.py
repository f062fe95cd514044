"""The cheapest setting at which a contender is as accurate as asked for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.objective import excess


@dataclass(frozen=True)
class Rung:
    """One tolerance: the values reached, shape (k,), and the seconds it took."""

    tolerance: float
    values: np.ndarray
    seconds: float

    def excess(self, best: np.ndarray) -> float:
        return excess(self.values, best)


def cheapest(rungs: Iterable[Rung], best: np.ndarray, target: float) -> Rung | None:
    """Return the fastest rung within the target; None where it is not reached."""
    within = [rung for rung in rungs if rung.excess(best) <= target]
    return min(within, key=_seconds, default=None)


def most_accurate(rungs: Iterable[Rung], best: np.ndarray) -> Rung | None:
    """Return the rung of the smallest excess, the first of equals."""
    return min(rungs, key=lambda rung: (rung.excess(best), rung.seconds), default=None)


def _seconds(rung: Rung) -> float:
    return rung.seconds
