"""The one contract of all losses, over the catalogue: definitions, derivatives, and both tails."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from logistica.losses import loss_for
from tests.oracles.decimal_loss import log_probabilities, probabilities

CATALOGUE = [pytest.param(loss_for(K), id="binomial" if K == 2 else f"multinomial-{K}") for K in range(2, 7)]
SOFTMAX = [
    *(pytest.param(loss_for(K), id=f"multinomial-{K}") for K in range(3, 7)),
]
catalogue = pytest.mark.parametrize("loss", CATALOGUE)

SMALLEST = 5e-324
TAILS = [0.0, 1e-300, 1e-9, 0.3, 5.0, 36.8, 40.0, 700.0, 745.0, 1000.0, 1e5, 1e308]


def _moderate(loss, n=40, seed=0):
    rng = np.random.default_rng(seed)
    eta = rng.normal(scale=3.0, size=(n, loss.n_outputs))
    return eta, rng.integers(loss.n_classes, size=n)


def _extreme(loss):
    """Rows of zeros with one entry far out to either side, and rows of any two of the sizes."""
    rows = [np.zeros(loss.n_outputs)]
    for size in (*TAILS, *(-t for t in TAILS)):
        for output in {0, loss.n_outputs - 1}:
            row = np.zeros(loss.n_outputs)
            row[output] = size
            rows.append(row)
            rows.append(np.full(loss.n_outputs, size))
    rng = np.random.default_rng(1)
    rows += [rng.choice([*TAILS, -40.0, -1000.0], size=loss.n_outputs) for _ in range(60)]
    return np.array(rows)


def _every_class(loss, eta):
    return np.repeat(eta, loss.n_classes, axis=0), np.tile(np.arange(loss.n_classes), len(eta))


def _close(actual, exact, spread):
    """To a few units in the last place, down to the smallest float there is.

    Rounding a difference of predictors moves its exponential by up to as many units as it is large.
    """
    units = 12 + spread
    exact = float(exact)
    assert abs(actual - exact) <= units * np.spacing(abs(exact)) + 2 * SMALLEST


@catalogue
def test_shapes(loss):
    eta, y = _moderate(loss)
    at = loss.evaluate(eta, y)
    assert loss.value(eta, y).shape == at.value.shape == (40,)
    assert at.gradient.shape == at.proba.shape == (40, loss.n_outputs)
    assert loss.second_derivative(at.proba, 0, 0).shape == (40,)
    assert loss.proba(eta).shape == loss.log_proba(eta).shape == (40, loss.n_classes)


@catalogue
def test_no_rows(loss):
    eta, y = np.empty((0, loss.n_outputs)), np.empty(0, dtype=np.intp)
    assert loss.value(eta, y).shape == (0,)
    assert loss.evaluate(eta, y).gradient.shape == (0, loss.n_outputs)
    assert loss.proba(eta).shape == (0, loss.n_classes)


@catalogue
def test_the_gradient_is_the_value_s_derivative(loss):
    eta, y = _moderate(loss)
    step = 1e-5
    for k in range(loss.n_outputs):
        move = np.zeros(loss.n_outputs)
        move[k] = step
        difference = (loss.value(eta + move, y) - loss.value(eta - move, y)) / (2 * step)
        np.testing.assert_allclose(loss.evaluate(eta, y).gradient[:, k], difference, rtol=0, atol=1e-9)


@catalogue
def test_the_second_derivative_is_the_gradient_s(loss):
    eta, y = _moderate(loss)
    step = 1e-5
    proba = loss.evaluate(eta, y).proba
    for a in range(loss.n_outputs):
        for b in range(loss.n_outputs):
            move = np.zeros(loss.n_outputs)
            move[b] = step
            up, down = loss.evaluate(eta + move, y).gradient, loss.evaluate(eta - move, y).gradient
            difference = (up[:, a] - down[:, a]) / (2 * step)
            np.testing.assert_allclose(loss.second_derivative(proba, a, b), difference, rtol=0, atol=1e-9)


@catalogue
def test_the_second_derivative_times_a_direction(loss):
    """To rounding, also where one class is all but certain: there nothing is left of the others but their products."""
    eta = np.vstack([_moderate(loss)[0], _moderate(loss)[0] * 25.0])
    proba = loss.evaluate(eta, np.zeros(len(eta), dtype=np.intp)).proba
    direction = np.random.default_rng(6).normal(size=eta.shape)
    found = loss.second_product(proba, direction)
    assert found.shape == eta.shape
    for a in range(loss.n_outputs):
        others = [b for b in range(loss.n_outputs) if b != a]
        own = loss.second_derivative(proba, a, a) * direction[:, a]
        parts = np.array([own, *(loss.second_derivative(proba, a, b) * direction[:, b] for b in others)])
        assert (np.abs(found[:, a] - parts.sum(axis=0)) <= 1e-14 * np.abs(parts).sum(axis=0)).all()


@catalogue
@pytest.mark.parametrize("weighted", [False, True])
def test_sums_of_second_derivatives(loss, weighted):
    """Each output's own, all of them added up, and times a direction: as they are one by one, to rounding."""
    eta = np.vstack([_moderate(loss)[0], _moderate(loss)[0] * 25.0])
    proba = loss.evaluate(eta, np.zeros(len(eta), dtype=np.intp)).proba
    rng = np.random.default_rng(6)
    direction = rng.normal(size=eta.shape)
    weights = rng.uniform(0.1, 3.0, len(eta)) if weighted else None
    weight = np.ones(len(eta)) if weights is None else weights
    outputs = range(loss.n_outputs)
    own = np.stack([loss.second_derivative(proba, a, a) for a in outputs], axis=1)
    np.testing.assert_allclose(loss.own_curvature(proba), own, rtol=1e-14)
    each = [[weight @ loss.second_derivative(proba, a, b) for b in outputs] for a in outputs]
    np.testing.assert_allclose(loss.curvature(proba, weights), each, rtol=1e-13)
    product = loss.second_product(proba, direction) * weight[:, None]
    for free in (list(outputs), list(outputs)[1:]):
        np.testing.assert_allclose(loss.bend(proba, direction, weights, free), product[:, free], rtol=1e-12)


@catalogue
def test_every_number_against_decimal_arithmetic(loss):
    """Value, gradient, second derivatives, probabilities and their logarithms, in the middle and far out."""
    eta, y = _every_class(loss, np.vstack([_moderate(loss, 10)[0], _extreme(loss)]))
    at, value = loss.evaluate(eta, y), loss.value(eta, y)
    proba, log_proba = loss.proba(eta), loss.log_proba(eta)
    first = 1 if loss.n_outputs == 1 else 0
    for i in range(0, len(eta), loss.n_classes):
        exact_log, exact = log_probabilities(eta[i]), probabilities(eta[i])
        others = [sum(exact[:k] + exact[k + 1 :], Decimal(0)) for k in range(loss.n_classes)]
        spread = 0.0 if loss.n_outputs == 1 else min(np.ptp(eta[i]), 750.0)
        for k in range(loss.n_classes):
            _close(proba[i, k], exact[k], spread)
            _close(log_proba[i, k], exact_log[k], spread)
            _close(value[i + k], -exact_log[k], spread)
            _close(at.value[i + k], -exact_log[k], spread)
            for a in range(loss.n_outputs):
                exact_gradient = -others[k] if k == a + first else exact[a + first]
                _close(at.gradient[i + k, a], exact_gradient, spread)
        for a in range(loss.n_outputs):
            own = loss.second_derivative(at.proba[i : i + 1], a, a)[0]
            _close(own, exact[a + first] * others[a + first], spread)
            for b in range(a):
                _close(loss.second_derivative(at.proba[i : i + 1], a, b)[0], -exact[a] * exact[b], 2 * spread)


@catalogue
def test_value_is_the_evaluated_value(loss):
    eta, y = _every_class(loss, np.vstack([_moderate(loss)[0], _extreme(loss)]))
    np.testing.assert_array_equal(loss.value(eta, y), loss.evaluate(eta, y).value)


@catalogue
def test_probabilities_are_probabilities(loss):
    proba = loss.proba(np.vstack([_moderate(loss)[0], _extreme(loss)]))
    assert ((proba >= 0) & (proba <= 1)).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, rtol=0, atol=1e-15)


@catalogue
def test_logarithms_of_probabilities_are_finite_for_every_finite_eta(loss):
    log_proba = loss.log_proba(_extreme(loss))
    assert np.isfinite(log_proba).all()
    assert (log_proba <= 0).all()


@catalogue
def test_losses_are_not_negative_and_curvatures_neither(loss):
    eta, y = _every_class(loss, np.vstack([_moderate(loss)[0], _extreme(loss)]))
    at = loss.evaluate(eta, y)
    assert (at.value >= 0).all()
    for a in range(loss.n_outputs):
        assert (loss.second_derivative(at.proba, a, a) >= 0).all()


@pytest.mark.parametrize("size", [1e308, 1.7e308, float(np.finfo(float).max)])
@pytest.mark.parametrize("loss", SOFTMAX)
def test_predictors_whose_difference_is_no_float(loss, size):
    """The class is certain; the logarithm of the other's probability ends at the largest number there is."""
    eta = np.zeros((2, loss.n_outputs))
    eta[:, 0], eta[:, 1] = size, -size
    y = np.array([0, 1])
    expected = np.zeros(loss.n_outputs)
    expected[0] = 1.0
    np.testing.assert_array_equal(loss.proba(eta), [expected, expected])
    log_proba = loss.log_proba(eta)
    assert np.isfinite(log_proba).all()
    assert log_proba[0, 0] == 0.0
    assert log_proba[0, 1] <= -1.7e308
    at = loss.evaluate(eta, y)
    assert at.value[0] == 0.0
    assert at.value[1] > 1.7e308
    np.testing.assert_array_equal(at.gradient[1, :2], [1.0, -1.0])
    np.testing.assert_array_equal(loss.value(eta, y), at.value)


def test_binomial_logarithms_at_infinity():
    """An infinite predictor, which a row's offset may hold, makes the row certain."""
    loss = loss_for(2)
    eta, y = np.array([[np.inf], [-np.inf]]), np.array([1, 0])
    at = loss.evaluate(eta, y)
    for number in (at.value, at.gradient[:, 0], loss.second_derivative(at.proba, 0, 0), loss.value(eta, y)):
        np.testing.assert_array_equal(number, [0.0, 0.0])
    np.testing.assert_array_equal(loss.proba(eta), [[0.0, 1.0], [1.0, 0.0]])
    np.testing.assert_array_equal(loss.log_proba(eta), [[-np.inf, 0.0], [0.0, -np.inf]])
    np.testing.assert_array_equal(loss.value(eta, 1 - y), [np.inf, np.inf])


@pytest.mark.parametrize("loss", SOFTMAX)
@pytest.mark.parametrize("out", [0, 1, -1])
def test_a_predictor_of_minus_infinity_takes_its_class_out(loss, out):
    """What is left is the softmax of the other classes."""
    K = loss.n_classes
    eta, y = _every_class(loss, np.vstack([_moderate(loss, 12)[0], _extreme(loss)[:40]]))
    left = np.delete(np.arange(K), out)
    keep = y != left[0] if K == 2 else y != np.arange(K)[out]
    eta, y = eta[keep], y[keep]
    eta[:, out] = -np.inf
    at = loss.evaluate(eta, y)
    assert (at.proba[:, out] == 0.0).all()
    assert (at.gradient[:, out] == 0.0).all()
    assert np.isneginf(loss.log_proba(eta)[:, out]).all()
    for a in range(K):
        assert (loss.second_derivative(at.proba, a, np.arange(K)[out]) == 0.0).all()
    codes = np.searchsorted(left, y)
    if K > 3:
        fewer = loss_for(K - 1).evaluate(eta[:, left], codes)
        np.testing.assert_allclose(at.value, fewer.value, rtol=1e-15)
        np.testing.assert_allclose(at.gradient[:, left], fewer.gradient, rtol=1e-15)
    else:
        fewer = loss_for(2).evaluate((eta[:, left[1]] - eta[:, left[0]])[:, None], codes)
        np.testing.assert_allclose(at.value, fewer.value, rtol=1e-12)
        np.testing.assert_allclose(at.gradient[:, left[1]], fewer.gradient[:, 0], rtol=1e-12)


@pytest.mark.parametrize("loss", SOFTMAX)
def test_a_single_class_left_is_certain(loss):
    eta = np.full((1, loss.n_outputs), -np.inf)
    eta[0, 1] = 3.0
    at = loss.evaluate(eta, np.array([1]))
    assert at.value[0] == 0.0
    assert (at.gradient == 0.0).all()
    assert loss.proba(eta)[0, 1] == 1.0


@pytest.mark.parametrize("loss", SOFTMAX)
def test_the_softmax_gradient_sums_to_zero(loss):
    eta, y = _every_class(loss, np.vstack([_moderate(loss)[0], _extreme(loss)]))
    np.testing.assert_allclose(loss.evaluate(eta, y).gradient.sum(axis=1), 0.0, rtol=0, atol=1e-15)


@pytest.mark.parametrize("loss", SOFTMAX)
def test_one_number_added_to_all_predictors_changes_nothing(loss):
    eta, y = _moderate(loss)
    eta = np.round(eta * 64) / 64
    for shift in (-1024.0, 512.0, 2.0**40):
        first, second = loss.evaluate(eta, y), loss.evaluate(eta + shift, y)
        for a, b in zip(first, second, strict=True):
            np.testing.assert_array_equal(a, b)


def test_the_binomial_is_the_softmax_of_two_classes():
    """Of (0, eta): the general formulas with two outputs give what the binomial's do with one."""
    from logistica.losses.multinomial import Multinomial

    one, two = loss_for(2), Multinomial(2)
    values = np.array([*TAILS, *(-t for t in TAILS), *np.linspace(-9, 9, 41)])
    eta, y = np.repeat(values, 2)[:, None], np.tile([0, 1], len(values))
    both = np.column_stack([np.zeros(len(eta)), eta])
    a, b = one.evaluate(eta, y), two.evaluate(both, y)
    np.testing.assert_allclose(a.value, b.value, rtol=1e-15)
    np.testing.assert_allclose(a.gradient[:, 0], b.gradient[:, 1], rtol=1e-15)
    np.testing.assert_allclose(one.second_derivative(a.proba, 0, 0), two.second_derivative(b.proba, 1, 1), rtol=1e-15)
    np.testing.assert_allclose(one.proba(eta), two.proba(both), rtol=1e-15)
    np.testing.assert_allclose(one.log_proba(eta), two.log_proba(both), rtol=1e-15)


@pytest.mark.parametrize("eta", [0.0, 40.0, -40.0, 1000.0, -1000.0, 1e308, -1e308])
def test_the_binomial_s_log_probability_is_what_the_textbook_says(eta):
    """-log1p(exp(-eta)), and -|eta| where the exponential is more than a float can hold."""
    log_proba = loss_for(2).log_proba(np.array([[eta]]))[0]
    textbook = -np.log1p(np.exp(-eta)) if abs(eta) <= 700 else min(eta, 0.0)
    other = -np.log1p(np.exp(eta)) if abs(eta) <= 700 else min(-eta, 0.0)
    assert log_proba[1] == pytest.approx(textbook, rel=1e-15)
    assert log_proba[0] == pytest.approx(other, rel=1e-15)


@catalogue
def test_the_inputs_are_not_changed(loss):
    eta, y = _moderate(loss)
    before, codes = eta.copy(), y.copy()
    loss.evaluate(eta, y), loss.value(eta, y), loss.proba(eta), loss.log_proba(eta)
    np.testing.assert_array_equal(eta, before)
    np.testing.assert_array_equal(y, codes)


@catalogue
def test_rows_without_a_predictor_have_no_numbers(loss):
    """NaN stays NaN; the other rows do not notice."""
    eta, y = _moderate(loss, 3)
    holed = eta.copy()
    holed[1] = np.nan
    for here, full in (
        *zip(loss.evaluate(holed, y), loss.evaluate(eta, y), strict=True),
        (loss.value(holed, y), loss.value(eta, y)),
        (loss.proba(holed), loss.proba(eta)),
        (loss.log_proba(holed), loss.log_proba(eta)),
    ):
        assert np.isnan(here[1]).all()
        np.testing.assert_array_equal(here[[0, 2]], full[[0, 2]])


def test_the_order_of_a_table_in_memory_does_not_matter():
    """To a unit in the last place: a sum over columns may be taken in another order."""
    loss = loss_for(5)
    eta, y = _moderate(loss)
    for here, other in zip(loss.evaluate(eta, y), loss.evaluate(np.asfortranarray(eta), y), strict=True):
        np.testing.assert_allclose(here, other, rtol=1e-15)
