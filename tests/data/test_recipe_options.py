"""What a model file says of pooled levels, unknown ones and filled gaps: taken only where it can be meant."""

import copy

import pandas as pd
import pytest

import logistica
from logistica.core.errors import ModelFileError
from logistica.data.recipe import Recipe
from logistica.prediction import model_file, stored
from tests.data.factor_tables import columns


@pytest.fixture(scope="module")
def content():
    """The recipe of a model with everything: x with gaps, tree pooled, grade as numbers."""
    frame = pd.DataFrame(columns())
    frame["x"] = frame["x"].where(frame.index % 9 != 0)
    options = {"rare": 30, "unknown": "other", "missing": "impute", "levels": {"grade": [1, 2, 3, 4, 5]}}
    with pytest.warns(logistica.DataWarning, match="Missing values filled in: x 27"):
        model = logistica.fit(frame, target="y", columns=["x", "tree", "grade"], **options)
    return model.fitted.recipe.to_dict()


def test_it_is_read_as_it_was_written(content):
    recipe = Recipe.from_dict(content)
    assert recipe.to_dict() == content
    assert recipe.terms[-3:] == ("grade[3]", "grade[(other)]", "x[missing]")
    assert recipe.n_columns == len(recipe.terms)
    assert (recipe.unknown, recipe.indicated) == ("other", ("x",))
    assert (content["pooled"], content["factors"]["grade"]) == (
        {"tree": ["elm", "fir"], "grade": [4, 5]},
        [1, 2, 3, "(other)"],
    )


WRONG = {
    "no-pooled": (("pooled",), None, "pooled of the recipe in the model file should be an object"),
    "pooled-list": (("pooled",), ["tree"], "pooled of the recipe"),
    "pooled-of-nothing": (("pooled", "bush"), ["elm"], r"should be of factors with the level '\(other\)'"),
    "pooled-of-numbers": (("pooled", "x"), [1.5], "of factors with the level"),
    "pooled-none": (("pooled", "tree"), [], r"pooled\['tree'\] of the recipe .* a list of at least one level"),
    "pooled-text": (("pooled", "tree"), "elm", "at least one level"),
    "pooled-twice": (("pooled", "tree"), ["elm", "elm"], "all different"),
    "pooled-mixed": (("pooled", "grade"), [4, "5"], "of one type"),
    "pooled-object": (("pooled", "tree"), [{}], "text, numbers or booleans"),
    "pooled-nan": (("pooled", "grade"), [float("nan")], "finite"),
    "pooled-kept": (("pooled", "tree"), ["ash", "fir"], "none of the factor's levels"),
    "factor-without-other": (("factors", "tree"), ["ash", "beech", "cedar"], "of factors with the level"),
    "factor-inf": (("factors", "grade"), [1.0, float("inf"), "(other)"], "finite"),
    "unknown": (("unknown",), "nan", "unknown of the recipe .* one of error, reference, missing, other"),
    "unknown-null": (("unknown",), None, "unknown of the recipe"),
    "unknown-list": (("unknown",), ["error"], "unknown of the recipe"),
    "fills-object": (("fills",), {}, "fills of the recipe .* a list"),
    "fills-null": (("fills",), None, "fills of the recipe .* a list"),
    "fills-too-few": (
        ("fills",),
        [{"column": "x", "value": 0.5, "indicator": True}],
        "an entry for each column, or empty",
    ),
    "fill-number": (("fills", 0), 0.5, r"fills\['x'\] of the recipe .* of three fields"),
    "fill-more": (("fills", 0, "mode"), 1, "of three fields"),
    "fill-other-column": (("fills", 0, "column"), "tree", "of its column: one for each column, in order"),
    "fill-list-column": (("fills", 0, "column"), ["x"], "of its column"),
    "fill-text": (("fills", 0, "value"), "0.5", r"fills\['x'\] of the recipe .* a finite number"),
    "fill-integer": (("fills", 0, "value"), 1, "a finite number"),
    "fill-flag": (("fills", 0, "value"), True, "a finite number"),
    "fill-null": (("fills", 0, "value"), None, "a finite number"),
    "fill-inf": (("fills", 0, "value"), float("inf"), "a finite number"),
    "fill-no-level": (("fills", 1, "value"), "yew", r"fills\['tree'\] of the recipe .* a level of the factor"),
    "fill-pooled": (("fills", 1, "value"), "elm", "a level of the factor"),
    "fill-list-level": (("fills", 1, "value"), ["ash"], "a level of the factor"),
    "indicator": (("fills", 0, "indicator"), 1, "with true or false for its indicator"),
    "indicator-null": (("fills", 2, "indicator"), None, "with true or false for its indicator"),
    "booleans-null": (("booleans",), None, "booleans of the recipe .* a list of text"),
    "booleans-numbers": (("booleans",), [0], "booleans of the recipe .* a list of text"),
    "booleans-of-nothing": (("booleans",), ["z"], "columns that are no factors, in order"),
    "booleans-of-a-factor": (("booleans",), ["tree"], "columns that are no factors, in order"),
    "booleans-twice": (("booleans",), ["x", "x"], "columns that are no factors, in order"),
}


@pytest.mark.parametrize(("place", "value", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_have_been_written_is_refused_by_field(content, place, value, message):
    damaged = copy.deepcopy(content)
    inner = damaged
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = value
    with pytest.raises(ModelFileError, match=message):
        Recipe.from_dict(damaged)


@pytest.mark.parametrize("name", ["pooled", "unknown", "fills", "booleans"])
def test_a_field_that_is_missing_is_named(content, name):
    damaged = {key: value for key, value in content.items() if key != name}
    with pytest.raises(ModelFileError, match=f"needs exactly the fields .*{name}"):
        Recipe.from_dict(damaged)


def test_a_huge_width_makes_nothing_of_its_size(content):
    hostile = {**content, "kind": "array", "width": 10**15, "names": None, "factors": {}, "pooled": {}}
    with pytest.raises(ModelFileError, match="an entry for each column, or empty"):
        Recipe.from_dict(hostile)
    assert Recipe.from_dict({**hostile, "fills": []}).n_columns == 10**15


@pytest.mark.parametrize("column", [0, 1])
def test_an_indicator_more_or_less_does_not_suit_the_coefficients(column, tmp_path):
    frame = pd.DataFrame(columns())
    frame["x"] = frame["x"].where(frame.index % 9 != 0)
    with pytest.warns(logistica.DataWarning):
        model = logistica.fit(frame, target="y", columns=["x", "tree"], missing="impute")
    path = tmp_path / "model.json"
    model.save(path)
    whole = model_file.read(path)
    fill = whole["recipe"]["fills"][column]
    fill["indicator"] = not fill["indicator"]
    model_file.write(path, whole)
    with pytest.raises(ModelFileError):
        stored.load(path)
