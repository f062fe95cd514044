"""The problems, B1 to B11, and their goals: the fastest rival's time over ours, at equal accuracy.

The small variant of each has a hundredth of the numbers; adult and spector are small as they are.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import tables
from benchmarks.contracts import Array, Goal, Penalty, Problem, Table

PATH_LENGTH, PATH_END = 100, 1e-3
EPOCHS = 30
TRAINED_ROWS = 1000
"""Rows that models are fitted on whose predictions are timed."""
ADULT_INFIMUM = 0.32191591333
"""Of the mean loss of a1a.train without a penalty, to the digits that are known."""


def none(table: Table) -> tuple[Penalty, ...]:
    return (Penalty("none", 0.0),)


def ridge(table: Table, C: float = 1.0) -> tuple[Penalty, ...]:
    return (Penalty("ridge", 1.0 / C),)


def lasso(table: Table, C: float = 1.0) -> tuple[Penalty, ...]:
    return (Penalty("lasso", 1.0 / C),)


def lasso_path(table: Table) -> tuple[Penalty, ...]:
    """From the smallest penalty at which all coefficients are 0 down to a thousandth of it, in equal ratios."""
    largest = np.abs(table.X.T @ (table.y - table.y.mean())).max()
    return tuple(Penalty("lasso", float(largest * share)) for share in np.geomspace(1.0, PATH_END, PATH_LENGTH))


def b1(folder: Path, small: bool) -> Table:
    return tables.correlated(10_000 if small else 1_000_000, 30)


def b2(folder: Path, small: bool) -> Table:
    return tables.badly_scaled(10_000 if small else 1_000_000, 30)


def b3(folder: Path, small: bool) -> Table:
    return tables.correlated(10_000, 50) if small else tables.correlated(100_000, 500)


def b4(folder: Path, small: bool) -> Table:
    return tables.text_like(10_000, 5_000, 8) if small else tables.text_like(100_000, 50_000, 80)


def b6(folder: Path, small: bool) -> Table:
    return tables.correlated(5_000, 20) if small else tables.correlated(50_000, 200)


def b7(folder: Path, small: bool) -> Table:
    return tables.correlated(6_000, 78, classes=10) if small else tables.correlated(60_000, 784, classes=10)


def b8(folder: Path, small: bool) -> Table:
    return tables.as_csv(b1(folder, small), folder / "table.csv")


def b9(folder: Path, small: bool) -> Table:
    return tables.adult()


def b10(folder: Path, small: bool) -> Table:
    return tables.spector()


def b11_one(folder: Path, small: bool) -> Table:
    return tables.correlated(TRAINED_ROWS, 30)


def b11_many(folder: Path, small: bool) -> Table:
    return tables.correlated(100_000 if small else 10_000_000, 10)


def infimum(table: Table) -> Array | None:
    """Return the infimum of the objective of adult without a penalty, shape (1,), if the table is adult."""
    return np.array([ADULT_INFIMUM * len(table.y)]) if table.origin.startswith("a1a") else None


_SPARSE = {"sparse": True, "columns": 50_000}
_ADULT = {"sparse": True, "columns": 123}

B4_GOALS = (Goal(4, "scikit-learn"), Goal(1.5, "snapml"))

ALL = (
    Problem("B1", "1,000,000 x 30 dense, correlated, ridge C=1", (Goal(6),), b1, ridge),
    Problem("B2", "B1 with columns scaled by 10^U(-3,4) and shifted, ridge C=1", (Goal(5),), b2, ridge),
    Problem("B3", "100,000 x 500 dense, no penalty", (Goal(3),), b3, none, penalty="none", columns=500),
    Problem("B4a", "100,000 x 50,000 sparse, 80 per row, ridge C=1", B4_GOALS, b4, ridge, **_SPARSE),
    Problem("B4b", "100,000 x 50,000 sparse, 80 per row, ridge C=10", B4_GOALS, b4, partial(ridge, C=10.0), **_SPARSE),
    Problem("B5a", "B4's table, lasso C=1", (Goal(3),), b4, lasso, penalty="lasso", **_SPARSE),
    Problem("B5b", "B4's table, lasso C=10", (Goal(3),), b4, partial(lasso, C=10.0), penalty="lasso", **_SPARSE),
    Problem(
        "B6", "50,000 x 200 dense, 100 lasso penalties down to 0.001 of the largest", (Goal(4),), b6, lasso_path,
        task="path", penalty="lasso", columns=200,
    ),
    Problem("B7", "60,000 x 784 dense, 10 classes, ridge C=1", (Goal(3),), b7, ridge, classes=10, columns=784),
    Problem("B8", "CSV of B1's table, whole process from file to saved model", (Goal(2),), b8, ridge, task="file"),
    Problem(
        "B9a", "adult, 30,956 x 123 sparse, no penalty", (Goal(3),), b9, none,
        penalty="none", infimum=infimum, **_ADULT,
    ),
    Problem("B9b", "adult, ridge C=1", (Goal(3),), b9, ridge, **_ADULT),
    Problem("B9c", "adult, lasso C=1", (Goal(3),), b9, lasso, penalty="lasso", **_ADULT),
    Problem(
        "B9d", "adult, ridge C=1, 30 epochs of SGD (ours: batches of 64)", (Goal(1),), b9, ridge,
        task="epochs", targets=(1e-1,), **_ADULT,
    ),
    Problem(
        "B10", "32 x 4 (spector), no penalty, inside a running process", (Goal(1.2),), b10, none,
        penalty="none", calls=200,
    ),
    Problem(
        "B11a", "predict_proba of one row", (Goal(2),), b11_one, ridge,
        task="predict", calls=1000, targets=(1e-12,), one_row=True,
    ),
    Problem("B11b", "predict_proba of 10,000,000 x 10", (Goal(2),), b11_many, ridge, task="predict", targets=(1e-12,)),
)  # fmt: skip
PROBLEMS = {problem.name: problem for problem in ALL}


def chosen(names: tuple[str, ...]) -> tuple[Problem, ...]:
    """Return the problems of these names; "B4" is B4a and B4b; none: all.

    Raises
    ------
    KeyError
        For a name of no problem.
    """
    found: list[Problem] = []
    for name in names or ("B",):
        wanted = [p for p in ALL if p.name == name or (p.name.rstrip("abcd") == name) or name == "B"]
        if not wanted:
            raise KeyError(name)
        found += [problem for problem in wanted if problem not in found]
    return tuple(found)
