"""One problem, all contenders: the reference, the race up the ladders, then the chosen settings in turn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks.contracts import Contender, Penalty, Problem, Table
from benchmarks.entry import Effort, Entry, companies
from benchmarks.objective import excess, relative_gap, values
from benchmarks.race import race
from benchmarks.results import Outcome, Reference, Result, Timing
from benchmarks.turns import in_contention, in_turn, settings
from benchmarks.worker import ContenderError, Reply, TimeLimitError, Worker

CLOSE = 1e-10
"""The relative duality gap at which a reference is good enough to look no further."""


@dataclass(frozen=True)
class Found:
    """A reference: by whom, the relative gap, if there is one, the values, shape (k,), and whether they are optimal."""

    by: str
    gap: float | None
    values: np.ndarray
    certified: bool


@dataclass(frozen=True)
class Judge:
    """Turns answers into values."""

    table: Table
    penalties: tuple[Penalty, ...]

    def values(self, reply: Reply) -> np.ndarray:
        return values(self.table, self.penalties, reply.answer)

    def gap(self, reply: Reply) -> float:
        pairs = zip(self.penalties, reply.answer.coefficients, strict=True)
        return max(relative_gap(self.table, penalty, found) for penalty, found in pairs)


def run(
    problem: Problem, small: bool, contenders: Iterable[Contender], folder: Path, table: Table, effort: Effort
) -> Result:
    """Run the contenders that can solve the problem on its table, which has been saved in the folder."""
    absent = {one.name: reason for one in contenders if (reason := why_absent(one, problem))}

    def able(task: Problem) -> list[Entry]:
        named = [one for one in contenders if not why_absent(one, task)]
        return [Entry(one, Worker(one.name, problem.name, folder), problem.name) for one in named]

    entries = able(problem)
    judge = Judge(table, problem.penalties(table))
    # what a fixed amount of work has reached is judged by those who can do any amount
    referees = able(replace(problem, task="fit")) if problem.task == "epochs" else entries
    try:
        found = find_reference(problem, referees, judge, effort)
        return measure(problem, small, entries, absent, judge, effort, found)
    finally:
        for entry in [*entries, *referees]:
            entry.asked.end()


def why_absent(contender: Contender, problem: Problem) -> str:
    """Return why a contender takes no part; nothing where it does."""
    lacking = contender.lacks(problem)
    if lacking:
        return f"{'not yet' if contender.ours else 'does not do'}: {lacking}"
    missing = contender.missing()
    return f"not installed: {missing}" if missing else ""


def measure(
    problem: Problem,
    small: bool,
    entries: list[Entry],
    absent: Mapping[str, str],
    judge: Judge,
    effort: Effort,
    found: Found | None,
) -> Result:
    """Climb the ladders, and time what has come of them.

    A ladder ends early only by a certified reference: a poor one would end all of them too low.
    """
    reference = None if found is None else found.values
    certain = found is not None and found.certified
    compared = companies(problem, entries)
    known = partial(best_of, problem, entries, reference, judge.table)
    race(entries, compared, problem.targets[0], effort, lambda: known() if certain else None, judge.values)
    for entry in entries:
        if not entry.rungs:
            entry.asked.end()
    best = known()
    chosen = settings(compared, problem.targets, best)
    in_turn(entries, chosen, in_contention(compared, problem.targets, best), problem.calls, effort)
    return Result(
        problem=problem.name,
        title=problem.title,
        small=small,
        shape=judge.table.X.shape,
        origin=judge.table.origin,
        goals=problem.goals,
        targets=problem.targets,
        reference=reference_record(found, best),
        outcomes=tuple(outcome(entry, best) for entry in entries),
        absent=dict(absent),
    )


def find_reference(problem: Problem, referees: list[Entry], judge: Judge, effort: Effort) -> Found | None:
    """Return the first answer that is certified, by its author or by the gap; else the best of them.

    Those who certify their own answers are asked first, then rivals. Predictions have no reference: their values are
    errors already.
    """
    if problem.task == "predict":
        return Found("arithmetic", None, np.zeros(1), certified=True)
    best: Found | None = None
    for entry in sorted(referees, key=lambda entry: (entry.contender.exact is None, entry.contender.ours)):
        exact = entry.contender.exact
        try:
            reply = entry.ask(entry.contender.ladder[-1] if exact is None else exact, 1, effort.limit)
        except (TimeLimitError, ContenderError):
            continue
        gap = judge.gap(reply)
        certified = exact is not None or gap <= CLOSE
        found = Found(entry.contender.name, gap if math.isfinite(gap) else None, judge.values(reply), certified)
        if certified:
            return found
        if best is None or found.values.sum() < best.values.sum():
            best = found
    return best


def best_of(problem: Problem, entries: list[Entry], reference: np.ndarray | None, table: Table) -> np.ndarray:
    """Return the smallest value known at each penalty: of anybody, or the infimum where that is known."""
    known = [rung.values for entry in entries for rung in entry.rungs]
    known += [] if reference is None else [reference]
    infimum = None if problem.infimum is None else problem.infimum(table)
    known += [] if infimum is None else [infimum]
    return np.min(known, axis=0) if known else np.zeros(1)


def outcome(entry: Entry, best: np.ndarray) -> Outcome:
    """Return what a contender has come to."""
    reached = {rung.tolerance: rung.excess(best) for rung in entry.rungs}
    timings = tuple(Timing.of(reached[tolerance], tolerance, took) for tolerance, took in entry.seconds.items())
    return Outcome(entry.contender.name, entry.contender.ours, timings, entry.memory, entry.note)


def reference_record(found: Found | None, best: np.ndarray) -> Reference | None:
    """Return the reference, with what the best of all contenders is below it."""
    if found is None:
        return None
    return Reference(found.by, found.gap, max(excess(found.values, best), 0.0))
