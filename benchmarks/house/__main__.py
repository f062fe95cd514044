"""``python -m benchmarks.house [PART ...]``: what is promised without a rival, in a few minutes.

Memory, start-up, separation beside an ordinary fit, reading, sweeps beside reading X once, cost by the number of rows.
"""

from __future__ import annotations

import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from functools import partial
from unittest import mock

import numpy as np

import logistica
from benchmarks.house import growth, memory, reading, sweeps, tables
from benchmarks.house.levels import many_levels
from benchmarks.house.measure import Timing, in_turn, table


def start_up() -> str:
    run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL)
    commands = {
        "python -c pass": partial(run, [sys.executable, "-c", "pass"]),
        "logistica --help": partial(run, [sys.executable, "-m", "logistica", "--help"]),
        "import numpy": partial(run, [sys.executable, "-c", "import numpy"]),
        "import sklearn.linear_model": partial(run, [sys.executable, "-c", "import sklearn.linear_model"]),
    }
    return table("Start-up, whole process (goal for --help: 0.3 s)", in_turn(commands, 7), "python -c pass")


def separation() -> str:
    X, y = tables.large()
    separated = {
        "one separating row": tables.one_separating_row(),
        "a level of one class": tables.rare_level(),
        "completely separated": tables.completely_separated(),
        "nearly separated (none)": tables.nearly_separated(),
    }
    contenders = {"an ordinary fit": partial(fit, X, y)}
    contenders |= {f"{name}, whole fit": partial(fit, *data) for name, data in separated.items()}
    timings = in_turn(contenders, 3)
    for name, data in separated.items():
        timings[f"{name}, decision alone"] = decision(data)
    return table("1,000,000 x 30, no penalty: separation (goal: 3)", timings, "an ordinary fit")


def decision(data: tuple[np.ndarray, np.ndarray], runs: int = 3) -> Timing:
    """Time what the fit spends on deciding whether, and how, the classes are separated."""
    solve = sys.modules["logistica.fitting.solve"]
    spent: list[float] = []

    def timed(*arguments: object) -> object:
        began = time.perf_counter()
        try:
            return examine(*arguments)
        finally:
            spent[-1] += time.perf_counter() - began

    examine = solve.examine
    with mock.patch.object(solve, "examine", timed):
        for _ in range(runs):
            spent.append(0.0)
            fit(*data)
    return Timing.of(spent)


def fit(X: object, y: object) -> logistica.Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)
        return logistica.fit(X, target=y)


PARTS: dict[str, Callable[[], str]] = {
    "memory": memory.report,
    "levels": many_levels,
    "start-up": start_up,
    "separation": separation,
    "reading": reading.report,
    "sweeps": sweeps.report,
    "growth": growth.report,
}


def main(asked: Sequence[str]) -> None:
    unknown = [name for name in asked if name not in PARTS]
    if unknown:
        sys.exit(f"there is no {', '.join(unknown)}; there are {', '.join(PARTS)}")
    began = time.perf_counter()
    for name in asked or PARTS:
        print(PARTS[name](), end="\n\n", flush=True)
    print(f"All of it took {time.perf_counter() - began:.0f} s.")


if __name__ == "__main__":
    main(sys.argv[1:])
