"""The hard cases of the data: missing values, labels and weights. Each once gave a wrong number."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from logistica.core.errors import DataError, DataWarning, OptionError
from logistica.data.preparation import Preparation
from logistica.data.read import read
from tests.data.cases import case, refused
from tests.data.naive import read_x, source_rows

Y = [0, 1, 1, 0]
REMEDY_MISSING = "missing='drop'"


def gap(kind):
    return {"nan": np.nan, "inf": np.inf, "minus-inf": -np.inf}[kind]


def holed(values, kind, row=2):
    values = np.array(values, dtype=float)
    values[row] = gap(kind)
    return values


# Row 1: missing and infinite values.


@pytest.mark.parametrize(
    ("data", "column"),
    [
        case(1, "nan-array", np.c_[np.ones(4), holed(np.ones(4), "nan")], "x1"),
        case(1, "nan-fortran", np.asfortranarray(np.c_[np.ones(4), holed(np.ones(4), "nan")]), "x1"),
        case(1, "nan-float16", np.c_[np.ones(4), holed(np.ones(4), "nan")].astype(np.float16), "x1"),
        case(1, "nan-longdouble", np.c_[np.ones(4), holed(np.ones(4), "nan")].astype(np.longdouble), "x1"),
        case(1, "none-objects", np.array([[1, 1], [1, 1], [1, None], [1, 1]], dtype=object), "x1"),
        case(1, "masked", np.ma.masked_equal(np.array([[1, 2], [1, 2], [1, 9], [1, 2]]), 9), "x1"),
        case(1, "nan-sparse", sparse.csr_array(np.c_[np.ones(4), holed(np.zeros(4), "nan")]), "x1"),
        case(1, "nan-pandas", pd.DataFrame({"age": [1.0, 2, np.nan, 4]}), "age"),
        case(1, "na-nullable", pd.DataFrame({"age": pd.array([1, 2, None, 4], dtype="Int64")}), "age"),
        case(
            1,
            "na-nullable-bool",
            pd.DataFrame({"age": pd.array([True, False, None, True], dtype="boolean")}),
            "age",
        ),
        case(
            1,
            "na-pandas-arrow",
            pd.DataFrame({"age": pd.array([1, 2, None, 4], dtype="int64[pyarrow]")}),
            "age",
        ),
        case(1, "null-polars", pl.DataFrame({"age": [1, 2, None, 4]}), "age"),
        case(1, "nan-polars", pl.DataFrame({"age": [1.0, 2, np.nan, 4]}), "age"),
        case(1, "null-arrow", pa.table({"age": [1, 2, None, 4]}), "age"),
        case(1, "null-arrow-bool", pa.table({"age": [True, False, None, True]}), "age"),
        case(1, "null-text", pd.DataFrame({"age": ["a", "b", None, "a"]}), "age"),
        case(1, "null-category", pd.DataFrame({"age": pd.Categorical(["a", "b", None, "a"])}), "age"),
        case(
            1,
            "null-dictionary",
            pa.table({"age": pa.array(["a", "b", None, "a"]).dictionary_encode()}),
            "age",
        ),
        case(
            1,
            "null-enum",
            pl.DataFrame({"age": pl.Series(["a", "b", None, "a"], dtype=pl.Enum(["a", "b"]))}),
            "age",
        ),
    ],
)
def test_a_missing_value_in_x(data, column):
    with pytest.raises(DataError) as error:
        read(data, target=Y)
    refused(
        error,
        f"column '{column}'",
        "1 missing value, the first in row 2",
        REMEDY_MISSING,
        column=column,
        row=2,
    )
    assert error.value.count == 1

    dataset = read(data, Preparation(missing="drop"), target=Y)
    assert (dataset.n_rows_read, dataset.n_rows_dropped, dataset.source.n_rows) == (4, 1, 3)
    (note,) = dataset.notes
    assert note.message == f"Dropped 1 of 4 rows with missing values: {column} 1."
    assert note.warning is DataWarning
    assert np.isfinite(source_rows(dataset.source)).all()

    weightless = read(data, target=Y, weights=[1, 1, 0, 1])
    np.testing.assert_array_equal(source_rows(weightless.source), source_rows(dataset.source))

    new = dataset.recipe.design(data, missing="drop")
    assert new.n_rows == 4
    assert new.missing.tolist() == [False, False, True, False]
    assert "1 of 4 rows have missing values and get no prediction" in new.notes[-1].message
    with pytest.raises(DataError) as error:
        dataset.recipe.design(data)
    refused(error, "1 missing value, the first in row 2", column=column, row=2)


@pytest.mark.parametrize("kind", ["inf", "minus-inf"])
@pytest.mark.parametrize("missing", ["error", "drop"])
@pytest.mark.parametrize(
    ("make", "column"),
    [
        case(1, "inf-array", lambda v: np.c_[np.ones(4), v], "x1"),
        case(1, "inf-float32", lambda v: np.c_[np.ones(4), v].astype(np.float32), "x1"),
        case(1, "inf-sparse", lambda v: sparse.csr_array(np.c_[np.ones(4), v]), "x1"),
        case(1, "inf-pandas", lambda v: pd.DataFrame({"age": v}), "age"),
        case(1, "inf-polars", lambda v: pl.DataFrame({"age": v}), "age"),
        case(1, "inf-arrow", lambda v: pa.table({"age": v}), "age"),
    ],
)
def test_an_infinite_value_in_x(make, column, missing, kind):
    data = make(holed(np.ones(4), kind))
    with pytest.raises(DataError) as error:
        read(data, Preparation(missing=missing), target=Y)
    refused(error, f"1 infinite value, the first in row 2: {gap(kind)}", column=column, row=2)
    assert read(data, target=Y, weights=[1, 1, 0, 1]).source.n_rows == 3


@pytest.mark.parametrize(
    ("options", "column"),
    [
        case(1, "nan-y", {"target": [0, 1, np.nan, 1]}, "target"),
        case(1, "none-y", {"target": ["a", "b", None, "a"]}, "target"),
        case(1, "na-y", {"target": pd.Series([0, 1, None, 1], dtype="Int64", name="won")}, "won"),
        case(1, "null-y-polars", {"target": pl.Series("won", ["a", "b", None, "b"])}, "won"),
        case(
            1,
            "null-y-category",
            {"target": pd.Series(pd.Categorical(["a", "b", None, "b"]), name="won")},
            "won",
        ),
        case(1, "nat-y", {"target": np.array(["2020", "2021", "NaT", "2020"], dtype="M8[Y]")}, "target"),
        case(1, "nan-weights", {"target": Y, "weights": [1, 1, np.nan, 2]}, "weights"),
        case(1, "null-weights", {"target": Y, "weights": pl.Series([1, 1, None, 2])}, "weights"),
        case(1, "nan-offset", {"target": Y, "offset": [1, 1, np.nan, 2]}, "offset"),
        case(1, "null-offset", {"target": Y, "offset": pa.array([1, 1, None, 2])}, "offset"),
    ],
)
def test_a_missing_value_beside_x(options, column):
    X = np.arange(8.0).reshape(4, 2)
    with pytest.raises(DataError) as error:
        read(X, **options)
    refused(error, "1 missing value, the first in row 2", REMEDY_MISSING, column=column, row=2)
    if column == "target" and getattr(options["target"], "dtype", None) == "M8[Y]":
        return
    dataset = read(X, Preparation(missing="drop"), **options)
    np.testing.assert_array_equal(source_rows(dataset.source), X[[0, 1, 3]])
    assert dataset.source.y.tolist()[:2] == [0, 1]
    assert dataset.notes[0].message == f"Dropped 1 of 4 rows with missing values: {column} 1."


@pytest.mark.parametrize(
    ("options", "column"),
    [
        case(1, "inf-y", {"target": [0, 1, np.inf, 1]}, None),
        case(1, "inf-weights", {"target": Y, "weights": [1, 1, np.inf, 2]}, "weights"),
        case(1, "inf-offset", {"target": Y, "offset": [1, 1, -np.inf, 2]}, "offset"),
    ],
)
@pytest.mark.parametrize("missing", ["error", "drop"])
def test_an_infinite_value_beside_x(options, column, missing):
    with pytest.raises(DataError) as error:
        read(np.ones((4, 1)), Preparation(missing=missing), **options)
    refused(error, "inf", "row 2", column=column, row=2)


def test_missing_values_are_counted_by_column():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(rng.normal(size=(500, 3)), columns=["age", "income", "height"])
    frame.loc[10:19, "age"] = np.nan
    frame.loc[[18, 30, 31], "income"] = np.nan
    y = rng.integers(0, 2, 500)
    with pytest.raises(DataError) as error:
        read(frame, target=y)
    refused(error, "10 missing values, the first in row 10 (also missing: income 3)", column="age", row=10)
    (note,) = read(frame, Preparation(missing="drop"), target=y).notes
    assert note.message == "Dropped 12 of 500 rows with missing values: age 10, income 3."


def test_the_first_row_is_the_first_of_nulls_and_nans():
    frame = pl.DataFrame({"age": [1.0, float("nan"), None, 2.0]})
    with pytest.raises(DataError) as error:
        read(frame, target=Y)
    refused(error, "2 missing values, the first in row 1", column="age", row=1)


@pytest.mark.parametrize("make", [pa.array, pl.Series, pa.chunked_array], ids=["array", "polars", "chunked"])
def test_nulls_among_labels_do_not_change_their_type(make):
    y = [5, 7, None, 5]
    labels = read(
        np.ones((4, 1)), Preparation(missing="drop"), target=make([y] if make is pa.chunked_array else y)
    ).labels
    assert labels.classes.tolist() == [5, 7]
    assert labels.classes.dtype == np.int64


def test_an_overflowing_sum_of_finite_values_is_no_infinity():
    X = np.full((4, 2), 1.7e308)
    np.testing.assert_array_equal(read_x(X), X)
    np.testing.assert_array_equal(read_x(sparse.csr_array(X)), X)


# Rows 2 and 3: too few classes.

DROP = Preparation(missing="drop")


@pytest.mark.parametrize(
    ("n_rows", "options", "message"),
    [
        case(2, "one-class", 3, {"target": ["x", "x", "x"]}, "only class 'x' (3 rows)"),
        case(2, "one-row", 1, {"target": [7]}, "only class 7 (1 row)"),
        case(2, "zero-rows", 0, {"target": []}, "0 rows"),
        case(2, "zero-after-drop", 2, {"preparation": DROP, "target": [None, None]}, "no row is left of 2"),
        case(2, "one-after-drop", 3, {"preparation": DROP, "target": [1, 1, None]}, "only class 1 (2 rows)"),
        case(3, "weights-leave-one", 3, {"target": [0, 0, 1], "weights": [1, 2, 0]}, "only class 0 (2 rows)"),
    ],
)
def test_fewer_than_two_classes(n_rows, options, message):
    with pytest.raises(DataError) as error:
        read(np.ones((n_rows, 2)), **options)
    assert message in str(error.value)
    assert error.value.remedy


def test_an_empty_table_is_told_apart_from_a_single_class():
    with pytest.raises(DataError, match="0 rows") as error:
        read(pd.DataFrame({"a": [], "y": []}), target="y")
    assert "only class" not in str(error.value)


# Row 4: labels of any kind.


@pytest.mark.parametrize(
    ("y", "classes"),
    [
        case(4, "one-two", [1, 2, 2, 1], [1, 2]),
        case(4, "minus-one-one", [-1, 1, 1, -1], [-1, 1]),
        case(4, "bool", [True, False, True, True], [False, True]),
        case(4, "text", ["yes", "no", "no", "yes"], ["no", "yes"]),
        case(4, "floats", [0.0, 1.0, 1.0, 0.0], [0.0, 1.0]),
        case(4, "three", ["c", "a", "b", "a"], ["a", "b", "c"]),
        case(4, "category", pd.Series(["q", "p", "q", "p"], dtype="category"), ["p", "q"]),
        case(4, "integer-category", pd.Series(pd.Categorical([3, 1, 3, 1], categories=[3, 1])), [1, 3]),
        case(4, "enum", pl.Series(["q", "p", "q", "p"], dtype=pl.Enum(["q", "p"])), ["p", "q"]),
    ],
)
def test_labels_are_kept_verbatim(y, classes):
    dataset = read(np.ones((4, 1)), target=y)
    found = dataset.labels.classes.tolist()
    assert found == classes
    assert list(map(type, found)) == list(map(type, classes))
    assert dataset.labels.decode(dataset.source.y).tolist() == list(y)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        case(4, "continuous", [0.1, 0.5, 0.7, 0.1], "continuous labels: 3 distinct values such as 0.1 in row 0"),
        case(4, "mixture", [1, "a", 1, 1], "labels of different kinds: row 1 holds 'a'"),
        case(4, "dates", pd.Series(pd.to_datetime(["2020-01-01"] * 4)), "labels of dtype datetime64"),
    ],
)
def test_what_are_no_labels(y, message):
    with pytest.raises(DataError) as error:
        read(np.ones((4, 1)), target=y)
    assert message in str(error.value)
    assert error.value.remedy


# Row 16: weights.

WEIGHTS_REMEDY = "set a weight to 0 for an absent row"


@pytest.mark.parametrize(
    ("weights", "kind", "parts", "row"),
    [
        case(
            16,
            "negative",
            [1, -2.5, 1, -1],
            "importance",
            ["2 negative weights", "row 1: -2.5", WEIGHTS_REMEDY],
            1,
        ),
        case(16, "infinite", [1, 1, np.inf, 1], "sampling", ["1 infinite weight", "row 2: inf"], 2),
        case(16, "all-zero", [0, 0, 0, 0], "importance", ["all 4 weights are 0", "positive weight"], 0),
        case(
            16,
            "fractional",
            [1, 2, 3, 2.5],
            "frequency",
            ["1 fractional weight", "row 3: 2.5", "'importance'"],
            3,
        ),
    ],
)
def test_impossible_weights(weights, kind, parts, row):
    with pytest.raises(DataError) as error:
        read(np.ones((4, 1)), target=Y, weights=weights, weight_kind=kind)
    refused(error, *parts, column="weights", row=row)
    frame = pd.DataFrame({"x": np.ones(4), "y": Y, "w": weights})
    with pytest.raises(DataError) as error:
        read(frame, target="y", weights="w", weight_kind=kind)
    refused(error, *parts, column="w", row=row)


@pytest.mark.parametrize(
    "weights",
    [
        case(16, "tiny", [1e-300] * 4),
        case(16, "huge", [1e300] * 4),
        case(16, "huge-sum", [1.7e308] * 4),
        case(16, "integers", [1, 2, 3, 4]),
        case(16, "bool", [True, True, True, True]),
    ],
)
def test_possible_weights(weights):
    assert read(np.ones((4, 1)), target=Y, weights=weights).source.weights.tolist() == list(map(float, weights))


@pytest.mark.parametrize(
    "X",
    [
        case(16, "zero-is-absent", [[1.0], [np.nan], [3.0], [4.0]]),
        case(16, "zero-with-inf", [[1.0], [np.inf], [3.0], [4.0]]),
    ],
)
def test_weight_zero_is_an_absent_row(X):
    dataset = read(np.array(X), target=[0, 9, 1, 0], weights=[1, 0, 2, 3])
    assert dataset.labels.classes.tolist() == [0, 1]
    assert (dataset.source.n_rows, dataset.n_rows_read, dataset.n_rows_weight_zero) == (3, 4, 1)
    assert dataset.n_rows_dropped == 0
    assert source_rows(dataset.source)[:, 0].tolist() == [1, 3, 4]


@pytest.mark.parametrize(
    ("options", "parts"),
    [
        case(
            16,
            "weights-length",
            {"target": Y, "weights": [1, 2]},
            ["the length of the weights is 2, the data have 4 rows"],
        ),
        case(
            16,
            "target-length",
            {"target": [0, 1, 0]},
            ["the length of the target is 3, the data have 4 rows"],
        ),
        case(
            16,
            "offset-length",
            {"target": Y, "offset": [1.0]},
            ["the length of the offset is 1, the data have 4 rows"],
        ),
        case(16, "weights-shape", {"target": Y, "weights": np.ones((4, 2))}, ["weights of shape (4, 2)"]),
        case(16, "weights-text", {"target": Y, "weights": ["a", "b", "c", "d"]}, ["text", "'weights'"]),
    ],
)
def test_what_stands_beside_x_must_fit_it(options, parts):
    with pytest.raises(DataError) as error:
        read(np.ones((4, 1)), **options)
    for part in parts:
        assert part in str(error.value)
    assert error.value.remedy


def test_one_offset_for_three_classes_would_cancel():
    with pytest.raises(OptionError, match="cancel"):
        read(np.ones((3, 1)), target=[0, 1, 2], offset=[1.0, 2.0, 3.0])
