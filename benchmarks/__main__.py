"""``python -m benchmarks [PROBLEM ...] [--quick]``: contenders on problems, side by side."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks import bench, results, table, tables
from benchmarks.contenders import ALL, CONTENDERS
from benchmarks.problems import PROBLEMS, chosen

FULL = bench.Effort(turns=5, limit=120.0)
QUICK = bench.Effort(turns=3, limit=10.0)


def arguments(given: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("problems", nargs="*", metavar="PROBLEM", help="such as B1, B4 (both of its parts) or B4a")
    parser.add_argument("--quick", action="store_true", help="small tables, short limits: minutes in all")
    parser.add_argument("--only", action="append", metavar="CONTENDER", help="may be repeated; default: all")
    parser.add_argument("--turns", type=int, help="turns in which everybody is timed; default 5, quick 3")
    parser.add_argument(
        "--limit", type=float, metavar="SECONDS", help="for a contender's ladder; default 120, quick 10"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="where the results go as JSON")
    parser.add_argument("--markdown", action="store_true", help="end with the table of README.md")
    parser.add_argument("--list", action="store_true", help="print problems and contenders, and what is not installed")
    return parser.parse_args(given)


def one_problem(name: str, small: bool, contenders: tuple, effort: bench.Effort) -> results.Result:
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


def main() -> None:
    asked = arguments()
    if asked.list:
        print(overview())
        return
    try:
        problems = chosen(tuple(asked.problems))
        contenders = tuple(CONTENDERS[name] for name in asked.only) if asked.only else ALL
    except KeyError as error:
        sys.exit(f"there is no {error}; --list shows what there is")
    effort = QUICK if asked.quick else FULL
    effort = replace(effort, turns=asked.turns or effort.turns, limit=asked.limit or effort.limit)
    if asked.json is not None:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
    began, facts, found = time.monotonic(), results.machine(), []
    for problem in problems:
        found.append(one_problem(problem.name, asked.quick, contenders, effort))
        print(table.as_text(found[-1]), end="\n\n", flush=True)
        if asked.json is not None:
            asked.json.write_text(results.as_json(found, facts), encoding="utf-8")
    if asked.markdown:
        print(table.as_markdown(found))
    print(f"All of it took {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main()
