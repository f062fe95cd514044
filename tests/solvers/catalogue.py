"""Problems that every solver must solve with its defaults: K classes, every kind of data, every difficulty by itself.

Each is made from a seed of its own; none needs anything from a solver but patience.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from scipy import sparse
from sklearn.datasets import load_iris

Array = np.ndarray


@dataclass(frozen=True)
class Problem:
    """Data, labels and the other arguments of ``logistica.fit``; ``separated`` has no finite optimum."""

    data: Any
    target: Any
    arguments: dict[str, Any] = field(default_factory=dict)
    separated: bool = False


def classes(rng: np.random.Generator, X: Array, K: int = 2, strength: float = 1.0) -> Array:
    """Draw labels of K classes whose log-odds are linear in the columns, each brought to size 1."""
    size = np.maximum(X.std(axis=0), 1e-300)
    eta = (X - X.mean(axis=0)) / size @ rng.normal(scale=strength / np.sqrt(X.shape[1]), size=(X.shape[1], K))
    y = np.argmax(eta + rng.gumbel(size=eta.shape), axis=1)
    y[:K] = np.arange(K)
    return y


def _normal(seed: int, n: int = 400, p: int = 5, K: int = 2, **arguments: Any) -> Problem:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    return Problem(X, classes(rng, X, K), arguments)


def _as(problem: Problem, convert: Callable[[Array], Any]) -> Problem:
    return Problem(convert(problem.data), problem.target, problem.arguments)


def _weighted(kind: str, K: int = 2) -> Problem:
    rng = np.random.default_rng(7 + K)
    one = _normal(7 + K, K=K)
    weights = rng.integers(1, 8, len(one.target)) if kind == "frequency" else rng.lognormal(sigma=1.0, size=400) * 37
    return Problem(one.data, one.target, {"weights": weights.astype(float), "weight_kind": kind})


def _offset(K: int) -> Problem:
    rng = np.random.default_rng(20 + K)
    X = rng.normal(size=(500, 3))
    offset = rng.normal(scale=1.5, size=(500, K))
    eta = X @ rng.normal(size=(3, K)) + offset
    y = np.argmax(eta + rng.gumbel(size=eta.shape), axis=1)
    return Problem(X, y, {"offset": offset[:, 1] - offset[:, 0] if K == 2 else offset})


def _scaled(K: int, **arguments: Any) -> Problem:
    rng = np.random.default_rng(30 + K)
    X = rng.normal(size=(600, 6))
    y = classes(rng, X, K)
    scale = 10.0 ** rng.uniform(-3, 4, size=6)
    return Problem(X * scale + scale * rng.uniform(-20, 20, size=6), y, arguments)


def _correlated(rho: float, p: int = 8, K: int = 2) -> Problem:
    rng = np.random.default_rng(40 + K)
    X = np.sqrt(rho) * rng.normal(size=(800, 1)) + np.sqrt(1.0 - rho) * rng.normal(size=(800, p))
    return Problem(X, classes(rng, X, K))


def _rare_indicator() -> Problem:
    rng = np.random.default_rng(50)
    X = np.column_stack([rng.normal(size=(2000, 2)), np.zeros(2000)])
    X[:12, 2] = 1.0
    y = classes(rng, X[:, :2])
    y[:12] = [0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 1]
    return Problem(X, y)


def _heavy_tails() -> Problem:
    rng = np.random.default_rng(51)
    X = rng.standard_t(2, size=(1000, 4))
    return Problem(X, (X @ [0.6, -0.4, 0.2, 0.0] + rng.logistic(size=1000) > 0).astype(int))


def _imbalanced() -> Problem:
    rng = np.random.default_rng(52)
    X = rng.normal(size=(3000, 3))
    return Problem(X, (X @ [0.8, -0.5, 0.0] + rng.logistic(size=3000) > 5.0).astype(int))


def _strong() -> Problem:
    rng = np.random.default_rng(53)
    X = rng.normal(size=(1000, 4))
    return Problem(X, classes(rng, X, strength=8.0))


def _sparse(K: int, **arguments: Any) -> Problem:
    rng = np.random.default_rng(60 + K)
    X = sparse.random_array((800, 30), density=0.15, rng=rng, format="csr")
    return Problem(X, classes(rng, X.toarray(), K, strength=2.0), arguments)


def _frame(make: Callable[[dict[str, Any]], Any], K: int) -> Problem:
    rng = np.random.default_rng(70 + K)
    kind = rng.choice(["a", "b", "c", "d"], size=600, p=[0.5, 0.3, 0.15, 0.05])
    size = rng.normal(loc=50.0, scale=9.0, size=600)
    X = np.column_stack([size, kind == "b", kind == "c"]).astype(float)
    labels = np.array(["no", "maybe", "yes"])[classes(rng, X, K, strength=0.5)]
    return Problem(make({"kind": kind, "size": size, "label": labels}), "label")


def _quasi(K: int = 2) -> Problem:
    """An indicator under which only the last class occurs."""
    rng = np.random.default_rng(80 + K)
    X = np.column_stack([rng.normal(size=(500, 2)), rng.random(500) < 0.1])
    y = classes(rng, X[:, :2], K)
    y[X[:, 2] == 1.0] = K - 1
    return Problem(X, y, separated=True)


def _complete(K: int = 2) -> Problem:
    """Classes that lie apart."""
    rng = np.random.default_rng(84 + K)
    y = rng.integers(K, size=300)
    centres = 4.0 * np.column_stack([np.cos(2 * np.pi * np.arange(K) / K), np.sin(2 * np.pi * np.arange(K) / K)])
    return Problem(centres[y] + rng.uniform(-1.0, 1.0, size=(300, 2)), y, separated=True)


def _iris(*kinds: int) -> Problem:
    """Fisher's flowers: of all three kinds the first is separated from the others."""
    X, y = load_iris(return_X_y=True)
    chosen = np.isin(y, kinds)
    return Problem(X[chosen], y[chosen], separated=0 in kinds)


PROBLEMS: dict[str, Callable[[], Problem]] = {
    "two classes": lambda: _normal(0),
    "three classes": lambda: _normal(1, K=3),
    "five classes": lambda: _normal(2, n=1000, K=5),
    "twenty rows": lambda: _normal(3, n=20, p=1),
    "twenty thousand rows": lambda: _normal(4, n=20_000, p=8),
    "iris": lambda: _iris(0, 1, 2),
    "iris, two kinds": lambda: _iris(1, 2),
    "one row more than a batch": lambda: _normal(5, n=65, p=2),
    "Fortran order": lambda: _as(_normal(6), np.asfortranarray),
    "float32": lambda: _as(_normal(8, K=3), np.float32),
    "float32, Fortran order": lambda: _as(_normal(9), lambda X: np.asfortranarray(X, dtype=np.float32)),
    "importance weights": lambda: _weighted("importance"),
    "frequency weights": lambda: _weighted("frequency"),
    "sampling weights, three classes": lambda: _weighted("sampling", K=3),
    "offset": lambda: _offset(2),
    "offset, four classes": lambda: _offset(4),
    "no intercept": lambda: _normal(10, fit_intercept=False),
    "no intercept, three classes": lambda: _normal(11, K=3, fit_intercept=False),
    "ridge": lambda: _normal(12, C=0.1),
    "ridge, four classes": lambda: _normal(13, K=4, C=0.01),
    "scales and shifts": lambda: _scaled(2),
    "scales and shifts, three classes": lambda: _scaled(3),
    "standardised ridge": lambda: _scaled(2, C=0.05, standardize=True),
    "standardised ridge, five classes": lambda: _scaled(5, C=0.05, standardize=True),
    "correlated": lambda: _correlated(0.9),
    "strongly correlated": lambda: _correlated(0.99, p=4),
    "correlated, three classes": lambda: _correlated(0.9, p=4, K=3),
    "a rare indicator": _rare_indicator,
    "heavy tails": _heavy_tails,
    "imbalanced": _imbalanced,
    "nearly certain": _strong,
    "sparse": lambda: _sparse(2),
    "sparse ridge, three classes": lambda: _sparse(3, C=1.0),
    "pandas, a factor": lambda: _frame(pd.DataFrame, 2),
    "Arrow, a factor, three classes": lambda: _frame(pa.table, 3),
    "quasi-separated": _quasi,
    "quasi-separated, three classes": lambda: _quasi(3),
    "completely separated": _complete,
    "completely separated, four classes": lambda: _complete(4),
}
