"""Intervals of predicted probabilities: against statsmodels, against a covariance by hand, and where there are none."""

from __future__ import annotations

import numpy as np
import pytest
import statsmodels.api as sm

from logistica.core.errors import OptionError
from logistica.inference import coefficient_table, probability_intervals
from logistica.prediction.fitted import Fitted
from tests.inference.fits import fitted, two_classes


def intervals(model: Fitted, data: np.ndarray, level: float = 0.95):
    return probability_intervals(model, model.recipe.design(data, n_classes=len(model.labels.classes)), level)


def three_classes(seed: int = 1, n: int = 300) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 2)) * [1.0, 50.0] + [0.0, 1000.0]
    eta = np.column_stack([np.zeros(n), X[:, 0], 0.02 * (X[:, 1] - 1000.0)])
    return X, np.argmax(eta + rng.gumbel(size=(n, 3)), axis=1)


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_two_classes_as_statsmodels(level):
    X, y = two_classes()
    new = np.random.default_rng(2).normal(size=(40, 3)) * 3.0
    found = intervals(fitted(X, y), new, level)
    result = sm.GLM(y, sm.add_constant(X), family=sm.families.Binomial()).fit(tol=1e-13)
    expected = result.get_prediction(sm.add_constant(new, has_constant="add")).summary_frame(alpha=1 - level)
    assert found.lower[:, 1] == pytest.approx(expected["mean_ci_lower"].to_numpy(), rel=1e-8)
    assert found.upper[:, 1] == pytest.approx(expected["mean_ci_upper"].to_numpy(), rel=1e-8)
    assert found.lower[:, 0] == pytest.approx(1.0 - found.upper[:, 1], rel=1e-12)
    assert found.notes == ()


def test_an_intercept_s_interval_is_that_of_the_table():
    """Where every column is 0, the log-odds are the intercept."""
    model = fitted(*two_classes())
    found, table = intervals(model, np.zeros((1, 3))), coefficient_table(model)
    assert np.log(found.lower[0, 1] / (1 - found.lower[0, 1])) == pytest.approx(table.lower[0], rel=1e-10)
    assert np.log(found.upper[0, 1] / (1 - found.upper[0, 1])) == pytest.approx(table.upper[0], rel=1e-10)


def test_k_classes_by_numeric_derivatives():
    """The delta method in the user's own coefficients, with the Hessian and the derivatives taken by differences."""
    X, y = three_classes()
    model = fitted(X, y)
    new = np.column_stack([np.linspace(-3, 3, 9), 1000.0 + 50.0 * np.linspace(-3, 3, 9) ** 2])
    found = intervals(model, new)

    Z, W = (np.column_stack([np.ones(len(A)), A[:, 0], (A[:, 1] - 1000.0) / 50.0]) for A in (X, new))

    def log_proba(theta, rows):
        eta = np.column_stack([np.zeros(len(rows)), rows @ theta.reshape(2, 3).T])
        return eta - np.log(np.exp(eta).sum(axis=1, keepdims=True))

    one_hot = np.eye(3)[y]
    proba = found.proba
    theta = np.linalg.lstsq(W, np.log(proba[:, 1:] / proba[:, :1]), rcond=None)[0].T.ravel()
    P = np.exp(log_proba(theta, Z))
    assert np.abs(Z.T @ (P - one_hot)).max() < 1e-6
    H = np.zeros((6, 6))
    for a in range(2):
        for b in range(2):
            weight = P[:, a + 1] * ((a == b) - P[:, b + 1])
            H[3 * a : 3 * a + 3, 3 * b : 3 * b + 3] = (Z * weight[:, None]).T @ Z
    covariance = np.linalg.inv(H)

    def log_odds(t):
        L = log_proba(t, W)
        return L - np.log1p(-np.exp(L))

    J = np.stack([(log_odds(theta + step) - log_odds(theta - step)) / 2e-5 for step in 1e-5 * np.eye(6)])
    std_error = np.sqrt(np.einsum("ank,ab,bnk->nk", J, covariance, J))
    half = 1.959963984540054 * std_error
    assert np.log(found.upper / (1 - found.upper)) == pytest.approx(log_odds(theta) + half, rel=1e-5, abs=1e-6)
    assert np.log(found.lower / (1 - found.lower)) == pytest.approx(log_odds(theta) - half, rel=1e-5, abs=1e-6)


def test_a_row_of_zeros_without_an_intercept_is_certain():
    """Its log-odds are 0 whatever the coefficients."""
    found = intervals(fitted(*two_classes(), fit_intercept=False), np.zeros((1, 3)))
    assert found.lower.tolist() == found.upper.tolist() == [[0.5, 0.5]]


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("penalised", {"C": 1.0}),
        ("statistics-not-converged", {"max_iter": 1}),
        ("sampling-weights", {"weights": np.ones(120), "weight_kind": "sampling"}),
    ],
)
def test_no_intervals_without_a_valid_covariance(code, arguments):
    found = intervals(fitted(*two_classes(), **arguments), np.zeros((2, 3)))
    assert [note.code for note in found.notes] == [code]
    assert np.isnan(found.lower).all()
    assert np.isnan(found.upper).all()
    assert np.isfinite(found.proba).all()


def test_no_intervals_for_separated_classes():
    found = intervals(fitted([[1.0], [2.0], [3.0], [4.0]], [0, 0, 1, 1]), np.array([[2.5]]))
    assert [note.code for note in found.notes] == ["separated"]
    assert np.isnan(found.lower).all()


def test_an_impossible_level_is_refused():
    with pytest.raises(OptionError, match=r"level=1.0: it must be a number between 0 and 1"):
        intervals(fitted(*two_classes()), np.zeros((1, 3)), 1.0)
