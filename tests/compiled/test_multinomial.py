"""The compiled multinomial loss: the NumPy one up to rounding, row by row and in sums, in both tails."""

import numpy as np
import pytest

import logistica
from logistica.core import compiled
from logistica.losses import CompiledMultinomial, Multinomial
from tests.solvers.quiet import quiet_fit

pytestmark = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")

CLASSES = [3, 4, 5, 8, 10, 17, 100, 1000, 2047, 3000]
TAIL = [0.0, 1e-320, 36.0, 706.9, 707.1, 745.0, 1000.0, 1e5, 1e300, np.inf]
"""How far a class lies behind the likeliest."""


def rows(K, n, size, seed=3):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, K)) * size, rng.integers(0, K, n), rng.uniform(0.01, 3.0, n)


def assert_same_terms(eta, y, weights, free):
    K = eta.shape[1]
    expected, found = Multinomial(K).terms(eta, y, weights, free), CompiledMultinomial(K).terms(eta, y, weights, free)
    # Sums of many powers are added in another order; below 1e-307 an exponential counts as zero.
    np.testing.assert_allclose(found.proba, expected.proba, rtol=4e-15, atol=1e-306)
    np.testing.assert_allclose(found.residual, expected.residual, rtol=4e-15, atol=1e-306)
    for name in ("loss", "square", "total"):
        assert getattr(found, name) == pytest.approx(getattr(expected, name), rel=1e-12, abs=1e-300)
    assert CompiledMultinomial(K).total(eta, y, weights) == found.loss


@pytest.mark.parametrize("K", CLASSES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("size", [1e-9, 1.0, 30.0, 1000.0])
@pytest.mark.parametrize("left_out", [None, 0, 1, -1])
def test_terms(K, weighted, size, left_out):
    eta, y, weights = rows(K, 9_000 // K + 1, size)
    free = [a for a in range(K) if left_out is None or a != left_out % K]
    assert_same_terms(eta, y, weights if weighted else None, free)


@pytest.mark.parametrize("n", [0, 1, 2, 203, 204, 205, 206, 409])
def test_any_number_of_rows(n):
    eta, y, weights = rows(10, n, 3.0)
    assert_same_terms(eta, y, weights, range(10))


HAPPENED = [(b, place, y) for b in TAIL for place in range(3) for y in range(3) if np.isfinite(b) or y == place]


@pytest.mark.parametrize(("behind", "place", "y"), HAPPENED)
@pytest.mark.parametrize("level", [0.0, -1000.0, 1000.0])
def test_each_tail(behind, place, y, level):
    eta = np.full((1, 3), level - behind)
    eta[0, place] = level
    assert_same_terms(eta, np.array([y]), None, range(3))


def test_ties_go_to_the_first():
    assert_same_terms(np.array([[2.0, 2.0, 1.0], [1.0, 2.0, 2.0], [0.0, 0.0, 0.0]]), np.array([1, 2, 2]), None, [0, 2])


def test_small_losses_lose_no_digits():
    eta = np.tile([39.0, 0.0, -1.0], (40, 1))
    found = CompiledMultinomial(3).terms(eta, np.zeros(40, np.intp), None, range(3))
    assert found.loss == pytest.approx(40 * np.log1p(np.exp(-39.0) + np.exp(-40.0)), rel=1e-14)
    assert found.residual[0, 0] == pytest.approx(-(np.exp(-39.0) + np.exp(-40.0)), rel=1e-14)


@pytest.mark.parametrize("place", [0, 1, 2])
def test_no_number_gives_none(place):
    eta = np.zeros((1, 3))
    eta[0, place] = np.nan
    assert np.isnan(CompiledMultinomial(3).total(eta, np.array([1]), None))


@pytest.mark.parametrize("K", CLASSES)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("left_out", [None, 0, 2])
def test_bending_a_direction(K, weighted, left_out):
    eta, y, weights = rows(K, 9_000 // K + 1, 4.0)
    direction = np.asfortranarray(rows(K, len(eta), 1.0, seed=9)[0])
    proba = Multinomial(K).evaluate(eta, y).proba
    weights = weights if weighted else None
    free = [a for a in range(K) if a != left_out]
    expected = Multinomial(K).bend(proba, direction, weights, free)
    found = CompiledMultinomial(K).bend(proba, direction, weights, free)
    spread = np.ptp(direction, axis=1)[:, None] * (1.0 if weights is None else weights[:, None])
    assert (np.abs(found - expected) <= 1e-14 * spread * proba[:, free]).all()


@pytest.mark.parametrize(
    "options", [{}, {"C": 1.0}, {"C": 1.0, "solver": "newton-cg"}, {"C": 1.0, "solver": "lbfgs"}, {"solver": "sgd"}]
)
def test_a_fit_is_the_same_without_it(monkeypatch, options):
    rng = np.random.default_rng(8)
    Z = rng.normal(size=(400, 4))
    X = Z * [1.0, 1e3, 1e-3, 1.0] + [0.0, 1e4, 0.0, 5.0]
    y = np.argmax(Z @ rng.normal(size=(4, 5)) + rng.gumbel(size=(400, 5)), axis=1)
    weights = rng.uniform(0.5, 2.0, 400)
    first = quiet_fit(X, target=y, weights=weights, **options)
    assert isinstance(first.fitted.loss, CompiledMultinomial)
    monkeypatch.setattr(logistica.losses, "library", lambda: None)
    other = quiet_fit(X, target=y, weights=weights, **options)
    np.testing.assert_allclose(first.coef_, other.coef_, rtol=1e-8)
    assert first.mean_log_loss == pytest.approx(other.mean_log_loss, rel=1e-13)


def test_the_same_bits_for_any_number_of_threads():
    rng = np.random.default_rng(8)
    X = rng.normal(size=(30_000, 3))
    y = rng.integers(0, 4, 30_000)
    fits = [quiet_fit(X, target=y, C=1.0, solver="newton-cg", threads=threads) for threads in (1, 2)]
    np.testing.assert_array_equal(fits[0].coef_, fits[1].coef_)
