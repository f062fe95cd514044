"""The hard cases of classes: separated, completely or not, and rare ones. Each once went wrong."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.solvers.driver import Status
from tests.data.cases import case
from tests.nasty.problems import codes, columns, note
from tests.oracles.decimal_newton import decimal_newton

INF = np.inf


def _separated(X, y, **options):
    with pytest.warns(logistica.SeparationWarning) as caught:
        model = logistica.fit(X, target=y, **options)
    message = str(caught[0].message)
    assert message == note(model, "separated")
    assert "C=1" in message  # the remedy
    return model


# Rows 8 to 11: separation.


@pytest.mark.parametrize(
    "make",
    [
        case(8, "one-column", lambda x, z: (np.column_stack([x, z]), x > 0.1)),
        case(8, "two-columns", lambda x, z: (np.column_stack([x, z]), x + 2 * z > 0.1)),
        case(8, "huge-scale", lambda x, z: (np.column_stack([x * 1e200, z]), x > 0.1)),
        case(8, "tiny-scale", lambda x, z: (np.column_stack([x * 1e-200, z]), x > 0.1)),
        case(8, "far-away", lambda x, z: (np.column_stack([x + 1e8, z]), x > 0.1)),
    ],
)
def test_complete_separation(make):
    X, y = make(*np.random.default_rng(8).normal(size=(2, 100)))
    model = _separated(X, y)
    assert model.record.status is Status.COMPLETE
    assert model.separation.verdict == "complete"
    assert model.separation.n_rows == 100
    assert model.log_likelihood_kernel == 0.0
    assert model.predict(X).tolist() == y.tolist()
    assert np.isfinite(model.coef_).all()
    assert -1e-9 <= model.predict_log_proba(X)[np.arange(100), y.astype(int)].sum() <= 0.0
    estimate = model.summary().coefficients.estimate
    assert not np.isfinite(estimate[1:]).any()
    assert "'x0'" in note(model, "separated")


@pytest.mark.parametrize("direction", [case(8, "as-an-error-above", 1), case(8, "as-an-error-below", -1)])
def test_complete_separation_as_an_error(direction):
    x = np.arange(10.0)[:, None]
    with pytest.raises(logistica.SeparationError, match=r"completely separated.*'x0'.*C=1") as error:
        logistica.fit(x, target=direction * x[:, 0] > direction * 4.5, on_separation="raise")
    assert error.value.separation.signs["x0", True, False] == ("+inf" if direction > 0 else "-inf")


@pytest.mark.parametrize("C", [case(8, f"remedy-C-{C:g}", C) for C in (1.0, 100.0)])
def test_a_penalty_is_the_remedy_of_separation(C):
    x = np.arange(10.0)[:, None]
    model = logistica.fit(x, target=x[:, 0] > 4, C=C)
    assert model.separation is None
    exact = decimal_newton(np.column_stack([np.ones(10), x]), (x[:, 0] > 4).astype(int), ridge=[0.0, 1 / C])
    np.testing.assert_allclose([model.intercept_[0], model.coef_[0, 0]], exact.estimate[0], rtol=1e-10)


def _quasi(kind):
    rng = np.random.default_rng(9)
    x, z = rng.normal(size=(2, 200))
    y = (x + rng.logistic(size=200) > 0).astype(int)
    if kind == "level":
        rare = (rng.random(200) < 0.1) & (y == 1)
        return np.column_stack([x, rare, z]), y, rare
    edge = np.where(y == 1, np.abs(z) + 0.5, 0.0)
    edge[:150] = 0.0
    return np.column_stack([x, edge, z]), y, edge > 0


@pytest.mark.parametrize("kind", [case(9, "level", "level"), case(9, "edge", "edge")])
def test_quasi_complete_separation(kind):
    """The column is named with its sign; the others are those of the rows that it leaves."""
    X, y, out = _quasi(kind)
    model = _separated(X, y)
    assert model.record.status is Status.QUASI
    assert model.separation.columns == ("x1",)
    assert model.separation.signs == {("x1", 1, 0): "+inf"}
    assert model.separation.n_rows == out.sum()
    rest = logistica.fit(X[~out][:, [0, 2]], target=y[~out])
    assert model.log_likelihood_kernel == pytest.approx(rest.log_likelihood_kernel, rel=1e-12)
    table = model.summary().coefficients
    finite = table.estimate[table.term != "x1"]
    np.testing.assert_allclose(finite, np.append(rest.intercept_, rest.coef_[0]), rtol=1e-9)
    assert table.estimate[table.term == "x1"] == INF
    np.testing.assert_allclose(model.predict_proba(X[~out])[:, 1], rest.predict_proba(X[~out][:, [0, 2]])[:, 1])
    assert "'x1'" in note(model, "separated")


@pytest.mark.parametrize("lone", [case(10, f"class-{k}-of-three", k) for k in range(3)])
def test_separation_in_one_class_of_three(lone):
    """Only its contrasts are infinite; the other two classes have the fit that they have alone."""
    rng = np.random.default_rng(10)
    x, z = rng.normal(size=(2, 300))
    others = [k for k in range(3) if k != lone]
    y = np.array(others)[rng.integers(2, size=300)]
    y[x > 1.0] = lone
    X = np.column_stack([x, z])
    model = _separated(X, y)
    assert model.separation.verdict == "quasi"
    assert "x0" in model.separation.columns
    for other in others:
        upper, lower = max(lone, other), min(lone, other)
        assert model.separation.signs["x0", upper, lower] == ("+inf" if lone == upper else "-inf")
    assert ("x0", others[1], others[0]) not in model.separation.signs
    rest = logistica.fit(X[y != lone], target=y[y != lone])
    assert model.log_likelihood_kernel == pytest.approx(rest.log_likelihood_kernel, rel=1e-10)


@pytest.mark.parametrize("K", [case(10, f"empty-cell-{K}-classes", K) for K in (2, 3, 4)])
def test_an_empty_cell_separates_its_class(K):
    """No row of the level has class 0: its contrasts with class 0 are infinite, the others are exact."""
    rng = np.random.default_rng(11)
    level, y = rng.integers(3, size=300), rng.integers(K, size=300)
    y[(level == 2) & (y == 0)] = K - 1
    frame = pd.DataFrame({"level": np.array(["a", "b", "c"])[level]})
    model = _separated(frame, y)
    affected = model.separation.columns
    assert len(affected) == 1
    assert "c" in affected[0]
    assert {(a, b) for _, a, b in model.separation.signs} == {(k, 0) for k in range(1, K)}
    assert set(model.separation.signs.values()) == {"+inf"}
    cells = np.zeros((3, K))
    np.add.at(cells, (level, y), 1)
    proba = model.predict_proba(pd.DataFrame({"level": ["a", "b", "c"]}))
    np.testing.assert_allclose(proba, cells / cells.sum(axis=1, keepdims=True), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("n", "p"), [case(11, "n-below-p", 10, 30), case(11, "n-equal-p", 12, 12)])
@pytest.mark.parametrize("K", [2, 3])
def test_more_columns_than_rows(n, p, K):
    X = columns(n, p, 11)
    y = np.arange(n) % K
    model = _separated(X, y)
    assert model.separation.verdict == "complete"
    assert model.rank == n
    assert model.predict(X).tolist() == y.tolist()
    assert "aliased" in codes(model)
    std_error = model.summary().coefficients.std_error
    assert not np.isfinite(std_error).any()
    penalised = logistica.fit(X, target=y, C=1.0)
    assert penalised.record.status is Status.CONVERGED
    assert penalised.separation is None
    residual = np.eye(K)[y] - penalised.predict_proba(X)
    full = penalised.coef_ if K > 2 else np.vstack([-penalised.coef_, penalised.coef_])
    np.testing.assert_allclose(residual.T @ X, full, rtol=0, atol=1e-9)


# Row 14: imbalance.


@pytest.mark.parametrize("with_column", [case(14, "intercept-only", False), case(14, "one-column", True)])
def test_one_event_in_a_million(with_column):
    n = 1_000_000
    y = np.zeros(n, dtype=np.int8)
    y[123_456] = 1
    X = np.random.default_rng(14).normal(size=(n, 1)) if with_column else np.empty((n, 0))
    model = logistica.fit(X, target=y)
    assert model.record.status is Status.CONVERGED
    proba = model.predict_proba(X)[:, 1]
    assert proba.sum() == pytest.approx(1.0, rel=1e-9)
    if with_column:
        assert "'x0'" not in note(model, "few-events")
        assert "Class 1 has 1 row" in note(model, "few-events")
        assert "C=1" in note(model, "few-events")
        assert (proba - (y == 1)) @ X[:, 0] == pytest.approx(0.0, abs=1e-7)
    else:
        assert model.intercept_[0] == pytest.approx(np.log(1 / (n - 1)), rel=1e-12)


@pytest.mark.parametrize("rows", [case(14, f"rare-level-{n}-rows", n) for n in (2, 4, 10)])
def test_a_rare_level(rows):
    """Half of its rows are of each class: its coefficient is finite, and exact by the cells."""
    y = np.concatenate([np.arange(100_000) % 10 == 0, np.arange(rows) % 2 == 0]).astype(int)
    frame = pd.DataFrame({"level": ["often"] * 100_000 + ["rare"] * rows})
    model = logistica.fit(frame, target=y)
    assert model.intercept_[0] == pytest.approx(np.log(1 / 9), rel=1e-10)
    assert model.coef_[0, 0] == pytest.approx(-np.log(1 / 9), rel=1e-9)


@pytest.mark.parametrize("K", [case(14, f"few-events-{K}-classes", K) for K in (2, 3)])
def test_fewer_than_five_events_a_coefficient_are_told(K):
    """The rarest class has 14 rows, then 15, for three columns."""
    X = columns(400, 3, 14)
    y = np.arange(400) % (K - 1)
    y[:14] = K - 1
    assert f"Class {K - 1} has 14 rows for 3 coefficients" in note(logistica.fit(X, target=y), "few-events")
    y[14] = K - 1
    assert "few-events" not in codes(logistica.fit(X, target=y))
    assert "few-events" not in codes(logistica.fit(X[:, :2], target=y))
