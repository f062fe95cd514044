"""A table with a factor of many levels, read by its entries: the rows that filling a block writes."""

import numpy as np
import pytest

from logistica.data.design import ColumnsDesign, FactorPart, NumericPart
from logistica.data.in_place import in_place
from logistica.data.source import MemorySource

RNG = np.random.default_rng(11)
N = 500


def table(levels, kind=np.int32, missing=False):
    codes = RNG.integers(0, levels + 1, N).astype(kind)
    if missing:
        codes[::50] = -1
    parts = [NumericPart(RNG.normal(size=N)), FactorPart(codes, levels), NumericPart(RNG.integers(0, 3, N))]
    return ColumnsDesign(N, parts)


def filled(design, rows):
    X = np.empty((len(np.arange(N)[rows]), design.n_columns))
    design.fill(rows, X)
    return X


@pytest.mark.parametrize("levels", [300, 1000])
@pytest.mark.parametrize("kind", [np.int16, np.int32, np.int64])
@pytest.mark.parametrize("rows", [slice(0, N), slice(7, 31), slice(0, 0), np.array([400, 3, 3, 50])])
def test_entries_are_what_filling_writes(levels, kind, rows):
    design = table(levels, kind)
    entries, X = design.entries(rows), filled(design, rows)
    theta, values = RNG.normal(size=(design.n_columns, 2)), RNG.normal(size=(len(X), 3))
    np.testing.assert_allclose(entries.times(theta), X @ theta, rtol=1e-13)
    np.testing.assert_allclose(entries.transposed_times(values), X.T @ values, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("rows", [slice(7, 31), np.array([400, 3, 3, 50])])
def test_rows_for_loops_that_take_them_in_any_order(rows):
    design, theta = table(300), RNG.normal(size=(301 + 1, 2))
    found = in_place(next(MemorySource(design, np.zeros(N, np.intp)).choose(np.arange(N)[rows]).blocks(N)), sparse=True)
    np.testing.assert_allclose(found.X.times(theta)[found.places], filled(design, rows) @ theta, rtol=1e-13)


def test_a_missing_level_is_no_number():
    design = table(300, missing=True)
    missing = np.arange(N) % 50 == 0
    found = design.entries(slice(0, N)).times(np.ones((design.n_columns, 1)))[:, 0]
    np.testing.assert_array_equal(np.isnan(found), missing)
    np.testing.assert_array_equal(np.isnan(filled(design, slice(0, N))).any(axis=1), missing)


def test_few_columns_have_no_entries():
    design = table(20)
    assert not design.sparse
    assert design.entries(slice(0, N)) is None
