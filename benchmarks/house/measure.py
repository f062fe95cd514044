"""Measuring contenders side by side: in turn, in one run, reported as ratios, because machines are noisy."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Timing:
    """Seconds of one contender: the median of its runs, the fastest and the slowest."""

    median: float
    fastest: float
    slowest: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Timing:
        return cls(statistics.median(seconds), min(seconds), max(seconds))


def in_turn(contenders: Mapping[str, Callable[[], object]], runs: int, inner: int = 1) -> dict[str, Timing]:
    """Run each contender once to warm up, then all of them in turn, ``runs`` times, ``inner`` calls a run."""
    for call in contenders.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(runs):
        for name, call in contenders.items():
            began = time.perf_counter()
            for _ in range(inner):
                call()
            seconds[name].append((time.perf_counter() - began) / inner)
    return {name: Timing.of(took) for name, took in seconds.items()}


def table(title: str, timings: Mapping[str, Timing], against: str) -> str:
    """Return the timings as lines of text, each with its ratio to the contender ``against``."""
    lines = [title]
    for name, timing in timings.items():
        ratio = timing.median / timings[against].median
        lines.append(
            f"  {name:<40}{_shown(timing.median):>10}  ({_shown(timing.fastest)} to {_shown(timing.slowest)})"
            f"  x {ratio:.2f}"
        )
    return "\n".join(lines)


def _shown(seconds: float) -> str:
    return f"{seconds:.3f} s" if seconds >= 0.1 else f"{seconds * 1e3:.3f} ms"
