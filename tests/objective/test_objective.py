"""The objective against a plain dense computation and finite differences; the way back to the user's columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy import sparse

import logistica
from logistica.data.design import ColumnsDesign, DenseDesign, FactorPart, NumericPart, SparseDesign
from logistica.data.source import MemorySource
from logistica.engines import NumpyEngine
from logistica.losses import loss_for
from logistica.objective import Coordinates, Objective, coded
from logistica.penalties import Ridge

N = 1500
CLASSES = [2, 3, 5]


@pytest.fixture(autouse=True)
def by_codes_however_few(request, monkeypatch):
    """Have factors read by their codes where a test is about that."""
    given = getattr(request.node, "callspec", None)
    if given is not None and "codes" in (given.params.get("kind"), given.params.get("settings", {}).get("kind")):
        monkeypatch.setattr(coded, "FEWEST_ROWS", 1)


def _designs(X):
    codes = X[:, 2].astype(int) + 2 * X[:, 3].astype(int)
    columns = ColumnsDesign(len(X), [NumericPart(X[:, 0]), NumericPart(X[:, 1]), FactorPart(codes, 2)])
    return {
        "dense": DenseDesign(X),
        "fortran": DenseDesign(np.asfortranarray(X)),
        "sparse": SparseDesign(sparse.csr_array(X)),
        "columns": columns,
        "codes": columns,
    }


@dataclass(frozen=True)
class Problem:
    """An objective, and everything that its naive counterpart needs."""

    objective: Objective
    X: np.ndarray
    y: np.ndarray
    weights: np.ndarray
    offset: np.ndarray
    strength: np.ndarray

    @property
    def theta(self):
        return np.random.default_rng(5).normal(scale=0.5, size=self.objective.shape)


def _problem(K, *, intercept=True, weighted=True, offset=True, ridge=True, kind="dense", scaled=True, threads=1):
    rng = np.random.default_rng(K)
    level = rng.integers(3, size=N)
    X = np.column_stack([rng.normal(size=(N, 2)).round(3) * [1.0, 40.0], level == 1, level == 2]).astype(float)
    X[rng.random(N) < 0.3, 0] = 0.0
    y = rng.integers(K, size=N)
    outputs = 1 if K == 2 else K
    weights = rng.uniform(0.25, 3.0, size=N) if weighted else None
    offsets = rng.normal(size=(N, outputs)) if offset else None
    centre = np.array([0.1, -3.0, 0.25, 0.5]) if scaled and intercept else np.zeros(4)
    scale = np.array([2.0, 2.0**-5, 1.0, 0.5]) if scaled else np.ones(4)
    coordinates = Coordinates(centre, scale, intercept, outputs, None if K == 2 else 1)
    strength = np.concatenate([np.zeros(int(intercept)), [0.0, 3.0, 0.7, 2.0]])
    objective = Objective(
        loss_for(K),
        Ridge(strength, coordinates.metric) if ridge else None,
        MemorySource(_designs(X)[kind], y, weights, offsets),
        NumpyEngine(threads),
        coordinates,
    )
    return Problem(
        objective,
        X,
        y,
        np.ones(N) if weights is None else weights,
        np.zeros((N, outputs)) if offsets is None else offsets,
        strength if ridge else np.zeros_like(strength),
    )


def _naive(problem, theta):
    """Value, gradient (q, m) and Hessian (q, m, q, m), row by row from the textbook's formulas."""
    c, K = problem.objective.coordinates, problem.objective.loss.n_classes
    z = (problem.X - c.centre) * c.scale
    z = np.column_stack([np.ones(N), z]) if c.intercept else z
    full = np.zeros((z.shape[1], K))
    free = [1] if K == 2 else [k for k in range(K) if k != c.reference]
    full[:, free] = theta
    offset = np.column_stack([np.zeros(N), problem.offset]) if K == 2 else problem.offset
    powers = np.exp(z @ full + offset)
    proba = powers / powers.sum(axis=1, keepdims=True)
    value = -np.sum(problem.weights * np.log(proba[np.arange(N), problem.y]))
    residual = (proba - np.eye(K)[problem.y]) * problem.weights[:, None]
    gradient = z.T @ residual[:, free]
    curvature = np.einsum("ia,ab->iab", proba, np.eye(K)) - np.einsum("ia,ib->iab", proba, proba)
    curvature = curvature[:, free][:, :, free]
    hessian = np.einsum("i,ip,iab,iq->paqb", problem.weights, z, curvature, z, optimize=True)
    about_mean = full - full.mean(axis=1, keepdims=True) if K > 2 else full
    value += 0.5 * np.sum(problem.strength[:, None] * about_mean**2)
    gradient = gradient + problem.strength[:, None] * about_mean[:, free]
    metric = np.eye(len(free)) - (1.0 / K if K > 2 else 0.0)
    hessian += np.einsum("pq,ab->paqb", np.diag(problem.strength), metric)
    return value, gradient, hessian


SETTINGS = [
    pytest.param({}, id="everything"),
    pytest.param({"weighted": False}, id="no-weights"),
    pytest.param({"offset": False}, id="no-offset"),
    pytest.param({"ridge": False}, id="no-ridge"),
    pytest.param({"intercept": False}, id="no-intercept"),
    pytest.param({"scaled": False}, id="users-coordinates"),
    pytest.param({"weighted": False, "offset": False, "ridge": False}, id="plain"),
    pytest.param({"kind": "fortran"}, id="fortran"),
    pytest.param({"kind": "sparse"}, id="sparse"),
    pytest.param({"kind": "columns"}, id="columns"),
    pytest.param({"kind": "codes"}, id="codes"),
    pytest.param({"threads": 2}, id="two-threads"),
]


@pytest.mark.parametrize("settings", SETTINGS)
@pytest.mark.parametrize("K", CLASSES)
def test_against_the_textbook(K, settings):
    problem = _problem(K, **settings)
    at = problem.objective.evaluate(problem.theta)
    value, gradient, hessian = _naive(problem, problem.theta)
    assert at.value == pytest.approx(value, rel=1e-12)
    assert problem.objective.value(problem.theta) == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(at.gradient, gradient, rtol=0, atol=1e-11 * np.abs(problem.weights).sum())
    size = at.gradient.size
    np.testing.assert_allclose(at.hessian, hessian.reshape(size, size), rtol=0, atol=1e-12 * np.abs(hessian).max())
    np.testing.assert_array_equal(at.hessian, at.hessian.T)
    assert np.linalg.eigvalsh(at.hessian).min() > 0


@pytest.mark.parametrize("K", CLASSES)
def test_against_finite_differences(K):
    problem = _problem(K)
    objective, theta, step = problem.objective, problem.theta, 1e-5
    at = objective.evaluate(theta)
    for place in range(theta.size):
        move = np.zeros(theta.size)
        move[place] = step
        move = move.reshape(theta.shape)
        up, down = objective.evaluate(theta + move), objective.evaluate(theta - move)
        slope = (up.value - down.value) / (2 * step)
        assert at.gradient.flat[place] == pytest.approx(slope, abs=1e-6 * N)
        change = (up.gradient - down.gradient).reshape(-1) / (2 * step)
        np.testing.assert_allclose(at.hessian[place], change, rtol=0, atol=1e-8 * N)


@pytest.mark.parametrize("K", CLASSES)
def test_the_loss_is_the_value_without_the_penalty(K):
    with_ridge, without = _problem(K), _problem(K, ridge=False)
    at, plain = (p.objective.evaluate(p.theta) for p in (with_ridge, without))
    assert at.loss == plain.loss == plain.value
    assert at.value - at.loss == pytest.approx(with_ridge.objective.penalty.value(with_ridge.theta), rel=1e-10)
    assert at.residual_square == plain.residual_square > 0


@pytest.mark.parametrize("K", CLASSES)
def test_questions_cost_one_sweep_each(K):
    problem = _problem(K)
    problem.objective.value(problem.theta)
    problem.objective.evaluate(problem.theta)
    problem.objective.values_along(problem.theta, problem.theta, np.array([0.5, 0.25, 0.125]))
    assert problem.objective.engine.sweeps == 3


@pytest.mark.parametrize("kind", ["dense", "fortran", "sparse", "columns", "codes"])
@pytest.mark.parametrize("ridge", [False, True])
@pytest.mark.parametrize("K", CLASSES)
def test_several_step_sizes_at_once(K, kind, ridge):
    problem = _problem(K, kind=kind, ridge=ridge)
    objective, theta = problem.objective, problem.theta
    direction = np.random.default_rng(6).normal(size=theta.shape)
    sizes = np.array([1.0, 0.5, 0.125, 0.0])
    expected = [objective.value(theta + size * direction) for size in sizes]
    np.testing.assert_allclose(objective.values_along(theta, direction, sizes), expected, rtol=1e-13)


@pytest.mark.parametrize("K", [3, 5])
@pytest.mark.parametrize("reference", [0, 1, 2])
def test_the_reference_class_changes_only_the_coordinates(K, reference):
    """The same function of the K x p coefficients, whichever class is written as zero."""
    problem = _problem(K)
    full = problem.objective.coordinates.outputs(problem.theta)
    c = problem.objective.coordinates
    other = Coordinates(c.centre, c.scale, c.intercept, c.n_outputs, reference)
    moved = Objective(
        problem.objective.loss,
        Ridge(problem.strength, other.metric),
        problem.objective.source,
        NumpyEngine(1),
        other,
    )
    theta = (full - full[:, [reference]])[:, other.free_outputs]
    assert moved.value(theta) == pytest.approx(problem.objective.value(problem.theta), rel=1e-13)
    for a, b in zip(other.to_user(theta), c.to_user(problem.theta), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("K", CLASSES)
@pytest.mark.parametrize("intercept", [True, False])
def test_the_way_back_to_the_user_s_columns(K, intercept):
    """z theta = intercept + x coef, up to what a softmax ignores; the coefficients sum to zero over classes."""
    problem = _problem(K, intercept=intercept)
    c, theta = problem.objective.coordinates, problem.theta
    coef, constant = c.to_user(theta)
    z = (problem.X - c.centre) * c.scale
    z = np.column_stack([np.ones(N), z]) if intercept else z
    solver, user = z @ c.outputs(theta), problem.X @ coef.T + constant
    if K > 2:
        solver = solver - solver.mean(axis=1, keepdims=True)
        np.testing.assert_allclose(coef.sum(axis=0), 0.0, rtol=0, atol=1e-14)
        assert abs(constant.sum()) < 1e-13
    np.testing.assert_allclose(user, solver, rtol=0, atol=1e-11)
    assert coef.shape == (c.n_outputs, 4)
    assert constant.shape == (c.n_outputs,)
    if not intercept:
        assert (constant == 0.0).all()


@pytest.mark.parametrize("K", CLASSES)
@pytest.mark.parametrize("C", [np.inf, 2.0])
@pytest.mark.parametrize("intercept", [True, False])
def test_the_fitted_coefficients_give_the_decision_function(K, C, intercept):
    problem = _problem(K)
    shifted = problem.X + np.array([0.0, 50.0, 0.0, 0.0])
    model = logistica.fit(shifted, target=problem.y, weights=problem.weights, C=C, fit_intercept=intercept)
    eta = shifted @ model.coef_.T + model.intercept_
    decision = model.decision_function(shifted)
    np.testing.assert_allclose(decision if K > 2 else decision[:, None], eta, rtol=0, atol=1e-11)


def test_an_aliased_column_has_scale_zero_and_coefficient_zero():
    c = Coordinates(np.array([1.0, 2.0]), np.array([0.5, 0.0]), True, 1, None)
    coef, intercept = c.to_user(np.array([[3.0], [4.0], [1e9]]))
    assert coef.tolist() == [[2.0, 0.0]]
    assert intercept.tolist() == [1.0]


def test_a_ridge_of_coefficients_whose_squares_are_beyond_all_numbers():
    """Of a column with values of 1e150 a coefficient of 1e10 is 1e160 in the solver's coordinates."""
    ridge = Ridge(np.array([0.0, 1e-300]), np.eye(1))
    assert ridge.value(np.array([[1e200], [1e160]])) == pytest.approx(0.5e20, rel=1e-14)
