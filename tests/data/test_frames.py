"""Whatever holds the data, the design has the same numbers."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse

from logistica.core.errors import DataError, OptionError
from logistica.data.preparation import Preparation
from logistica.data.read import read
from tests.data.naive import COLUMNS, NAMES, TERMS, expected_design, filled, source_rows


def pandas_categories():
    frame = pd.DataFrame(COLUMNS)
    return frame.astype({"rank": pd.CategoricalDtype(["a", "b", "c", "unused"]), "city": "category"})


def polars_categories():
    ranks = pl.Enum(["a", "b", "c", "unused"])
    return pl.DataFrame(COLUMNS).with_columns(pl.col("rank").cast(ranks), pl.col("city").cast(pl.Categorical))


def arrow_dictionaries():
    arrays = {name: pa.array(values) for name, values in COLUMNS.items()}
    arrays |= {name: arrays[name].dictionary_encode() for name in ("rank", "city", "passed")}
    return pa.table(arrays)


def arrow_chunks():
    table = pa.table(COLUMNS)
    return pa.concat_tables([table.slice(0, 2), table.slice(2, 0), table.slice(2)])


TABLES = {
    "pandas": lambda: pd.DataFrame(COLUMNS),
    "pandas-objects": lambda: pd.DataFrame(COLUMNS).astype(object),
    "pandas-categories": pandas_categories,
    "pandas-arrow": lambda: pd.DataFrame(COLUMNS).convert_dtypes(dtype_backend="pyarrow"),
    "pandas-nullable": lambda: pd.DataFrame(COLUMNS).convert_dtypes(),
    "pandas-odd-index": lambda: pd.DataFrame(COLUMNS, index=[9, 9, 3, 1, 0]),
    "polars": lambda: pl.DataFrame(COLUMNS),
    "polars-categories": polars_categories,
    "arrow": lambda: pa.table(COLUMNS),
    "arrow-chunks": arrow_chunks,
    "arrow-dictionaries": arrow_dictionaries,
    "arrow-batch": lambda: pa.RecordBatch.from_pydict(COLUMNS),
}


@pytest.fixture(params=TABLES.values(), ids=TABLES)
def table(request):
    return request.param()


def test_every_table_gives_the_same_numbers(table):
    dataset = read(table, target="passed")
    assert dataset.recipe.terms == TERMS
    assert dataset.recipe.n_columns == len(TERMS)
    assert dataset.recipe.factors == {"rank": ("a", "b", "c"), "city": ("Bern", "Oslo", "Rome")}
    assert dataset.labels.classes.tolist() == ["no", "yes"]
    assert dataset.source.y.tolist() == [1, 0, 1, 0, 1]
    assert dataset.target_name == "passed"
    assert dataset.notes == ()
    np.testing.assert_array_equal(filled(dataset.source.design), expected_design())
    np.testing.assert_array_equal(filled(dataset.source.design, np.array([4, 0])), expected_design()[[4, 0]])


@pytest.mark.parametrize("other", TABLES.values(), ids=TABLES)
def test_a_recipe_from_one_table_reads_every_other(table, other):
    recipe = read(table, target="passed").recipe
    new = recipe.design(other(), ignore=["passed"])
    np.testing.assert_array_equal(filled(new.design), expected_design())
    assert new.missing is None
    assert new.notes == ()


def test_weights_and_offset_are_taken_out_of_the_table(table):
    dataset = read(table, target="passed", weights="age", offset="member")
    assert dataset.recipe.names == ("rank", "city")
    np.testing.assert_array_equal(dataset.source.weights, COLUMNS["age"])
    np.testing.assert_array_equal(dataset.source.offset[:, 0], COLUMNS["member"])
    assert (dataset.weights_name, dataset.offset_names, dataset.has_offset) == ("age", ("member",), True)


def test_series_of_any_make_stand_beside_an_array():
    X = np.arange(10.0).reshape(5, 2)
    for make in (pd.Series, pl.Series, pa.array, list, tuple, np.array):
        dataset = read(X, target=make(COLUMNS["passed"]), weights=make(COLUMNS["age"]), offset=make(COLUMNS["age"]))
        assert dataset.source.y.tolist() == [1, 0, 1, 0, 1]
        np.testing.assert_array_equal(dataset.source.weights, COLUMNS["age"])
        np.testing.assert_array_equal(dataset.source.offset[:, 0], COLUMNS["age"])


def test_a_one_column_frame_or_array_is_a_target():
    X = np.arange(5.0).reshape(5, 1)
    y = np.array([0, 1, 1, 0, 1])
    for target in (y[:, None], pd.DataFrame({"y": y}), pl.DataFrame({"y": y}), y[:, None].tolist()):
        assert read(X, target=target).source.y.tolist() == y.tolist()
    with pytest.raises(DataError, match=r"shape \(5, 2\)"):
        read(X, target=np.column_stack([y, y]))


def test_the_name_of_a_series_is_kept():
    assert read(np.eye(2), target=pd.Series([0, 1], name="won")).target_name == "won"


@pytest.mark.parametrize(
    "make",
    [
        sparse.csr_matrix,
        sparse.csr_array,
        sparse.csc_array,
        sparse.coo_array,
        sparse.coo_matrix,
        sparse.lil_array,
        sparse.dok_array,
        sparse.bsr_array,
        sparse.dia_array,
    ],
)
@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_every_sparse_form_gives_the_same_numbers(make, index):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(7, 4)) * (rng.random((7, 4)) < 0.4)
    given = make(X)
    if hasattr(given, "indices"):
        given.indices, given.indptr = given.indices.astype(index), given.indptr.astype(index)
    dataset = read(given, target=[0, 1, 0, 1, 0, 1, 0])
    np.testing.assert_array_equal(filled(dataset.source.design), X)
    np.testing.assert_array_equal(filled(dataset.source.design, np.array([6, 2])), X[[6, 2]])


def test_duplicate_entries_are_summed_without_wrapping_and_in_a_copy():
    data = np.array([200, 100, 5], dtype=np.uint8)
    given = sparse.csr_array((data, np.array([1, 1, 0]), np.array([0, 2, 3])), shape=(2, 2))
    dataset = read(given, target=[0, 1])
    np.testing.assert_array_equal(filled(dataset.source.design), [[0, 300], [5, 0]])
    assert given.data.tolist() == [200, 100, 5]
    coo = sparse.coo_array((np.array([True, True]), (np.array([0, 0]), np.array([1, 1]))), shape=(2, 2))
    np.testing.assert_array_equal(filled(read(coo, target=[0, 1]).source.design), [[0, 2], [0, 0]])


def test_a_csr_matrix_and_an_array_are_not_copied():
    X = np.arange(12.0).reshape(6, 2)
    csr = sparse.csr_array(X)
    y = [0, 1] * 3
    assert np.shares_memory(read(X, target=y).source.design.X, X)
    assert read(csr, target=y).source.design.X is csr


def test_numeric_columns_are_views():
    values = np.arange(6.0)
    y = [0, 1] * 3
    for frame in (
        pd.DataFrame({"a": values}, copy=False),
        pl.DataFrame({"a": values}),
        pa.table({"a": pa.array(values)}),
    ):
        (part,) = read(frame, target=y).source.design.parts
        assert not part.values.flags.owndata


def test_columns_choose_and_name():
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": [3.0, 4.0], "c": [5.0, 6.0], "y": [0, 1]})
    chosen = read(frame, Preparation(columns=["c", "a"]), target="y")
    assert chosen.recipe.terms == ("c", "a")
    np.testing.assert_array_equal(filled(chosen.source.design), [[5, 1], [6, 2]])
    named = read(np.eye(2), Preparation(columns=["left", "right"]), target=[0, 1])
    assert named.recipe.terms == ("left", "right")
    assert read(np.eye(2), target=[0, 1]).recipe.terms == ("x0", "x1")
    with pytest.raises(DataError, match="3 column names for 2 columns"):
        read(np.eye(2), Preparation(columns=["a", "b", "c"]), target=[0, 1])
    with pytest.raises(DataError, match="no such column"):
        read(frame, Preparation(columns=["z"]), target="y")


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_a_matrix_may_stand_for_x_and_y():
    dataset = read(np.matrix([[1, 2], [3, 4]]), target=np.matrix([[0], [1]]))
    assert dataset.source.y.tolist() == [0, 1]
    np.testing.assert_array_equal(filled(dataset.source.design), [[1, 2], [3, 4]])


def test_pandas_columns_without_names_are_called_by_their_number():
    frame = pd.DataFrame(np.arange(6.0).reshape(3, 2))
    assert read(frame, target=[0, 1, 0]).recipe.terms == ("0", "1")


def test_weight_zero_rows_and_missing_rows_are_as_good_as_absent():
    frame = pd.DataFrame(
        {
            "a": [1.0, 2.0, np.nan, 4.0, 5.0, 6.0],
            "f": ["u", "v", "u", "only here", "v", "u"],
            "y": ["n", "y", "y", "only here", "n", "y"],
            "w": [1.0, 2.0, 1.0, 0.0, 0.5, 3.0],
        }
    )
    dataset = read(frame, Preparation(missing="drop"), target="y", weights="w")
    assert (dataset.n_rows_read, dataset.n_rows_dropped, dataset.n_rows_weight_zero) == (6, 1, 1)
    assert dataset.source.n_rows == 4
    assert dataset.labels.classes.tolist() == ["n", "y"]
    assert dataset.recipe.factors == {"f": ("u", "v")}
    assert dataset.source.weights.tolist() == [1, 2, 0.5, 3]
    assert dataset.source.y.tolist() == [0, 1, 0, 1]
    np.testing.assert_array_equal(source_rows(dataset.source), [[1, 0], [2, 1], [5, 1], [6, 0]])
    assert [note.message for note in dataset.notes] == ["Dropped 1 of 6 rows with missing values: a 1."]


def test_offsets_for_several_classes():
    X = np.eye(3)
    offset = np.arange(9.0).reshape(3, 3)
    y = ["a", "b", "c"]
    np.testing.assert_array_equal(read(X, target=y, offset=offset).source.offset, offset)
    frame = pd.DataFrame(offset, columns=["oa", "ob", "oc"]).assign(x=[1.0, 2, 3], y=y)
    dataset = read(frame, target="y", offset=["oa", "ob", "oc"])
    np.testing.assert_array_equal(dataset.source.offset, offset)
    assert dataset.recipe.terms == ("x",)
    np.testing.assert_array_equal(read(X, target=y, offset=frame[["oa", "ob", "oc"]]).source.offset, offset)
    with pytest.raises(OptionError, match="cancel"):
        read(X, target=y, offset=[1.0, 2.0, 3.0])
    with pytest.raises(OptionError, match="2 columns"):
        read(X, target=y, offset=offset[:, :2])
    with pytest.raises(OptionError, match="3 columns; 2 classes take 1"):
        read(X, target=[0, 1, 1], offset=offset)


def test_options_are_checked_before_the_data():
    with pytest.raises(OptionError, match="missing='ignore'"):
        read(None, Preparation(missing="ignore"))
    with pytest.raises(OptionError, match="weight_kind='precision'"):
        read(None, weight_kind="precision")
    with pytest.raises(OptionError, match="No target"):
        read(np.eye(2))
    with pytest.raises(OptionError, match="There are 'a', 'b'"):
        read(pd.DataFrame({"a": [1], "b": [2]}))
    with pytest.raises(OptionError, match="names a column"):
        read(np.eye(2), target="y")
    with pytest.raises(DataError, match="there are 'a', 'b'"):
        read(pd.DataFrame({"a": [1], "b": [2]}), target="c")
    with pytest.raises(DataError, match=r"Pass a path, a two-dimensional array"):
        read(object(), target=[0, 1])
    with pytest.raises(OptionError, match="columns='ab'"):
        read(np.eye(2), Preparation(columns="ab"), target=[0, 1])
    frame = pd.DataFrame({"a": [1, 2], "y": [0, 1]})
    with pytest.raises(OptionError, match="names 'y', which is the target"):
        read(frame, Preparation(columns=["a", "y"]), target="y")
    with pytest.raises(DataError, match="'a': 2 columns"):
        read(frame, Preparation(columns=["a", "a"]), target="y")
    for make in (pd.Series, pl.Series, pa.array):
        with pytest.raises(DataError, match=r"to_frame\(\)"):
            read(make([1, 2]), target=[0, 1])
    with pytest.raises(DataError, match=r"collect\(\)"):
        read(pl.LazyFrame({"a": [1]}), target="a")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("incme", "income"), ("Income", "income"), ("AGE ", " Age"), ("zip", None), ("", None)],
)
def test_a_mistyped_name_is_asked_about(name, nearest):
    frame = pd.DataFrame({"income": [1, 2], " Age": [3, 4], "y": [0, 1]})
    dataset = read(frame, Preparation(columns=["income"]), target="y")
    remedy = "Check the spelling" if nearest is None else f"Did you mean {nearest!r}? If not, check the spelling"
    columns = {"preparation": Preparation(columns=[name])}
    for options in ({"target": name}, {"target": "y", **columns}, {"target": "y", "weights": name}):
        with pytest.raises(DataError, match=r"there are 'income', ' Age', 'y'\. ") as error:
            read(frame, **options)
        assert (error.value.column, error.value.remedy) == (name, f"{remedy}, or rename the column")
    with pytest.raises(DataError, match=r"for the model; .* Did you mean 'Income'\? If not"):
        dataset.recipe.design(frame.rename(columns={"income": "Income"}))


def test_names_are_those_of_the_frame():
    assert read(pd.DataFrame(COLUMNS), target="passed").recipe.names == NAMES[:-1]


def test_a_hundred_thousand_levels_stay_codes():
    n_levels = 120_000
    users = [f"user {code}" for code in range(n_levels)]
    dataset = read(pl.DataFrame({"user": users}), target=np.arange(n_levels) % 2)
    (part,) = dataset.source.design.parts
    assert part.width == n_levels - 1
    assert part.codes.nbytes == 4 * n_levels
    assert len(dataset.recipe.terms) == n_levels - 1
