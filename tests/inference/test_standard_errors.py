"""Standard errors against 50-digit references, in any unit, with any origin, for any reference class."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from logistica.inference import coefficient_table
from tests.inference.fits import fitted, fitted_problem, two_classes
from tests.reference.problems import NAMES, UNPENALISED, WITHOUT_INTERCEPT, problem

RELATIVE = 1e-8


def _blocks(values, case):
    return values.reshape(case.coef.shape)


@pytest.mark.parametrize("name", NAMES)
def test_certified(name):
    case = problem(name)
    table = coefficient_table(fitted_problem(case))
    assert tuple(table.term.tolist()) == case.terms * len(case.coef)
    np.testing.assert_allclose(_blocks(table.std_error, case), case.std_error, rtol=RELATIVE, atol=0)
    np.testing.assert_allclose(_blocks(table.estimate, case), case.coef, rtol=1e-9, atol=0)
    assert set(table.state.tolist()) == {"finite"}


@pytest.mark.parametrize("name", UNPENALISED)
def test_units_of_any_size(name):
    case = problem(name)
    rng = np.random.default_rng(NAMES.index(name))
    scale = 10.0 ** rng.choice([-150, 150, -12, 12], size=len(case.columns))
    table = coefficient_table(fitted_problem(case, case.X * scale))
    every = np.append(1.0, scale) if case.intercept else scale
    np.testing.assert_allclose(_blocks(table.std_error, case) * every, case.std_error, rtol=RELATIVE, atol=0)
    np.testing.assert_allclose(_blocks(table.z, case), case.coef / case.std_error, rtol=1e-8, atol=0)


@pytest.mark.parametrize("name", [name for name in UNPENALISED if name not in WITHOUT_INTERCEPT])
def test_an_origin_far_away(name):
    """With x + 1e8 the intercept is a - 1e8 * (sum of slopes); its variance is that of this combination."""
    case = problem(name)
    table = coefficient_table(fitted_problem(case, case.X + 1e8))
    np.testing.assert_allclose(_blocks(table.std_error, case)[:, 1:], case.std_error[:, 1:], rtol=1e-6, atol=0)
    at_home = fitted_problem(case).fit.estimate
    if len(case.coef) == 1:
        slopes = at_home.covariance[1:, 1:] * np.outer(at_home.coordinates.scale, at_home.coordinates.scale)
        expected = 1e8 * np.sqrt(slopes.sum())
        np.testing.assert_allclose(table.std_error[0], expected, rtol=1e-5)


@pytest.mark.parametrize("reference", range(7))
def test_any_reference_class(reference):
    """statsmodels takes the first class as the base; renaming the classes makes it any."""
    case = problem("anes96")
    table = coefficient_table(fitted_problem(case), reference=reference)
    renamed = np.where(case.y == reference, -1, case.y)
    oracle = sm.MNLogit(renamed, case.design()).fit(method="newton", disp=0, maxiter=100, tol=1e-14)
    shape = (6, 6)
    assert table.reference == reference
    assert list(dict.fromkeys(table.class_.tolist())) == [k for k in range(7) if k != reference]
    np.testing.assert_allclose(table.estimate.reshape(shape), oracle.params.T, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(table.std_error.reshape(shape), oracle.bse.T, rtol=1e-8)
    np.testing.assert_allclose(table.p_value.reshape(shape), oracle.pvalues.T, rtol=1e-5, atol=1e-300)


def test_the_other_reference_of_two_classes_turns_signs_round():
    X, y = two_classes()
    model = fitted(X, np.where(y, "yes", "no"))
    table, turned = coefficient_table(model), coefficient_table(model, reference="yes")
    assert set(table.class_.tolist()) == {"yes"}
    assert set(turned.class_.tolist()) == {"no"}
    np.testing.assert_array_equal(turned.estimate, -table.estimate)
    np.testing.assert_array_equal(turned.std_error, table.std_error)
    np.testing.assert_array_equal(turned.lower, -table.upper)


def test_the_estimates_of_two_classes_are_the_models_own_to_the_last_bit():
    X, y = two_classes()
    model = fitted(X + 3.0, y)
    coef, intercept = model.fit.estimate.coordinates.to_user(model.fit.estimate.theta)
    np.testing.assert_array_equal(coefficient_table(model).estimate, np.append(intercept, coef))


def _variances_only(model):
    """What a model with more than 500 parameters comes back with from its file."""
    return replace(model, fit=replace(model.fit, estimate=replace(model.fit.estimate, covariance=None)))


def test_variances_alone_give_slopes_and_a_reason_for_the_rest():
    X, y = two_classes()
    model = fitted(X + 5.0, y)
    complete, table = coefficient_table(model), coefficient_table(_variances_only(model))
    np.testing.assert_allclose(table.std_error[1:], complete.std_error[1:], rtol=1e-14)
    assert np.isnan(table.std_error[0])
    assert np.isnan(table.p_value[0])
    np.testing.assert_array_equal(table.estimate, complete.estimate)
    (note,) = table.notes
    assert note.code == "variances-only"
    assert "1 of 4 standard errors" in note.message


def test_variances_alone_give_contrasts_with_the_solvers_own_reference_only():
    case = problem("anes96")
    model = fitted_problem(case)
    inside = model.fit.estimate.coordinates.reference
    other = (inside + 1) % 7
    own = coefficient_table(_variances_only(model), reference=inside)
    complete = coefficient_table(model, reference=inside)
    slopes = own.term != "(Intercept)"
    np.testing.assert_allclose(own.std_error[slopes], complete.std_error[slopes], rtol=1e-14)
    against = coefficient_table(_variances_only(model), reference=other)
    known = np.isfinite(against.std_error)
    np.testing.assert_array_equal(known, (against.class_ == inside) & (against.term != "(Intercept)"))


def test_a_variance_that_rounding_ate_is_not_given():
    """Two columns with nearly opposite errors, far from their origins: the intercept's variance cancels."""
    X, y = two_classes(p=2)
    model = fitted(X, y)
    estimate = model.fit.estimate
    covariance = np.array([[1e-20, 0, 0], [0, 1.0, -1.0], [0, -1.0, 1.0]])
    coordinates = replace(estimate.coordinates, centre=np.array([1e6, 1e6]), scale=np.ones(2))
    broken = replace(estimate, covariance=covariance, variance=np.diagonal(covariance), coordinates=coordinates)
    table = coefficient_table(replace(model, fit=replace(model.fit, estimate=broken)))
    assert np.isnan(table.std_error[0])
    assert np.isfinite(table.std_error[1:]).all()
    assert [note.code for note in table.notes] == ["cancelled"]
