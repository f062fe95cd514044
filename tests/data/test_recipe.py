"""A recipe reads new data as it read the first, or says why it cannot; and survives a model file."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse

from logistica.core.errors import DataError, DataWarning, ModelFileError
from logistica.data.newrows import labelled_rows
from logistica.data.preparation import Preparation
from logistica.data.read import read
from logistica.data.recipe import Recipe
from tests.data.cases import case, refused
from tests.data.naive import COLUMNS, expected_design, filled

FRAME = pd.DataFrame(COLUMNS)


@pytest.fixture
def recipe():
    return read(FRAME, target="passed").recipe


def changed(**columns):
    return FRAME.drop(columns="passed").assign(**columns)


# Row 23: unknown levels.


@pytest.mark.parametrize(
    "city",
    [
        case(23, "text", ["Rome", "Oslo", "Paris", "Bern", "Paris"]),
        case(23, "category", pd.Categorical(["Rome", "Oslo", "Paris", "Bern", "Paris"])),
        case(23, "arrow", pd.array(["Rome", "Oslo", "Paris", "Bern", "Paris"], dtype="string[pyarrow]")),
    ],
)
@pytest.mark.parametrize("missing", ["error", "drop"])
def test_an_unknown_level_is_never_the_baseline(recipe, city, missing):
    with pytest.raises(DataError) as error:
        recipe.design(changed(city=city), missing=missing)
    refused(error, "the level 'Paris' in row 2 (2 rows", "'Bern', 'Oslo', 'Rome'", column="city", row=2)
    assert (error.value.value, error.value.count) == ("Paris", 2)


def test_an_unknown_level_that_does_not_occur_is_no_error(recipe):
    city = pd.Categorical(COLUMNS["city"], categories=["Paris", "Rome", "Oslo", "Bern"])
    np.testing.assert_array_equal(filled(recipe.design(changed(city=city)).design), expected_design())


def test_fewer_levels_keep_their_columns(recipe):
    new = recipe.design(changed(city="Oslo"))
    np.testing.assert_array_equal(filled(new.design)[:, 3:5], [[1, 0]] * 5)


# Row 24: columns reordered, missing, extra, renamed, of another dtype.


@pytest.mark.parametrize(
    "make",
    [
        case(24, "reordered", lambda: FRAME[["member", "city", "rank", "age"]]),
        case(24, "reordered-polars", lambda: pl.from_pandas(FRAME)[["member", "city", "rank", "age"]]),
        case(24, "bool-as-int", lambda: changed(member=FRAME["member"].astype(int))),
        case(24, "float32", lambda: changed(age=FRAME["age"].astype("float32"))),
    ],
)
def test_the_same_answer(recipe, make):
    new = recipe.design(make())
    np.testing.assert_array_equal(filled(new.design), expected_design())
    assert new.notes == ()


@pytest.mark.parametrize("name", ["extra", "C(x)"], ids=["nasty-24-extra", "nasty-24-extra-like-a-formula"])
def test_extra_columns_are_ignored_with_a_note(recipe, name):
    new = recipe.design(changed(passed="?", **{name: 1}), ignore=["passed"])
    np.testing.assert_array_equal(filled(new.design), expected_design())
    (note,) = new.notes
    assert note.code == "extra-columns"
    assert note.message.endswith(f"ignored: {name!r}.")


@pytest.mark.parametrize(
    ("make", "column", "parts"),
    [
        case(
            24,
            "missing",
            lambda: changed().drop(columns="rank"),
            "rank",
            ["there are 'age', 'city', 'member'"],
        ),
        case(
            24,
            "renamed",
            lambda: changed().rename(columns={"age": "Age"}),
            "age",
            ["there are 'Age', 'rank'"],
        ),
        case(
            24,
            "number-as-text",
            lambda: changed(age=["1", "2", "3", "4", "5"]),
            "age",
            ["text or categories such as '1'"],
        ),
        case(24, "text-as-number", lambda: changed(rank=[1, 2, 3, 4, 5]), "rank", ["numbers such as 1 (row 0)"]),
        case(24, "number-as-date", lambda: changed(age=pd.Timestamp("2020-01-01")), "age", ["dates"]),
    ],
)
def test_what_does_not_match_is_refused(recipe, make, column, parts):
    with pytest.raises(DataError) as error:
        recipe.design(make())
    for part in parts:
        assert part in str(error.value)
    assert error.value.column == column
    assert error.value.remedy


def test_arrays_match_a_table_by_position_only_if_it_is_all_numbers(recipe):
    with pytest.raises(DataError, match="cannot hold this factor") as error:
        recipe.design(np.ones((2, 4)))
    refused(error, column="rank")
    numeric = read(FRAME[["age", "member", "passed"]], target="passed").recipe
    for X in (np.array([[5.0, 1.0]]), sparse.csr_array([[5.0, 1.0]])):
        new = numeric.design(X)
        np.testing.assert_array_equal(filled(new.design), [[5, 1]])
        (note,) = new.notes
        assert (note.code, note.warning) == ("matched-by-position", DataWarning)
    with pytest.raises(DataError, match="the data have 3 columns, the model was fitted on 2"):
        numeric.design(np.ones((2, 3)))


def test_tables_match_an_array_by_position_with_a_note():
    array_recipe = read(np.eye(2), target=[0, 1]).recipe
    new = array_recipe.design(pd.DataFrame({"a": [1.0], "b": [2.0], "y": [0]}), ignore=["y"])
    np.testing.assert_array_equal(filled(new.design), [[1, 2]])
    assert [note.code for note in new.notes] == ["matched-by-position"]
    assert array_recipe.design(np.eye(2)).notes == ()
    with pytest.raises(DataError, match="text"):
        array_recipe.design(pd.DataFrame({"a": ["u"], "b": [2.0]}))


def test_a_named_array_reads_tables_by_name():
    named = read(np.eye(2), Preparation(columns=["a", "b"]), target=[0, 1]).recipe
    new = named.design(pd.DataFrame({"b": [2.0], "a": [1.0]}))
    np.testing.assert_array_equal(filled(new.design), [[1, 2]])
    assert new.notes == ()


def test_every_input_row_has_an_output_row(recipe):
    new = recipe.design(
        changed(age=[1.0, np.nan, 3, 4, 5], city=["Rome", "Rome", None, "Bern", "Oslo"]), missing="drop"
    )
    assert new.n_rows == 5
    assert new.missing.tolist() == [False, True, True, False, False]
    assert np.isnan(filled(new.design)).any(axis=1).tolist() == new.missing.tolist()
    (note,) = new.notes
    assert note.message == "2 of 5 rows have missing values and get no prediction: age 1, city 1."


def test_nulls_of_integers_fill_as_nan():
    recipe = read(pl.DataFrame({"n": [1, 2, 3]}), target=[0, 1, 0]).recipe
    new = recipe.design(pl.DataFrame({"n": [7, None, 9]}), missing="drop")
    np.testing.assert_array_equal(filled(new.design)[:, 0], [7, np.nan, 9])


def test_no_new_rows_are_no_error(recipe):
    new = recipe.design(FRAME.iloc[:0])
    assert (new.n_rows, new.missing) == (0, None)
    assert filled(new.design).shape == (0, 6)


def test_labelled_rows_for_evaluation():
    dataset = read(FRAME, target="passed", weights="age")
    new = labelled_rows(dataset.recipe, dataset.labels, FRAME, target="passed", weights="age", offset="member")
    assert new.y.tolist() == [1, 0, 1, 0, 1]
    assert new.weights.tolist() == COLUMNS["age"]
    assert new.offset[:, 0].tolist() == [1, 0, 0, 1, 1]
    assert new.notes == ()
    unknown = FRAME.assign(passed=["yes", "maybe", "no", None, "yes"])
    with pytest.raises(DataError, match="'maybe' in row 1") as error:
        labelled_rows(dataset.recipe, dataset.labels, unknown, target="passed", missing="drop")
    refused(error, column="passed", row=1)
    weights = [1, 0, 1, 1, 1]
    new = labelled_rows(dataset.recipe, dataset.labels, unknown, target="passed", weights=weights, missing="drop")
    assert new.y.tolist() == [1, -1, 0, -1, 1]
    assert new.missing.tolist() == [False, False, False, True, False]


# The model file.


def test_a_recipe_survives_json(recipe):
    codes = pd.DataFrame({"c": pd.Categorical([3, 1, 2]), "b": pd.Categorical([True, False, True])})
    others = [
        read(np.eye(2), target=[0, 1]).recipe,
        read(np.eye(2), Preparation(columns=["a", "b"]), target=[0, 1]).recipe,
        read(codes, target=[0, 1, 1]).recipe,
        Recipe("svmlight", 123, index_base=1),
    ]
    for one in (recipe, *others):
        again = Recipe.from_dict(json.loads(json.dumps(one.to_dict())))
        assert again == one
        assert again.terms == one.terms
        assert {n: list(map(type, v)) for n, v in again.factors.items()} == {
            n: list(map(type, v)) for n, v in one.factors.items()
        }


def test_svmlight_terms_are_named_by_the_files_indices():
    assert Recipe("svmlight", 2, index_base=1).terms == ("x1", "x2")
    assert Recipe("svmlight", 2, index_base=0).terms == ("x0", "x1")


GOOD = {"kind": "table", "width": 2, "names": ["a", "f"], "factors": {"f": ["u", "v"]}, "index_base": None}


@pytest.mark.parametrize(
    "stored",
    [
        None,
        "recipe",
        {},
        {key: value for key, value in GOOD.items() if key != "factors"},
        {**GOOD, "more": 1},
        {**GOOD, "kind": "pickle"},
        {**GOOD, "kind": ["table"]},
        {**GOOD, "width": -1},
        {**GOOD, "width": True},
        {**GOOD, "width": 2.0},
        {**GOOD, "width": 3},
        {**GOOD, "names": None},
        {**GOOD, "names": ["a", "a"]},
        {**GOOD, "names": ["a", 1]},
        {**GOOD, "names": "af"},
        {**GOOD, "factors": []},
        {**GOOD, "factors": {"g": ["u"]}},
        {**GOOD, "factors": {"f": []}},
        {**GOOD, "factors": {"f": "uv"}},
        {**GOOD, "factors": {"f": ["u", "u"]}},
        {**GOOD, "factors": {"f": ["u", 1]}},
        {**GOOD, "factors": {"f": [1, True]}},
        {**GOOD, "factors": {"f": [None]}},
        {**GOOD, "factors": {"f": [float("nan")]}},
        {**GOOD, "factors": {"f": [["u"]]}},
        {**GOOD, "index_base": 1},
        {"kind": "svmlight", "width": 2, "names": None, "factors": {}, "index_base": None},
        {"kind": "svmlight", "width": 2, "names": None, "factors": {}, "index_base": 2},
        {"kind": "svmlight", "width": 2, "names": None, "factors": {}, "index_base": True},
        {"kind": "svmlight", "width": 2, "names": ["a", "b"], "factors": {}, "index_base": 1},
        {"kind": "array", "width": 2, "names": None, "factors": {"a": ["u"]}, "index_base": None},
    ],
)
def test_a_damaged_recipe_is_refused(stored):
    with pytest.raises(ModelFileError, match="recipe"):
        Recipe.from_dict(stored)
