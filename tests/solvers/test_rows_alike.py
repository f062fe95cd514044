"""Rows that are all alike: centred, nothing is left of them but rounding."""

import numpy as np
import pytest
from scipy import sparse

import logistica
from logistica.data.arrays import matrix
from logistica.data.source import MemorySource
from logistica.engines import NumpyEngine
from logistica.losses import loss_for
from logistica.objective import Coordinates, Objective
from logistica.objective.objective import longest_row
from logistica.solvers.driver import Status
from logistica.solvers.matrix_free.newton_cg import NewtonCG

N, P = 20, 3000
Y = np.arange(N) % 2
ALIKE = np.tile(np.where(np.arange(P) % 3 == 0, 0.3, 0.0), (N, 1))


@pytest.mark.parametrize("solver", ["auto", "newton-cg", "lbfgs"])
def test_rows_that_are_all_alike(solver):
    model = logistica.fit(sparse.csr_array(ALIKE), target=Y, C=1.0, solver=solver)
    assert model.record.status in {Status.CONVERGED, Status.ROUNDING}
    np.testing.assert_allclose(model.coef_, 0.0, atol=1e-12)
    np.testing.assert_allclose(model.predict_proba(sparse.csr_array(ALIKE)), 0.5, atol=1e-12)


def objective(X, centre, **weights):
    coordinates = Coordinates(centre, np.ones(X.shape[1]), True, 1, None)
    source = MemorySource(matrix(X).design, Y.astype(np.intp), **weights)
    return Objective(loss_for(2), None, source, NumpyEngine(1), coordinates)


@pytest.mark.parametrize("make", [sparse.csr_array, np.asarray], ids=["sparse", "dense"])
@pytest.mark.parametrize("apart", [0.0, 1e-12, 1e-4, 1.0])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_longest_row_is_never_too_short(make, apart, weighted):
    rng = np.random.default_rng(0)
    X = 3.3 * (rng.random(300) < 0.5) + apart * rng.normal(size=(N, 300))
    centre, values = X.mean(axis=0), np.r_[0.0, rng.uniform(0.1, 9.0, 300)]
    weights = rng.uniform(0.5, 2.0, N)
    exact = (X.astype(np.longdouble) - centre) ** 2 @ values[1:].astype(np.longdouble)
    expected = float((exact * weights if weighted else exact).max())
    found = longest_row(objective(make(X), centre, weights=weights), values, weighted=weighted)
    terms = float((X**2 @ values[1:]).max() * weights.max())
    assert expected <= found <= expected * (1 + 1e-12) + 1e-12 * terms


def test_a_scaling_that_is_not_positive_is_no_error():
    X = np.random.default_rng(1).normal(size=(N, 2))
    solver = NewtonCG(objective(X, X.mean(axis=0)), None, 1e-6, preconditioner=lambda at: np.negative)
    assert solver.start(np.zeros((3, 1))).size == 0.0
