"""Fits of every kind with their data, and every picture of each."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

import logistica
from logistica.solvers.history import HistoryRow

HOURS = pd.DataFrame(
    {"hours": [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6], "passed": [*"nnnnyn", *"yynyyy"]}
).replace({"passed": {"n": "no", "y": "yes"}})


@dataclass(frozen=True, eq=False)
class Case:
    """A model, its data, and two of its columns of numbers; ``target`` where it is an array of its own."""

    model: Any
    data: Any
    columns: tuple[Any, Any]
    target: Any = None
    weights: Any = None


def plans(n: int = 300) -> pd.DataFrame:
    """Three classes over numbers, a boolean and a factor."""
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "age": rng.integers(18, 80, n),
            "income": rng.lognormal(10, 0.5, n),
            "smoker": rng.random(n) < 0.3,
            "city": rng.choice(["Oslo", "Rome", "Lima"], n),
        }
    )
    pull = 0.04 * (table["age"] - 45)
    eta = np.column_stack([np.zeros(n), pull + table["smoker"], 1.5 * (table["city"] == "Rome") - pull])
    table["plan"] = np.array(["basic", "plus", "pro"])[np.argmax(eta + rng.gumbel(size=(n, 3)), axis=1)]
    return table


def numbers(n: int = 200, p: int = 3, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Overlapping classes 0 and 1 over p columns."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * np.logspace(0, 2, p) + np.arange(p)
    return X, (X[:, 0] + X[:, 1] / 10 + rng.logistic(size=n) > 0.5).astype(int)


def fit(*arguments: Any, **options: Any) -> Any:
    """Fit without the warnings that some of these cases are about."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)
        return logistica.fit(*arguments, **options)


def separated() -> pd.DataFrame:
    """Two classes that a line separates."""
    return pd.DataFrame({"x": [1.0, 2, 3, 4, 5, 6], "z": [3.0, 1, 2, 3, 1, 2], "y": ["no"] * 3 + ["yes"] * 3})


def long_names() -> pd.DataFrame:
    """Names with everything that matplotlib might take for something else."""
    X, y = numbers()
    first, second, third = "_under$x^2$", "a very long name " * 5, "line\nbreak \\frac{1}{2}"
    table = pd.DataFrame({first: X[:, 0], second: X[:, 1], third: X[:, 2]})
    table["_$target$ with a name that goes on and on and on"] = np.array(["_no$", "yes " * 15])[y]
    return table


@cache
def cases() -> dict[str, Case]:
    """Every kind of fit, by name."""
    X, y = numbers()
    plan, sep, names = plans(), separated(), long_names()
    target = names.columns[-1]
    quasi = pd.DataFrame(
        {"dose": [1.0, 2, 2, 3, 3, 4, 4, 5], "rare": [0.0, 0, 0, 0, 0, 0, 1, 1], "y": [0, 0, 1, 0, 1, 0, 1, 1]}
    )
    positive = pd.DataFrame({"a": np.exp(X[:, 0]), "b": X[:, 1], "y": y})
    counts = pd.DataFrame(
        {"dose": [1.0, 2, 3, 4, 5], "z": [1.0, 0, 2, 0, 1], "s": [1, 3, 5, 8, 9], "f": [9, 8, 5, 3, 1]}
    )
    rng = np.random.default_rng(1)
    big = rng.normal(size=(6000, 2))
    big_y = (big[:, 0] + rng.logistic(size=6000) > 2).astype(int)
    many = pd.DataFrame({"u": big[:900, 0], "v": big[:900, 1]})
    many["letter"] = [chr(97 + int(i)) for i in np.clip((many["u"] * 3 + 4).round() + 3 * (many["v"] > 0), 0, 11)]
    holes = positive.copy()
    holes.loc[[3, 50], "b"] = np.nan
    tiny = [[1, 2], [2, 1], [3, 5], [4, 3], [5, 4]]
    aliased = X.copy()
    aliased[:, 2] = 2.0 * aliased[:, 0]
    return {
        "array": Case(fit(X, target=y), X, (0, 1), y),
        "tiny": Case(fit(tiny, target=[0, 1, 0, 1, 1], C=1.0), tiny, (0, 1), [0, 1, 0, 1, 1]),
        "float32": Case(fit(X.astype(np.float32), target=y), X.astype(np.float32), (0, 2), y),
        "sparse": Case(fit(sparse.csr_array(X), target=y), sparse.csr_array(X), (0, 1), y),
        "three classes": Case(fit(plan, target="plan"), plan, ("age", "income")),
        "three classes, penalised": Case(fit(plan, target="plan", C=1.0, standardize=True), plan, ("age", "income")),
        "many classes": Case(fit(many, target="letter", C=1.0), many, ("u", "v")),
        "separated": Case(fit(sep, target="y"), sep, ("x", "z")),
        "quasi-separated": Case(fit(quasi, target="y"), quasi, ("dose", "rare")),
        "formula": Case(fit(positive, "y ~ log(a) * b + poly(b, 2)"), positive, ("a", "b")),
        "counts": Case(fit(counts, "cbind(s, f) ~ dose + z"), counts, ("dose", "z")),
        "large": Case(fit(big, target=big_y), big, (0, 1), big_y),
        "aliased": Case(fit(aliased, target=y), aliased, (0, 1), y),
        "imputed": Case(fit(holes, target="y", missing="impute"), holes, ("a", "b")),
        "long names": Case(fit(names, target=target), names, tuple(names.columns[:2])),
        "not converged": Case(fit(X, target=y, max_iter=1), X, (0, 1), y),
        "weights": Case(fit(X, target=y, weights=np.arange(len(y)) % 3), X, (0, 1), y, np.arange(len(y)) % 3),
    }


def with_history(model: Any, **columns: Any) -> Any:
    """The model as if its history were this: columns of one length."""
    rows = [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]
    history = tuple(HistoryRow(k, gradient_norm=1.0, step_size=1.0, **row) for k, row in enumerate(rows))
    fitted = model.fitted
    return replace(fitted, fit=replace(fitted.fit, record=replace(fitted.fit.record, history=history)))


def pictures_of(case: Case) -> dict[str, Callable[..., Any]]:
    """Every picture of a fit, each still to be drawn; they take options such as ``ax``."""
    draw = logistica.pictures
    beside = {"target": case.target, "weights": case.weights}
    return {
        "decision_boundary": partial(draw.decision_boundary, case.model, case.data, case.columns, **beside),
        "fitted_curve": partial(draw.fitted_curve, case.model, case.data, case.columns[0], **beside),
        "coefficients": partial(draw.coefficients, case.model),
        "learning_curves": partial(draw.learning_curves, {"this": case.model, "again": case.model}),
    }
