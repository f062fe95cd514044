"""Small tables and a saved model for the command line's tests."""

import numpy as np
import pytest

from tests.cli.running import invoke


def table(path, K=2, n=60, seed=4):
    """Write a CSV of two columns, overlapping classes as text, and weights."""
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(n, 2)).round(3)
    eta = X @ generator.normal(size=(2, K)) + generator.gumbel(size=(n, K))
    labels = np.array(["no", "yes", "maybe"])[:K][np.argmax(eta, axis=1)]
    weights = generator.integers(1, 4, n)
    lines = [f"{a},{b},{label},{w}" for (a, b), label, w in zip(X.tolist(), labels, weights, strict=True)]
    path.write_text("\n".join(["a,b,answer,w", *lines, ""]))
    return path


@pytest.fixture
def data(tmp_path):
    """A table with the classes "no" and "yes" in the column "answer"."""
    return table(tmp_path / "data.csv")


@pytest.fixture
def three(tmp_path):
    """A table with three classes."""
    return table(tmp_path / "three.csv", K=3)


@pytest.fixture
def separated(tmp_path):
    """Eight rows that x separates completely."""
    path = tmp_path / "separated.csv"
    path.write_text("x,y\n1,0\n2,0\n3,0\n4,0\n5,1\n6,1\n7,1\n8,1\n")
    return path


@pytest.fixture
def model(tmp_path, data):
    """A model of the table, saved."""
    path = tmp_path / "model.json"
    assert invoke("fit", data, "--target", "answer", "--columns", "a,b", "-o", path).exit_code == 0
    return path
