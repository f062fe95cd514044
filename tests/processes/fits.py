"""Small fits of every solver, on every kind of data, told apart by their bits."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
from scipy import sparse

import logistica
from logistica import SGD, Adam, GradientDescent

N = 40_000
"""Several blocks of rows, so that threads have something to share."""
SOLVERS = {
    "newton": {},
    "newton, ridge": {"C": 1.0},
    "newton-cg": {"solver": "newton-cg"},
    "lbfgs": {"solver": "lbfgs", "C": 1.0},
    "gradient-descent": {"solver": GradientDescent(epochs=5)},
    "sgd": {"solver": SGD(epochs=1, batch_size=500)},
    "adam": {"solver": Adam(epochs=1, batch_size=500)},
    "l1": {"solver": SGD(epochs=1, batch_size=500), "C": 1.0, "l1_ratio": 1.0},
    "proximal-newton": {"solver": "proximal-newton", "C": 0.01, "l1_ratio": 1.0},
    "proximal-newton, wide": {"solver": "proximal-newton", "C": 0.003, "l1_ratio": 0.9},
}
PATH = {"n_penalties": 4, "smallest": 0.05}


def rows(K=2, n=N):
    """Four columns, classes that overlap, weights."""
    rng = np.random.default_rng(K)
    X = np.round(rng.normal(size=(n, 4)), 3) * [1.0, 3.0, 0.25, 1.0]
    y = np.argmax(X / [1.0, 3.0, 0.25, 1.0] @ rng.normal(size=(4, K)) + rng.gumbel(size=(n, K)), axis=1)
    return X, y, rng.integers(1, 4, size=n).astype(float)


def _frame(X):
    level = np.array(["low", "middle", "high"], dtype=object)[np.digitize(X[:, 3], [-0.5, 0.5])]
    return pd.DataFrame(X, columns=[f"x{j}" for j in range(X.shape[1])]).assign(e=level)


CONTAINERS = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "float32": lambda X: X.astype(np.float32),
    "sparse": lambda X: sparse.csr_array(np.where(np.abs(X) > 0.5, X, 0.0)),
    "frame": _frame,
}


def wide(X):
    """So many columns that an L1 penalty is met in a part of them at a time, by the entries of sparse ones."""
    return np.hstack([np.roll(X, k, axis=0) for k in range(65)])


def bits(model):
    """A digest of every number that a fit, or a path of them, has found."""
    if isinstance(model, logistica.Path):
        numbers = [model.coef, model.intercept, model.objective, model.gap]
    else:
        losses = [row.loss for row in model.record.history]
        numbers = [model.coef_, model.intercept_, losses, [model.log_likelihood_kernel]]
    return hashlib.sha256(b"".join(np.ascontiguousarray(part, np.float64).tobytes() for part in numbers)).hexdigest()


def digest(solver="newton", container="rows", K=2, n=N, **options):
    """The bits of one of the fits. Whoever calls ignores its warnings: here threads would take the filters apart."""
    X, y, weights = rows(K, n // 4 if solver.endswith("wide") else n)
    data = CONTAINERS[container](wide(X) if solver.endswith("wide") else X)
    if solver == "path":
        return bits(logistica.path(data, target=y, weights=weights, **PATH, **options))
    return bits(logistica.fit(data, target=y, weights=weights, **SOLVERS[solver], **options))
