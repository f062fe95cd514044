"""SciPy matrices whose arrays are not as compiled loops read them, or not as SciPy remembers them."""

import numpy as np
import pytest
from scipy import sparse

import logistica
from logistica.core.compiled import address
from logistica.data import arrays
from logistica.data.arrays import matrix

RNG = np.random.default_rng(0)
N, P = 400, 30
X = sparse.csr_array((RNG.random((N, P)) < 0.2) * RNG.normal(size=(N, P)))
Y = RNG.random(N) < 0.5


def strided(array):
    """The same numbers as one column of two."""
    return np.repeat(array[:, None], 2, axis=1)[:, 1]


def unaligned(array):
    """The same numbers one byte further."""
    room = np.empty(array.nbytes + 1, np.uint8)
    moved = room[1:].view(array.dtype)
    moved[...] = array
    return moved


def reversed_in_memory(array):
    return array[::-1].copy()[::-1]


def swapped(array):
    return array.astype(array.dtype.newbyteorder())


CHANGES = [strided, unaligned, reversed_in_memory, swapped]
TYPES = ["int16", "uint16", "uint32", "uint64", "int64", ">i4", ">i8"]


def with_arrays(**arrays):
    """X with other arrays, which SciPy would rebuild if it were asked to make a matrix of them."""
    S = X.copy()
    for name, array in arrays.items():
        setattr(S, name, array)
    return S


def layouts():
    for change in CHANGES:
        for name in ("data", "indices", "indptr"):
            yield pytest.param(with_arrays(**{name: change(getattr(X, name))}), id=f"{change.__name__}-{name}")
    for kind in TYPES:
        yield pytest.param(with_arrays(indices=X.indices.astype(kind)), id=f"{kind}-indices")
        yield pytest.param(with_arrays(indptr=X.indptr.astype(kind)), id=f"{kind}-indptr")
        both = with_arrays(indices=X.indices.astype(kind), indptr=X.indptr.astype(kind))
        yield pytest.param(both, id=f"{kind}-both")


@pytest.mark.parametrize("S", list(layouts()))
def test_arrays_that_lie_otherwise(S):
    held = matrix(S).design.X
    assert held.indices.dtype == held.indptr.dtype
    assert held.indices.dtype in (np.int32, np.int64)
    for array in (held.data, held.indices, held.indptr):
        assert array.flags.c_contiguous
        assert array.flags.aligned
        assert array.dtype.isnative
    model, same = logistica.fit(X, target=Y, C=1.0), logistica.fit(S, target=Y, C=1.0)
    np.testing.assert_allclose(same.coef_, model.coef_, rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(model.predict_proba(S), model.predict_proba(X), rtol=1e-13)


@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_what_can_be_read_is_not_copied(index):
    S = with_arrays(indices=X.indices.astype(index), indptr=X.indptr.astype(index))
    assert matrix(S).design.X is S


@pytest.mark.parametrize("doubled", [False, True], ids=["unsorted", "doubled"])
@pytest.mark.parametrize("at_once", [7, 2**20])
def test_entries_that_changed_after_scipy_looked(doubled, at_once, monkeypatch):
    monkeypatch.setattr(arrays, "AT_ONCE", at_once)
    S = X.copy()
    assert S.has_canonical_format
    for start, end in zip(S.indptr[:-1], S.indptr[1:], strict=True):
        S.indices[start:end] = S.indices[start:end][::-1].copy()
        S.data[start:end] = S.data[start:end][::-1].copy()
        if doubled and end - start > 1:
            S.indices[start] = S.indices[start + 1]
    written = np.zeros((N, P))
    np.add.at(written, (np.repeat(np.arange(N), np.diff(S.indptr)), S.indices), S.data)
    held = matrix(S).design.X
    np.testing.assert_array_equal(held.toarray(), written)
    assert np.all(np.diff(held.indices)[np.diff(np.repeat(np.arange(N), np.diff(held.indptr))) == 0] > 0)


@pytest.mark.parametrize("at_once", [1, 2, 7, 2**20])
def test_rows_in_order_are_known_whatever_is_looked_at_together(at_once, monkeypatch):
    monkeypatch.setattr(arrays, "AT_ONCE", at_once)
    assert matrix(X).design.X is X
    empty = sparse.csr_array((5, 3))
    assert matrix(empty).design.X is empty


def test_no_address_of_what_has_gaps():
    with pytest.raises(ValueError, match="strides"):
        address(np.zeros((4, 2))[:, 1])
    assert address(None) is None
    assert address(np.zeros((4, 2))) is not None
