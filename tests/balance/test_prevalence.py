"""Prevalence restored: K - 1 intercepts found again on the rows as they are, to 1e-9; everything else as it was."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import logistica
from logistica import SGD, DataWarning, Stop
from tests.balance.naive import best_intercepts, proba
from tests.solvers.quiet import quiet_fit

N = 500


def _data(K, *, weighted=False, offset=False):
    rng = np.random.default_rng(K)
    X = rng.normal(loc=[0.0, 10.0, -3.0], size=(N, 3))
    shift = rng.normal(size=(N, K)) if offset else np.zeros((N, K))
    eta = (X - [0.0, 10.0, -3.0]) @ rng.normal(size=(3, K)) + shift - 0.8 * np.arange(K)
    y = np.argmax(eta + rng.gumbel(size=(N, K)), axis=1)
    weights = rng.uniform(0.2, 20.0, N) if weighted else None
    given = None if not offset else (shift[:, 1] - shift[:, 0] if K == 2 else shift)
    return X, y, weights, given


HOW = [{"class_weight": "balanced"}, {"resample": "over"}, {"resample": "under"}]


@pytest.mark.parametrize("how", HOW, ids=lambda how: "-".join(next(iter(how.items()))))
@pytest.mark.parametrize("extras", ["plain", "weights", "offset", "weights and offset"])
@pytest.mark.parametrize("K", [2, 3, 4, 5])
def test_mean_probabilities_are_the_observed_shares(K, extras, how):
    X, y, weights, offset = _data(K, weighted="weights" in extras, offset="offset" in extras)
    given = {"target": y, "weights": weights, "offset": offset, **how}
    model = quiet_fit(X, restore_prevalence=True, **given)
    w = np.ones(N) if weights is None else weights
    observed = np.bincount(y, w) / w.sum()
    mean = w @ model.predict_proba(X, offset=offset) / w.sum()
    np.testing.assert_allclose(mean, observed, rtol=1e-9, atol=0)
    before = quiet_fit(X, **given)
    np.testing.assert_array_equal(before.coef_, model.coef_)
    balance = model.fitted.fit.balance
    assert balance.restored
    np.testing.assert_allclose(balance.fitted, w @ before.predict_proba(X, offset=offset) / w.sum(), rtol=1e-9)


@pytest.mark.parametrize("K", [2, 3, 4])
def test_the_intercepts_are_those_of_highest_likelihood(K):
    X, y, weights, offset = _data(K, weighted=True, offset=True)
    model = quiet_fit(X, target=y, weights=weights, offset=offset, class_weight="balanced", restore_prevalence=True)
    best = best_intercepts(X, y, weights, model.coef_, offset)
    own = model.intercept_ if K == 2 else model.intercept_ - model.intercept_[0]
    np.testing.assert_allclose(own, best, atol=1e-6)
    np.testing.assert_allclose(model.intercept_.sum() if K > 2 else 0.0, 0.0, atol=1e-9)


@pytest.mark.parametrize("solver", ["gradient-descent", "sgd", "adam", SGD(learning_rate=0.01, epochs=2)], ids=str)
@pytest.mark.parametrize("K", [2, 3])
def test_after_every_solver(solver, K):
    X, y, _, _ = _data(K)
    model = quiet_fit(X, target=y, solver=solver, class_weight="balanced", restore_prevalence=True)
    np.testing.assert_allclose(model.predict_proba(X).mean(axis=0), np.bincount(y) / N, rtol=1e-9)


@pytest.mark.parametrize("K", [2, 3])
def test_under_penalties(K):
    X, y, _, _ = _data(K)
    for options in ({"C": 0.01}, {"C": 0.05, "l1_ratio": 1.0, "solver": "gradient-descent"}):
        model = quiet_fit(X, target=y, class_weight="balanced", restore_prevalence=True, **options)
        np.testing.assert_allclose(model.predict_proba(X).mean(axis=0), np.bincount(y) / N, rtol=1e-9)


def test_sparse_rows():
    X, y, _, _ = _data(3)
    X = np.where(np.abs(X) < 1.0, 0.0, X)
    models = [quiet_fit(data, target=y, resample="under", restore_prevalence=True) for data in (X, sparse.csr_array(X))]
    np.testing.assert_allclose(models[1].predict_proba(X).mean(axis=0), np.bincount(y) / N, rtol=1e-9)
    np.testing.assert_allclose(models[1].intercept_, models[0].intercept_, rtol=1e-8)


@pytest.mark.parametrize("how", [{"class_weight": "balanced"}, {"resample": "over"}])
@pytest.mark.parametrize("solver", ["newton", "gradient-descent"])
@pytest.mark.parametrize("complete", [False, True])
@pytest.mark.parametrize("K", [2, 3])
def test_separated_models_come_back_from_a_file(K, complete, solver, how, tmp_path):
    rng = np.random.default_rng(K)
    x = rng.normal(size=200)
    y = np.digitize(x, [0.5, 1.0][: K - 1])
    noise = np.zeros(200) if complete else np.where(rng.random(200) < 0.3, rng.normal(size=200), 0.0)
    X = np.column_stack([x + noise, (y == 0) & (rng.random(200) < 0.3)])
    model = quiet_fit(X, target=y, solver=solver, restore_prevalence=True, **how)
    assert model.separation is not None
    model.save(tmp_path / "m.json")
    np.testing.assert_array_equal(logistica.load(tmp_path / "m.json").predict_proba(X), model.predict_proba(X))


@pytest.mark.parametrize("K", [2, 3])
def test_on_separated_classes(K):
    """Predictions are those of a limit; their intercepts are found again as far as there are any."""
    rng = np.random.default_rng(K)
    X = np.column_stack([rng.normal(size=N), np.zeros(N)])
    y = np.argmax(X[:, :1] * np.arange(K) - np.arange(K) + rng.gumbel(size=(N, K)), axis=1)
    X[:, 1] = (y == 0) & (rng.random(N) < 0.2)
    model = quiet_fit(X, target=y, class_weight="balanced", restore_prevalence=True)
    assert model.separation is not None
    np.testing.assert_allclose(model.predict_proba(X).mean(axis=0), np.bincount(y) / N, rtol=1e-9)


def test_no_finite_intercepts():
    """An offset beyond what probabilities can tell apart leaves no intercept to be found, and the note says so."""
    X = np.tile([0.0, 1.0, 2.0, 3.0], 10)[:, None]
    y = np.repeat([0, 1], 20)
    offset = np.where(y == 1, 800.0, -800.0)
    with pytest.warns(DataWarning, match=r"No finite intercepts bring the shares back\.$"):
        model = quiet_fit(X, target=y, class_weight={1: 3.0}, offset=offset, restore_prevalence=True, C=1.0)
    assert "prevalence-not-restored" in {note.code for note in model.record.notes}
    assert not model.fitted.fit.balance.restored


@pytest.mark.parametrize("K", [2, 3])
def test_the_note(K):
    X, y, _, _ = _data(K)
    model = quiet_fit(X, target=y, class_weight="balanced", restore_prevalence=True)
    (note,) = (note for note in model.record.notes if note.code == "prevalence-restored")
    before = quiet_fit(X, target=y, class_weight="balanced")
    fitted = proba(X, before.coef_, before.intercept_).mean(axis=0)
    assert f"{fitted[1]:.4g} for 1 instead of {(y == 1).mean():.4g}" in note.message
    assert "The intercepts were then brought back to the observed shares;" in note.message


def test_off_by_default():
    X, y, _, _ = _data(2)
    model = quiet_fit(X, target=y, class_weight="balanced")
    assert not model.fitted.fit.balance.restored
    assert quiet_fit(X, target=y).fitted.fit.balance is None
    assert abs(model.predict_proba(X).mean(axis=0)[1] - (y == 1).mean()) > 0.05


@pytest.mark.parametrize("options", [{}, {"C": 0.5}, {"C": 0.5, "l1_ratio": 0.5, "solver": "gradient-descent"}])
@pytest.mark.parametrize("K", [2, 3])
def test_the_likelihood_is_that_of_the_coefficients_shown(K, options):
    data = _data(K)
    X, y = data[0], data[1]
    model = quiet_fit(X, target=y, class_weight={1: 3.0}, restore_prevalence=True, **options)
    weight = np.where(y == 1, 3.0, 1.0)
    log_likelihood = weight @ np.log(model.predict_proba(X)[np.arange(N), y])
    assert model.log_likelihood_kernel == pytest.approx(log_likelihood, rel=1e-12)
    assert model.fitted.fit.likelihoods.objective >= -log_likelihood * (1 - 1e-12)


@pytest.mark.parametrize("K", [2, 3])
def test_rows_held_out_are_among_those_whose_prevalence_is_restored(K):
    data = _data(K)
    X, y = data[0], data[1]
    stop = Stop(validation_share=0.3)
    model = quiet_fit(
        X, target=y, solver="gradient-descent", stop=stop, class_weight="balanced", restore_prevalence=True
    )
    np.testing.assert_allclose(model.predict_proba(X).mean(axis=0), np.bincount(y) / N, rtol=1e-9)
