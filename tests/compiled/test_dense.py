"""Products of dense rows where they lie: those of NumPy to 1e-12 of the sum of absolute terms, at every width."""

import ctypes

import numpy as np
import pytest

import logistica
from logistica.core import compiled, dense
from logistica.core.dense import LANES, MOST_OUTPUTS, DenseRows
from tests.solvers.quiet import quiet_fit

pytestmark = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")


class OfWidth:
    """The compiled loops that are made for so many lanes, in place of those that suit the machine best."""

    def __init__(self, lanes):
        self.lanes = lanes

    def __getattr__(self, name):
        function = getattr(compiled.library(), f"{name}_{self.lanes}")
        function.argtypes, function.restype = compiled._FUNCTIONS[name], ctypes.c_int64
        return function


@pytest.fixture(params=[2, 4, 8])
def lanes(request, monkeypatch):
    """Have the loops of some width run, where the machine can."""
    if request.param > compiled.library().logistica_lanes():
        pytest.skip(f"this machine, or the compiler, has no vectors of {request.param} doubles")
    monkeypatch.setattr(dense, "library", lambda: OfWidth(request.param))


def close(found, factor, values, beside=0.0):
    """To 1e-12 of the sum of absolute terms."""
    exact, size = factor @ values + beside, np.abs(factor) @ np.abs(values) + np.abs(beside)
    assert found.shape == exact.shape
    assert (np.abs(found - exact) <= 1e-12 * size).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 4, 5, 203])
@pytest.mark.parametrize("p", [LANES, 9, 11, 15, 16, 30, 511, 512, 513, 800])
@pytest.mark.parametrize("k", [1, 2, 3, 4, 5, 6, 10, MOST_OUTPUTS])
@pytest.mark.usefixtures("lanes")
def test_products(n, p, k):
    rng = np.random.default_rng(n + p + k)
    x, centre = rng.normal(size=(n, p)) + 100.0, rng.normal(size=p) + 100.0
    slopes, constant = rng.normal(size=(p, k)), rng.normal(size=k)
    values = np.asfortranarray(rng.normal(size=(n, k)))
    rows = DenseRows(x, centre)
    close(rows.times(slopes, constant), x - centre, slopes, constant)
    close(rows.transposed_times(values), (x - centre).T, values)


def test_the_loops_that_run_are_those_of_the_widest_vectors(monkeypatch):
    rng = np.random.default_rng(3)
    rows = DenseRows(rng.normal(size=(50, 33)), rng.normal(size=33))
    slopes, values = rng.normal(size=(33, 4)), rng.normal(size=(50, 4))
    chosen = rows.times(slopes, np.zeros(4)), rows.transposed_times(values)
    widest = OfWidth(compiled.library().logistica_lanes())
    monkeypatch.setattr(dense, "library", lambda: widest)
    np.testing.assert_array_equal(chosen[0], rows.times(slopes, np.zeros(4)))
    np.testing.assert_array_equal(chosen[1], rows.transposed_times(values))


CUTS = [np.s_[3:40], np.s_[::-1], np.s_[::3], np.s_[:, 1:12], np.s_[5:30:2, 4:], np.s_[::2, 3:16]]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.usefixtures("lanes")
def test_rows_that_lie_apart(cut):
    rng = np.random.default_rng(2)
    whole = np.full((60, 20), np.nan)  # nothing beside the rows is looked at
    x = whole[cut]
    x[:] = rng.normal(size=x.shape)
    centre, slopes, values = rng.normal(size=x.shape[1]), rng.normal(size=(x.shape[1], 3)), rng.normal(size=(len(x), 3))
    rows = DenseRows(x, centre)
    close(rows.times(slopes, np.zeros(3)), x - centre, slopes)
    close(rows.transposed_times(values), (x - centre).T, values)


@pytest.mark.usefixtures("lanes")
@pytest.mark.parametrize("j", [0, 7, 8, 9, 10])
def test_an_infinite_number_stays_in_its_own_sums(j):
    x = np.ones((5, 11))
    x[2, j] = np.inf
    found = DenseRows(x, np.zeros(11)).transposed_times(np.ones((5, 1)))[:, 0]
    np.testing.assert_array_equal(found, np.where(np.arange(11) == j, np.inf, 5.0))


@pytest.mark.parametrize("solver", ["newton-cg", "lbfgs"])
@pytest.mark.parametrize("K", [2, 4, MOST_OUTPUTS + 1])
@pytest.mark.parametrize("intercept", [True, False])
def test_a_fit_is_the_same_without_it(monkeypatch, solver, K, intercept):
    rng = np.random.default_rng(8)
    X = rng.normal(size=(700, 9)) * 10.0 ** rng.uniform(-3, 3, 9) + rng.normal(size=9)
    scores = (X - X.mean(axis=0)) / X.std(axis=0) @ rng.normal(size=(9, K))
    y = np.argmax(scores + rng.gumbel(size=scores.shape), axis=1)
    options = {"target": y, "C": 1.0, "weights": rng.uniform(0.5, 2.0, 700), "solver": solver}
    first = quiet_fit(X, fit_intercept=intercept, **options)
    monkeypatch.setattr(dense, "library", lambda: None)
    monkeypatch.setattr(logistica.losses, "library", lambda: None)
    other = quiet_fit(X, fit_intercept=intercept, **options)
    assert first.record.status == other.record.status
    np.testing.assert_allclose(first.predict_proba(X), other.predict_proba(X), atol=1e-9)


@pytest.mark.parametrize("solver", ["newton-cg", "lbfgs"])
@pytest.mark.parametrize(
    "make", [np.asfortranarray, lambda X: X[::-1][::-1], lambda X: np.repeat(X, 2, 1)[:, ::2], lambda X: X.astype("f4")]
)
def test_the_same_bits_for_any_layout_and_any_number_of_threads(make, solver):
    rng = np.random.default_rng(8)
    X = rng.normal(size=(5000, 12)).astype(np.float32).astype(np.float64)
    y = np.argmax(X[:, :3] + rng.gumbel(size=(5000, 3)), axis=1)
    fits = [quiet_fit(data, target=y, C=1.0, solver=solver, threads=n) for data, n in ((X, 1), (make(X), 2))]
    np.testing.assert_array_equal(fits[0].coef_, fits[1].coef_)
