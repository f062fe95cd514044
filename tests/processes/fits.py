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
}


def rows(K=2, n=N):
    """Four columns, classes that overlap, weights."""
    rng = np.random.default_rng(K)
    X = np.round(rng.normal(size=(n, 4)), 3) * [1.0, 3.0, 0.25, 1.0]
    y = np.argmax(X / [1.0, 3.0, 0.25, 1.0] @ rng.normal(size=(4, K)) + rng.gumbel(size=(n, K)), axis=1)
    return X, y, rng.integers(1, 4, size=n).astype(float)


def _frame(X):
    level = np.array(["low", "middle", "high"], dtype=object)[np.digitize(X[:, 3], [-0.5, 0.5])]
    return pd.DataFrame(X, columns=list("abcd")).assign(e=level)


CONTAINERS = {
    "rows": np.ascontiguousarray,
    "columns": np.asfortranarray,
    "float32": lambda X: X.astype(np.float32),
    "sparse": lambda X: sparse.csr_array(np.where(np.abs(X) > 0.5, X, 0.0)),
    "frame": _frame,
}


def bits(model):
    """A digest of every number that a fit has found."""
    numbers = [model.coef_, model.intercept_, [row.loss for row in model.record.history], [model.log_likelihood_kernel]]
    return hashlib.sha256(b"".join(np.ascontiguousarray(part, np.float64).tobytes() for part in numbers)).hexdigest()


def digest(solver="newton", container="rows", K=2, n=N, **options):
    """The bits of one of the fits. Whoever calls ignores its warnings: here threads would take the filters apart."""
    X, y, weights = rows(K, n)
    return bits(logistica.fit(CONTAINERS[container](X), target=y, weights=weights, **SOLVERS[solver], **options))
