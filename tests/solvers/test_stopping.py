"""Every reason to end: at the right row, with the right status, the first of several, with the state it promises."""

from __future__ import annotations

import math

import numpy as np
import pytest

import logistica
from logistica import SGD, Adam, GradientDescent, OptionError, Stop
from logistica.solvers.driver import Status
from tests.solvers.quiet import penalty_for, quiet_fit

N, EPOCHS = 200, 40
FIRST_ORDER = ["gradient-descent", "sgd", "adam"]
PLAIN = GradientDescent(learning_rate=0.2, epochs=EPOCHS)


def _data(K=2, n=N):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(n, 4))
    y = np.argmax(X @ rng.normal(scale=0.5, size=(4, K)) + rng.gumbel(size=(n, K)), axis=1)
    return X, y


EVERY = ["gradient-descent", "sgd", "adam", "newton", "newton-cg", "lbfgs", "proximal-newton"]


def _fit(solver=PLAIN, K=2, **arguments):
    X, y = _data(K)
    return quiet_fit(X, target=y, solver=solver, keep_coefficients=True, **penalty_for(solver), **arguments)


def _losses(model):
    return np.array([row.loss for row in model.record.history])


def _assert_at(model, row):
    """The model is that of this row of its history."""
    history = model.record.history
    for kept, found in ((history[row].coef, model.coef_), (history[row].intercept, model.intercept_)):
        centred = kept - kept.mean(axis=0) if len(kept) > 1 else kept
        np.testing.assert_allclose(found, centred, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("solver", [PLAIN, SGD(learning_rate=0.05, epochs=7), Adam(epochs=7)], ids=lambda s: s.name)
def test_all_epochs(solver):
    model = _fit(solver)
    assert model.record.status is Status.EPOCHS
    assert model.record.iterations == solver.epochs == len(model.record.history) - 1
    _assert_at(model, -1)


@pytest.mark.parametrize("K", [2, 3])
def test_when_the_loss_falls_no_further(K):
    """At the first row that is lower than the one before by no more than the share of it."""
    share = 5e-3
    losses = _losses(_fit(K=K))
    expected = 1 + int(np.argmax(np.abs(np.diff(losses)) <= share * losses[:-1]))
    assert 2 < expected < EPOCHS
    model = _fit(K=K, stop=Stop(loss_change=share))
    assert model.record.status is Status.LOSS
    assert model.record.iterations == expected
    np.testing.assert_array_equal(_losses(model), losses[: expected + 1])
    _assert_at(model, -1)


@pytest.mark.parametrize("K", [2, 3])
def test_when_the_gradient_is_small(K):
    norms = np.array([row.gradient_norm for row in _fit(K=K).record.history])
    limit = norms[17]
    model = _fit(K=K, stop=Stop(gradient_norm=limit))
    assert model.record.status is Status.GRADIENT
    assert model.record.iterations == int(np.argmax(norms <= limit)) == 17
    assert "the gradient is small" in model.record.message


def test_a_start_that_is_good_enough_is_the_end():
    X, y = _data()
    best = logistica.fit(X, target=y)
    start = best.coef_, best.intercept_
    model = quiet_fit(X, target=y, solver=GradientDescent(start=start), stop=Stop(gradient_norm=1e-6))
    assert model.record.status is Status.GRADIENT
    assert model.record.iterations == 0
    np.testing.assert_allclose(model.coef_, best.coef_, rtol=1e-12)
    assert model.record.converged


@pytest.mark.parametrize("solver", [GradientDescent(epochs=10**7), SGD(epochs=10**6), Adam(epochs=10**6)])
def test_the_time_limit(solver):
    model = _fit(solver, stop=Stop(seconds=0.05))
    assert model.record.status is Status.TIME
    rows = model.record.history
    assert rows[-1].seconds >= 0.05 > rows[-2].seconds


def test_no_time_at_all_leaves_the_start():
    model = _fit(stop=Stop(seconds=0.0))
    assert model.record.status is Status.TIME
    assert model.record.iterations == 0
    assert not model.coef_.any()


@pytest.mark.parametrize("solver", ["newton", "newton-cg", "lbfgs", "proximal-newton"])
def test_solvers_with_a_tolerance_keep_the_time_limit_too(solver):
    model = _fit(solver, stop=Stop(seconds=0.0))
    assert model.record.status is Status.TIME
    assert "Not converged (time limit)" in model.record.message
    assert not model.record.converged


class Stops:
    """A callback that asks for the end at one iteration."""

    def __init__(self, at):
        self.at, self.rows = at, []

    def __call__(self, row):
        self.rows.append(row)
        return row.iteration == self.at


@pytest.mark.parametrize("weights", [None, 8.0], ids=["plain", "weighted"])
@pytest.mark.parametrize("solver", EVERY)
def test_a_callback_sees_every_row_and_may_stop(solver, weights):
    X, y = _data()
    weights = None if weights is None else np.full(N, weights)
    watch = Stops(at=2)
    model = quiet_fit(X, target=y, weights=weights, solver=solver, callback=watch, **penalty_for(solver))
    assert model.record.status is Status.CALLBACK
    assert model.record.iterations == 2
    assert [row.iteration for row in watch.rows] == [0, 1, 2]
    for seen, kept in zip(watch.rows, model.record.history, strict=True):
        assert (seen.loss, seen.gradient_norm, seen.seconds) == (kept.loss, kept.gradient_norm, kept.seconds)
        assert seen.bound == kept.bound or math.isnan(seen.bound)


def test_a_callback_that_returns_nothing_stops_nothing():
    seen = []
    model = _fit(callback=seen.append)
    assert len(seen) == EPOCHS + 1
    assert model.record.status is Status.EPOCHS


def test_a_callback_s_error_is_the_user_s():
    def fails(row):
        raise RuntimeError("mine")

    with pytest.raises(RuntimeError, match="mine"):
        _fit(callback=fails)


def _noisy():
    """Few rows, many columns, a high rate: the validation loss rises soon."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(120, 30))
    y = (X[:, 0] + rng.logistic(size=120) > 0).astype(int)
    return X, y


@pytest.mark.parametrize("patience", [1, 5])
@pytest.mark.parametrize("kind", [GradientDescent, SGD])
def test_patience_returns_the_best_state(kind, patience):
    X, y = _noisy()
    solver = kind(learning_rate=0.5 if kind is GradientDescent else 0.1, epochs=300)
    common = {"target": y, "solver": solver, "keep_coefficients": True}
    model = quiet_fit(X, stop=Stop(patience=patience, validation_share=0.25), **common)
    assert model.record.status is Status.PATIENCE
    held = np.array([row.validation_loss for row in model.record.history])
    best = int(np.argmin(held))
    assert len(held) - 1 - best == patience
    records = np.minimum.accumulate(held)
    waits = [k - int(np.argmax(held[: k + 1] == records[k])) for k in range(len(held) - 1)]
    assert max(waits) < patience
    _assert_at(model, best)
    assert "the validation loss falls no further" in model.record.message


def test_patience_holds_out_a_tenth_of_each_class_by_default():
    X, y = _data(3)
    model = quiet_fit(X, target=y, solver="gradient-descent", stop=Stop(patience=3))
    assert model.fitted.fit.rows.set_aside == sum(round(0.1 * count) for count in np.bincount(y))
    assert Stop(patience=3).held_out == 0.1
    assert Stop().held_out == 0.0


def test_a_share_held_out_without_patience_only_looks_on():
    model = _fit(stop=Stop(validation_share=0.1))
    assert model.record.status is Status.EPOCHS
    assert all(math.isfinite(row.validation_loss) for row in model.record.history)
    _assert_at(model, -1)


@pytest.mark.parametrize("K", [2, 3])
def test_divergence_returns_the_best_state_and_says_so(K):
    """A ridge penalty makes too long a step overshoot further each time."""
    solver = GradientDescent(learning_rate=50.0, epochs=5000)
    model = _fit(solver, K=K, C=0.05)
    assert model.record.status is Status.DIVERGED
    assert not math.isfinite(_losses(model)[-1])
    best = int(np.nanargmin(_losses(model)))
    _assert_at(model, best)
    assert np.isfinite(model.coef_).all()
    assert not model.record.converged
    assert "Diverged: the steps were too long" in model.record.message
    assert "learning_rate='auto'" in model.record.message


@pytest.mark.parametrize("solver", [SGD(learning_rate=1e4, epochs=50), GradientDescent(learning_rate=1e300)])
def test_divergence_leaves_no_infinite_numbers(solver):
    model = _fit(solver, C=0.01)
    assert model.record.status is Status.DIVERGED
    assert np.isfinite(model.coef_).all()
    assert np.isfinite(model.intercept_).all()


@pytest.mark.parametrize("solver", ["gradient-descent", "sgd"])
def test_a_start_beyond_all_numbers_is_refused(solver):
    X, y = _data()
    kind = {"sgd": SGD, "gradient-descent": GradientDescent}[solver]
    with pytest.raises(OptionError, match=r"start=.*the loss there is beyond all numbers\. Start closer to zero"):
        quiet_fit(X, target=y, solver=kind(start=(np.full(4, 1e308), 0.0), epochs=3))


ADVICE = [
    (
        GradientDescent(learning_rate=60.0, epochs=50),
        "a smaller learning rate, or learning_rate='auto', brings it closer",
    ),
    (GradientDescent(learning_rate=1e-3, epochs=5), "More epochs, or a larger learning rate, bring it closer"),
    (GradientDescent(epochs=5), "More epochs bring it closer; solver='newton' finds it"),
]


@pytest.mark.parametrize(("solver", "advice"), ADVICE, ids=["too fast", "too slow", "too short"])
def test_the_remedy_is_one(solver, advice):
    """Where the loss rose again, a larger learning rate would be the wrong one."""
    model = _fit(solver)
    assert advice in model.record.message
    assert advice in " ".join(note.message for note in model.record.notes if note.code == "not-converged")


class Interrupts:
    """A callback during which Ctrl-C is pressed."""

    def __init__(self, at):
        self.at = at

    def __call__(self, row):
        if row.iteration == self.at:
            raise KeyboardInterrupt
        return False


@pytest.mark.parametrize("solver", EVERY)
def test_an_interrupt_returns_the_best_state(solver):
    model = _fit(solver, callback=Interrupts(at=2))
    assert model.record.status is Status.INTERRUPTED
    assert not model.record.converged
    assert np.isfinite(model.coef_).all()
    assert "interrupted" in model.record.message
    if solver in FIRST_ORDER:
        _assert_at(model, int(np.argmin(_losses(model))))


FIRST = [
    (Stop(gradient_norm=1e-2, loss_change=1e-9), Status.GRADIENT),
    (Stop(gradient_norm=1e-9, loss_change=1e-2), Status.LOSS),
    (Stop(seconds=0.0, gradient_norm=1e-9), Status.TIME),
    (Stop(seconds=0.0, gradient_norm=10.0), Status.GRADIENT),
    (Stop(seconds=1e9, gradient_norm=0.0, loss_change=0.0), Status.EPOCHS),
]


@pytest.mark.parametrize(("stop", "status"), FIRST, ids=[f"{status}" for _, status in FIRST])
def test_the_first_of_several_ends_the_fit(stop, status):
    model = _fit(GradientDescent(epochs=30), stop=stop)
    assert model.record.status is status
    if status is Status.EPOCHS:
        assert model.record.iterations == 30


FOR_NEWTON = [{"loss_change": 0.1}, {"gradient_norm": 0.0}, {"patience": 3}, {"validation_share": 0.1}]


@pytest.mark.parametrize("rule", FOR_NEWTON, ids=lambda rule: next(iter(rule)))
def test_newton_refuses_rules_that_it_does_not_need(rule):
    ((name, value),) = rule.items()
    X, y = _data()
    with pytest.raises(OptionError, match=rf"Stop\({name}={value}\) is for first-order solvers.*solver='sgd'.*tol"):
        logistica.fit(X, target=y, stop=Stop(**rule))


@pytest.mark.parametrize("options", [{"tol": 1e-6}, {"max_iter": 5}], ids=["tol", "max_iter"])
@pytest.mark.parametrize("solver", FIRST_ORDER)
def test_first_order_solvers_refuse_newton_s_rules(solver, options):
    ((name, value),) = options.items()
    X, y = _data()
    with pytest.raises(OptionError, match=rf"{name}={value} is for the Newton solver.*{solver}.*epochs.*Stop\("):
        logistica.fit(X, target=y, solver=solver, **options)


@pytest.mark.parametrize("K", [2, 3])
def test_a_validation_loss_beyond_all_numbers_is_infinite(K):
    """A NaN would stand for no rows held out, and the training loss would be compared in its place."""
    X, y = _data(K)
    model = quiet_fit(
        X, target=y, solver=GradientDescent(learning_rate=1e308, epochs=9), stop=Stop(validation_share=0.3)
    )
    assert model.record.status is Status.DIVERGED
    assert [row.validation_loss for row in model.record.history[1:]] == [math.inf]


def test_classes_of_one_row_each_can_spare_none():
    with pytest.raises(OptionError, match=r"of 2 rows no class can spare one. Leave it, and patience=, out$"):
        logistica.fit([[1.0], [2.0]], target=[0, 1], solver="sgd", stop=Stop(patience=2))
    with pytest.raises(OptionError, match=r"of 4 rows no class can spare one. Choose a larger share"):
        logistica.fit([[1.0], [2.0], [1.0], [2.0]], target=[0, 1, 1, 0], solver="sgd", stop=Stop(patience=2))
