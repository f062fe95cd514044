"""Models by formula from end to end: fit, predict, save, load, refuse."""

from __future__ import annotations

import json
import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pytest

import logistica
from logistica.core.errors import DataError, FormulaError, ModelFileError, OptionError
from logistica.data.preparation import Preparation
from logistica.data.read import read
from logistica.prediction import model_file
from tests.formula.tables import CODINGS, FUNCTIONS, frame

DATA = frame(3, n=400)
FORMULAS = [
    "y ~ x",
    "y ~ . - k",
    "y ~ a * z + C(k) - 1",
    "y ~ offset(0.1 * z) + x",
    *(f"y ~ {one} + a" for one in FUNCTIONS),
    *(f"y ~ {one} * z" for one in CODINGS),
    "y ~ cr(z, df = 4)",
    "y ~ (a + b + x)^3",
]


@pytest.fixture(params=FORMULAS)
def formula(request):
    return request.param


@pytest.mark.filterwarnings("ignore::logistica.LogisticaWarning")
def test_saved_and_loaded_it_predicts_the_same(formula, tmp_path):
    model = logistica.fit(DATA, formula)
    model.save(tmp_path / "m.json")
    loaded = logistica.load(tmp_path / "m.json")
    new = frame(4, n=50)
    np.testing.assert_array_equal(loaded.predict_proba(new), model.predict_proba(new))
    assert str(loaded.summary()) == str(model.summary())


@pytest.mark.filterwarnings("ignore::logistica.LogisticaWarning")
def test_one_row_is_predicted_as_among_many(formula):
    """What was learned from the training rows is used, never the new rows' own mean, knots or levels."""
    model = logistica.fit(DATA, formula)
    new = frame(4, n=20)
    together = model.predict_proba(new)
    for i in (0, 7, 19):
        np.testing.assert_allclose(model.predict_proba(new.iloc[i : i + 1]), together[i : i + 1], rtol=1e-12)


@pytest.mark.filterwarnings("ignore::logistica.LogisticaWarning")
def test_columns_in_any_order_of_any_frame(formula, tmp_path):
    model = logistica.fit(DATA, formula)
    new = frame(4, n=20)
    expected = model.predict_proba(new)
    np.testing.assert_array_equal(model.predict_proba(new[new.columns[::-1]]), expected)
    np.testing.assert_array_equal(model.predict_proba(pl.from_pandas(new)), expected)
    new.to_csv(tmp_path / "new.csv", index=False, float_format="%.17g")
    np.testing.assert_allclose(model.predict_proba(tmp_path / "new.csv"), expected, rtol=1e-12)


@pytest.mark.filterwarnings("ignore::logistica.LogisticaWarning")
@pytest.mark.parametrize("K", [2, 3])
def test_a_formula_is_the_fit_of_its_columns(K):
    """The same as the design by hand, for two classes and three, with weights, dropped rows and an offset."""
    data = DATA.copy()
    rng = np.random.default_rng(5)
    data["class"] = rng.integers(K, size=len(data))
    data["w"] = rng.uniform(0.5, 2, len(data))
    data.loc[::50, "x"] = np.nan
    model = logistica.fit(data, "class ~ log(x) * a", weights="w", missing="drop")
    kept = data[data.x.notna()]
    indicator = {level: (kept.a == level) * 1.0 for level in "qr"}
    by_hand = pd.DataFrame(
        {"l": np.log(kept.x), **indicator, **{f"l{k}": np.log(kept.x) * v for k, v in indicator.items()}}
    )
    other = logistica.fit(by_hand, target=kept["class"].to_numpy(), weights=kept["w"].to_numpy())
    np.testing.assert_allclose(model.coef_, other.coef_, rtol=1e-9, atol=1e-12)
    assert model.record.notes[0].code == "rows-dropped"


@pytest.mark.filterwarnings("ignore:Column 'x' is a predictor and the offset too")
def test_an_offset_in_the_formula_is_an_offset():
    stated = logistica.fit(DATA, "y ~ x + offset(log(x) - z)")
    given = logistica.fit(DATA.assign(o=np.log(DATA.x) - DATA.z), "y ~ x", offset="o")
    np.testing.assert_array_equal(stated.coef_, given.coef_)
    new = frame(4, n=20)
    with_column = new.assign(o=np.log(new.x) - new.z)
    np.testing.assert_array_equal(stated.predict_proba(new), given.predict_proba(with_column))
    both = logistica.fit(DATA.assign(o=-DATA.z), "y ~ x + offset(log(x))", offset="o")
    np.testing.assert_allclose(both.coef_, stated.coef_, rtol=1e-12)


def test_one_offset_is_refused_for_three_classes():
    with pytest.raises(OptionError, match="3 classes need one for each class"):
        logistica.fit(DATA, "a ~ x + offset(z)")


@pytest.mark.parametrize(
    ("formula", "error", "message"),
    [
        ("y ~ nothing", DataError, "'nothing': there is no such column for the formula"),
        ("y ~ X", DataError, "Did you mean 'x'"),
        ("nothing ~ x", DataError, "'nothing': there is no such column for the target"),
        ("log(y) ~ x", FormulaError, "the response must be the name of a column, cbind"),
        ("y ~ log(z)", DataError, r"log\(z\) has no finite value in row \d+, where it is made of -"),
        ("y ~ I(x/(k - 1))", DataError, "has no finite value in row"),
        ("y ~ exp(1000 * x)", DataError, "has no finite value"),
        ("y ~ log(a)", DataError, "'a': text or categories such as 'p' where the formula needs numbers"),
        ("y ~ a:lgo(x)", FormulaError, r"lgo\(\) is not a function of formulas; did you mean log"),
        ("y ~ __import__(x)", FormulaError, "is not a function of formulas"),
        ("y ~ log(x, 2)", FormulaError, r"log\(\) takes one argument"),
        ("y ~ log()", FormulaError, r"log\(\) takes one argument"),
        ("y ~ log(a:b)", FormulaError, "':' is an interaction"),
        ("y ~ log(.)", FormulaError, "'.' has no meaning inside a function"),
        ("y ~ log(poly(x, 2))", FormulaError, "cannot stand inside another function"),
        ("y ~ log(C(a))", FormulaError, "cannot stand inside another function"),
        ("y ~ poly(x, 0)", FormulaError, "degree must be a whole number from 1"),
        ("y ~ poly(k, 9)", FormulaError, "needs more than 9 different values; there are 4"),
        ("y ~ poly(x, 2, 3, 4)", FormulaError, r"poly\(\) takes a column and degree, raw"),
        ("y ~ poly(x, degre = 2)", FormulaError, r"poly\(\) takes a column and degree, raw"),
        ("y ~ poly(x, 2, degree = 2)", FormulaError, "given twice|takes a column"),
        ("y ~ bs(x, df = 2)", FormulaError, "df must be at least 3"),
        ("y ~ bs(x, knots = c(1, 99))", FormulaError, r"knots \(1, 99\) must be different and lie inside"),
        ("y ~ bs(x, knots = c(2, 1))", FormulaError, "in ascending order"),
        ("y ~ cr(x)", FormulaError, "needs df = or knots ="),
        ("y ~ C(x + 1)", FormulaError, "needs a column's name"),
        ("y ~ C(a, Trreatment)", FormulaError, "C\\(\\) takes a column, one of Treatment, Sum, Helmert, Poly"),
        ('y ~ C(a, base = "s")', FormulaError, "'s' is none of the levels of 'a': 'p', 'q', 'r'"),
        ('y ~ C(a, Sum, base = "p")', FormulaError, "base = belongs to Treatment"),
        ("y ~ scale(I(0 * x))", FormulaError, "the column is constant"),
        ("y ~ scale(2)", FormulaError, "needs a column"),
        ("cbind(y, a) ~ x", DataError, "where the formula needs numbers"),
        ("cbind(x, z) ~ w", DataError, "no whole number"),
        ("cbind(scale(y), k) ~ x", FormulaError, "counts cannot be centred or scaled"),
        ("cbind(y) ~ x", FormulaError, r"cbind\(\) joins two counts"),
    ],
)
def test_bad_formulas(formula, error, message):
    with pytest.raises(error, match=message):
        logistica.fit(DATA, formula)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"target": "y"}, "has the response y, and target= is given too"),
        ({"columns": ["x"]}, "both say what X is"),
        ({"fit_intercept": False}, "left out by '- 1'"),
    ],
)
def test_options_that_contradict_a_formula(options, message):
    with pytest.raises(OptionError, match=message):
        logistica.fit(DATA, "y ~ x", **options)


def test_an_array_has_no_names_for_a_formula():
    with pytest.raises(OptionError, match="needs named columns"):
        logistica.fit(np.ones((3, 2)), "y ~ x")
    model = logistica.fit(DATA, "y ~ x + z")
    with pytest.raises(DataError, match="no columns for the model's formula"):
        model.predict(np.ones((3, 2)))


@pytest.mark.filterwarnings("ignore::logistica.DataWarning")
def test_rows_out_of_use_are_not_evaluated():
    """log(0) where the weight is 0, or where another column is missing and its row dropped, is nobody's concern."""
    data = DATA.assign(weight=1.0)
    data.loc[5, ["x", "weight"]] = [0.0, 0.0]
    data.loc[6, "x"] = -1.0
    data.loc[6, "a"] = None
    model = logistica.fit(data, "y ~ log(x) + a", weights="weight", missing="drop")
    assert model.fitted.fit.rows.used == len(data) - 2
    with pytest.raises(DataError, match=r"log\(x\) has no finite value in row 5"):
        logistica.fit(data, "y ~ log(x) + a", missing="drop")


@pytest.mark.filterwarnings("ignore::logistica.DataWarning")
def test_new_rows_outside_a_functions_domain_are_named():
    model = logistica.fit(DATA, "y ~ log(x)")
    new = frame(4, n=5)
    new.loc[3, "x"] = -2.0
    with pytest.raises(DataError, match=r"log\(x\) has no finite value in row 3, where it is made of -2"):
        model.predict(new)
    new.loc[3, "x"] = np.nan
    found = model.predict_proba(new, missing="drop")
    assert np.isnan(found[3]).all()
    assert np.isfinite(np.delete(found, 3, axis=0)).all()


@pytest.mark.parametrize("name", ["a b", "1", "C(x)", "x:y", "größe", "`", "a`b", "\\", "~", "y ~ x", "if", ".x"])
def test_strange_names_in_backquotes(name, tmp_path):
    """nasty-25: formula-like column names are quoted and come back."""
    data = DATA.rename(columns={"x": name})
    quoted = "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"
    model = logistica.fit(data, f"y ~ {quoted} + log({quoted})")
    assert model.fitted.recipe.terms[0] == name
    model.save(tmp_path / "m.json")
    np.testing.assert_array_equal(logistica.load(tmp_path / "m.json").predict_proba(data), model.predict_proba(data))
    plain = logistica.fit(DATA, "y ~ x + log(x)")
    np.testing.assert_array_equal(model.coef_, plain.coef_)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.update(variables=[]), "impossible term"),
        (lambda f: f["variables"][0].update(expression="__import__(x)"), "not a function"),
        (lambda f: f["variables"][0].update(expression="log(nothing)"), "names no column"),
        (lambda f: f["variables"][0].update(expression="scale(x)"), "lacks the centre and scale"),
        (lambda f: f["variables"][0].update(expression=5), "text"),
        (lambda f: f["terms"].append([0]), "a term twice"),
        (lambda f: f["terms"].append([1, 0]), "impossible term"),
        (lambda f: f["terms"].append([99]), "impossible term"),
        (lambda f: f["terms"].append("x"), "list of terms"),
        (lambda f: f["variables"][1].update(levels=[]), "without levels"),
        (lambda f: f["variables"][1].update(levels=["p", "p", "q"]), "impossible levels"),
        (lambda f: f["variables"][1].update(column="nothing"), "names no column"),
        (lambda f: f["variables"][1].update(column="x"), "other levels for 'a' than its column has"),
        (lambda f: f["variables"][1].update(contrast="Magic"), "contrast"),
        (lambda f: f["variables"][2]["basis"].update(norm2=[1.0, -1.0, 1.0]), "impossible polynomial"),
        (lambda f: f["variables"][2]["basis"].update(kind="spell"), "kind"),
        (lambda f: f["variables"][2]["basis"].update(exponent=99_999), "exponent"),
        (lambda f: f["variables"][2]["basis"].update(centre="0"), "centre"),
        (lambda f: f["variables"][2]["basis"].pop("centre"), "centre"),
        (lambda f: f["variables"][2]["basis"].update(alpha=[]), "norm2"),
        (lambda f: f.update(more=1), "more"),
        (lambda f: f.pop("offsets"), "offsets"),
    ],
)
def test_hostile_formulas_in_model_files(change, message, tmp_path):
    model = logistica.fit(DATA, "y ~ log(x) * a + poly(z, 2)")
    model.save(tmp_path / "m.json")
    content = model_file.read(tmp_path / "m.json")
    change(content["recipe"]["formula"])
    model_file.write(tmp_path / "m.json", json.loads(json.dumps(content)))
    with pytest.raises(ModelFileError, match=message):
        logistica.load(tmp_path / "m.json")


@pytest.mark.filterwarnings("ignore::logistica.LogisticaWarning")
def test_pooled_levels_of_numbers_are_saved(tmp_path):
    data = DATA.assign(grade=np.r_[np.full(5, 9), np.arange(395) % 3])
    model = logistica.fit(data, "y ~ C(grade) + x", rare=30, unknown="other")
    assert model.fitted.recipe.terms == ("C(grade)[1]", "C(grade)[2]", "C(grade)[(other)]", "x")
    model.save(tmp_path / "m.json")
    new = data.iloc[:8].assign(grade=[9, 0, 1, 2, 77, 9, 1, 0])
    found = logistica.load(tmp_path / "m.json").predict_proba(new.assign(x=1.0))
    np.testing.assert_array_equal(found, model.predict_proba(new.assign(x=1.0)))
    np.testing.assert_array_equal(found[0], found[4])


def test_a_factor_of_many_levels_stays_codes():
    """The matrix of its contrasts would have 20,000 x 19,999 numbers."""
    n = 20_000
    data = pd.DataFrame({"f": pd.Categorical(np.arange(n).astype(str)), "y": np.arange(n) % 2})
    tracemalloc.start()
    dataset = read(data, Preparation("y ~ f"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert dataset.source.n_columns == n - 1
    assert peak < 100e6


@pytest.mark.parametrize("spline", ["bs(x, df = 4)", "cr(x, df = 4)"])
def test_a_spline_beyond_its_ends_is_noted(spline):
    model = logistica.fit(DATA, f"y ~ {spline}")
    new = frame(4, n=5).assign(x=[1.0, 0.01, 99.0, 2.0, 1.5])
    with pytest.warns(logistica.DataWarning, match=r"was learned from values between .*; 2 rows beyond"):
        found = model.predict_proba(new)
    assert np.isfinite(found).all()


def test_polynomials_have_no_ends():
    model = logistica.fit(DATA, "y ~ poly(x, 2)")
    assert np.isfinite(model.predict_proba(frame(4, n=2).assign(x=[0.01, 9.0]))).all()


def test_rows_of_weight_zero_are_not_evaluated_either():
    """Nor is a row that gets no prediction anyway."""
    model = logistica.fit(DATA, "y ~ log(x) + a")
    new = frame(4, n=30).assign(w=1.0)
    expected = model.evaluate(new.iloc[1:])
    new.loc[0, ["x", "w"]] = [-1.0, 0.0]
    assert model.evaluate(new, weights="w").log_loss == pytest.approx(expected.log_loss, rel=1e-12)
    new.loc[0, "a"] = None
    with pytest.warns(logistica.DataWarning, match="get no prediction"):
        found = model.predict_proba(new, missing="drop")
    assert np.isnan(found[0]).all()
    assert np.isfinite(found[1:]).all()


def test_a_column_that_is_numbers_and_a_factor_cannot_be_filled():
    data = DATA.assign(k=DATA.k.astype(float))
    data.loc[3, "k"] = np.nan
    with pytest.raises(DataError, match="'k': its missing values cannot be filled in"):
        logistica.fit(data, "y ~ C(k) + k", missing="impute")


def test_the_cell_that_makes_a_column_text_is_named(tmp_path):
    model = logistica.fit(DATA, "y ~ x")
    path = tmp_path / "new.csv"
    path.write_text("x\n1\n2\noops\n3\n")
    with pytest.raises(DataError, match=r"line 4, column 'x': text or categories such as 'oops' \(row 2\)"):
        model.predict(path)
