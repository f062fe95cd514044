"""Labels come back as they went in, and codes follow the sorted classes."""

import datetime
import json

import numpy as np
import pandas as pd
import pytest

from logistica.core.errors import DataError, ModelFileError
from logistica.data.labels import Labels

KINDS = {
    "int": np.array([3, 1, 3, 2]),
    "negative-one-and-one": np.array([1, -1, -1, 1]),
    "one-and-two": np.array([2, 1, 1], dtype=np.int8),
    "uint8": np.array([255, 0, 7], dtype=np.uint8),
    "big-endian": np.array([5, 4, 5], dtype=">i4"),
    "bool": np.array([True, False, True]),
    "float": np.array([1.0, 0.0, 2.0]),
    "two-fractions": np.array([0.5, 1.5, 0.5]),
    "float32": np.array([1.0, 0.0], dtype=np.float32),
    "text": np.array(["yes", "no", "yes"]),
    "three-texts": np.array(["b", "c", "a", "b"]),
    "object-text": np.array(["yes", "no", "yes"], dtype=object),
    "numpy-text": np.array([np.str_("yes"), np.str_("no")], dtype=object),
    "object-int": np.array([10, 2, 10], dtype=object),
    "object-bool": np.array([True, False], dtype=object),
    "categorical": np.asarray(pd.Series(["lo", "hi", "lo"], dtype="category")),
    "unicode": np.array(["ä", "z", "日本"]),
}


@pytest.mark.parametrize("y", KINDS.values(), ids=KINDS)
def test_labels_come_back_as_they_went_in(y):
    labels, codes = Labels.encode(y)
    assert codes.dtype == np.intp
    assert list(labels.classes) == sorted(set(y.tolist()))
    assert labels.decode(codes).tolist() == y.tolist()
    np.testing.assert_array_equal(labels.codes(y), codes)


@pytest.mark.parametrize("y", KINDS.values(), ids=KINDS)
def test_labels_survive_json_with_their_type(y):
    labels, _ = Labels.encode(y)
    again = Labels.from_dict(json.loads(json.dumps(labels.to_dict())))
    assert again.classes.dtype == labels.classes.dtype
    assert list(map(type, again.classes.tolist())) == [
        str if isinstance(c, str) else type(c) for c in labels.classes.tolist()
    ]
    assert again.classes.tolist() == labels.classes.tolist()


@pytest.mark.parametrize("order", [[0, 1], [1, 0]])
@pytest.mark.parametrize("kind", ["int", "str", "object"])
def test_two_classes_are_sorted_whichever_comes_first(order, kind):
    values = np.array([2, 7]).astype(kind)[order]
    labels, codes = Labels.encode(values)
    assert labels.classes.tolist() == sorted(values.tolist())
    assert codes.tolist() == order


def test_the_callers_labels_are_not_referred_to():
    y = np.array([1, 0, 1])
    labels, _ = Labels.encode(y)
    y[:] = 9
    assert labels.classes.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (np.array([], dtype=int), "0 rows"),
        (np.array([4, 4, 4]), "only class 4 (3 rows)"),
        (np.array(["x"]), "only class 'x' (1 row)"),
        (np.array([0.25, 1.5, 2.0]), "continuous labels: 3 distinct values such as 0.25 in row 0"),
        (np.array([1, "a"], dtype=object), "labels of different kinds: row 1 holds 'a', row 0 holds 1"),
        (np.array([True, 2], dtype=object), "labels of different kinds: row 1 holds 2, row 0 holds True"),
        (np.array([datetime.date(2020, 1, 1)] * 2, dtype=object), "labels of type date"),
        (np.array(["2020-01-01", "2021-01-01"], dtype="M8[D]"), "dtype datetime64[D]"),
        (np.array([b"a", b"b"]), "dtype |S1"),
        (np.array([1j, 2]), "dtype complex128"),
        (np.array([1.0, np.inf]), "the label in row 1 is inf"),
    ],
)
def test_what_cannot_be_labels_is_refused(y, message):
    with pytest.raises(DataError) as caught:
        Labels.encode(y, "grade")
    assert message in str(caught.value)
    assert caught.value.column == "grade"
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("classes", "y", "value", "row"),
    [
        ([0, 1], [0, 1, 2], 2, 2),
        ([0, 1], ["0", "1"], "0", 0),
        (["a", "b"], ["a", "c"], "c", 1),
        (["a", "b"], [1, 2], 1, 0),
        ([1.0, 2.0], [1.0, 1.5], 1.5, 1),
    ],
)
def test_an_unknown_label_is_named_with_its_row(classes, y, value, row):
    labels = Labels(np.array(classes))
    with pytest.raises(DataError, match=f"label {value!r} in row {row}") as caught:
        labels.codes(np.array(y))
    assert (caught.value.value, caught.value.row) == (value, row)


def test_no_labels_have_no_codes():
    for classes in (["a", "b"], [0, 1]):
        assert Labels(np.array(classes)).codes(np.array([])).tolist() == []


GOOD = {"dtype": "int64", "classes": [0, 1]}


@pytest.mark.parametrize(
    "stored",
    [
        None,
        [],
        {},
        {"classes": [0, 1]},
        {**GOOD, "extra": 1},
        {**GOOD, "classes": "01"},
        {**GOOD, "classes": [0]},
        {**GOOD, "classes": [1, 0]},
        {**GOOD, "classes": [0, 0]},
        {**GOOD, "classes": [0, 1.0]},
        {**GOOD, "classes": [False, True]},
        {**GOOD, "classes": [0, "1"]},
        {**GOOD, "classes": [0, [1]]},
        {**GOOD, "classes": [0, 10**30]},
        {"dtype": "int8", "classes": [0, 1000]},
        {"dtype": "float64", "classes": [0.0, float("nan")]},
        {"dtype": "float64", "classes": [0.0, float("inf")]},
        {"dtype": "float64", "classes": [0, 1]},
        {"dtype": "str", "classes": ["a", 1]},
        {"dtype": "object", "classes": ["b", "a"]},
        {"dtype": "bool", "classes": [0, 1]},
        {"dtype": "complex128", "classes": [0, 1]},
        {"dtype": ["str"], "classes": ["a", "b"]},
        {"dtype": None, "classes": ["a", "b"]},
    ],
)
def test_a_damaged_record_is_refused(stored):
    with pytest.raises(ModelFileError):
        Labels.from_dict(stored)


@pytest.mark.parametrize("dtype", ["int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"])
@pytest.mark.parametrize("at", ["low", "zero", "high"])
def test_integers_of_every_type_and_place(dtype, at):
    """Near each end of the type too, where a difference of two labels may be beyond it."""
    info, rng = np.iinfo(dtype), np.random.default_rng(3)
    least = {"low": info.min, "zero": 0, "high": info.max - 200}[at]
    span = min(255, info.max - least)
    y = np.array([least + int(step) for step in rng.integers(0, span + 1, 100_000)], dtype=dtype)
    y[:2] = least, least + span
    labels, codes = Labels.encode(y)
    classes, expected = np.unique(y, return_inverse=True)
    assert labels.classes.dtype == y.dtype
    np.testing.assert_array_equal(labels.classes, classes)
    np.testing.assert_array_equal(codes, expected)
    np.testing.assert_array_equal(labels.decode(codes), y)


def test_labels_that_are_codes_take_no_memory():
    y = np.random.default_rng(3).integers(0, 5, 1000)
    _, codes = Labels.encode(y)
    assert np.shares_memory(codes, y)
    assert not codes.flags.writeable
    _, codes = Labels.encode(y + 2)
    assert not np.shares_memory(codes, y)
