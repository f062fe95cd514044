"""The hard cases of the columns: dtypes, objects, dates, factors, layouts. Each once gave a wrong number."""

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
from logistica.data.read import read
from tests.data.naive import filled, read_x
from tests.data.test_nasty_data import case, refused

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
            pd.DataFrame(
                {"id": pd.array(values, dtype=values.dtype.name.replace("i", "I").replace("uI", "UI"))}
            ),
            "id",
        ),
    }[form]
    dataset = read(data, target=Y)
    (note,) = dataset.notes
    assert (note.code, note.warning) == ("inexact_integers", DataWarning)
    plural = "integer" if count == 1 else "integers"
    assert f"column {name!r}: {count} {plural} beyond 2**53" in note.message
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
    dataset = read(frame, target=Y, missing="drop")
    assert filled(dataset.source.design, dataset.source.rows)[:, 0].tolist() == [2.0**60, 2.0**62, 1.0]
    assert [note.code for note in dataset.notes] == ["rows_dropped"]


# Row 20: objects, numeric text, Decimal, complex.


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        case(20, "object-ints", [1, 2, 3, 10**15], [1.0, 2.0, 3.0, 1e15]),
        case(20, "object-floats", [1.5, 2, np.float32(0.1), True], [1.5, 2.0, float(np.float32(0.1)), 1.0]),
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
            [np.int8(-3), np.uint64(7), np.bool_(True), np.float64(2.5)],
            [-3.0, 7.0, 1.0, 2.5],
        ),
    ],
)
def test_objects_that_are_numbers_are_converted_exactly(values, expected):
    objects = np.array(values, dtype=object)
    np.testing.assert_array_equal(read_x(objects[:, None])[:, 0], expected)
    np.testing.assert_array_equal(read_x(pd.DataFrame({"a": objects}))[:, 0], expected)


@pytest.mark.parametrize(
    "make", [case(20, "decimal-arrow", pa.table), case(20, "decimal-polars", pl.DataFrame)]
)
def test_decimal_columns_are_converted_exactly(make):
    values = [Decimal("0.1"), Decimal("123456789.123456789"), None, Decimal("-3")]
    dataset = read(make({"a": values}), target=Y, missing="drop")
    np.testing.assert_array_equal(
        filled(dataset.source.design, dataset.source.rows)[:, 0], [0.1, 123456789.123456789, -3.0]
    )


def test_a_big_object_integer_is_noted():
    (note,) = read(np.array([[BIG], [1], [2], [3]], dtype=object), target=Y).notes
    assert f"1 integer beyond 2**53 rounded to the nearest float64, the first in row 0: {BIG}" in note.message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        case(
            20, "beyond-64-bits", [2**70 + 1, 1, 2, 3], f"the integer {2**70 + 1} has no float64 of its own"
        ),
        case(20, "big-beside-float", [BIG, 1.5, 2, 3], f"the integer {BIG} has no float64 of its own"),
    ],
)
def test_an_object_integer_is_never_rounded_unsaid(values, message):
    with pytest.raises(DataError) as error:
        read(np.array(values, dtype=object)[:, None], target=Y)
    refused(error, message, column="x0")
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
        dataset = read(np.array(values, dtype=object)[:, None], target=Y, missing="drop")
        expected = [float(values[0]), 2.0, 3.0]
        assert filled(dataset.source.design, dataset.source.rows)[:, 0].tolist() == expected
    text = pd.DataFrame({"f": np.array(["u", "v", gap, "u"], dtype=object)})
    assert read(text, target=Y, missing="drop").recipe.factors == {"f": ("u", "v")}
    labels = np.array(["u", "v", gap, "u"], dtype=object)
    assert read(np.ones((4, 1)), target=labels, missing="drop").labels.classes.tolist() == ["u", "v"]


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
    assert (note.code, note.warning) == ("numeric_text", DataWarning)
    assert "'code'" in note.message
    assert "3 levels" in note.message


@pytest.mark.parametrize(
    ("data", "parts", "column"),
    [
        case(
            20, "text-array", np.array([["1"], ["2"], ["3"], ["4"]]), ["text where numbers are needed"], None
        ),
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


# Row 22: factors.

RANKS = ["mid", "low", "high", "low"]
ORDER = ["low", "mid", "high", "never"]


@pytest.mark.parametrize(
    "data",
    [
        case(22, "category-order", pd.DataFrame({"rank": pd.Categorical(RANKS, categories=ORDER)})),
        case(22, "ordered", pd.DataFrame({"rank": pd.Categorical(RANKS, categories=ORDER, ordered=True)})),
        case(22, "enum", pl.DataFrame({"rank": pl.Series(RANKS, dtype=pl.Enum(ORDER))})),
        case(
            22,
            "ordered-dictionary",
            pa.table({"rank": pa.DictionaryArray.from_arrays([1, 0, 2, 0], ORDER, ordered=True)}),
        ),
    ],
)
def test_the_order_of_categories_is_kept_and_unused_levels_are_dropped(data):
    dataset = read(data, target=Y)
    assert dataset.recipe.factors == {"rank": ("low", "mid", "high")}
    assert dataset.recipe.baseline("rank") == "low"
    assert dataset.recipe.terms == ("rank[mid]", "rank[high]")
    np.testing.assert_array_equal(filled(dataset.source.design), [[1, 0], [0, 0], [0, 1], [0, 0]])


@pytest.mark.parametrize(
    "data",
    [
        case(22, "text", pd.DataFrame({"rank": RANKS})),
        case(22, "plain-dictionary", pa.table({"rank": pa.array(RANKS).dictionary_encode()})),
        case(22, "polars-categorical", pl.DataFrame({"rank": pl.Series(RANKS, dtype=pl.Categorical)})),
    ],
)
def test_levels_without_an_order_are_sorted_so_that_rows_may_be_permuted(data):
    dataset = read(data, target=Y)
    assert dataset.recipe.factors == {"rank": ("high", "low", "mid")}
    np.testing.assert_array_equal(filled(dataset.source.design), [[0, 1], [1, 0], [0, 0], [1, 0]])


@pytest.mark.parametrize(
    ("categories", "values", "levels"),
    [
        case(22, "integers", [3, 1, 2], [1, 3, 1, 2], (3, 1, 2)),
        case(22, "floats", [0.5, 0.25], [0.25, 0.5, 0.5, 0.5], (0.5, 0.25)),
        case(22, "booleans", [True, False], [True, False, True, True], (True, False)),
    ],
)
def test_categories_that_are_no_text_keep_their_type(categories, values, levels):
    frame = pd.DataFrame({"c": pd.Categorical(values, categories=categories)})
    dataset = read(frame, target=Y)
    assert dataset.recipe.factors == {"c": levels}
    assert list(map(type, dataset.recipe.factors["c"])) == list(map(type, levels))
    plain = dataset.recipe.design(pd.DataFrame({"c": values}))
    np.testing.assert_array_equal(filled(plain.design), filled(dataset.source.design))


@pytest.mark.parametrize(
    ("indices", "dictionary", "levels", "codes"),
    [
        case(22, "null-in-dictionary", [0, 2, 2, 0], ["b", None, "a"], ("a", "b"), [1, 0, 0, 1]),
        case(22, "level-listed-twice", [0, 1, 2, 0], ["a", "b", "a"], ("a", "b"), [0, 1, 0, 0]),
    ],
)
def test_an_untidy_dictionary_is_tidied(indices, dictionary, levels, codes):
    untidy = pa.DictionaryArray.from_arrays(pa.array(indices), pa.array(dictionary))
    dataset = read(pa.table({"f": untidy}), target=Y)
    assert dataset.recipe.factors == {"f": levels}
    assert filled(dataset.source.design)[:, 0].tolist() == codes


def test_dictionaries_that_differ_between_chunks_are_united():
    pieces = [pa.array(["b", "a"]).dictionary_encode(), pa.array(["c", "a"]).dictionary_encode()]
    dataset = read(pa.table({"f": pa.chunked_array(pieces)}), target=Y)
    assert dataset.recipe.factors == {"f": ("a", "b", "c")}
    np.testing.assert_array_equal(filled(dataset.source.design), [[1, 0], [0, 0], [0, 1], [0, 0]])


def test_integers_of_128_bits_are_read_exactly():
    frame = pl.DataFrame({"a": pl.Series([1, -2, None, 2**40], dtype=pl.Int128)})
    dataset = read(frame, target=Y, missing="drop")
    assert filled(dataset.source.design, dataset.source.rows)[:, 0].tolist() == [1, -2, 2**40]


def test_a_level_seen_once_has_its_column():
    dataset = read(pd.DataFrame({"f": ["a", "a", "a", "rare"]}), target=Y)
    assert dataset.recipe.terms == ("f[rare]",)
    assert filled(dataset.source.design)[:, 0].tolist() == [0, 0, 0, 1]


def test_a_factor_with_one_level_adds_no_column_and_is_noted():
    dataset = read(pd.DataFrame({"f": ["a"] * 4, "x": [1.0, 2, 3, 4]}), target=Y)
    assert dataset.recipe.terms == ("x",)
    assert dataset.recipe.n_columns == dataset.source.n_columns == 1
    np.testing.assert_array_equal(filled(dataset.source.design)[:, 0], [1, 2, 3, 4])
    (note,) = dataset.notes
    assert "column 'f' has only one level, 'a'" in note.message


@pytest.mark.parametrize(
    "categories",
    [
        case(22, "interval-levels", pd.cut([1, 2, 3, 4], 2)),
        case(22, "date-levels", pd.Categorical(pd.to_datetime(["2020", "2021", "2020", "2021"]))),
        case(22, "mixed-levels", pd.Categorical([1, "a", 1, "a"])),
    ],
)
def test_levels_that_no_model_file_can_hold_are_refused(categories):
    with pytest.raises(DataError, match="categories of") as error:
        read(pd.DataFrame({"f": categories}), target=Y)
    refused(error, column="f")


def test_two_design_columns_of_one_name_are_refused():
    with pytest.raises(DataError, match=r"two design columns") as error:
        read(pd.DataFrame({"f": ["a", "b", "a", "b"], "f[b]": [1, 2, 3, 4]}), target=Y)
    refused(error, column="f[b]")


@pytest.mark.parametrize(
    "data",
    [
        case(25, "duplicate-pandas", pd.DataFrame(np.ones((4, 2)), columns=["a", "a"])),
        case(25, "duplicate-arrow", pa.Table.from_arrays([pa.array(Y), pa.array(Y)], names=["a", "a"])),
        case(25, "duplicate-as-text", pd.DataFrame(np.ones((4, 2)), columns=[0, "0"])),
    ],
)
def test_duplicate_names_are_refused(data):
    with pytest.raises(DataError, match=r"Give every column its own name"):
        read(data, target=Y)


# Row 26: layouts.


@pytest.fixture
def plain():
    return np.random.default_rng(26).normal(size=(6, 3))


def read_only(X):
    X = X.copy()
    X.flags.writeable = False
    return X


def read_only_csr(X):
    csr = sparse.csr_array(X)
    for part in (csr.data, csr.indices, csr.indptr):
        part.flags.writeable = False
    return csr


LAYOUTS = [
    case(26, "fortran", np.asfortranarray),
    case(26, "read-only", read_only),
    case(26, "strided", lambda X: np.repeat(np.repeat(X, 2, axis=0), 3, axis=1)[::2, ::3]),
    case(26, "negative-stride", lambda X: X[::-1, ::-1].copy()[::-1, ::-1]),
    case(26, "transposed", lambda X: X.T.copy().T),
    case(26, "lists", lambda X: X.tolist()),
    case(26, "read-only-pandas", lambda X: pd.DataFrame(read_only(X))),
    case(26, "strided-pandas", lambda X: pd.DataFrame(np.repeat(X, 2, axis=1)).iloc[:, ::2]),
    case(26, "read-only-csr", read_only_csr),
]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layout_does_not_matter_and_nothing_is_changed(plain, layout):
    given = layout(plain)
    before = np.array(given.todense() if sparse.issparse(given) else given)
    np.testing.assert_array_equal(read_x(given), plain)
    np.testing.assert_array_equal(given.todense() if sparse.issparse(given) else given, before)


def test_a_memory_map_is_read_in_place(plain, tmp_path):
    np.save(tmp_path / "X.npy", plain)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    dataset = read(mapped, target=[0, 1] * 3)
    assert np.shares_memory(dataset.source.design.X, mapped)
    np.testing.assert_array_equal(filled(dataset.source.design), plain)


@pytest.mark.parametrize(
    "make",
    [
        case(26, "no-features-array", lambda: (np.empty((4, 0)), Y)),
        case(26, "no-features-sparse", lambda: (sparse.csr_array((4, 0)), Y)),
        case(26, "no-features-frame", lambda: (pd.DataFrame({"y": Y}), "y")),
    ],
)
def test_no_features_leave_the_intercept_only(make):
    data, target = make()
    dataset = read(data, target=target)
    assert (dataset.source.n_rows, dataset.source.n_columns, dataset.recipe.terms) == (4, 0, ())
    assert filled(dataset.source.design).shape == (4, 0)


@pytest.mark.parametrize(
    ("X", "parts"),
    [
        case(26, "one-dimension", np.ones(4), ["1 dimension", "X.reshape(-1, 1)"]),
        case(26, "three-dimensions", np.ones((4, 1, 1)), ["3 dimension", "(rows, columns)"]),
        case(26, "ragged", [[1, 2], [3]], ["rows of different lengths"]),
    ],
)
def test_what_is_no_matrix_is_refused(X, parts):
    with pytest.raises(DataError) as error:
        read(X, target=Y)
    for part in parts:
        assert part in str(error.value)
    assert error.value.remedy


def test_float32_is_exactly_its_float64_value():
    value = np.float32(0.1)
    assert read_x(np.array([[value], [1]], dtype=np.float32))[0, 0] == float(value) != 0.1
    assert math.isclose(float(value), 0.1, rel_tol=1e-7)
