"""What must not matter to descent: the order of rows, how weights are written, names of classes, scales of columns."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from logistica import SGD, Adam, GradientDescent
from tests.solvers.quiet import quiet_fit

QUICK = settings(derandomize=True, deadline=None, max_examples=15)
SEEDS = st.integers(0, 10**6)
CLASSES = st.integers(2, 4)
RATES = st.sampled_from(["auto", 0.1])
PENALTIES = st.sampled_from([{}, {"C": 0.5}, {"C": 0.2, "l1_ratio": 1.0}, {"C": 0.2, "l1_ratio": 0.5}])


def _data(seed, K, n=40, p=3):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    y = np.argmax(X @ rng.normal(size=(p, K)) + rng.gumbel(size=(n, K)), axis=1)
    y[: 2 * K] = np.tile(np.arange(K), 2)
    return X, y, rng.integers(1, 4, size=n).astype(float)


def _path(X, y, *, rate="auto", epochs=12, kind=GradientDescent, **arguments):
    """Losses, and coefficients of every row, K x (1 + p)."""
    solver = kind(learning_rate=rate, epochs=epochs, precondition=arguments.pop("precondition", None))
    model = quiet_fit(X, target=y, solver=solver, keep_coefficients=True, **arguments)
    rows = model.record.history
    tables = np.array([np.column_stack([row.intercept, row.coef]) for row in rows])
    return np.array([row.loss for row in rows]), tables


def _assert_close(first, other, rtol=1e-9):
    for a, b in zip(first, other, strict=True):
        np.testing.assert_allclose(a, b, rtol=rtol, atol=1e-11)


@given(SEEDS, CLASSES, RATES, PENALTIES)
@QUICK
def test_the_order_of_rows(seed, K, rate, penalty):
    X, y, weights = _data(seed, K)
    order = np.random.default_rng(seed).permutation(len(y))
    first = _path(X, y, rate=rate, weights=weights, **penalty)
    _assert_close(_path(X[order], y[order], rate=rate, weights=weights[order], **penalty), first)


@given(SEEDS, CLASSES, RATES, PENALTIES)
@QUICK
def test_a_weight_of_two_is_a_row_twice(seed, K, rate, penalty):
    X, y, weights = _data(seed, K)
    rows = np.repeat(np.arange(len(y)), weights.astype(int))
    first = _path(X, y, rate=rate, weights=weights, **penalty)
    _assert_close(_path(X[rows], y[rows], rate=rate, **penalty), first)


@given(SEEDS, CLASSES, RATES, PENALTIES)
@QUICK
def test_a_row_of_weight_zero_is_absent(seed, K, rate, penalty):
    X, y, weights = _data(seed, K)
    more = np.vstack([X, np.full((2, X.shape[1]), 1e6)]), np.append(y, [0, 1]), np.append(weights, [0.0, 0.0])
    first = _path(X, y, rate=rate, weights=weights, **penalty)
    for a, b in zip(_path(more[0], more[1], rate=rate, weights=more[2], **penalty), first, strict=True):
        np.testing.assert_array_equal(a, b)


@given(SEEDS, CLASSES, st.sampled_from([GradientDescent, SGD, Adam]), RATES)
@QUICK
def test_names_of_classes(seed, K, kind, rate):
    """In another order the coefficients change places, of every path; for two classes their signs."""
    X, y, weights = _data(seed, K)
    place = np.random.default_rng(seed).permutation(K)
    first, tables = _path(X, y, rate=rate, kind=kind, weights=weights)
    other, moved = _path(X, place[y], rate=rate, kind=kind, weights=weights)
    np.testing.assert_allclose(other, first, rtol=1e-9)
    expected = tables * (1.0 if place[0] == 0 else -1.0) if K == 2 else tables[:, np.argsort(place)]
    np.testing.assert_allclose(moved, expected, rtol=1e-7, atol=1e-10)


@given(
    SEEDS,
    CLASSES,
    st.sampled_from([GradientDescent, SGD, Adam]),
    st.lists(st.integers(-40, 40), min_size=3, max_size=3),
)
@QUICK
def test_scales_of_columns_where_they_are_standardised(seed, K, kind, powers):
    """Powers of two change not a bit; a penalty on standardised columns moves with them."""
    X, y, weights = _data(seed, K)
    scale = 2.0 ** np.array(powers)
    for penalty in ({}, {"C": 0.5, "standardize": True}):
        arguments = {"precondition": True, "rate": 0.1, "kind": kind, "epochs": 5, "weights": weights, **penalty}
        losses, tables = _path(X, y, **arguments)
        others, moved = _path(X * scale, y, **arguments)
        np.testing.assert_array_equal(others, losses)
        np.testing.assert_array_equal(moved[:, :, 1:] * scale, tables[:, :, 1:])


@given(SEEDS, CLASSES, st.floats(-1e3, 1e3))
@QUICK
def test_shifts_of_columns_where_they_are_standardised(seed, K, shift):
    """Only the intercept moves, by what rounding of the columns' means leaves."""
    X, y, _ = _data(seed, K)
    losses, tables = _path(X, y, rate=0.1, precondition=True)
    others, moved = _path(X + shift, y, rate=0.1, precondition=True)
    np.testing.assert_allclose(others, losses, rtol=1e-6)
    np.testing.assert_allclose(moved[:, :, 1:], tables[:, :, 1:], rtol=1e-4, atol=1e-6)


@given(SEEDS, st.integers(-60, 60), RATES, PENALTIES)
@QUICK
def test_the_unit_of_weights(seed, power, rate, penalty):
    """The mean does not change if all weights, and with them 1/C, are multiplied by a number."""
    X, y, weights = _data(seed, 2)
    factor = math.ldexp(1.0, power)
    moved = {**penalty, "C": penalty["C"] / factor} if penalty else {}
    first = _path(X, y, rate=rate, weights=weights, **penalty)
    for a, b in zip(_path(X, y, rate=rate, weights=weights * factor, **moved), first, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-14)


@given(SEEDS, RATES)
@QUICK
def test_the_other_class_with_the_opposite_offset(seed, rate):
    """Two classes change places, and so does the sign of what is known of their log-odds."""
    X, y, weights = _data(seed, 2)
    offset = np.random.default_rng(seed).normal(size=len(y))
    zero, _ = _path(X, y, rate=rate, weights=weights, offset=offset)
    shifted, _ = _path(X, 1 - y, rate=rate, weights=weights, offset=-offset)
    np.testing.assert_allclose(shifted, zero, rtol=1e-10)
