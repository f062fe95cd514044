"""Few rows: enough updates by default, stated in the record, and none more on large data or where epochs are given."""

from __future__ import annotations

import re
from functools import cache

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_iris

import logistica
from logistica import SGD, Adam, GradientDescent
from logistica.fitting import problem as fitting_problem
from tests.reference.problems import problem
from tests.shared import shared
from tests.solvers.quiet import quiet_fit

SOLVERS = ["gradient-descent", "sgd", "adam"]
CERTIFIED = [
    "spector",
    "lbw_stata",
    "finney",
    "budworm",
    "challenger23_binary",
    "challenger23_binomial6",
    "challenger24_montgomery",
    "esoph_model2_treatment",
    "glmnet_tiny_binomial_l2",
    "lizards_ml",
]


def _certified(name):
    case = problem(name)
    kind = "importance" if case.weights is None else "frequency"
    return case.X, {
        "target": case.y,
        "weights": case.weights,
        "weight_kind": kind,
        "fit_intercept": case.intercept,
        "C": case.C,
    }


def _iris(**options):
    X, y = load_iris(return_X_y=True)
    return X, {"target": y, **options}


def _marks():
    return pd.read_csv(shared("data", "marks", "marks.csv")), {"target": "passed"}


def _hours():
    return pd.read_csv(shared("data", "hours", "hours.csv")), {"target": "passed"}


PROBLEMS = {name: (lambda name=name: _certified(name)) for name in CERTIFIED} | {
    "iris": _iris,
    "iris, ridge": lambda: _iris(C=1.0),
    "marks": _marks,
    "hours": _hours,
}


@cache
def _best(name):
    """The minimum, or the infimum of separated classes."""
    data, arguments = PROBLEMS[name]()
    model = quiet_fit(data, **arguments)
    likelihoods = model.fitted.fit.likelihoods
    return likelihoods.objective if model.separation is None else -likelihoods.fitted


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", PROBLEMS)
def test_an_excess_of_less_than_a_thousandth(name, solver):
    data, arguments = PROBLEMS[name]()
    found = quiet_fit(data, solver=solver, **arguments).fitted.fit.likelihoods.objective
    assert -1e-12 <= found / _best(name) - 1.0 <= 1e-3


@pytest.mark.parametrize("random_state", range(1, 6))
@pytest.mark.parametrize("name", ["finney", "glmnet_tiny_binomial_l2", "iris"])
def test_whatever_the_order_of_the_rows(name, random_state):
    data, arguments = PROBLEMS[name]()
    found = quiet_fit(data, solver="sgd", random_state=random_state, **arguments).fitted.fit.likelihoods.objective
    assert found / _best(name) - 1.0 <= 1e-3


PLANNED = [
    (GradientDescent(), 10, 3, 2000),
    (GradientDescent(), 50_000, 2, 1000),
    (GradientDescent(), 50_000, 1, 2000),
    (GradientDescent(), 1000, 10_000, 1000),
    (SGD(), 10, 3, 3000),
    (SGD(), 100, 3, 3000),
    (SGD(), 150, 3, 2667),
    (SGD(), 640, 3, 800),
    (SGD(), 5120, 3, 100),
    (SGD(), 10**9, 3, 100),
    (SGD(), 640, 10_000, 100),
    (SGD(batch_size=1), 20, 3, 400),
    (SGD(batch_size=1), 100, 3, 100),
    (Adam(), 150, 3, 1334),
    (Adam(), 640, 0, 400),
]


@pytest.mark.parametrize(("solver", "n_rows", "n_columns", "epochs"), PLANNED)
def test_how_many_epochs(solver, n_rows, n_columns, epochs):
    assert solver.epochs_for(n_rows, n_columns) == epochs
    assert solver.for_rows(n_rows, n_columns) == type(solver)(**{**solver.get_params(), "epochs": epochs})


@pytest.mark.parametrize("kind", [GradientDescent, SGD, Adam])
def test_a_given_number_of_epochs_and_a_given_rate_have_what_they_say(kind):
    given = kind(epochs=7)
    assert given.for_rows(10, 3) is given
    assert kind(learning_rate=0.1).epochs_for(10, 3) == (1000 if kind is GradientDescent else 100)


@pytest.mark.parametrize("kind", [GradientDescent, SGD, Adam])
def test_the_record_states_them(kind, tmp_path):
    """Also in the rows that a callback gets and in a saved model; the solver that was given stays as it is."""
    solver = kind(batch_size=8) if kind is not GradientDescent else kind()
    rng = np.random.default_rng(0)
    X = rng.normal(size=(64, 2))
    y = (X[:, 0] + rng.logistic(size=64) > 0).astype(int)
    seen = []
    model = quiet_fit(X, target=y, solver=solver, callback=lambda row: seen.append(row.planned))
    epochs = solver.epochs_for(64, 2)
    assert solver.epochs is None
    assert model.record.iterations == epochs == len(model.record.history) - 1
    assert set(seen) == {epochs} == {row.planned for row in model.record.history}
    assert f"Ended: all epochs done ({epochs:,})." in model.record.message
    model.save(tmp_path / "m.json")
    for one in (model, logistica.load(tmp_path / "m.json")):
        assert one.fitted.fit.options.settings.epochs == epochs


def test_rows_held_out_or_left_out_are_not_counted():
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(640, 2)), np.r_[np.zeros(32), np.ones(608)].astype(int)
    whole, half = (quiet_fit(X, target=y, solver="adam", resample=how) for how in (None, "under"))
    assert (whole.record.iterations, half.record.iterations) == (400, 3000)


def _slow(shift=1e-3):
    rng = np.random.default_rng(3)
    x = rng.normal(size=100)
    X = np.column_stack([x, x + shift * rng.normal(size=100)])
    return X, (x + (X[:, 1] - x) / shift * 2.0 + rng.logistic(size=100) > 0).astype(int)


@pytest.mark.parametrize("solver", SOLVERS)
def test_columns_over_which_it_takes_too_long_are_named_as_the_reason(solver):
    X, y = _slow()
    model = quiet_fit(X, target=y, solver=solver)
    best = quiet_fit(X, target=y).fitted.fit.likelihoods.objective
    assert model.fitted.fit.likelihoods.objective > best * (1.0 + 1e-3)
    notes = {note.code: note for note in model.record.notes}
    assert notes["not-converged"].warning is logistica.ConvergenceWarning
    message = notes["slow-columns"].message
    r = np.corrcoef(X.T)[0, 1]
    condition = float(re.search(r"nearly combinations of one another \(condition number (\S+) after", message).group(1))
    assert 0.5 <= condition / np.sqrt((1.0 + r) / (1.0 - r)) <= 1.05  # an estimate, from below
    assert f"over which {solver} takes very long" in message


@pytest.mark.parametrize(
    "options", [{"solver": "newton"}, {"solver": "sgd", "C": 1.0}, {"solver": "sgd", "C": 1.0, "l1_ratio": 0.5}]
)
def test_otherwise_they_are_not(options):
    X, y = _slow()
    assert "slow-columns" not in {note.code for note in quiet_fit(X, target=y, **options).record.notes}
    X, y = _slow(shift=0.1)
    assert "slow-columns" not in {note.code for note in quiet_fit(X, target=y, solver="sgd").record.notes}


@pytest.mark.parametrize("offset", [None, np.linspace(-1.0, 1.0, 100)])
def test_newton_makes_its_penalty_once(offset, monkeypatch):
    made = []
    ridge = fitting_problem.ridge
    monkeypatch.setattr(fitting_problem, "ridge", lambda *given: made.append(1) or ridge(*given))
    X, y = _slow(shift=1.0)
    quiet_fit(X, target=y, C=1.0, offset=offset)
    assert len(made) == 1
