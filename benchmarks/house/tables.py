"""The tables that the house is measured on, all made here from a fixed seed."""

from __future__ import annotations

import numpy as np

SEED = 20261120
ROWS = 1_000_000


def large(rows: int = ROWS, columns: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Correlated normal columns, a moderate signal."""
    rng = np.random.default_rng(SEED)
    X = rng.normal(size=(rows, columns)) + 0.5 * rng.normal(size=(rows, 1))
    eta = X @ rng.normal(size=columns) * 0.2
    return X, (rng.random(rows) < 1 / (1 + np.exp(-eta))).astype(int)


def many_levels(rows: int = 1_000_000, levels: int = 10_000) -> tuple[np.ndarray, list[str], np.ndarray]:
    """Codes of a factor, its levels, and classes."""
    rng = np.random.default_rng(SEED)
    names = [f"level {code:05d}" for code in range(levels)]
    return rng.integers(0, levels, rows, dtype=np.int32), names, rng.integers(0, 2, rows)


def one_separating_row() -> tuple[np.ndarray, np.ndarray]:
    """The large table, with a column that is 1 in a single row."""
    X, y = large()
    X[:, 7] = 0.0
    X[len(X) // 8, 7] = 1.0
    return X, y


def rare_level() -> tuple[np.ndarray, np.ndarray]:
    """The large table, with an indicator of some 2 % of the rows, all of one class."""
    X, y = large()
    X[:, 3] = X[:, 3] > 2.3
    y[X[:, 3] == 1] = 1
    return X, y


def completely_separated() -> tuple[np.ndarray, np.ndarray]:
    """The large table, with labels that a plane separates."""
    X, _ = large()
    rng = np.random.default_rng(SEED + 1)
    return X, (X @ rng.normal(size=X.shape[1]) > 0.1).astype(int)


def nearly_separated() -> tuple[np.ndarray, np.ndarray]:
    """The same, but for the forty labels nearest to the plane, which are flipped: an optimum exists, far out."""
    X, y = completely_separated()
    rng = np.random.default_rng(SEED + 1)
    near = np.argsort(np.abs(X @ rng.normal(size=X.shape[1]) - 0.1))[:40]
    y[near] ^= 1
    return X, y
