"""The preconditioner made of the columns' Gram matrix: the inverse Hessian where rows bend alike, else near it."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

import logistica
from logistica.data.read import read
from logistica.fitting import FitOptions, matrix_free
from logistica.fitting.pilot import sampled
from logistica.fitting.problem import prepare
from logistica.objective import products_at
from logistica.objective.gram import gram_matrix
from logistica.solvers.matrix_free.kronecker import Kronecker
from logistica.solvers.matrix_free.newton_cg import conjugate_gradients
from logistica.solvers.matrix_free.scaling import Scaling
from tests.solvers.quiet import quiet_fit

classes = pytest.mark.parametrize("K", [2, 3, 6])


def table(K, n=2000, p=40, seed=3):
    """Columns that are strongly correlated, on different scales and away from zero."""
    rng = np.random.default_rng(seed)
    Z = rng.normal(size=(n, p)) + 3.0 * rng.normal(size=(n, 1))
    y = np.argmax(Z @ rng.normal(size=(p, K)) * 0.2 + rng.gumbel(size=(n, K)), axis=1)
    return Z * 10.0 ** rng.uniform(-3, 3, p) + rng.normal(size=p), y, rng.uniform(0.2, 4.0, n)


def posed(K, data=None, *, weighted=True, **options):
    X, y, weights = table(K) if data is None else data
    problem = prepare(read(X, target=y, weights=weights if weighted else None), FitOptions(solver="lbfgs", **options))
    return problem, problem.objective(problem.columns.coordinates.with_all_outputs())


def gram_of(objective, source=None):
    return gram_matrix(objective.engine, source or objective.source, objective.coordinates)


def about_mean(values, K):
    return values if K == 2 else values - values.mean(axis=1, keepdims=True)


@classes
@pytest.mark.parametrize("options", [{"C": 1.0}, {"C": 1e-6}, {"fit_intercept": False, "C": 10.0}, {}])
@pytest.mark.parametrize("weighted", [False, True])
def test_at_zeros_it_is_the_inverse_hessian(K, options, weighted):
    _, one = posed(K, weighted=weighted, **options)
    at = products_at(one, np.zeros(one.shape))
    found = Kronecker.of(gram_of(one), at)
    gradient = at.times(about_mean(np.random.default_rng(1).normal(size=one.shape), K))
    back = at.times(found.at(at)(gradient))
    np.testing.assert_allclose(back, gradient, rtol=0, atol=1e-7 * np.abs(gradient).max())


@classes
def test_away_from_zeros_it_is_near_the_inverse_hessian(K):
    """Conjugate gradients come to a millionth in a fraction of the products that the diagonal takes."""
    _, one = posed(K, C=1.0)
    theta = about_mean(np.random.default_rng(2).normal(scale=0.1, size=one.shape), K)
    at = products_at(one, theta)
    products = []
    for precondition in (Kronecker.of(gram_of(one), at).at(at), Scaling.at(at)):
        calls = []

        def times(direction, calls=calls):
            calls.append(1)
            return at.times(direction)

        conjugate_gradients(times, at.slope.gradient, precondition, 1e-6)
        products.append(len(calls))
    assert products[0] <= 0.5 * products[1]


@classes
def test_a_sample_of_rows_will_do(K):
    problem, one = posed(K, C=1.0)
    at = products_at(one, np.zeros(one.shape))
    found = Kronecker.of(gram_of(one, sampled(problem.source, 400, problem.engine)), at)
    wanted = about_mean(np.random.default_rng(1).normal(size=one.shape), K)
    back = found.at(at)(at.times(wanted))
    assert 0.5 < np.vdot(back, wanted) / np.vdot(wanted, wanted) < 2.0


@classes
def test_directions_along_which_rows_do_not_differ_are_left_out(K):
    X, y, weights = table(K)
    twice = np.column_stack([X, X[:, 0] + X[:, 1], np.full(len(X), 7.0)])
    _, one = posed(K, (twice, y, weights))
    at = products_at(one, np.zeros(one.shape))
    found = Kronecker.of(gram_of(one), at)
    assert found.vectors.shape == (one.shape[0], one.shape[0] - 2)
    step = found.at(at)(at.slope.gradient)
    assert np.isfinite(step).all()
    assert one.value(-step) < at.slope.value


@classes
def test_a_column_that_the_sample_has_nothing_of_is_found_all_the_same(monkeypatch, K):
    monkeypatch.setattr("logistica.fitting.problem.WIDE", 10)
    X, y, weights = table(K)
    rare = np.zeros(len(X))
    rare[np.flatnonzero(y == 0)[:4]] = 1.0
    X = np.column_stack([X, rare])
    options = {"target": y, "weights": weights, "C": 1.0}
    reference, found = logistica.fit(X, **options), quiet_fit(X, solver="lbfgs", max_iter=1000, **options)
    np.testing.assert_allclose(found.predict_proba(X), reference.predict_proba(X), atol=1e-7)


@pytest.mark.parametrize("solver", ["newton-cg", "lbfgs"])
@classes
def test_the_answer_of_many_coefficients_is_the_same(monkeypatch, solver, K):
    """With a sample's Gram matrix, and with the diagonal alone, which takes more sweeps."""
    monkeypatch.setattr("logistica.fitting.problem.WIDE", 10)
    X, y, weights = table(K)
    options = {"target": y, "weights": weights, "C": 1.0, "solver": solver, "max_iter": 1000}
    reference = logistica.fit(X, target=y, weights=weights, C=1.0)
    found = quiet_fit(X, **options)
    monkeypatch.setattr(matrix_free, "SWEEPS_WORTH", 0)
    plain = quiet_fit(X, **options)
    assert found.record.sweeps < plain.record.sweeps
    for model in (found, plain):
        np.testing.assert_allclose(model.predict_proba(X), reference.predict_proba(X), atol=1e-7)


def test_sparse_columns_and_too_many_columns_are_left_to_the_diagonal(monkeypatch):
    monkeypatch.setattr("logistica.fitting.problem.WIDE", 10)
    X, y, weights = table(3)
    entries = sparse.csr_array(np.where(np.abs(X) > 1.0, X, 0.0))
    assert matrix_free._rows_for_gram(posed(3, C=1.0)[0]) == 15 * 41
    assert matrix_free._rows_for_gram(posed(3, (entries, y, weights), C=1.0)[0]) is None
    assert matrix_free._rows_for_gram(posed(3, (X[:40], y[:40], weights[:40]), C=1.0)[0]) is None
