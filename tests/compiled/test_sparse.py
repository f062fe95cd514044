"""Products of sparse rows: compiled or by SciPy, those of the rows written out."""

import numpy as np
import pytest
from scipy import sparse

from logistica.core import compiled
from logistica.core import sparse as sparse_rows
from logistica.core.sparse import SparseRows
from logistica.data.design import FIRST_ENTRIES, SparseDesign

N, P = 300, 70


@pytest.fixture(params=["compiled", "scipy"], autouse=True)
def way(request, monkeypatch):
    if request.param == "scipy":
        monkeypatch.setattr(sparse_rows, "library", lambda: None)
    elif compiled.library() is None:
        pytest.skip("nothing was compiled: no C compiler here")


def matrix(dtype=np.float64, index=np.int32):
    X = sparse.random_array((N, P), density=0.1, rng=np.random.default_rng(3), format="csr")
    X.data = (40 * X.data - 20).astype(dtype)
    X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
    return X


def indicators(index=np.int32):
    X = matrix(index=index)
    X.data[:] = 1.0
    X.sort_indices()
    return X


CHOICES = [slice(0, N), slice(40, 41), slice(100, 250), slice(7, 7), np.array([5, 299, 5, 0])]


def close(found, dense, values):
    """To 1e-12 of the sum of absolute terms."""
    assert (np.abs(found - dense @ values) <= 1e-12 * (np.abs(dense) @ np.abs(values))).all()


@pytest.mark.parametrize("rows", CHOICES, ids=str)
@pytest.mark.parametrize("k", [1, 2, 5])
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.int8, np.bool_])
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_products(rows, k, dtype, index):
    X = matrix(dtype, index)
    dense = X.toarray().astype(np.float64)[rows]
    some = SparseRows.of(X, rows)
    rng = np.random.default_rng(4)
    v, r = rng.normal(size=(P, k)), np.asfortranarray(rng.normal(size=(len(dense), k)))
    assert some.n_rows == len(dense)
    close(some.times(v), dense, v)
    close(some.transposed_times(r), dense.T, r)
    close(some.transposed_times(r, squared=True), np.square(dense).T, r)


def test_float64_rows_are_not_copied():
    X = matrix()
    some = SparseRows.of(X, slice(20, 200))
    assert np.shares_memory(some.data, X.data)
    assert np.shares_memory(some.column, X.indices)


def test_the_row_of_each_entry():
    X = matrix()
    some = SparseRows.of(X, slice(20, 60))
    np.testing.assert_array_equal(some.row_of_entry, X[20:60].tocoo().row)


@pytest.mark.parametrize("rows", CHOICES, ids=str)
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_products_of_columns(rows, index):
    X = matrix(index=index)
    X.sort_indices()
    dense = X.toarray()[rows]
    weights = np.random.default_rng(5).normal(size=len(dense))
    sums, products = SparseRows.of(X, rows).gram(weights)
    close(sums, dense.T, weights)
    close(products, dense.T, weights[:, None] * dense)


@pytest.mark.parametrize("rows", CHOICES, ids=str)
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("ones", [True, False])
def test_forms(rows, index, ones):
    X = indicators(index) if ones else matrix(index=index)
    dense, rng = X.toarray()[rows], np.random.default_rng(6)
    form, linear = rng.normal(size=(P, P)), rng.normal(size=P)
    form += form.T
    found = SparseRows.of(X, rows, ones=ones).forms(form, linear)
    size = np.einsum("ij,jk,ik->i", abs(dense), abs(form), abs(dense)) + abs(dense) @ abs(linear)
    assert (np.abs(found - np.einsum("ij,jk,ik->i", dense, form, dense) - dense @ linear) <= 1e-13 * size).all()


@pytest.mark.parametrize("rows", CHOICES, ids=str)
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_ones_that_are_not_read_are_ones(rows, index):
    X, rng = indicators(index), np.random.default_rng(7)
    ones, some = SparseRows.of(X, rows, ones=True), SparseRows.of(X, rows)
    for k in (1, 3):
        v, r = rng.normal(size=(P, k)), rng.normal(size=(some.n_rows, k))
        np.testing.assert_array_equal(ones.times(v), some.times(v))
        for squared in (False, True):
            expected = some.transposed_times(r, squared=squared)
            np.testing.assert_array_equal(ones.transposed_times(r, squared=squared), expected)
    for a, b in zip(ones.gram(r[:, 0]), some.gram(r[:, 0]), strict=True):
        np.testing.assert_array_equal(a, b)


def test_other_numbers_in_the_place_of_ones_are_read():
    X = indicators()
    twice = SparseRows.of(X, slice(0, N), ones=True).with_data(2.0 * X.data)
    v = np.random.default_rng(8).normal(size=(P, 1))
    close(twice.times(v), 2.0 * X.toarray(), v)


@pytest.mark.parametrize("last", [1.0, 0.5, -1.0, np.nan])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_ones_are_known_as_such(last, dtype):
    X = indicators().astype(dtype)
    assert X.nnz > FIRST_ENTRIES
    X.data[-1] = last
    assert SparseDesign(X).ones == SparseDesign(X).entries(slice(0, N)).ones == (last == 1.0)


@pytest.mark.parametrize("chosen", [[], [0], [3, 3, 1], range(100)], ids=len)
def test_rows_written_out(chosen):
    X = matrix()
    some, chosen = SparseRows.of(X, slice(20, 140)), np.array(chosen, dtype=np.intp)
    np.testing.assert_array_equal(some.written(chosen), X[20:140].toarray()[chosen])
