"""A guard against slowdowns: ``python -m benchmarks.guard BASE`` times this commit beside that one.

Base and head stand in two work trees, and are timed alternately by the same cases. A case is too slow if its fastest
turn is beyond both a relative and an absolute limit; what is too slow is measured again, with the fastest turns of all
rounds so far, and fails only if it stays so.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
CASES = Path(__file__).with_name("guard_cases.py")
RELATIVE, ABSOLUTE = 1.3, 0.003
"""A case may take 1.3 times as long as before, or 3 ms more."""
FEWEST, MOST, TURNS = 3, 8, 5
"""Rounds in which both are timed; turns of a process in each."""

Seconds = dict[str, float]


def too_slow(base: Mapping[str, float], head: Mapping[str, float]) -> list[str]:
    """Return the cases of the head beyond both limits; a case that the base has not is none."""
    return [
        name
        for name, took in head.items()
        if name in base and took > RELATIVE * base[name] and took - base[name] > ABSOLUTE
    ]


def compare(base: Callable[[], Seconds], head: Callable[[], Seconds]) -> tuple[Seconds, Seconds]:
    """Return the fastest turn of each case, after as many rounds as it takes to be sure, within limits."""
    found: tuple[Seconds, Seconds] = {}, {}
    for done in range(1, MOST + 1):
        for best, run in zip(found, (base, head), strict=True):
            for name, took in run().items():
                best[name] = min(took, best.get(name, took))
        if done >= FEWEST and not too_slow(*found):
            break
    return found


def fastest_of(tree: Path) -> Seconds:
    """Time the cases in a process that finds the logistica of the tree."""
    environment = os.environ | {"PYTHONPATH": str(tree / "src")}
    command = [sys.executable, str(CASES), str(TURNS)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=tree)
    return {name: min(seconds) for name, seconds in json.loads(done.stdout).items()}


def main() -> None:
    base = sys.argv[1]
    with tempfile.TemporaryDirectory(prefix="logistica-base-") as made:
        tree = Path(made) / "base"
        git("worktree", "add", "--detach", str(tree), base)
        try:
            compile_in(tree)
            before, after = compare(lambda: fastest_of(tree), lambda: fastest_of(ROOT))
        finally:
            git("worktree", "remove", "--force", str(tree))
    slow = too_slow(before, after)
    for name, took in after.items():
        was = before.get(name)
        ratio = "new" if was is None else f"{was * 1e3:8.2f} ms before   x {took / was:.2f}"
        print(f"{name:<32}{took * 1e3:8.2f} ms   {ratio}{'   TOO SLOW' if name in slow else ''}")
    if slow:
        sys.exit(f"slower than {base} by more than {RELATIVE:g} times and {ABSOLUTE * 1e3:g} ms: {', '.join(slow)}")


def compile_in(tree: Path) -> None:
    """Compile what the tree has in C: this one's is compiled too."""
    command = [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"]
    subprocess.run(command, check=True, capture_output=True, cwd=tree)


def git(*arguments: str) -> None:
    subprocess.run(["git", "-C", str(ROOT), *arguments], check=True, capture_output=True)


if __name__ == "__main__":
    main()
