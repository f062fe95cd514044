"""The history: every field of every row computed again from the coefficients, and the rows as data frames."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import logistica
from logistica import SGD, Adam, GradientDescent, NotAvailableError, Stop
from logistica.solvers.certificate import Certificate
from logistica.solvers.history import NUMBERS, HistoryRow
from tests.solvers import loops
from tests.solvers.loops import Data
from tests.solvers.quiet import quiet_fit

N = 150
SOLVERS = {
    "gradient descent": GradientDescent(learning_rate=0.3, epochs=8),
    "automatic gradient descent": GradientDescent(epochs=8),
    "sgd": SGD(learning_rate=0.1, batch_size=40, epochs=5),
    "automatic sgd": SGD(epochs=5),
    "adam": Adam(learning_rate=0.1, epochs=5),
}


def _rows(K, *, weights=True):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(N, 3)) * [1.0, 5.0, 0.2] + [0.0, 3.0, 1.0]
    y = np.argmax(X @ rng.normal(scale=0.5, size=(3, K)) + rng.gumbel(size=(N, K)), axis=1)
    y[:K] = np.arange(K)
    return X, y, rng.uniform(0.1, 9.0, size=N) if weights else None


def _data(K, **penalties):
    X, y, weights = _rows(K)
    return Data(X, y, weights, K=K, **penalties)


def _fit(case, solver, **arguments):
    strength = case.ridge + case.lasso
    return quiet_fit(
        case.X,
        target=case.y,
        weights=case.weights,
        C=1.0 / strength if strength else math.inf,
        l1_ratio=case.lasso / strength if strength else 0.0,
        solver=solver,
        keep_coefficients=True,
        **arguments,
    )


@pytest.mark.parametrize("ridge", [0.0, 20.0], ids=["plain", "ridge"])
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("name", SOLVERS)
def test_the_loss_is_the_mean_objective_of_the_coefficients(name, K, ridge):
    case = _data(K, ridge=ridge)
    for row in _fit(case, SOLVERS[name]).record.history:
        assert row.loss == pytest.approx(loops.objective(case, row.coef, row.intercept), rel=1e-12)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("name", ["gradient descent", "sgd", "adam"])
def test_the_gradient_norm_is_that_of_the_users_columns(name, K):
    """With precondition=True it is that of standardised columns."""
    case = _data(K, ridge=20.0)
    solver = SOLVERS[name] if name != "adam" else Adam(learning_rate=0.1, epochs=5)
    for row in _fit(case, solver).record.history:
        g, g0 = loops.gradient(case, row.coef, row.intercept)
        assert row.gradient_norm == pytest.approx(math.sqrt(np.sum(g**2) + np.sum(g0**2)), rel=1e-10)


@pytest.mark.parametrize("K", [2, 3])
def test_with_an_l1_penalty_the_gradient_norm_is_the_length_of_a_unit_step(K):
    case = _data(K, lasso=60.0)
    for row in _fit(case, SOLVERS["gradient descent"]).record.history:
        g, g0 = loops.gradient(case, row.coef, row.intercept)
        step = row.coef - loops.shrunk(row.coef - g, case.lasso / case.total)
        assert row.gradient_norm == pytest.approx(math.sqrt(np.sum(step**2) + np.sum(g0**2)), rel=1e-10)
        assert row.loss == pytest.approx(loops.objective(case, row.coef, row.intercept), rel=1e-12)


def test_rows_and_certificates_compare_as_tuples():
    row, certificate = HistoryRow(3, 0.5, 0.25, 1.0), Certificate(0.5, 2.0, 1.0, 1e-16, exact=False, gap=0.125)
    assert certificate == (0.5, 2.0, 1.0, 1e-16, False, 0.125) == Certificate(*certificate)
    assert row == tuple(row)
    assert row[:4] == (3, 0.5, 0.25, 1.0)
    assert row != row._replace(loss=0.75)
    assert row != row._replace(running_loss=-row.running_loss)  # a NaN of its own


@pytest.mark.parametrize("name", SOLVERS)
def test_numbers_of_the_rows(name):
    """Iterations count from 0, seconds do not fall, and what a solver does not have is NaN."""
    history = _fit(_data(2), SOLVERS[name]).record.history
    assert [row.iteration for row in history] == list(range(SOLVERS[name].epochs + 1))
    assert all(later.seconds >= row.seconds >= 0.0 for row, later in pairwise(history))
    assert history[0].step_size == 0.0
    assert all(row.step_size > 0.0 for row in history[1:])
    stochastic = not isinstance(SOLVERS[name], GradientDescent)
    assert [math.isnan(row.running_loss) for row in history] == [True] + [not stochastic] * (len(history) - 1)
    assert all(math.isnan(row.decrement) and math.isnan(row.bound) for row in history)
    assert all(math.isnan(row.validation_loss) for row in history)


@pytest.mark.parametrize("K", [2, 3])
def test_the_last_row_is_the_model(K):
    for solver in SOLVERS.values():
        model = _fit(_data(K), solver)
        last = model.record.history[-1]
        for ended, kept in ((last.coef, model.coef_), (last.intercept, model.intercept_)):
            centred = ended - ended.mean(axis=0) if K > 2 else ended
            np.testing.assert_allclose(centred, kept, rtol=1e-10, atol=1e-13)
        log_loss = -model.log_likelihood_kernel / model.fitted.fit.rows.total_weight
        assert last.loss == pytest.approx(log_loss, rel=1e-12)


@pytest.mark.parametrize("K", [2, 3])
def test_the_validation_loss_is_the_mean_log_loss_of_rows_that_were_not_learnt_from(K):
    """Found by what is missing: without the held-out rows the training loss is that of the others."""
    X, y, weights = _rows(K)
    model = quiet_fit(
        X,
        target=y,
        weights=weights,
        solver=SOLVERS["gradient descent"],
        stop=Stop(validation_share=0.2),
        C=0.1,
        keep_coefficients=True,
    )
    rows = model.fitted.fit.rows
    held = N - rows.used
    assert rows.set_aside == held
    assert held == sum(round(0.2 * count) for count in np.bincount(y))
    whole = Data(X, y, weights, K=K)
    for row in model.record.history:
        everything = loops.log_loss(whole, row.coef, row.intercept) * weights.sum()
        penalty = 0.5 * 10.0 * np.sum(row.coef**2)
        learnt = row.loss * rows.total_weight - penalty
        assert row.validation_loss * (weights.sum() - rows.total_weight) == pytest.approx(everything - learnt, rel=1e-9)


def test_newton_s_rows_have_the_same_unit():
    case = _data(3, ridge=20.0)
    model = _fit(case, "newton")
    assert model.record.history[-1].loss == pytest.approx(
        loops.objective(case, model.coef_, model.intercept_), rel=1e-12
    )
    first = model.record.history[0]
    shares = np.bincount(case.y, case.weights) / case.weights.sum()
    assert first.loss == pytest.approx(-np.sum(shares * np.log(shares)), rel=1e-12)


FRAMES = {"pandas": pd.DataFrame, "polars": pl.DataFrame, "pyarrow": pa.Table}


@pytest.mark.parametrize("backend", FRAMES)
@pytest.mark.parametrize("K", [2, 3])
def test_as_a_frame(K, backend):
    model = _fit(_data(K), SOLVERS["sgd"])
    frame = model.history(backend)
    assert isinstance(frame, FRAMES[backend])
    names = list(frame.column_names if backend == "pyarrow" else frame.columns)
    assert names[:6] == ["iteration", "loss", "gradient_norm", "step_size", "seconds", "running_loss"]
    terms = ["(Intercept)", "x0", "x1", "x2"]
    assert names[6:] == (terms if K == 2 else [f"{term} ({k})" for k in range(3) for term in terms])
    held = {name: np.asarray(frame[name]) for name in names}
    rows = model.record.history
    for name in names[:6]:
        np.testing.assert_array_equal(held[name], [getattr(row, name) for row in rows])
    for k in range(1 if K == 2 else K):
        suffix = "" if K == 2 else f" ({k})"
        np.testing.assert_array_equal(held[f"(Intercept){suffix}"], [row.intercept[k] for row in rows])
        np.testing.assert_array_equal(held[f"x2{suffix}"], [row.coef[k, 2] for row in rows])
    assert np.issubdtype(held["iteration"].dtype, np.integer)


def test_pandas_is_the_default_and_columns_that_hold_nothing_are_left_out():
    X, y, _ = _rows(2)
    frame = quiet_fit(X, target=y, solver=GradientDescent(epochs=3)).history()
    assert isinstance(frame, pd.DataFrame)
    assert list(frame.columns) == ["iteration", "loss", "gradient_norm", "step_size", "seconds"]
    newton = logistica.fit(X, target=y).history()
    assert list(newton.columns) == [
        *("iteration", "loss", "gradient_norm", "step_size", "seconds", "decrement", "bound"),
    ]
    assert set(newton.columns) < set(NUMBERS)


def test_names_and_labels_of_the_users_own():
    rng = np.random.default_rng(3)
    table = pd.DataFrame({"size": rng.normal(size=60), "kind": rng.choice(["a", "b"], 60)})
    table["what"] = rng.choice(["maybe", "no", "yes"], 60)
    model = quiet_fit(table, target="what", solver=GradientDescent(epochs=2), keep_coefficients=True)
    assert list(model.history().columns)[5:] == [
        f"{term} ({label})" for label in ["maybe", "no", "yes"] for term in ["(Intercept)", *model.terms]
    ]


def test_without_an_intercept_there_is_no_column_for_it():
    X, y, _ = _rows(2)
    model = quiet_fit(X, target=y, solver=GradientDescent(epochs=2), keep_coefficients=True, fit_intercept=False)
    assert list(model.history().columns)[5:] == ["x0", "x1", "x2"]


@pytest.mark.parametrize("K", [2, 3])
def test_coefficients_do_not_take_the_place_of_the_history_s_own_columns(K):
    X, y, _ = _rows(K)
    own = ["loss", "seconds", "loss (coefficient)"]
    options = {"solver": GradientDescent(epochs=3), "keep_coefficients": True, "target": y}
    plain = quiet_fit(pd.DataFrame(X, columns=["a", "b", "c"]), **options)
    model = quiet_fit(pd.DataFrame(X, columns=own), **options)
    expected, found = plain.history(), model.history()
    assert found.shape == expected.shape
    assert found["loss"].tolist() == [row.loss for row in model.record.history]
    assert np.array_equal(found.drop(columns="seconds"), expected.drop(columns="seconds"))


def test_a_saved_model_has_no_history(tmp_path):
    X, y, _ = _rows(2)
    quiet_fit(X, target=y, solver="sgd").save(tmp_path / "m.json")
    with pytest.raises(NotAvailableError, match="a saved model does not keep it"):
        logistica.load(tmp_path / "m.json").history()


def test_an_unknown_library_is_named():
    X, y, _ = _rows(2)
    with pytest.raises(logistica.LogisticaError, match=r"backend='excel'"):
        quiet_fit(X, target=y).history("excel")


@pytest.mark.parametrize("power", [-600, 600])
def test_the_length_of_a_gradient_whose_squares_are_beyond_all_numbers(power):
    """Without an intercept the gradient at zero is proportional to the columns."""
    X, y, _ = _rows(2)
    lengths = [
        quiet_fit(scaled, target=y, fit_intercept=False, solver=GradientDescent(learning_rate=1.0, epochs=1))
        .record.history[0]
        .gradient_norm
        for scaled in (X, X * 2.0**power)
    ]
    assert lengths[1] == pytest.approx(lengths[0] * 2.0**power, rel=1e-14)
