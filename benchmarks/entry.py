"""A contender on its way through a problem, and who is compared with whom."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Protocol

from benchmarks.contracts import Contender, Problem
from benchmarks.ladder import Rung
from benchmarks.worker import ContenderError, Reply, TimeLimitError


class Asked(Protocol):
    """What a contender is asked through: a :class:`~benchmarks.worker.Worker`, or what stands for it in a test."""

    def ask(self, tolerance: float, calls: int, seconds: float, enough: float = ...) -> Reply: ...
    def end(self) -> None: ...


@dataclass(frozen=True)
class Effort:
    """How much is done.

    Attributes
    ----------
    turns : int
        In which everybody who may be the fastest is timed.
    limit : float
        Seconds that the fits of one ladder may take together.
    longest : float
        Seconds that a fit may take, even if nobody ever reaches the tightest target.
    times : float
        How many times as long as the fastest rival's a fit may take.
    least : float
        Seconds that a fit may take however fast a rival is.
    first : float
        Seconds that a fit may take at first while nobody has reached the tightest target; later it may take more.
    """

    turns: int = 5
    limit: float = 120.0
    longest: float = 60.0
    times: float = 5.0
    least: float = 3.0
    first: float = 5.0


@dataclass
class Entry:
    """A contender on its way through a problem.

    Attributes
    ----------
    rungs : list of Rung
        Of its ladder, so far.
    cut : float
        The most seconds that were not enough for a rung.
    failed : bool
        Whether it has raised an error.
    memory : int or None
    note : str
        Why there is no more.
    seconds : dict of float to list of float
        By tolerance, what counts.
    """

    contender: Contender
    asked: Asked
    problem: str = ""
    rungs: list[Rung] = field(default_factory=list)
    cut: float = 0.0
    failed: bool = False
    memory: int | None = None
    note: str = ""
    seconds: dict[float, list[float]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.contender.name

    @property
    def spent(self) -> float:
        """Return the seconds of its ladder so far; what was cut off and will be tried again does not count."""
        return sum(rung.seconds for rung in self.rungs)

    @property
    def next_tolerance(self) -> float | None:
        """Return the tolerance of the next rung; None at the end of the ladder."""
        ladder = self.contender.ladder
        return ladder[len(self.rungs)] if len(self.rungs) < len(ladder) else None

    def ask(self, tolerance: float, calls: int, seconds: float, enough: float = float("inf")) -> Reply:
        """Ask for a fit, and tell on stderr what came of it. What passes outside a contender's own clock is granted."""
        began = time.monotonic()
        said = "ended"
        try:
            reply = self.asked.ask(tolerance, calls, seconds + self.contender.outside, enough)
            said = f"{sorted(reply.seconds)[len(reply.seconds) // 2]:.3g} s"
            return reply
        except TimeLimitError:
            said = f"ended after {seconds:.3g} s"
            raise
        except ContenderError as error:
            said = str(error)
            raise
        finally:
            took = time.monotonic() - began
            print(f"{self.problem} {self.name}: tolerance {tolerance:.0e}, {said} [{took:.1f} s]", file=sys.stderr)


@dataclass(frozen=True)
class Company:
    """Those who are compared with each other: ours, all rivals, or the rivals that a goal is against."""

    entries: tuple[Entry, ...]
    ours: bool = False

    def __contains__(self, entry: Entry) -> bool:
        return any(entry is one for one in self.entries)


def companies(problem: Problem, entries: Iterable[Entry]) -> tuple[Company, ...]:
    """Return who is compared with whom; a rival may be in several."""
    ours = tuple(entry for entry in entries if entry.contender.ours)
    rivals = tuple(entry for entry in entries if not entry.contender.ours)
    some = [tuple(one for one in rivals if one.name.startswith(goal.against)) for goal in problem.goals if goal.against]
    return (Company(ours, ours=True), Company(rivals), *map(Company, some))
