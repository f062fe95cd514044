"""The radius that a certificate needs, of sparse rows: entry by entry as of rows written out."""

import numpy as np
import pytest
from scipy import sparse

from logistica.data.design import DenseDesign, SparseDesign
from logistica.data.source import MemorySource
from logistica.engines import NumpyEngine
from logistica.losses import loss_for
from logistica.objective import Coordinates, Objective
from logistica.objective.linear import products_of_entries
from logistica.solvers.certificate import exact_radius


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("ones", [True, False])
def test_the_exact_radius_of_sparse_rows_is_that_of_rows_written_out(K, intercept, ones):
    rng = np.random.default_rng(K)
    X = sparse.random_array((700, 40), density=0.1, rng=rng, format="csr")
    X.data = np.ones(X.nnz) if ones else X.data + 0.5
    y = rng.integers(0, K, 700)
    centre = X.mean(axis=0) if intercept else np.zeros(40)
    coordinates = Coordinates(centre, np.full(40, 2.0), intercept, 1 if K == 2 else K, None if K == 2 else 0)
    found = []
    for design in (SparseDesign(X), DenseDesign(X.toarray())):
        objective = Objective(loss_for(K), None, MemorySource(design, y), NumpyEngine(2), coordinates)
        at = objective.evaluate(np.zeros(objective.shape))
        found.append((at.hessian, exact_radius(objective, np.linalg.inv(at.hessian))))
    (hessian, radius), (written_out, expected) = found
    assert products_of_entries(coordinates, SparseDesign(X))
    np.testing.assert_allclose(hessian, written_out, rtol=0, atol=1e-12 * np.abs(written_out).max())
    assert radius == pytest.approx(expected, rel=1e-10)
    assert radius >= expected * (1.0 - 1e-14)
