"""Newton-CG and L-BFGS: the optimum of Newton's method, and honest about it, also where no Hessian is ever made."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import logistica
from logistica import ConvergenceWarning, OptionError, Stop
from logistica.data.design import ColumnsDesign, SparseDesign
from logistica.data.read import read
from logistica.fitting import FitOptions
from logistica.fitting.problem import prepare
from logistica.objective import products_at
from logistica.solvers.certificate import certify_by_ridge, exact_radius
from logistica.solvers.driver import Status
from logistica.solvers.matrix_free.newton_cg import conjugate_gradients
from logistica.solvers.newton import Newton
from tests.solvers.quiet import quiet_fit

SOLVERS = ["newton-cg", "lbfgs"]
solvers = pytest.mark.parametrize("solver", SOLVERS)
N = 600


@pytest.fixture(autouse=True)
def few_are_many(monkeypatch):
    """Make the Hessian for no more than 50 coefficients, so that references are quickly found."""
    monkeypatch.setattr("logistica.fitting.problem.WIDE", 50)
    monkeypatch.setattr("logistica.inference.validity.WIDE", 50)


def wide(K=2, seed=0):
    """Sparse columns, more than the Hessian is made for."""
    p = 120 // K
    rng = np.random.default_rng(seed)
    X = sparse.random_array((N, p), density=0.1, rng=rng, format="csr")
    eta = X @ rng.normal(scale=2.0, size=(p, K))
    return X, np.argmax(eta + rng.gumbel(size=eta.shape), axis=1)


def narrow(K=2, n=400, p=4, seed=1):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    return X, np.argmax(X @ rng.normal(size=(p, K)) + rng.gumbel(size=(n, K)), axis=1)


RNG = np.random.default_rng(7)
WEIGHTS = RNG.uniform(0.2, 9.0, size=N)
CASES = {
    "plain": (2, {"C": 1.0}),
    "weak penalty": (2, {"C": 100.0}),
    "three classes": (3, {"C": 1.0}),
    "no intercept": (2, {"C": 1.0, "fit_intercept": False}),
    "no intercept, three classes": (3, {"C": 1.0, "fit_intercept": False}),
    "weights": (2, {"C": 1.0, "weights": WEIGHTS}),
    "large weights": (2, {"C": 1e-3, "weights": 1e5 * WEIGHTS}),
    "offset": (2, {"C": 1.0, "offset": RNG.normal(size=N)}),
    "standardised": (2, {"C": 0.01, "standardize": True}),
    "balanced": (3, {"C": 1.0, "class_weight": "balanced"}),
}
FORMS = {
    "sparse": lambda X: X,
    "dense": lambda X: X.toarray(),
    "float32": lambda X: X.astype(np.float32),
    "long indices": lambda X: sparse.csr_array(
        (X.data, X.indices.astype(np.int64), X.indptr.astype(np.int64)), X.shape
    ),
}


def distances(model, reference):
    """How far each coefficient is from the reference's, in standard errors by the reference's penalised curvature."""
    a, b = model.fitted.fit.estimate, reference.fitted.fit.estimate
    assert a.coordinates.reference == b.coordinates.reference
    error = np.sqrt(np.diagonal(b.covariances.parameters)).reshape(b.theta.shape)
    return np.abs(a.theta - b.theta) / error


@solvers
@pytest.mark.parametrize("name", CASES)
def test_many_columns_are_certified_by_the_penalty(name, solver):
    K, options = CASES[name]
    X, y = wide(K)
    reference = logistica.fit(X, target=y, **options)
    model = quiet_fit(X, target=y, solver=solver, tol=1e-5, max_iter=500, **options)
    record = model.record
    assert record.status is Status.CONVERGED
    assert record.certificate.bound <= 1e-5
    assert distances(model, reference).max() <= record.certificate.bound + reference.record.certificate.bound
    np.testing.assert_allclose(model.coef_, reference.coef_, atol=1e-5)
    np.testing.assert_allclose(model.log_likelihood_kernel, reference.log_likelihood_kernel, rtol=1e-7)
    assert model.fitted.fit.likelihoods.objective == pytest.approx(
        reference.fitted.fit.likelihoods.objective, rel=1e-11
    )
    assert model.fitted.fit.likelihoods.null == pytest.approx(reference.fitted.fit.likelihoods.null, rel=1e-12)


@solvers
@pytest.mark.parametrize("form", FORMS)
def test_whatever_the_rows_lie_in(form, solver):
    X, y = wide()
    plain = logistica.fit(X, target=y, C=1.0, solver=solver)
    model = logistica.fit(FORMS[form](X), target=y, C=1.0, solver=solver)
    assert model.record.converged
    np.testing.assert_allclose(model.coef_, plain.coef_, atol=1e-6 if form == "float32" else 1e-9)


@solvers
def test_sparse_rows_are_never_written_out(solver, monkeypatch):
    def fill(*_):
        raise AssertionError("a dense block was filled")

    X, y = wide(3)
    monkeypatch.setattr(SparseDesign, "fill", fill)
    assert logistica.fit(X, target=y, C=1.0, solver=solver, offset=RNG.normal(size=(N, 3))).record.converged


@solvers
@pytest.mark.parametrize("K", [2, 3])
def test_factors_of_many_levels_are_never_written_out(solver, K, monkeypatch):
    rng = np.random.default_rng(6)
    n, levels = 3000, 280
    table = pd.DataFrame({"size": rng.normal(size=n), "level": rng.integers(0, levels, n)})
    effect = rng.normal(size=(levels, K))[table["level"]]
    table["level"] = "level " + table["level"].astype(str)
    y = np.argmax(effect + rng.gumbel(size=(n, K)), axis=1)
    weights = rng.uniform(0.5, 2.0, n)
    reference = logistica.fit(table, target=y, C=1.0, weights=weights)
    expected = reference.predict_proba(table)

    def fill(*_):
        raise AssertionError("a dense block was filled")

    monkeypatch.setattr(ColumnsDesign, "fill", fill)
    model = logistica.fit(table, target=y, C=1.0, weights=weights, solver=solver)
    assert model.record.converged
    np.testing.assert_allclose(model.coef_, reference.coef_, atol=1e-8)
    np.testing.assert_allclose(model.predict_proba(table), expected, atol=1e-8)


@solvers
@pytest.mark.parametrize("K", [2, 4])
@pytest.mark.parametrize("C", [np.inf, 0.5])
def test_few_columns_are_certified_by_the_hessian(K, C, solver):
    X, y = narrow(K)
    reference, model = logistica.fit(X, target=y, C=C), logistica.fit(X, target=y, C=C, solver=solver)
    assert model.record.converged
    assert distances(model, reference).max() <= model.record.certificate.bound + reference.record.certificate.bound
    np.testing.assert_allclose(model.coef_, reference.coef_, atol=1e-9)
    found, exact = model.summary().coefficients, reference.summary().coefficients
    np.testing.assert_allclose(found.std_error, exact.std_error, rtol=1e-8)


@solvers
def test_same_bits_for_any_number_of_threads(solver):
    rng = np.random.default_rng(3)
    X = sparse.random_array((40_000, 30), density=0.1, rng=rng, format="csr")
    y = (X @ rng.normal(size=30) + rng.logistic(size=40_000) > 0).astype(int)
    one, two = (logistica.fit(X, target=y, C=1.0, solver=solver, threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.coef_, two.coef_)


@solvers
def test_without_a_penalty_nothing_is_certified_of_many_columns(solver, monkeypatch):
    X, y = narrow(3)
    monkeypatch.setattr("logistica.fitting.problem.WIDE", 5)
    with pytest.warns(ConvergenceWarning, match="Nothing is certain yet about how far the optimum is, or whether"):
        model = logistica.fit(X, target=y, solver=solver)
    assert model.record.status is Status.GRADIENT
    assert not model.record.converged
    assert model.record.certificate.bound == np.inf
    assert "statistics-not-converged" in [note.code for note in model.summary().notes]
    np.testing.assert_allclose(model.coef_, logistica.fit(X, target=y).coef_, atol=1e-8)


@solvers
def test_standard_errors_of_many_columns_are_refused_by_name(solver):
    X, y = wide()
    model = logistica.fit(X, target=y, C=1.0, solver=solver)
    codes = {note.code: note.message for note in model.summary().notes}
    assert "61 coefficients are more than the 50" in codes["many-coefficients"]


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_the_bounds_by_the_penalty_bound_what_the_hessian_gives(K, intercept, weighted):
    """Decrement and radius, near the optimum and far from it; without an intercept the decrement's is |g| sqrt(C)."""
    X, y = narrow(K, n=150, p=6)
    C = 0.3
    dataset = read(X, target=y, weights=WEIGHTS[:150] if weighted else None)
    problem = prepare(dataset, FitOptions(C=C, fit_intercept=intercept, solver="newton-cg"))
    columns = problem.columns
    objective = problem.objective(columns.coordinates)
    newton = Newton(objective, np.arange(np.prod(objective.shape)), columns.reach, columns.square)
    rng = np.random.default_rng(8)
    for size in (0.0, 1e-3, 0.1, 1.0, 5.0):
        theta = rng.normal(scale=max(size, 1e-300), size=objective.shape)
        state = newton.judge(theta)
        bound = certify_by_ridge(products_at(objective, theta), columns.reach, columns.square)
        assert bound.decrement >= state.certificate.decrement
        assert bound.radius >= exact_radius(objective, newton.inverse(state.factor)) * (1.0 - 1e-12)
        assert bound.floor >= 0.5 * state.certificate.floor
        if not intercept and K == 2:
            gradient = objective.slope(theta).gradient[:, 0] / columns.coordinates.scale
            assert bound.decrement == pytest.approx(np.linalg.norm(gradient) * np.sqrt(C * problem.unit), rel=1e-12)


@solvers
def test_the_history_goes_down_and_counts_sweeps(solver):
    X, y = wide()
    model = logistica.fit(X, target=y, C=1.0, solver=solver)
    losses = [row.loss for row in model.record.history]
    assert all(after <= before * (1.0 + 1e-14) for before, after in pairwise(losses))
    assert model.record.history[-1].decrement < 1e-9 < model.record.history[0].decrement
    assert model.record.sweeps > model.record.iterations


@solvers
def test_limits_and_their_words(solver):
    X, y = wide()
    model = quiet_fit(X, target=y, C=1.0, solver=solver, max_iter=2)
    assert model.record.status is Status.MAX_ITERATIONS
    assert "after max_iter=2 steps" in model.record.message
    assert not model.record.converged
    full = logistica.fit(X, target=y, C=1.0, solver=solver)
    assert "Every coefficient" not in model.record.message
    assert "every coefficient lies within" in full.record.message


@solvers
def test_separated_classes_are_told(solver):
    X = np.column_stack([np.r_[np.linspace(-3, -1, 40), np.linspace(1, 3, 40)], np.tile([0.0, 1.0], 40)])
    model = quiet_fit(X, target=np.repeat([0, 1], 40), solver=solver)
    assert model.separation.verdict == "complete"
    assert not model.separation.reached
    assert not model.record.converged
    assert "with more steps they grow without end" in model.record.message


@solvers
@pytest.mark.parametrize("K", [2, 3])
def test_nothing_is_an_optimum_at_an_unknown_distance(K, solver):
    """Where offsets make rows certain nothing bends, and neither the distance nor what rounding comes to is known."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 5))
    y = np.argmax(X[:, :K] + rng.gumbel(size=(300, K)), axis=1)
    offset = 1e5 * rng.normal(size=300 if K == 2 else (300, K))
    record = quiet_fit(X, target=y, C=1.0, offset=offset, solver=solver).record
    assert np.isfinite(record.certificate.bound) or not record.converged


@solvers
def test_aliased_columns_share_their_effect(solver):
    X, y = narrow()
    X = np.column_stack([X, X[:, 0] + X[:, 1], np.full(len(X), 2.0)])
    model, reference = logistica.fit(X, target=y, solver=solver), logistica.fit(X, target=y)
    assert set(model.fitted.fit.aliases) == set(reference.fitted.fit.aliases)
    assert model.record.converged
    np.testing.assert_allclose(model.predict_proba(X), reference.predict_proba(X), atol=1e-9)


@solvers
@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"C": 1.0, "l1_ratio": 0.5}, "L1 penalty has no second derivative"),
        ({"checkpoint": "run.ckpt"}, "checkpoint= is for first-order solvers"),
        ({"stop": Stop(patience=3)}, "is for first-order solvers"),
    ],
    ids=["l1_ratio", "checkpoint", "patience"],
)
def test_what_they_refuse(solver, options, words):
    X, y = narrow()
    with pytest.raises(OptionError, match=words):
        logistica.fit(X, target=y, solver=solver, **options)


@solvers
def test_a_saved_model_is_the_same(solver, tmp_path):
    X, y = wide()
    model = logistica.fit(X, target=y, C=1.0, solver=solver)
    model.save(tmp_path / "model.json")
    again = logistica.load(tmp_path / "model.json")
    np.testing.assert_array_equal(again.coef_, model.coef_)
    assert again.record.message == model.record.message
    assert again.fitted.fit.options == replace(model.fitted.fit.options)


@pytest.mark.parametrize("forcing", [0.5, 1e-3, 1e-12])
def test_conjugate_gradients_solve_as_closely_as_asked(forcing):
    rng = np.random.default_rng(4)
    A = rng.normal(size=(40, 30)) * 10.0 ** rng.uniform(-3, 3, size=30)
    H = A.T @ A + np.diag(np.diagonal(A.T @ A)) * 0.05
    gradient, diagonal = rng.normal(size=(10, 3)), np.diagonal(H).reshape(10, 3)
    products = []

    def times(direction):
        products.append(direction)
        return (H @ direction.reshape(-1)).reshape(10, 3)

    found = conjugate_gradients(times, gradient, lambda residual: residual / diagonal, forcing)
    residual = times(found) + gradient
    assert np.sum(residual**2 / diagonal) <= 1.01 * forcing**2 * np.sum(gradient**2 / diagonal)
    assert np.vdot(found, gradient) < 0.0
    assert len(products) <= 62


@solvers
@pytest.mark.parametrize("coefficients", [10**6, 50], ids=["by the Hessian", "by the penalty"])
def test_a_run_that_ends_a_hair_too_early_goes_on(solver, coefficients, monkeypatch):
    monkeypatch.setattr("logistica.fitting.problem.WIDE", coefficients)
    X, y = wide(3)
    monkeypatch.setattr("logistica.fitting.matrix_free.MARGIN", 20.0)
    with monkeypatch.context() as never:
        never.setattr("logistica.fitting.matrix_free.NEARLY", 0.0)
        early = quiet_fit(X, target=y, C=1.0, solver=solver, tol=1e-6).record
    assert early.status is Status.GRADIENT
    record = logistica.fit(X, target=y, C=1.0, solver=solver, tol=1e-6).record
    assert record.status is Status.CONVERGED
    assert record.certificate.bound <= 1e-6
    assert record.iterations > early.iterations
    assert [row.iteration for row in record.history] == list(range(record.iterations + 1))
    assert [row.loss for row in record.history[: early.iterations + 1]] == [row.loss for row in early.history]
