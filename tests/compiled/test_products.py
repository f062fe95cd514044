"""The products of columns with one another: those of NumPy to 1e-12 of the sum of absolute terms."""

import numpy as np
import pytest

from logistica.core import compiled, products
from logistica.core.compiled import address
from logistica.core.products import room_for, symmetric_product

needed = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")
ROWS = [1, 2, 63, 64, 65, 200]
COLUMNS = [1, 2, 7, 8, 9, 16, 17, 31, 40, 130]


@pytest.fixture(params=["compiled", "by BLAS"])
def way(request, monkeypatch):
    if request.param == "by BLAS":
        monkeypatch.setattr(products, "library", lambda: None)
    elif compiled.library() is None:
        pytest.skip("nothing was compiled: no C compiler here")


def table(n, q):
    rng = np.random.default_rng(100 * n + q)
    return rng.normal(size=(n, q)) * 10.0 ** rng.integers(-2, 3, q), rng.normal(size=n)


def assert_close(found, z, weights):
    size = np.abs(z).T @ (np.abs(z) * np.abs(weights)[:, None])
    assert (np.abs(found - z.T @ (z * weights[:, None])) <= 1e-12 * size).all()
    np.testing.assert_array_equal(found, found.T)


@pytest.mark.parametrize("n", ROWS)
@pytest.mark.parametrize("q", COLUMNS)
@pytest.mark.usefixtures("way")
def test_products(n, q):
    z, weights = table(n, q)
    assert_close(symmetric_product(z, None), z, np.ones(n))
    assert_close(symmetric_product(z, weights), z, weights)
    assert_close(symmetric_product(z, np.abs(weights)), z, np.abs(weights))


@needed
@pytest.mark.parametrize("weighted", [False, True])
def test_room_is_reused_and_not_overrun(weighted):
    room = np.full(room_for(17, weighted=weighted) + 1, np.nan)
    for n in (130, 3):
        z, weights = table(n, 17)
        weights = np.abs(weights) if weighted else None
        np.testing.assert_array_equal(symmetric_product(z, weights, room), symmetric_product(z, weights))
        assert np.isnan(room[-1])


@needed
@pytest.mark.parametrize("lanes", [2, 4, 8])
@pytest.mark.parametrize("n", ROWS)
@pytest.mark.parametrize("q", COLUMNS)
def test_vectors_of_each_length(lanes, n, q):
    """A machine with long vectors has the shorter ones too."""
    library = compiled.library()
    if lanes > library.logistica_lanes():
        pytest.skip(f"no vectors of {lanes} numbers here")
    z, weights = table(n, q)
    room, found = np.empty(room_for(q, weighted=True)), np.full((q, q), np.nan)
    library.logistica_symmetric_product(address(z), n, q, address(weights), lanes, address(room), address(found))
    assert_close(found, z, weights)


@pytest.mark.usefixtures("way")
def test_no_columns_and_no_rows():
    assert symmetric_product(np.empty((5, 0)), None).shape == (0, 0)
    np.testing.assert_array_equal(symmetric_product(np.empty((0, 3)), np.empty(0)), np.zeros((3, 3)))


@pytest.mark.usefixtures("way")
def test_what_is_no_number_stays_none():
    z, _ = table(70, 9)
    z[66, 3] = np.nan
    found = symmetric_product(z, None)
    assert np.isnan(found[3]).all()
    assert np.isfinite(np.delete(np.delete(found, 3, 0), 3, 1)).all()
