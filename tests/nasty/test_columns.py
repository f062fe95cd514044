"""The hard cases of columns: constant, collinear, nearly so, of any scale, far away. Each once went wrong."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core.errors import ConvergenceWarning, DataError, OptionError
from logistica.solvers.driver import Status
from tests.data.cases import case
from tests.nasty.problems import classes, codes, columns, note
from tests.oracles.decimal_newton import decimal_newton

INF = np.inf


# Row 5: a constant column beside an intercept.


@pytest.mark.parametrize("value", [case(5, f"constant-{v:g}", v) for v in (0.0, 1.0, -3.7, 0.1, 1e300, 1e-300)])
@pytest.mark.parametrize("K", [2, 3])
def test_a_constant_column_is_aliased_and_reported(value, K):
    X = columns()
    y = classes(X, K)
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    frame.insert(1, "always", value)
    model, without = logistica.fit(frame, target=y), logistica.fit(X, target=y)
    place = model.terms.index("always")
    assert (model.coef_[:, place] == 0.0).all()
    np.testing.assert_allclose(np.delete(model.coef_, place, axis=1), without.coef_, rtol=1e-11)
    np.testing.assert_allclose(model.intercept_, without.intercept_, rtol=1e-11, atol=1e-14)
    assert "'always' is constant" in note(model, "aliased")
    table = model.summary().coefficients
    mine = table.term == "always"
    assert np.isnan(table.estimate[mine]).all()
    assert np.isnan(table.std_error[mine]).all()


@pytest.mark.parametrize("value", [case(5, f"penalised-constant-{v:g}", v) for v in (0.0, 1.0, -3.7)])
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("standardize", [True, False])
def test_a_penalty_shrinks_a_constant_column_to_nothing(value, K, standardize):
    """It once left the column without a penalty, the Hessian singular, and every coefficient at zero."""
    X = columns()
    y = classes(X, K)
    wide = np.column_stack([X, np.full(200, value)])
    options = {"target": y, "C": 0.1, "standardize": standardize}
    model, without = logistica.fit(wide, **options), logistica.fit(X, **options)
    assert model.record.converged
    np.testing.assert_allclose(model.coef_[:, :3], without.coef_, rtol=1e-10)
    np.testing.assert_allclose(model.coef_[:, 3], 0.0, rtol=0, atol=1e-15)
    np.testing.assert_allclose(model.intercept_, without.intercept_, rtol=1e-10, atol=1e-14)


# Row 6: exact collinearity.


def _collinear(kind, X):
    if kind == "duplicated":
        return np.column_stack([X, X[:, 1]]), "x3", ("x1",)
    if kind == "combination":
        return np.column_stack([X, X[:, 0] - 2 * X[:, 2]]), "x3", ("x0", "x2")
    level = np.random.default_rng(1).integers(3, size=len(X))
    return np.column_stack([X, np.eye(3)[level]]), "x5", ("(Intercept)", "x3", "x4")


@pytest.mark.parametrize("kind", [case(6, k, k) for k in ("duplicated", "combination", "full-dummy-set")])
@pytest.mark.parametrize("K", [2, 3])
def test_the_later_column_is_dropped_and_named_with_its_partners(kind, K):
    X, gone, partners = _collinear(kind.replace("full-dummy-set", "dummies"), columns())
    y = classes(X, K)
    model = logistica.fit(X, target=y)
    place = int(gone[1:])
    assert model.fitted.fit.aliases == {gone: partners}
    message = note(model, "aliased")
    assert all(repr(name) in message for name in (gone, *partners))
    reference = logistica.fit(np.delete(X, place, axis=1), target=y)
    np.testing.assert_allclose(model.predict_proba(X), reference.predict_proba(np.delete(X, place, axis=1)), rtol=1e-10)
    table = model.summary().coefficients
    assert np.isnan(table.std_error[table.term == gone]).all()
    assert np.isfinite(table.std_error[table.term != gone]).all()


# Row 7: near-collinearity.


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("condition", [case(7, f"{c:.0e}", c) for c in (1e4, 1e6, 1e8, 1e9, 1e10, 1e12)])
def test_near_collinearity_is_right_or_marked(condition, K):
    rng = np.random.default_rng(7)
    x, other, third = rng.normal(size=(3, 60))
    X = np.column_stack([x, third, x + other / condition])
    y = classes(np.column_stack([x, other]), K, slope=0.7)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = logistica.fit(X, target=y)
    assert all(issubclass(warning.category, logistica.DataWarning) for warning in caught)
    assert {"ill-conditioned", "rounding", "aliased"} & codes(model) or condition < 1e7
    exact = decimal_newton(np.column_stack([np.ones(60), X]), y)
    ours = model.coef_ if K == 2 else model.coef_[1:] - model.coef_[0]
    if "aliased" in codes(model):
        assert condition >= 1e11
        return
    np.testing.assert_allclose(ours, exact.estimate[:, 1:], rtol=1e-6 if condition < 1e10 else 1e-3)
    assert (np.abs(ours - exact.estimate[:, 1:]) <= model.record.certificate.bound * exact.error[:, 1:]).all()


# Row 12: the columns' scales.

SCALES = (1e-300, 1e-150, 1e-12, 1e-6, 1e6, 1e12, 1e150, 1e300)


@pytest.mark.parametrize("scale", [case(12, f"{s:g}", s) for s in SCALES])
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("intercept", [True, False])
def test_one_scale(scale, K, intercept):
    X = columns()
    y = classes(X, K)
    plain, scaled = (logistica.fit(Z, target=y, fit_intercept=intercept) for Z in (X, X * scale))
    np.testing.assert_allclose(scaled.coef_ * scale, plain.coef_, rtol=1e-10)
    np.testing.assert_allclose(scaled.intercept_, plain.intercept_, rtol=1e-10)
    np.testing.assert_allclose(scaled.predict_proba(X * scale), plain.predict_proba(X), rtol=1e-10)
    assert scaled.record.status is Status.CONVERGED


@pytest.mark.parametrize(
    "scales",
    [
        case(12, "mixed-all", SCALES),
        case(12, "mixed-ends", (1e-300, 1e300)),
        case(12, "mixed-one-tiny", (1.0, 1e-300, 1.0)),
        case(12, "mixed-one-huge", (1.0, 1e300, 1.0)),
    ],
)
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("shift", [0.0, 30.0])
def test_mixed_scales(scales, K, shift):
    X = columns(400, len(scales)) + shift
    y = classes(X - shift, K, slope=0.5)
    scale = np.array(scales)
    plain, scaled = logistica.fit(X, target=y), logistica.fit(X * scale, target=y)
    np.testing.assert_allclose(scaled.coef_ * scale, plain.coef_, rtol=1e-10)
    np.testing.assert_allclose(scaled.intercept_, plain.intercept_, rtol=1e-10)
    np.testing.assert_allclose(scaled.predict_proba(X * scale), plain.predict_proba(X), rtol=1e-9)
    ours, theirs = scaled.summary().coefficients, plain.summary().coefficients
    every = np.tile(np.append(1.0, scale), K - 1)
    np.testing.assert_allclose(ours.std_error * every, theirs.std_error, rtol=1e-9)
    np.testing.assert_allclose(ours.z, theirs.z, rtol=1e-9)


@pytest.mark.parametrize("scale", [case(12, f"standardised-{s:g}", s) for s in (1e-300, 1e300)])
def test_a_standardised_penalty_on_any_scale(scale):
    X = columns()
    y = classes(X)
    plain, scaled = (logistica.fit(Z, target=y, C=1.0, standardize=True) for Z in (X, X * [scale, 1, 1 / scale]))
    np.testing.assert_allclose(scaled.coef_ * [scale, 1, 1 / scale], plain.coef_, rtol=1e-10)


@pytest.mark.parametrize("scale", [case(12, f"beyond-{s:g}", s) for s in (1e-310, 1e-320, 1e308)])
def test_a_scale_that_coefficients_cannot_follow(scale):
    """Its coefficient, or its spread, would be no float."""
    X = np.clip(columns(), -1.7, 1.7) * [1.0, scale, 1.0]
    with pytest.raises(DataError, match="'x1'") as error:
        logistica.fit(X, target=classes(columns()))
    assert error.value.column == "x1"
    assert error.value.remedy


@pytest.mark.parametrize("scale", [case(12, f"penalised-{s:g}", s) for s in (1e-200, 1e-300)])
def test_a_penalty_too_large_to_compute_with_names_its_column(scale):
    X = columns() * [1.0, scale, 1.0]
    with pytest.raises(OptionError, match=r"'x1'.*standardize=True"):
        logistica.fit(X, target=classes(columns()), C=1.0)


# Row 13: large offsets in a column.


@pytest.mark.parametrize(
    ("shift", "spread"),
    [
        case(13, "1e8", 1e8, 1.0),
        case(13, "minus-1e8", -1e8, 1.0),
        case(13, "epoch-seconds", 1.7e9, 86_400.0),
        case(13, "epoch-nanoseconds", 1.7e18, 8.64e13),
        case(13, "year", 2000.0, 8.0),
    ],
)
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("C", [INF, 1.0])
def test_a_large_shift_leaves_the_slopes(shift, spread, K, C):
    X = columns()
    y = classes(X, K)
    far = X.copy()
    far[:, 1] = X[:, 1] * spread + shift
    held = X.copy()
    held[:, 1] = (far[:, 1] - shift) / spread  # as far as the shifted column holds it
    options = {"C": C, "standardize": C < INF}
    plain, shifted = logistica.fit(held, target=y, **options), logistica.fit(far, target=y, **options)
    np.testing.assert_allclose(shifted.coef_ * [1, spread, 1], plain.coef_, rtol=1e-6)
    np.testing.assert_allclose(shifted.predict_proba(far), plain.predict_proba(held), rtol=1e-6)
    assert "ill-conditioned" not in codes(shifted)


@pytest.mark.parametrize("value", [1e140, -1e160, 1e300])
@pytest.mark.parametrize("solver", ["newton", "sgd"])
def test_one_value_too_far_from_all_others_names_its_column(value, solver):
    X = columns()
    y = classes(X, 2)
    X[0, 1] = value
    with pytest.raises(DataError, match=r"column 'x1': its values reach from .* while half of them lie within"):
        logistica.fit(X, target=y, solver=solver)


@pytest.mark.parametrize("value", [1e80, -1e130])
@pytest.mark.parametrize("solver", ["newton", "sgd"])
def test_one_value_far_from_all_others_is_no_error(value, solver):
    X = columns()
    y = classes(X, 2)
    X[0, 1] = value
    with pytest.warns(ConvergenceWarning):
        model = logistica.fit(X, target=y, solver=solver)
    assert np.isfinite(model.coef_).all()
    assert not model.record.converged
