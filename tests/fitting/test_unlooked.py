"""Values that reading leaves to the survey: what is missing or infinite is refused all the same, by column and row."""

import numpy as np
import pytest

import logistica
from logistica.data.gaps import Gaps
from tests.solvers.quiet import quiet_fit

SOLVERS = [{}, {"C": 1.0, "l1_ratio": 1.0}, {"C": 1.0, "solver": "lbfgs"}, {"solver": "sgd"}, {"resample": "under"}]


def table(n, p, dtype=np.float64, order="C"):
    rng = np.random.default_rng(n)
    return np.array(rng.normal(size=(n, p)), dtype=dtype, order=order), rng.integers(0, 2, n)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("options", SOLVERS)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize(("n", "p", "place"), [(50, 3, (7, 2)), (50, 3, (0, 0)), (20_000, 31, (19_999, 30))])
def test_one_value_that_is_no_number(bad, options, dtype, order, n, p, place):
    X, y = table(n, p, dtype, order)
    X[place] = bad
    with pytest.raises(logistica.DataError) as caught:
        logistica.fit(X, target=y, **options)
    assert (caught.value.row, caught.value.column) == (place[0], f"x{place[1]}")


def test_rows_of_weight_zero_may_hold_anything():
    X, y = table(300, 3)
    clean = quiet_fit(np.delete(X, 7, axis=0), target=np.delete(y, 7))
    X[7] = np.nan
    weights = np.ones(300)
    weights[7] = 0.0
    np.testing.assert_allclose(quiet_fit(X, target=y, weights=weights).coef_, clean.coef_, rtol=1e-9)


def test_rows_that_are_held_out_or_left_out_are_looked_at():
    X, y = table(400, 3)
    y[:300] = 0
    for row in range(0, 400, 57):
        here = X.copy()
        here[row, 1] = np.nan
        for options in ({"resample": "under"}, {"solver": "sgd", "stop": logistica.Stop(patience=3)}):
            with pytest.raises(logistica.DataError, match="1 missing value"):
                logistica.fit(here, target=y, **options)


@pytest.mark.parametrize("size", [1e200, 1e300])
def test_sums_that_overflow_are_looked_at_and_go_on(monkeypatch, size):
    seen = []
    look = Gaps.look_at_matrix
    monkeypatch.setattr(Gaps, "look_at_matrix", lambda *given: (seen.append(given), look(*given))[1])
    X, y = table(300, 2)
    expected = quiet_fit(X, target=y)
    assert not seen
    found = quiet_fit(X * [1.0, size], target=y)
    np.testing.assert_allclose(found.coef_ * [1.0, size], expected.coef_, rtol=1e-9)
