"""The hard cases of scores and weights: as large and as small as floats go. Each once went wrong."""

from __future__ import annotations

import numpy as np
import pytest

import logistica
from logistica import Adam
from logistica.core.errors import DataError
from tests.data.cases import case
from tests.nasty.problems import classes, columns, same

# Row 15: extreme scores.

EXTREMES = (1e3, 1e5, 1e16, 1e150, 1e300)


@pytest.mark.parametrize("size", [case(15, f"{sign * s:g}", sign * s) for s in EXTREMES for sign in (1, -1)])
@pytest.mark.parametrize("K", [2, 3])
def test_extreme_scores(size, K):
    X = columns()
    model = logistica.fit(X, target=classes(X, K))
    far = np.array([[size, 0.0, 0.0], [0.0, size, -size], [size, size, size]])
    proba, log_proba = model.predict_proba(far), model.predict_log_proba(far)
    assert ((proba >= 0) & (proba <= 1)).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, rtol=1e-15)
    assert np.isfinite(log_proba).all()
    assert (log_proba <= 0).all()
    eta = model.decision_function(far)
    every = np.column_stack([np.zeros(3), eta]) if K == 2 else eta
    below = np.sort(every - every.max(axis=1, keepdims=True), axis=1)
    rest = np.log1p(np.exp(below[:, :-1]).sum(axis=1))
    expected = every - every.max(axis=1, keepdims=True) - rest[:, None]
    np.testing.assert_allclose(log_proba, expected, rtol=1e-10, atol=1e-320)
    assert (model.predict(far) == np.argmax(every, axis=1)).all()


LARGEST = float(np.finfo(float).max)
ENDS = [case(15, "1e308", 1e308), case(15, "largest", LARGEST)]


@pytest.mark.parametrize("size", ENDS)
@pytest.mark.parametrize("K", [2, 3])
def test_values_at_the_end_of_the_floats(size, K):
    """With coefficients below 1 the scores are floats, and right."""
    X = columns()
    model = logistica.fit(X * 1e3, target=classes(X, K))
    far = np.array([[size, 0.0, 0.0], [-size, 0.0, 0.0], [size, -size, size]])
    log_proba = model.predict_log_proba(far)
    assert np.isfinite(log_proba).all()
    assert (log_proba.max(axis=1) == 0.0).all()
    np.testing.assert_array_equal(np.sort(model.predict_proba(far), axis=1)[:, -2:], [[0.0, 1.0]] * 3)


@pytest.mark.parametrize("size", ENDS)
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("method", ["decision_function", "predict_proba", "predict_log_proba", "predict"])
def test_scores_beyond_the_floats_are_refused(size, K, method):
    """With coefficients above 1 they are none."""
    X = columns()
    model = logistica.fit(X * 1e-3, target=classes(X, K))
    with pytest.raises(DataError, match="row 1 holds values so much larger") as error:
        getattr(model, method)([[1.0, 0.0, 0.0], [size, 0.0, 0.0], [0.0, -size, 0.0]])
    assert error.value.row == 1
    assert error.value.count == 2
    assert error.value.remedy


@pytest.mark.parametrize("size", [case(15, f"offset-{s:g}", s) for s in (1e3, 1e308)])
@pytest.mark.parametrize("K", [2, 3])
def test_extreme_offsets(size, K):
    X = columns()
    y = classes(X, K)
    zeros = np.zeros(200) if K == 2 else np.zeros((200, K))
    model = logistica.fit(X, target=y, offset=zeros)
    offset = zeros.copy()
    offset[0] = size if K == 2 else [size, -size, 0.0]
    offset[1] = -size if K == 2 else [-size, -size, size]
    log_proba = model.predict_log_proba(X, offset=offset)
    assert np.isfinite(log_proba).all()
    assert log_proba[0].max() == log_proba[1].max() == 0.0
    np.testing.assert_allclose(log_proba[2:], logistica.fit(X, target=y).predict_log_proba(X)[2:], rtol=1e-9)


# Row 16: weights.


@pytest.mark.parametrize("unit", [case(16, f"{u:g}", u) for u in (1e-300, 1e-100, 1e100, 1e300)])
@pytest.mark.parametrize("K", [2, 3])
def test_weights_in_any_unit(unit, K):
    X = columns()
    y = classes(X, K)
    weights = np.random.default_rng(16).uniform(0.5, 2.0, size=200)
    plain, scaled = logistica.fit(X, target=y, weights=weights), logistica.fit(X, target=y, weights=weights * unit)
    same(scaled, plain)
    assert scaled.log_likelihood_kernel / unit == pytest.approx(plain.log_likelihood_kernel, rel=1e-12)
    ours, theirs = scaled.summary().coefficients, plain.summary().coefficients
    np.testing.assert_allclose(ours.std_error * np.sqrt(unit), theirs.std_error, rtol=1e-9)


@pytest.mark.parametrize("unit", [case(16, f"penalised-{u:g}", u) for u in (1e-100, 1e100)])
def test_a_penalty_beside_weights_in_any_unit(unit):
    X = columns()
    y = classes(X)
    plain = logistica.fit(X, target=y, C=2.0)
    scaled = logistica.fit(X, target=y, weights=np.full(200, unit), C=2.0 / unit)
    same(scaled, plain)


@pytest.mark.parametrize(
    ("heavy_weight", "light_weight"),
    [case(16, "1e300-beside-1e-300", 1e300, 1e-300), case(16, "1-beside-1e-300", 1.0, 1e-300)],
)
def test_weights_hundreds_of_powers_apart(heavy_weight, light_weight):
    """The light rows count for nothing: the fit is that of the heavy ones."""
    X = columns()
    y = classes(X)
    heavy = np.arange(200) < 150
    mixed = logistica.fit(X, target=y, weights=np.where(heavy, heavy_weight, light_weight))
    same(mixed, logistica.fit(X[heavy], target=y[heavy]))


@pytest.mark.parametrize("weight", [case(16, "sum-overflows", 1e308), case(16, "subnormal", 1e-320)])
def test_weights_that_cannot_be_added_or_inverted(weight):
    X = columns()
    with pytest.raises(DataError, match="too close to the limits of floating point") as error:
        logistica.fit(X, target=classes(X), weights=np.full(200, weight))
    assert "weights" in error.value.column
    assert "near 1" in error.value.remedy


@pytest.mark.parametrize("kind", [case(16, f"zero-{k}", k) for k in ("importance", "frequency", "sampling")])
def test_rows_of_weight_zero_are_absent(kind):
    X = columns()
    y = classes(X)
    there = np.arange(200) % 3 > 0
    weights = np.where(there, 2.0, 0.0)
    model = logistica.fit(X, target=y, weights=weights, weight_kind=kind)
    less = logistica.fit(X[there], target=y[there], weights=weights[there], weight_kind=kind)
    np.testing.assert_array_equal(model.coef_, less.coef_)
    rows = model.fitted.fit.rows
    assert (rows.used, rows.weight_zero) == (there.sum(), 200 - there.sum())
    assert rows.count == less.fitted.fit.rows.count == (2 * there.sum() if kind == "frequency" else there.sum())


@pytest.mark.parametrize(
    ("weights", "kind", "words"),
    [
        case(16, "all-zero", np.zeros(200), "importance", "weights are 0"),
        case(16, "negative", np.where(np.arange(200) == 5, -1.0, 1.0), "importance", "row 5"),
        case(16, "nan", np.where(np.arange(200) == 5, np.nan, 1.0), "importance", "row 5"),
        case(16, "inf", np.where(np.arange(200) == 5, np.inf, 1.0), "importance", "row 5"),
        case(16, "fractional-frequency", np.where(np.arange(200) == 5, 1.5, 1.0), "frequency", "row 5"),
    ],
)
def test_weights_that_are_none(weights, kind, words):
    X = columns()
    with pytest.raises(DataError, match=words) as error:
        logistica.fit(X, target=classes(X), weights=weights, weight_kind=kind)
    assert error.value.remedy
    assert "weight" in str(error.value)


@pytest.mark.parametrize("light", [case(16, f"class-{v:g}", v) for v in (1e-100, 1e-300)])
def test_a_class_of_very_little_weight(light):
    """Its intercept is the log of its share; where floats lose its weight, that is said."""
    y = np.arange(200) % 2
    X = np.empty((200, 0))
    model = logistica.fit(X, target=y, weights=np.where(y == 1, light, 1.0))
    assert model.intercept_[0] == pytest.approx(np.log(light), rel=1e-12)
    with pytest.raises(DataError, match=r"class 1 .* floating point loses them") as error:
        logistica.fit(X, target=y, weights=np.where(y == 1, 1e-300, 1e300))
    assert error.value.remedy


@pytest.mark.parametrize("solver", ["newton", Adam()], ids=["newton", "adam"])
def test_standard_errors_beyond_all_numbers_are_not_given(solver):
    """The intercept belongs to a point far from the column's values: its variance is beyond the largest number."""
    rng = np.random.default_rng(5)
    X = rng.normal(size=(200, 2))
    X[:, 0] += 1e6
    y = rng.integers(0, 2, 200)
    model = logistica.fit(X, target=y, weights=np.full(200, 1e-300), solver=solver)
    errors = model.fitted.fit.estimate.covariances.outputs
    assert np.isnan(errors[0]).all()
    assert np.isfinite(errors[1:]).all()
    assert "1 of 3 standard errors are not given" in " ".join(str(model.summary()).split())
