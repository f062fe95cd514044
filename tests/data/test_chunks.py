"""A vector in pieces answers as the whole one would, and is not joined to be read."""

import numpy as np
import polars as pl
import pyarrow as pa
import pytest

from logistica.core.errors import DataError
from logistica.data.chunks import Chunks
from logistica.data.preparation import Preparation
from logistica.data.read import read
from tests.data.naive import filled

WHOLE = np.arange(20.0) * 3
PIECES = [WHOLE[:4], WHOLE[4:4], WHOLE[4:5], WHOLE[5:17], WHOLE[17:]]


@pytest.mark.parametrize(
    "rows",
    [
        slice(None),
        slice(0, 0),
        slice(3, 4),
        slice(2, 9),
        slice(5, 17),
        slice(16, 99),
        slice(1, 20, 3),
        slice(None, None, -1),
        slice(9, 3),
        np.array([], dtype=np.intp),
        np.array([19, 0, 4, 4, 17, 5, 3]),
        np.arange(20),
    ],
    ids=str,
)
def test_pieces_are_indexed_like_the_whole(rows):
    chunks = Chunks(PIECES)
    assert len(chunks) == 20
    np.testing.assert_array_equal(chunks[rows], WHOLE[rows])
    np.testing.assert_array_equal(np.asarray(chunks), WHOLE)


def test_a_slice_within_a_piece_is_a_view():
    assert np.shares_memory(Chunks(PIECES)[6:9], WHOLE)


def arrow(values, mask=None):
    pieces = [pa.array(values[:7], mask=None if mask is None else mask[:7])]
    pieces.append(pa.array(values[7:], mask=None if mask is None else mask[7:]))
    return pa.table({"x": pa.chunked_array(pieces)})


def polars(values, mask=None):
    return pl.from_arrow(arrow(values, mask), rechunk=False)


@pytest.mark.parametrize("make", [arrow, polars])
def test_a_table_in_pieces_is_not_joined(make):
    table = make(WHOLE)
    dataset = read(table, target=np.arange(20) % 2)
    (part,) = dataset.source.design.parts
    assert [len(array) for array in part.values.arrays] == [7, 13]
    assert not any(array.flags.owndata for array in part.values.arrays)
    np.testing.assert_array_equal(filled(dataset.source.design)[:, 0], WHOLE)
    np.testing.assert_array_equal(filled(dataset.source.design, np.array([8, 1]))[:, 0], WHOLE[[8, 1]])
    beside = read(np.ones((20, 1)), target=np.arange(20) % 2, weights=table["x"], offset=table["x"])
    np.testing.assert_array_equal(beside.source.weights, WHOLE[1:])
    np.testing.assert_array_equal(beside.source.offset[:, 0], WHOLE[1:])


@pytest.mark.parametrize("make", [arrow, polars])
@pytest.mark.parametrize("kind", ["nan", "null"])
def test_a_gap_in_a_later_piece_is_found_at_its_row(make, kind):
    values, mask = WHOLE.copy(), np.zeros(20, dtype=bool)
    if kind == "nan":
        values[12] = np.nan
    else:
        mask[12] = True
    with pytest.raises(DataError, match="1 missing value, the first in row 12") as error:
        read(make(values, mask), target=np.arange(20) % 2)
    assert error.value.column == "x"
    dataset = read(make(values, mask), Preparation(missing="drop"), target=np.arange(20) % 2)
    np.testing.assert_array_equal(filled(dataset.source.design, dataset.source.rows)[:, 0], np.delete(WHOLE, 12))


@pytest.mark.parametrize("make", [arrow, polars])
def test_odd_numbers_in_a_later_piece_are_found(make):
    values = WHOLE.copy()
    values[9] = np.inf
    with pytest.raises(DataError, match="the first in row 9: inf"):
        read(make(values), target=np.arange(20) % 2)
    big = np.arange(20)
    big[15] = 2**53 + 1
    (note,) = read(make(big), target=np.arange(20) % 2).notes
    assert "the first in row 15: 9007199254740993" in note.message


def test_no_rows_in_several_pieces():
    recipe = read(arrow(WHOLE), target=np.arange(20) % 2).recipe
    empty = pa.table({"x": pa.chunked_array([pa.array([], pa.float64())] * 2)})
    assert recipe.design(empty).n_rows == 0
