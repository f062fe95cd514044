"""Newton's steps over few rows by a compiled loop: the same states, sweeps and endings as by Newton's own code."""

import numpy as np
import pytest

import logistica
from logistica.core import compiled
from logistica.objective.objective import Objective
from logistica.solvers import newton_path
from logistica.solvers.driver import Status
from tests.compiled.test_rows import LAYOUTS
from tests.solvers.quiet import quiet_fit

pytestmark = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")

N = 150
OPTIONS = {
    "plain": {},
    "no-intercept": {"fit_intercept": False},
    "ridge": {"C": 0.3},
    "ridge-without-intercept": {"C": 0.3, "fit_intercept": False, "standardize": True},
    "stopped": {"max_iter": 2},
}


def table(seed=5):
    """Columns in different units, and classes that overlap."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(N, 4))
    moved = X + np.array([0.0, 3.0, -1.0, 0.5])
    y = (rng.random(N) < 1.0 / (1.0 + np.exp(1.0 - X[:, 0] - X[:, 3]))).astype(int)
    return moved * [1.0, 1e7, 1e-6, 2.0], y, rng.uniform(0.1, 3.0, N), rng.normal(size=N)


def both(monkeypatch, X, y, **options):
    """Fit with the loop, and without it."""
    ahead = quiet_fit(X, target=y, **options)
    with monkeypatch.context() as patch:
        patch.setattr(newton_path, "MOST_PRODUCTS", -1)
        step_by_step = quiet_fit(X, target=y, **options)
    return ahead, step_by_step


def assert_the_same(ahead, step_by_step):
    a, b = ahead.record, step_by_step.record
    assert (a.status, a.iterations, a.sweeps) == (b.status, b.iterations, b.sweeps)
    assert [note.code for note in a.notes] == [note.code for note in b.notes]
    for row, expected in zip(a.history, b.history, strict=True):
        assert row.step_size == expected.step_size
        assert row.loss == pytest.approx(expected.loss, rel=1e-13)
        for name in ("gradient_norm", "decrement", "bound"):
            assert getattr(row, name) == pytest.approx(getattr(expected, name), rel=1e-6, abs=1e-12)
    for name in ("radius", "floor"):
        assert getattr(a.certificate, name) == pytest.approx(getattr(b.certificate, name), rel=1e-9, abs=1e-300)
    np.testing.assert_allclose(ahead.coef_, step_by_step.coef_, rtol=1e-9)
    np.testing.assert_allclose(ahead.intercept_, step_by_step.intercept_, rtol=1e-9)
    assert ahead.fitted.fit.condition == pytest.approx(step_by_step.fitted.fit.condition, rel=1e-9)
    covariances = [one.fitted.fit.estimate.covariances.outputs for one in (ahead, step_by_step)]
    if covariances[1] is not None:
        np.testing.assert_allclose(*covariances, rtol=1e-8)


@pytest.mark.parametrize("beside", ["", "weights", "offset", "both"])
@pytest.mark.parametrize("options", OPTIONS)
def test_the_same_states(monkeypatch, options, beside):
    X, y, weights, offset = table()
    given = {"weights": weights} if beside in {"weights", "both"} else {}
    given |= {"offset": offset} if beside in {"offset", "both"} else {}
    assert_the_same(*both(monkeypatch, X, y, **OPTIONS[options], **given))


@pytest.mark.parametrize("options", [{}, {"C": 0.3}])
def test_down_to_the_rounding_floor(monkeypatch, options):
    """How many steps rounding still allows is a matter of the last digits; the end is not."""
    X, y, _, _ = table()
    ahead, step_by_step = both(monkeypatch, X, y, tol=0.0, **options)
    assert ahead.record.status is step_by_step.record.status is Status.ROUNDING
    assert ahead.record.certificate.bound <= 10.0 * step_by_step.record.certificate.floor
    np.testing.assert_allclose(ahead.coef_, step_by_step.coef_, rtol=1e-12)


@pytest.mark.parametrize("stored", LAYOUTS)
def test_each_layout(monkeypatch, stored):
    X, y, _, _ = table()
    assert_the_same(*both(monkeypatch, LAYOUTS[stored](X), y))


def test_rows_left_out(monkeypatch):
    X, y, weights, _ = table()
    assert_the_same(*both(monkeypatch, X, y, weights=np.where(weights < 1.0, 0.0, weights)))


@pytest.mark.parametrize("C", [np.inf, 1e6, 1.0])
@pytest.mark.parametrize("flipped", [0, 1])
def test_separated_classes_and_steps_that_are_too_long(monkeypatch, C, flipped):
    """What needs more thought is left to Newton's own code, with the sweep that showed it."""
    X = table()[0]
    y = (X[:, 0] > 0.0).astype(int)
    y[:flipped] ^= 1
    assert_the_same(*both(monkeypatch, X, y, C=C))


@pytest.mark.filterwarnings("ignore::logistica.DataWarning")
@pytest.mark.parametrize("twin", [0.0, 1e-13, 1e-6])
def test_columns_that_are_aliased_or_all_but(monkeypatch, twin):
    X, y, _, _ = table()
    again = X[:, 0] + twin * np.random.default_rng(1).normal(size=N)
    ahead, step_by_step = both(monkeypatch, np.column_stack([X, again]), y)
    assert ahead.fitted.fit.aliases == step_by_step.fitted.fit.aliases
    assert ahead.record.sweeps == step_by_step.record.sweeps
    for k in (0, 3):
        assert ahead.coef_[0, k] == pytest.approx(step_by_step.coef_[0, k], rel=1e-5)


def test_no_columns_but_the_intercept(monkeypatch):
    _, y, _, _ = table()
    assert_the_same(*both(monkeypatch, np.zeros((N, 1)), y))


def test_a_plain_fit_of_few_rows_needs_no_other_evaluation(monkeypatch):
    X, y, _, _ = table()

    def never(self, theta):
        raise AssertionError("a step was taken by itself")

    monkeypatch.setattr(Objective, "evaluate", never)
    assert logistica.fit(X, target=y).record.converged


def test_many_rows_or_columns_or_classes_go_step_by_step():
    rng = np.random.default_rng(2)
    y = rng.integers(0, 2, 6000)
    for X, target in (
        (rng.normal(size=(6000, 4)), y),
        (rng.normal(size=(200, newton_path.MOST_PARAMETERS)), y[:200]),
        (rng.normal(size=(200, 2)), rng.integers(0, 3, 200)),
    ):
        assert logistica.fit(X, target=target).record.converged


@pytest.mark.parametrize("row", [0, 2])
def test_a_callback_hears_of_each_state_as_it_is_and_may_end_there(monkeypatch, row):
    X, y, _, _ = table()
    ahead, step_by_step = both(monkeypatch, X, y, callback=lambda at: at.iteration == row)
    assert ahead.record.status is Status.CALLBACK
    assert ahead.record.iterations == step_by_step.record.iterations == row
    np.testing.assert_allclose(ahead.coef_, step_by_step.coef_, rtol=1e-9)


@pytest.mark.parametrize("row", [1, 3])
def test_ctrl_c_while_a_state_is_told_keeps_what_came_before(monkeypatch, row):
    X, y, _, _ = table()

    def press(at):
        if at.iteration == row:
            raise KeyboardInterrupt

    ahead, step_by_step = both(monkeypatch, X, y, callback=press)
    assert ahead.record.status is step_by_step.record.status is Status.INTERRUPTED
    np.testing.assert_allclose(ahead.coef_, step_by_step.coef_, rtol=1e-9)
