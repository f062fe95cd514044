"""The compiled binomial loss straight from sparse rows: that of rows written out, in NumPy, up to rounding."""

import numpy as np
import pytest
from scipy import sparse

from logistica.core import compiled
from logistica.core.sparse import SparseRows
from logistica.losses import Binomial, CompiledBinomial, LinearEntries

pytestmark = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")

P = 23
SIZES = [0, 1, 7, 511, 512, 513, 1500]
forms = pytest.mark.parametrize("form", ["numbers", "ones", "empty rows"])


def case(n, form, index, *, weighted, shifted):
    rng = np.random.default_rng(n + 1)
    X = sparse.random_array((n, P), density=0.0 if form == "empty rows" else 0.3, rng=rng, format="csr")
    X.data = np.ones(X.nnz) if form == "ones" else rng.normal(size=X.nnz)
    X.sort_indices()
    X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
    offset = rng.normal(size=(n, 1)) if shifted else None
    weights = rng.uniform(0.1, 3.0, n) if weighted else None
    rows = LinearEntries(
        SparseRows.of(X, slice(0, n), ones=form == "ones"), rng.normal(size=P), float(rng.normal()), offset
    )
    return rows, X.toarray(), rng.integers(0, 2, n), weights


def terms(rows, x, y, weights):
    eta = rows.constant + (x @ rows.slopes)[:, None] + (0.0 if rows.offset is None else rows.offset)
    return Binomial().terms(eta, y, weights, (0,))


def close(found, expected, size):
    """To 1e-12 of the sum of absolute terms."""
    assert (np.abs(found - expected) <= 1e-12 * size + 1e-300).all()


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("shifted", [False, True])
@forms
def test_the_slope(n, form, index, weighted, shifted):
    rows, x, y, weights = case(n, form, index, weighted=weighted, shifted=shifted)
    at = terms(rows, x, y, weights)
    loss, gradient = CompiledBinomial().slope_of_entries(rows, y, weights)
    assert loss == pytest.approx(at.loss, rel=1e-12)
    design = np.column_stack([np.ones(n), x])
    close(gradient, (design.T @ at.residual)[:, 0], (abs(design).T @ abs(at.residual))[:, 0])


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("intercept", [True, False])
@forms
def test_the_hessian(n, form, index, weighted, intercept):
    rows, x, y, weights = case(n, form, index, weighted=weighted, shifted=True)
    rng = np.random.default_rng(2)
    centre = rng.uniform(-1.0, 1.0, P) if intercept else np.zeros(P)
    scale = np.ldexp(1.0, rng.integers(-3, 4, P))
    at = terms(rows, x, y, weights)
    found = CompiledBinomial().curved_entries(rows, y, weights, centre, scale, intercept=intercept)
    loss, gradient = CompiledBinomial().slope_of_entries(rows, y, weights)
    assert found.loss == loss
    np.testing.assert_array_equal(found.gradient, gradient)
    assert found.square == pytest.approx(at.square, rel=1e-12)
    assert found.total == pytest.approx(at.total, rel=1e-12)
    z, size = (x - centre) * scale, (abs(x) + abs(centre)) * scale
    if intercept:
        z, size = np.column_stack([np.ones(n), z]), np.column_stack([np.ones(n), size])
    bend = (np.ones(n) if weights is None else weights) * (at.proba * (1.0 - at.proba))[:, 0]
    close(found.hessian, z.T @ (bend[:, None] * z), size.T @ (bend[:, None] * size))
    np.testing.assert_array_equal(found.hessian, found.hessian.T)
