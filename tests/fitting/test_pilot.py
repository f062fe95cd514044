"""Many rows by way of a pilot sample: the same answer, certified, in fewer and cheaper sweeps."""

import numpy as np
import pytest
from scipy import sparse

import logistica
from logistica.data.read import read
from logistica.fitting import pilot
from logistica.solvers.driver import Status
from logistica.solvers.matrix_free.quasi_newton import QuasiNewton
from logistica.solvers.newton import Newton
from tests.solvers.quiet import quiet_fit


@pytest.fixture
def small(monkeypatch):
    """Let samples be small, so that tests may be."""
    monkeypatch.setattr(pilot, "FEWEST_ROWS", 200)
    monkeypatch.setattr(pilot, "ROWS_PER_PARAMETER", 20)


def table(K=2, n=6000, seed=11):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4)) * [1.0, 10.0, 0.1, 1.0] + [0.0, 100.0, 0.0, 3.0]
    scores = (X - X.mean(axis=0)) / X.std(axis=0) @ rng.normal(size=(4, K))
    return X, np.argmax(scores + rng.gumbel(size=(n, K)), axis=1), rng.integers(1, 4, n).astype(float)


def without(monkeypatch):
    monkeypatch.setattr(pilot, "LARGEST_SHARE", 0.0)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("options", [{}, {"C": 1.0}, {"fit_intercept": False}])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_answer_is_the_same(monkeypatch, K, options, weighted):
    X, y, weights = table(K)
    options = {**options, "weights": weights} if weighted else options
    near = quiet_fit(X, target=y, **options)
    assert near.record.history[0].decrement > near.record.history[1].decrement > 0
    assert np.isnan(near.record.history[0].bound)  # a row of the quasi-Newton method
    without(monkeypatch)
    plain = quiet_fit(X, target=y, **options)
    assert np.isfinite(plain.record.history[-1].bound)
    assert near.record.status == plain.record.status
    np.testing.assert_allclose(near.coef_, plain.coef_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(near.intercept_, plain.intercept_, rtol=1e-9, atol=1e-9)
    assert near.mean_log_loss == pytest.approx(plain.mean_log_loss, rel=1e-14)
    if "C" not in options:
        covariances = [np.asarray(model.fitted.fit.estimate.covariances.parameters) for model in (near, plain)]
        np.testing.assert_allclose(*covariances, rtol=1e-8, atol=1e-14)


def indicators(K, n=6000, seed=12):
    """Three factors, of which a row has one level each."""
    rng = np.random.default_rng(seed)
    levels = np.array([0, 8, 16]) + rng.integers(0, 8, (n, 3))
    X = sparse.csr_array((np.ones(3 * n), levels.ravel(), np.arange(0, 3 * n + 1, 3)), shape=(n, 24))
    y = np.argmax(X @ rng.normal(size=(24, K)) + rng.gumbel(size=(n, K)), axis=1)
    return X, y, rng.integers(1, 4, n).astype(float)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("weighted", [False, True])
def test_of_rows_with_few_entries_newton_finds_the_sample_too(monkeypatch, K, weighted):
    X, y, weights = indicators(K)
    options = {"C": 1.0, "weights": weights} if weighted else {"C": 1.0}
    monkeypatch.setattr(pilot, "LARGEST_SHARE_HELD", 0.25)
    near = quiet_fit(X, target=y, **options)
    other = quiet_fit(X, target=y, threads=1, **options)
    np.testing.assert_array_equal(near.coef_, other.coef_)
    monkeypatch.setattr(pilot, "LARGEST_SHARE_HELD", 0.06)
    too_many = quiet_fit(X, target=y, **options)
    without(monkeypatch)
    plain = quiet_fit(X, target=y, **options)
    assert near.record.history[0].decrement < 0.6 * plain.record.history[0].decrement
    assert too_many.record.history[0].decrement == plain.record.history[0].decrement
    assert near.record.status == plain.record.status
    np.testing.assert_allclose(near.coef_, plain.coef_, rtol=1e-9, atol=1e-12)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("everything", [True, False])
def test_an_interrupt_of_newton_keeps_the_best_so_far(monkeypatch, everything):
    X, y, _ = indicators(2)
    monkeypatch.setattr(pilot, "LARGEST_SHARE_HELD", 0.25)
    step = Newton.step

    def interrupted(self, state, full=None):
        if state.steps == 1 and (self.objective.source.n_rows == len(y)) is everything:
            raise KeyboardInterrupt
        return step(self, state, full)

    monkeypatch.setattr(Newton, "step", interrupted)
    model = quiet_fit(X, target=y, C=1.0)
    assert model.record.status is Status.INTERRUPTED
    assert np.isfinite(model.coef_).all()


@pytest.mark.usefixtures("small")
def test_the_bits_do_not_depend_on_threads_or_the_seed():
    X, y, _ = table()
    fits = [quiet_fit(X, target=y, threads=t, random_state=s) for t, s in ((1, 0), (2, 0), (3, 1))]
    for other in fits[1:]:
        np.testing.assert_array_equal(fits[0].coef_, other.coef_)


def test_how_many_rows():
    assert pilot.pilot_size(19_999, 3) is None
    assert pilot.pilot_size(20_000, 3) == 5_000
    assert pilot.pilot_size(1_000_000, 31) == 50_000
    assert pilot.pilot_size(1_000_000, 3_000) == 120_000
    assert pilot.pilot_size(100_000, 3_000) is None


def test_the_sample_stands_for_all_rows():
    X, y, weights = table(3)
    source = read(X, target=y, weights=weights).source
    sample = pilot.sampled(source, 600)
    assert abs(sample.n_rows - 600) <= 2
    assert np.bincount(sample.y).tolist() == [round(0.1 * count) for count in np.bincount(y)]
    counts = np.bincount(sample.y, sample.weights / weights[_places(X, sample)])
    np.testing.assert_allclose(counts, np.bincount(y))


def _places(X, sample):
    """Find the sample's rows again."""
    held = np.empty((sample.n_rows, X.shape[1]))
    next(sample.blocks(sample.n_rows)).fill(held)
    order = np.argsort(X[:, 0])
    return order[np.searchsorted(X[order, 0], held[:, 0])]


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("rare", [1, 3])
def test_a_rare_class_that_separates_in_the_sample_only(monkeypatch, rare):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(6000, 2))
    y = np.zeros(6000, int)
    y[:rare] = 1
    assert pilot.sampled(read(X, target=y).source, 300).y.sum() == 1
    near = quiet_fit(X, target=y)
    without(monkeypatch)
    plain = quiet_fit(X, target=y)
    assert near.record.status is plain.record.status is Status.CONVERGED
    np.testing.assert_allclose(near.coef_, plain.coef_, rtol=1e-8)


@pytest.mark.usefixtures("small")
def test_a_separation_that_the_sample_does_not_show(monkeypatch):
    X, y, _ = table()
    X[:, 3] = 0.0
    X[np.flatnonzero(y)[:3], 3] = 1.0
    near = quiet_fit(X, target=y)
    without(monkeypatch)
    plain = quiet_fit(X, target=y)
    assert near.record.status is plain.record.status is Status.QUASI
    for name in ("verdict", "columns", "n_rows", "signs"):
        assert getattr(near.separation, name) == getattr(plain.separation, name)
    np.testing.assert_allclose(near.coef_, plain.coef_, rtol=1e-8)


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("steps", [1, 2, 5])
def test_steps_at_most(steps):
    X, y, _ = table()
    model = quiet_fit(X, target=y, max_iter=steps)
    assert model.record.iterations <= steps
    assert model.record.status in {Status.MAX_ITERATIONS, Status.CONVERGED}


@pytest.mark.usefixtures("small")
def test_a_callback_ends_it():
    X, y, _ = table()
    model = quiet_fit(X, target=y, callback=lambda row: row.iteration == 1)
    assert model.record.status is Status.CALLBACK
    assert len(model.record.history) == 2
    assert np.isfinite(model.coef_).all()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize(("everything", "worse"), [(True, 1.001), (False, 1.3)])
def test_an_interrupt_keeps_the_best_so_far(monkeypatch, everything, worse):
    X, y, _ = table()
    step = QuasiNewton.step

    def interrupted(self, state):
        if state.steps == 2 and (self.objective.source.n_rows == len(y)) is everything:
            raise KeyboardInterrupt
        return step(self, state)

    monkeypatch.setattr(QuasiNewton, "step", interrupted)
    model = quiet_fit(X, target=y)
    assert model.record.status is Status.INTERRUPTED
    without(monkeypatch)
    best = logistica.fit(X, target=y).mean_log_loss
    assert best < model.mean_log_loss < best * worse
