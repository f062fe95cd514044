"""Factors of many levels: bounded in columns, in memory, and in digits."""

from __future__ import annotations

import json
import time
import tracemalloc
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core.errors import FormulaError, ModelFileError
from logistica.data.formula.contrasts import MOST_CODED, polynomial
from logistica.data.formula.recipe import FormulaRecipe
from logistica.data.formula.stored import formula_content, formula_from
from logistica.data.formula.variables import FactorVariable
from logistica.data.preparation import Preparation
from logistica.data.read import read

MANY = 10_000


@pytest.fixture(scope="module")
def data():
    there = np.arange(MANY)
    return pd.DataFrame({"a": there.astype(str), "b": there[::-1].astype(str), "y": there % 2})


@pytest.mark.parametrize(
    ("formula", "position", "count"),
    [
        ("y ~ a:b", 4, "a:b makes 100,000,000 columns; at most 1,000,000"),
        ("y ~ a*b", 4, "a:b makes 99,980,001 columns, with those before it 99,999,999;"),
        ("y ~ 1 + b %in% a", 8, "b:a makes 100,000,000 columns"),
        ("y ~ C(a, Sum)", 4, "'a' has 10,000 levels, and Sum contrasts code at most 1,000"),
        ("y ~ C(a, Helmert)", 4, "Helmert contrasts code at most 1,000"),
        ("y ~ C(a, Poly)", 4, "Poly contrasts code at most 1,000"),
    ],
)
def test_too_many_columns_are_refused_before_they_are_named(data, formula, position, count):
    tracemalloc.start()
    began = time.perf_counter()
    with pytest.raises(FormulaError) as caught:
        read(data, Preparation(formula))
    taken = time.perf_counter() - began
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count in str(caught.value)
    assert caught.value.position == position
    assert peak < 50e6
    assert taken < 20.0


@pytest.mark.parametrize("right", ["a*b*c", "a*b*c*d"])
def test_the_columns_of_each_term_are_counted_before_any_is_named(right):
    """The first that is too wide is refused, in little memory."""
    levels = np.arange(90_000) % 300
    data = pd.DataFrame({name: pd.Categorical.from_codes(levels, [str(j) for j in range(300)]) for name in "abcd"})
    tracemalloc.start()
    with pytest.raises(FormulaError, match="a:b:c makes 26,730,899 columns, with those before it") as caught:
        read(data.assign(y=levels % 2), Preparation(f"y ~ {right}"))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert caught.value.position == 4
    assert peak < 10e6


@pytest.mark.parametrize("text", ["f", "C(f, Sum)", "C(f, Helmert)", "C(f, Poly)"])
def test_a_factor_takes_little_more_than_its_codes(text):
    """A million rows of a thousand levels: 4 MB of codes, 8 MB of labels' codes, 8 MB of contrasts; X would be 8 GB."""
    n = 1_000_000
    levels = [f"level {j}" for j in range(1_000)]
    codes = (np.arange(n) % 1_000).astype(np.int16)
    data = pd.DataFrame({"f": pd.Categorical.from_codes(codes, levels), "y": np.arange(n) % 2})
    tracemalloc.start()
    dataset = read(data, Preparation(f"y ~ {text}"))
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert dataset.source.n_columns == 999
    assert held < 20e6
    assert peak < 40e6


def test_ten_thousand_levels_take_little_more_than_their_names():
    there = np.arange(MANY)
    data = pd.DataFrame({"f": pd.Categorical(there.astype(str)), "y": there % 2})
    tracemalloc.start()
    dataset = read(data, Preparation("y ~ f"))
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert dataset.source.n_columns == MANY - 1
    assert peak < 10e6
    assert held < 8e6


def test_many_levels_interact_with_numbers(data):
    dataset = read(data.assign(x=1.0 + data.y), Preparation("y ~ a + a:x"))
    assert dataset.source.n_columns == MANY - 1 + MANY


def test_a_model_file_cannot_ask_for_too_many_columns():
    """Ten thousand levels twice are a small file."""
    levels = tuple(range(MANY))
    variables = (FactorVariable("a", "a", levels), FactorVariable("b", "b", levels))
    content = formula_content(FormulaRecipe("y ~ a:b", True, variables, ((0, 1),), {}))
    with pytest.raises(ModelFileError, match="too many columns"):
        formula_from(json.loads(json.dumps(content)), ("a", "b"), dict.fromkeys("ab", levels))
    content["variables"][0]["contrast"], content["terms"] = "Helmert", [[0], [1]]
    with pytest.raises(ModelFileError, match="too many levels for the contrasts"):
        formula_from(json.loads(json.dumps(content)), ("a", "b"), dict.fromkeys("ab", levels))


def exact_polynomials(k):
    """Squares of the recurrence are exact in fractions; one root at the end rounds."""
    scores = [Fraction(2 * i - (k - 1), 2) for i in range(k)]
    before, present, square, share = [Fraction(0)] * k, [Fraction(1)] * k, Fraction(k), Fraction(0)
    columns = []
    for _ in range(k - 1):
        before, present = present, [x * p - share * b for x, p, b in zip(scores, present, before, strict=True)]
        new = sum(p * p for p in present)
        share, square = new / square, new
        columns.append([np.sign(float(p)) * float(p * p / square) ** 0.5 for p in present])
    return np.array(columns).T


@pytest.mark.parametrize("k", range(2, 97))
def test_polynomial_contrasts_are_exact(k):
    np.testing.assert_allclose(polynomial(k), exact_polynomials(k), atol=1e-14)


@pytest.mark.parametrize("k", [150, MOST_CODED])
def test_polynomial_contrasts_of_many_levels_are_orthonormal(k):
    found = polynomial(k)
    np.testing.assert_allclose(found.T @ found, np.eye(k - 1), atol=1e-13)
    np.testing.assert_allclose(found.sum(axis=0), 0.0, atol=1e-12)


def test_whether_contrasts_are_polynomials_or_indicators_the_fit_is_one():
    """With 60 levels the recurrence had lost all digits: the columns were no basis of the same space."""
    rng = np.random.default_rng(0)
    data = pd.DataFrame({"f": np.tile(np.arange(60), 40), "y": rng.integers(0, 2, 2400)})
    found = logistica.fit(data, "y ~ C(f, Poly)").predict_proba(data)
    np.testing.assert_allclose(found, logistica.fit(data, "y ~ C(f)").predict_proba(data), rtol=1e-8)
