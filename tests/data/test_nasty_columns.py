"""The hard cases of factors, names and memory layouts. Each once gave a wrong number."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from logistica.core.errors import DataError
from logistica.data.read import read
from tests.data.cases import case, refused
from tests.data.naive import filled, read_x

Y = [0, 1, 1, 0]

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
    assert "Column 'f' has only one level, 'a'" in note.message


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
