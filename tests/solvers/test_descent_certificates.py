"""What a first-order fit says about the optimum that it has not reached: never too much, and in the end all of it."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

import logistica
from logistica import SGD, Adam, GradientDescent, SeparationError, Stop
from logistica.solvers.driver import Status
from tests.solvers.quiet import quiet_fit

N, P = 300, 3


@cache
def _rows(K, *, weights=False, offset=False):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(N, P)) * [1.0, 10.0, 0.1] + [0.0, 5.0, 1.0]
    X[:, 2] += 0.05 * X[:, 0]
    given = rng.normal(size=(N, K)) if offset else np.zeros((N, K))
    z = (X - X.mean(axis=0)) / X.std(axis=0)
    y = np.argmax(z @ rng.normal(size=(P, K)) + given + rng.gumbel(size=(N, K)), axis=1)
    offset = None if not offset else (given[:, 1] - given[:, 0] if K == 2 else given)
    return {"data": X, "target": y, "weights": rng.uniform(1, 60, N) if weights else None, "offset": offset}


CASES = {
    "two classes": (_rows(2), {}),
    "three classes": (_rows(3), {}),
    "weights and an offset": (_rows(2, weights=True, offset=True), {}),
    "four classes, weights, an offset": (_rows(4, weights=True, offset=True), {}),
    "ridge": (_rows(3), {"C": 0.2, "standardize": True}),
    "no intercept": (_rows(2), {"fit_intercept": False}),
}
PATHS = {
    "descent": GradientDescent(precondition=True),
    "plain": GradientDescent(learning_rate=0.5, precondition=True),
    "sgd": SGD(precondition=True),
    "adam": Adam(precondition=True),
}


def _contrasts(model, reference=0):
    """Coefficients against the first class, flattened as the summary's table is."""
    table = np.column_stack([model.intercept_, model.coef_])
    table = table if len(table) == 1 else np.delete(table - table[reference], reference, axis=0)
    return (table if model.fitted.fit.options.fit_intercept else table[:, 1:]).reshape(-1)


@cache
def _truth(name):
    rows, options = CASES[name]
    model = logistica.fit(**rows, **options)
    inverse = model.fitted.fit.estimate.covariances.outputs
    assert inverse is not None
    return _contrasts(model), model.summary().coefficients.std_error


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("name", CASES)
def test_the_bound_is_honest_at_every_epoch(name, path):
    """Each coefficient lies within the bound, in its own standard errors at the fit, of Newton's optimum."""
    rows, options = CASES[name]
    optimum, errors = _truth(name)
    finite = []
    for epochs in (1, 3, 8, 20, 50, 200):
        model = quiet_fit(**rows, **options, solver=PATHS[path].set_params(epochs=epochs))
        bound = model.record.certificate.bound
        away = np.abs(_contrasts(model) - optimum) / errors
        assert away.max() <= bound * (1.0 + 1e-6) + 1e-9
        assert ("not-converged" in {note.code for note in model.record.notes}) == (bound > 1e-3)
        finite.append(np.isfinite(bound))
    assert any(finite)


@pytest.mark.parametrize("name", CASES)
def test_after_convergence_everything_is_newton_s(name):
    """Estimates, standard errors, tests, likelihoods, the covariance's rank and the condition number."""
    rows, options = CASES[name]
    newton = logistica.fit(**rows, **options)
    model = logistica.fit(**rows, **options, solver=GradientDescent(epochs=3000), stop=Stop(gradient_norm=1e-13))
    assert model.record.converged
    assert model.record.certificate.bound < 1e-6
    np.testing.assert_allclose(model.coef_, newton.coef_, rtol=1e-8, atol=1e-10)
    ours, theirs = (fit.summary().coefficients for fit in (model, newton))
    for field in ("estimate", "std_error", "z", "lower", "upper"):
        np.testing.assert_allclose(getattr(ours, field), getattr(theirs, field), rtol=1e-6, atol=1e-9)
    np.testing.assert_array_equal(ours.state, theirs.state)
    assert model.log_likelihood_kernel == pytest.approx(newton.log_likelihood_kernel, rel=1e-12)
    first, other = (fit.fitted.fit for fit in (model, newton))
    assert first.likelihoods.null == pytest.approx(other.likelihoods.null, rel=1e-12)
    assert first.likelihoods.objective == pytest.approx(other.likelihoods.objective, rel=1e-12)
    assert first.condition == pytest.approx(other.condition, rel=1e-4)
    assert model.rank == newton.rank


@pytest.mark.parametrize("K", [2, 3])
def test_before_convergence_there_are_no_standard_errors(K):
    model = quiet_fit(**_rows(K), solver=GradientDescent(epochs=5))
    assert not model.record.converged
    summary = model.summary()
    assert np.isnan(summary.coefficients.std_error).all()
    assert np.isfinite(summary.coefficients.estimate).all()
    assert "solver='newton' finds it" in " ".join(str(summary).split())


def _duplicated(K):
    rows = _rows(K)
    X = rows["data"]
    return {**rows, "data": np.column_stack([X, X[:, 0] - 2.0 * X[:, 1], np.full(N, 3.0)])}


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("solver", ["gradient-descent", "sgd", "adam"])
def test_aliased_columns(tmp_path, solver, K):
    """They share their coefficients; the record names them, and predictions are those of Newton's method."""
    rows = _duplicated(K)
    model = quiet_fit(**rows, solver=solver)
    newton = logistica.fit(**rows)
    assert set(model.fitted.fit.aliases) == set(newton.fitted.fit.aliases) == {"x3", "x4"}
    assert model.rank == newton.rank == 4
    assert "aliased" in {note.code for note in model.record.notes}
    assert np.isnan(model.summary().coefficients.std_error).all()
    assert np.isfinite(model.summary().coefficients.estimate).all()
    close = 1e-8 if solver == "gradient-descent" else 2e-2
    np.testing.assert_allclose(
        model.predict_proba(rows["data"]), newton.predict_proba(rows["data"]), rtol=0, atol=close
    )
    model.save(tmp_path / "m.json")
    again = logistica.load(tmp_path / "m.json")
    np.testing.assert_array_equal(again.predict_proba(rows["data"]), model.predict_proba(rows["data"]))
    assert str(again.summary()) == str(model.summary())


def test_what_is_said_of_aliased_columns_is_true():
    """None of them is held at 0."""
    model = quiet_fit(**_duplicated(2), solver="gradient-descent")
    assert model.coef_[0, 3] != 0.0
    (note,) = (note.message for note in model.record.notes if note.code == "aliased")
    assert "held at 0" not in note
    assert "depends on where gradient-descent started" in note
    assert "'x3' is a combination of" in note


def _separated(K, kind):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(N, 3))
    y = np.argmax(X @ rng.normal(size=(3, K)) + rng.gumbel(size=(N, K)), axis=1)
    if kind == "quasi":
        X[:, 2] = (rng.random(N) < 0.2) & (y == K - 1)
    else:
        X[:, 2] = y + 0.1 * rng.random(N)
    return X, y


@pytest.mark.parametrize("kind", ["quasi", "complete"])
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("solver", ["gradient-descent", "sgd", "adam"])
def test_separated_classes(tmp_path, solver, K, kind):
    """The verdict is Newton's; the coefficients are finite, and nothing is claimed about them."""
    X, y = _separated(K, kind)
    with pytest.warns(logistica.SeparationWarning, match="with more epochs they grow without end"):
        model = logistica.fit(X, target=y, solver=solver)
    newton = quiet_fit(X, target=y)
    assert model.separation is not None
    assert model.separation.verdict == newton.separation.verdict == kind
    assert model.separation.columns == newton.separation.columns
    assert model.separation.signs == newton.separation.signs
    assert model.separation.n_rows == newton.separation.n_rows
    assert not model.separation.reached
    assert not model.record.converged
    assert np.isfinite(model.coef_).all()
    assert model.record.status is Status.EPOCHS
    codes = [note.code for note in model.record.notes]
    assert "separated" in codes
    assert "ill-conditioned" not in codes
    summary = model.summary()
    assert np.isnan(summary.coefficients.std_error).all()
    assert (summary.coefficients.state == "finite").all()
    model.save(tmp_path / "m.json")
    again = logistica.load(tmp_path / "m.json")
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert again.separation.verdict == kind
    assert not again.separation.reached
    assert str(again.summary()) == str(summary)
    assert repr(again) == repr(model)


@pytest.mark.parametrize("kind", ["quasi", "complete"])
@pytest.mark.parametrize("solver", ["gradient-descent", "sgd"])
def test_separation_as_an_error(solver, kind):
    X, y = _separated(2, kind)
    with pytest.raises(SeparationError, match="no finite maximum likelihood estimate exists") as error:
        logistica.fit(X, target=y, solver=solver, on_separation="raise")
    assert error.value.separation.verdict == kind


def test_separated_on_aliased_columns():
    X, y = _separated(2, "quasi")
    X = np.column_stack([X, X[:, 0] + X[:, 2]])
    model = quiet_fit(X, target=y, solver="gradient-descent")
    assert model.separation.verdict == "quasi"
    assert "x3" in model.fitted.fit.aliases or "x2" in model.fitted.fit.aliases
    assert "x2" in model.separation.columns


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("solver", ["gradient-descent", "sgd", "adam"])
def test_more_columns_than_rows(solver, K):
    """A hundred rows are two batches an epoch: two hundred updates bring stochastic methods less close."""
    rng = np.random.default_rng(K)
    X, y = rng.normal(size=(100, 150)), np.arange(100) % K
    plain = quiet_fit(X, target=y, solver=solver)
    assert plain.separation.verdict == "complete"
    assert plain.rank == 100
    ridge = quiet_fit(X, target=y, solver=solver, C=1.0)
    best = logistica.fit(X, target=y, C=1.0)
    assert ridge.separation is None
    near = best.fitted.fit.likelihoods.objective
    close = 1e-9 if solver == "gradient-descent" else 5e-3
    assert ridge.fitted.fit.likelihoods.objective <= near * (1.0 + close)


@pytest.mark.parametrize("options", [{}, {"C": 1.0}, {"C": 1.0, "l1_ratio": 1.0}], ids=["plain", "ridge", "L1"])
@pytest.mark.parametrize("solver", [GradientDescent(epochs=20), SGD(epochs=2)], ids=lambda solver: solver.name)
def test_of_thousands_of_columns_it_says_what_is_not_known(solver, options):
    """No Hessian is made; rank and separation stay open, which nobody must take for a verdict."""
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(40, 2001)), np.arange(40) % 2
    model = quiet_fit(X, target=y, solver=solver, **options)
    said = [note.message for note in model.record.notes if note.code == "not-examined"]
    assert model.separation is None
    assert not model.record.converged
    if "l1_ratio" in options:
        assert said == []  # the duality gap needs no Hessian
        assert np.isfinite(model.record.certificate.gap)
        return
    (message,) = said
    assert message.startswith("With 2,001 columns a first-order fit is not examined: its distance from the optimum")
    assert ("separated" in message) == ("aliased" in message) == (not options)


def test_of_fewer_columns_everything_is_known():
    model = quiet_fit(**_rows(2), solver=GradientDescent(epochs=3))
    assert "not-examined" not in {note.code for note in model.record.notes}


@pytest.mark.parametrize("solver", ["gradient-descent", "sgd"])
@pytest.mark.parametrize("K", [2, 3])
def test_a_ridge_that_outweighs_the_data_on_one_column_does_not_hold_up_the_others(solver, K):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(150, 3)) * [1.0, 1e-3, 1e3]
    y = np.argmax(X[:, :1] @ rng.normal(size=(1, K)) + rng.gumbel(size=(150, K)), axis=1)
    best, found = (quiet_fit(X, target=y, C=0.1, solver=name) for name in ("newton", solver))
    optimum = best.fitted.fit.likelihoods.objective
    assert 0.0 <= found.fitted.fit.likelihoods.objective / optimum - 1.0 + 1e-12 < 1e-5
