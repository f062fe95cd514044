"""Aliased columns: found as exact arithmetic finds them, in the user's order, and named with their partners."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.fitting.rank import _of_free_columns

INTERCEPT = "(Intercept)"


def _labels(n, seed=0, K=2):
    """Labels that are pure noise, so that nothing separates."""
    y = np.random.default_rng(seed).integers(K, size=n)
    y[:K] = np.arange(K)
    return y


def _fit(X, y=None, **options):
    X = np.asarray(X)
    return logistica.fit(X, target=_labels(len(X)) if y is None else y, **options)


def _aliases(model):
    return model.fitted.fit.aliases


def _exact_aliases(X, *, intercept):
    """Columns that are rational combinations of those before them, in order, and of which (by reduced echelon form)."""
    names = [f"x{j}" for j in range(X.shape[1])]
    columns = [[Fraction(int(v)) for v in column] for column in X.T]
    if intercept:
        names, columns = [INTERCEPT, *names], [[Fraction(1)] * len(X), *columns]
    reduced: list[tuple[int, list[Fraction], dict[int, Fraction]]] = []
    aliases = {}
    for j, column in enumerate(columns):
        left, owed = list(column), {j: Fraction(1)}
        for pivot, vector, made_of in reduced:
            factor = left[pivot]
            if factor:
                left = [a - factor * b for a, b in zip(left, vector, strict=True)]
                for k, share in made_of.items():
                    owed[k] = owed.get(k, Fraction(0)) - factor * share
        pivot = next((i for i, value in enumerate(left) if value), None)
        if pivot is None:
            aliases[names[j]] = tuple(names[k] for k in sorted(owed) if k != j and owed[k])
            continue
        head = left[pivot]
        reduced.append((pivot, [value / head for value in left], {k: share / head for k, share in owed.items()}))
    return aliases


def _checked(model, X, y, *, intercept=True):
    """Aliases as exact arithmetic has them, zeros in ``coef_``, and the probabilities of the fit without them."""
    expected = _exact_aliases(X, intercept=intercept)
    assert _aliases(model) == expected
    gone = [j for j in range(X.shape[1]) if f"x{j}" in expected]
    kept = [j for j in range(X.shape[1]) if f"x{j}" not in expected]
    assert model.rank == len(kept) + intercept
    assert (model.coef_[:, gone] == 0.0).all()
    reference = logistica.fit(X[:, kept], target=y, fit_intercept=intercept)
    assert not reference.fitted.fit.aliases
    np.testing.assert_allclose(model.coef_[:, kept], reference.coef_, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(model.predict_proba(X), reference.predict_proba(X[:, kept]), rtol=1e-9)
    assert model.log_likelihood_kernel == pytest.approx(reference.log_likelihood_kernel, rel=1e-12)
    codes = [note.code for note in model.record.notes]
    assert ("aliased" in codes) == bool(gone)
    if gone:
        note = next(note for note in model.record.notes if note.code == "aliased")
        assert all(f"'x{j}'" in note.message for j in gone)


def _independent(n, p, rng):
    return rng.integers(-9, 10, size=(n, p))


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("intercept", [True, False])
def test_integer_designs_against_exact_rank(seed, intercept):
    """Some columns are combinations of others, at random places; K is 2 or 3."""
    rng = np.random.default_rng(seed)
    n, p = 150, int(rng.integers(2, 9))
    X = _independent(n, p, rng)
    for _ in range(int(rng.integers(0, 4))):
        target = int(rng.integers(p))
        combination = rng.integers(-3, 4, size=p) * (rng.random(p) < 0.5)
        combination[target] = 0
        X[:, target] = X @ combination + rng.integers(-2, 3) * int(intercept)
    y = _labels(n, seed, 2 + seed % 2)
    if not X.any():
        X[:, 0] = _independent(n, 1, rng)[:, 0]
    _checked(_fit(X, y, fit_intercept=intercept), X, y, intercept=intercept)


def test_the_later_of_two_equal_columns_goes():
    X = np.random.default_rng(1).normal(size=(100, 3))
    X[:, 2] = X[:, 0]
    assert _aliases(_fit(X)) == {"x2": ("x0",)}
    assert _aliases(_fit(X[:, [2, 1, 0]])) == {"x2": ("x0",)}


@pytest.mark.parametrize("factor", [-1.0, 3.0, 1 / 3, 1e-8, 1e8, 1e-200, 1e200])
@pytest.mark.parametrize("shift", [0.0, 1.0, 1e3])
def test_a_column_in_other_units_is_the_same_column(factor, shift):
    X = np.random.default_rng(2).normal(size=(100, 2))
    X = np.column_stack([X, (X[:, 0] + shift) * factor])
    assert _aliases(_fit(X)) == {"x2": (INTERCEPT, "x0") if shift else ("x0",)}


def test_degrees_of_three_kinds():
    celsius = np.random.default_rng(3).uniform(-20, 40, size=200)
    frame = pd.DataFrame({"celsius": celsius, "fahrenheit": celsius * 9 / 5 + 32, "kelvin": celsius + 273.15})
    model = logistica.fit(frame, target=_labels(200))
    assert _aliases(model) == {"fahrenheit": (INTERCEPT, "celsius"), "kelvin": (INTERCEPT, "celsius")}


def test_a_full_set_of_indicators_loses_its_last():
    level = np.random.default_rng(4).integers(4, size=200)
    X = np.eye(4)[level]
    model = _fit(X)
    assert _aliases(model) == {"x3": (INTERCEPT, "x0", "x1", "x2")}
    assert _aliases(_fit(X, fit_intercept=False)) == {}


def test_two_full_sets_lose_one_each():
    rng = np.random.default_rng(5)
    X = np.column_stack([np.eye(3)[rng.integers(3, size=300)], np.eye(4)[rng.integers(4, size=300)]])
    assert set(_aliases(_fit(X))) == {"x2", "x6"}
    without = _aliases(_fit(X, fit_intercept=False))
    assert set(without) == {"x6"}
    assert set(without["x6"]) == {"x0", "x1", "x2", "x3", "x4", "x5"}


def test_a_sum_of_parts_that_are_there_too():
    rng = np.random.default_rng(6)
    parts = rng.integers(0, 20, size=(200, 3))
    first = np.column_stack([parts, parts.sum(axis=1)])
    assert _aliases(_fit(first)) == {"x3": ("x0", "x1", "x2")}
    assert _aliases(_fit(first[:, [3, 0, 1, 2]])) == {"x3": ("x0", "x1", "x2")}


@pytest.mark.parametrize("value", [0.0, 1.0, -7.0, 0.1, 1e-300, 1e300])
def test_a_constant_column_beside_an_intercept(value):
    X = np.column_stack([np.random.default_rng(7).normal(size=100), np.full(100, value)])
    model = _fit(X)
    assert set(_aliases(model)) == {"x1"}
    assert model.coef_[0, 1] == 0.0
    note = next(note for note in model.record.notes if note.code == "aliased")
    assert "'x1' is constant" in note.message


def test_a_constant_column_stands_in_for_the_intercept():
    X = np.column_stack([np.random.default_rng(7).normal(size=100), np.full(100, 4.0)])
    alone, both = _fit(X, fit_intercept=False), _fit(X[:, :1])
    assert _aliases(alone) == {}
    assert alone.coef_[0, 1] * 4 == pytest.approx(both.intercept_[0], rel=1e-9)
    zeros = _fit(X * [1, 0], fit_intercept=False)
    assert set(_aliases(zeros)) == {"x1"}


def test_a_constant_among_the_rows_in_use_only():
    """Rows of weight zero are absent: a column that varies only there is constant."""
    X = np.column_stack([np.random.default_rng(8).normal(size=100), np.zeros(100)])
    X[:3, 1] = 5.0
    weights = np.ones(100)
    weights[:3] = 0.0
    assert set(_aliases(_fit(X, weights=weights))) == {"x1"}


@pytest.mark.parametrize("distance", [1e-3, 1e-5, 1e-7, 1e-9])
def test_what_is_nearly_a_combination_is_kept(distance):
    """Down to 1e-11 of a column's length it is new; its slope is right as far as the data hold it, and marked."""
    rng = np.random.default_rng(9)
    x, other = rng.normal(size=(2, 300))
    X = np.column_stack([x, x + distance * other])
    if distance <= 1e-7:
        with pytest.warns(logistica.DataWarning, match="condition number"):
            model = _fit(X)
    else:
        model = _fit(X)
    assert _aliases(model) == {}
    assert model.rank == 3
    held = (X[:, 1] - X[:, 0]) / distance
    reference = _fit(np.column_stack([x, held]))
    assert model.coef_[0, 1] * distance == pytest.approx(reference.coef_[0, 1], rel=1e-6)


@pytest.mark.parametrize("distance", [1e-13, 1e-15])
def test_what_differs_by_rounding_is_aliased(distance):
    rng = np.random.default_rng(9)
    x, other = rng.normal(size=(2, 300))
    assert set(_aliases(_fit(np.column_stack([x, x + distance * other])))) == {"x1"}


def test_a_single_row_can_make_a_column_new():
    """Among many rows, one that differs is enough."""
    x = np.random.default_rng(10).integers(-5, 6, size=20_000).astype(float)
    other = x.copy()
    other[777] += 1.0
    y = _labels(20_000)
    with pytest.warns(logistica.SeparationWarning, match="'x1'"):
        model = _fit(np.column_stack([x, other]), y)
    assert _aliases(model) == {}
    assert model.separation.verdict == "quasi"
    assert model.separation.n_rows == 1


@pytest.mark.parametrize("K", [2, 3])
def test_under_a_penalty_nothing_is_aliased(K):
    """A ridge shares an effect between equal columns, which it prefers."""
    X = np.random.default_rng(11).normal(size=(120, 2))
    model = _fit(np.column_stack([X, X[:, 0]]), _labels(120, 1, K), C=1.0)
    assert _aliases(model) == {}
    assert model.rank == 4
    np.testing.assert_allclose(model.coef_[:, 0], model.coef_[:, 2], rtol=1e-8, atol=1e-12)


def test_weights_do_not_decide_what_is_a_combination():
    X = np.random.default_rng(12).integers(-9, 10, size=(200, 2))
    X = np.column_stack([X, X[:, 0] - 2 * X[:, 1]])
    weights = 10.0 ** np.random.default_rng(13).uniform(-3, 3, size=200)
    assert _aliases(_fit(X, weights=weights)) == {"x2": ("x0", "x1")}


def test_sparse_designs_alias_alike():
    from scipy import sparse

    level = np.random.default_rng(14).integers(5, size=300)
    X = sparse.csr_array(np.eye(5)[level])
    assert set(logistica.fit(X, target=_labels(300)).fitted.fit.aliases) == {"x4"}


@pytest.mark.filterwarnings("ignore::logistica.LogisticaWarning")
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("distance", [0.0, 1e-12, 1e-9, 1e-7, 1e-4])
@pytest.mark.parametrize("seed", range(4))
def test_sparse_designs_alias_what_dense_ones_do(seed, distance, weighted):
    """Columns of few entries, sums of them, and sums that are a little off."""
    from scipy import sparse

    rng = np.random.default_rng([16, seed])
    X = np.where(rng.random((400, 20)) < 0.05, rng.normal(size=(400, 20)), 0.0)
    near = X[:, [2, 3]] + X[:, [7, 9]]
    near[:, 1] += distance * np.where(rng.random(400) < 0.1, rng.normal(size=400), 0.0)
    X = np.hstack([X, near, np.eye(12)[rng.integers(12, size=400)]])
    options = {"weights": rng.uniform(0.5, 3.0, 400)} if weighted else {}
    dense, entries = (logistica.fit(form(X), target=_labels(400), **options) for form in (np.asarray, sparse.csr_array))
    assert _aliases(entries) == _aliases(dense)
    assert ("x21" in _aliases(dense)) == (distance < 1e-11)
    rounding = 1e-18 / distance if distance > 1e-11 else 0.0  # of the numbers themselves, as a share of what is new
    assert entries.mean_log_loss == pytest.approx(dense.mean_log_loss, rel=1e-12 + rounding)


def test_many_aliased_columns_are_counted_and_some_named():
    X = np.random.default_rng(15).normal(size=(200, 1)) * np.arange(1, 31)
    model = _fit(X)
    assert len(_aliases(model)) == 29
    note = next(note for note in model.record.notes if note.code == "aliased")
    assert note.message.startswith("29 aliased columns")
    assert "and 19 more" in note.message


def test_combinations_of_aliased_columns_are_put_in_free_ones():
    combinations = {2: [1.0, 2, 0, 0, 0], 3: [0, 1.0, 3, 0, 0], 4: [1.0, 0, 0, 2, 0]}
    settled = _of_free_columns({j: np.array(made) for j, made in combinations.items()}, np.arange(5))
    assert {j: list(shares[:2]) for j, shares in settled.items()} == {2: [1.0, 2.0], 3: [3.0, 7.0], 4: [7.0, 14.0]}
    assert not any(shares[2:].any() for shares in settled.values())
