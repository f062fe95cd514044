"""Problems with an L1 penalty: arguments of a fit, and the same as a plain problem to judge the answer by."""

from __future__ import annotations

import numpy as np

from tests.solvers.loops import Data

N, P = 240, 8


def lasso_rows(K, *, weights=False, offset=False):
    rng = np.random.default_rng(10 * K + weights + 2 * offset)
    X = rng.normal(size=(N, P)) * np.geomspace(0.2, 5.0, P) + rng.normal(size=P)
    X[:, 3] += X[:, 2]
    coef = np.zeros((P, K))
    coef[:3] = rng.normal(scale=1.0, size=(3, K)) / np.geomspace(0.2, 5.0, P)[:3, None]
    outputs = 1 if K == 2 else K
    given = rng.normal(size=(N, outputs)) if offset else None
    shift = np.zeros((N, K)) if given is None else (np.column_stack([np.zeros(N), given]) if K == 2 else given)
    y = np.argmax((X - X.mean(axis=0)) @ coef + shift + rng.gumbel(size=(N, K)), axis=1)
    y[:K] = np.arange(K)
    return X, y, rng.uniform(0.5, 30.0, size=N) if weights else None, given


CASES = {
    "two classes": (2, {"C": 0.1}),
    "three classes": (3, {"C": 0.1}),
    "weights": (2, {"C": 0.01, "weights": True}),
    "four classes": (4, {"C": 0.5}),
    "four classes, weights, offset": (4, {"C": 0.05, "weights": True, "offset": True}),
    "four classes, no intercept": (4, {"C": 0.2, "fit_intercept": False}),
    "three classes, weights, offset": (3, {"C": 0.01, "weights": True, "offset": True}),
    "offset": (2, {"C": 0.1, "offset": True}),
    "elastic net": (2, {"C": 0.1, "l1_ratio": 0.4}),
    "elastic net, three classes": (3, {"C": 0.1, "l1_ratio": 0.4}),
    "no intercept": (2, {"C": 0.1, "fit_intercept": False}),
    "no intercept, three classes": (3, {"C": 0.1, "fit_intercept": False}),
    "standardised": (2, {"C": 0.05, "standardize": True}),
    "standardised elastic net, three classes": (3, {"C": 0.05, "standardize": True, "l1_ratio": 0.7}),
    "nearly everything is zero": (2, {"C": 0.02, "standardize": True}),
}


def lasso_case(name):
    """The arguments of a fit, and the same as a plain problem in the columns that the penalty acts on."""
    K, given = CASES[name]
    given = {"l1_ratio": 1.0, **given}
    X, y, weights, offset = lasso_rows(K, weights=given.pop("weights", False), offset=given.pop("offset", False))
    arguments = {
        "target": y,
        "weights": weights,
        "offset": offset if K > 2 or offset is None else offset[:, 0],
        **given,
    }
    w = np.ones(N) if weights is None else weights
    mean = w @ X / w.sum()
    deviation = np.sqrt(w @ (X - mean) ** 2 / w.sum()) if given.get("standardize") else np.ones(P)
    plain = Data(
        X / deviation,
        y,
        weights,
        offset,
        ridge=(1.0 - given["l1_ratio"]) / given["C"],
        lasso=given["l1_ratio"] / given["C"],
        intercept=given.get("fit_intercept", True),
        K=K,
    )
    return X, arguments, plain, deviation
