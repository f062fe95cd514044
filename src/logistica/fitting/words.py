"""What a fit found out about its columns, in the user's names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.data.dataset import Dataset
from logistica.fitting.rank import Rank
from logistica.fitting.record import with_intercept
from logistica.fitting.separation import Limit, Separation, SingleColumn
from logistica.objective import Coordinates, Objective

Array = NDArray[np.float64]


def separation_in_words(
    dataset: Dataset, objective: Objective, limit: Limit, distance: float, log_likelihood: float
) -> Separation:
    """Put the limit into the user's words."""
    classes = dataset.labels.classes.tolist()
    terms = dataset.recipe.terms
    intercept = int(objective.coordinates.intercept)
    names = with_intercept(terms, objective.coordinates.intercept)
    affected = np.array([any(sign is not None for sign in row.flat) for row in limit.contrasts], dtype=bool)
    signs = {
        (names[j], classes[a], classes[b]): str(limit.contrasts[j, a, b])
        for j in np.flatnonzero(affected)
        for a in range(len(classes))
        for b in range(a)
        if limit.contrasts[j, a, b] is not None
    }
    alone = [found for found in limit.alone if affected[found.column + intercept]]
    return Separation(
        verdict="complete" if limit.complete else "quasi",
        n_rows=limit.n_rows,
        columns=tuple(name for name, is_affected in zip(names, affected, strict=True) if is_affected),
        signs=signs,
        single_columns=tuple(
            SingleColumn(terms[f.column], classes[f.code], f.side, f.threshold, f.n_rows, f.complete) for f in alone
        ),
        direction=objective.coordinates.to_plain(limit.direction),
        canonical=limit.canonical,
        distance=distance,
        log_likelihood=log_likelihood,
    )


def aliases_in_words(rank: Rank, terms: tuple[str, ...], coordinates: Coordinates) -> dict[str, tuple[str, ...]]:
    """Name what each aliased column is a combination of, in the user's columns."""
    names = with_intercept(terms, coordinates.intercept)
    aliases = {}
    for j, combination in rank.combinations.items():
        shares = combination.copy()
        if coordinates.intercept:
            shares[0] = _constant_part(combination, j, coordinates)
        partners = np.flatnonzero(np.abs(shares) > 1e-6 * max(np.max(np.abs(combination)), 1e-300))
        aliases[names[j]] = tuple(names[i] for i in partners)
    return aliases


def _constant_part(combination: Array, j: int, coordinates: Coordinates) -> float:
    """Return what the intercept contributes to column j of the user's, in units of z_j; 0 if only rounding."""
    centre = coordinates.centre * coordinates.scale
    parts = np.concatenate([[combination[0], centre[j - 1]], -combination[1:] * centre])
    constant = float(parts.sum())
    return constant if abs(constant) > 1e-9 * np.max(np.abs(parts)) else 0.0
