"""Fits of tables with factors: by their codes, what they are over the columns written out."""

import pickle

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core import compiled
from logistica.objective import coded
from tests.solvers.quiet import quiet_fit

pytestmark = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")

N = 20_000


def table(K=2, seed=0):
    rng = np.random.default_rng(seed)
    columns, eta = {}, rng.gumbel(size=(N, K))
    for name, k in [("town", 30), ("trade", 6), ("sex", 2)]:
        codes = rng.choice(k, size=N, p=np.arange(1, k + 1) / (k * (k + 1) / 2))
        columns[name] = pd.Categorical.from_codes(codes, [f"{name}{j:02d}" for j in range(k)])
        eta += rng.normal(scale=0.4, size=(k, K))[codes]
    columns["age"] = rng.uniform(20, 60, size=N)
    columns["wage"] = np.exp(rng.normal(size=N)).astype(np.float32)
    eta += (columns["age"] - 40)[:, None] * rng.normal(scale=0.02, size=K)
    return pd.DataFrame({"y": np.array(list("abcd"))[eta.argmax(axis=1)], **columns})


def both(monkeypatch, data, **options):
    """The fit by codes, and over the columns written out."""
    read = []
    known = coded.codes_of

    def codes_of(coordinates, design):
        read.append(known(coordinates, design))
        return read[-1]

    for place in ("objective.linear", "objective.objective", "fitting.columns"):
        monkeypatch.setattr(f"logistica.{place}.codes_of", codes_of)
    first = quiet_fit(data, **options)
    assert any(one is not None for one in read)
    monkeypatch.setattr(coded, "FEWEST_ROWS", N + 1)
    other = quiet_fit(data, **options)
    monkeypatch.undo()
    return first, other


def alike(first, other, rtol=1e-9):
    assert first.record.status == other.record.status
    here, there = first.summary().coefficients, other.summary().coefficients
    assert list(here.term) == list(there.term)
    np.testing.assert_allclose(here.estimate, there.estimate, rtol=rtol, atol=rtol)
    np.testing.assert_allclose(here.std_error, there.std_error, rtol=rtol)


FORMULAS = [
    "y ~ town + trade + sex + age + wage",
    "y ~ C(town, Sum) + C(trade, Helmert) + age",
    "y ~ C(trade, Poly) + C(town, Treatment, base = 'town03') + log(wage) + sex:age",
    "y ~ town * sex + trade:age",
    "y ~ 0 + town + trade + bs(age, df=5)",
    "y ~ town",
]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula(monkeypatch, formula):
    alike(*both(monkeypatch, table(), formula=formula))


@pytest.mark.parametrize("K", [2, 4])
@pytest.mark.parametrize("options", [{}, {"C": 0.5}])
def test_a_table(monkeypatch, K, options):
    rng = np.random.default_rng(3)
    weights = rng.integers(1, 4, size=N).astype(float)
    offset = rng.normal(size=N if K == 2 else (N, K))
    data = table(K)
    first, other = both(monkeypatch, data, target="y", weights=weights, offset=offset, **options)
    assert first.record.status == other.record.status
    np.testing.assert_allclose(first.coef_, other.coef_, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("solver", ["newton-cg", "lbfgs", "gradient-descent"])
def test_other_solvers(monkeypatch, solver):
    first, other = both(monkeypatch, table(3), target="y", C=1.0, solver=solver)
    np.testing.assert_allclose(first.coef_, other.coef_, rtol=1e-6, atol=1e-6)


@pytest.mark.filterwarnings("ignore:Dropped 3 of 20000 rows")
def test_rows_with_missing_values_are_left_out(monkeypatch):
    data = table()
    data.loc[[5, 77], "town"] = None
    data.loc[[77, 900], "age"] = np.nan
    alike(*both(monkeypatch, data, target="y", missing="drop"))


@pytest.mark.filterwarnings("ignore:Missing values filled in")
def test_missing_values_are_filled_in(monkeypatch):
    data = table()
    data.loc[[5, 77], "town"] = None
    data.loc[[77, 900], "age"] = np.nan
    first, other = both(monkeypatch, data, target="y", missing="impute", C=1.0)
    np.testing.assert_allclose(first.coef_, other.coef_, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("K", [2, 3])
def test_an_l1_penalty(monkeypatch, K):
    first, other = both(monkeypatch, table(K), target="y", C=0.05, l1_ratio=1.0)
    np.testing.assert_array_equal(first.coef_ == 0.0, other.coef_ == 0.0)
    np.testing.assert_allclose(first.coef_, other.coef_, atol=1e-5)


def test_a_level_that_no_row_in_use_has(monkeypatch):
    data = table()
    weights = np.where(data["trade"] == "trade04", 0.0, 1.0)
    first, other = both(monkeypatch, data, target="y", weights=weights)
    np.testing.assert_allclose(first.coef_, other.coef_, rtol=1e-9, atol=1e-9)


def test_a_dependent_factor_is_aliased_as_it_is_over_columns(monkeypatch):
    data = table()
    data["region"] = pd.Categorical(data["town"].cat.codes // 5)
    first, other = both(monkeypatch, data, target="y")
    assert np.isnan(first.summary().coefficients.estimate).sum() == 5
    np.testing.assert_allclose(first.coef_, other.coef_, rtol=1e-9, atol=1e-9)


def test_a_separated_level_is_found(monkeypatch):
    data = table()
    data.loc[data["town"] == "town02", "y"] = "a"
    first, other = both(monkeypatch, data, target="y")
    assert first.record.status == other.record.status
    infinite = np.isinf(first.summary().coefficients.estimate)
    assert infinite.sum() == 1
    np.testing.assert_array_equal(infinite, np.isinf(other.summary().coefficients.estimate))


def test_a_pickled_model_holds_no_rows():
    model = logistica.fit(table(), target="y")
    assert len(pickle.dumps(model)) < N
