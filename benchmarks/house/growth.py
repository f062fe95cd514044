"""Seconds of a fit by the number of rows: in proportion to them, shown as a plot in text."""

from __future__ import annotations

import math
import time

from benchmarks.house import tables
from logistica import fit

SIZES = (10_000, 100_000, 1_000_000, 10_000_000)
COLUMNS = 10
WIDTH = 60


def report(runs: int = 3) -> str:
    """Return a line for each number of rows: seconds, microseconds a row, and a bar on a scale of powers of ten."""
    X, y = tables.large(SIZES[-1], COLUMNS)
    seconds = {rows: min(timed(X[:rows], y[:rows]) for _ in range(runs)) for rows in SIZES}
    lines = [f"Cost by rows, {COLUMNS} columns, no penalty (goal: linear; bars are logarithms, each step as long)"]
    return "\n".join([*lines, *bars(seconds)])


def timed(X, y) -> float:
    began = time.perf_counter()
    fit(X, target=y)
    return time.perf_counter() - began


def bars(seconds: dict[int, float]) -> list[str]:
    """Return the lines of the plot; the shortest bar has a tenth of the width of a power of ten, the longest all."""
    low, high = math.log10(min(seconds.values())), math.log10(max(seconds.values()))
    scale = WIDTH / max(high - low + 0.1, 0.1)
    lines = []
    for rows, took in seconds.items():
        bar = "#" * round((math.log10(took) - low + 0.1) * scale)
        lines.append(f"  {rows:>10,}{took:>9.3f} s {took / rows * 1e6:>7.3f} us a row  {bar}")
    return lines
