"""Lasso with an even number of classes, where many coefficients have the same objective: all ways lead to the same."""

import numpy as np
import pytest
from scipy import sparse

from logistica import GradientDescent, path
from logistica.penalties.separable import representative
from tests.solvers.quiet import quiet_fit

N, P, K = 400, 3, 4
LASSO = {"C": 0.5, "l1_ratio": 1.0}


def table():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(N, P))
    return X, np.argmax(X @ rng.normal(size=(P, K)) + rng.gumbel(size=(N, K)), axis=1)


def free_columns(model):
    """Columns with as many positive as negative coefficients: a number could be added to them."""
    return ((model.coef_ > 0.0).sum(axis=0) == K // 2) & ((model.coef_ < 0.0).sum(axis=0) == K // 2)


WAYS = {
    "gradient descent": lambda X, y: quiet_fit(X, target=y, solver=GradientDescent(epochs=1500), **LASSO).coef_,
    "columns in another order": lambda X, y: quiet_fit(X[:, ::-1], target=y, **LASSO).coef_[:, ::-1],
    "columns elsewhere": lambda X, y: quiet_fit(X + 3.0, target=y, **LASSO).coef_,
    "sparse": lambda X, y: quiet_fit(sparse.csr_array(X), target=y, **LASSO).coef_,
    "classes in another order": lambda X, y: quiet_fit(X, target=K - 1 - y, **LASSO).coef_[::-1],
    "a path": lambda X, y: path(X, target=y, C=[0.01, 0.1, 0.5]).coef[-1],
}


@pytest.mark.parametrize("way", WAYS)
def test_all_ways_lead_to_the_same_coefficients(way):
    X, y = table()
    model = quiet_fit(X, target=y, **LASSO)
    assert free_columns(model).any()
    np.testing.assert_allclose(WAYS[way](X, y), model.coef_, rtol=0, atol=1e-7)


def test_the_elastic_net_leads_there():
    X, y = table()
    model = quiet_fit(X, target=y, **LASSO)
    near = quiet_fit(X, target=y, C=0.5, l1_ratio=1.0 - 1e-6)
    np.testing.assert_allclose(near.coef_, model.coef_, rtol=0, atol=1e-5)


@pytest.mark.parametrize("K", [3, 4, 5])
@pytest.mark.parametrize("l1_ratio", [0.5, 1.0])
@pytest.mark.parametrize("solver", ["auto", GradientDescent(epochs=1500)], ids=["proximal-newton", "gradient-descent"])
def test_intercepts_sum_to_zero(K, l1_ratio, solver):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(200, 2)) + 2.0
    model = quiet_fit(X, target=rng.integers(0, K, 200), C=0.2, l1_ratio=l1_ratio, solver=solver)
    assert abs(model.intercept_.sum()) <= 1e-12


def test_the_history_ends_with_the_coefficients():
    X, y = table()
    model = quiet_fit(X, target=y, keep_coefficients=True, **LASSO)
    np.testing.assert_array_equal(model.record.history[-1].coef, model.coef_)
    np.testing.assert_array_equal(model.record.history[-1].intercept, model.intercept_)


@pytest.mark.parametrize(
    ("row", "chosen"),
    [
        ([-0.2, 0.0, 0.5, 0.9], [-0.5, -0.3, 0.2, 0.6]),  # the mean is one of the medians
        ([-0.2, 0.0, 0.5, 9.7], [-0.7, -0.5, 0.0, 9.2]),  # the mean lies above them
        ([-9.2, -0.5, 0.0, 0.7], [-8.7, 0.0, 0.5, 1.2]),  # and below
        ([-0.5, 1e-12, 0.4, 0.7], [-0.65, -0.15, 0.25, 0.55]),  # but for rounding there are as many on either side
        ([0.0, 0.0, 0.5, 0.7], [0.0, 0.0, 0.5, 0.7]),  # zeros that the penalty made stay
        ([0.1, 0.2, 0.5, 0.7], [0.1, 0.2, 0.5, 0.7]),  # this is no optimum
    ],
)
def test_which_of_a_row_is_chosen(row, chosen):
    theta = np.array([row, row, row])
    found = representative(np.array([0.0, 2.0, 2.0]), np.array([0.0, 0.0, 1.0]), theta)
    np.testing.assert_allclose(found, [row, chosen, row], atol=1e-15)
    np.testing.assert_allclose(np.abs(found).sum(axis=1), np.abs(theta).sum(axis=1), rtol=1e-9)
