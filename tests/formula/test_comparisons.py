"""Comparisons in formulas: columns of 0 and 1 among the predictors, and two classes as the response."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import logistica
from logistica.core.errors import DataError, FormulaError, LogisticaError, ModelFileError
from logistica.prediction import model_file
from tests.formula.tables import frame

DATA = frame(3, n=300)
PREDICTORS = {
    "I(x > 1.5)": DATA.x > 1.5,
    "I(k <= 2)": DATA.k <= 2,
    "I(k == 3)": DATA.k == 3,
    "I(x != w)": DATA.x != DATA.w,
    "I(x - 1 < z^2)": DATA.x - 1 < DATA.z**2,
    "I(2 > x)": DATA.x < 2,
    'I(a == "p")': DATA.a == "p",
    "I('p' != a)": DATA.a != "p",
    'I((a == "p") * (x >= 1))': (DATA.a == "p") & (DATA.x >= 1),
    'I(x * (a == "q"))': DATA.x * (DATA.a == "q"),
}


@pytest.mark.parametrize("text", PREDICTORS)
def test_a_predictor_is_the_column_by_hand(text, tmp_path):
    model = logistica.fit(DATA, f"y ~ {text} + z")
    by_hand = logistica.fit(DATA.assign(c=PREDICTORS[text] * 1.0), "y ~ c + z")
    np.testing.assert_array_equal(model.coef_, by_hand.coef_)
    model.save(tmp_path / "m.json")
    new = frame(4, n=30)
    np.testing.assert_array_equal(logistica.load(tmp_path / "m.json").predict_proba(new), model.predict_proba(new))
    np.testing.assert_array_equal(model.predict_proba(pl.from_pandas(new)), model.predict_proba(new))


def test_it_may_be_part_of_an_interaction():
    model = logistica.fit(DATA, 'y ~ I(a == "p") * x')
    by_hand = logistica.fit(DATA.assign(c=(DATA.a == "p") * 1.0), "y ~ c * x")
    np.testing.assert_array_equal(model.coef_, by_hand.coef_)
    assert model.terms == ('I(a == "p")', "x", 'I(a == "p"):x')


RESPONSES = {
    "I(w > 0.2)": DATA.w > 0.2,
    '(a == "p")': DATA.a == "p",
    'a != "p"': DATA.a != "p",
    "k - 1 >= 2": DATA.k >= 3,
    "I((w < 0))": DATA.w < 0,
}


@pytest.mark.filterwarnings("ignore:Column 'x' is a predictor and the weights")
@pytest.mark.parametrize("text", RESPONSES)
def test_a_response_of_two_classes(text, tmp_path):
    model = logistica.fit(DATA, f"{text} ~ x + z + b", weights="x" if text == "I(w > 0.2)" else None)
    weights = DATA.x.to_numpy() if text == "I(w > 0.2)" else None
    by_hand = logistica.fit(DATA, columns=["x", "z", "b"], target=RESPONSES[text].to_numpy(), weights=weights)
    np.testing.assert_array_equal(model.coef_, by_hand.coef_)
    assert model.classes_.tolist() == [False, True]
    model.save(tmp_path / "m.json")
    loaded = logistica.load(tmp_path / "m.json")
    truth = by_hand.evaluate(DATA, target=RESPONSES[text].to_numpy(), weights=weights)
    assert loaded.evaluate(DATA).log_loss == truth.log_loss
    np.testing.assert_array_equal(loaded.predict_proba(DATA[["x", "z", "b"]]), model.predict_proba(DATA))


def test_missing_values_are_missing_in_comparisons():
    """Never 0, on either side."""
    data = DATA.copy()
    data.loc[5, "w"] = np.nan
    data.loc[7, "a"] = None
    for formula in ("I(w > 0) ~ x", "a == 'p' ~ x", "y ~ I(w > 0)", "y ~ I(a == 'p')", "y ~ I(a != 'p')"):
        with pytest.raises(DataError, match=r"1 missing value, the first in row [57]"):
            logistica.fit(data, formula)
        with pytest.warns(logistica.DataWarning, match="Dropped 1 of 300 rows"):
            model = logistica.fit(data, formula, missing="drop")
        kept = data.drop(index=5 if "w" in formula else 7)
        np.testing.assert_array_equal(model.coef_, logistica.fit(kept, formula).coef_)


@pytest.mark.parametrize(
    ("formula", "position", "message"),
    [
        ("y ~ x > 1", 4, "a comparison stands inside I()"),
        ("y ~ I(0 < x < 1)", 12, "a comparison has two sides"),
        ("y ~ I(a < 'p')", 6, "by == or !="),
        ("y ~ I('p' == 'p')", 6, "by == or !="),
        ("y ~ I(log(a) == 'p')", 6, "by == or !="),
        ("y ~ I(a == 'nothing')", 6, "'nothing' is none of the levels of 'a': 'p', 'q', 'r'"),
        ("y ~ I(x = 1)", 4, "takes one argument"),
        ("y = x", 2, "are parted by '~'"),
        ("y ~ x = 1", 6, "a comparison is written '=='"),
        ("I(a == 'nothing') ~ x", 2, "'nothing' is none of the levels of 'a': 'p', 'q', 'r'"),
        ("I(x > 1) ~ x", 11, "'x' is the response"),
        ("I(x) ~ z", 0, "or a comparison such as I"),
        ("I(scale(x) > 0) ~ z", 0, "cannot be centred or scaled"),
        ("I(2 > 1) ~ z", 0, "names no column"),
    ],
)
def test_what_has_no_meaning_is_refused_where_it_stands(formula, position, message):
    with pytest.raises(FormulaError) as caught:
        logistica.fit(DATA, formula)
    assert message in caught.value.problem
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("formula", "column", "message"),
    [
        ("y ~ I(x == 'p')", "x", "numbers or booleans where the formula compares with the text 'p'"),
        ("x == 'p' ~ z", "x", "numbers or booleans where the formula compares with the text 'p'"),
        ("y ~ I(a == 1)", "a", "text or categories such as 'p' where the formula needs numbers"),
        ("nothing > 1 ~ z", "nothing", "no such column for the response"),
        ("y ~ I(nothing > 1)", "nothing", "no such column for the formula"),
    ],
)
def test_columns_that_cannot_be_compared_so(formula, column, message):
    with pytest.raises(DataError, match=message) as caught:
        logistica.fit(DATA, formula)
    assert caught.value.column == column


def test_dot_leaves_the_compared_column_out():
    model = logistica.fit(DATA, "I(w > 0) ~ .")
    assert {term.partition("[")[0] for term in model.terms} == {"y", "x", "z", "k", "a", "b", "c"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c["recipe"]["formula"]["variables"][0].update(expression="I(a == 'zzz')"), "none of its levels"),
        (lambda c: c["recipe"]["formula"]["variables"][0].update(expression="I(a == 1)"), "levels of 'a' for numbers"),
        (lambda c: c["columns_beside"].update(response="I(w)"), "or no comparison"),
        (lambda c: c["columns_beside"].update(response="cbind(w, x)"), "or no comparison"),
    ],
)
def test_hostile_comparisons_in_model_files(change, message, tmp_path):
    logistica.fit(DATA, "I(w > 0) ~ I(a == 'p') + x").save(tmp_path / "m.json")
    content = model_file.read(tmp_path / "m.json")
    change(content)
    model_file.write(tmp_path / "m.json", content)
    with pytest.raises(ModelFileError, match=message):
        logistica.load(tmp_path / "m.json")


@pytest.mark.parametrize("policy", ["error", "missing"])
def test_a_level_that_the_fit_has_not_seen(policy):
    """It is not simply unequal: the policy for unknown levels decides, as everywhere."""
    model = logistica.fit(DATA, "y ~ I(a == 'p')", unknown=policy)
    new = pd.DataFrame({"a": ["p", "zzz"]})
    with pytest.raises(LogisticaError, match="the level 'zzz' in row 1"):
        model.predict(new)
