"""The hard cases of numbers: dtypes, big integers, objects, numeric text, dates. Each once went wrong."""

import datetime
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from logistica.core.errors import DataError, DataWarning
from logistica.data.preparation import Preparation
from logistica.data.read import read
from tests.data.cases import case, refused
from tests.data.naive import filled, read_x

Y = [0, 1, 1, 0]
SMALL = np.array([[0, 200], [1, 255], [3, 100], [1, 7]])

# Row 19: dtypes.


@pytest.mark.parametrize(
    "dtype",
    [
        case(19, dtype, dtype)
        for dtype in (
            *("int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "bool"),
            *("float16", "float32", "float64", "longdouble", ">f8", ">f4", ">i4", ">i8", ">u2"),
        )
    ],
)
def test_every_real_dtype_is_read_exactly(dtype):
    X = SMALL.astype(dtype)
    expected = np.array([[float(value) for value in row] for row in X])
    np.testing.assert_array_equal(read_x(X), expected)
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1]})
    np.testing.assert_array_equal(read_x(frame), expected)
    if np.dtype(dtype).isnative and dtype not in ("longdouble", "float16"):
        np.testing.assert_array_equal(read_x(sparse.coo_array(X)), expected)
        np.testing.assert_array_equal(read_x(sparse.csr_array(X)), expected)
        np.testing.assert_array_equal(read_x(pa.table({"a": X[:, 0], "b": X[:, 1]})), expected)
        np.testing.assert_array_equal(read_x(pl.DataFrame({"a": X[:, 0], "b": X[:, 1]})), expected)


BIG = 2**53 + 1
BIG_COLUMNS = [
    case(19, "ids-int64", np.array([1, BIG, -BIG, 2**60]), 2, 1),
    case(19, "ids-uint64", np.array([1, 2**64 - 1, 2**63, 2**53], dtype=np.uint64), 1, 1),
    case(19, "ids-int64-ends", np.array([-(2**63), 0, 1, 2**63 - 1]), 1, 3),
]


@pytest.mark.parametrize(("values", "count", "row"), BIG_COLUMNS)
@pytest.mark.parametrize("form", ["array", "pandas", "polars", "arrow", "sparse", "nullable"])
def test_integers_that_float64_cannot_hold_are_noted(values, count, row, form):
    data, name = {
        "array": (values[:, None], "x0"),
        "pandas": (pd.DataFrame({"id": values}), "id"),
        "polars": (pl.DataFrame({"id": values}), "id"),
        "arrow": (pa.table({"id": values}), "id"),
        "sparse": (sparse.csr_array(values[:, None]), "x0"),
        "nullable": (
            pd.DataFrame({"id": pd.array(values, dtype=values.dtype.name.replace("i", "I").replace("uI", "UI"))}),
            "id",
        ),
    }[form]
    dataset = read(data, target=Y)
    (note,) = dataset.notes
    assert (note.code, note.warning) == ("inexact-integers", DataWarning)
    plural = "integer" if count == 1 else "integers"
    assert f"Column {name!r}: {count} {plural} beyond 2**53" in note.message
    assert f"the first in row {row}: {values[row]}" in note.message
    np.testing.assert_array_equal(filled(dataset.source.design)[:, 0], values.astype(float))


@pytest.mark.parametrize(
    "values",
    [
        case(19, "powers", np.array([2**53, 2**62, -(2**63), 0])),
        case(19, "even", np.array([2**54 + 4, 2**55 - 8, 6, 7])),
        case(19, "uint64", np.array([2**63, 2**64 - 2048, 1, 0], dtype=np.uint64)),
    ],
)
def test_big_integers_that_are_exact_need_no_note(values):
    dataset = read(values[:, None], target=Y)
    assert dataset.notes == ()
    np.testing.assert_array_equal(filled(dataset.source.design)[:, 0], [float(int(v)) for v in values])


def test_a_longdouble_beyond_float64_is_infinite():
    X = np.full((4, 1), np.longdouble("1e400"))
    if not np.isfinite(X).all():
        pytest.skip("long double is no wider than double on this machine")
    with pytest.raises(DataError, match="4 infinite values, the first in row 0"):
        read(X, target=Y)


def test_a_null_beside_a_big_integer_leaves_it_exact():
    frame = pl.DataFrame({"id": [2**60, None, 2**62, 1]})
    dataset = read(frame, Preparation(missing="drop"), target=Y)
    assert filled(dataset.source.design, dataset.source.rows)[:, 0].tolist() == [2.0**60, 2.0**62, 1.0]
    assert [note.code for note in dataset.notes] == ["rows-dropped"]


# Row 20: objects, numeric text, Decimal, complex.


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        case(20, "object-ints", [1, 2, 3, 10**15], [1.0, 2.0, 3.0, 1e15]),
        case(20, "object-floats", [1.5, 2, np.float32(0.1), -1], [1.5, 2.0, float(np.float32(0.1)), -1.0]),
        case(
            20,
            "decimal",
            [Decimal("0.1"), Decimal("1e-7"), Decimal(3), Decimal("123456789.123456789")],
            [0.1, 1e-7, 3.0, 123456789.123456789],
        ),
        case(20, "fraction", [Fraction(1, 3), Fraction(2), 1, 0], [1 / 3, 2.0, 1.0, 0.0]),
        case(
            20,
            "numpy-scalars",
            [np.int8(-3), np.uint64(7), np.int16(1), np.float64(2.5)],
            [-3.0, 7.0, 1.0, 2.5],
        ),
    ],
)
def test_objects_that_are_numbers_are_converted_exactly(values, expected):
    objects = np.array(values, dtype=object)
    np.testing.assert_array_equal(read_x(objects[:, None])[:, 0], expected)
    np.testing.assert_array_equal(read_x(pd.DataFrame({"a": objects}))[:, 0], expected)


@pytest.mark.parametrize("make", [case(20, "decimal-arrow", pa.table), case(20, "decimal-polars", pl.DataFrame)])
def test_decimal_columns_are_converted_exactly(make):
    values = [Decimal("0.1"), Decimal("123456789.123456789"), None, Decimal("-3")]
    dataset = read(make({"a": values}), Preparation(missing="drop"), target=Y)
    np.testing.assert_array_equal(
        filled(dataset.source.design, dataset.source.rows)[:, 0], [0.1, 123456789.123456789, -3.0]
    )


def test_a_big_object_integer_is_noted():
    (note,) = read(np.array([[BIG], [1], [2], [3]], dtype=object), target=Y).notes
    assert f"1 integer beyond 2**53 rounded to the nearest float64, the first in row 0: {BIG}" in note.message


@pytest.mark.parametrize("big", [case(20, "big-beside-float", BIG), case(20, "beyond-64-bits-beside-float", 2**70 + 1)])
@pytest.mark.parametrize("take", [np.asarray, lambda column: pd.DataFrame(column, columns=["x0"])])
def test_an_object_integer_rounded_beside_fractions_is_noted(big, take):
    (note,) = read(take(np.array([[1.5], [big], [2], [3]], dtype=object)), target=Y).notes
    assert note.code == "inexact-integers"
    assert f"1 integer beyond 2**53 rounded to the nearest float64, the first in row 1: {big}" in note.message


def test_whole_decimals_are_noted_too():
    values = [Decimal(BIG), Decimal(1), Decimal("2"), None]
    table = pa.table({"a": pa.array(values, pa.decimal128(20, 0))})
    (_, note) = read(table, Preparation(missing="drop"), target=Y).notes
    assert f"1 integer beyond 2**53 rounded to the nearest float64, the first in row 0: {BIG}" in note.message


@pytest.mark.parametrize("beyond", [case(20, "beyond-64-bits", 2**70 + 1), case(20, "below", -(2**64) - 1)])
def test_an_object_integer_is_never_rounded_unsaid(beyond):
    with pytest.raises(DataError) as error:
        read(np.array([1, beyond, 2, 3], dtype=object)[:, None], target=Y)
    refused(error, f"the integer {beyond} has no float64 of its own", column="x0", row=1)
    assert read_x(np.array([[2**70], [1], [2], [3]], dtype=object))[0, 0] == 2.0**70


@pytest.mark.parametrize(
    "gap",
    [
        case(20, "none", None),
        case(20, "nan", math.nan),
        case(20, "numpy-nan", np.float32("nan")),
        case(20, "decimal-nan", Decimal("NaN")),
        case(20, "signalling-nan", Decimal("sNaN")),
        case(20, "pandas-na", pd.NA),
        case(20, "pandas-nat", pd.NaT),
        case(20, "numpy-nat", np.datetime64("NaT")),
    ],
)
def test_every_mark_of_a_missing_object_is_known(gap):
    for values in ([1, 2, gap, 3], [1.5, Decimal(2), gap, 3]):
        dataset = read(np.array(values, dtype=object)[:, None], Preparation(missing="drop"), target=Y)
        expected = [float(values[0]), 2.0, 3.0]
        assert filled(dataset.source.design, dataset.source.rows)[:, 0].tolist() == expected
    text = pd.DataFrame({"f": np.array(["u", "v", gap, "u"], dtype=object)})
    assert read(text, Preparation(missing="drop"), target=Y).recipe.factors == {"f": ("u", "v")}
    labels = np.array(["u", "v", gap, "u"], dtype=object)
    assert read(np.ones((4, 1)), Preparation(missing="drop"), target=labels).labels.classes.tolist() == ["u", "v"]


TEXT = ["1", "2.5", "-3e1", "1"]
NOTED = [
    case(20, "numeric-text-pandas", pd.DataFrame({"code": TEXT})),
    case(20, "numeric-text-objects", pd.DataFrame({"code": np.array(TEXT, dtype=object)})),
    case(20, "numeric-text-polars", pl.DataFrame({"code": TEXT})),
    case(20, "numeric-text-arrow", pa.table({"code": TEXT})),
]


@pytest.mark.parametrize("data", NOTED)
def test_numeric_text_in_a_frame_is_a_factor_with_a_note(data):
    dataset = read(data, target=Y)
    assert dataset.recipe.factors == {"code": ("-3e1", "1", "2.5")}
    (note,) = dataset.notes
    assert (note.code, note.warning) == ("numeric-text", DataWarning)
    assert "'code'" in note.message
    assert "3 levels" in note.message


@pytest.mark.parametrize(
    ("data", "parts", "column"),
    [
        case(20, "text-array", np.array([["1"], ["2"], ["3"], ["4"]]), ["text where numbers are needed"], None),
        case(20, "text-objects", np.array([[1, "7"]] * 4, dtype=object), ["text such as '7' (row 0)"], "x1"),
        case(
            20,
            "mixed-objects",
            np.array([[1], ["a"], [2], [3]], dtype=object),
            ["values of different kinds: row 1 holds 'a'"],
            "x0",
        ),
        case(
            20,
            "mixed-frame",
            pd.DataFrame({"a": [1, "x", 2.5, None]}),
            ["values of different kinds: row 1 holds 'x'"],
            "a",
        ),
        case(
            20,
            "complex-array",
            np.ones((4, 1), dtype=complex),
            ["complex numbers", "real and imaginary"],
            None,
        ),
        case(20, "complex-frame", pd.DataFrame({"a": np.ones(4, dtype=complex)}), ["complex"], "a"),
        case(
            20,
            "complex-objects",
            np.array([[1j]] * 4, dtype=object),
            ["type complex", "real and imaginary"],
            "x0",
        ),
        case(20, "bytes", np.array([[b"a"]] * 4), ["text where numbers are needed"], None),
        case(20, "lists", pl.DataFrame({"a": [[1], [2], [3], [4]]}), ["values of type List"], "a"),
        case(20, "structs", pa.table({"a": [{"b": 1}] * 4}), ["values of type struct"], "a"),
        case(20, "things", pd.DataFrame({"a": [object()] * 4}), ["values of type object"], "a"),
        case(20, "too-big", np.array([[10**400]] * 4, dtype=object), ["beyond the largest float64"], "x0"),
    ],
)
def test_what_is_no_number_and_no_factor_is_refused(data, parts, column):
    with pytest.raises(DataError) as error:
        read(data, target=Y)
    for part in parts:
        assert part in str(error.value)
    assert error.value.column == column
    assert error.value.remedy


# Row 21: dates.


@pytest.mark.parametrize(
    ("values", "what"),
    [
        case(
            21,
            "datetime",
            np.array(["2020-01-01", "2021-01-01", "2022-01-01", "NaT"], dtype="M8[ns]"),
            "dates",
        ),
        case(21, "timedelta", np.array([1, 2, 3, 4], dtype="m8[ms]"), "durations"),
    ],
)
@pytest.mark.parametrize("form", ["array", "pandas", "polars", "arrow"])
def test_dates_are_refused(values, what, form):
    make = {
        "array": lambda: values[:, None],
        "pandas": lambda: pd.DataFrame({"when": values}),
        "polars": lambda: pl.DataFrame({"when": values}),
        "arrow": lambda: pa.table({"when": values}),
    }[form]
    with pytest.raises(DataError, match=f"{what}.*Convert first, for example to") as error:
        read(make(), target=Y)
    assert error.value.column == (None if form == "array" else "when")


@pytest.mark.parametrize(
    "value",
    [
        case(21, "date-object", datetime.date(2020, 1, 1)),
        case(21, "time-object", datetime.time(1)),
        case(21, "timedelta-object", datetime.timedelta(1)),
        case(21, "timestamp-object", pd.Timestamp("2020-01-01")),
        case(21, "numpy-object", np.datetime64("2020-01-01")),
    ],
)
def test_date_objects_are_refused(value):
    for data, column in (
        (np.array([[value]] * 4, dtype=object), "x0"),
        (pd.DataFrame({"when": np.array([value] * 4, dtype=object)}), "when"),
    ):
        with pytest.raises(DataError, match=r"Convert first, for example to") as error:
            read(data, target=Y)
        assert error.value.column == column


def test_float32_is_exactly_its_float64_value():
    value = np.float32(0.1)
    assert read_x(np.array([[value], [1]], dtype=np.float32))[0, 0] == float(value) != 0.1
    assert math.isclose(float(value), 0.1, rel_tol=1e-7)


def test_integers_of_128_bits_are_read_exactly():
    frame = pl.DataFrame({"a": pl.Series([1, -2, None, 2**40], dtype=pl.Int128)})
    dataset = read(frame, Preparation(missing="drop"), target=Y)
    assert filled(dataset.source.design, dataset.source.rows)[:, 0].tolist() == [1, -2, 2**40]
