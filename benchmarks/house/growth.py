"""Seconds of a fit by the number of rows: in proportion to them, as lines of text and as a picture."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np

from benchmarks.house import tables
from benchmarks.house.measure import Timing
from logistica import fit

SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
COLUMNS = 10
PICTURE = Path(__file__).resolve().parents[1] / "results" / "growth.png"
OURS, PROPORTIONAL = "#0072B2", "#555555"


def report(runs: int = 5) -> str:
    """Return a line for each number of rows, and draw the picture.

    The sizes take turns, so that a slow minute of the machine hits them all.
    """
    X, y = tables.large(SIZES[-1], COLUMNS)
    timed(X[: SIZES[0]], y[: SIZES[0]])
    seconds: dict[int, list[float]] = {rows: [] for rows in SIZES}
    for _ in range(runs):
        for rows in SIZES:
            seconds[rows].append(timed(X[:rows], y[:rows]))
    timings = {rows: Timing.of(took) for rows, took in seconds.items()}
    PICTURE.parent.mkdir(exist_ok=True)
    draw(timings, PICTURE)
    title = f"Seconds of a fit by rows, {COLUMNS} columns, no penalty (goal: in proportion from 10^4 to 10^7)"
    return "\n".join([title, *lines(timings), f"  drawn in {PICTURE}"])


def timed(X: np.ndarray, y: np.ndarray) -> float:
    began = time.perf_counter()
    fit(X, target=y)
    return time.perf_counter() - began


def lines(timings: dict[int, Timing]) -> list[str]:
    """Return a line for each number of rows; the last column is the time a row beside that of the most rows."""
    most = max(timings)
    least = timings[most].median / most
    return [
        f"  {rows:>10,} rows {took.median:>8.4f} s  ({took.fastest:.4f} to {took.slowest:.4f} s)"
        f"  {took.median / rows * 1e6:>6.3f} us a row, x {took.median / rows / least:.2f}"
        for rows, took in timings.items()
    ]


def draw(timings: dict[int, Timing], path: Path) -> None:
    """Draw medians with their ranges on logarithmic axes, on which what is in proportion is a line of slope one."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, NullFormatter

    rows = np.array(list(timings), dtype=float)
    median = np.array([took.median for took in timings.values()])
    low, high = (np.array([getattr(took, which) for took in timings.values()]) for which in ("fastest", "slowest"))
    per_row = median[-1] / rows[-1]
    figure = Figure(figsize=(6.6, 4.6), dpi=150, layout="constrained")
    axes = figure.subplots()
    axes.plot(rows, per_row * rows, color=PROPORTIONAL, linestyle=(0, (4, 3)), linewidth=1.2, zorder=1)
    axes.errorbar(
        rows, median, (median - low, high - median), color=OURS, marker="o", markersize=6, linewidth=1.8, capsize=3
    )
    axes.set(xscale="log", yscale="log", xlabel="rows", ylabel="seconds of a fit (median, fastest to slowest)")
    axes.set_title(f"Time of a fit by rows: {COLUMNS} columns, no penalty", loc="left", fontsize=11)
    for axis, written in ((axes.xaxis, "{:,.0f}"), (axes.yaxis, "{:g}")):
        axis.set_major_formatter(FuncFormatter(lambda value, _, written=written: written.format(value)))
        axis.set_minor_formatter(NullFormatter())
    axes.margins(x=0.08)
    axes.set_ylim(min(low.min(), per_row * rows[0]) / 2.0, 2.0 * high.max())
    axes.grid(which="major", color="#DDDDDD", linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines[["top", "right"]].set_visible(False)
    for where, took in zip(rows, median, strict=True):
        axes.annotate(
            f"{took / where * 1e6:.2f}", (where, took), (-7, 7), textcoords="offset points", ha="right",
            fontsize=9, color=OURS,
        )  # fmt: skip
    axes.text(0.03, 0.96, "blue: microseconds a row", transform=axes.transAxes, va="top", fontsize=9, color=OURS)
    axes.text(
        0.03, 0.90, f"dashed: {per_row * 1e6:.2f} a row, in proportion to the rows", transform=axes.transAxes, va="top",
        fontsize=9, color=PROPORTIONAL,
    )  # fmt: skip
    figure.savefig(path)
