"""Columns beside X and formulas: what '.' stands for, what may be named twice, what is never filled in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core.errors import DataError, DataWarning, FormulaError
from logistica.data.preparation import Preparation
from logistica.data.read import read
from tests.data.cases import refused
from tests.data.factor_tables import again

N = 240


def table():
    """Columns y, x, z (numbers), w (positive), n trials of which s hit, g of three levels."""
    rng = np.random.default_rng(11)
    n = rng.integers(3, 9, N)
    columns = {
        "y": rng.integers(0, 2, N),
        "x": rng.normal(size=N),
        "z": rng.normal(size=N),
        "w": rng.uniform(1.0, 2.0, N),
        "n": n,
        "s": rng.binomial(n, 0.4),
        "g": rng.choice(list("uvw"), N),
    }
    return pd.DataFrame(columns)


DATA = table()


def names_of_x(formula, **beside):
    return set(read(DATA, Preparation(formula), **beside).recipe.names)


@pytest.mark.parametrize(
    ("formula", "beside", "left_out"),
    [
        ("y ~ .", {}, "y"),
        ("~ .", {"target": "y"}, "y"),
        ("y ~ .", {"weights": "w"}, "yw"),
        ("y ~ .", {"offset": "z"}, "yz"),
        ("y ~ . - x", {"weights": "w", "offset": ["z"]}, "ywzx"),
        ("~ .", {"target": "s", "trials": "n"}, "sn"),
        ("cbind(s, n - s) ~ .", {"weights": "w"}, "snw"),
        ("g ~ .", {"offset": ["x", "z", "w"]}, "gxzw"),
    ],
)
def test_dot_is_what_has_no_other_role(formula, beside, left_out):
    assert names_of_x(formula, **beside) == set(DATA.columns) - set(left_out)


@pytest.mark.parametrize(
    "formula", ["y ~ . + offset(log(w))", "y ~ offset(log(w)) + .", "y ~ .*x + offset(log(w)) - x:g"]
)
def test_dot_leaves_out_the_columns_of_an_offset(formula):
    dataset = read(DATA, Preparation(formula))
    assert "w" not in dataset.recipe.terms
    assert not dataset.notes


@pytest.mark.parametrize(
    ("formula", "beside", "message"),
    [
        ("y ~ x + w", {"weights": "w"}, "'w' is a predictor and the weights too."),
        ("y ~ x + log(w)", {"offset": "w"}, "'w' is a predictor and the offset too."),
        ("g ~ x:w", {"offset": ["x", "z", "w"]}, "'x' is a predictor and the offset too."),
        ("y ~ z + offset(z)", {}, "'z' is a predictor and the offset too."),
        ("y ~ x + offset(log(w))", {"weights": "w"}, "'w' is in offset() and the weights too."),
        ("~ x + n", {"target": "s", "trials": "n"}, "'n' is a predictor and the trials too."),
        ("cbind(s, n - s) ~ x + n", {}, "'n' is a predictor and the trials too."),
        ("cbind(n - s, s) ~ x + n", {}, "'n' is a predictor and the trials too."),
    ],
)
def test_a_formula_may_name_a_column_that_has_another_role(formula, beside, message, tmp_path):
    with pytest.warns(DataWarning) as caught:
        model = logistica.fit(DATA, formula, **beside)
    assert f"Column {message}" in [str(one.message) for one in caught]
    assert "column-in-two-roles" in {note.code for note in model.record.notes}
    loaded = again(model, tmp_path)
    np.testing.assert_array_equal(loaded.predict_proba(DATA), model.predict_proba(DATA))
    assert loaded.evaluate(DATA).log_loss == model.evaluate(DATA).log_loss


def test_weights_that_are_a_predictor_are_both():
    with pytest.warns(DataWarning, match="two|too"):
        model = logistica.fit(DATA, "y ~ x + w", weights="w")
    by_hand = logistica.fit(DATA.assign(copy=DATA.w), "y ~ x + w", weights="copy")
    np.testing.assert_array_equal(model.coef_, by_hand.coef_)


@pytest.mark.parametrize(
    ("formula", "beside", "name", "position"),
    [
        ("~ y + x", {"target": "y"}, "y", 2),
        ("~ x + log(s)", {"target": "s", "trials": "n"}, "s", 6),
        ("cbind(s, n - s) ~ s", {}, "s", 18),
        ("cbind(s, n) ~ n", {}, "n", 14),
        ("y ~ x + offset(y)", {}, "y", 8),
    ],
)
def test_the_response_is_nothing_else(formula, beside, name, position):
    with pytest.raises(FormulaError, match=f"'{name}' is the response, and cannot be") as caught:
        logistica.fit(DATA, formula, **beside)
    assert caught.value.position == position


def test_a_column_that_is_taken_away_again_is_not_needed():
    """Nor are its missing values looked at; but it must exist, or its name is a slip."""
    data = DATA.copy()
    data.loc[3, "z"] = np.nan
    model = logistica.fit(data, "y ~ . - z - log(w) - w")
    assert model.fitted.recipe.names == ("x", "n", "s", "g")
    expected = logistica.fit(DATA, "y ~ x + n + s + g")
    np.testing.assert_array_equal(model.predict_proba(DATA.drop(columns=["z", "w"])), expected.predict_proba(DATA))
    with pytest.raises(DataError, match="'zz': there is no such column for the formula"):
        logistica.fit(DATA, "y ~ . - zz")


@pytest.mark.parametrize(
    "formula", ["y ~ x + s:z - s:z", "y ~ (x + s + z)^2 - s - z - .:. + x", "y ~ x + . - . - when + x"]
)
@pytest.mark.parametrize("missing", ["error", "impute"])
def test_only_what_is_in_a_term_at_the_end_is_looked_at(formula, missing):
    """Gaps and dates elsewhere are nobody's concern."""
    data = DATA.astype({"s": float})[["y", "x", "z", "s"]].assign(when=pd.date_range("2020-01-01", periods=N))
    data.loc[3, ["z", "s"]] = np.nan
    model = logistica.fit(data, formula, missing=missing)
    assert model.terms == ("x",)
    np.testing.assert_array_equal(model.coef_, logistica.fit(DATA, "y ~ x").coef_)


def test_a_word_in_a_call_is_no_column():
    data = DATA.rename(columns={"y": "Sum"})
    assert read(data, Preparation("Sum ~ C(g, Sum)")).recipe.names == ("g",)


KNOWN = {
    # name: the column with gaps, formula, what stands beside
    "offset in the formula": ("z", "y ~ x + offset(z)", {}),
    "offset in a function": ("w", "y ~ x + offset(log(w))", {}),
    "offset and predictor": ("z", "y ~ z + offset(z)", {}),
    "offset": ("z", "y ~ x", {"offset": "z"}),
    "weights": ("w", "y ~ x", {"weights": "w"}),
    "target": ("y", "y ~ x", {}),
    "compared response": ("z", "I(z > 0) ~ x", {}),
    "counts": ("s", "cbind(s, n - s) ~ x", {}),
    "trials": ("n", "~ x", {"target": "s", "trials": "n"}),
}


@pytest.mark.filterwarnings("ignore:Column 'z' is a predictor and the offset")
@pytest.mark.parametrize("kind", KNOWN)
def test_what_must_be_known_is_never_filled_in(kind, tmp_path):
    column, formula, beside = KNOWN[kind]
    data = DATA.astype({column: float})
    data.loc[[3, 7], column] = np.nan
    data.loc[5, "x"] = np.nan
    with pytest.raises(DataError) as error:
        logistica.fit(data, formula, missing="impute", **beside)
    refused(
        error,
        "2 missing values, the first in row 3",
        "Only predictors are filled in",
        "missing='drop'",
        column=error.value.column,
        row=3,
    )
    assert error.value.column in (column, "I(z > 0)", "s")
    path = tmp_path / "data.csv"
    data.to_csv(path, index=False)
    with pytest.raises(
        DataError, match="line 5" if "I(" not in formula and kind not in ("counts", "trials") else "row 3"
    ):
        logistica.fit(path, formula, missing="impute", **beside)


def test_an_offset_of_new_rows_is_not_filled_in_either(tmp_path):
    data = DATA.copy()
    data.loc[:40:4, "x"] = np.nan
    with pytest.warns(DataWarning, match="x 11 with the median"):
        model = logistica.fit(data, "y ~ x + offset(z)", missing="impute")
    assert list(model.fitted.recipe.fills) == ["x"]
    loaded = again(model, tmp_path)
    new = DATA.head(4).copy()
    new.loc[1, "z"] = np.nan
    new.loc[2, "x"] = np.nan
    with pytest.raises(DataError, match="'z': 1 missing value, the first in row 1"):
        loaded.predict_proba(new)
    with pytest.warns(DataWarning, match="get no prediction: z 1"):
        found = loaded.predict_proba(new, missing="drop")
    assert np.isnan(found).any(axis=1).tolist() == [False, True, False, False]
