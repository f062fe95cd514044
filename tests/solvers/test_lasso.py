"""L1 by proximal steps: optimality conditions at the end, exact zeros, and a duality gap that is never too small."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest

from logistica import SGD, GradientDescent
from logistica.data.read import read
from logistica.fitting import FitOptions
from logistica.fitting.first_order import _by_the_gap
from logistica.fitting.problem import prepare
from logistica.objective import MeanObjective
from logistica.solvers.stopping import CLOSE_GAP
from tests.solvers import loops
from tests.solvers.lasso_problems import CASES, lasso_case, lasso_rows
from tests.solvers.quiet import quiet_fit

LONG = GradientDescent(epochs=1500)


@cache
def _best(name):
    X, arguments, _, _ = lasso_case(name)
    return quiet_fit(X, solver=LONG, **arguments)


@pytest.mark.parametrize("name", CASES)
def test_optimality_at_the_end(name):
    """Where a coefficient is not zero the gradient is minus its sign times the penalty, elsewhere it is smaller."""
    _, _, plain, deviation = lasso_case(name)
    model = _best(name)
    coef = model.coef_ * deviation
    g, g0 = loops.gradient(plain, coef, model.intercept_)
    strength = plain.lasso / plain.total
    zero = coef == 0.0
    assert zero.any()
    assert not zero.all()
    np.testing.assert_allclose(g[~zero], -np.sign(coef[~zero]) * strength, rtol=0, atol=1e-7 * strength)
    assert (np.abs(g[zero]) <= strength * (1.0 + 1e-9)).all()
    np.testing.assert_allclose(g0, 0.0, atol=1e-9)
    assert model.record.converged
    assert model.record.certificate.gap <= 1e-12
    assert math.isinf(model.record.certificate.bound)


@pytest.mark.parametrize("name", ["two classes", "elastic net, three classes"])
@pytest.mark.parametrize("momentum", [0.0, 0.8, 0.95])
@pytest.mark.parametrize("nesterov", [False, True], ids=["Polyak", "Nesterov"])
def test_every_momentum_comes_to_the_same_end(name, momentum, nesterov):
    if nesterov and not momentum:
        nesterov = None
    X, arguments, _, _ = lasso_case(name)
    best = _best(name)
    model = quiet_fit(X, solver=GradientDescent(epochs=1500, momentum=momentum, nesterov=nesterov), **arguments)
    np.testing.assert_allclose(model.coef_, best.coef_, rtol=1e-5, atol=1e-8)
    np.testing.assert_array_equal(model.coef_ == 0.0, best.coef_ == 0.0)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("solver", [GradientDescent(), SGD(epochs=30)], ids=["gradient-descent", "sgd"])
def test_the_gap_is_at_least_the_excess_at_every_epoch(name, solver):
    X, arguments, plain, deviation = lasso_case(name)
    best = _best(name)
    lowest = loops.objective(plain, best.coef_ * deviation, best.intercept_)
    options = {
        key: value for key, value in arguments.items() if key in {"C", "l1_ratio", "fit_intercept", "standardize"}
    }
    dataset = read(X, target=arguments["target"], weights=arguments["weights"], offset=arguments["offset"])
    problem = prepare(dataset, FitOptions(solver=solver, **options))
    coordinates = problem.columns.coordinates.with_all_outputs()
    mean = MeanObjective(problem.objective(coordinates), problem.lasso(coordinates))
    method = solver.method(mean, 0)
    state, gaps = method.start(np.zeros(coordinates.shape)), []
    for _ in range(75):
        gap = _by_the_gap(problem, mean, state).gap * state.row.loss
        excess = state.row.loss - lowest
        assert gap >= excess - 1e-14
        gaps.append(gap)
        state = method.step(state)
    assert gaps[-1] < 0.5 * gaps[0]


def test_a_large_penalty_leaves_only_the_intercept():
    for K in (2, 3):
        X, y, weights, _ = lasso_rows(K, weights=True)
        model = quiet_fit(X, target=y, weights=weights, C=1e-6, l1_ratio=1.0, solver=LONG)
        assert (model.coef_ == 0.0).all()
        share = np.bincount(y, weights) / weights.sum()
        np.testing.assert_allclose(model.predict_proba(X[:1])[0], share, rtol=1e-9)


def test_stochastic_descent_comes_close():
    X, arguments, plain, deviation = lasso_case("two classes")
    model = quiet_fit(X, solver="sgd", **arguments)
    best = _best("two classes")
    low = loops.objective(plain, best.coef_ * deviation, best.intercept_)
    assert loops.objective(plain, model.coef_ * deviation, model.intercept_) <= low * (1.0 + 1e-3)


def test_what_is_said():
    """The gap decides about the warning, and the record and the summary give it instead of standard errors."""
    X, arguments, _, _ = lasso_case("two classes")
    near, far = (quiet_fit(X, solver=GradientDescent(epochs=epochs), **arguments) for epochs in (1000, 3))
    assert near.record.certificate.gap <= CLOSE_GAP < far.record.certificate.gap
    assert near.record.converged
    assert not far.record.converged
    assert "not-converged" in {note.code for note in far.record.notes}
    assert "not-converged" not in {note.code for note in near.record.notes}
    for model in (near, far):
        assert "above its minimum (duality gap)" in model.record.message
    assert "Not converged" not in near.record.message
    assert "Not converged: the objective is at most" in far.record.message
    assert far.record.message.endswith("More epochs bring it closer.")
    assert f"to {near.record.certificate.gap:.1e} of the objective" in str(near.summary())
    table = near.summary()
    assert np.isnan(table.coefficients.std_error).all()
    assert "with an L1 penalty estimates are zero with positive probability" in " ".join(str(table).split())


def test_where_no_gap_is_known_none_is_stated():
    """Offsets that leave no finite intercept leave no dual point either."""
    y = np.repeat([0, 1], 20)
    offset = np.where(y == 1, 800.0, -800.0)
    for solver in ("gradient-descent", "sgd"):
        model = quiet_fit(np.arange(40.0)[:, None], target=y, offset=offset, C=1.0, l1_ratio=1.0, solver=solver)
        assert math.isnan(model.record.certificate.gap)
        assert not model.record.converged
        assert "Nothing is certain yet about how far the optimum is. More epochs" in model.record.message
        assert "nan" not in str(model.summary())


@pytest.mark.parametrize("K", [2, 3])
def test_more_columns_than_rows(K):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(60, 200))
    y = np.argmax(X[:, :K] + rng.gumbel(size=(60, K)), axis=1)
    model = quiet_fit(X, target=y, C=0.15, l1_ratio=1.0, solver=LONG)
    assert model.record.certificate.gap < 1e-9
    assert 0 < np.count_nonzero(model.coef_.any(axis=0)) < 60
