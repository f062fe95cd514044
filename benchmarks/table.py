"""Results as lines of text, and as the Markdown table of README.md."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.results import Outcome, Result, Timing, fastest

NOT_REACHED = "not reached"
VISIBLE = 1e-12
"""The relative excess of a reference above which it is worth a word."""


def as_text(result: Result) -> str:
    """Return one problem as a table: a line for each contender, the fastest first."""
    size = " x ".join(f"{length:,}" for length in result.shape)
    kind = f"{size}, {result.origin}" if result.origin != "generated" else size
    lines = [f"{result.problem}  {result.title}  [{kind}{', small variant' if result.small else ''}]"]
    lines.append(f"  {_reference(result)}")
    heads = [*(f"to {target:.0e}" for target in result.targets), "best excess, its time", "x ours", "peak memory"]
    rows = [("", *heads), *(_row(result, one) for one in sorted(result.outcomes, key=lambda one: _order(result, one)))]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    lines += ["  " + "  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    lines += [f"  {one.contender}: {one.note}" for one in result.outcomes if one.note]
    lines += [f"  {name}: {why}" for name, why in result.absent.items() if why.startswith("not installed")]
    lines += [
        f"  {name}: {why}" for name, why in result.absent.items() if why.startswith("not yet") and _not_yet(result)
    ]
    others = [name for name, why in result.absent.items() if why.startswith("does not do")]
    lines += [f"  do not solve such problems: {', '.join(others)}"] if others else []
    return "\n".join([*lines, f"  {verdict(result)}"])


def as_markdown(results: Iterable[Result]) -> str:
    """Return all problems as a table with a line each."""
    lines = [
        "| problem | excess | logistica | fastest rival | ratio | goal |",
        "|---|---|---|---|---|---|",
    ]
    for result in results:
        ours = fastest([one for one in result.outcomes if one.ours], result.target)
        rival = _fastest_rival(result)
        if ours is not None:
            own = seconds(ours.median)
        else:
            own = "not yet" if _not_yet(result) else NOT_REACHED
        other = "none" if rival is None else f"{rival.contender} {seconds(rival.at(result.target).median)}"
        ratio = "" if result.ratio is None else f"{result.ratio:.2g}"
        name = f"{result.problem} {result.title}"
        lines.append(f"| {name} | {result.target:.0e} | {own} | {other} | {ratio} | {_goal(result)} |")
    return "\n".join(lines)


def verdict(result: Result) -> str:
    """Return the ratio beside the goal as a sentence."""
    goal = "" if result.goal is None else f" (goal {result.goal:g})"
    rival = _fastest_rival(result)
    if result.ratio is None:
        if _not_yet(result):
            return f"logistica: not yet{goal}"
        who = "no rival" if rival is None else "not logistica, but a rival"
        return f"{who} has reached an excess of {result.target:.0e}{goal}"
    met = "" if result.goal is None else ", met" if result.ratio >= result.goal else ", missed"
    return (
        f"fastest rival ({rival.contender}) over logistica, at an excess of {result.target:.0e}:"
        f" {result.ratio:.2f}{goal}{met}"
    )


def seconds(value: float) -> str:
    """Return a time with three digits and a unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= size:
            return f"{value / size:.3g} {unit}"
    return f"{value / 1e-6:.3g} us"


def _row(result: Result, one: Outcome) -> tuple[str, ...]:
    cells = [_timing(one.at(target)) for target in result.targets]
    best = one.best
    ratio = result.against_ours(one)
    return (
        one.contender,
        *cells,
        "" if best is None else f"{max(best.excess, 0.0):.0e} {seconds(best.median)}",
        "" if ratio is None else f"{ratio:.2f}",
        "" if one.memory is None else f"{one.memory / 2**20:,.0f} MiB",
    )


def _timing(timing: Timing | None) -> str:
    if timing is None:
        return NOT_REACHED
    return f"{seconds(timing.median)} ({seconds(timing.fastest)} to {seconds(timing.late)})"


def _reference(result: Result) -> str:
    if result.reference is None:
        return "no reference"
    said = f"reference: {result.reference.by}"
    if result.reference.gap is not None:
        said += f", relative duality gap {result.reference.gap:.0e}"
    if result.reference.improved > VISIBLE:
        said += f"; {result.reference.improved:.0e} above the best known, which is used"
    return said


def _order(result: Result, one: Outcome) -> tuple[float, float]:
    timing = one.at(result.target) or one.best
    if timing is None:
        return (float("inf"), 0.0)
    return (max(timing.excess, result.target), timing.median)


def _fastest_rival(result: Result) -> Outcome | None:
    able = [one for one in result.rivals if one.at(result.target) is not None]
    return min(able, key=lambda one: one.at(result.target).median, default=None)


def _not_yet(result: Result) -> bool:
    return not any(one.ours for one in result.outcomes)


def _goal(result: Result) -> str:
    if result.goal is None:
        return ""
    if result.ratio is None:
        return f"{result.goal:g}"
    return f"{result.goal:g}, {'met' if result.ratio >= result.goal else 'missed'}"
