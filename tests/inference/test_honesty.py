"""What does not hold is not given, and the reason is."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from logistica.core.errors import OptionError
from logistica.inference import coefficient_table, model_statistics
from tests.inference.fits import fitted, two_classes

TESTS = ("z", "p_value", "log_p_value", "lower", "upper")
REFUSED = ("lr_statistic", "lr_p_value", "lr_log_p_value", "aic", "bic")


def _codes(record):
    return [note.code for note in record.notes]


def _quasi():
    """x is 1 only in class 1, which leaves z and the intercept a finite estimate."""
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({"x": np.repeat([0.0, 1.0], 50), "z": rng.normal(size=100)})
    y = np.append(rng.integers(0, 2, 50), np.ones(50, int))
    return frame, y


def test_a_penalised_fit_has_standard_errors_but_no_tests():
    X, y = two_classes()
    model = fitted(X, y, C=1.0)
    table, about = coefficient_table(model), model_statistics(model)
    assert np.isfinite(table.std_error).all()
    for name in TESTS:
        assert np.isnan(getattr(table, name)).all(), name
    for name in REFUSED:
        assert math.isnan(getattr(about, name)), name
    assert _codes(table) == _codes(about) == ["penalised"]
    assert "the penalty biases the estimates" in table.notes[0].message
    assert about.log_likelihood_kernel < 0.0


def test_the_standard_errors_of_a_ridge_are_the_root_of_the_penalised_curvature():
    X, y = two_classes()
    model = fitted(X, y, C=0.5)
    coef, intercept = model.fit.estimate.coordinates.to_user(model.fit.estimate.theta)
    design = np.column_stack([np.ones(len(y)), X])
    proba = 1 / (1 + np.exp(-(intercept + X @ coef[0])))
    hessian = (design.T * (proba * (1 - proba))) @ design + np.diag([0.0, 2.0, 2.0, 2.0])
    np.testing.assert_allclose(coefficient_table(model).std_error, np.sqrt(np.diag(np.linalg.inv(hessian))), rtol=1e-10)


def test_sampling_weights_have_no_model_based_standard_errors():
    X, y = two_classes()
    weights = np.random.default_rng(2).uniform(1, 9, len(y))
    model = fitted(X, y, weights=weights, weight_kind="sampling")
    table, about = coefficient_table(model), model_statistics(model)
    for name in ("std_error", *TESTS):
        assert np.isnan(getattr(table, name)).all(), name
    for name in REFUSED:
        assert math.isnan(getattr(about, name)), name
    assert np.isfinite(table.estimate).all()
    assert _codes(table) == _codes(about) == ["sampling-weights"]


def test_a_fit_that_stopped_early_has_no_statistics():
    X, y = two_classes()
    model = fitted(X, y, max_iter=1)
    table, about = coefficient_table(model), model_statistics(model)
    assert not model.fit.record.converged
    assert np.isfinite(table.estimate).all()
    for name in ("std_error", *TESTS):
        assert np.isnan(getattr(table, name)).all(), name
    for name in (*REFUSED, "mcfadden_r2"):
        assert math.isnan(getattr(about, name)), name
    assert _codes(table) == _codes(about) == ["statistics-not-converged"]
    assert "max_iter" in table.notes[0].message


def test_separated_classes_have_no_optimum_to_be_found():
    model = fitted(np.arange(8.0)[:, None], np.arange(8) > 3, solver="sgd")
    (note,) = model_statistics(model).notes
    assert note.code == "statistics-not-converged"
    assert "the classes are separated" in note.message
    assert "optimum" not in note.message


def test_a_fit_that_stopped_within_a_thousandth_of_a_standard_error_has_them():
    X, y = two_classes()
    model = fitted(X, y, max_iter=4)
    assert not model.fit.record.converged
    assert 1e-10 < model.fit.record.certificate.bound < 1e-3
    right = coefficient_table(fitted(X, y))
    np.testing.assert_allclose(coefficient_table(model).std_error, right.std_error, rtol=1e-3)


@pytest.mark.parametrize("constant", [True, False], ids=["nasty row 5: constant", "nasty row 6: collinear"])
def test_aliased_columns_are_not_available(constant):
    X, y = two_classes(p=2)
    extra = np.full(len(y), 3.0) if constant else 2 * X[:, 0] - X[:, 1] + 1
    model = fitted(np.column_stack([X, extra]), y)
    table, without = coefficient_table(model), coefficient_table(fitted(X, y))
    assert table.state.tolist() == ["finite", "finite", "finite", "aliased"]
    for name in ("estimate", "std_error", *TESTS, "odds_ratio"):
        values = getattr(table, name)
        assert np.isnan(values[3]), name
        np.testing.assert_allclose(values[:3], getattr(without, name), rtol=1e-9, err_msg=name)
    assert table.notes == ()
    assert model_statistics(model).df_model == 2


def test_nasty_row_17_infinite_coefficients_have_no_z():
    frame, y = _quasi()
    model = fitted(frame, y)
    table, rest = coefficient_table(model), coefficient_table(fitted(frame[["z"]][:50], y[:50]))
    assert table.state.tolist() == ["finite", "+inf", "finite"]
    assert table.estimate[1] == np.inf
    assert table.odds_ratio[1] == np.inf
    for name in ("std_error", *TESTS):
        values = getattr(table, name)
        assert np.isnan(values[1]), name
        np.testing.assert_allclose(values[[0, 2]], getattr(rest, name), rtol=1e-8, err_msg=name)
    turned = coefficient_table(model, reference=1)
    assert turned.state[1] == "-inf"
    assert turned.estimate[1] == -np.inf
    assert turned.odds_ratio[1] == 0.0


def test_nasty_row_18_a_separated_likelihood_is_flagged_or_refused():
    frame, y = _quasi()
    quasi = model_statistics(fitted(frame, y))
    assert math.isfinite(quasi.lr_p_value)
    assert _codes(quasi) == ["likelihood-at-limit"]
    complete = model_statistics(fitted(np.arange(10.0)[:, None], np.repeat([0, 1], 5)))
    assert complete.log_likelihood_kernel == 0.0
    for name in REFUSED:
        assert math.isnan(getattr(complete, name)), name
    assert _codes(complete) == ["trivial-likelihood"]


def test_complete_separation_leaves_no_plausible_number():
    X, _ = two_classes()
    table = coefficient_table(fitted(X, (X[:, 0] > 0).astype(int)))
    assert table.state[1] == "+inf"
    assert table.state[[0, 2, 3]].tolist() == ["undetermined"] * 3
    assert np.isnan(table.estimate[[0, 2, 3]]).all()
    assert np.isnan(table.std_error).all()


def test_one_class_of_three_apart_leaves_the_others_finite():
    """The reference decides which contrasts are finite; those that are equal the two-class fit of the others."""
    X, y = two_classes(seed=3, p=2)
    X = np.vstack([X, np.full((40, 2), 60.0) + np.random.default_rng(0).normal(size=(40, 2))])
    labels = np.append(np.where(y, "b", "a"), np.full(40, "c"))
    model = fitted(X, labels)
    table, pair = coefficient_table(model), coefficient_table(fitted(X[:-40], labels[:-40]))
    apart = table.class_ == "c"
    assert (table.state[apart] != "finite").all()
    assert np.isnan(table.std_error[apart]).all()
    for name in ("estimate", "std_error", *TESTS):
        np.testing.assert_allclose(getattr(table, name)[~apart], getattr(pair, name), rtol=1e-6, err_msg=name)
    against_c = coefficient_table(model, reference="c")
    assert (against_c.state != "finite").all()


@pytest.mark.parametrize("level", [0.0, 1.0, -0.1, 95, math.nan, "0.95", True, None])
def test_a_level_is_between_0_and_1(level):
    X, y = two_classes()
    with pytest.raises(OptionError, match=r"level=.* between 0 and 1"):
        coefficient_table(fitted(X, y), level)


@pytest.mark.parametrize("reference", ["maybe", 1, ["no"], np.array(["no", "yes"])])
def test_an_unknown_reference_lists_the_classes(reference):
    X, y = two_classes()
    with pytest.raises(OptionError, match=r"must be one of the classes, 'no', 'yes'"):
        coefficient_table(fitted(X, np.where(y, "yes", "no")), reference=reference)
