"""A guard against slowdowns: ``python -m benchmarks.guard [BASE]`` times this commit beside that one.

Without a BASE it is the last commit before this one that wrote down results. Base and head stand in two work trees,
and are timed alternately by the same cases. A case is too slow if its fastest turn is beyond both a relative and an
absolute limit; what is too slow is measured again, with the fastest turns of all rounds so far, and fails only if it
stays so.
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
RESULTS = "benchmarks/results"
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


def fastest_of(tree: Path, *options: str) -> Seconds:
    """Time the cases in a process that finds the logistica of the tree."""
    environment = os.environ | {"PYTHONPATH": str(tree / "src")}
    command = [sys.executable, str(CASES), str(TURNS), *options]
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment, cwd=tree)
    if done.returncode:
        sys.exit(f"the cases do not run in {tree}:\n{done.stderr}")
    return {name: min(seconds) for name, seconds in json.loads(done.stdout).items()}


def last_measured(root: Path = ROOT) -> str:
    """Return the last commit before HEAD that wrote down results; nothing where this clone knows none.

    The oldest commit of a shallow clone seems to have written all files, and has not.
    """
    parents = git("rev-parse", "HEAD^@", root=root).split()
    found = git("rev-list", "-1", *parents, "--", RESULTS, root=root) if parents else ""
    shallow = root / git("rev-parse", "--git-path", "shallow", root=root)
    edge = shallow.read_text(encoding="ascii").split() if shallow.exists() else []
    return "" if found in edge else found


def main() -> None:
    base = sys.argv[1] if sys.argv[1:] else last_measured()
    if not base:
        print(
            f"NOTHING IS GUARDED: before HEAD, no commit of this clone has written {RESULTS} (in a shallow clone, "
            "'git fetch --unshallow' brings the others). Name the commit to compare with: make guard BASE=...",
            file=sys.stderr,
        )
        return
    with tempfile.TemporaryDirectory(prefix="logistica-base-") as made:
        tree = Path(made) / "base"
        git("worktree", "add", "--detach", str(tree), base)
        try:
            compile_in(tree)
            before, after = compare(lambda: fastest_of(tree, "--old"), lambda: fastest_of(ROOT))
        finally:
            git("worktree", "remove", "--force", str(tree))
    slow = too_slow(before, after)
    print(f"Beside {git('log', '-1', '--format=%h of %as: %s', base)}")
    for name, took in after.items():
        was = before.get(name)
        ratio = "   not there before" if was is None else f"{was * 1e3:8.2f} ms before   x {took / was:.2f}"
        print(f"{name:<33}{took * 1e3:8.2f} ms   {ratio}{'   TOO SLOW' if name in slow else ''}")
    if slow:
        sys.exit(f"slower than {base} by more than {RELATIVE:g} times and {ABSOLUTE * 1e3:g} ms: {', '.join(slow)}")


def compile_in(tree: Path) -> None:
    """Compile what the tree has in C: this one's is compiled too."""
    command = [sys.executable, "setup.py", "--quiet", "build_ext", "--inplace"]
    done = subprocess.run(command, check=False, capture_output=True, text=True, cwd=tree)
    if done.returncode:
        sys.exit(f"what is in C cannot be compiled in {tree}:\n{done.stderr}")


def git(*arguments: str, root: Path = ROOT) -> str:
    return subprocess.run(
        ["git", "-C", str(root), *arguments], check=True, capture_output=True, text=True
    ).stdout.strip()


if __name__ == "__main__":
    main()
