"""``python -m benchmarks [PROBLEM ...] [--quick]``: contenders on problems, side by side."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import asdict, replace
from pathlib import Path

from benchmarks import bench, machine, table, tables
from benchmarks.contenders import ALL, CONTENDERS
from benchmarks.entry import Effort
from benchmarks.problems import PROBLEMS, chosen
from benchmarks.record import ContinueError, Record
from benchmarks.results import Result

FULL = Effort()
QUICK = Effort(turns=3, limit=10.0)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("problems", nargs="*", metavar="PROBLEM", help="such as B1, B4 (both of its parts) or B4a")
    parser.add_argument("--quick", action="store_true", help="small tables, short limits: minutes in all")
    parser.add_argument("--only", action="append", metavar="CONTENDER", help="may be repeated; default: all")
    parser.add_argument("--turns", type=int, help="in which those near the fastest are timed; default 5, quick 3")
    parser.add_argument(
        "--limit", type=float, metavar="SECONDS", help="for a contender's ladder; default 120, quick 10"
    )
    parser.add_argument(
        "--times", type=float, metavar="N",
        help="a fit may take N times as long as the fastest rival's; default 5, inf: as long as the limit lasts",
    )  # fmt: skip
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the results go as JSON, problem by problem")
    parser.add_argument("--missing", action="store_true", help="only what is not in the JSON file yet")
    parser.add_argument("--markdown", action="store_true", help="end with the table of README.md")
    parser.add_argument("--list", action="store_true", help="print problems and contenders, and what is not installed")
    asked = parser.parse_args(given)
    if asked.missing and asked.json is None:
        parser.error("--missing needs --json FILE, which it continues")
    return asked


def effort_of(asked: argparse.Namespace) -> Effort:
    given = {name: value for name in ("turns", "limit", "times") if (value := getattr(asked, name)) is not None}
    return replace(QUICK if asked.quick else FULL, **given)


def one_problem(name: str, small: bool, contenders: tuple, effort: Effort) -> Result:
    problem = PROBLEMS[name]
    with tempfile.TemporaryDirectory(prefix="logistica-bench-") as made:
        folder = Path(made)
        data = problem.make(folder, small)
        tables.save(data, folder)
        return bench.run(problem, small, contenders, folder, data, effort)


def overview() -> str:
    lines = [f"{problem.name:<6}{problem.title}" for problem in PROBLEMS.values()]
    for contender in ALL:
        missing = contender.missing()
        lines.append(f"{contender.name:<42}{f'not installed: {missing}' if missing else 'installed'}")
    return "\n".join(lines)


def by_rows() -> str:
    """Return how the time of a fit grows with the rows; it is drawn too."""
    from benchmarks.house import growth

    return growth.report()


def main(given: list[str] | None = None) -> None:
    asked = arguments(given)
    if asked.list:
        print(overview())
        return
    try:
        problems = chosen(tuple(asked.problems))
        contenders = tuple(CONTENDERS[name] for name in asked.only) if asked.only else ALL
    except KeyError as error:
        sys.exit(f"there is no {error}; --list shows what there is")
    effort = effort_of(asked)
    options = {"quick": asked.quick, "only": asked.only, **asdict(effort)}
    try:
        record = Record.begin(asked.json, {"commit": machine.commit(), **options}, machine.facts(), asked.missing)
    except ContinueError as error:
        sys.exit(str(error))
    if said := machine.warning(os.environ):
        print(f"warning: {said}", file=sys.stderr)
    began = time.monotonic()
    try:
        for problem in problems:
            if problem.name not in record.names:
                record.add(one_problem(problem.name, asked.quick, contenders, effort))
                print(table.as_text(record.results[-1]), end="\n\n", flush=True)
    except KeyboardInterrupt:
        kept = (
            f"; {asked.json} has {', '.join(record.names) or 'nothing yet'}, and --missing goes on"
            if asked.json
            else ""
        )
        sys.exit(f"interrupted in {problem.name}{kept}")
    if asked.markdown:
        print(table.as_markdown(record.results))
    if not (asked.problems or asked.only or asked.quick):
        print(by_rows(), end="\n\n")
    print(f"All of it took {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main()
