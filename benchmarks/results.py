"""What was measured, as frozen records and as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.contracts import Goal


@dataclass(frozen=True)
class Timing:
    """Seconds of the calls at one tolerance.

    Attributes
    ----------
    excess : float
        What the tolerance reached.
    tolerance : float
    median, fastest, slowest : float
    late : float
        The 99th percentile; of fewer than a hundred calls the slowest.
    calls : int
    """

    excess: float
    tolerance: float
    median: float
    fastest: float
    slowest: float
    late: float
    calls: int

    @classmethod
    def of(cls, excess: float, tolerance: float, seconds: list[float]) -> Timing:
        late = float(np.percentile(seconds, 99)) if len(seconds) >= 100 else max(seconds)
        return cls(excess, tolerance, float(np.median(seconds)), min(seconds), max(seconds), late, len(seconds))


@dataclass(frozen=True)
class Outcome:
    """One contender on one problem.

    Attributes
    ----------
    contender : str
    ours : bool
    timings : tuple of Timing
        At the tolerances that were timed in turn with the others.
    memory : int or None
        Bytes beyond the table at the peak.
    note : str
        Why there is no more: "not yet", the time limit, an error.
    """

    contender: str
    ours: bool
    timings: tuple[Timing, ...] = ()
    memory: int | None = None
    note: str = ""

    def at(self, target: float) -> Timing | None:
        """Return the fastest timing within an excess; None where it was not reached."""
        return min((one for one in self.timings if one.excess <= target), key=lambda one: one.median, default=None)

    @property
    def best(self) -> Timing | None:
        """The most accurate timing."""
        return min(self.timings, key=lambda one: (one.excess, one.median), default=None)


@dataclass(frozen=True)
class Reference:
    """What the excess is measured from.

    Attributes
    ----------
    by : str
        Who found it.
    gap : float or None
        A bound on how far, relatively, the optimum can be below it; None where there is none.
    improved : float
        By how much, relatively, the best of all contenders is below it; the excess is measured from that.
    """

    by: str
    gap: float | None
    improved: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """A goal, and what became of it.

    Attributes
    ----------
    goal : float
    against : str
        How the names of the rivals begin that count.
    target : float
        The excess at which was compared.
    ours : float or None
        Our median, in seconds; None where we did not get there.
    rival : str
        The fastest.
    seconds : float or None
        Its median.
    """

    goal: float
    against: str
    target: float
    ours: float | None
    rival: str
    seconds: float | None

    @property
    def ratio(self) -> float | None:
        """The fastest rival's time over ours; None where either is missing."""
        return None if self.ours is None or self.seconds is None else self.seconds / self.ours

    @property
    def met(self) -> bool:
        return self.ratio is not None and self.ratio >= self.goal


@dataclass(frozen=True)
class Result:
    """One problem.

    Attributes
    ----------
    problem, title : str
    small : bool
    shape : tuple of int
    origin : str
        Where the table is from.
    goals : tuple of Goal
    targets : tuple of float
    reference : Reference or None
    outcomes : tuple of Outcome
    absent : dict of str to str
        Contenders that do not solve such a problem, or are not installed, and why.
    """

    problem: str
    title: str
    small: bool
    shape: tuple[int, int]
    origin: str
    goals: tuple[Goal, ...]
    targets: tuple[float, ...]
    reference: Reference | None
    outcomes: tuple[Outcome, ...]
    absent: dict[str, str]

    @property
    def ours(self) -> tuple[Outcome, ...]:
        return tuple(one for one in self.outcomes if one.ours and one.timings)

    def rivals(self, against: str = "") -> tuple[Outcome, ...]:
        """Return those that got anywhere, of those whose names begin so."""
        return tuple(one for one in self.outcomes if not one.ours and one.timings and one.contender.startswith(against))

    def target(self, against: str = "") -> float:
        """Return the excess at which we compare: the tightest target, or the best that any of these rivals reaches."""
        return max(self.targets[0], min((one.best.excess for one in self.rivals(against)), default=0.0))

    def verdicts(self) -> tuple[Verdict, ...]:
        """Return one verdict for each goal."""
        return tuple(self._judged(goal) for goal in self.goals)

    def against_ours(self, outcome: Outcome) -> float | None:
        """Return a contender's time over ours, at the target, or else at the contender's own best accuracy."""
        timing = outcome.at(self.target()) or outcome.best
        ours = None if timing is None else fastest(self.ours, max(timing.excess, self.target()))
        return None if ours is None else timing.median / ours[1].median

    def _judged(self, goal: Goal) -> Verdict:
        target = self.target(goal.against)
        ours, rival = fastest(self.ours, target), fastest(self.rivals(goal.against), target)
        own = None if ours is None else ours[1].median
        if rival is None:
            return Verdict(goal.ratio, goal.against, target, own, "", None)
        return Verdict(goal.ratio, goal.against, target, own, rival[0].contender, rival[1].median)


def fastest(outcomes: Iterable[Outcome], target: float) -> tuple[Outcome, Timing] | None:
    """Return who is fastest within an excess, with the timing; None where nobody gets there."""
    able = [(one, timing) for one in outcomes if (timing := one.at(target)) is not None]
    return min(able, key=lambda pair: pair[1].median, default=None)


def as_json(results: Iterable[Result], run: Mapping[str, object], facts: Mapping[str, object]) -> str:
    """Return what was asked for, the facts of the machine and the results as strict JSON; what is infinite is null."""
    listed = [
        asdict(result) | {"verdicts": [asdict(one) | {"ratio": one.ratio} for one in result.verdicts()]}
        for result in results
    ]
    return json.dumps(finite({"machine": facts, "run": run, "results": listed}), indent=1, allow_nan=False) + "\n"


def from_json(listed: Iterable[Mapping[str, Any]]) -> list[Result]:
    """Return the results that were listed by :func:`as_json`."""
    return [_result(**{name: value for name, value in one.items() if name != "verdicts"}) for one in listed]


def _result(shape, goals, targets, reference, outcomes, **others) -> Result:
    return Result(
        shape=tuple(shape),
        goals=tuple(Goal(**goal) for goal in goals),
        targets=tuple(targets),
        reference=None if reference is None else Reference(**reference),
        outcomes=tuple(_outcome(**one) for one in outcomes),
        **others,
    )


def _outcome(timings, **others) -> Outcome:
    read = (one | {"excess": math.inf if one["excess"] is None else one["excess"]} for one in timings)
    return Outcome(timings=tuple(Timing(**one) for one in read), **others)


def finite(value):
    """Return what JSON can hold, strictly: null for what is infinite."""
    if isinstance(value, Mapping):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
