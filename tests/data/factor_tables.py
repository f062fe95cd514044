"""Small tables with factors of every kind, for the tests of factors, missing values and counts."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa

import logistica

N = 240
TEXT = np.array(["ash", "beech", "cedar", "elm", "fir"])
SHARES = [0.35, 0.3, 0.25, 0.06, 0.04]
FRAMES = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "arrow": pa.table,
}


def columns(K=2, seed=5, n=N):
    """Columns x (numbers), tree (text, two rare levels), grade (the whole numbers 1 to 5, likewise), w and y."""
    generator = np.random.default_rng(seed)
    x = generator.normal(size=n).round(3)
    tree, grade = generator.choice(5, n, p=SHARES), generator.choice(5, n, p=SHARES)
    eta = np.outer(x, np.arange(K) / 2) + generator.gumbel(size=(n, K)) + 0.3 * np.outer(tree - grade, np.arange(K) % 2)
    return {
        "x": x,
        "tree": TEXT[tree],
        "grade": grade + 1,
        "w": generator.integers(1, 4, n).astype(float),
        "y": np.array(["no", "yes", "zero"])[:K][np.argmax(eta, axis=1)],
    }


def assert_same_fit(one, other, *, to=1e-10):
    """The same design columns, likelihood and coefficients."""
    assert one.terms == other.terms
    np.testing.assert_allclose(one.coef_, other.coef_, rtol=to, atol=to)
    np.testing.assert_allclose(one.intercept_, other.intercept_, rtol=to, atol=to)
    np.testing.assert_allclose(one.log_likelihood_kernel, other.log_likelihood_kernel, rtol=1e-13)


def again(model, folder):
    """The model, saved and loaded."""
    model.save(folder / "model.json")
    return logistica.load(folder / "model.json")


def codes_of(notes):
    return [note.code for note in notes]
