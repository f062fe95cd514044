"""Fits made by hand, without the doors and their warnings."""

from __future__ import annotations

from typing import Any

import numpy as np

from logistica.data.preparation import Preparation
from logistica.data.read import read
from logistica.fitting import FitOptions, fit
from logistica.prediction.fitted import Fitted
from tests.reference.problems import Problem

PREPARATION = ("formula", "columns", "missing", "factors")
OPTIONS = ("C", "fit_intercept", "standardize", "max_iter", "tol", "solver")


def fitted(data: Any, target: Any, **arguments: Any) -> Fitted:
    """Fit ``data``; arguments are those of ``logistica.fit``."""
    options = FitOptions(**{name: arguments.pop(name) for name in OPTIONS if name in arguments})
    preparation = Preparation(**{name: arguments.pop(name) for name in PREPARATION if name in arguments})
    dataset = read(data, preparation, target=target, **arguments)
    return Fitted(
        dataset.recipe,
        dataset.labels,
        fit(dataset, options),
        dataset.has_offset,
        dataset.target_name,
        dataset.weights_name,
        dataset.offset_names,
    )


def fitted_problem(case: Problem, X: np.ndarray | None = None) -> Fitted:
    """Fit a certified problem, perhaps with other columns of the same names."""
    import pandas as pd

    return fitted(
        pd.DataFrame(case.X if X is None else X, columns=list(case.columns)),
        case.y,
        weights=case.weights,
        weight_kind="importance" if case.weights is None else "frequency",
        fit_intercept=case.intercept,
        C=case.C,
    )


def two_classes(seed: int = 0, n: int = 120, p: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return overlapping classes, with effects of the first two of p columns; p is at least 2."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    return X, (X[:, 0] - 0.5 * X[:, 1] + rng.logistic(size=n) > 0).astype(int)
