"""Runs of every kind that a checkpoint must go on with: solvers, classes, weights, containers, penalties, stopping."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import logistica
from logistica.core.errors import LogisticaWarning
from logistica.fitting import checkpoint
from logistica.solvers.descent.schedules import InverseTime, Step
from logistica.solvers.descent.starts import Normal
from logistica.solvers.history import HistoryRow
from logistica.solvers.settings import SGD, Adam, GradientDescent
from logistica.solvers.stopping import Stop

N = 120


def rows(K=2, seed=0):
    """Four columns and overlapping classes."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, 4)) * [1.0, 3.0, 0.2, 1.0] + [0.0, 5.0, 0.0, 0.0]
    eta = (X - [0.0, 5.0, 0.0, 0.0]) @ rng.normal(size=(4, K)) * 0.4
    return X, np.argmax(eta + rng.gumbel(size=(N, K)), axis=1)


X, Y = rows()
X3, Y3 = rows(3)
WEIGHTS = np.random.default_rng(1).uniform(0.5, 3.0, N)
OFFSET = np.random.default_rng(2).normal(size=(N, 3))
FRAME = pd.DataFrame(X.astype(np.float32), columns=list("abcd")).assign(e=np.where(X[:, 0] > 0.3, "u", "v"), y=Y)

RUNS = {
    "gradient descent": {"data": X, "target": Y, "solver": GradientDescent(epochs=6)},
    "gradient descent, plain": {
        "data": X,
        "target": Y,
        "solver": GradientDescent(epochs=6, learning_rate=0.05, schedule=InverseTime(0.5)),
    },
    "SGD": {"data": X, "target": Y, "solver": SGD(epochs=6, batch_size=16)},
    "SGD with momentum in steps": {
        "data": X,
        "target": Y,
        "solver": SGD(
            epochs=6, batch_size=7, learning_rate=0.05, momentum=0.8, schedule=Step(2, 0.5), precondition=True
        ),
    },
    "SGD, Nesterov, all of it averaged, K classes": {
        "data": X3,
        "target": Y3,
        "weights": WEIGHTS,
        "offset": OFFSET,
        "random_state": 5,
        "solver": SGD(epochs=6, batch_size=50, learning_rate=0.02, momentum=0.5, nesterov=True, average=1.0),
    },
    "SGD in the rows' order from a random start": {
        "data": X,
        "target": Y,
        "solver": SGD(epochs=6, shuffle=False, batch_size=16, start=Normal(0.3)),
    },
    "Adam, K classes": {"data": X3, "target": Y3, "C": 2.0, "solver": Adam(epochs=6, batch_size=16)},
    "sparse with L1 and weights": {
        "data": sparse.csr_array(np.where(np.abs(X) > 0.5, X, 0.0)),
        "target": Y,
        "weights": WEIGHTS,
        "C": 0.5,
        "l1_ratio": 0.5,
        "solver": SGD(epochs=6, batch_size=16),
    },
    "rows held out, with patience": {
        "data": X3,
        "target": Y3,
        "stop": Stop(patience=2, validation_share=0.2),
        "solver": SGD(epochs=40, batch_size=8, learning_rate=0.3, schedule="constant"),
    },
    "a frame, balanced, with coefficients kept": {
        "data": FRAME,
        "target": "y",
        "class_weight": "balanced",
        "keep_coefficients": True,
        "solver": SGD(epochs=6, batch_size=16),
    },
    "over-sampled without an intercept": {
        "data": X3,
        "target": Y3,
        "resample": "over",
        "fit_intercept": False,
        "keep_coefficients": True,
        "solver": GradientDescent(epochs=6),
    },
}
every_run = pytest.mark.parametrize("run", RUNS)


def fit(options, **more):
    """The model, without its warnings: so few epochs do not converge."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LogisticaWarning)
        return logistica.fit(**{**options, **more})


def stopped(options, k, path):
    """The model after k steps, when the callback ended the run, with a checkpoint left behind."""
    return fit(options, checkpoint=path, callback=lambda row: row.iteration >= k)


def assert_same(model, other):
    """Bit for bit the same, whatever took how long."""
    assert model.record.status is other.record.status
    for name in ("coef_", "intercept_"):
        np.testing.assert_array_equal(getattr(model, name), getattr(other, name), strict=True)
    assert model.fitted.fit.likelihoods == other.fitted.fit.likelihoods
    assert model.record.certificate.bound == other.record.certificate.bound
    assert len(model.record.history) == len(other.record.history)
    names = [name for name in HistoryRow._fields if name != "seconds"]
    for mine, theirs in zip(model.record.history, other.record.history, strict=True):
        for name in names:
            np.testing.assert_array_equal(getattr(mine, name), getattr(theirs, name))


def resumed_from(model):
    """What the record says of it; None if the run began afresh."""
    return next((note.message for note in model.record.notes if note.code == "resumed"), None)


@pytest.fixture
def at_every_step(monkeypatch):
    """Write after every step, as if each took long."""
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 0.0)
    monkeypatch.setattr(checkpoint, "MOST_TIME", 1e9)
