"""Data whose separation is known."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris

import logistica
from tests.reference.reading import summary_array
from tests.shared import shared

INTERCEPT = "(Intercept)"


def _separated(*data, **options):
    with pytest.warns(logistica.SeparationWarning):
        return logistica.fit(*data, **options)


@pytest.fixture(scope="module")
def adult():
    path = str(shared("data", "adult", "a1a.train"))
    with pytest.warns(logistica.LogisticaWarning) as caught:
        model = logistica.fit(path)
    assert any(warning.category is logistica.SeparationWarning for warning in caught)
    return model


def _labels(name: str) -> np.ndarray:
    lines = shared("data", "adult", name).read_text(encoding="ascii").splitlines()
    return np.array([float(line.split()[0]) for line in lines])


def test_adult_is_quasi_completely_separated(adult):
    found = adult.separation
    columns = [term for term in adult.terms if term != INTERCEPT]
    assert len(columns) == 123
    rare = [columns[place - 1] for place in (12, 13, 34, 89, 123)]
    assert found.verdict == "quasi"
    assert found.n_rows == 81
    assert set(found.columns) == set(rare)
    assert found.signs == {(name, 1, -1): "-inf" for name in rare}
    assert found.log_likelihood / 30_956 == pytest.approx(-0.3219159133, abs=1e-9)


def test_adult_has_rank_108(adult):
    coefficients = adult.summary().coefficients
    assert len(coefficients.estimate) == 124
    assert np.isnan(coefficients.estimate).sum() == 16
    assert np.isneginf(coefficients.estimate).sum() == 5
    assert np.isfinite(coefficients.estimate).sum() == 103
    assert np.isfinite(coefficients.std_error).sum() == 103
    assert (adult.coef_[0][np.isnan(coefficients.estimate[1:])] == 0.0).all()


def test_adult_predictions(adult):
    train, test = (str(shared("data", "adult", name)) for name in ("a1a.train", "a1a.test"))
    truth = _labels("a1a.test")
    assert (adult.predict(test).astype(float) == truth).sum() == 1347
    assert (adult.predict_proba(train)[:, 1] < 1e-9).sum() == 81
    assert (adult.predict_proba(test)[:, 1] < 1e-9).sum() == 6


def test_marks():
    path = str(shared("data", "marks", "marks.csv"))
    model = logistica.fit(path, target="passed")
    assert model.separation is None
    terms = (INTERCEPT, "exam_1", "exam_2")
    np.testing.assert_allclose(
        summary_array(model, "estimate", terms)[0], [-25.16133357, 0.20623171, 0.20147160], rtol=0, atol=5e-9
    )
    std_error = summary_array(model, "std_error", terms)[0]
    printed = [5.79855, 0.0480007, 0.0486250]
    assert (np.abs(std_error - printed) <= [5e-6, 5e-8, 5e-8]).all()
    assert model.log_likelihood_kernel == pytest.approx(-20.34977016, abs=5e-9)
    truth = np.loadtxt(path, delimiter=",", skiprows=1)[:, 2].astype(int)
    predicted = model.predict(path)
    counts = [int(((predicted == p) & (truth == t)).sum()) for p, t in [(1, 1), (0, 0), (1, 0), (0, 1)]]
    assert counts == [55, 34, 6, 5]


def test_hours():
    model = logistica.fit(str(shared("data", "hours", "hours.csv")), target="passed")
    assert model.separation is None
    estimate = summary_array(model, "estimate", (INTERCEPT, "hours"))[0]
    np.testing.assert_allclose(estimate, [-3.85163689, 1.18511904], rtol=0, atol=5e-9)
    std_error = summary_array(model, "std_error", (INTERCEPT, "hours"))[0]
    np.testing.assert_allclose(std_error, [2.20421801, 0.63295332], rtol=0, atol=5e-9)
    assert model.log_likelihood_kernel == pytest.approx(-5.02713521, abs=5e-9)


def test_labels_made_by_a_line():
    """The fifth of the systems that the project began from."""
    X = np.random.RandomState(0).randn(1000, 2)
    y = (X @ [2.0, -3.0] + 0.5 > 0).astype(int)
    model = _separated(X, target=y)
    assert model.separation.verdict == "complete"
    assert model.separation.n_rows == 1000
    assert model.separation.log_likelihood == 0.0
    slopes = [model.separation.signs[term, 1, 0] for term in model.terms if term != INTERCEPT]
    assert slopes == ["+inf", "-inf"]
    assert (model.predict(X) == y).all()


def test_iris_setosa_against_the_rest():
    X, y = load_iris(return_X_y=True)
    model = _separated(X, target=y == 0)
    assert model.separation.verdict == "complete"
    assert model.separation.n_rows == 150


def test_breast_cancer():
    X, y = load_breast_cancer(return_X_y=True)
    model = _separated(X, target=y)
    assert model.separation.verdict == "complete"
    assert (model.predict(X) == y).all()


def test_iris_of_three_classes():
    """Setosa parts from both others, which overlap: their own two-class fit is what is left."""
    X, y = load_iris(return_X_y=True)
    model = _separated(X, target=y)
    assert model.separation.verdict == "quasi"
    assert model.separation.n_rows == 150
    rest = logistica.fit(X[y > 0], target=y[y > 0])
    assert rest.separation is None
    assert model.separation.log_likelihood == pytest.approx(rest.log_likelihood_kernel, abs=1e-9)
    np.testing.assert_allclose(model.coef_[2] - model.coef_[1], rest.coef_[0], rtol=1e-6)
    np.testing.assert_allclose(model.predict_proba(X[y > 0])[:, 1:], rest.predict_proba(X[y > 0]), atol=1e-8)
    contrasts = model.summary(reference=1).coefficients
    finite = contrasts.class_ == 2
    np.testing.assert_allclose(contrasts.estimate[finite][1:], rest.coef_[0], rtol=1e-8)
    expected = rest.summary().coefficients.std_error
    np.testing.assert_allclose(contrasts.std_error[finite], expected, rtol=1e-7)


def test_an_empty_cell():
    """Nobody with the indicator is healthy: its odds are infinite; the others are as without it."""
    indicator = np.array([0] * 12 + [1] * 4)
    y = np.array([0] * 9 + [1] * 3 + [1] * 4)
    model = _separated(indicator[:, None], target=y)
    name = model.terms[-1]
    assert model.separation.verdict == "quasi"
    assert model.separation.n_rows == 4
    assert model.separation.columns == (name,)
    assert model.separation.signs == {(name, 1, 0): "+inf"}
    assert summary_array(model, "estimate", (INTERCEPT,))[0, 0] == pytest.approx(-np.log(3.0), rel=1e-12)
    assert summary_array(model, "std_error", (INTERCEPT,))[0, 0] == pytest.approx((1 / 9 + 1 / 3) ** 0.5, rel=1e-9)
    assert summary_array(model, "estimate", (name,))[0, 0] == np.inf
    limit = 9 * np.log(9 / 12) + 3 * np.log(3 / 12)
    assert model.separation.log_likelihood == pytest.approx(limit, rel=1e-13)


def test_an_infinite_coefficient_has_no_z_value():
    model = _separated(np.array([[0], [0], [1], [1]]), target=[0, 1, 1, 1])
    coefficients = model.summary().coefficients
    assert coefficients.estimate[1] == np.inf
    assert np.isnan(coefficients.z[1])
    assert np.isnan(coefficients.p_value[1])
    assert coefficients.odds_ratio[1] == np.inf


def test_more_columns_than_rows():
    X = np.random.default_rng(5).normal(size=(6, 10))
    with pytest.warns(logistica.LogisticaWarning):
        model = logistica.fit(X, target=[0, 1, 0, 1, 1, 0])
    assert model.separation.verdict == "complete"
    assert model.separation.n_rows == 6


def test_rows_of_weight_zero_do_not_overlap():
    X, y = np.array([[1.0], [2.0], [3.0], [4.0]]), [0, 1, 0, 1]
    assert logistica.fit(X, target=y).separation is None
    model = _separated(X, target=y, weights=[1.0, 0.0, 1.0, 1.0])
    assert model.separation.verdict == "complete"
    assert model.separation.n_rows == 3


def test_a_ridge_is_never_separated():
    X, y = load_iris(return_X_y=True)
    model = logistica.fit(X, target=y == 0, C=1.0)
    assert model.separation is None
    assert model.record.status == "converged"


def test_an_error_on_request():
    X, y = load_iris(return_X_y=True)
    with pytest.raises(logistica.SeparationError) as caught:
        logistica.fit(X, target=y == 0, on_separation="raise")
    assert caught.value.separation.verdict == "complete"


@pytest.mark.filterwarnings("ignore::logistica.LogisticaWarning")
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("distance", [1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9])
@pytest.mark.parametrize("order", ["separating-first", "companion-first"])
@pytest.mark.parametrize("K", [2, 3])
def test_a_separating_column_with_a_nearly_equal_companion(seed, distance, order, K):
    """Decided where rounding allows it; where it does not, never called finite, and never laid to another column."""
    rng = np.random.default_rng(seed)
    n = 80
    separating = (np.arange(n) % 8 == 0) * 1.0
    y = rng.integers(0, K, n)
    y[separating == 1] = 1
    pair = [separating, separating + distance * rng.standard_normal(n)]
    if order == "companion-first":
        pair.reverse()
    model = logistica.fit(np.column_stack([*pair, rng.standard_normal(n)]), target=y)
    if model.separation is None:
        assert not model.record.converged
        assert distance < 1e-6
        return
    assert model.separation.n_rows == 10
    assert set(model.separation.columns) <= {"x0", "x1"}
    name = "x0" if order == "separating-first" else "x1"
    if distance >= 1e-6:
        assert model.separation.verdict == "quasi"
        assert name in model.separation.columns
        assert model.separation.signs[name, 1, 0] == "+inf"
