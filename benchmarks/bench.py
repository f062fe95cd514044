"""One problem, all contenders: the reference, the ladders, then every chosen setting in turn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from benchmarks.contracts import Contender, Penalty, Problem, Table
from benchmarks.ladder import Rung, cheapest, climb, most_accurate
from benchmarks.objective import excess, relative_gap, values
from benchmarks.results import Outcome, Reference, Result, Timing
from benchmarks.worker import ContenderError, Reply, TimeLimitError, Worker

CLOSE = 1e-10
"""The relative duality gap at which a reference is good enough to look no further."""


class Asked(Protocol):
    """What a contender is asked through: a :class:`~benchmarks.worker.Worker`, or what stands for it in a test."""

    def ask(self, tolerance: float, calls: int, seconds: float, enough: float = ...) -> Reply: ...
    def end(self) -> None: ...


@dataclass(frozen=True)
class Effort:
    """How much is done: turns in which everybody is timed, and the seconds that a ladder, or the turns, may take."""

    turns: int = 5
    limit: float = 120.0


@dataclass
class Entry:
    """A contender on its way through a problem."""

    contender: Contender
    asked: Asked
    rungs: list[Rung] = field(default_factory=list)
    memory: int | None = None
    note: str = ""
    seconds: dict[float, list[float]] = field(default_factory=dict)


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
    entries = [Entry(one, Worker(one.name, problem.name, folder)) for one in contenders if one.name not in absent]
    judge = Judge(table, problem.penalties(table))
    referees = entries
    if problem.task == "epochs":  # what a fixed amount of work has reached is judged by those who can do any amount
        to_the_end = replace(problem, task="fit")
        referees = [
            Entry(one, Worker(one.name, problem.name, folder)) for one in contenders if not why_absent(one, to_the_end)
        ]
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
    """Climb the ladders, and time in turn what has come of them.

    A ladder ends early only by a certified reference: a poor one would end all of them too low.
    """
    reference = None if found is None else found.values
    start = best_of(problem, [], reference, judge.table) if found is not None and found.certified else None
    for entry in entries:
        entry.rungs = list(climb(tried(entry, judge, effort), start, problem.targets[0]))
        if not entry.rungs:
            entry.asked.end()
    best = best_of(problem, entries, reference, judge.table)
    chosen = settings(problem, entries, best)
    in_turn(entries, chosen, problem.calls, effort)
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
            reply = entry.asked.ask(entry.contender.ladder[-1] if exact is None else exact, 1, effort.limit)
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


def tried(entry: Entry, judge: Judge, effort: Effort) -> Iterator[Rung]:
    """Yield the rungs of a contender's ladder until its time is up."""
    left = effort.limit
    for tolerance in entry.contender.ladder:
        try:
            reply = entry.asked.ask(tolerance, 1, left)
        except TimeLimitError:
            entry.note = f"time limit ({effort.limit:g} s) at tolerance {tolerance:.0e}"
            return
        except ContenderError as error:
            entry.note = f"at tolerance {tolerance:.0e}: {error}"
            return
        left -= reply.seconds[0]
        entry.memory = reply.memory
        yield Rung(tolerance, judge.values(reply), reply.seconds[0])


def best_of(problem: Problem, entries: list[Entry], reference: np.ndarray | None, table: Table) -> np.ndarray:
    """Return the smallest value known at each penalty: of anybody, or the infimum where that is known."""
    known = [rung.values for entry in entries for rung in entry.rungs]
    known += [] if reference is None else [reference]
    infimum = None if problem.infimum is None else problem.infimum(table)
    known += [] if infimum is None else [infimum]
    return np.min(known, axis=0) if known else np.zeros(1)


def settings(problem: Problem, entries: list[Entry], best: np.ndarray) -> dict[str, set[float]]:
    """Return the tolerances to time of each contender.

    Rivals: the cheapest that reaches each target, and where the tightest is not reached, the most accurate. Ours also
    the cheapest that is as accurate as each of these.
    """
    tightest = problem.targets[0]
    closest = {entry.contender.name: most_accurate(entry.rungs, best) for entry in entries}
    of_rivals = [closest[entry.contender.name] for entry in entries if not entry.contender.ours]
    own_best = [rung.excess(best) for rung in of_rivals if rung is not None and rung.excess(best) > tightest]
    chosen: dict[str, set[float]] = {}
    for entry in entries:
        wanted = [*problem.targets, *own_best] if entry.contender.ours else problem.targets
        rungs = [cheapest(entry.rungs, best, target) for target in wanted]
        if rungs[0] is None:
            rungs.append(closest[entry.contender.name])
        chosen[entry.contender.name] = {rung.tolerance for rung in rungs if rung is not None}
    return chosen


def in_turn(entries: list[Entry], chosen: Mapping[str, set[float]], calls: int, effort: Effort) -> None:
    """Time every chosen setting once a turn, everybody in turn, as long as a contender's own limit lasts."""
    left = {entry.contender.name: effort.limit for entry in entries}
    for turn in range(effort.turns):
        for entry in entries:
            name = entry.contender.name
            for tolerance in sorted(chosen[name], reverse=True):
                if turn and left[name] <= 0.0:
                    continue
                try:
                    reply = entry.asked.ask(tolerance, calls, 2.0 * effort.limit, effort.limit / effort.turns)
                except (TimeLimitError, ContenderError) as error:
                    entry.note = f"when timed: {str(error) or 'time limit'}"
                    continue
                entry.seconds.setdefault(tolerance, []).extend(reply.seconds)
                left[name] -= sum(reply.seconds)


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
