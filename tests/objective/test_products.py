"""Hessian-vector products, and everything from sparse rows, against dense matrices and differences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import sparse

from logistica.data.design import DenseDesign, SparseDesign
from logistica.data.source import MemorySource
from logistica.engines import NumpyEngine
from logistica.losses import loss_for
from logistica.objective import Coordinates, Objective, products_at
from logistica.penalties import Ridge

N, P = 40_000, 9
CLASSES = [2, 4]
SETTINGS = [
    pytest.param({}, id="everything"),
    pytest.param({"weighted": False, "offset": False}, id="plain"),
    pytest.param({"ridge": False}, id="no-ridge"),
    pytest.param({"intercept": False}, id="no-intercept"),
    pytest.param({"all_outputs": True}, id="all-outputs"),
    pytest.param({"chosen": True}, id="some-rows"),
    pytest.param({"far": 500.0}, id="far-from-zero"),
    pytest.param({"far": 1e7}, id="too-far-from-zero"),
    pytest.param({"dtype": np.float32}, id="float32"),
]
settings = pytest.mark.parametrize("settings", SETTINGS)
classes = pytest.mark.parametrize("K", CLASSES)
kinds = pytest.mark.parametrize("kind", ["dense", "sparse"])


def objective(
    K,
    kind="sparse",
    *,
    weighted=True,
    offset=True,
    ridge=True,
    intercept=True,
    all_outputs=False,
    chosen=False,
    far=0.5,
    dtype=np.float64,
    threads=1,
):
    rng = np.random.default_rng(K)
    outputs = 1 if K == 2 else K
    X = np.where(rng.random((N, P)) < 0.2, rng.normal(size=(N, P)), 0.0)
    X[:, 0] = rng.normal(size=N) + (far if intercept else 0.0)
    X = X.astype(dtype)
    centre = np.array([far, 0.1, 0.0, -0.2, 0.0, 1.0, 0.3, 0.0, -0.1]) if intercept else np.zeros(P)
    coordinates = Coordinates(centre, 2.0 ** np.arange(-2, P - 2), intercept, outputs, None if K == 2 else 1)
    if all_outputs:
        coordinates = coordinates.with_all_outputs()
    rows = rng.permutation(N)[: N // 2] if chosen else None
    n = N if rows is None else len(rows)
    source = MemorySource(
        DenseDesign(X) if kind == "dense" else SparseDesign(sparse.csr_array(X)),
        rng.integers(K, size=n),
        rng.uniform(0.25, 3.0, size=n) if weighted else None,
        rng.normal(size=(n, outputs)) if offset else None,
        rows,
    )
    strength = np.concatenate([np.zeros(int(intercept)), rng.uniform(0.0, 50.0, size=P)])
    penalty = Ridge(strength, coordinates.metric) if ridge else None
    return Objective(loss_for(K), penalty, source, NumpyEngine(threads), coordinates)


def point(one, seed=5):
    return np.random.default_rng(seed).normal(scale=0.3, size=one.shape)


def absolute(one):
    """Return |z|, of the columns and the centres that they are made from, shape (n, q), and the weights."""
    c, block = one.coordinates, next(one.source.blocks(one.source.n_rows))
    x = np.empty((one.source.n_rows, P))
    block.fill(x)
    z = (np.abs(x) + np.abs(c.centre)) * c.scale
    z = np.column_stack([np.ones(len(z)), z]) if c.intercept else z
    return z, np.ones(len(z)) if block.weights is None else block.weights


def gradient_terms(one, theta):
    """Return the sum of absolute terms of each entry of the gradient, shape (q, 1)."""
    z, weights = absolute(one)
    return z.T @ weights[:, None] + penalty_terms(one, theta)


def product_terms(one, direction):
    """Return the sum of absolute terms of each entry of the Hessian's product with a direction, shape (q, 1)."""
    z, weights = absolute(one)
    along = (z @ np.abs(direction)).sum(axis=1) * weights
    return (z.T @ along)[:, None] + penalty_terms(one, direction)


def penalty_terms(one, theta):
    return 0.0 if one.penalty is None else one.penalty.strength[:, None] * np.abs(theta).sum(axis=1, keepdims=True)


@settings
@classes
def test_sparse_is_dense(K, settings):
    dense, entries = objective(K, "dense", **settings), objective(K, "sparse", **settings)
    theta = point(dense)
    value = dense.value(theta)
    assert entries.value(theta) == pytest.approx(value, rel=1e-12)
    assert entries.slope(theta).value == pytest.approx(value, rel=1e-12)
    change = np.abs(entries.slope(theta).gradient - dense.slope(theta).gradient)
    assert (change <= 1e-12 * gradient_terms(dense, theta)).all()
    change = np.abs(products_at(entries, theta).times(theta) - products_at(dense, theta).times(theta))
    assert (change <= 1e-12 * product_terms(dense, theta)).all()


@settings
@classes
@kinds
def test_products_are_the_hessian_s(K, kind, settings):
    one = objective(K, kind, **settings)
    theta, direction = point(one), point(one, seed=6)
    at, exact = products_at(one, theta), one.evaluate(theta)
    assert at.slope.value == pytest.approx(exact.value, rel=1e-12)
    assert at.residual_square == pytest.approx(exact.residual_square, rel=1e-12)
    assert at.residual_sum == pytest.approx(exact.residual_sum, rel=1e-12)
    change = at.times(direction) - (exact.hessian @ direction.reshape(-1)).reshape(one.shape)
    assert (np.abs(change) <= 1e-12 * product_terms(one, direction)).all()
    m = one.shape[1]
    np.testing.assert_allclose(at.diagonal().reshape(-1), exact.hessian.diagonal(), rtol=1e-8)
    if one.coordinates.intercept:
        np.testing.assert_allclose(at.curvature(), exact.hessian[:m, :m], rtol=0, atol=1e-8)


@classes
@kinds
def test_products_are_differences_of_gradients(K, kind):
    one, step = objective(K, kind), 1e-5
    theta, direction = point(one), point(one, seed=7)
    up, down = one.slope(theta + step * direction).gradient, one.slope(theta - step * direction).gradient
    product = products_at(one, theta).times(direction)
    np.testing.assert_allclose(product, (up - down) / (2 * step), rtol=0, atol=1e-8 * np.abs(product).max())


@classes
@kinds
def test_the_same_bits_for_any_number_of_threads(K, kind):
    found = []
    for threads in (1, 2, 3):
        one = objective(K, kind, threads=threads)
        at = products_at(one, point(one))
        found.append((one.value(point(one)), one.slope(point(one)).gradient, at.times(point(one)), at.diagonal()))
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            np.testing.assert_array_equal(a, b)


@classes
def test_sparse_rows_are_never_written_out(K, monkeypatch):
    def fill(*_):
        raise AssertionError("a dense block was filled")

    monkeypatch.setattr(SparseDesign, "fill", fill)
    one = objective(K, "sparse")
    at = products_at(one, point(one))
    assert np.isfinite([one.value(point(one)), one.slope(point(one)).value]).all()
    assert np.isfinite([at.times(point(one)), at.diagonal()]).all()


def test_each_is_one_sweep():
    one = objective(2)
    at = products_at(one, point(one))
    at.times(point(one))
    at.diagonal()
    assert one.engine.sweeps == 3
