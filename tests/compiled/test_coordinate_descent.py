"""Compiled coordinate descent: what NumPy's does, at the edges too."""

import numpy as np
import pytest
from scipy import sparse

from logistica.core import compiled
from logistica.core import sparse as sparse_rows
from logistica.core.sparse import SparseRows
from logistica.solvers.proximal import coordinate_descent
from logistica.solvers.proximal.coordinate_descent import RowModel, descend_gram

pytestmark = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")


def both(monkeypatch, run):
    """What a function returns, compiled and by NumPy."""
    fast = run()
    for module in (coordinate_descent, sparse_rows):
        monkeypatch.setattr(module, "library", lambda: None)
    return fast, run()


def gram_problem(d, seed=0):
    rng = np.random.default_rng(seed)
    A = rng.normal(size=(d + 5, d))
    if d > 3:
        A[:, 1] = 0.0
        A[:, 3] = A[:, 2]
    slope, at = 10.0 * rng.normal(size=d), np.where(rng.random(d) < 0.5, 0.0, rng.normal(size=d))
    lasso, ridge = rng.uniform(0.1, 3.0, d), np.where(rng.random(d) < 0.5, 0.0, rng.uniform(0.0, 2.0, d))
    if d:
        lasso[0] = 0.0
    return A.T @ A, slope, at, lasso, ridge


@pytest.mark.parametrize("d", [0, 1, 2, 3, 8, 33])
@pytest.mark.parametrize("most", [1, 7, 5000])
def test_by_the_gram_matrix(d, most, monkeypatch):
    H, slope, at, lasso, ridge = gram_problem(d)

    def run():
        g, t = slope.copy(), at.copy()
        return descend_gram(H, g, t, lasso, ridge, most, 1e-26), g, t

    (fast, fast_slope, fast_at), (plain, plain_slope, plain_at) = both(monkeypatch, run)
    assert most == 5000 or fast == plain
    np.testing.assert_allclose(fast_at, plain_at, rtol=1e-12, atol=1e-12)
    np.testing.assert_array_equal(fast_at == 0.0, plain_at == 0.0)
    np.testing.assert_allclose(fast_slope, plain_slope, atol=1e-11)
    np.testing.assert_allclose(fast_slope, slope + H @ (fast_at - at), atol=1e-10)


@pytest.mark.parametrize("spoilt", ["gram", "diagonal", "slope", "at"])
@pytest.mark.parametrize("place", [0, 4, 7])
def test_what_is_no_number_is_no_convergence(spoilt, place, monkeypatch):
    """Nor a coefficient of 0, which is what NaN compares to."""
    H, slope, at, lasso, ridge = gram_problem(8)
    assert descend_gram(H, slope.copy(), at.copy(), lasso, ridge, 500, 1e-9) <= 500
    if spoilt == "gram":
        H[place, 5] = H[5, place] = np.nan
    elif spoilt == "diagonal":
        H[place, place] = np.nan
    else:
        (slope if spoilt == "slope" else at)[place] = np.nan

    def run():
        t = at.copy()
        return descend_gram(H, slope.copy(), t, lasso, ridge, 500, 1e-9), t

    for cycles, t in both(monkeypatch, run):
        assert cycles == 501
        assert np.isnan(t).any()


def test_the_end_is_the_optimum():
    H, slope, at, lasso, ridge = gram_problem(20)
    assert descend_gram(H, slope, at, lasso, ridge, 100_000, 1e-28) <= 100_000
    whole, bent = slope + ridge * at, np.diagonal(H) + ridge > 0.0
    np.testing.assert_allclose(whole[at != 0.0], -(lasso * np.sign(at))[at != 0.0], atol=1e-11)
    assert (np.abs(whole[(at == 0.0) & bent]) <= lasso[(at == 0.0) & bent] + 1e-11).all()


def row_model(n, d, m, index, intercept, density=0.3):
    rng = np.random.default_rng(n + 10 * d + 100 * m)
    X = sparse.random_array((n, d), density=density, rng=rng, format="csc")
    if d > 2:
        X = X.tolil()
        X[:, [1]] = 0.0
        X[:, [2]] = 1.0
        X = X.tocsc()
    columns = SparseRows(X.indptr.astype(index), X.indices.astype(index), X.data.astype(float), n)
    proba = np.ascontiguousarray(rng.dirichlet(np.ones(m + 1), size=n)[:, :m])
    weights = rng.uniform(0.1, 4.0, size=(n, 1))
    weighted = weights * (proba * (1.0 - proba) if m == 1 else proba)
    squares = X.toarray().T ** 2
    bend = squares @ (weighted if m == 1 else weighted * (1.0 - proba))
    return RowModel(
        columns,
        weights * rng.normal(size=(n, m)),
        weighted,
        None if m == 1 else proba,
        np.where(rng.random((d, m)) < 0.5, 0.0, rng.normal(size=(d, m))),
        bend,
        rng.uniform(0.0, 0.5, d),
        np.where(rng.random(d) < 0.5, 0.0, 0.3),
        rng.normal(size=m) if intercept else None,
        rng.normal(size=(d, m, m)),
        0.1 * rng.normal(size=(d, m, m)),
    )


@pytest.mark.parametrize(("n", "d"), [(1, 1), (1, 4), (7, 1), (50, 9), (300, 40)])
@pytest.mark.parametrize("m", [1, 2, 5])
@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("intercept", [True, False])
def test_by_rows(n, d, m, index, intercept, monkeypatch):
    which = np.arange(0, d, 1 if d < 5 else 2)

    def run():
        model = row_model(n, d, m, index, intercept)
        return model.cycle(which), model

    (worth, fast), (plain_worth, plain) = both(monkeypatch, run)
    start = row_model(n, d, m, index, intercept)
    assert worth == pytest.approx(plain_worth, rel=1e-10)
    np.testing.assert_allclose(fast.at, plain.at, rtol=1e-11, atol=1e-13)
    np.testing.assert_allclose(fast.residual, plain.residual, rtol=1e-10, atol=1e-12)
    assert not np.array_equal(fast.at, start.at) or d == 1
    untouched = np.setdiff1d(np.arange(d), which)
    np.testing.assert_array_equal(fast.at[untouched], start.at[untouched])
    if intercept:
        np.testing.assert_allclose(fast.intercept, plain.intercept, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("m", [1, 3])
def test_residuals_follow(m):
    """What a cycle leaves of the residuals is what the moves make of them."""
    before, model = (row_model(40, 6, m, np.int32, intercept=False) for _ in range(2))
    model.cycle(np.arange(6))
    X = np.zeros((40, 6))
    starts = model.columns.start
    for j in range(6):
        X[model.columns.column[starts[j] : starts[j + 1]], j] = model.columns.data[starts[j] : starts[j + 1]]
    moved = X @ (model.at - before.at)
    change = model.weighted * moved
    if m > 1:
        change -= model.proba * (model.weighted * moved).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(model.residual, before.residual + change, atol=1e-12)


@pytest.mark.parametrize("m", [1, 3])
def test_a_long_cycle_is_made_in_parts(m, monkeypatch):
    """So that an interrupt is heard; the numbers are the same."""
    whole, parts = (row_model(50, 9, m, np.int32, intercept=True) for _ in range(2))
    worth = whole.cycle(np.arange(9))
    monkeypatch.setattr(coordinate_descent, "AT_ONCE", 20)
    assert parts.cycle(np.arange(9)) == worth
    np.testing.assert_array_equal(parts.at, whole.at)
    np.testing.assert_array_equal(parts.residual, whole.residual)


def test_nothing_to_go_through():
    model = row_model(5, 3, 1, np.int32, intercept=True)
    assert model.cycle(np.empty(0, dtype=np.int64)) == 0.0


@pytest.mark.parametrize("index", [np.int32, np.int64])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("rows", [slice(0, 60), slice(10, 11), slice(20, 20), np.array([4, 4, 59])], ids=str)
def test_entries_by_column(index, dtype, rows, monkeypatch):
    X = sparse.random_array((60, 12), density=0.2, rng=np.random.default_rng(0), format="csr").astype(dtype)
    X.indices, X.indptr = X.indices.astype(index), X.indptr.astype(index)
    some, dense = SparseRows.of(X, rows), X.toarray()[rows]
    chosen = np.array([7, 0, 11])
    place = np.full(12, -1, dtype=np.int32)
    place[chosen] = np.arange(3)

    def run():
        counts = some.count(place, 3)
        following = np.concatenate([[0], np.cumsum(counts)[:-1]])
        row, data = np.empty(counts.sum(), dtype=np.int32), np.empty(counts.sum())
        some.write_by_column(place, 100, following, row, data)
        return counts, following, row, data

    fast, plain = both(monkeypatch, run)
    for one, other in zip(fast, plain, strict=True):
        np.testing.assert_array_equal(one, other)
    counts, following, row, data = fast
    np.testing.assert_array_equal(following, np.cumsum(counts))
    written = np.zeros((len(dense), 3))
    written[row - 100, np.repeat(np.arange(3), counts)] = data
    np.testing.assert_array_equal(written, dense[:, chosen])
