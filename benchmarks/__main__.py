"""``make bench``: memory, start-up, small fits, large fits, separation, reading, in a few minutes."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
import tracemalloc
import warnings
from functools import partial
from unittest import mock

import numpy as np

import logistica
from benchmarks import problems, reading
from benchmarks.levels import many_levels
from benchmarks.measure import Timing, in_turn, table
from logistica import LogisticRegression


def start_up() -> None:
    run = partial(subprocess.run, check=True, stdout=subprocess.DEVNULL)
    commands = {
        "python -c pass": partial(run, [sys.executable, "-c", "pass"]),
        "logistica --help": partial(run, [sys.executable, "-m", "logistica", "--help"]),
        "import numpy": partial(run, [sys.executable, "-c", "import numpy"]),
        "import sklearn.linear_model": partial(run, [sys.executable, "-c", "import sklearn.linear_model"]),
    }
    print(table("Start-up, whole process (goal for --help: 0.3 s)", in_turn(commands, 7), "python -c pass"))


def small_fit() -> None:
    import statsmodels.api as sm
    from sklearn.linear_model import LogisticRegression as Sklearn

    X, y = problems.small()
    with_ones = sm.add_constant(X)
    contenders = {
        "logistica.LogisticRegression": lambda: LogisticRegression().fit(X, y),
        "logistica.fit": lambda: logistica.fit(X, target=y),
        "statsmodels Logit": lambda: sm.Logit(y, with_ones).fit(method="newton", disp=0, tol=1e-12),
        "scikit-learn newton-cholesky": lambda: Sklearn(C=1e12, solver="newton-cholesky", tol=1e-10).fit(X, y),
    }
    print(table("One fit of 32 x 4 (goal: 1 ms)", in_turn(contenders, 9, inner=50), "logistica.LogisticRegression"))


def large_fit() -> None:
    from sklearn.linear_model import LogisticRegression as Sklearn

    X, y = problems.large()
    contenders = {
        "logistica, C=1": lambda: LogisticRegression(C=1.0).fit(X, y),
        "logistica, C=1, 1 thread": lambda: LogisticRegression(C=1.0, n_jobs=1).fit(X, y),
        "scikit-learn newton-cholesky, C=1": lambda: Sklearn(C=1.0, solver="newton-cholesky", tol=1e-8).fit(X, y),
    }
    print(table("1,000,000 x 30, ridge C=1", in_turn(contenders, 3), "logistica, C=1"))


def separation() -> None:
    X, y = problems.large()
    tables = {
        "one separating row": problems.one_separating_row(),
        "a level of one class": problems.rare_level(),
        "completely separated": problems.completely_separated(),
        "nearly separated (none)": problems.nearly_separated(),
    }
    contenders = {"an ordinary fit": partial(fit, X, y)}
    contenders |= {f"{name}, whole fit": partial(fit, *data) for name, data in tables.items()}
    timings = in_turn(contenders, 3)
    for name, data in tables.items():
        timings[f"{name}, decision alone"] = decision(data)
    print(table("1,000,000 x 30, no penalty: separation (goal: 3)", timings, "an ordinary fit"))


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
    return Timing(statistics.median(spent), min(spent), max(spent))


def fit(X: object, y: object) -> logistica.Model:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)
        return logistica.fit(X, target=y)


def memory() -> None:
    X, y = problems.large()
    fit(X[:1000], y[:1000])
    for name, table_of in {
        "C order": X,
        "Fortran order": np.asfortranarray(X),
        "float32": X.astype(np.float32),
    }.items():
        tracemalloc.start()
        fit(table_of, y)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        print(f"Peak memory of a fit beyond X, {name}: {peak / table_of.nbytes:.1%} of X ({peak / 2**20:.0f} MiB)")


def csv_file() -> None:
    print(reading.report())


def main() -> None:
    began = time.perf_counter()
    for part in (memory, many_levels, start_up, small_fit, large_fit, separation, csv_file):
        part()
        print(flush=True)
    print(f"All of it took {time.perf_counter() - began:.0f} s.")


if __name__ == "__main__":
    main()
