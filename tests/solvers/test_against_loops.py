"""Every first-order method against a plain loop: all points of the path to 1e-12."""

from __future__ import annotations

import math

import numpy as np
import pytest

import logistica
from logistica import SGD, Adam, Constant, Cosine, GradientDescent, InverseTime, Step
from tests.solvers import loops
from tests.solvers.loops import Data
from tests.solvers.quiet import quiet_fit

N, P, EPOCHS = 90, 3, 25


def data(K=2, *, weights=False, offset=False, **penalties):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(N, P)) * [1.0, 0.3, 2.0] + [0.0, 1.0, -0.5]
    y = np.argmax(X @ rng.normal(size=(P, K)) + rng.gumbel(size=(N, K)), axis=1)
    y[:K] = np.arange(K)
    outputs = 1 if K == 2 else K
    return Data(
        X,
        y,
        rng.uniform(0.5, 40.0, size=N) if weights else None,
        rng.normal(size=(N, outputs)) if offset else None,
        K=K,
        **penalties,
    )


def fit(case, solver, **arguments):
    strength = case.ridge + case.lasso
    offset = case.offset[:, 0] if case.offset is not None and case.outputs == 1 else case.offset
    return quiet_fit(
        case.X,
        target=case.y,
        weights=case.weights,
        offset=offset,
        C=1.0 / strength if strength else math.inf,
        l1_ratio=case.lasso / strength if strength else 0.0,
        fit_intercept=case.intercept,
        solver=solver,
        keep_coefficients=True,
        **arguments,
    )


def assert_same_path(model, path):
    rows = model.record.history
    assert len(rows) == len(path)
    for row, (coef, intercept) in zip(rows, path, strict=True):
        np.testing.assert_allclose(row.coef, coef, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(row.intercept, intercept, rtol=1e-12, atol=1e-12)


CASES = {
    "two classes": data(),
    "three classes": data(3),
    "five classes, weights": data(5, weights=True),
    "weights": data(weights=True),
    "offset": data(offset=True),
    "offset, four classes": data(4, offset=True),
    "ridge": data(ridge=9.0),
    "ridge, weights, offset, three classes": data(3, weights=True, offset=True, ridge=200.0),
    "no intercept": data(intercept=False),
    "no intercept, three classes, ridge": data(3, ridge=5.0, intercept=False),
}
SPARSE = {
    "lasso": data(lasso=8.0),
    "lasso, three classes": data(3, lasso=6.0),
    "elastic net, weights, offset": data(weights=True, offset=True, lasso=120.0, ridge=80.0),
    "no intercept": data(lasso=8.0, intercept=False),
}
SCHEDULES = {
    "constant": ("constant", lambda epoch: 0.4),
    "a constant record": (Constant(), lambda epoch: 0.4),
    "step": ("step", lambda epoch: 0.4 * 0.5 ** int(epoch // 10)),
    "steps of one's own": (Step(every=3, by=0.8), lambda epoch: 0.4 * 0.8 ** int(epoch // 3)),
    "inverse-time": ("inverse-time", lambda epoch: 0.4 / (1.0 + epoch)),
    "slower": (InverseTime(decay=0.1), lambda epoch: 0.4 / (1.0 + 0.1 * epoch)),
    "cosine": ("cosine", lambda epoch: 0.2 * (1.0 + math.cos(math.pi * epoch / EPOCHS))),
    "down to a tenth": (Cosine(final=0.1), lambda epoch: 0.04 + 0.18 * (1.0 + math.cos(math.pi * epoch / EPOCHS))),
}


@pytest.mark.parametrize("name", [*CASES, *(f"sparse: {name}" for name in SPARSE)])
def test_plain_descent(name):
    case = CASES[name] if name in CASES else SPARSE[name.removeprefix("sparse: ")]
    model = fit(case, GradientDescent(learning_rate=0.3, epochs=EPOCHS))
    assert_same_path(model, loops.gradient_descent(case, lambda _: 0.3, EPOCHS))


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_schedules(schedule):
    given, rate = SCHEDULES[schedule]
    for case in (CASES["two classes"], CASES["three classes"], SPARSE["lasso"]):
        model = fit(case, GradientDescent(learning_rate=0.4, epochs=EPOCHS, schedule=given))
        assert_same_path(model, loops.gradient_descent(case, rate, EPOCHS))
        np.testing.assert_allclose(
            [row.step_size for row in model.record.history], [0.0, *(rate(k) for k in range(EPOCHS))], rtol=1e-14
        )


@pytest.mark.parametrize("schedule", ["constant", "cosine", "step"])
@pytest.mark.parametrize("nesterov", [False, True], ids=["Polyak", "Nesterov"])
@pytest.mark.parametrize("name", CASES)
def test_momentum(name, nesterov, schedule):
    case, (given, rate) = CASES[name], SCHEDULES[schedule]
    solver = GradientDescent(learning_rate=0.4, epochs=EPOCHS, momentum=0.8, nesterov=nesterov, schedule=given)
    assert_same_path(fit(case, solver), loops.momentum_descent(case, rate, EPOCHS, 0.8, nesterov=nesterov))


@pytest.mark.parametrize("name", SPARSE)
def test_momentum_with_an_l1_penalty(name):
    """The proximal step belongs into the momentum's recursion, not behind it."""
    case = SPARSE[name]
    nesterov = GradientDescent(learning_rate=0.2, epochs=60, momentum=0.8, nesterov=True)
    assert_same_path(fit(case, nesterov), loops.accelerated_proximal_gradient(case, 0.2, 60, 0.8))
    polyak = GradientDescent(learning_rate=0.2, epochs=60, momentum=0.8)
    assert_same_path(fit(case, polyak), loops.inertial_proximal_gradient(case, 0.2, 60, 0.8))


@pytest.mark.parametrize("K", [2, 3])
def test_a_given_start(K):
    case = data(K, weights=True)
    rng = np.random.default_rng(9)
    start = rng.normal(size=(case.outputs, P)), rng.normal(size=case.outputs)
    model = fit(case, GradientDescent(learning_rate=0.3, epochs=EPOCHS, start=start))
    assert_same_path(model, loops.gradient_descent(case, lambda _: 0.3, EPOCHS, start))


RULES = {
    "plain": {},
    "momentum": {"momentum": 0.9},
    "nesterov": {"momentum": 0.9, "nesterov": True},
}


@pytest.mark.parametrize("size", [1, 16, 30, 89, 90, 1000])
@pytest.mark.parametrize("shuffle", [False, True], ids=["in order", "shuffled"])
def test_mini_batches(shuffle, size):
    """Of one row, of some, of all but one, of all, and more than there are."""
    case = CASES["ridge, weights, offset, three classes"]
    model = fit(case, SGD(learning_rate=0.1, batch_size=size, epochs=4, shuffle=shuffle), random_state=3)
    order = loops.orders(N, 4, shuffle=shuffle, random_state=3)
    assert_same_epochs(model, loops.stochastic(case, lambda _: 0.1, order, min(size, N)))


@pytest.mark.parametrize("rule", [*RULES, "adam"])
@pytest.mark.parametrize("name", CASES)
def test_stochastic_rules(name, rule):
    """Twenty rows a batch, ninety rows: the last batch has ten and counts as much as the others."""
    case = CASES[name]
    common = {"learning_rate": 0.05, "batch_size": 20, "epochs": 6, "schedule": InverseTime(0.5)}
    solver = Adam(**common, beta_2=0.99) if rule == "adam" else SGD(**common, **RULES[rule])
    order = loops.orders(N, 6, shuffle=True, random_state=0)
    path = loops.stochastic(case, lambda epoch: 0.05 / (1.0 + 0.5 * epoch), order, 20, rule=rule)
    assert_same_epochs(fit(case, solver), path)


@pytest.mark.parametrize("name", SPARSE)
def test_stochastic_proximal_steps(name):
    case = SPARSE[name]
    order = loops.orders(N, 6, shuffle=True, random_state=0)
    path = loops.stochastic(case, lambda _: 0.05, order, 20)
    assert_same_epochs(fit(case, SGD(learning_rate=0.05, batch_size=20, epochs=6)), path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.63, 1.0])
def test_averaging(share):
    """Of 5 updates an epoch and 6 epochs the last share; until then the last point stands for itself."""
    case = CASES["three classes"]
    order = loops.orders(N, 6, shuffle=True, random_state=0)
    begin = math.floor(30 * (1.0 - share)) + 1
    path = loops.stochastic(case, lambda _: 0.2, order, 20, average_from=begin)
    assert_same_epochs(fit(case, SGD(learning_rate=0.2, batch_size=20, epochs=6, average=share)), path)


def assert_same_epochs(model, path):
    assert_same_path(model, [(epoch.coef, epoch.intercept) for epoch in path])
    rows = model.record.history
    np.testing.assert_allclose([row.running_loss for row in rows], [epoch.running_loss for epoch in path], rtol=1e-12)
    np.testing.assert_allclose([row.step_size for row in rows], [epoch.rate for epoch in path], rtol=1e-14)


def test_standardised_descent_is_descent_on_standardised_columns():
    """With precondition=True columns have mean 0 and a size between 1 and 2, and come back in their own units."""
    case = data()
    solver = GradientDescent(learning_rate=0.3, epochs=EPOCHS, precondition=True)
    model = fit(case, solver)
    columns = logistica.fit(case.X, target=case.y).fitted.fit.estimate.coordinates
    z = (case.X - columns.centre) * columns.scale
    path = loops.gradient_descent(Data(z, case.y), lambda _: 0.3, EPOCHS)
    back = [(c * columns.scale, i - (c * columns.scale) @ columns.centre) for c, i in path]
    assert_same_path(model, back)
    np.testing.assert_allclose(z.mean(axis=0), 0.0, atol=1e-6)
    assert (np.abs(np.log2(z.std(axis=0))) <= 1.0).all()
