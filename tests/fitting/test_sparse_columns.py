"""A survey of sparse columns finds what one of the same columns written out finds."""

import numpy as np
import pytest
from scipy import sparse

from logistica.core import compiled
from logistica.core.sparse import SparseRows
from logistica.data.read import read
from logistica.engines import NumpyEngine
from logistica.fitting import sparse_columns
from logistica.fitting.columns import survey
from logistica.losses import loss_for

N = 3000


def columns():
    """Rare, common, full, constant, absent, of either sign, far from zero, and with few values far from all others."""
    rng = np.random.default_rng(8)
    here = rng.random((N, 9))
    normal = rng.normal(size=(N, 9))
    heavy = normal[:, 8] * np.where(here[:, 8] < 0.001, 1e9, 1.0)
    return np.column_stack(
        [
            np.where(here[:, 0] < 0.01, normal[:, 0], 0.0),
            np.where(here[:, 1] < 0.6, np.abs(normal[:, 1]), 0.0),
            np.where(here[:, 2] < 0.3, -np.abs(normal[:, 2]), 0.0),
            normal[:, 3],
            np.full(N, 3.5),
            np.zeros(N),
            2000.0 + 1e-3 * normal[:, 6],
            np.where(here[:, 7] < 0.9, 40.0 * normal[:, 7] + 5.0, 0.0),
            heavy,
        ]
    )


@pytest.fixture(params=["compiled", "numpy"])
def way(request, monkeypatch):
    if request.param == "numpy":
        monkeypatch.setattr(sparse_columns, "library", lambda: None)
    elif compiled.library() is None:
        pytest.skip("nothing was compiled: no C compiler here")


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
@pytest.mark.parametrize("kept", [np.arange(N), np.arange(0, N, 2), np.arange(37)], ids=["all", "half", "few"])
def test_it_is_the_dense_one(index, intercept, weighted, kept):
    X = columns()
    rng = np.random.default_rng(9)
    y = rng.integers(3, size=N)
    weights = rng.uniform(0.1, 3.0, size=N) if weighted else np.ones(N)
    weights[np.setdiff1d(np.arange(N), kept)] = 0.0
    names = tuple("abcdefghi")
    found = []
    entries = sparse.csr_array(X)
    entries.indices, entries.indptr = entries.indices.astype(index), entries.indptr.astype(index)
    for data in (X, entries):
        source = read(data, target=y, weights=weights).source
        found.append(survey(NumpyEngine(1), source, loss_for(3), names, intercept=intercept, gram=False))
    dense, entries = found
    np.testing.assert_array_equal(entries.low, dense.low)
    np.testing.assert_array_equal(entries.high, dense.high)
    np.testing.assert_array_equal(entries.coordinates.scale, dense.coordinates.scale)
    shift = (entries.coordinates.centre - dense.coordinates.centre) * dense.coordinates.scale
    assert np.abs(shift).max() <= 1e-12
    np.testing.assert_allclose(entries.deviation, dense.deviation, rtol=1e-12)
    np.testing.assert_allclose(entries.square, dense.square, rtol=1e-12)
    np.testing.assert_array_equal(entries.class_weight, dense.class_weight)


@pytest.mark.usefixtures("way")
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_spans_of_classes(index):
    X, y = columns(), np.random.default_rng(10).integers(3, size=N)
    y[X[:, 0] != 0.0] = 1  # so that one class has a value in every row, and the others none
    X[y == 1, 0] += 100.0
    entries = sparse.csr_array(X)
    entries.indices, entries.indptr = entries.indices.astype(index), entries.indptr.astype(index)
    low, high = sparse_columns.span_by_class(SparseRows.of(entries, slice(0, N)), y, 4)
    for code in range(3):
        np.testing.assert_array_equal(low[code], X[y == code].min(axis=0))
        np.testing.assert_array_equal(high[code], X[y == code].max(axis=0))
    assert (low[3] == np.inf).all()
    assert (high[3] == -np.inf).all()
