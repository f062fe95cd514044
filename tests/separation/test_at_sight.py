"""Columns that separate by themselves are closed at sight; what is found is what linear programs alone find."""

from __future__ import annotations

import importlib
import warnings

import numpy as np
import pytest
from scipy import sparse

import logistica

examine = importlib.import_module("logistica.fitting.separation.examine")
linear_program = importlib.import_module("logistica.fitting.separation.linear_program")

FIGURES = ("verdict", "n_rows", "columns", "signs", "single_columns", "canonical")


def table(K: int, seed: int, n: int = 600):
    """Three factors with rare levels, one of them twice, and numbers; some rare levels hold one class alone."""
    rng = np.random.default_rng([91, seed])
    shares = 1.0 / np.arange(1.0, 9.0) ** 2.5
    levels = rng.choice(8, (n, 3), p=shares / shares.sum())
    X = np.hstack([np.eye(8)[levels[:, f]] for f in range(3)] + [np.eye(8)[levels[:, :1]][:, 0, 4:]])
    X = np.column_stack([X, rng.normal(size=(n, 2))])
    scores = X @ rng.normal(size=(X.shape[1], K))
    y = np.argmax(scores + rng.gumbel(size=(n, K)), axis=1)
    y[levels[:, 1] == 7] = K - 1
    return X, y


def fitted(X, y, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return logistica.fit(X, target=y, **options)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("seed", range(8))
def test_linear_programs_alone_find_the_same(monkeypatch, seed, K, form):
    X, y = table(K, seed)
    model = fitted(form(X), y)
    monkeypatch.setattr(examine, "_at_sight", lambda *_: None)
    other = fitted(form(X), y)
    assert (model.separation is None) == (other.separation is None)
    assert model.record.status == other.record.status
    if model.separation is None:
        return
    for name in FIGURES:
        assert getattr(model.separation, name) == getattr(other.separation, name)
    np.testing.assert_allclose(model.separation.direction, other.separation.direction, rtol=1e-7, atol=1e-9)
    assert model.separation.log_likelihood == pytest.approx(other.separation.log_likelihood, rel=1e-12)
    np.testing.assert_allclose(model.predict_proba(X), other.predict_proba(X), atol=1e-8)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("seed", range(8))
def test_of_sparse_rows_it_is_what_it_is_of_the_same_written_out(seed, K, intercept):
    X, y = table(K, seed)
    X = np.hstack([X[:, :-2], np.where(np.abs(X[:, -2:]) > 1.5, X[:, -2:], 0.0)])
    X[:, 12] *= -2.0
    dense, entries = (fitted(form(X), y, fit_intercept=intercept) for form in (np.asarray, sparse.csr_array))
    assert dense.record.status == entries.record.status
    assert dense.fitted.fit.aliases == entries.fitted.fit.aliases
    if dense.separation is None:
        assert entries.separation is None
        return
    for name in FIGURES:
        assert getattr(entries.separation, name) == getattr(dense.separation, name)
    np.testing.assert_allclose(entries.predict_proba(X), dense.predict_proba(X), atol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_the_bits_do_not_depend_on_threads(seed):
    X, y = table(2, seed, n=40_000)
    fits = [fitted(sparse.csr_array(X), y, threads=threads) for threads in (1, 2, 3)]
    for other in fits[1:]:
        np.testing.assert_array_equal(other.coef_, fits[0].coef_)
        assert (other.separation is None) == (fits[0].separation is None)


def test_no_linear_program_is_needed_where_single_columns_explain_everything(monkeypatch):
    X, y = table(2, 0)
    X = X[:, [0, 1, 2, 15, 24 + 4, 24 + 5]]  # level 7 of the second factor holds one class alone
    expected = fitted(X, y).separation
    assert expected.columns == ("x3",)

    def refused(*_):
        raise AssertionError("a linear program")

    monkeypatch.setattr(linear_program, "maximise", refused)
    found = fitted(X, y).separation
    assert found.n_rows == int(X[:, 3].sum())
    assert [one.term for one in found.single_columns] == ["x3"]


@pytest.mark.parametrize("K", [2, 3])
def test_what_a_single_column_leaves_may_be_separated_too(K):
    rng = np.random.default_rng(4)
    n = 300
    level = (np.arange(n) % 10 == 0) * 1.0
    other = rng.normal(size=(n, 2))
    y = np.argmax(other @ rng.normal(size=(2, K)), axis=1)
    y[level == 1] = 0
    found = fitted(np.column_stack([level, other]), y).separation
    assert found.verdict == "complete"
    assert found.n_rows == n
    assert "x0" in {one.term for one in found.single_columns}


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
def test_a_column_that_separates_twice_in_the_table(form):
    """The second of the two is aliased, and both separate."""
    rng = np.random.default_rng(8)
    level = (np.arange(400) % 40 == 0) * 1.0
    X = np.column_stack([level, rng.normal(size=400), level])
    y = rng.integers(0, 2, 400)
    y[level == 1] = 1
    model = fitted(form(X), y)
    assert model.separation.columns == ("x0",)
    assert model.separation.n_rows == 10
    assert list(model.fitted.fit.aliases) == ["x2"]
