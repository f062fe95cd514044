"""One loss, many gradients: PyTorch and JAX differentiate the losses, and find what the closed forms say.

Everywhere, relative to each number: in the middle, where predictors are equal or zero, and in both tails.
"""

from __future__ import annotations

import doctest

import numpy as np
import pytest

from logistica.core.errors import DataError
from logistica.core.stable import expit, log1pexp, logsumexp, softmax
from logistica.losses import base, loss_for
from tests.losses.libraries import DIFFERENTIATING, library

LOSSES = [pytest.param(loss_for(K), id=f"{K} classes") for K in range(2, 7)]
catalogue = pytest.mark.parametrize("loss", LOSSES)
LARGEST_WEIGHT = 9.0


@pytest.fixture(params=DIFFERENTIATING)
def lib(request):
    return library(request.param)


def _rows(loss, seed=0):
    """Predictors from -1000 to 1000 and moderate ones, ties and zeros among them; codes; weights."""
    rng = np.random.default_rng([seed, loss.n_classes])
    m = loss.n_outputs
    ties = rng.integers(-3, 4, size=(60, m)).astype(float)
    far = np.where(rng.random(size=(80, m)) < 0.5, rng.choice([-1000.0, -40.0, 0.0, 40.0, 1000.0], size=(80, m)), 0.0)
    eta = np.vstack([rng.uniform(-1000, 1000, (80, m)), rng.normal(scale=4, size=(80, m)), ties, far, np.zeros((6, m))])
    n = len(eta)
    return eta, rng.integers(loss.n_classes, size=n), rng.uniform(0.1, LARGEST_WEIGHT, size=n)


def _equal(found, expected):
    """To 1e-12 of each number, however small; JAX takes what is below the normal floats for 0."""
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=LARGEST_WEIGHT * np.finfo(float).tiny)


@catalogue
def test_the_gradient_is_the_closed_form(loss, lib):
    eta, y, weights = _rows(loss)
    codes, times = lib.array(y), lib.array(weights)
    (found,) = lib.gradient(lambda eta: (times * loss.value(eta, codes)).sum(), eta)
    _equal(found, weights[:, None] * loss.evaluate(eta, y).gradient)


@catalogue
def test_the_hessian_of_every_row_is_the_second_derivative(loss, lib):
    """From the value, differentiated twice; it does not depend on the class."""
    eta, _, _ = _rows(loss, seed=1)
    proba = loss.evaluate(eta, np.zeros(len(eta), dtype=int)).proba
    for code in (0, loss.n_classes - 1):
        found = lib.hessians(lambda eta, k=code: loss.value(eta, lib.array(np.full(len(eta), k))), eta)
        for a in range(loss.n_outputs):
            for b in range(loss.n_outputs):
                _equal(found[:, a, b], loss.second_derivative(proba, a, b))


@catalogue
def test_the_closed_form_can_be_differentiated_too(loss, lib):
    """To 1e-12 of a probability: both libraries make the derivative of expm1 from 1 + expm1."""
    eta, y, _ = _rows(loss, seed=2)
    codes, proba = lib.array(y), loss.evaluate(eta, y).proba
    for a in {0, loss.n_outputs - 1}:
        (found,) = lib.gradient(lambda eta, a=a: loss.evaluate(eta, codes).gradient[:, a].sum(), eta)
        for b in range(loss.n_outputs):
            np.testing.assert_allclose(found[:, b], loss.second_derivative(proba, a, b), rtol=0, atol=1e-12)


@catalogue
def test_coefficients_and_intercepts_get_theirs(loss, lib):
    """What a user writes: eta = X w + b, and the gradient in w and b is X'(p - y)."""
    rng = np.random.default_rng(loss.n_classes)
    X, y = rng.normal(size=(50, 3)), rng.integers(loss.n_classes, size=50)
    w, b = rng.normal(size=(3, loss.n_outputs)), rng.normal(size=loss.n_outputs)
    rows, codes = lib.array(X), lib.array(y)
    in_w, in_b = lib.gradient(lambda w, b: loss.value(rows @ w + b, codes).mean(), w, b)
    p = loss.proba(X @ w + b)
    residual = (p - np.eye(loss.n_classes)[y])[:, -loss.n_outputs :]
    np.testing.assert_allclose(in_w, X.T @ residual / 50, rtol=0, atol=1e-14)
    np.testing.assert_allclose(in_b, residual.mean(axis=0), rtol=0, atol=1e-14)


def test_the_stable_functions_derivatives(lib):
    eta, row = _rows(loss_for(2))[0][:, 0], _rows(loss_for(4))[0]
    p = expit(eta)
    _equal(lib.gradient(lambda eta: log1pexp(eta).sum(), eta)[0], p)
    _equal(lib.gradient(lambda eta: expit(eta).sum(), eta)[0], p * expit(-eta))
    _equal(lib.gradient(lambda eta: logsumexp(eta).sum(), row)[0], softmax(row))
    proba = softmax(row)
    _equal(lib.gradient(lambda eta: softmax(eta)[:, 0].sum(), row)[0][:, 1:], -proba[:, :1] * proba[:, 1:])


def _every_number(loss, eta, y):
    at = loss.evaluate(eta, y)
    curvature = loss.second_derivative(at.proba, 0, 0)
    return *at, curvature, loss.value(eta, y), loss.proba(eta), loss.log_proba(eta)


@pytest.mark.parametrize("precision", [np.float64, np.float32])
@catalogue
def test_every_number_is_numpy_s_and_of_the_same_kind(loss, lib, precision):
    eta, y, _ = _rows(loss, seed=3)
    eta = eta.astype(precision)
    given, codes = lib.array(eta), lib.array(y)
    found = lib.compiled(lambda eta, y: _every_number(loss, eta, y))(given, codes)
    limits = np.finfo(precision)
    for here, there in zip(_every_number(loss, eta, y), found, strict=True):
        assert here.dtype == precision
        assert there.dtype == given.dtype
        assert type(there) is type(given)
        np.testing.assert_allclose(np.asarray(there), here, rtol=16 * limits.eps, atol=2 * limits.tiny)


@catalogue
def test_the_gradient_in_single_precision(loss, lib):
    eta, y, _ = _rows(loss, seed=4)
    eta, codes = eta.astype(np.float32), lib.array(y)
    (found,) = lib.gradient(lambda eta: loss.value(eta, codes).sum(), eta)
    assert found.dtype == np.float32
    expected = loss.evaluate(eta.astype(float), y).gradient
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1.2e-38)


@catalogue
def test_the_inputs_are_not_changed(loss, lib):
    eta, y, _ = _rows(loss)
    given, codes = lib.array(eta), lib.array(y)
    loss.evaluate(given, codes), loss.value(given, codes), loss.log_proba(given)
    np.testing.assert_array_equal(np.asarray(given), eta)
    np.testing.assert_array_equal(np.asarray(codes), y)


def test_the_example_in_the_contract():
    library("torch")
    done = doctest.testmod(base)
    assert (done.failed, done.attempted) == (0, 7)


def test_what_is_no_array_is_refused():
    with pytest.raises(DataError, match=r"not builtins\.list\. Pass it through numpy\.asarray"):
        expit([0.0, 1.0])
