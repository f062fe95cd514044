"""Sums by the levels of factors: those over their indicators, to 1e-12 of the sum of absolute terms."""

import numpy as np
import pytest

from logistica.core import compiled
from logistica.core.coded import CodedRows, FactorCodes

pytestmark = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")

SIZES = [1, 3, 511, 512, 513, 2000]
TYPES = [np.int8, np.int16, np.int32, np.int64]


def factor(n, sizes, dtype=np.int8, seed=0):
    rng = np.random.default_rng([seed, *sizes])
    return FactorCodes(tuple(rng.integers(size, size=n).astype(dtype) for size in sizes), sizes)


def indicators(factors):
    """The levels of each factor in turn; of joined ones those of the first change fastest."""
    parts = []
    for one in factors:
        joined = np.ones((len(one.columns[0]), 1))
        for codes, size in zip(one.columns, one.sizes, strict=True):
            joined = (np.eye(size)[codes][:, :, None] * joined[:, None, :]).reshape(len(codes), -1)
        parts.append(joined)
    return np.hstack(parts)


def close(found, left, right):
    exact, size = left @ right, np.abs(left) @ np.abs(right)
    assert found.shape == exact.shape
    assert (np.abs(found - exact) <= 1e-12 * size).all()


FACTORS = {
    "one": [(7,)],
    "one level": [(1,), (4,)],
    "several": [(3,), (100,), (2,), (11,)],
    "joined": [(3, 4), (5,), (2, 3, 4)],
}


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("sizes", FACTORS.values(), ids=FACTORS)
@pytest.mark.parametrize("k", [1, 3])
@pytest.mark.parametrize("dtype", TYPES)
def test_sums_are_those_over_indicators(n, sizes, k, dtype):
    rng = np.random.default_rng(n)
    factors = [factor(n, one, dtype, seed) for seed, one in enumerate(sizes)]
    rows, v = CodedRows.of(factors), indicators(factors)
    tables, values, z = rng.normal(size=(v.shape[1], k)), rng.normal(size=(n, k)), rng.normal(size=(n, 1 + k))
    before = rng.normal(size=(n, k))
    out = before.copy()
    rows.add_times(tables, out)
    close(out, np.hstack([v, before]), np.vstack([tables, np.eye(k)]))
    close(rows.by_level(np.asfortranarray(values)), v.T, values)
    weights = rng.normal(size=n)
    earlier = np.repeat(np.cumsum([0, *(one.n_levels for one in factors[:-1])]), [one.n_levels for one in factors])
    mask = np.arange(v.shape[1]) < earlier[:, None]
    found = rows.cross(z, weights)
    close(found[:, : 1 + k], v.T, weights[:, None] * z)
    both, size = (v.T * weights) @ v, (v.T * np.abs(weights)) @ v
    assert (np.abs(found[:, 1 + k :] - both * mask) <= 1e-12 * size * mask).all()


def test_a_missing_value_makes_its_row_nan():
    factors = [factor(600, (5,)), factor(600, (3,))]
    factors[1].columns[0][[4, 599]] = -1
    rows = CodedRows.of(factors)
    out = np.zeros((600, 2))
    rows.add_times(np.ones((8, 2)), out)
    np.testing.assert_array_equal(np.flatnonzero(np.isnan(out).all(axis=1)), [4, 599])
    assert np.isnan(rows.by_level(np.ones((600, 1)))).any()
    assert np.isnan(rows.cross(np.ones((600, 1)), np.ones(600))).any()


@pytest.mark.parametrize("dtype", TYPES)
def test_a_code_beyond_the_levels_is_never_used(dtype):
    known = factor(600, (5,), dtype)
    known.columns[0][-1] = 5
    with pytest.raises(IndexError, match="code 5 of a factor of 5 levels"):
        CodedRows.of([known])
