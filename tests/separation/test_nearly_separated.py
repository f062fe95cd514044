"""What a separation leaves may be all but separated itself: certified where arithmetic allows, else said to be stalled.

A table of rare levels of which a row or two alone keep the others' coefficients finite, tens of units out.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import sparse

import logistica
from logistica.solvers.driver import Status

ENDS = (Status.CONVERGED, Status.ROUNDING, Status.QUASI, Status.COMPLETE, Status.STALLED)


def table(seed):
    """Return columns of levels, of some seeds one of few numbers besides, and two or three classes of large scores."""
    rng = np.random.default_rng([77, seed])
    K, n = 2 + seed % 2, int(rng.integers(60, 900))
    n_factors, n_levels = int(rng.integers(1, 5)), int(rng.integers(3, 12))
    shares = 1.0 / np.arange(1.0, n_levels + 1) ** rng.uniform(0.5, 3)
    levels = rng.choice(n_levels, (n, n_factors), p=shares / shares.sum())
    X = np.hstack([np.eye(n_levels)[levels[:, f]] for f in range(n_factors)])
    if seed % 3 == 0:
        X = np.column_stack([X, np.where(rng.random(n) < 0.2, rng.normal(size=n), 0)])
    if seed % 4 == 0:
        X = np.column_stack([X, X[:, 0] * X[:, -1], X[:, 1]])
    if seed % 7 == 0:
        X = X[:, rng.permutation(X.shape[1])]
    scores = X @ rng.normal(size=(X.shape[1], K)) * rng.uniform(0.5, 6)
    return X, np.argmax(scores + rng.gumbel(size=(n, K)) * rng.choice([0.05, 1.0]), axis=1)


def fitted(X, y, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return logistica.fit(X, target=y, **options)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
def test_a_coefficient_that_one_row_keeps_finite_is_certified(form):
    X, y = table(63)
    model = fitted(form(X), y, fit_intercept=False)
    assert model.record.status == Status.QUASI
    assert model.record.certificate.bound <= 1e-6
    assert model.record.certificate.exact


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
def test_where_rounding_forbids_it_the_fit_ends_soon_and_says_so(form):
    X, y = table(63)
    model = fitted(form(X), y)
    assert model.record.status == Status.STALLED
    assert model.record.certificate.bound == np.inf
    assert model.record.iterations < 80
    assert "a few others alone keep from being separated" in model.record.message
    assert model.separation.log_likelihood == pytest.approx(
        fitted(X, y, fit_intercept=False).separation.log_likelihood, rel=1e-12
    )


@pytest.mark.parametrize("seed", [63, 237, 279, 342, 402, 7, 22, 45, 96, 101])
def test_no_fit_ends_at_the_limit_of_steps(seed):
    X, y = table(seed)
    K = 2 + seed % 2
    rng = np.random.default_rng([78, seed])
    for options in (
        {"offset": rng.normal(size=len(y) if K == 2 else (len(y), K))},
        {"weights": rng.random(len(y)) * 3.0},
        {"fit_intercept": False},
    ):
        assert fitted(X, y, **options).record.status in ENDS
