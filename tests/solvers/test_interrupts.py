"""Row 40 in Python: Ctrl-C ends a fit within a second, and the best state so far comes back."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import logistica
from logistica.fitting import first_order, judgement, second_order, solve
from logistica.fitting.checkpoint import Checkpoint
from logistica.solvers.driver import Status
from logistica.solvers.settings import SGD, Adam, GradientDescent
from tests.data.cases import case
from tests.solvers.quiet import quiet_fit

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


def _run(script, *arguments):
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        env={**os.environ, "PYTHONPATH": SOURCE},
        capture_output=True,
        text=True,
        check=False,
    )


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
    done = _run(FIT, *arguments.split())
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
    "newton-cg": {"solver": "newton-cg"},
    "lbfgs": {"solver": "lbfgs", "C": 1.0, "weights": WEIGHTS},
    "proximal Newton": {"solver": "proximal-newton", "C": 0.5, "l1_ratio": 0.7, "weights": WEIGHTS},
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


@pytest.mark.parametrize("offset", [False, True])
@pytest.mark.parametrize(
    ("fit", "module", "function"),
    [
        ("newton", "second_order", "condition"),
        ("newton", "fit", "null_log_likelihood"),
        ("balanced newton", "fit", "settled"),
        ("balanced newton", "balance", "_shares"),
        ("balanced newton", "balance", "_mean_proba"),
        ("balanced newton", "balance", "intercept_shift"),
        ("balanced newton", "fit", "_moved"),
        ("newton-cg", "matrix_free", "judge"),
        ("lbfgs", "judgement", "output_covariances"),
        ("lbfgs", "fit", "null_log_likelihood"),
        ("proximal Newton", "fit", "null_log_likelihood"),
        ("SGD", "first_order", "judge"),
        ("SGD", "judgement", "newton_on"),
        ("SGD", "judgement", "output_covariances"),
        ("SGD", "fit", "null_log_likelihood"),
        ("Adam", "judgement", "find_rank"),
        ("L1", "first_order", "_by_the_gap"),
        ("L1", "first_order", "exact_bound"),
        ("balanced", "fit", "settled"),
        ("balanced", "balance", "intercept_shift"),
        ("balanced", "fit", "_moved"),
    ],
)
def test_after_the_solver_has_ended_what_is_known_comes_back(fit, module, function, offset, monkeypatch, tmp_path):
    """The state is that of the fit that nobody interrupts, and what was under way is left open."""
    balance = {"class_weight": {0: 3.0, 2: 0.5}, "restore_prevalence": True} if "balanced" in fit else {}
    solver = FITS[fit]["solver"] if fit in FITS else "newton"
    options = {**FITS.get(fit, {}), **balance, "target": Y, "solver": solver}
    if offset:
        options["offset"] = np.random.default_rng(2).normal(size=(len(X), 3))
    unrestored = quiet_fit(X, **{**options, "restore_prevalence": False})
    room = importlib.import_module(f"logistica.fitting.{module}")
    monkeypatch.setattr(room, function, once(getattr(room, function)))
    with pytest.warns(logistica.LogisticaWarning) as given:
        model = logistica.fit(X, **options)
    assert "Not converged (interrupted)" in str(given[0].message)
    assert (model.record.status, model.record.converged) == (Status.INTERRUPTED, False)
    assert len(model.record.history) == len(unrestored.record.history)
    np.testing.assert_allclose(
        model.predict_proba(X, offset=options.get("offset")),
        unrestored.predict_proba(X, offset=options.get("offset")),
        rtol=1e-12,
    )
    codes = {note.code for note in model.record.notes}
    assert ("prevalence-not-restored" in codes) == bool(balance)
    if balance:
        found = model.fitted.fit.balance
        np.testing.assert_allclose(found.observed, np.bincount(Y) / len(Y), rtol=1e-12)
        assert (found.fitted, found.restored) == (None, False)
    assert "nterrupted" in str(model.summary())
    model.save(tmp_path / "m.json")
    again = logistica.load(tmp_path / "m.json")
    np.testing.assert_array_equal(again.coef_, model.coef_)
    assert {note.code for note in again.record.notes} == codes
    assert again.fitted.fit.balance is None or again.fitted.fit.balance.fitted is None


@pytest.mark.parametrize("solver", ["newton", SGD(epochs=50)], ids=["newton", "SGD"])
@pytest.mark.parametrize("on_separation", ["warn", "raise"])
def test_while_separation_is_put_into_words(solver, on_separation, monkeypatch):
    room = second_order if solver == "newton" else judgement
    monkeypatch.setattr(room, "separation_in_words", once(room.separation_in_words))
    with pytest.warns(logistica.ConvergenceWarning, match="interrupted"):
        model = logistica.fit(**SEPARATED, solver=solver, on_separation=on_separation)
    assert (model.record.status, model.separation) == (Status.INTERRUPTED, None)
    assert np.isfinite(model.coef_).all()


def test_while_the_end_is_written_into_a_checkpoint(monkeypatch, tmp_path):
    """The fit comes back, and the file is that of the last writing, from which it can go on."""
    monkeypatch.setattr(first_order.Checkpoint, "__exit__", once(Checkpoint.__exit__))
    options = {"target": Y, "solver": SGD(epochs=5, learning_rate=0.1), "checkpoint": tmp_path / "run.ckpt"}
    with pytest.warns(logistica.ConvergenceWarning, match="interrupted"):
        model = logistica.fit(X, **options)
    assert (model.record.status, model.record.iterations) == (Status.INTERRUPTED, 5)
    again = quiet_fit(X, **options)
    assert "resumed" in {note.code for note in again.record.notes}
    np.testing.assert_array_equal(again.coef_, model.coef_)


def test_whoever_interrupts_what_is_left_to_do_is_heard_at_once(monkeypatch):
    def interrupt(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(importlib.import_module("logistica.fitting.fit"), "_result", interrupt)
    with pytest.raises(KeyboardInterrupt):
        logistica.fit(X, target=Y)


RESTORING = """
import os, signal, sys, threading, time, warnings
import numpy as np
import logistica
from logistica.fitting import balance

rng = np.random.default_rng(0)
X = rng.normal(size=(400_000, 10))
y = (X @ rng.normal(size=10) * 0.2 + rng.logistic(size=len(X)) > 2.0).astype(int)
sent, shift = [], balance.intercept_shift

def send():
    time.sleep(0.02)
    sent.append(time.perf_counter())
    os.kill(os.getpid(), signal.SIGINT)

def started(objective, theta):
    threading.Thread(target=send, daemon=True).start()
    while True:
        shift(objective, theta)

balance.intercept_shift = started
with warnings.catch_warnings(record=True) as given:
    warnings.simplefilter("always")
    model = logistica.fit(X, target=y, solver=sys.argv[1], class_weight="balanced", restore_prevalence=True)
print(time.perf_counter() - sent[0], model.record.status, np.isfinite(model.coef_).all())
print(sorted({warning.category.__name__ for warning in given}), model.fitted.fit.balance.restored)
"""


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")
@pytest.mark.parametrize("solver", [case(40, "Ctrl-C-while-intercepts-are-restored", "newton")])
def test_ctrl_c_while_intercepts_are_restored(solver):
    done = _run(RESTORING, solver)
    assert (done.returncode, done.stderr) == (0, "")
    first, second = done.stdout.splitlines()
    took, *rest = first.split()
    assert float(took) < 1.0
    assert rest == ["interrupted", "True"]
    assert second == "['ConvergenceWarning', 'DataWarning'] False"


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
