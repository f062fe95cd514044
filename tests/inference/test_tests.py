"""z, p-values, intervals and model statistics: against statsmodels, against print, and far out in the tails."""

from __future__ import annotations

import json
import math
from decimal import Decimal, getcontext

import numpy as np
import pytest
import statsmodels.api as sm

from logistica.inference import coefficient_table, model_statistics, tails
from tests.inference.fits import fitted, fitted_problem, two_classes
from tests.reference.problems import problem
from tests.shared import shared

BINARY = ("spector", "admissions", "lbw_stata", "finney", "challenger23_binary", "infert1")


def _published(name):
    return json.loads(shared("reference", "published.json").read_text(encoding="utf-8"))[name]


@pytest.mark.parametrize("level", [0.5, 0.95, 0.999])
@pytest.mark.parametrize("name", BINARY)
def test_statsmodels_agrees_for_two_classes(name, level):
    case = problem(name)
    model = fitted_problem(case)
    oracle = sm.Logit(case.y, case.design()).fit(method="newton", disp=0, maxiter=100, tol=1e-14)
    table, about = coefficient_table(model, level), model_statistics(model)
    np.testing.assert_allclose(table.z, oracle.tvalues, rtol=1e-8)
    np.testing.assert_allclose(table.p_value, oracle.pvalues, rtol=1e-7)
    np.testing.assert_allclose(np.exp(table.log_p_value), oracle.pvalues, rtol=1e-7)
    interval = oracle.conf_int(1 - level)
    np.testing.assert_allclose(np.column_stack([table.lower, table.upper]), interval, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(table.odds_ratio, np.exp(oracle.params), rtol=1e-7)
    _same_statistics(about, oracle)
    assert about.n == len(case.y)


def test_statsmodels_agrees_for_seven_classes():
    """Its null model stops 7e-7 short; without columns the maximum is known: the classes' shares."""
    case = problem("anes96")
    oracle = sm.MNLogit(case.y, case.design()).fit(method="newton", disp=0, maxiter=100, tol=1e-14)
    about = model_statistics(fitted_problem(case))
    counts = np.bincount(case.y)
    null = float(counts @ np.log(counts / counts.sum()))
    assert about.log_likelihood_kernel == pytest.approx(oracle.llf, abs=1e-9)
    assert about.log_likelihood_null == pytest.approx(null, rel=1e-14)
    assert about.lr_statistic == pytest.approx(2 * (oracle.llf - null), rel=1e-11)
    assert about.lr_log_p_value == pytest.approx(np.log(oracle.llr_pvalue), abs=1e-5)
    assert about.mcfadden_r2 == pytest.approx(1 - oracle.llf / null, rel=1e-11)
    assert about.aic == pytest.approx(oracle.aic, rel=1e-12)
    assert about.bic == pytest.approx(oracle.bic, rel=1e-12)
    assert about.df_model == 30


def _same_statistics(about, oracle):
    assert about.log_likelihood_kernel == pytest.approx(oracle.llf, abs=1e-9)
    assert about.log_likelihood_null == pytest.approx(oracle.llnull, abs=1e-7)
    assert about.lr_statistic == pytest.approx(oracle.llr, rel=1e-7)
    assert about.lr_p_value == pytest.approx(oracle.llr_pvalue, rel=1e-6)
    assert about.mcfadden_r2 == pytest.approx(oracle.prsquared, rel=1e-7)
    assert about.aic == pytest.approx(oracle.aic, rel=1e-10)
    assert about.bic == pytest.approx(oracle.bic, rel=1e-10)
    assert about.deviance == -2 * about.log_likelihood_kernel
    assert about.notes == ()


def test_stata_agrees_on_spector():
    """Stata's columns are float32, so that its figures differ by about 1e-7; intervals are printed to 7 digits."""
    case, printed = problem("spector"), _published("spector")
    model = fitted_problem(case)
    order = [("(Intercept)" if name == "const" else name) for name in printed["order"]]
    table, about = coefficient_table(model), model_statistics(model)
    place = [table.term.tolist().index(name) for name in order]
    np.testing.assert_allclose(table.z[place], printed["z"], rtol=1e-6)
    np.testing.assert_allclose(table.p_value[place], printed["p"], rtol=1e-6)
    interval = np.column_stack([table.lower, table.upper])[place]
    np.testing.assert_allclose(interval, printed["ci"], rtol=1e-6)
    for ours, theirs in [
        (about.log_likelihood_kernel, "llf"),
        (about.log_likelihood_null, "llnull"),
        (about.lr_statistic, "llr"),
        (about.lr_p_value, "llr_pvalue"),
        (about.mcfadden_r2, "prsquared"),
        (about.aic, "aic"),
        (about.bic, "bic"),
    ]:
        assert ours == pytest.approx(printed[theirs], rel=1e-6)


def test_stata_agrees_on_anes96():
    printed = _published("anes96")
    about = model_statistics(fitted_problem(problem("anes96")))
    assert about.lr_statistic == pytest.approx(printed["llr"], rel=1e-6)
    assert about.lr_p_value == pytest.approx(printed["llr_pvalue"], rel=1e-4)
    assert about.aic == pytest.approx(printed["aic"], rel=1e-7)
    assert about.bic == pytest.approx(printed["bic"], rel=1e-7)


def _normal_tail(z: int) -> Decimal:
    """ln P(|Z| > z) for large z by the asymptotic series of the normal tail, in decimal arithmetic."""
    getcontext().prec = 50
    series, term, square = Decimal(1), Decimal(1), Decimal(z) ** 2
    for k in range(1, 20):
        term *= -(2 * k - 1) / square
        series += term
    pi = Decimal("3.14159265358979323846264338327950288419716939937510")
    return Decimal(2).ln() - square / 2 - Decimal(z).ln() - (2 * pi).ln() / 2 + series.ln()


@pytest.mark.parametrize("z", [20, 37, 40, 1000])
def test_nasty_row_17_p_values_far_out(z):
    p, log_p = tails.two_sided(np.array([float(z), -float(z)]))
    assert log_p[0] == log_p[1] == pytest.approx(float(_normal_tail(z)), rel=1e-13)
    assert p[0] == pytest.approx(math.exp(float(_normal_tail(z))), rel=1e-10)


@pytest.mark.parametrize("df", [2, 4, 10, 60])
@pytest.mark.parametrize("statistic", [0.0, 3.0, 500.0, 1400.0, 5000.0, 1e6])
def test_nasty_row_17_chi_squared_far_out(df, statistic):
    """For even degrees of freedom the tail is a finite sum: exp(-x/2) * sum of (x/2)^i / i!."""
    getcontext().prec = 60
    x, term = Decimal(statistic) / 2, Decimal(1)
    total = term
    for i in range(1, df // 2):
        term *= x / i
        total += term
    expected = float(total.ln() - x)
    p, log_p = tails.chi_squared(statistic, df)
    assert log_p == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert p == pytest.approx(math.exp(expected), rel=1e-9)


@pytest.mark.parametrize("df", [1, 3, 7, 1001])
def test_the_two_forms_of_the_chi_squared_tail_meet(df, monkeypatch):
    statistic = df + 600.0
    direct = tails.chi_squared(statistic, df)
    monkeypatch.setattr(tails, "SMALLEST_TRUSTED", 1.0)
    assert tails.chi_squared(statistic, df)[1] == pytest.approx(direct[1], rel=1e-11)


def test_nasty_row_17_a_real_z_of_40():
    """100,000 rows and a binary column: z and the log p-value follow from the two-by-two table."""
    counts = np.array([40_000, 10_000, 22_000, 28_000], dtype=float)
    model = fitted(
        np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([0, 1, 0, 1]), weights=counts, weight_kind="frequency"
    )
    table = coefficient_table(model)
    slope = math.log(counts[3] * counts[0] / (counts[1] * counts[2]))
    z = slope / math.sqrt((1 / counts).sum())
    assert z > 100
    assert table.z[1] == pytest.approx(z, rel=1e-10)
    assert table.p_value[1] == 0.0
    assert table.log_p_value[1] == pytest.approx(-z * z / 2 - math.log(z * math.sqrt(math.pi / 2)), rel=1e-7)


def test_nasty_row_17_odds_ratios_beyond_float64_are_infinite_or_zero():
    X, y = two_classes(p=2)
    table = coefficient_table(fitted(X * np.array([1e-150, -1e-150]), y))
    assert table.odds_ratio[1] == np.inf
    assert table.odds_ratio[2] == np.inf
    assert np.isfinite(table.estimate).all()
    assert coefficient_table(fitted(X * np.array([-1e-150, 1.0]), y)).odds_ratio[1] == 0.0


def test_frequencies_count_as_rows():
    X, y = two_classes(n=60)
    weights = np.random.default_rng(1).integers(1, 4, size=60)
    once = fitted(X, y, weights=weights, weight_kind="frequency")
    often = fitted(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    for name in ("n", "log_likelihood_kernel", "lr_statistic", "aic", "bic"):
        assert getattr(model_statistics(once), name) == pytest.approx(getattr(model_statistics(often), name), rel=1e-12)


def test_no_columns_have_nothing_to_test():
    _, y = two_classes()
    about = model_statistics(fitted(np.empty((len(y), 0)), y))
    assert about.df_model == 0
    assert about.lr_statistic == 0.0
    assert math.isnan(about.lr_p_value)
    assert about.aic == pytest.approx(2 - 2 * about.log_likelihood_null)


def test_without_an_intercept_the_null_model_is_the_coin():
    case = problem("admissions_noint")
    about, printed = model_statistics(fitted_problem(case)), _published("admissions_noint")
    assert about.log_likelihood_null == pytest.approx(printed["llnull"], rel=1e-9)
    assert about.aic == pytest.approx(printed["aic"], rel=1e-8)
    assert about.bic == pytest.approx(printed["bic"], rel=1e-8)
    assert about.df_model == 2
