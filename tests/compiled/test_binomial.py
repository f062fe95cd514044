"""The compiled binomial loss: the NumPy one up to rounding, row by row and in sums, in both tails."""

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core import compiled
from logistica.core.products import room_for
from logistica.core.rows import NativeRows
from logistica.losses import Binomial, CompiledBinomial, LinearRows
from tests.compiled.test_rows import LAYOUTS
from tests.solvers.quiet import quiet_fit

pytestmark = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")

EDGES = np.array([0.0, -0.0, 1e-320, -1e-17, 36.0, -37.0, 700.0, -706.9, 707.1, -745.0, 746.0, -1e5, 1e300, -1e300])
SIZES = [1, 2, 31, 255, 256, 257, 1000]


def rows(n, seed=3, size=5.0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 1)) * size, rng.integers(0, 2, n), rng.uniform(0.01, 3.0, n)


def assert_same_terms(eta, y, weights):
    expected, found = Binomial().terms(eta, y, weights, (0,)), CompiledBinomial().terms(eta, y, weights, (0,))
    # Below 1e-307 an exponential counts as zero.
    np.testing.assert_allclose(found.residual, expected.residual, rtol=1e-15, atol=1e-306)
    np.testing.assert_allclose(found.proba, expected.proba, rtol=1e-15, atol=1e-306)
    for name in ("loss", "square", "total"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-12, abs=1e-300)
    assert CompiledBinomial().total(eta, y, weights) == found.loss


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("size", [1e-9, 1e-3, 1.0, 30.0, 300.0])
def test_terms(n, weighted, size):
    eta, y, weights = rows(n, size=size)
    assert_same_terms(eta, y, weights if weighted else None)


@pytest.mark.parametrize("y", [0, 1])
@pytest.mark.parametrize("eta", EDGES)
def test_each_edge(eta, y):
    assert_same_terms(np.array([[eta]]), np.array([y]), None)


@pytest.mark.parametrize(
    ("eta", "y", "loss"), [(np.inf, 1, 0.0), (-np.inf, 0, 0.0), (np.inf, 0, np.inf), (np.nan, 1, np.nan)]
)
def test_certain_rows_and_no_numbers(eta, y, loss):
    found = CompiledBinomial().terms(np.array([[eta]]), np.array([y]), None, (0,))
    np.testing.assert_equal(found.loss, loss)
    np.testing.assert_equal(np.isnan(found.residual[0, 0]), np.isnan(loss))


def test_small_losses_lose_no_digits():
    eta = np.full((40, 1), 39.0)
    found = CompiledBinomial().terms(eta, np.ones(40, np.intp), None, (0,))
    assert found.loss == pytest.approx(40 * np.log1p(np.exp(-39.0)), rel=1e-14)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("p", [0, 1, 2, 7, 8, 33])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shifted", [False, True])
@pytest.mark.parametrize("stored", LAYOUTS)
def test_the_slope_straight_from_rows(n, p, weighted, shifted, stored):
    eta, y, weights = rows(n)
    rng = np.random.default_rng(n + p)
    x, centre, slopes = rng.normal(size=(n, p)) + 100.0, rng.normal(size=p) + 100.0, rng.normal(size=p)
    x = LAYOUTS[stored](x)
    offset = eta if shifted else None
    weights = weights if weighted else None
    eta = 0.3 + ((x - centre) @ slopes)[:, None] + (0.0 if offset is None else offset)
    at = Binomial().terms(eta, y, weights, (0,))
    of_x = LinearRows(NativeRows.of(x, by_columns="columns" in stored), centre, slopes, 0.3, offset)
    loss, gradient = CompiledBinomial().slope_of_rows(of_x, y, weights)
    columns = np.column_stack([np.ones(n), x - centre])
    assert loss == pytest.approx(at.loss, rel=1e-12)
    scale = (np.abs(columns) * np.abs(at.residual)).sum(axis=0)
    assert (np.abs(gradient - columns.T @ at.residual[:, 0]) <= 1e-12 * scale).all()


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("p", [0, 1, 7, 33])
@pytest.mark.parametrize("intercept", [0, 1])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("stored", LAYOUTS)
def test_the_hessian_straight_from_rows(n, p, intercept, weighted, stored):
    eta, y, weights = rows(n)
    rng = np.random.default_rng(n + p)
    x, centre, slopes = rng.normal(size=(n, p)) + 100.0, rng.normal(size=p) + 100.0, rng.normal(size=p)
    x, scale = LAYOUTS[stored](x), 2.0 ** rng.integers(-3, 3, p)
    weights = weights if weighted else None
    of_x = LinearRows(NativeRows.of(x, by_columns="columns" in stored), centre, slopes, 0.3, eta)
    at = Binomial().terms(0.3 + ((x - centre) @ slopes)[:, None] + eta, y, weights, (0,))
    room = np.full((1, room_for(intercept + p)), np.nan)
    found = CompiledBinomial().curved_rows(of_x, y, weights, scale, intercept=bool(intercept), room=room)
    curvature = at.proba[:, 0] * (1.0 - at.proba[:, 0]) * (1.0 if weights is None else weights)
    z = np.column_stack([np.ones((n, intercept)), (x - centre) * scale])
    half = np.abs(z) * np.sqrt(curvature)[:, None]
    assert (np.abs(found.hessian - z.T @ (z * curvature[:, None])) <= 1e-12 * (half.T @ half)).all()
    np.testing.assert_array_equal(found.hessian, found.hessian.T)
    np.testing.assert_array_equal(found.gradient, CompiledBinomial().slope_of_rows(of_x, y, weights)[1])
    for name in ("loss", "square", "total"):
        assert getattr(found, name) == pytest.approx(getattr(at, name), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize("options", [{}, {"C": 1.0}, {"solver": "gradient-descent"}, {"solver": "sgd"}])
def test_a_fit_is_the_same_without_it(monkeypatch, options):
    rng = np.random.default_rng(8)
    X = rng.normal(size=(400, 4)) * [1.0, 1e3, 1e-3, 1.0] + [0.0, 1e4, 0.0, 5.0]
    y = rng.random(400) < 1 / (1 + np.exp(-X[:, 0] - 500 * X[:, 2]))
    weights = rng.uniform(0.5, 2.0, 400)
    first = quiet_fit(X, target=y, weights=weights, **options)
    monkeypatch.setattr(logistica.losses, "library", lambda: None)
    other = quiet_fit(X, target=y, weights=weights, **options)
    np.testing.assert_allclose(first.coef_, other.coef_, rtol=1e-9)
    assert first.mean_log_loss == pytest.approx(other.mean_log_loss, rel=1e-13)


@pytest.mark.parametrize("make", [lambda X: X[::-1][::-1], lambda X: np.repeat(X, 2, 1)[:, ::2]])
def test_the_same_bits_for_any_layout_of_rows(make):
    X, y = some_rows()
    fits = [quiet_fit(data, target=y, C=1.0) for data in (X, make(X))]
    np.testing.assert_array_equal(fits[0].coef_, fits[1].coef_)


@pytest.mark.parametrize("make", [np.asfortranarray, pd.DataFrame, lambda X: pd.DataFrame(dict(enumerate(X.T)))])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_same_answer_from_columns(make, dtype):
    X, y = some_rows()
    X = X.astype(dtype)
    one, other = (quiet_fit(data, target=y, C=1.0) for data in (X, make(X)))
    np.testing.assert_allclose(one.coef_, other.coef_, rtol=1e-11)
    assert one.mean_log_loss == pytest.approx(other.mean_log_loss, rel=1e-14)


def some_rows():
    rng = np.random.default_rng(8)
    X = rng.normal(size=(3000, 3)) + np.array([0.0, 5.0, -1.0])
    return X, (rng.random(3000) < 1 / (1 + np.exp(-X[:, 0]))).astype(int)
