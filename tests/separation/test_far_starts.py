"""Where separated rows have driven the solver far out before the rest is fitted: it is fitted all the same."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

import logistica


def table(seed: int):
    """Factors with rare levels, and classes that follow them closely; drawn so that Newton's first steps go far."""
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
