"""Fitted models of every kind, and what each of them must be able to do."""

from __future__ import annotations

import json
import warnings
from functools import cache

import numpy as np
import pyarrow as pa

import logistica
from logistica.core.errors import LogisticaWarning
from logistica.prediction import fitted as prediction
from logistica.prediction.fitted import Fitted
from logistica.report import summarise

N = 60


def columns():
    """Columns a, b, c (overlapping), twice (aliased), factor, offset, weights, and others that separate."""
    generator = np.random.default_rng(1)
    X = generator.normal(size=(N, 3)).round(3)
    two = (X[:, 0] + generator.logistic(size=N) > 0).astype(int)
    three = np.argmax(X @ generator.normal(size=(3, 3)) + generator.gumbel(size=(N, 3)), axis=1)
    return {
        **dict(zip("abc", X.T, strict=True)),
        "twice": 2 * X[:, 0],
        "nearly": X[:, 0] + 1e-9 * X[:, 1],
        "factor": np.array(["u", "v", "w"])[generator.integers(0, 3, N)],
        "offset": X[:, 1] / 8,
        "steep": 1e4 * X[:, 1],
        "weights": generator.integers(1, 4, N).astype(float),
        "two": two,
        "three": np.array(["maybe", "no", "yes"])[three],
        "quasi": ((two == 1) & (X[:, 1] > 0)).astype(float),
        "quasi-three": ((three == 2) & (X[:, 1] > 0)).astype(float),
        "complete": (2.0 * two - 1.0) * (1.0 + X[:, 1] ** 2),
        "tiny": 1e-300 * X[:, 2],
        "huge": 1e300 * X[:, 2],
        "far": 1e9 + X[:, 2],
        "heavy": np.where(np.arange(N) == 7, 1e12, X[:, 2]),
        "constant": np.full(N, 1e300),
        "counts": generator.integers(0, 5, N).astype(float),
        "trials": np.full(N, 5.0),
        "gaps": np.where(np.arange(N) % 7 == 3, np.nan, X[:, 1]),
    }


SPECIFIED = {
    "two classes and a factor": {"columns": ["a", "b", "factor"]},
    "three classes and frequencies": {
        "target": "three",
        "columns": ["a", "b"],
        "weights": "weights",
        "weight_kind": "frequency",
    },
    "aliased, with an offset": {"columns": ["a", "twice", "b"], "offset": "offset"},
    "quasi-separated": {"columns": ["quasi", "b"]},
    "completely separated": {"columns": ["complete", "b"]},
    "three classes, quasi-separated": {"target": "three", "columns": ["quasi-three", "a"]},
    "ridge without an intercept": {
        "target": "three",
        "columns": ["a", "b"],
        "C": 1.0,
        "standardize": True,
        "fit_intercept": False,
    },
    "no columns": {"columns": []},
    "columns of every size": {"columns": ["tiny", "huge", "far", "heavy"]},
    "nearly aliased and separated": {"columns": ["a", "nearly", "quasi"]},
    "a huge constant under a penalty": {"columns": ["constant", "a"], "C": 1.0, "standardize": True},
    "offsets that hide the null model": {"columns": ["a"], "offset": "steep"},
    "a formula": {
        "target": None,
        "formula": "two ~ poly(a, 2) * factor + scale(b) + bs(c, df = 4) + cr(b, df = 3) + C(factor, Sum):c",
    },
    "grouped": {"target": "counts", "trials": "trials", "columns": ["a", "b"]},
    "imputed, pooled and lenient": {
        "target": "three",
        "columns": ["gaps", "factor"],
        "missing": "impute",
        "rare": 25,
        "unknown": "other",
    },
    "not converged": {"columns": ["a", "b"], "max_iter": 1},
    "descended": {"target": "three", "columns": ["a", "b", "factor"], "solver": "gradient-descent"},
    "descended, aliased, early": {
        "columns": ["a", "twice", "b"],
        "solver": logistica.SGD(learning_rate=0.05, epochs=3, schedule=logistica.Step(2, 0.5), momentum=0.5),
        "stop": logistica.Stop(patience=2, seconds=100.0),
        "random_state": 4,
    },
    "descended, separated": {"target": "three", "columns": ["quasi-three", "a"], "solver": "adam"},
    "lasso": {
        "target": "three",
        "columns": ["a", "b", "nearly"],
        "C": 0.1,
        "l1_ratio": 0.75,
        "solver": logistica.GradientDescent(start=logistica.Normal(0.5)),
    },
    "balanced": {"target": "three", "columns": ["a", "b"], "resample": "over", "restore_prevalence": True},
    "weighted classes": {"columns": ["a", "b"], "weights": "weights", "class_weight": {1: 2.0}, "solver": "sgd"},
}


@cache
def model(name):
    """The model of that name, without a word about it."""
    options = {"target": "two", **SPECIFIED[name]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LogisticaWarning)
        return logistica.fit(pa.table(columns()), **options)


def table_for(fitted: Fitted):
    """Fixed rows with the columns and levels that the model asks for, and no others."""
    values = [-3.0, -1.0, 0.0, 0.25, 2.0, 5.0]
    recipe = fitted.recipe
    numbers = {name: np.roll(values, j) for j, name in enumerate(recipe.names or ())}
    levels = {name: [levels[i % len(levels)] for i in range(6)] for name, levels in recipe.factors.items()}
    if recipe.kind == "array":
        return np.column_stack([np.empty((6, 0)), *numbers.values()])
    return pa.table({**numbers, **levels}) if numbers else pa.table({"unused": values})


def assert_serves(fitted: Fitted):
    """It predicts finite probabilities that sum to 1, and its summary can be printed."""
    classes = len(fitted.labels.classes)
    offset = None
    if fitted.has_offset:
        offset = np.zeros(6 if classes == 2 else (6, classes))
    scores = prediction.score(fitted, table_for(fitted), offset=offset)
    proba = prediction.proba(fitted, scores)
    assert proba.shape == (6, classes)
    assert (proba >= 0.0).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, rtol=0, atol=1e-15 * classes)
    assert np.isfinite(prediction.log_proba(fitted, scores)).all()
    assert set(prediction.labels(fitted, scores).tolist()) <= set(fitted.labels.classes.tolist())
    summary = summarise(fitted)
    assert str(summary)
    json.dumps(summary.to_dict(), allow_nan=False)
