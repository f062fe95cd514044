"""Separation of integer designs, decided in exact arithmetic.

A direction d gives every class k a column d_k of coefficients, d_0 = 0 for the reference class. It recedes if
no row's log-likelihood falls along it: z_i'(d_{y_i} - d_k) >= 0 for every row i and every other class k. Such
directions form a cone; the design is separated if the cone holds anything but zero. All that is asked here is
asked of the cone, and each question is one call of :func:`improving_ray`.

Tableaux hold Python integers over one common denominator (Edmonds' fraction-free pivoting), and Bland's rule
chooses the pivots, so that every answer is exact and every search ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import gcd, lcm

import numpy as np

FINITE, PLUS, MINUS, UNDETERMINED = "finite", "+inf", "-inf", "undetermined"


@dataclass(frozen=True)
class ExactSeparation:
    """The truth about one design.

    Attributes
    ----------
    verdict : "none", "quasi" or "complete"
    kept : columns of Z that are not aliased, in order
    pairs : bool array (n, K); True where some receding direction has a positive margin of row i over class k
    signs : dict (column of Z, a, b) -> FINITE, PLUS, MINUS or UNDETERMINED, for kept columns and
        the contrasts of class a with class b < a
    """

    verdict: str
    kept: tuple[int, ...]
    pairs: np.ndarray
    signs: dict[tuple[int, int, int], str]
    codes: tuple[int, ...]

    @property
    def affected(self) -> tuple[int, ...]:
        """Columns of Z with a contrast that is not finite."""
        return tuple(j for j in self.kept if any(s != FINITE for (c, *_), s in self.signs.items() if c == j))

    @property
    def rows_touched(self) -> int:
        """Rows separated from at least one other class."""
        return int(self.pairs.any(axis=1).sum())

    @property
    def rows_settled(self) -> int:
        """Rows separated from every other class: their probability tends to 1."""
        n_classes = self.pairs.shape[1]
        return int((self.pairs.sum(axis=1) == n_classes - 1).sum())

    def allowed(self) -> np.ndarray:
        """Bool array (n, K): the classes that keep a positive probability in the limit."""
        return ~self.pairs


def exact_separation(
    Z: Sequence[Sequence[int]], codes: Sequence[int], kept: Sequence[int] | None = None
) -> ExactSeparation:
    """Decide separation of the integers Z (n, q), any intercept column included; class codes are 0 .. K-1.

    ``kept`` names columns that span all others; by default :func:`independent_columns`.
    """
    Z = _integers(Z)
    codes = tuple(int(code) for code in codes)
    n_classes = max(codes) + 1
    kept = independent_columns(Z) if kept is None else list(kept)
    owners, margins = _margins(Z[:, kept], codes, n_classes)
    separable = _separable(margins)

    pairs = np.zeros((len(codes), n_classes), dtype=bool)
    for owner, yes in zip(owners, separable, strict=True):
        for row, other in owner:
            pairs[row, other] = yes
    verdict = "none" if not separable.any() else "complete" if separable.all() else "quasi"
    signs = _signs(margins, separable, kept, n_classes)
    return ExactSeparation(verdict, tuple(kept), pairs, signs, codes)


def independent_columns(Z: np.ndarray) -> list[int]:
    """Columns that are no combination of earlier ones."""
    rows = [[Fraction(int(value)) for value in row] for row in Z]
    kept: list[int] = []
    for column in range(Z.shape[1]):
        pivot = next((i for i in range(len(kept), len(rows)) if rows[i][column]), None)
        if pivot is None:
            continue
        top = len(kept)
        rows[top], rows[pivot] = rows[pivot], rows[top]
        for row in rows[top + 1 :]:
            if row[column]:
                factor = row[column] / rows[top][column]
                row[:] = [a - factor * b for a, b in zip(row, rows[top], strict=True)]
        kept.append(column)
    return kept


def improving_ray(G: np.ndarray, objective: np.ndarray) -> np.ndarray | None:
    """An integer u with G u >= 0 and objective'u > 0, or None if there is none.

    ``G`` (r, m) must have full column rank. This is the simplex method on a cone, whose only vertex is the
    origin: the search either ends in a ray along which the objective grows or proves it nowhere positive.
    """
    n_rows, n_vars = G.shape
    if not objective.any():
        return None
    # Rows: slacks, then the free variables u, then the objective; each is (row . nonbasic) / denominator.
    table = np.vstack([G, np.eye(n_vars, dtype=int).astype(object), objective[None, :]])
    free = range(n_rows, n_rows + n_vars)
    basic: list[int] = list(range(n_rows + n_vars))
    nonbasic: list[int] = [-1] * n_vars
    denominator = 1
    for column in range(n_vars):
        row = next(i for i in range(n_rows) if basic[i] < n_rows and basic[i] >= 0 and table[i, column])
        table, denominator = _pivot(table, denominator, row, column)
        nonbasic[column], basic[row] = basic[row], -1
    slacks = [i for i in range(n_rows) if basic[i] >= 0]
    while True:
        entering = [(nonbasic[j], j) for j in range(n_vars) if table[-1, j] > 0]
        if not entering:
            return None
        column = min(entering)[1]
        leaving = [(basic[i], i) for i in slacks if table[i, column] < 0]
        if not leaving:
            return _primitive(table[list(free), column])
        row = min(leaving)[1]
        table, denominator = _pivot(table, denominator, row, column)
        nonbasic[column], basic[row] = basic[row], nonbasic[column]


def _pivot(table: np.ndarray, denominator: int, row: int, column: int) -> tuple[np.ndarray, int]:
    """Exchange the basic variable of ``row`` with the nonbasic one of ``column``."""
    pivot = table[row, column]
    left, top = table[:, column].copy(), table[row].copy()
    table = (table * pivot - np.outer(left, top)) // denominator
    table[:, column] = left
    table[row] = -top
    table[row, column] = denominator
    return (table, pivot) if pivot > 0 else (-table, -pivot)


def _integers(values: Sequence[Sequence[int]]) -> np.ndarray:
    out = np.array([[int(value) for value in row] for row in values], dtype=object)
    if not np.array_equal(out, np.asarray(values, dtype=object)):
        raise ValueError("the exact test needs a design of integers")
    return out


def _margins(Z: np.ndarray, codes: Sequence[int], n_classes: int) -> tuple[list[list[tuple[int, int]]], np.ndarray]:
    """The (row, class) pairs of each distinct margin; the margins as rows over the q (K-1) coefficients."""
    q = Z.shape[1]
    owners: dict[tuple[int, ...], list[tuple[int, int]]] = {}
    for i, (z, own) in enumerate(zip(Z, codes, strict=True)):
        for other in range(n_classes):
            if other == own:
                continue
            margin = np.zeros((n_classes, q), dtype=object)
            margin[own] += z
            margin[other] -= z
            owners.setdefault(tuple(margin[1:].ravel()), []).append((i, other))
    return list(owners.values()), np.array(list(owners), dtype=object)


def _separable(margins: np.ndarray) -> np.ndarray:
    """Which margins are positive along some receding direction."""
    separable = np.zeros(len(margins), dtype=bool)
    while not separable.all():
        ray = improving_ray(margins, margins[~separable].sum(axis=0))
        if ray is None:
            break
        separable |= (margins @ ray) > 0
    return separable


def _signs(
    margins: np.ndarray, separable: np.ndarray, kept: Sequence[int], n_classes: int
) -> dict[tuple[int, int, int], str]:
    names, contrasts = _contrasts(kept, n_classes)
    if not separable.any():
        return dict.fromkeys(names, FINITE)
    # All receding directions lie where the other margins vanish; d = basis @ u there.
    basis = _null_space(margins[~separable], margins.shape[1])
    G, goals = margins[separable] @ basis, contrasts @ basis
    seen = np.zeros((len(names), 2), dtype=bool)
    for i, goal in enumerate(goals):
        for side, sign in enumerate((1, -1)):
            if seen[i, side]:
                continue
            ray = improving_ray(G, sign * goal)
            if ray is not None:
                values = goals @ ray
                seen[:, 0] |= values > 0
                seen[:, 1] |= values < 0
    words = {(False, False): FINITE, (True, False): PLUS, (False, True): MINUS, (True, True): UNDETERMINED}
    return {name: words[bool(up), bool(down)] for name, (up, down) in zip(names, seen, strict=True)}


def _contrasts(kept: Sequence[int], n_classes: int) -> tuple[list[tuple[int, int, int]], np.ndarray]:
    """Names (column, a, b) of all coefficients, and each as a row over the q (K-1) contrasts with class 0."""
    names, rows = [], []
    for a in range(n_classes):
        for b in range(a):
            for place, column in enumerate(kept):
                row = np.zeros((n_classes, len(kept)), dtype=object)
                row[a, place], row[b, place] = 1, -1
                names.append((column, a, b))
                rows.append(row[1:].ravel())
    return names, np.array(rows, dtype=object)


def _null_space(rows: np.ndarray, n_vars: int) -> np.ndarray:
    """Integer basis, shape (n_vars, dimension), of the vectors orthogonal to all rows."""
    work = [[Fraction(int(value)) for value in row] for row in rows]
    pivots: list[int] = []
    for column in range(n_vars):
        found = next((i for i in range(len(pivots), len(work)) if work[i][column]), None)
        if found is None:
            continue
        top = len(pivots)
        work[top], work[found] = work[found], work[top]
        work[top] = [value / work[top][column] for value in work[top]]
        for i, row in enumerate(work):
            if i != top and row[column]:
                factor = row[column]
                work[i] = [a - factor * b for a, b in zip(row, work[top], strict=True)]
        pivots.append(column)
    basis = []
    for free in (j for j in range(n_vars) if j not in pivots):
        vector = [Fraction(0)] * n_vars
        vector[free] = Fraction(1)
        for row, pivot in zip(work, pivots, strict=False):
            vector[pivot] = -row[free]
        scale = lcm(*(value.denominator for value in vector))
        basis.append([int(value * scale) for value in vector])
    return np.array(basis, dtype=object).T


def _primitive(vector: np.ndarray) -> np.ndarray:
    divisor = gcd(*(int(value) for value in vector)) or 1
    return vector // divisor
