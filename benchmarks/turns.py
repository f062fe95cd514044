"""What is timed of each contender, and how often: those who may be the fastest in turn, the others once."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.entry import Company, Effort, Entry
from benchmarks.ladder import cheapest, most_accurate
from benchmarks.worker import ContenderError, TimeLimitError

NEAR = 3.0
"""Who takes so many times as long as the fastest, on the ladder, is not timed again, ..."""
SHORT = 1.0
"""... unless a call takes no longer than so many seconds."""
ENOUGH = 1.0
"""Seconds after which a turn of many calls has no more of them."""
SHARE = 0.25
"""Of the limit of a ladder: what a contender's turns may take before there are no more of them, ..."""
FEWEST = 2
"""... after the second."""

Chosen = Mapping[str, set[float]]


def settings(compared: Sequence[Company], targets: tuple[float, ...], best: np.ndarray) -> Chosen:
    """Return the tolerances to time of each contender.

    Rivals: the cheapest that reaches each target, and where the tightest is not reached, the most accurate. Ours also
    the cheapest that is as accurate as each of these.
    """
    chosen: dict[str, set[float]] = {}
    for company in compared:
        wanted = [*targets, *accuracies_of_rivals(compared, targets[0], best)] if company.ours else targets
        for entry in company.entries:
            rungs = [cheapest(entry.rungs, best, target) for target in wanted]
            if rungs[0] is None:
                rungs.append(most_accurate(entry.rungs, best))
            chosen[entry.name] = {rung.tolerance for rung in rungs if rung is not None}
    return chosen


def accuracies_of_rivals(compared: Sequence[Company], tightest: float, best: np.ndarray) -> list[float]:
    """Return the excesses at which rivals are compared that do not reach the tightest target: their own best."""
    rivals = [entry for company in compared if not company.ours for entry in company.entries]
    closest = [most_accurate(entry.rungs, best) for entry in rivals]
    return sorted({rung.excess(best) for rung in closest if rung is not None and rung.excess(best) > tightest})


def in_contention(compared: Sequence[Company], targets: tuple[float, ...], best: np.ndarray) -> set[tuple[str, float]]:
    """Return the settings that may be the fastest within some excess at which is compared, or take no time.

    These excesses are the targets, and the best that any of a company reaches; for ours, that any rival reaches.
    """
    near: set[tuple[str, float]] = set()
    for company in compared:
        reached = [rung.excess(best) for one in company.entries if (rung := most_accurate(one.rungs, best)) is not None]
        own = accuracies_of_rivals(compared, targets[0], best) if company.ours else [min(reached, default=math.inf)]
        for target in {*targets, *(max(excess, targets[0]) for excess in own)}:
            rungs = [(one.name, rung) for one in company.entries if (rung := cheapest(one.rungs, best, target))]
            fastest = min((rung.seconds for _, rung in rungs), default=0.0)
            near |= {(name, rung.tolerance) for name, rung in rungs if rung.seconds <= NEAR * fastest}
        near |= {(one.name, rung.tolerance) for one in company.entries for rung in one.rungs if rung.seconds <= SHORT}
    return near


def in_turn(entries: Sequence[Entry], chosen: Chosen, near: set[tuple[str, float]], calls: int, effort: Effort) -> None:
    """Time the settings in contention once a turn, everybody in turn; of the others the time on the ladder counts.

    Whose runs are long has fewer turns, and none after one that fails.
    """
    again = set(near)
    left = {entry.name: SHARE * effort.limit for entry in entries}
    for turn in range(effort.turns):
        for entry in entries:
            for tolerance in sorted(chosen[entry.name], reverse=True):
                if (entry.name, tolerance) not in again or (turn >= FEWEST and left[entry.name] <= 0.0):
                    continue
                try:
                    reply = entry.ask(tolerance, calls, 2.0 * effort.limit, ENOUGH)
                except (TimeLimitError, ContenderError) as error:
                    entry.note = f"when timed: {str(error) or 'time limit'}"
                    again.discard((entry.name, tolerance))
                    continue
                entry.seconds.setdefault(tolerance, []).extend(reply.seconds)
                left[entry.name] -= sum(reply.seconds)
    for entry in entries:
        for rung in entry.rungs:
            if rung.tolerance in chosen[entry.name]:
                entry.seconds.setdefault(rung.tolerance, [rung.seconds])
