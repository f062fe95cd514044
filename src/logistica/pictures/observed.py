"""What was observed, as points beside a fitted probability: single rows, or shares of the classes among neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.wording import counted

Array = NDArray[np.float64]
Codes = NDArray[np.intp]

MOST_ROWS = 400
MOST_GROUPS = 20
ROWS_PER_GROUP = 10
FEW_VALUES = 12
MOST_VALUES, REPEATED = 25, 4
"""A column of no more values than that, each of them as often as that on average, has a share for each value."""
JITTER = 0.035
"""How far, in probability, a single row is moved away from 0 or 1 at most, so that equal rows can be told apart."""


@dataclass(frozen=True, eq=False)
class Points:
    """Observed points.

    Attributes
    ----------
    x : array, shape (b,)
    y : array, shape (b, K)
        The share of each class; of a single row 0 or 1, moved a little.
    size : float or array, shape (b,)
        Area in points; of groups it grows with their weight.
    single : bool
        Whether each point is one row.
    said : list of str
        What the points are, where that is not plain.
    """

    x: Array
    y: Array
    size: Array | float
    single: bool
    said: list[str]


def points_of_numbers(values: Array, truth: Codes, weights: Array, observations: Array, n_classes: int) -> Points:
    """Return the points of a column of numbers; all arrays have shape (t,).

    ``values`` are NaN where the column has none; ``observations`` are how many each row stands for.
    """
    known = np.isfinite(values)
    values, truth, weights, observations = values[known], truth[known], weights[known], observations[known]
    different, codes = np.unique(values, return_inverse=True)
    total = float(observations.sum())
    if len(different) <= MOST_VALUES and total >= REPEATED * len(different):
        return _shares(different, codes, truth, weights, n_classes, "Points: observed shares at each value.")
    alike = (weights == weights[:1]).all() and (observations == 1.0).all()
    if n_classes == 2 and len(values) <= MOST_ROWS and alike:
        return _rows(values, truth)
    own = _groups(codes, observations, total)[codes]
    middle = np.bincount(own, weights * values) / np.bincount(own, weights)
    size = total / len(middle)
    said = f"Points: observed shares in {counted(len(middle), 'group')} of about {size:,.0f} rows each."
    return _shares(middle, own, truth, weights, n_classes, said)


def _groups(codes: Codes, observations: Array, total: float) -> Codes:
    """Return the group of each different value: neighbours, with about equally many observations in each group."""
    count = np.bincount(codes, observations)
    groups = min(max(int(total) // ROWS_PER_GROUP, 1), MOST_GROUPS)
    share = (np.cumsum(count) - count / 2.0) / total
    _, group = np.unique((share * groups).astype(np.intp), return_inverse=True)
    return group


def points_of_levels(codes: Codes, truth: Codes, weights: Array, n_classes: int, n_levels: int) -> Points:
    """Return the points of a factor's levels, shape (t,), placed at 0, 1, ...; -1 is none."""
    known = (codes >= 0) & (codes < n_levels)
    place = np.arange(n_levels, dtype=np.float64)
    return _shares(place, codes[known], truth[known], weights[known], n_classes, "Hollow marks: observed shares.")


def told_apart(values: Array, seed: int) -> Array:
    """Return values, shape (n,), moved a little where many rows share few of them; NaN stays.

    By less than a sixth of the way to the next value, so that it stays plain which one is meant. Two columns take two
    seeds, lest they move together.
    """
    different = np.unique(values[np.isfinite(values)])
    if not 2 <= len(different) <= FEW_VALUES or len(values) < REPEATED * len(different):
        return values
    reach = np.diff(different).min() / 6.5
    return values + np.random.default_rng(seed).uniform(-reach, reach, len(values))


def _rows(values: Array, truth: Codes) -> Points:
    moved = np.random.default_rng(0).uniform(0.0, JITTER, len(values))
    one = np.where(truth == 1, 1.0 + moved, -moved)
    return Points(values, np.column_stack([1.0 - one, one]), 45.0, single=True, said=[])


def _shares(x: Array, group: Codes, truth: Codes, weights: Array, n_classes: int, said: str) -> Points:
    """Return the weighted share of every class in every group; a group without rows has no point."""
    table = np.zeros((len(x), n_classes))
    np.add.at(table, (group, truth), weights)
    total = table.sum(axis=1)
    there = total > 0.0
    size = 14.0 + 40.0 * total[there] / total.max()
    return Points(x[there], table[there] / total[there, None], size, single=False, said=[said])
