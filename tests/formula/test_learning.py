"""What formulas learn from: every row as often as it counts, absent rows not at all, in units of any size."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core.errors import DataError, DataWarning, FormulaError
from logistica.data.formula.polynomials import ORTHOGONAL, learn_polynomial
from logistica.data.formula.sample import Sample
from tests.data.factor_tables import again
from tests.formula.tables import frame

DATA = frame(3, n=200)
LEARNED = [
    "poly(x, 3)",
    "bs(x, df = 6)",
    "bs(x, df = 7, degree = 2, Boundary.knots = c(0, 2.6))",
    "cr(x, df = 5)",
    "scale(x)",
    "scale(x, center = FALSE)",
    "center(x)",
    "poly(scale(x), 2)",
    "C(k, Poly)",
]


@pytest.mark.filterwarnings("ignore::logistica.DataWarning")
@pytest.mark.parametrize("text", LEARNED)
class TestFrequencies:
    def test_a_row_of_frequency_3_is_three_rows(self, text):
        times = np.random.default_rng(4).integers(0, 5, len(DATA))
        formula = f"y ~ {text} + z"
        weighted = logistica.fit(DATA.assign(times=times), formula, weights="times", weight_kind="frequency")
        repeated = logistica.fit(DATA.loc[DATA.index.repeat(times)], formula)
        assert weighted.terms == repeated.terms
        np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(weighted.predict_proba(DATA), repeated.predict_proba(DATA), rtol=1e-10)

    def test_a_row_of_three_trials_is_three_rows(self, text):
        rng = np.random.default_rng(5)
        trials = rng.integers(0, 5, len(DATA))
        hits = rng.binomial(trials, 0.4)
        grouped = logistica.fit(DATA.assign(hits=hits, n=trials), f"cbind(hits, n - hits) ~ {text} + z")
        rows = pd.concat([DATA.assign(hit=False, times=trials - hits), DATA.assign(hit=True, times=hits)])
        written = rows.iloc[np.repeat(np.arange(len(rows)), rows.times)]
        repeated = logistica.fit(written, f"hit ~ {text} + z")
        np.testing.assert_allclose(grouped.coef_, repeated.coef_, rtol=1e-9, atol=1e-12)

    def test_other_weights_count_no_rows(self, text):
        """An importance of 3 is no three rows, as in R."""
        weights = np.random.default_rng(4).integers(1, 5, len(DATA))
        formula = f"y ~ {text} + z"
        model = logistica.fit(DATA.assign(v=weights), formula, weights="v")
        learned = logistica.fit(DATA, formula).fitted.recipe.to_dict()
        assert model.fitted.recipe.to_dict()["formula"] == learned["formula"]


UNITS = [
    (1e80, 0.0),
    (1e160, 0.0),
    (1e200, 0.0),
    (5e307, 0.0),
    (1e-150, 0.0),
    (1e-300, 0.0),
    (3e16, 1.7e18),
    (-1.0, 0.0),
]


@pytest.mark.parametrize("text", ["poly(x, 3)", "bs(x, df = 5)", "cr(x, df = 5)", "scale(x)", "scale(x) + z"])
@pytest.mark.parametrize(("unit", "origin"), UNITS)
def test_the_unit_of_a_column_does_not_matter(text, unit, origin, tmp_path):
    """Nor is there a warning of NumPy's, which would be an error here."""
    x = (DATA.x * 1024).round() / 1024
    own, other = DATA.assign(x=x), DATA.assign(x=x * unit + origin)
    plain, model = logistica.fit(own, f"y ~ {text}"), logistica.fit(other, f"y ~ {text}")
    assert model.fitted.fit.rank == plain.fitted.fit.rank
    np.testing.assert_allclose(model.predict_proba(other), plain.predict_proba(own), rtol=1e-8)
    np.testing.assert_array_equal(again(model, tmp_path).predict_proba(other), model.predict_proba(other))


def test_values_from_end_to_end_of_all_numbers():
    """Their range is no number."""
    data = DATA.assign(x=(DATA.x - DATA.x.mean()) * 1e308)
    assert data.x.max() / 2 - data.x.min() / 2 > 0.9e308
    unit = data.assign(x=data.x / 2.0**1000)
    for text in ("poly(x, 3)", "bs(x, df = 5)", "cr(x, df = 5)"):
        found = logistica.fit(data, f"y ~ {text}").predict_proba(data)
        np.testing.assert_allclose(found, logistica.fit(unit, f"y ~ {text}").predict_proba(unit), rtol=1e-9)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 1e300])
def test_a_constant_column_has_no_deviation(value):
    """The mean of equal values is exactly their value, however it rounds."""
    with pytest.raises(FormulaError, match="the column is constant"):
        logistica.fit(DATA.assign(x=value), "y ~ scale(x)")


def exact_polynomials(x, degree):
    """In fractions, until the root at the end."""
    x = [Fraction(float(value)) for value in x]
    before, present, square, share = [Fraction(0)] * len(x), [Fraction(1)] * len(x), Fraction(len(x)), Fraction(0)
    columns = []
    for _ in range(degree):
        alpha = sum(a * p * p for a, p in zip(x, present, strict=True)) / square
        before, present = present, [(a - alpha) * p - share * b for a, p, b in zip(x, present, before, strict=True)]
        new = sum(p * p for p in present)
        share, square = new / square, new
        columns.append([np.sign(float(p)) * float(p * p / square) ** 0.5 for p in present])
    return np.array(columns).T


@pytest.mark.parametrize("degree", [1, 2, 3, 5, 10, 20, 30])
def test_polynomials_are_exact(degree):
    x = np.random.default_rng(1).integers(0, 64, 80) / 8.0 + 100.0
    found = learn_polynomial(Sample(x), degree).columns(x)
    np.testing.assert_allclose(found, exact_polynomials(x, degree), atol=1e-11)


@pytest.mark.parametrize("degree", [30, 40, 50])
def test_polynomials_of_high_degree_are_orthogonal(degree):
    x = np.random.default_rng(2).uniform(size=1000)
    found = learn_polynomial(Sample(x), degree).columns(x)
    np.testing.assert_allclose(found.T @ found, np.eye(degree), atol=ORTHOGONAL)


def test_or_they_are_refused():
    """Where values lie far out, the recurrence loses digits with the degree."""
    data = DATA.assign(x=np.random.default_rng(3).standard_t(3, size=len(DATA)))
    with pytest.raises(FormulaError, match=r"degree 30 in these values loses its digits; up to degree \d+ it does not"):
        logistica.fit(data, "y ~ poly(x, 30)")
    assert logistica.fit(data, "y ~ poly(x, 5)").fitted.fit.rank == 6


RIGHT = ["log(x)", "C(k) + k", "bs(x, df = 5)", "poly(x, 2)", "scale(x)", "cr(x, knots = c(1, 2))", "a", "I(a == 'p')"]


@pytest.mark.filterwarnings("ignore::logistica.DataWarning")
@pytest.mark.parametrize("text", RIGHT)
@pytest.mark.parametrize("strange", [{"x": -1e9, "k": 99, "a": "zzz"}, {"x": np.nan, "k": 7, "a": None}])
@pytest.mark.parametrize("said", ["cbind", "trials", "weights"])
def test_rows_without_a_trial_are_absent(text, strange, said):
    """As rows of weight 0 are: whatever they hold, nothing is learned from it, and nothing is missing."""
    trials = np.where(np.arange(len(DATA)) % 3 == 1, 0, 3)
    hits = np.random.default_rng(5).binomial(trials, 0.4)
    data = DATA.assign(hits=hits, n=trials)
    kept = data[data.n > 0]
    data = data.astype({"x": float})
    for name, value in strange.items():
        data[name] = data[name].where(data.n > 0, value)
    formula, options = f"cbind(hits, n - hits) ~ {text}", {}
    if said == "trials":
        formula, options = f"hits ~ {text}", {"trials": "n"}
    elif said == "weights":
        data = data.assign(n=3, w=(data.n > 0) * 1.0)
        options = {"weights": "w"}
    model, expected = logistica.fit(data, formula, **options), logistica.fit(kept, f"cbind(hits, n - hits) ~ {text}")
    assert model.terms == expected.terms
    np.testing.assert_array_equal(model.coef_, expected.coef_)
    assert (model.fitted.fit.rows.used, model.fitted.fit.rows.weight_zero) == (len(kept), len(data) - len(kept))
    beside = {} if said == "trials" else options
    assert model.evaluate(data, **beside).log_loss == pytest.approx(expected.evaluate(kept).log_loss, rel=1e-14)


def test_rare_levels_of_a_column_that_is_numbers_too_are_refused():
    data = DATA.assign(k=np.where(np.arange(len(DATA)) < 3, 9, DATA.k))
    with pytest.raises(
        FormulaError, match="rare= would pool the levels 9 of 'k', which is used as numbers too"
    ) as caught:
        logistica.fit(data, "y ~ k + C(k)", rare=5, unknown="other")
    assert caught.value.position == 8
    model = logistica.fit(data, "y ~ k + C(k)", rare=2, unknown="other")
    with pytest.raises(DataError, match="the level 77 in row 0"):
        model.predict(data.head(1).assign(k=77))


UNDEFINED = [
    ("y ~ log(x)", {"x": -1.0}, "log(x) (undefined) 1"),
    ("y ~ log(x) + sqrt(I(x - 0.1))", {"x": -1.0}, "log(x) (undefined) 1, sqrt(I(x - 0.1)) (undefined) 1"),
    ("y ~ I(1/w)", {"w": 0.0}, "1/w (undefined) 1"),
    ("y ~ z + offset(log(x))", {"x": 0.0}, "log(x) (undefined) 1"),
    ("y ~ poly(x, 3)", {"x": 1e200}, "poly(x, 3) (undefined) 1"),
    ("y ~ poly(log(x), 2):a", {"x": -1.0}, "log(x) (undefined) 1"),
]


@pytest.mark.parametrize(("formula", "strange", "counted"), UNDEFINED)
def test_a_new_row_without_a_value_has_no_prediction(formula, strange, counted, tmp_path):
    """And the others have theirs."""
    model = again(logistica.fit(DATA, formula), tmp_path)
    new = frame(4, n=20)
    expected = model.predict_proba(new)
    new.loc[7, list(strange)] = list(strange.values())
    with pytest.raises(DataError, match="has no finite value in row 7"):
        model.predict_proba(new)
    with pytest.warns(DataWarning) as caught:
        found = model.predict_proba(new, missing="drop")
    assert str(caught[0].message) == f"1 of 20 rows have missing values and get no prediction: {counted}."
    assert np.isnan(found[7]).all()
    np.testing.assert_array_equal(np.delete(found, 7, axis=0), np.delete(expected, 7, axis=0))
    evaluated = model.evaluate(new, missing="drop")
    messages = [note.message for note in evaluated.notes]
    assert f"1 of 20 rows have missing values and are left out: {counted}." in messages
    assert evaluated.log_loss == pytest.approx(model.evaluate(new.drop(index=7)).log_loss, rel=1e-14)


def test_values_that_overflow_in_the_fit_are_named():
    data = DATA.assign(x=DATA.x * 1e200)
    with pytest.raises(DataError, match=r"poly\(x, 2, raw = TRUE\) has no finite value in row 0"):
        logistica.fit(data, "y ~ poly(x, 2, raw = TRUE)")


def test_the_data_come_first():
    with pytest.raises(
        logistica.OptionError, match=r"type DataFrame, and must be text. The data come first: fit\(data"
    ):
        logistica.fit("y ~ x", DATA)
    with pytest.raises(logistica.OptionError, match="labels beside the data are passed as target="):
        logistica.fit(DATA[["x"]], DATA.y)


def test_a_power_that_is_its_base_is_noted_in_the_record():
    with pytest.warns(DataWarning, match=r"x\^2 outside I\(\) is x itself; write I\(x\^2\) or poly\(x, 2\)"):
        model = logistica.fit(DATA, "y ~ x + x**2")
    assert model.terms == ("x",)
    assert [note.code for note in model.record.notes] == ["power-of-one"]


@pytest.mark.filterwarnings("ignore::logistica.DataWarning")
def test_the_remedy_for_a_missing_predictor_names_imputing():
    data = DATA.astype({"x": float, "y": object})
    data.loc[3, "x"] = np.nan
    with pytest.raises(DataError, match=r"missing='impute' .* or missing='drop'"):
        logistica.fit(data, "y ~ x")
    model = logistica.fit(DATA, "y ~ x")
    with pytest.raises(DataError, match="missing='drop'") as caught:
        model.predict(data)
    assert "impute" not in str(caught.value)
    data.loc[3, "y"] = None
    with pytest.raises(DataError, match="missing='drop'") as caught:
        logistica.fit(data, "y ~ x")
    assert "impute" not in str(caught.value)
