"""Small tables of whole numbers, with weights and offsets of very different sizes: certified, wherever the way leads.

Of such weights and offsets some rows' probabilities are 0 or 1 to rounding soon, the wrong ones too, and the Hessian
is singular there although there is an optimum. Each of these seeds once ended in rounding.
"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import sparse

import logistica
from logistica.solvers.driver import Status

OVERLAPPING = [7, 262, 687, 743, 980, 1177]
QUASI = [268, 391, 409, 469, 504, 577, 613, 851, 1047, 1278, 1397]
WITH_L1 = {35: 1e3, 183: 1e3, 239: 1e3, 687: 1e3, 743: 1e3, 788: 1.0, 851: 1e3, 895: 1e3}
"""Seeds, each with the C of an L1 penalty."""
COLUMNS = ("levels", "ints", "counts", "mixed", "thermo")


def columns(rng, n, p):
    """Return columns of one of five kinds; "thermo" is an ordered factor, of which columns lie in one another."""
    kind = rng.choice(COLUMNS)
    if kind == "levels":
        return np.column_stack([rng.random(n) < rng.choice([0.02, 0.1, 0.3, 0.5]) for _ in range(p)]).astype(float)
    if kind == "ints":
        return rng.integers(0, rng.integers(2, 6), (n, p)).astype(float)
    if kind == "counts":
        return rng.poisson(rng.choice([0.1, 1.0, 10.0], p), (n, p)).astype(float)
    if kind == "thermo":
        X = (rng.integers(0, p + 1, n)[:, None] > np.arange(p)).astype(float)
        X[:, -1] += rng.random(n) < 0.1
        return X
    return np.column_stack([rng.integers(0, 3, (n, (p + 1) // 2)), rng.normal(size=(n, p // 2))]).astype(float)


def classes(rng, X, K):
    """Return classes that the columns tell more or less well, of some seeds with a separating level."""
    n, p = X.shape
    strength = rng.choice([0.3, 2.0, 8.0, 40.0])
    scores = X @ rng.normal(size=(p, K)) * strength / np.sqrt(p)
    noise = rng.choice([0.0, 0.05, 1.0, 3.0])
    y = np.argmax(scores - scores.mean(axis=0) + noise * rng.gumbel(size=(n, K)), axis=1)
    separating = rng.integers(0, 4)
    if separating == 1:
        y = np.where(X[:, 0] == X[:, 0].max(), K - 1, y)
    if separating == 2:
        y = np.where(X[:, 0] > X[:, 0].min(), K - 1, y)
        against = rng.integers(0, n, int(rng.integers(1, 4)))
        y[against] = rng.integers(0, K, len(against))
    y[:K] = np.arange(K)
    return y


def options(rng, n, K):
    """Return weights, an offset, or no intercept."""
    found = {}
    weighted = rng.integers(0, 5)
    if weighted == 1:
        found["weights"] = rng.integers(1, 6, n).astype(float)
    if weighted == 2:
        found["weights"] = rng.lognormal(0, 3, n)
    if weighted == 3:
        found["weights"] = np.where(rng.random(n) < 0.2, 0.0, 1.0)
        found["weights"][:K] = 1.0
    if rng.integers(0, 4) == 0:
        size = rng.choice([1.0, 10.0])
        found["offset"] = rng.normal(scale=size, size=n if K == 2 else (n, K))
    if rng.integers(0, 4) == 0:
        found["fit_intercept"] = False
    return found


def fitted(seed, **penalty):
    rng = np.random.default_rng([2063, seed])
    K, n, p = int(rng.integers(2, 5)), int(rng.choice([12, 30, 80, 200, 600])), int(rng.integers(1, 10))
    X = columns(rng, n, p)
    y, more = classes(rng, X, K), options(rng, n, K)
    stored = rng.integers(0, 5)
    X = sparse.csr_array(X) if stored == 0 else X.astype(np.float32) if stored == 1 else X
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return logistica.fit(X, target=y, **more, **penalty)


@pytest.mark.parametrize("seed", [*OVERLAPPING, *QUASI])
def test_it_is_certified(seed):
    model = fitted(seed)
    expected = {Status.QUASI} if seed in QUASI else {Status.CONVERGED, Status.ROUNDING}
    assert model.record.status in expected
    assert model.record.certificate.bound <= 1e-6
    assert np.isfinite(model.fitted.fit.likelihoods.null)
    assert model.record.iterations <= 100


@pytest.mark.parametrize("seed", WITH_L1)
def test_with_an_l1_penalty_too(seed):
    record = fitted(seed, C=WITH_L1[seed], l1_ratio=1.0).record
    assert record.status in {Status.CONVERGED, Status.ROUNDING}
    assert record.certificate.gap <= 1e-9


@pytest.mark.parametrize("seed", range(6000, 6060))
def test_others_are_too_or_a_note_says_that_they_are_not(seed):
    record = fitted(seed).record
    if record.status is Status.STALLED:
        assert any(note.code == "not-converged" for note in record.notes)
    else:
        assert record.status in {Status.CONVERGED, Status.ROUNDING, Status.QUASI, Status.COMPLETE}
        assert record.status is Status.COMPLETE or record.certificate.bound <= 1e-6


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("container", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("deviation", [1e3, 1e4, 1e5])
def test_a_lasso_with_huge_offsets_converges_or_says_that_it_has_not(K, container, deviation):
    """Every probability is 0 or 1 there, and no model has a bend; no warning of NumPy comes of it."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(400, 4))
    y = np.argmax(X[:, :K] + rng.gumbel(size=(400, K)), axis=1)
    for seed in range(4):
        offset = np.random.default_rng(seed).normal(size=(400, K)) * deviation
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", logistica.LogisticaWarning)
            model = logistica.fit(
                container(X), target=y, offset=offset[:, 0] if K == 2 else offset, C=1.0, l1_ratio=1.0
            )
        record = model.record
        assert record.converged == (record.certificate.gap <= 1e-6)
        assert record.converged == ("not-converged" not in {note.code for note in record.notes})
        assert record.converged or deviation > 1e3
