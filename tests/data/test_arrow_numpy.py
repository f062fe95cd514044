"""Arrow arrays through their buffers: as Arrow itself gives them, wherever they begin, with nulls and without."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from logistica.data.arrow_numpy import codes_of, is_plain, truth_of, values_of

NUMBERS = [pa.int8(), pa.uint8(), pa.int16(), pa.uint32(), pa.int64(), pa.uint64(), pa.float32(), pa.float64()]
SLICES = [(0, 0), (0, 20), (3, 9), (8, 8), (13, 7), (20, 0)]


@pytest.mark.parametrize("kind", NUMBERS, ids=str)
@pytest.mark.parametrize(("first", "count"), SLICES)
def test_numbers_are_views(kind, first, count):
    array = pa.array(range(20), kind).slice(first, count)
    values = values_of(array)
    np.testing.assert_array_equal(values, array.to_numpy())
    assert values.dtype == array.to_numpy().dtype
    if count:
        assert np.shares_memory(values, array.to_numpy())


@pytest.mark.parametrize(("first", "count"), SLICES)
def test_truth_values(first, count):
    array = pa.array(np.random.default_rng(0).random(20) < 0.5).slice(first, count)
    np.testing.assert_array_equal(truth_of(array), array.to_numpy(zero_copy_only=False))


@pytest.mark.parametrize("kind", [pa.int8(), pa.uint8(), pa.int32(), pa.uint16()], ids=str)
@pytest.mark.parametrize("gaps", [False, True])
@pytest.mark.parametrize(("first", "count"), SLICES)
def test_codes_with_and_without_gaps(kind, gaps, first, count):
    codes = [None if gaps and k % 3 == 1 else k % 5 for k in range(20)]
    array = pa.array(codes, kind).slice(first, count)
    assert codes_of(array).tolist() == [-1 if code is None else code for code in codes[first : first + count]]


def test_what_is_plain():
    assert all(map(is_plain, NUMBERS))
    assert not any(
        map(is_plain, [pa.bool_(), pa.string(), pa.date32(), pa.decimal128(5), pa.dictionary(pa.int8(), pa.string())])
    )
