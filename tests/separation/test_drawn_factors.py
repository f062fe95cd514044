"""Factors with rare levels, drawn until they gave trouble: far starts of the rest's fit, and signs hard to settle."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy.optimize import linprog

import logistica


def table(seed: int):
    """Factors with rare levels, and classes that follow them closely."""
    rng = np.random.default_rng([77, seed])
    K, n = 2 + seed % 2, int(rng.integers(60, 900))
    factors, levels = int(rng.integers(1, 5)), int(rng.integers(3, 12))
    shares = 1.0 / np.arange(1.0, levels + 1) ** rng.uniform(0.5, 3.0)
    drawn = rng.choice(levels, (n, factors), p=shares / shares.sum())
    X = np.hstack([np.eye(levels)[drawn[:, j]] for j in range(factors)])
    if seed % 3 == 0:
        X = np.column_stack([X, np.where(rng.random(n) < 0.2, rng.normal(size=n), 0)])
    if seed % 4 == 0:
        X = np.column_stack([X, X[:, 0] * X[:, -1], X[:, 1]])
    scores = X @ rng.normal(size=(X.shape[1], K)) * rng.uniform(0.5, 6.0)
    return X, np.argmax(scores + rng.gumbel(size=(n, K)) * rng.choice([0.05, 1.0]), axis=1)


@pytest.mark.parametrize("seed", [3, 25, 40, 76, 78, 89])
def test_the_rest_is_fitted(seed):
    """Separated rows have driven the solver far out before."""
    X, y = table(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = logistica.fit(X, target=y)
    assert model.separation.verdict == "quasi"
    assert model.record.status == "quasi-completely separated"
    assert model.record.certificate.bound <= 1e-10
    reached = np.log(model.predict_proba(X)[np.arange(len(y)), y]).sum()
    assert reached == pytest.approx(model.separation.log_likelihood, rel=1e-12, abs=2e-9)
    assert [row.iteration for row in model.record.history] == list(range(len(model.record.history)))


def furthest(goal, inequalities):
    """The largest value of a goal over the cone, in a box."""
    tight = {"primal_feasibility_tolerance": 1e-10, "dual_feasibility_tolerance": 1e-10}
    none = np.zeros(len(inequalities))
    found = linprog(-goal, A_ub=-inequalities, b_ub=none, bounds=(-1, 1), method="highs-ds", options=tight)
    assert (inequalities @ found.x).min() > -1e-9
    return -found.fun


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("seed", [143, 209, 283])
def test_signs(seed, intercept):
    """What rounding leaves of a program's solution outside the cone decides none."""
    X, y = table(seed)
    K = y.max() + 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = logistica.fit(X, target=y, fit_intercept=intercept)
    names = [*(["(Intercept)"] if intercept else []), *(f"x{j}" for j in range(X.shape[1]))]
    Z = np.column_stack([np.ones(len(X)), X]) if intercept else X
    kept = [j for j, name in enumerate(names) if name not in model.fitted.fit.aliases]
    rows = np.unique(np.column_stack([Z[:, kept], y]), axis=0)
    eye = np.eye(K)
    inequalities = np.array(
        [np.kron(row[:-1], eye[int(row[-1])] - eye[k]) for row in rows for k in range(K) if k != int(row[-1])]
    )
    for (name, a, b), sign in model.separation.signs.items():
        goal = np.kron(np.eye(len(kept))[kept.index(names.index(name))], eye[a] - eye[b])
        up, down = furthest(goal, inequalities) > 1e-6, furthest(-goal, inequalities) > 1e-6
        assert sign == {(True, True): "undetermined", (True, False): "+inf", (False, True): "-inf"}[up, down]
