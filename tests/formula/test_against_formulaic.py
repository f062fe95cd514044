"""Design matrices equal to formulaic's in values and, brackets apart, in names."""

from __future__ import annotations

import re

import formulaic
import numpy as np
import pandas as pd
import pytest

from tests.formula.tables import FUNCTIONS, design, frame, random_formula

TRANSLATED = (
    ("raw = TRUE", "raw=True"),
    ("knots = c(-0.5, 0.5)", "knots=[-0.5, 0.5]"),
    ("Sum)", "contr.sum)"),
    ("Helmert)", "contr.helmert(scale=False))"),
    ("Poly)", "contr.poly)"),
)
CONTEXT = {"sqrt": np.sqrt, "log1p": np.log1p}
SPLINES = ("cr(z, df = 4)", "cr(x, df = 3)", "cr(w, df = 6)")
LEVELS = {"a": ["p", "q", "r"], "b": ["u", "v"], "c": ["k1", "k2", "k3", "k4"], "k": ["1", "2", "3", "4"]}
NUMBERED = re.compile(r"C\((\w), (contr\.\w+)(?:\(scale=False\))?\)\[([SH])\.(\w+)\]")
"""A column of Sum or Helmert, which formulaic names by its level, and R by its number."""
NAMED = (
    ("[T.", "["),
    ("**", "^"),
    ("contr.sum", "Sum"),
    ("contr.helmert(scale=False)", "Helmert"),
    ("contr.helmert", "Helmert"),
    ("contr.poly", "Poly"),
    ("raw=True)[1]", "raw=TRUE)[2]"),
    ("raw=True)[0]", "raw=TRUE)[1]"),
    ("knots=[-0.5,0.5]", "knots=c(-0.5,0.5)"),
)


def _theirs(text, data):
    for ours, theirs in TRANSLATED:
        text = text.replace(ours, theirs)
    return formulaic.model_matrix(text.replace("^", "**"), data, context=CONTEXT).rhs


def _as_named_here(name):
    """``a[T.q]`` and ``Intercept`` in our words, without blanks."""
    if name == "Intercept":
        return "(Intercept)"
    name = NUMBERED.sub(_numbered, name).replace(" ", "")
    for theirs, ours in NAMED:
        name = name.replace(theirs, ours)
    return name


def _numbered(match):
    column, contrast, kind, level = match.groups()
    return f"C({column}, {contrast})[{LEVELS[column].index(level) + (kind == 'S')}]"


def _parts(name):
    """The variables of a column; formulaic may turn them round, where we follow R."""
    return sorted(name.replace(" ", "").split(":"))


@pytest.mark.parametrize("seed", range(200))
def test_random_formulas(seed):
    rng = np.random.default_rng(seed)
    data = frame(seed)
    text = random_formula(rng, hierarchical=True, functions=(*FUNCTIONS, *SPLINES))
    names, values = design(text, data)
    theirs = _theirs(text, data)
    np.testing.assert_allclose(values, theirs.to_numpy(dtype=float), rtol=1e-9, atol=1e-9, err_msg=text)
    assert [_parts(name) for name in names] == [_parts(_as_named_here(name)) for name in theirs.columns]


@pytest.mark.parametrize("seed", range(60))
def test_formulas_without_margins_span_the_same_space(seed):
    """R codes such terms with all levels and leaves it to the fit to drop what is double; formulaic drops it here."""
    rng = np.random.default_rng(1000 + seed)
    data = frame(seed, n=200)
    text = random_formula(rng, hierarchical=False)
    _, values = design(text, data)
    theirs = _theirs(text, data).to_numpy(dtype=float)
    ranks = [np.linalg.matrix_rank(_unit(m)) for m in (values, theirs, np.column_stack([values, theirs]))]
    assert ranks[0] == ranks[1] == ranks[2], text


def _unit(matrix):
    return matrix / np.maximum(np.linalg.norm(matrix, axis=0), 1e-300)


@pytest.mark.parametrize("df", [3, 4, 6])
def test_natural_splines(df):
    data = frame(5)
    _, values = design(f"y ~ 0 + cr(x, df = {df})", data)
    theirs = formulaic.model_matrix(f"0 + cr(x, df={df})", data).to_numpy(dtype=float)
    np.testing.assert_allclose(values, theirs, rtol=1e-9, atol=1e-12)


def test_a_spline_with_its_own_knots():
    data = frame(6)
    _, values = design("y ~ 0 + cr(z, knots = c(-0.5, 0.7))", data)
    theirs = formulaic.model_matrix("0 + cr(z, knots=[-0.5, 0.7])", data).to_numpy(dtype=float)
    np.testing.assert_allclose(values, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("k", [3, 10, 50, 95])
@pytest.mark.parametrize(("ours", "theirs"), [("Sum", "contr.sum"), ("Helmert", "contr.helmert(scale=False)")])
def test_contrasts_of_many_levels(k, ours, theirs):
    data = pd.DataFrame({"f": np.tile([f"l{j:02}" for j in range(k)], 2)})
    _, values = design(f"y ~ C(f, {ours})", data)
    expected = formulaic.model_matrix(f"C(f, {theirs})", data).to_numpy(dtype=float)
    np.testing.assert_array_equal(values, expected)
