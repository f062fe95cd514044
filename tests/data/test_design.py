"""A table with a factor of many levels, read by its entries: the rows that filling a block writes."""

import numpy as np
import pytest

from logistica.data.design import ColumnsDesign, FactorPart, NumericPart
from logistica.data.in_place import in_place
from logistica.data.source import MemorySource

N = 500


def table(levels, kind=np.int32, missing=False):
    rng = np.random.default_rng(levels)
    codes = rng.integers(0, levels + 1, N).astype(kind)
    if missing:
        codes[::50] = -1
    parts = [NumericPart(rng.normal(size=N)), FactorPart(codes, levels), NumericPart(rng.integers(0, 3, N))]
    return ColumnsDesign(N, parts)


def filled(design, rows):
    X = np.empty((len(np.arange(N)[rows]), design.n_columns))
    design.fill(rows, X)
    return X


def assert_equal_but_for_rounding(found, expected, absolute_terms):
    """``absolute_terms`` are the same sums, of absolute values."""
    assert (np.abs(found - expected) <= 1e-14 * absolute_terms).all()


@pytest.mark.parametrize("levels", [300, 1000])
@pytest.mark.parametrize("kind", [np.int16, np.int32, np.int64])
@pytest.mark.parametrize("rows", [slice(0, N), slice(7, 31), slice(0, 0), np.array([400, 3, 3, 50])])
def test_entries_are_what_filling_writes(levels, kind, rows):
    design = table(levels, kind)
    entries, X = design.entries(rows), filled(design, rows)
    rng = np.random.default_rng(11)
    theta, values = rng.normal(size=(design.n_columns, 2)), rng.normal(size=(len(X), 3))
    assert_equal_but_for_rounding(entries.times(theta), X @ theta, np.abs(X) @ np.abs(theta))
    assert_equal_but_for_rounding(entries.transposed_times(values), X.T @ values, np.abs(X.T) @ np.abs(values))


@pytest.mark.parametrize("rows", [slice(7, 31), np.array([400, 3, 3, 50])])
def test_rows_for_loops_that_take_them_in_any_order(rows):
    design, theta = table(300), np.random.default_rng(11).normal(size=(301 + 1, 2))
    found = in_place(next(MemorySource(design, np.zeros(N, np.intp)).choose(np.arange(N)[rows]).blocks(N)), sparse=True)
    X = filled(design, rows)
    assert_equal_but_for_rounding(found.X.times(theta)[found.places], X @ theta, np.abs(X) @ np.abs(theta))


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
