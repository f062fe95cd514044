"""Standard errors against 50-digit references, in any unit, with any origin, for any reference class."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from logistica.fitting.record import Covariances
from logistica.inference import coefficient_table
from tests.inference.fits import fitted, fitted_problem, two_classes
from tests.oracles.decimal_newton import decimal_newton
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
        slopes = at_home.covariances.parameters[1:, 1:] * np.outer(at_home.coordinates.scale, at_home.coordinates.scale)
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


@pytest.mark.parametrize("reference", range(7))
def test_what_a_file_keeps_of_a_large_model_is_enough(reference):
    """Above 500 parameters a file holds no covariance, and yet every contrast's standard error."""
    model = fitted_problem(problem("anes96"))
    kept = Covariances(None, model.fit.estimate.covariances.outputs)
    without = replace(model, fit=replace(model.fit, estimate=replace(model.fit.estimate, covariances=kept)))
    complete, table = coefficient_table(model, reference=reference), coefficient_table(without, reference=reference)
    np.testing.assert_array_equal(table.std_error, complete.std_error)
    assert np.isfinite(table.std_error).all()
    assert table.notes == ()


CHAINS = [(1e-2, 1e-4), (5e-4, 1e-3), (1e-4, 1e-4), (5e-4, 1e-6), (1e-6, 1e-2), (1e-3, 1e-7), (1e-6, 1e-7)]


def _chain(first, then, shift, K):
    """a, b = a + first u, c = b + then v, and the exact answer for the columns as float64 holds them."""
    rng = np.random.default_rng(3)
    a, u, v, other = rng.normal(size=(4, 80))
    b = a + shift + first * u
    X = np.column_stack([a + shift, b, b + then * v, other])
    y = rng.integers(K, size=80)
    return X, y, decimal_newton(np.column_stack([np.ones(80), X]), y, n_classes=K)


@pytest.mark.parametrize(("first", "then"), CHAINS)
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("shift", [0.0, 20.0])
def test_chains_of_nearly_equal_columns(first, then, shift, K):
    """Nothing is aliased, and every standard error is right, the intercept's too."""
    X, y, exact = _chain(first, then, shift, K)
    model = fitted(X, y)
    assert model.fit.aliases == {}
    table = coefficient_table(model)
    np.testing.assert_allclose(table.std_error.reshape(K - 1, 5), exact.error, rtol=2e-9)
    assert np.max(np.abs(table.estimate.reshape(K - 1, 5) - exact.estimate) / exact.error) < 1e-8


@pytest.mark.parametrize("first", [5e-4, 1e-4])
def test_a_chain_at_the_end_of_float64(first):
    """Six digits of what they can give, and none of the intercept's that rounding ate."""
    X, y, exact = _chain(first, 1e-10, 20.0, 2)
    model = fitted(X, y)
    table = coefficient_table(model)
    assert model.fit.aliases == {}
    assert "ill-conditioned" in {note.code for note in model.fit.record.notes}
    assert np.isnan(table.std_error[0])
    assert [note.code for note in table.notes] == ["cancelled"]
    np.testing.assert_allclose(table.std_error[1:], exact.error[0, 1:], rtol=1e-6)
    assert np.max(np.abs(table.estimate - exact.estimate[0]) / exact.error[0]) < model.fit.record.certificate.bound
