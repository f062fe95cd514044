"""All ladders of a problem, climbed side by side, and left where nothing that counts can come any more.

Each contender tries its tolerances decade by decade, up to the first that reaches the tightest target. Next is always
who has spent least so far, so that the fast are there before the slow have spent much. From then on a fit may take
``times`` as long as that of the fastest rival, and ``least`` seconds in any case. Who is not there by then is not the
fastest there, as long as a smaller tolerance takes no less time, or less by a smaller factor than ``times``; nor is it
at a looser target, for which the fastest rival needs no more.

As long as nobody has reached the tightest target, nobody is left behind, since the best that any rival reaches decides:
who is cut off begins that fit anew with ``GROWTH`` times as much time, once all others are there or cut off too, up to
the limits of a fit and of a whole ladder. A goal against some rivals alone is theirs to reach: for them the fastest of
these counts, even where another is faster. Ours are measured by the fastest of ours.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.entry import Company, Effort, Entry
from benchmarks.ladder import Rung, cheapest
from benchmarks.worker import ContenderError, Reply, TimeLimitError

GROWTH = 4.0


def race(
    entries: Sequence[Entry],
    compared: Sequence[Company],
    tightest: float,
    effort: Effort,
    best: Callable[[], np.ndarray | None],
    values: Callable[[Reply], np.ndarray],
) -> None:
    """Climb the ladders.

    ``best`` returns the best values that are known, shape (k,), or None where they are not certain: then all ladders
    are climbed up to the limit, since a poor reference would end them too low.
    """
    while True:
        known = best()
        granted = [allowance(entry, compared, tightest, effort, known) for entry in entries]
        waiting = [place for place, seconds in enumerate(granted) if seconds > entries[place].cut]
        if not waiting:
            break
        place = min(waiting, key=lambda place: (entries[place].cut, entries[place].spent))
        step(entries[place], granted[place], values)
    for entry in entries:
        entry.note = entry.note or left_behind(entry, compared, tightest, effort, known)


def allowance(
    entry: Entry, compared: Sequence[Company], tightest: float, effort: Effort, best: np.ndarray | None
) -> float:
    """Return the seconds that the next rung may take; 0 where there is to be none."""
    if entry.failed or entry.next_tolerance is None or reached(entry, tightest, best) < math.inf:
        return 0.0
    left = min(effort.limit - entry.spent, effort.longest)
    fastest = to_beat(entry, compared, tightest, best)
    if fastest == math.inf:
        return min(left, max(effort.first, GROWTH * entry.cut))
    enough = max(effort.times * fastest, effort.least)
    return 0.0 if entry.rungs and entry.rungs[-1].seconds > enough else min(left, enough)


def reached(entry: Entry, target: float, best: np.ndarray | None) -> float:
    """Return the seconds in which a contender has reached the target; infinite where it has not, so far."""
    rung = None if best is None else cheapest(entry.rungs, best, target)
    return math.inf if rung is None else rung.seconds


def to_beat(entry: Entry, compared: Sequence[Company], target: float, best: np.ndarray | None) -> float:
    """Return the seconds of the fastest to the target, in the company in which that is the most."""
    among = [company for company in compared if entry in company]
    return max(min(reached(one, target, best) for one in company.entries) for company in among)


def step(entry: Entry, seconds: float, values: Callable[[Reply], np.ndarray]) -> None:
    """Try the next rung."""
    tolerance = entry.next_tolerance
    try:
        reply = entry.ask(tolerance, 1, seconds)
    except TimeLimitError:
        entry.cut = seconds
    except ContenderError as error:
        entry.failed = True
        entry.note = f"at tolerance {tolerance:.0e}: {error}"
    else:
        entry.memory = reply.memory
        entry.rungs.append(Rung(tolerance, values(reply), reply.seconds[0]))


def left_behind(
    entry: Entry, compared: Sequence[Company], tightest: float, effort: Effort, best: np.ndarray | None
) -> str:
    """Return why a ladder was left; nothing where it was climbed to the target, or to its end."""
    tolerance = entry.next_tolerance
    if tolerance is None or reached(entry, tightest, best) < math.inf:
        return ""
    fastest = to_beat(entry, compared, tightest, best)
    longest = max([entry.cut, *(rung.seconds for rung in entry.rungs[-1:])])
    if fastest < math.inf and longest >= max(effort.times * fastest, effort.least):
        of_whom = "logistica's fastest time" if entry.contender.ours else "the fastest rival's time"
        return (
            f"not reached within {longest / fastest:.0f} times {of_whom} ({longest:.3g} s, tolerance {tolerance:.0e})"
        )
    limit = f"{effort.longest:g} s for a fit" if longest >= effort.longest else f"{effort.limit:g} s"
    return f"time limit ({limit}) at tolerance {tolerance:.0e}"
