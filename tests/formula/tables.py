"""A small table and formulas over it, drawn at random: columns x, z, w are numbers, k small integers, a, b, c text."""

from __future__ import annotations

import numpy as np
import pandas as pd

from logistica.data.coding import LevelReading
from logistica.data.formula import expand
from logistica.data.formula.recipe import learn_formula
from logistica.data.frames import table

NUMBERS = ("x", "z", "w")
FACTORS = ("a", "b", "c")
FUNCTIONS = (
    "log(x)",
    "sqrt(x)",
    "exp(z)",
    "log1p(x)",
    "I(x^2)",
    "I(x * z - 2 * w)",
    "I((x + 1)/(w^2 + 1))",
    "scale(z)",
    "center(x)",
    "scale(log(x))",
    "poly(z, 3)",
    "poly(x, 2, raw = TRUE)",
    "bs(x, df = 4)",
    "bs(z, knots = c(-0.5, 0.5), degree = 2)",
)
CODINGS = ("C(a)", "C(k)", "C(a, Sum)", "C(b, Helmert)", "C(c, Poly)", "C(k, Sum)")


def frame(seed=0, n=60):
    """n rows; every level occurs in every third row."""
    rng = np.random.default_rng(seed)
    columns = {
        "y": rng.integers(2, size=n),
        "x": rng.uniform(0.5, 3.0, n),
        "z": rng.normal(size=n),
        "w": rng.normal(size=n),
        "k": rng.integers(1, 5, n),
        "a": rng.choice(list("pqr"), n),
        "b": rng.choice(list("uv"), n),
        "c": rng.choice(["k1", "k2", "k3", "k4"], n),
    }
    return pd.DataFrame(columns)


def random_formula(rng, *, hierarchical, again=False, functions=FUNCTIONS):
    """A formula over the table, with two of the ``functions``.

    ``hierarchical``: every interaction comes with all its margins; ``again``: variables stand in several parts.
    """
    variables = list(rng.permutation([*NUMBERS, *FACTORS, *rng.choice(functions, 2), *rng.choice(CODINGS, 1)]))
    parts = []
    for _ in range(int(rng.integers(1, 4))):
        size = int(rng.integers(1, 4))
        if again:
            chosen = list(rng.permutation(variables[:5]))[:size]
        else:
            chosen, variables = variables[:size], variables[size:]
        joins = ["*", "+"] if hierarchical else ["*", "+", ":", "/"]
        text = chosen[0]
        for variable in chosen[1:]:
            text += f" {rng.choice(joins)} {variable}"
        if size > 1 and rng.random() < 0.3:
            text = f"({' + '.join(chosen)})^2"
        parts.append(text)
    if rng.random() < 0.25:
        parts.append("0")
    return "y ~ " + " + ".join(parts)


def design(text, data):
    """Our names and values, the intercept as the first column if there is one."""
    opened = table(data)
    formula = expand(text, opened.names)
    learned = learn_formula(formula, opened.column, None)
    made = learned.design(opened.column, (), LevelReading(len(data)))
    values = np.empty((len(data), made.n_columns))
    made.fill(slice(0, len(data)), values)
    names = list(learned.names)
    if formula.intercept:
        return ["(Intercept)", *names], np.column_stack([np.ones(len(data)), values])
    return names, values
