"""Row 40 in Python: Ctrl-C ends a fit within a second, and the best state so far comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import logistica
from logistica.fitting import first_order, solve
from logistica.solvers.driver import Status
from logistica.solvers.settings import SGD, Adam, GradientDescent
from tests.data.cases import case

SOURCE = str(Path(__file__).resolve().parents[2] / "src")
FIT = """
import os, signal, sys, threading, time, warnings
import numpy as np
import logistica
from logistica.solvers.settings import SGD, GradientDescent

solver, n, p, delay = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
rng = np.random.default_rng(0)
X = rng.normal(size=(n, p))
y = (X @ rng.normal(size=p) * 0.2 + rng.logistic(size=n) > 0).astype(int)
solver = {"gd": GradientDescent(epochs=10**6, learning_rate=1e-3), "sgd": SGD(epochs=10**6), "newton": "newton"}[solver]
sent, rows = [], []

def send():
    time.sleep(delay)
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)

def watch(row):
    if not rows:
        threading.Thread(target=send, daemon=True).start()
    rows.append(row)
    if solver == "newton":
        time.sleep(0.02)

with warnings.catch_warnings(record=True) as given:
    warnings.simplefilter("always")
    model = logistica.fit(X, target=y, solver=solver, callback=watch)
took = time.perf_counter() - sent[0]
best = min(row.loss for row in rows)
at = model.record.history
print(took, model.record.status, [warning.category.__name__ for warning in given], len(rows) - len(at))
print(model.predict_proba(X[:5]).sum(), (-model.log_likelihood_kernel / n) / best)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")
@pytest.mark.parametrize(
    "arguments",
    [
        case(40, "Ctrl-C-gradient-descent", "gd 200000 30 0.3"),
        case(40, "Ctrl-C-SGD-in-mid-epoch", "sgd 200000 10 0.3"),
        case(40, "Ctrl-C-SGD", "sgd 2000 10 0.3"),
        case(40, "Ctrl-C-Newton", "newton 200000 60 0.1"),
    ],
)
def test_ctrl_c_during_a_fit(arguments):
    done = subprocess.run(
        [sys.executable, "-c", FIT, *arguments.split()],
        env={**os.environ, "PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    took, status, warnings, unknown = first.split(" ", 3)
    assert float(took) < 1.0
    assert (status, warnings) == ("interrupted", "['ConvergenceWarning']")
    assert unknown == "0"
    total, loss = map(float, second.split())
    assert (total, loss) == (pytest.approx(5.0), pytest.approx(1.0, abs=1e-6))


def rows(n=300, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3))
    return X, np.argmax(X @ rng.normal(size=(3, 3)) + rng.gumbel(size=(n, 3)), axis=1)


def interrupting(k):
    def watch(row):
        if row.iteration == k:
            raise KeyboardInterrupt

    return watch


X, Y = rows()
WEIGHTS = np.random.default_rng(1).uniform(1.0, 3.0, len(X))
FITS = {
    "newton": {"solver": "newton"},
    "gradient descent": {"solver": GradientDescent(epochs=50)},
    "SGD": {"solver": SGD(epochs=50), "C": 1.0, "weights": WEIGHTS},
    "Adam": {"solver": Adam(epochs=50)},
    "L1": {"solver": SGD(epochs=50), "C": 0.5, "l1_ratio": 0.5},
    "balanced": {"solver": SGD(epochs=50), "class_weight": "balanced", "restore_prevalence": True},
}


@pytest.mark.parametrize("name", FITS)
def test_the_best_state_so_far_comes_back(name):
    options = {"target": Y, "keep_coefficients": True, **FITS[name]}
    with pytest.warns(logistica.ConvergenceWarning, match="Not converged \\(interrupted\\)"):
        model = logistica.fit(X, callback=interrupting(3), **options)
    assert model.record.status is Status.INTERRUPTED
    assert not model.record.converged
    assert len(model.record.history) == 4
    best = min(model.record.history, key=lambda row: row.loss)
    if best.coef is not None:
        np.testing.assert_allclose(model.coef_ - model.coef_[0], best.coef - best.coef[0], rtol=1e-9, atol=1e-12)
    rows_in_use = model.fitted.fit.rows.total_weight
    if model.fitted.fit.balance is None:  # where intercepts are restored, the likelihood is that of the restored ones
        np.testing.assert_allclose(model.fitted.fit.likelihoods.objective / rows_in_use, best.loss, rtol=1e-12)
    assert model.predict(X).shape == Y.shape
    assert "nterrupted" in str(model.summary())


@pytest.mark.parametrize("name", ["newton", "SGD"])
def test_before_there_is_a_state_it_is_as_elsewhere(name, monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("logistica.fitting.problem.survey", interrupt)
    with pytest.raises(KeyboardInterrupt):
        logistica.fit(X, target=Y, **FITS[name])


def once(function):
    """The function, interrupted the first time."""
    calls = []

    def replacement(*args, **kwargs):
        if not calls:
            calls.append(1)
            raise KeyboardInterrupt
        return function(*args, **kwargs)

    return replacement


def test_while_the_end_is_judged_what_is_known_comes_back(monkeypatch):
    monkeypatch.setattr(first_order, "_judge", once(first_order._judge))
    with pytest.warns(logistica.ConvergenceWarning, match="interrupted"):
        model = logistica.fit(X, target=Y, solver=SGD(epochs=5))
    assert (model.record.status, model.record.iterations) == (Status.INTERRUPTED, 5)


SEPARATED = {"data": [[1.0, 0.3], [2.0, 0.1], [3.0, 0.7], [4.0, 0.2]], "target": [0, 0, 1, 1]}


def test_while_separation_is_examined(monkeypatch):
    monkeypatch.setattr(solve, "examine", once(solve.examine))
    with pytest.warns(logistica.ConvergenceWarning, match="interrupted"):
        model = logistica.fit(**SEPARATED)
    assert model.record.status is Status.INTERRUPTED
    assert not model.record.converged


def test_while_the_rest_of_quasi_separated_classes_is_fitted():
    x = np.r_[np.zeros(40), np.ones(5)]
    z = np.random.default_rng(0).normal(size=45)
    y = np.r_[(z[:40] + np.random.default_rng(1).logistic(size=40) > 0).astype(int), np.ones(5, int)]
    rows_seen = []

    def watch(row):
        if rows_seen and row.iteration <= rows_seen[-1] and row.iteration == 0:
            raise KeyboardInterrupt
        rows_seen.append(row.iteration)

    with pytest.warns(logistica.LogisticaWarning):
        model = logistica.fit(np.c_[x, z], target=y, callback=watch)
    assert model.record.status is Status.INTERRUPTED
    assert model.separation.verdict == "quasi"
    assert not model.record.converged


def test_a_signal_in_a_callback_of_ones_own_is_no_error_either():
    def watch(row):
        if row.iteration == 2:
            signal.raise_signal(signal.SIGINT)

    with pytest.warns(logistica.ConvergenceWarning):
        assert logistica.fit(X, target=Y, callback=watch).record.iterations == 2
