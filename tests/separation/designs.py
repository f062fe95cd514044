"""Small integer designs with a planted kind of separation, reproducible from their number.

Each kind is certain by construction, not by a test:

- complete: the class of every row is the only maximum of some integer linear predictors;
- quasi: the class is one of the maxima, and where there are several the row occurs once with each of them;
- none: rows that span the design's columns occur once with every class, so that only d = 0 recedes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

KINDS = ("none", "quasi", "complete")
CLASSES = (2, 3, 4)
COUNT = 500


@dataclass(frozen=True)
class Design:
    """X (n, p) of integers, class codes y (n,), whether the model has an intercept, and the planted kind."""

    X: np.ndarray
    y: np.ndarray
    intercept: bool
    kind: str
    n_classes: int

    @property
    def terms(self) -> tuple[str, ...]:
        names = tuple(f"x{j}" for j in range(self.X.shape[1]))
        return ("(Intercept)", *names) if self.intercept else names

    @property
    def Z(self) -> np.ndarray:
        return with_ones(self.X) if self.intercept else self.X


def with_ones(X: np.ndarray) -> np.ndarray:
    """X with a column of ones before it."""
    return np.column_stack([np.ones(len(X), dtype=X.dtype), X])


@cache
def design(number: int) -> Design:
    """Design ``number``; kinds, numbers of classes and the presence of an intercept alternate."""
    kind = KINDS[number % 3]
    n_classes = CLASSES[number // 3 % 3]
    intercept = number // 9 % 4 != 3
    rng = np.random.default_rng([20260, number])
    while True:
        X = _columns(rng, number)
        Z = with_ones(X) if intercept else X
        X, y = {"none": _none, "quasi": _quasi, "complete": _complete}[kind](rng, X, Z, n_classes)
        if len(set(y.tolist())) == n_classes:
            return Design(X, y, intercept, kind, n_classes)


@cache
def random_design(number: int) -> Design:
    """A design with labels at random, of which nothing is known beforehand; ``kind`` says so."""
    n_classes = CLASSES[number % 3]
    rng = np.random.default_rng([20261, number])
    while True:
        X = _columns(rng, number)
        y = rng.integers(0, n_classes, size=len(X))
        if len(set(y.tolist())) == n_classes:
            return Design(X, y, number % 4 != 3, "unknown", n_classes)


def identifier(number: int) -> str:
    return f"{number}-{KINDS[number % 3]}-K{CLASSES[number // 3 % 3]}"


def _columns(rng: np.random.Generator, number: int) -> np.ndarray:
    """Eight to 24 rows of small integers or indicators, one to four columns; every fifth time one twice."""
    n, p = int(rng.integers(8, 25)), int(rng.integers(1, 5))
    top = int(rng.choice([1, 2, 4, 50]))
    X = rng.integers(-top, top + 1, size=(n, p))
    X = np.where(rng.random(p) < 0.3, X > 0, X)
    if number % 5 == 0:
        X = np.insert(X, int(rng.integers(0, p + 1)), X[:, int(rng.integers(0, p))], axis=1)
    return X


def _predictors(rng: np.random.Generator, Z: np.ndarray, n_classes: int) -> np.ndarray:
    """Integer linear predictors (n, K), sometimes the same for all classes but one."""
    D = rng.integers(-2, 3, size=(Z.shape[1], n_classes))
    if n_classes > 2 and rng.random() < 0.3:
        D[:, 1:] = D[:, [1]]
    return Z @ D


def _complete(rng, X, Z, n_classes):
    eta = _predictors(rng, Z, n_classes)
    alone = (eta == eta.max(axis=1, keepdims=True)).sum(axis=1) == 1
    return X[alone], eta[alone].argmax(axis=1)


def _quasi(rng, X, Z, n_classes):
    eta = _predictors(rng, Z, n_classes)
    rows, y = np.nonzero(eta == eta.max(axis=1, keepdims=True))
    some_tie, some_margin = len(rows) > len(X), bool((eta != eta.max(axis=1, keepdims=True)).any())
    return (X[rows], y) if some_tie and some_margin else (X[:0], y[:0])


def _none(rng, X, Z, n_classes):
    rank = np.linalg.matrix_rank(Z)
    size = next(m for m in range(1, len(Z) + 1) if np.linalg.matrix_rank(Z[:m]) == rank)
    rows = np.append(np.repeat(np.arange(size), n_classes), np.arange(size, len(X)))
    classes = np.append(np.tile(np.arange(n_classes), size), rng.integers(0, n_classes, size=len(X) - size))
    order = rng.permutation(len(rows))
    return X[rows[order]], classes[order]
