"""Separation among many rows, where one row decides."""

from __future__ import annotations

import numpy as np
import pytest

import logistica
from tests.oracles.decimal_newton import decimal_newton

MILLION = 1_000_000


@pytest.fixture(scope="module")
def many_rows():
    """A million rows of two overlapped columns and one of zeros, which the tests change."""
    rng = np.random.default_rng(11)
    X = np.zeros((MILLION, 3))
    X[:, :2] = rng.normal(size=(MILLION, 2))
    y = (rng.random(MILLION) < 1 / (1 + np.exp(-(X[:, 0] - 0.5 * X[:, 1] - 1.0)))).astype(int)
    return X, y


@pytest.mark.parametrize("label", [0, 1])
def test_one_separating_row_among_a_million(many_rows, label):
    X, y = many_rows[0].copy(), many_rows[1].copy()
    row = 765_432
    X[row, 2] = 1.0
    y[row] = label
    with pytest.warns(logistica.SeparationWarning):
        model = logistica.fit(X, target=y)
    name = model.terms[-1]
    assert model.separation.verdict == "quasi"
    assert model.separation.n_rows == 1
    assert model.separation.columns == (name,)
    assert model.separation.signs == {(name, 1, 0): "+inf" if label else "-inf"}
    others = np.arange(MILLION) != row
    rest = logistica.fit(X[others, :2], target=y[others])
    assert rest.separation is None
    errors = rest.summary().coefficients.std_error
    assert (np.abs(model.coef_[0, :2] - rest.coef_[0]) <= 1e-9 * errors[1:]).all()
    assert model.separation.log_likelihood == pytest.approx(rest.log_likelihood_kernel, rel=1e-13)


def test_two_rows_of_different_classes_do_not_separate(many_rows):
    X, y = many_rows[0].copy(), many_rows[1].copy()
    X[[10, 900_000], 2] = 1.0
    y[[10, 900_000]] = 0, 1
    assert logistica.fit(X, target=y).separation is None


@pytest.mark.parametrize("factor", [1e6, 1e-6, 1e120])
def test_units_change_nothing(many_rows, factor):
    rows = slice(0, 50_000)
    X, y = many_rows[0][rows].copy(), many_rows[1][rows].copy()
    X[77, 2], y[77] = 1.0, 1
    X[:, 1] *= factor
    X[:, 2] *= 1 / factor
    with pytest.warns(logistica.SeparationWarning):
        model = logistica.fit(X, target=y)
    assert model.separation.n_rows == 1
    assert model.separation.columns == (model.terms[-1],)


def _touching(n: int) -> tuple[np.ndarray, np.ndarray]:
    """An even grid on [-1, 1], labelled by the sign of x but for the middle two rows, which are exchanged."""
    x = (2.0 * np.arange(n) - (n - 1)) / (n - 1)
    y = (x > 0).astype(int)
    y[[n // 2 - 1, n // 2]] = 1, 0
    return x[:, None], y


@pytest.mark.parametrize("n", [40, 400, 1000])
def test_one_overlap_and_a_steep_slope_are_no_separation(n):
    X, y = _touching(n)
    model = logistica.fit(X, target=y)
    assert model.separation is None
    assert model.record.status == "converged"
    truth = decimal_newton(np.column_stack([np.ones(n), X]), y)
    assert truth.estimate[0, 1] > 15
    assert model.coef_[0, 0] == pytest.approx(truth.estimate[0, 1], rel=1e-9)
    assert model.log_likelihood_kernel == pytest.approx(float(truth.log_likelihood), abs=1e-9)


def test_one_overlapping_row_among_many_is_no_separation():
    X, y = _touching(200_000)
    model = logistica.fit(X, target=y)
    assert model.separation is None
    assert model.coef_[0, 0] > 10_000
    assert model.record.certificate.bound < 1e-6


def test_without_the_overlap_the_same_rows_are_separated():
    X, _ = _touching(200_000)
    with pytest.warns(logistica.SeparationWarning):
        model = logistica.fit(X, target=(X[:, 0] > 0).astype(int))
    assert model.separation.verdict == "complete"
    assert model.separation.n_rows == 200_000
    assert model.separation.log_likelihood == 0.0
