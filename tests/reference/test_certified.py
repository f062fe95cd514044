"""Every certified problem, at default settings, by every door, in any units and with any origins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica import LogisticRegression
from tests.reference.problems import NAMES, UNPENALISED, WITHOUT_INTERCEPT, Problem, problem
from tests.reference.reading import contrasts, summary_array

COEF = 1e-9  # relative
STD_ERROR = 1e-8  # relative
LOG_LIKELIHOOD = 1e-9  # absolute
SHIFTED_SLOPE = 1e-6  # relative
SEEDS = range(4)
SHIFTS = (1e8, -1e8)


def _frame(case: Problem, X: np.ndarray | None = None) -> pd.DataFrame:
    return pd.DataFrame(case.X if X is None else X, columns=list(case.columns))


def _fit(case: Problem, X: np.ndarray | None = None, **options):
    kind = "importance" if case.weights is None else "frequency"
    return logistica.fit(
        _frame(case, X),
        target=case.y,
        weights=case.weights,
        weight_kind=kind,
        fit_intercept=case.intercept,
        C=case.C,
        **options,
    )


@pytest.mark.parametrize("name", NAMES)
def test_summary(name):
    case = problem(name)
    model = _fit(case)
    assert model.separation is None
    assert model.record.status == "converged"
    assert tuple(dict.fromkeys(model.summary().coefficients.term.tolist())) == case.terms
    np.testing.assert_allclose(summary_array(model, "estimate", case.terms), case.coef, rtol=COEF, atol=0)
    np.testing.assert_allclose(summary_array(model, "std_error", case.terms), case.std_error, rtol=STD_ERROR, atol=0)
    assert model.log_likelihood_kernel == pytest.approx(case.log_likelihood, rel=0, abs=LOG_LIKELIHOOD)


@pytest.mark.parametrize("name", NAMES)
def test_coefficients_from_a_bare_array(name):
    case = problem(name)
    model = logistica.fit(case.X, target=case.y, weights=case.weights, fit_intercept=case.intercept, C=case.C)
    _check_coef(case, model)


@pytest.mark.parametrize("name", NAMES)
def test_coefficients_from_a_frame_with_its_target_inside(name):
    case = problem(name)
    frame = _frame(case)
    frame["the target"] = case.y
    options = {} if case.weights is None else {"weights": "the weights"}
    if case.weights is not None:
        frame["the weights"] = case.weights
    model = logistica.fit(frame, target="the target", fit_intercept=case.intercept, C=case.C, **options)
    _check_coef(case, model)


@pytest.mark.parametrize("name", NAMES)
def test_coefficients_of_the_estimator(name):
    case = problem(name)
    estimator = LogisticRegression(C=case.C, fit_intercept=case.intercept)
    _check_coef(case, estimator.fit(case.X, case.y, sample_weight=case.weights))


def _check_coef(case: Problem, fitted) -> None:
    n_rows = 1 if len(case.coef) == 1 else len(case.coef) + 1
    assert fitted.coef_.shape == (n_rows, len(case.columns))
    assert fitted.intercept_.shape == (n_rows,)
    actual = contrasts(fitted.coef_, fitted.intercept_ if case.intercept else None)
    np.testing.assert_allclose(actual, case.coef, rtol=COEF, atol=0)
    if not case.intercept:
        assert (fitted.intercept_ == 0.0).all()


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", UNPENALISED)
def test_units_do_not_matter(name, seed):
    case = problem(name)
    rng = np.random.default_rng([seed, NAMES.index(name)])
    scale = 10.0 ** rng.integers(-150, 151, size=len(case.columns))
    model = _fit(case, case.X * scale)
    every = np.append(1.0, scale) if case.intercept else scale
    estimate = summary_array(model, "estimate", case.terms) * every
    np.testing.assert_allclose(estimate, case.coef, rtol=COEF, atol=0)
    std_error = summary_array(model, "std_error", case.terms) * every
    np.testing.assert_allclose(std_error, case.std_error, rtol=STD_ERROR, atol=0)
    assert model.log_likelihood_kernel == pytest.approx(case.log_likelihood, rel=0, abs=LOG_LIKELIHOOD)


@pytest.mark.parametrize("shift", SHIFTS)
@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITHOUT_INTERCEPT])
def test_origins_do_not_matter(name, shift):
    """The shifted columns hold the data rounded to about 1e-8, which the tolerance allows for."""
    case = problem(name)
    model = _fit(case, case.X + shift)
    slopes = summary_array(model, "estimate", case.columns)
    np.testing.assert_allclose(slopes, case.coef[:, 1:], rtol=SHIFTED_SLOPE, atol=0)
    std_error = summary_array(model, "std_error", case.columns)
    np.testing.assert_allclose(std_error, case.std_error[:, 1:], rtol=SHIFTED_SLOPE, atol=0)


@pytest.mark.parametrize("name", NAMES)
def test_the_certificate_holds(name):
    """The distance to the certified optimum, in standard errors, is no more than the record states."""
    case = problem(name)
    model = _fit(case)
    distance = np.abs(summary_array(model, "estimate", case.terms) - case.coef) / case.std_error
    written = np.abs(np.spacing(case.coef)) / case.std_error
    assert (distance <= model.record.certificate.bound + written).all()
