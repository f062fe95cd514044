"""Results as lines of text, and as the Markdown table of README.md."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.results import Outcome, Result, Timing, Verdict

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
    told = ("not installed", "not yet") if _without_ours(result) == "not yet" else ("not installed",)
    lines += [f"  {name}: {why}" for name, why in result.absent.items() if why.startswith(told)]
    others = [name for name, why in result.absent.items() if why.startswith("does not do")]
    lines += [f"  do not solve such problems: {', '.join(others)}"] if others else []
    return "\n".join([*lines, *(f"  {sentence(result, one)}" for one in result.verdicts())])


def as_markdown(results: Iterable[Result]) -> str:
    """Return all problems as a table with a line for each goal."""
    lines = ["| problem | excess | logistica | fastest rival | ratio | goal |", "|---|---|---|---|---|---|"]
    for result in results:
        for one in result.verdicts():
            own = _without_ours(result) if one.ours is None else seconds(one.ours)
            other = "none" if one.seconds is None else f"{one.rival} {seconds(one.seconds)}"
            ratio = "" if one.ratio is None else f"{one.ratio:.2g}, {_met(one)}"
            name = f"{result.problem} {result.title}"
            lines.append(f"| {name} | {one.target:.0e} | {own} | {other} | {ratio} | {one.goal:g} |")
    return "\n".join(lines)


def sentence(result: Result, one: Verdict) -> str:
    """Return the ratio beside the goal as a sentence."""
    goal = f"goal {one.goal:g}{f' against {one.against}' if one.against else ''}"
    if one.ours is None:
        return f"logistica: {_without_ours(result)}, at an excess of {one.target:.0e} ({goal})"
    if one.ratio is None:
        return f"no rival has reached anything ({goal})"
    return f"{one.rival} over logistica, at an excess of {one.target:.0e}: {one.ratio:.2f} ({goal}: {_met(one)})"


def seconds(value: float) -> str:
    """Return a time with three digits and a unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if value >= 0.9995 * size:  # else three digits would make it 1e+03 of the smaller unit
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
    spread = "once" if timing.calls == 1 else f"{seconds(timing.fastest)} to {seconds(timing.late)}, {timing.calls} x"
    return f"{seconds(timing.median)} ({spread})"


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
    timing = one.at(result.target()) or one.best
    return (float("inf"), 0.0) if timing is None else (max(timing.excess, result.target()), timing.median)


def _without_ours(result: Result) -> str:
    return NOT_REACHED if any(one.ours for one in result.outcomes) else "not yet"


def _met(one: Verdict) -> str:
    return "met" if one.met else "missed"
