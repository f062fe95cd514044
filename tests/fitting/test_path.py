"""Paths: every point is the fit of its penalty, from the first that holds everything at zero."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import logistica
from logistica import ConvergenceWarning, OptionError
from logistica.fitting import path as follower
from logistica.solvers.driver import Status
from tests.solvers.lasso_problems import CASES, lasso_case

SHORT = {"n_penalties": 8, "smallest": 0.02, "tol": 1e-12}
NEAR = 1e-6
"""What a gap of 1e-12 of the objective promises of everything else: about its square root."""


def problem(K=2, n=400, p=12, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p)) * np.geomspace(0.5, 2.0, p) + 1.0
    y = np.argmax((X[:, :4] - 1.0) @ rng.normal(size=(4, K)) + rng.gumbel(size=(n, K)), axis=1)
    return X, y


def arguments_of(name):
    X, arguments, _, _ = lasso_case(name)
    return X, {key: value for key, value in arguments.items() if key != "C"}


@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
@pytest.mark.parametrize("few", [0, 256])
@pytest.mark.parametrize("name", CASES)
def test_every_point_is_the_fit_of_its_penalty(name, convert, few, monkeypatch):
    monkeypatch.setattr("logistica.fitting.proximal.FEW", few)
    monkeypatch.setattr("logistica.fitting.proximal.WIDE", few)
    monkeypatch.setattr("logistica.solvers.proximal.proximal_newton.FEW", few)
    X, arguments = arguments_of(name)
    X = convert(X)
    path = logistica.path(X, **SHORT, **arguments)
    assert set(path.status) == {Status.CONVERGED}
    assert (path.gap <= 1e-12).all()
    for k in (0, 3, 7):
        model = logistica.fit(X, C=path.C[k], solver="proximal-newton", tol=1e-12, **arguments)
        likelihoods = model.fitted.fit.likelihoods
        assert path.objective[k] == pytest.approx(likelihoods.objective, rel=1e-11)
        assert path.log_likelihood[k] == pytest.approx(likelihoods.fitted, rel=NEAR)
        np.testing.assert_allclose(path.coef[k], model.coef_, atol=NEAR)
        np.testing.assert_allclose(path.intercept[k] - path.intercept[k][0], _free(model.intercept_), atol=NEAR)


def _free(intercept):
    return intercept - intercept[0]


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.3])
def test_the_first_penalty_is_the_weakest_that_leaves_nothing(K, l1_ratio):
    X, y = problem(K)
    path = logistica.path(X, target=y, l1_ratio=l1_ratio, n_penalties=30)
    np.testing.assert_allclose(path.C[1:] / path.C[:-1], 1000.0 ** (1 / 29), rtol=1e-12)
    assert path.C[-1] / path.C[0] == pytest.approx(1000.0, rel=1e-12)
    assert path.n_nonzero[0] == 0
    slightly = logistica.path(X, target=y, l1_ratio=l1_ratio, C=[path.C[0] * 1.001], tol=1e-12)
    assert slightly.n_nonzero[0] >= 1
    assert (np.diff(path.log_likelihood) >= -1e-4).all()
    assert path.coef.shape == (30, 1 if K == 2 else K, 12)
    assert path.n_nonzero[-1] > 5


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("convert", [np.asarray, sparse.csr_array], ids=["dense", "sparse"])
def test_a_path_of_ridge_penalties(K, convert):
    X, y = problem(K)
    path = logistica.path(convert(X), target=y, l1_ratio=0.0, **SHORT)
    assert set(path.status) == {Status.CONVERGED}
    for k in (0, 4, 7):
        model = logistica.fit(X, target=y, C=path.C[k])
        np.testing.assert_allclose(path.coef[k], model.coef_, atol=NEAR)
        assert path.objective[k] == pytest.approx(model.fitted.fit.likelihoods.objective, rel=1e-11)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("p", [6, 300])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_constant_columns(K, p, fit_intercept):
    """Sparse ones without an entry, or all entries alike, however small, beside the same ones in dense rows."""
    rng = np.random.default_rng(0)
    X = sparse.random_array((200, p), density=0.2, rng=rng, format="lil")
    for column, value in ((1, 0.0), (2, 3.0), (3, 1e-100)):
        X[:, [column]] = value
    y = np.argmax(X[:, [0, 5]].toarray() @ rng.normal(size=(2, K)) * 3.0 + rng.gumbel(size=(200, K)), axis=1)
    y[:K] = np.arange(K)
    arguments = {"target": y, "fit_intercept": fit_intercept, **SHORT}
    path = logistica.path(X.tocsr(), **arguments)
    dense = logistica.path(X.toarray(), **arguments)
    assert set(path.status) == set(dense.status) == {Status.CONVERGED}
    assert not path.coef[:, :, [1, 3]].any()
    assert path.coef[:, :, 2].any() != fit_intercept
    np.testing.assert_allclose(path.objective, dense.objective, rtol=3e-12)


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_nothing_but_constant_columns(value):
    X, y = sparse.csr_array(np.full((50, 3), value)), np.arange(50) % 2
    with pytest.raises(OptionError, match="Every penalty holds all coefficients at zero"):
        logistica.path(X, target=y)
    path = logistica.path(X, target=y, C=[0.1, 1.0])
    assert not path.coef.any()
    assert set(path.status) == {Status.CONVERGED}


@pytest.mark.parametrize("K", [2, 5])
def test_a_working_set_grows_along_the_path(K):
    """From one that was chosen where nothing but rounding moved the coefficients."""
    rng = np.random.default_rng(K)
    p = 80 if K == 5 else 400
    X = rng.normal(size=(300, p)) + 0.5 * rng.normal(size=(300, 1))
    y = np.argmax(X[:, :10] @ rng.normal(size=(10, K)) + rng.gumbel(size=(300, K)), axis=1)
    path = logistica.path(X, target=y, n_penalties=6, smallest=0.02)
    assert set(path.status) == {Status.CONVERGED}
    assert path.n_nonzero[-1] > 100


def test_penalties_that_are_given():
    X, y = problem()
    path = logistica.path(X, target=y, C=(1.0, 0.01, 0.1))
    np.testing.assert_array_equal(path.C, [0.01, 0.1, 1.0])
    assert (np.diff(path.n_nonzero) >= 0).all()


def test_warm_starts_save_sweeps():
    X, y = problem(n=2000)
    path = logistica.path(X, target=y, n_penalties=40, tol=1e-6)
    alone = logistica.fit(X, target=y, C=path.C[30], l1_ratio=1.0, solver="proximal-newton", tol=1e-6)
    assert path.sweeps.mean() < 0.6 * alone.record.sweeps


def test_tables_and_formulas():
    rng = np.random.default_rng(0)
    kind = rng.choice(["a", "b", "c"], 200)
    size = rng.normal(size=200)
    won = np.where(size + (kind == "b") > rng.normal(size=200), "y", "n")
    frame = pd.DataFrame({"kind": kind.tolist(), "size": size, "won": won})
    path = logistica.path(frame, target="won", n_penalties=5)
    assert path.terms == ("kind[b]", "kind[c]", "size")
    by_formula = logistica.path(frame, "won ~ kind + size - 1", n_penalties=5)
    assert not by_formula.intercept.any()
    shown = path.to_frame()
    assert list(shown.columns[:7]) == ["C", "n_nonzero", "objective", "log_likelihood", "gap", "status", "sweeps"]
    np.testing.assert_array_equal(shown["size"], path.coef[:, 0, 2])
    assert shown["(Intercept)"].tolist() == path.intercept[:, 0].tolist()
    several = logistica.path(frame, target=np.arange(200) % 3, n_penalties=3).to_frame("pyarrow")
    assert "size (2)" in several.column_names


def test_the_table_that_is_printed():
    X, y = problem()
    lines = str(logistica.path(X, target=y)).splitlines()
    assert lines[0].split() == ["C", "coefficients", "objective", "log-likelihood", "gap", "sweeps", "status"]
    assert len(lines) == 22
    assert lines[-1] == "20 of 100 penalties."
    assert lines[1].split()[0] == "0"
    assert lines[20].split()[0] == "99"
    assert len(str(logistica.path(X, target=y, n_penalties=3)).splitlines()) == 4


def test_what_has_not_converged_is_told():
    X, y = problem()
    with pytest.warns(ConvergenceWarning, match=r"of 5 have not converged, the first at C="):
        path = logistica.path(X, target=y, n_penalties=5, max_iter=1, tol=1e-12)
    assert Status.MAX_ITERATIONS in path.status
    assert "have not converged" in str(path)


def test_an_interrupt_leaves_what_is_done(monkeypatch):
    X, y = problem()
    fitted, calls = follower._fitted, []

    def interrupted(*given):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return fitted(*given)

    monkeypatch.setattr(follower, "_fitted", interrupted)
    with pytest.warns(ConvergenceWarning, match="Interrupted: these are the 3 fits that were done"):
        path = logistica.path(X, target=y, n_penalties=9)
    assert len(path.C) == 3
    calls[:] = [1, 1, 1]
    with pytest.raises(KeyboardInterrupt):
        logistica.path(X, target=y, n_penalties=9)


def test_same_bits_for_any_number_of_threads_and_after_pickling():
    X, y = problem(n=40_000, p=6)
    one, two = (logistica.path(X, target=y, n_penalties=6, threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.coef, two.coef)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(one)).coef, one.coef)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"C": []}, "C="),
        ({"C": 1.0}, "a sequence of numbers above 0"),
        ({"C": [1.0, -1.0]}, "C=-1.0"),
        ({"C": [1.0, np.inf]}, "C=inf"),
        ({"C": "abc"}, "C='abc'"),
        ({"n_penalties": 1}, "n_penalties=1"),
        ({"smallest": 1.0}, "smallest=1.0"),
        ({"l1_ratio": 1.5}, "l1_ratio=1.5"),
        ({"tol": -1.0}, "tol=-1.0"),
    ],
    ids=str,
)
def test_what_is_refused(options, words):
    X, y = problem()
    with pytest.raises(OptionError, match=words):
        logistica.path(X, target=y, **options)


def test_columns_that_say_nothing():
    with pytest.raises(OptionError, match="no column says anything of the classes"):
        logistica.path(np.ones((6, 2)), target=[0, 1] * 3)
