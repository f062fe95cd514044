"""The lowest point of a quadratic with an L1 penalty: from face to face by few factorisations."""

from __future__ import annotations

import numpy as np
import pytest

import logistica
from logistica.core.linalg import factorise
from logistica.solvers.driver import Status
from logistica.solvers.proximal import gram_model


@pytest.mark.parametrize("seed", range(5))
def test_a_path_along_faces_goes_down_to_the_first_lowest_point(seed):
    """On which coefficients that became zero stay; the gradient is that of where it ends."""
    rng = np.random.default_rng(seed)
    root = rng.normal(size=(12, 8))
    hessian, held, signed = root.T @ root, rng.normal(size=8), np.arange(8) != 3
    steep = 5.0 * rng.normal(size=8)
    move = -np.linalg.solve(hessian, steep)
    to, steep_there, crossed = gram_model.along_face(hessian, steep, held, move, signed)

    def value(at):
        return steep @ (at - held) + (at - held) @ hessian @ (at - held) / 2.0

    def bent(share):
        return np.where(signed & (held * (held + share * move) < 0.0), 0.0, held + share * move)

    np.testing.assert_allclose(steep_there, steep + hessian @ (to - held), atol=1e-12)
    assert (to[crossed] == 0.0).all()
    assert (held * to >= 0.0)[signed].all()
    shares = np.linspace(0.0, 1.0, 2001)
    values = np.array([value(bent(share)) for share in shares])
    first = values[np.argmax(np.append(np.diff(values), 1.0) > 0.0)]
    assert value(to) == pytest.approx(first, abs=1e-4)
    assert value(to) < 0.0


@pytest.mark.parametrize("kind", ["correlated", "twice", "levels", "wide"])
@pytest.mark.parametrize("K", [3, 8])
def test_weak_penalties_on_many_classes_take_few_rounds(kind, K, monkeypatch):
    """Rows of a softmax can be moved as a whole, and columns stand for each other: faces lie close together."""
    rng = np.random.default_rng(K)
    n, p = (60, 90) if kind == "wide" else (150, 30)
    X = rng.normal(size=(n, p)) + (5.0 * rng.normal(size=(n, 1)) if kind == "correlated" else 0.0)
    if kind == "twice":
        X[:, 20:] = X[:, :10]
    if kind == "levels":
        X = np.hstack([np.eye(8)[rng.integers(0, 8, n)] for _ in range(4)])
    y = np.argmax(X[:, :8] @ rng.normal(size=(8, K)) + rng.gumbel(size=(n, K)), axis=1)
    y[:K] = np.arange(K)
    found = []
    monkeypatch.setattr(gram_model, "factorise", lambda matrix: found.append(len(matrix)) or factorise(matrix))
    for C in (1e1, 1e3):
        found.clear()
        record = logistica.fit(X, target=y, C=C, l1_ratio=1.0, solver="proximal-newton").record
        assert record.status is Status.CONVERGED
        assert len(found) <= 6 * record.iterations
        assert record.iterations <= 50
