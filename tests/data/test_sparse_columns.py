"""Sparse columns of a pandas frame give the numbers of the dense ones, and are not written out."""

import numpy as np
import pandas as pd
import pytest

from logistica.core.errors import DataError, DataWarning
from logistica.data.mostly import Mostly
from logistica.data.newrows import labelled_rows
from logistica.data.preparation import Preparation
from logistica.data.read import read
from tests.data.naive import filled, source_rows

WHOLE = np.array([0, 5, 0, 0, 7, 0, 0, 0, 2, 9], dtype=np.int32)


def mostly(values, fill):
    (places,) = np.nonzero(values != fill)
    return Mostly(len(values), places, values[places], fill)


@pytest.mark.parametrize("fill", [0, 9, 4])
@pytest.mark.parametrize(
    "rows",
    [
        slice(None),
        slice(0, 0),
        slice(1, 2),
        slice(2, 9),
        slice(8, 99),
        slice(0, 10, 3),
        slice(None, None, -1),
        slice(9, 3),
        np.array([], dtype=np.intp),
        np.array([9, 0, 4, 4, 1]),
        np.arange(10),
    ],
    ids=str,
)
def test_it_is_indexed_like_the_whole(rows, fill):
    vector = mostly(WHOLE, fill)
    assert len(vector) == 10
    assert vector[rows].dtype == np.int32
    np.testing.assert_array_equal(vector[rows], WHOLE[rows])
    np.testing.assert_array_equal(np.asarray(vector), WHOLE)
    np.testing.assert_array_equal(np.asarray(vector, dtype=np.float64), WHOLE)


@pytest.mark.parametrize("fill", [0, 7, 3])
def test_what_is_found_counts_the_fill_value_too(fill):
    def odd(values):
        return np.flatnonzero(values % 7 == 0)

    np.testing.assert_array_equal(mostly(WHOLE, fill).find(odd), odd(WHOLE))


def test_a_vector_of_its_fill_value_only():
    vector = mostly(np.zeros(3), 0.0)
    np.testing.assert_array_equal(vector[np.array([2, 0])], [0, 0])
    np.testing.assert_array_equal(vector[1:], [0, 0])


def sparse_frame(n_rows=50):
    rng = np.random.default_rng(3)
    numbers = rng.integers(0, 3, n_rows)
    return pd.DataFrame(
        {
            "int": pd.arrays.SparseArray(numbers),
            "int-filled-with-2": pd.arrays.SparseArray(rng.permutation(numbers), fill_value=2),
            "float": pd.arrays.SparseArray(rng.permutation(numbers) / 3, fill_value=0.0),
            "float-without-gaps": pd.arrays.SparseArray(rng.normal(size=n_rows)),
            "float32": pd.arrays.SparseArray(rng.permutation(numbers).astype(np.float32), fill_value=1.0),
            "bool": pd.arrays.SparseArray(rng.permutation(numbers) == 1),
            "mostly-true": pd.arrays.SparseArray(rng.permutation(numbers) != 1, fill_value=True),
            "blocks": pd.arrays.SparseArray(rng.permutation(numbers), kind="block"),
        }
    )


def test_sparse_columns_give_the_numbers_of_dense_ones():
    frame = sparse_frame()
    dense = frame.sparse.to_dense()
    y = np.arange(50) % 2
    dataset = read(frame, target=y)
    assert dataset.recipe == read(dense, target=y).recipe
    assert dataset.notes == ()
    np.testing.assert_array_equal(filled(dataset.source.design), dense.to_numpy(np.float64))
    for make, new in ((read(dense, target=y), frame), (dataset, dense)):
        np.testing.assert_array_equal(filled(make.recipe.design(new).design), dense.to_numpy(np.float64))


def test_sparse_columns_are_not_written_out():
    frame = sparse_frame()
    for part, name in zip(read(frame, target=np.arange(50) % 2).source.design.parts, frame, strict=True):
        assert np.shares_memory(part.values.stored, frame[name].array.sp_values)


def test_target_weights_and_offset_may_be_sparse():
    frame = sparse_frame()
    weights, y = frame["int-filled-with-2"], frame["mostly-true"]
    dense = frame.sparse.to_dense()
    expected = read(dense, target="mostly-true", weights="int-filled-with-2", offset="float")
    beside = {"target": y, "weights": weights, "offset": frame["float"]}
    alone = read(dense.drop(columns=["mostly-true", "int-filled-with-2", "float"]), **beside)
    for dataset in (read(frame, target="mostly-true", weights="int-filled-with-2", offset="float"), alone):
        assert dataset.labels.classes.tolist() == [False, True]
        np.testing.assert_array_equal(dataset.source.y, expected.source.y)
        np.testing.assert_array_equal(dataset.source.weights, expected.source.weights)
        np.testing.assert_array_equal(dataset.source.offset, expected.source.offset)
        np.testing.assert_array_equal(source_rows(dataset.source), source_rows(expected.source))
    new = labelled_rows(expected.recipe, expected.labels, frame, target="mostly-true", offset="float")
    np.testing.assert_array_equal(new.y, y.astype(bool))


@pytest.mark.parametrize("fill", [np.nan, 0.0, 1.0])
def test_gaps_of_sparse_columns_are_found(fill):
    values = np.array([1.0, np.nan, 0.0, np.nan, 2.0, 0.0])
    frame = pd.DataFrame({"a": pd.arrays.SparseArray(values, fill_value=fill)})
    with pytest.raises(DataError, match="column 'a': 2 missing values, the first in row 1"):
        read(frame, target=[0, 1] * 3)
    dataset = read(frame, Preparation(missing="drop"), target=[0, 1] * 3)
    np.testing.assert_array_equal(source_rows(dataset.source)[:, 0], [1, 0, 2, 0])
    infinite = pd.DataFrame({"a": pd.arrays.SparseArray(np.where(values == 2, np.inf, 0.0), fill_value=0.0)})
    with pytest.raises(DataError, match="column 'a': 1 infinite value, the first in row 4: inf"):
        read(infinite, target=[0, 1] * 3)


def test_inexact_integers_of_sparse_columns_are_noted():
    values = np.array([2**53 + 1, 0, 2**53 + 1, 2**53 + 3, 2])
    frame = pd.DataFrame({"id": pd.arrays.SparseArray(values, fill_value=2**53 + 1)})
    (note,) = read(frame, target=[0, 1, 0, 1, 0]).notes
    assert (note.code, note.warning) == ("inexact-integers", DataWarning)
    assert "3 integers beyond 2**53 rounded to the nearest float64, the first in row 0" in note.message


def test_other_sparse_columns_are_as_their_dense_ones():
    text = pd.DataFrame({"a": pd.arrays.SparseArray(np.array(["u", "v", "u"], dtype=object))})
    assert read(text, target=[0, 1, 1]).recipe.factors == {"a": ("u", "v")}
    for values, message in (
        (pd.date_range("2020-01-01", periods=3).to_numpy(), "dates and times"),
        (np.ones(3) * 1j, "complex numbers"),
    ):
        with pytest.raises(DataError, match=f"column 'a': {message} where numbers are needed"):
            read(pd.DataFrame({"a": pd.arrays.SparseArray(values)}), target=[0, 1, 1])
