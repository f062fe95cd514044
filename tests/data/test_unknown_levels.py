"""Levels that the fit has not seen, under each policy, for factors of every kind."""

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest

import logistica
from logistica.core.errors import DataError
from tests.data.cases import refused
from tests.data.factor_tables import TEXT, again, columns

GRADES = {"levels": {"grade": [3, 1, 2, 4, 5]}}
KINDS = {
    # name: column, unknown level, the baseline, formula, options, and how the column is given
    "text": ("tree", "yew", "ash", None, {}, None),
    "text-polars": ("tree", "yew", "ash", None, {}, "polars"),
    "categorical": ("tree", "yew", "fir", None, {}, "categorical"),
    "text-in-a-formula": ("tree", "yew", "ash", "y ~ x + tree", {}, None),
    "base-in-a-formula": ("tree", "yew", "cedar", "y ~ x + C(tree, base = 'cedar')", {}, None),
    "numbers-by-levels": ("grade", 9, 3, None, GRADES, None),
    "numbers-by-levels-in-a-formula": ("grade", 9, 3, "y ~ x + grade", GRADES, None),
    "numbers-in-a-call": ("grade", 9, 1, "y ~ x + C(grade)", {}, None),
    "numbers-in-a-call-with-base": ("grade", 9, 2, "y ~ x + C(grade, base = 2)", {}, None),
    "numbers-in-and-outside-a-call": ("grade", 9, 1, "y ~ x + I(grade^2) + C(grade)", {}, None),
}


def made(kind, K=2, **options):
    """The model; and new rows, the third and fifth of which have the unknown level, with what it is replaced by."""
    column, unknown, baseline, formula, own, given = KINDS[kind]

    def frame(data):
        if given == "categorical":
            return pd.DataFrame(data).assign(tree=pd.Categorical(data["tree"], ["fir", *TEXT[:4], "yew"]))
        return pl.DataFrame(data) if given == "polars" else pd.DataFrame(data)

    data = columns(K)
    beside = {"target": "y", "columns": ["x", column]} if formula is None else {"formula": formula}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.DataWarning)
        model = logistica.fit(frame(data), **beside, **own, **options)
    few = {name: values[:6].copy() for name, values in data.items()}

    def with_level(level):
        values = few[column].astype(object)
        values[[2, 4]] = level
        return frame({**few, column: np.array(values.tolist())})

    return model, with_level, column, unknown, baseline


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("kind", KINDS)
class TestEveryKind:
    def test_error(self, kind, K):
        model, with_level, column, unknown, baseline = made(kind, K)
        with pytest.raises(DataError) as error:
            model.predict_proba(with_level(unknown))
        refused(error, f"level {unknown!r} in row 2 (2 rows with unknown levels)", repr(baseline), column=column, row=2)
        assert (error.value.value, error.value.count) == (unknown, 2)

    def test_reference(self, kind, K, tmp_path):
        model, with_level, column, unknown, baseline = made(kind, K, unknown="reference")
        with pytest.warns(logistica.DataWarning) as caught:
            found = model.predict_proba(with_level(unknown))
        assert [str(one.message) for one in caught] == [
            f"Column {column!r}: 2 rows with levels that the fit has not seen, the first {unknown!r} in row 2, read as"
            f" the baseline {baseline!r}."
        ]
        if kind != "numbers-in-and-outside-a-call":  # there the number itself counts too
            np.testing.assert_array_equal(found, model.predict_proba(with_level(baseline)))
        with pytest.warns(logistica.DataWarning):
            np.testing.assert_array_equal(again(model, tmp_path).predict_proba(with_level(unknown)), found)

    def test_missing(self, kind, K, tmp_path):
        model, with_level, column, unknown, baseline = made(kind, K, unknown="missing")
        with pytest.raises(DataError) as error:
            model.predict_proba(with_level(unknown))
        problem = f"the level {unknown!r} in row 2 (2 rows with unknown levels) is none of the fit's levels"
        refused(error, problem, "pass missing='drop': unknown levels count as missing values", column=column, row=2)
        assert (error.value.value, error.value.count) == (unknown, 2)
        with pytest.warns(logistica.DataWarning) as caught:
            found = again(model, tmp_path).predict_proba(with_level(unknown), missing="drop")
        assert [str(one.message).rpartition(", ")[2] for one in caught] == [
            "read as missing values.",
            f"2 of 6 rows have missing values and get no prediction: {column} 2.",
        ]
        assert np.isnan(found[[2, 4]]).all()
        others = [0, 1, 3, 5]
        np.testing.assert_array_equal(found[others], model.predict_proba(with_level(baseline))[others])


@pytest.mark.parametrize("kind", ["text", "text-polars", "numbers-by-levels", "numbers-in-a-call", "text-in-a-formula"])
def test_other(kind, tmp_path):
    model, with_level, column, unknown, _ = made(kind, unknown="other", rare=30)
    pooled = model.fitted.recipe.pooled[column][0]
    with pytest.warns(logistica.DataWarning, match=rf"the first {unknown!r} in row 2, read as '\(other\)'\."):
        found = model.predict_proba(with_level(unknown))
    np.testing.assert_array_equal(found, model.predict_proba(with_level(pooled)))
    if kind in ("text", "text-polars", "numbers-by-levels", "text-in-a-formula"):
        with pytest.warns(logistica.DataWarning):
            np.testing.assert_array_equal(again(model, tmp_path).predict_proba(with_level(unknown)), found)


def test_other_needs_levels_that_were_pooled():
    model, with_level, column, unknown, _ = made("text", unknown="other", rare=2)
    with pytest.raises(DataError) as error:
        model.predict_proba(with_level(unknown))
    refused(error, "is none of the fit's levels 'ash', 'beech'", column=column, row=2)


@pytest.mark.parametrize("policy", ["reference", "missing", "other"])
@pytest.mark.parametrize(
    ("kind", "strange"), [("text", 9), ("numbers-by-levels", "yew"), ("numbers-in-and-outside-a-call", "yew")]
)
def test_another_type_is_no_unknown_level(policy, kind, strange):
    rare = 2 if kind == "numbers-in-and-outside-a-call" else 30  # there levels are not pooled
    options = {"rare": rare} if policy == "other" else {}
    model, with_level, column, _, _ = made(kind, unknown=policy, **options)
    data = with_level(strange).head(6).assign(**{column: strange})
    with pytest.raises(DataError, match="but the model was fitted on") as error:
        model.predict_proba(data)
    assert (error.value.column, error.value.row, error.value.value) == (column, 0, strange)


def test_numbers_read_by_a_factor_that_was_all_pooled(tmp_path):
    data = pd.DataFrame(columns())
    with pytest.warns(logistica.DataWarning, match="only one level"):
        model = logistica.fit(
            data, target="y", columns=["x", "grade"], rare=999, levels={"grade": [1, 2, 3, 4, 5]}, unknown="other"
        )
    known = again(model, tmp_path).predict_proba(data.head(3))
    with pytest.warns(logistica.DataWarning, match=r"read as '\(other\)'"):
        found = model.predict_proba(data.head(3).assign(grade=[7, 8, 9]))
    np.testing.assert_array_equal(found, known)


def test_a_category_that_does_not_occur_is_not_unknown():
    model, _, _, _, _ = made("categorical")
    data = columns()
    few = pd.DataFrame(data).head(6).assign(tree=pd.Categorical(data["tree"][:6], ["yew", *TEXT]))
    np.testing.assert_array_equal(model.predict_proba(few), model.predict_proba(few.assign(tree=data["tree"][:6])))


@pytest.mark.parametrize("policy", ["error", "reference", "missing"])
def test_rows_of_weight_zero_may_hold_anything(policy):
    model, with_level, _, unknown, baseline = made("text", unknown=policy)
    strange, plain = with_level(unknown), with_level(baseline)
    weights = [1, 1, 0, 1, 0, 1]
    found = model.evaluate(strange, weights=weights)
    assert found.notes == model.evaluate(plain, weights=weights).notes
    assert (found.n_rows, found.log_loss) == (4, model.evaluate(plain, weights=weights).log_loss)


def test_an_infinity_is_no_unknown_level():
    model, with_level, _, _, _ = made("numbers-by-levels", unknown="reference")
    with pytest.raises(DataError) as error:
        model.predict_proba(with_level(np.inf))
    refused(error, "2 infinite values, the first in row 2", column="grade", row=2)
