"""Newton's method, and that its certificate is honest: the optimum is never further away than it says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest

import logistica
from logistica.data.design import DenseDesign
from logistica.data.source import MemorySource
from logistica.engines import NumpyEngine
from logistica.fitting.columns import survey
from logistica.losses import loss_for
from logistica.objective import Objective
from logistica.penalties import Ridge
from logistica.solvers.certificate import exact_floor, exact_radius
from logistica.solvers.driver import Status, drive
from logistica.solvers.history import columns
from logistica.solvers.newton import Newton
from logistica.solvers.stopping import Stopping
from tests.oracles.decimal_newton import decimal_newton

SEEDS = range(100)
TOLERANCES = [1e-1, 1e-3, 1e-6, 1e-10, 0.0]
SURVEY = 2
"""Sweeps before the first step."""


@dataclass(frozen=True)
class Case:
    """A small problem; K = 2 or 3 by the seed, and weights, ridge, intercept and outliers too."""

    X: np.ndarray
    y: np.ndarray
    weights: np.ndarray | None
    C: float
    intercept: bool

    @property
    def K(self):
        return int(self.y.max()) + 1


@cache
def _case(seed):
    rng = np.random.default_rng(seed)
    K, n, p = 2 + seed % 2, int(rng.integers(24, 44)), int(rng.integers(1, 4))
    X = np.round(rng.standard_t(3, size=(n, p)) * 8) / 8
    eta = X @ rng.normal(scale=0.6, size=(p, K))
    y = np.argmax(eta + rng.gumbel(size=(n, K)), axis=1)
    y[:K] = np.arange(K)
    weights = rng.integers(1, 13, size=n) / 4 if seed % 3 == 0 else None
    C = [np.inf, 0.5, np.inf, 20.0][seed // 2 % 4]
    return Case(X, y, weights, C, seed % 5 != 0)


def _objective(case, *, threads=1):
    engine = NumpyEngine(threads)
    source = MemorySource(DenseDesign(case.X), case.y.astype(np.intp), case.weights)
    loss = loss_for(case.K)
    names = tuple(f"x{j}" for j in range(case.X.shape[1]))
    columns = survey(engine, source, loss, names, intercept=case.intercept)
    c = columns.coordinates
    strength = np.concatenate([np.zeros(int(case.intercept)), c.scale**2 / case.C])
    ridge = Ridge(strength, c.metric) if np.isfinite(case.C) else None
    return Objective(loss, ridge, source, engine, c), columns


def _newton(case):
    objective, columns = _objective(case)
    free = np.arange(np.prod(objective.shape))
    return Newton(objective, free, columns.reach, np.diagonal(columns.gram))


def _run(case, stopping, tol=0.0):
    newton = replace(_newton(case), tol=tol)
    return newton, drive(newton, newton.start(np.zeros(newton.objective.shape)), stopping)


@cache
def _truth(seed):
    """The exact optimum in the solver's coordinates, shape (q, m), and its standard errors there."""
    case = _case(seed)
    newton = _newton(case)
    c = newton.objective.coordinates
    z = (case.X - c.centre) * c.scale
    z = np.column_stack([np.ones(len(z)), z]) if case.intercept else z
    K = case.K
    order = np.arange(K) if K == 2 else np.array([c.reference, *c.free_outputs])
    codes = np.argsort(order)[case.y]
    ridge = None if newton.objective.penalty is None else newton.objective.penalty.strength
    exact = decimal_newton(z, codes, n_classes=K, weights=case.weights, ridge=ridge)
    return exact.estimate.T, exact.error.T


def _separated(seed):
    case = _case(seed)
    if np.isfinite(case.C):
        return False
    _, run = _run(case, Stopping())
    return run.status is Status.DOUBT


SOUND = [seed for seed in SEEDS if not _separated(seed)]


def test_nearly_all_cases_have_an_optimum():
    assert len(SOUND) >= 90


@pytest.mark.parametrize("seed", SOUND)
def test_the_certificate_is_honest(seed):
    """At every tolerance: each coefficient is within the bound, in its own standard errors."""
    optimum, exact_error = _truth(seed)
    for tol in TOLERANCES:
        newton, run = _run(_case(seed), Stopping(tol=tol, doubt=False))
        state = run.state
        variance = np.diagonal(newton.inverse(state.factor)).reshape(state.theta.shape)
        for error in (exact_error, np.sqrt(variance)):
            distance = np.abs(state.theta - optimum) / error
            assert distance.max() <= state.certificate.bound
        if run.status is Status.CONVERGED:
            assert state.certificate.bound <= tol


@pytest.mark.parametrize("seed", SOUND[::4])
def test_the_certificate_is_honest_at_every_step(seed):
    """Also where nothing stops, and by the exact radius, which is smaller than its cheap bound."""
    optimum, exact_error = _truth(seed)
    newton = _newton(_case(seed))
    state = newton.start(np.zeros(newton.objective.shape))
    claims = 0
    for _ in range(12):
        inverse = newton.inverse(state.factor)
        radius = exact_radius(newton.objective, inverse)
        assert radius <= state.certificate.radius * (1 + 1e-12)
        product = state.certificate.decrement * radius
        distance = (np.abs(state.theta - optimum) / exact_error).max()
        assert distance <= state.certificate.bound
        if product < 1:
            claims += 1
            sharp = 2 * state.certificate.decrement / (1 - product)
            assert distance <= max(sharp, state.certificate.floor)
        state = newton.step(state)
    assert claims >= 3


def _landing(seed, tol):
    """A run whose last step is taken without a look, if it is certain; whether it was."""
    newton, run = _run(_case(seed), Stopping(tol=tol, doubt=False), tol)
    return newton, run, bool(np.isnan(run.history[-1].gradient_norm))


@pytest.mark.parametrize("seed", SOUND)
def test_a_step_that_is_not_looked_at_is_honest(seed):
    """The coefficients are within the bound, the standard errors within the tolerance, the value is the value."""
    optimum, exact_error = _truth(seed)
    for tol in (1.0, 0.3, *TOLERANCES[:-1]):
        newton, run, landed = _landing(seed, tol)
        if not landed:
            continue
        state, before = run.state, run.history[-2]
        assert before.bound > tol >= state.certificate.bound
        assert (np.abs(state.theta - optimum) / exact_error).max() <= state.certificate.bound
        error = np.sqrt(np.diagonal(newton.inverse(state.factor))).reshape(exact_error.shape)
        there = newton.start(state.theta)
        error_there = np.sqrt(np.diagonal(newton.inverse(there.factor))).reshape(exact_error.shape)
        assert (np.abs(error - error_there) <= tol * error_there).all()
        assert there.certificate.decrement <= state.certificate.decrement + state.certificate.floor
        assert state.at.value == pytest.approx(there.at.value, abs=before.decrement**2 * tol, rel=1e-14)
        assert state.at.loss == pytest.approx(there.at.loss, abs=before.decrement**2 * tol, rel=1e-13)
        assert newton.objective.engine.sweeps == SURVEY + len(run.history)  # one of them for ``there``


def test_steps_are_taken_without_a_look():
    landed = [tol for seed in SOUND for tol in (1.0, 0.3, *TOLERANCES[:-1]) if _landing(seed, tol)[-1]]
    assert len(landed) >= 20
    assert set(landed) >= {1.0, 1e-1, 1e-3}


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("C", [np.inf, 1.0])
def test_a_fit_may_save_its_last_sweep(K, C):
    """And its record says what it does not know."""
    rng = np.random.default_rng(4)
    X = rng.normal(size=(3000, 20))
    y = np.argmax(X[:, :K] + rng.gumbel(size=(3000, K)), axis=1)
    exact = logistica.fit(X, target=y, C=C)
    tried = [logistica.fit(X, target=y, C=C, tol=tol) for tol in np.geomspace(1.0, 1e-9, 28)]
    landed = [model for model in tried if np.isnan(model.record.history[-1].gradient_norm)]
    assert landed
    for model in landed:
        record, tol = model.record, model.fitted.fit.options.tol
        assert record.history[-1].bound == record.certificate.bound <= tol < record.history[-2].bound
        assert record.status is Status.CONVERGED
        assert model.mean_log_loss == pytest.approx(exact.mean_log_loss, rel=tol / 1000.0 + 1e-14)
        before_the_first = exact.record.sweeps - len(exact.record.history)
        assert record.sweeps == before_the_first + len(record.history) - 1
        if not np.isfinite(C):
            errors = [one.summary().coefficients.std_error for one in (model, exact)]
            np.testing.assert_allclose(*errors, rtol=tol + 1e-12)


@pytest.mark.parametrize("seed", SOUND[::5])
def test_the_exact_radius_is_the_largest_over_rows(seed):
    """Over rows and pairs of classes, by hand."""
    newton, run = _run(_case(seed), Stopping())
    objective = newton.objective
    c, case = objective.coordinates, _case(seed)
    z = (case.X - c.centre) * c.scale
    z = np.column_stack([np.ones(len(z)), z]) if case.intercept else z
    inverse = np.linalg.inv(run.state.at.hessian)
    outputs = np.vstack([np.zeros(len(c.free_outputs)), np.eye(len(c.free_outputs))])
    largest = 0.0
    for row in z:
        for a in range(len(outputs)):
            for b in range(a):
                functional = np.kron(row, outputs[a] - outputs[b])
                largest = max(largest, float(functional @ inverse @ functional))
    assert exact_radius(objective, inverse) == pytest.approx(np.sqrt(largest), rel=1e-9)


@pytest.mark.parametrize("far", [0.3, 4.0, 40.0])
@pytest.mark.parametrize("seed", range(12))
def test_the_exact_floor_covers_the_rounding_of_the_gradient(seed, far):
    """Entry by entry beside sums in more digits, near the optimum and so far out that residuals all but vanish."""
    case = replace(_case(seed), C=np.inf)
    objective, _ = _objective(case)
    c = objective.coordinates
    q, m = objective.shape
    theta = np.random.default_rng([5, seed]).normal(scale=far, size=(q, m))
    z = ((case.X - c.centre) * c.scale).astype(np.longdouble)
    z = np.column_stack([np.ones(len(z)), z]) if case.intercept else z
    eta = z @ c.outputs(theta)
    eta = np.hstack([0.0 * eta, eta]) if case.K == 2 else eta
    powers = np.exp(eta - eta.max(axis=1, keepdims=True))
    residual = powers / powers.sum(axis=1, keepdims=True)
    residual[np.arange(len(z)), case.y] = 0.0
    residual[np.arange(len(z)), case.y] = -residual.sum(axis=1)
    residual *= 1.0 if case.weights is None else case.weights[:, None]
    exact = z.T @ (residual[:, 1:] if case.K == 2 else residual[:, c.free_outputs])
    errors = np.abs(objective.evaluate(theta).gradient - exact).reshape(-1)
    for place in range(q * m):
        assert errors[place] <= exact_floor(objective, theta, np.eye(q * m)[place])


@pytest.mark.parametrize("seed", SOUND[::3])
def test_the_optimum_is_a_stationary_point(seed):
    """The first-order condition, checked from the user's side of the fit."""
    case = _case(seed)
    options = {"weights": case.weights, "C": case.C, "fit_intercept": case.intercept}
    model = logistica.fit(case.X, target=case.y, **options)
    proba = model.predict_proba(case.X)
    weights = np.ones(len(case.y)) if case.weights is None else case.weights
    residual = (proba - np.eye(case.K)[case.y]) * weights[:, None]
    gradient = residual.T @ case.X
    coef = model.coef_ if case.K > 2 else np.vstack([-model.coef_, model.coef_])
    gradient += coef / case.C
    size = np.abs(residual).T @ np.abs(case.X)
    assert (np.abs(gradient) <= 1e-9 * size).all()
    if case.intercept:
        assert (np.abs(residual.sum(axis=0)) <= 1e-9 * np.abs(residual).sum(axis=0)).all()


@pytest.mark.parametrize("seed", SOUND[::3])
def test_tolerance_zero_goes_down_to_rounding(seed):
    _, run = _run(_case(seed), Stopping(tol=0.0))
    optimum, error = _truth(seed)
    certificate = run.state.certificate
    assert run.status is Status.ROUNDING
    assert certificate.bound >= certificate.floor > 0
    assert certificate.bound < 1e-9
    assert (np.abs(run.state.theta - optimum) / error).max() <= certificate.bound
    assert len(run.history) < 30


@pytest.mark.parametrize("K", [2, 3])
def test_too_few_steps_are_said(K):
    case = _case(1 + K)
    with pytest.warns(logistica.ConvergenceWarning) as caught:
        model = logistica.fit(case.X, target=case.y % K, max_iter=1)
    record = model.record
    assert record.status is Status.MAX_ITERATIONS
    assert not record.converged
    assert record.iterations == 1
    assert len(record.history) == 2
    assert "max_iter=1" in record.message
    assert "larger max_iter" in record.message
    assert record.message in {str(warning.message) for warning in caught}
    assert "not-converged" in {note.code for note in record.notes}
    assert np.isfinite(model.coef_).all()


@pytest.mark.parametrize("seed", SOUND[::7])
def test_the_history_is_the_fit_s(seed):
    seen = []
    case = _case(seed)
    options = {"weights": case.weights, "C": case.C, "fit_intercept": case.intercept}
    model = logistica.fit(case.X, target=case.y, callback=seen.append, **options)
    history = model.record.history
    for name, heard in columns(tuple(seen)).items():
        np.testing.assert_array_equal(heard, columns(history)[name])
    assert [row.iteration for row in history] == list(range(len(history)))
    assert model.record.iterations == history[-1].iteration
    assert history[0].step_size == 0.0
    assert all(0.0 < row.step_size <= 1.0 for row in history[1:])
    assert all(0.0 <= a.seconds <= b.seconds for a, b in pairwise(history))
    slack = 1e-12 * abs(history[0].loss)
    assert all(b.loss <= a.loss + slack for a, b in pairwise(history))
    assert history[-1].bound == model.record.certificate.bound <= 1e-10
    assert history[-1].decrement == model.record.certificate.decrement
    assert model.record.sweeps >= len(history)
    assert model.record.status is Status.CONVERGED
    assert model.record.converged


def test_the_number_of_right_digits_doubles():
    """Near the optimum each decrement is at most the radius times the square of the one before."""
    for seed in SOUND[::6]:
        _, run = _run(_case(seed), Stopping())
        radius = run.state.certificate.radius
        for a, b in pairwise(run.history):
            if a.decrement * radius < 0.1 and b.decrement > 1e-13:
                assert b.decrement <= 2 * radius * a.decrement**2 + 1e-14


def test_a_start_far_out_is_no_obstacle():
    """Where all probabilities are 0 or 1 to rounding, the line search still finds its way or says that it did not."""
    case = _case(3)
    newton = _newton(case)
    _, expected = _run(case, Stopping())
    for size in (5.0, 20.0):
        start = np.full(newton.objective.shape, size)
        run = drive(newton, newton.start(start), Stopping(doubt=False, max_iter=200))
        if run.status is Status.CONVERGED:
            np.testing.assert_allclose(run.state.theta, expected.state.theta, rtol=1e-9, atol=1e-9)
        else:
            assert not np.isfinite(run.state.certificate.bound)


def test_parameters_that_are_not_free_stay():
    case = _case(2)
    newton = _newton(case)
    q, m = newton.objective.shape
    fixed = np.zeros((q, m))
    fixed[-1] = 0.25
    free = np.arange((q - 1) * m)
    part = Newton(newton.objective, free, newton.reach, newton.column_square)
    run = drive(part, part.start(fixed), Stopping())
    assert run.status is Status.CONVERGED
    assert (run.state.theta[-1] == 0.25).all()
    gradient = run.state.at.gradient
    assert np.abs(gradient[:-1]).max() < 1e-9 * len(case.y)
    assert np.abs(gradient[-1]).max() > 1e-3
    assert (part.inverse(run.state.factor)[(q - 1) * m :] == 0.0).all()


def test_a_singular_hessian_is_no_convergence():
    """Two equal columns under a penalty too small for floats to see: no answer is claimed."""
    case = _case(3)
    doubled = np.column_stack([case.X[:, 0], case.X[:, 0]])
    with pytest.warns(logistica.LogisticaWarning) as caught:
        model = logistica.fit(doubled, target=case.y, C=1e200)
    assert model.record.status is Status.STALLED
    assert not model.record.converged
    assert not np.isfinite(model.record.certificate.bound)
    assert "smaller C" in model.record.message
    assert any(warning.category is logistica.ConvergenceWarning for warning in caught)


@pytest.mark.parametrize("seed", SOUND[::10])
def test_whatever_is_called_converged_has_a_finite_bound(seed):
    """Also after few steps, from a bad start, and at tolerances out of reach."""
    newton = _newton(_case(seed))
    for start in (0.0, 3.0, 50.0):
        for max_iter in (1, 3, 200):
            theta = np.full(newton.objective.shape, start)
            run = drive(newton, newton.start(theta), Stopping(tol=0.0, doubt=False, max_iter=max_iter))
            finite = np.isfinite(run.state.certificate.bound)
            assert finite == (run.status in {Status.CONVERGED, Status.ROUNDING}) or run.status is Status.MAX_ITERATIONS
