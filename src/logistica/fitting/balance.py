"""Classes of unequal size made equal in weight or in number, and the prevalence that this distorts.

Weighting and resampling change what the model is fitted to: its probabilities are then those of a population with other
shares of the classes. For the logit only the intercepts are off (Prentice and Pyke 1979, Biometrika 66; King and Zeng
2001, Political Analysis 9, section 4.1), so that they alone need to be found again on the rows as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataWarning, OptionError
from logistica.core.random import Purpose, generator
from logistica.core.records import Note, frozen
from logistica.core.wording import first_of, listed
from logistica.data.columns import level_text
from logistica.data.labels import Labels
from logistica.data.source import Block, MemorySource
from logistica.engines.base import Workspace
from logistica.fitting.class_balance import ClassBalance
from logistica.fitting.intercepts import intercept_shift
from logistica.fitting.record import Balance, Estimate
from logistica.objective.linear import linear
from logistica.objective.objective import Objective, eta

Array = NDArray[np.float64]


@frozen
class Balanced:
    """Rows with balanced classes.

    Attributes
    ----------
    source : MemorySource
    multipliers : array, shape (K,)
        What the weight, or the number, of each class's rows was multiplied by.
    """

    source: MemorySource
    multipliers: Array


def balanced(
    source: MemorySource, balance: ClassBalance, labels: Labels, weight_kind: str, random_state: int
) -> Balanced:
    """Weight or resample the classes of a source."""
    K = len(labels.classes)
    if not balance.active:
        return Balanced(source, np.ones(K))
    before = np.bincount(source.y, source.weights, minlength=K).astype(np.float64)
    if balance.resample is not None:
        source = _resampled(source, balance.resample, weight_kind, K, random_state)
    elif balance.class_weight is not None:
        multipliers = _multipliers(balance.class_weight, labels, before)
        weights = np.ones(source.n_rows) if source.weights is None else source.weights
        with np.errstate(over="ignore"):
            source = replace(source, weights=weights * multipliers[source.y])
    after = np.bincount(source.y, source.weights, minlength=K)
    with np.errstate(over="ignore", invalid="ignore"):
        return Balanced(source, after / before)


def _multipliers(class_weight: Mapping[Any, float] | str, labels: Labels, before: Array) -> Array:
    classes = labels.classes.tolist()
    if isinstance(class_weight, str):
        with np.errstate(over="ignore", invalid="ignore"):
            return np.asarray(before.sum() / (len(classes) * before))
    written = {text: label for label in classes for text in (str(label), level_text(label))}
    multipliers = dict.fromkeys(classes, 1.0)
    named = set()
    for given, weight in class_weight.items():
        label = given if given in multipliers else written.get(given)
        if label is None:
            raise OptionError(
                f"class_weight= names {given!r}, which is none of the classes, {listed(classes, 10)}. Use them as they"
                " are in the data"
            )
        if label in named:
            raise OptionError(f"class_weight= names the class {label!r} twice. Give it one weight")
        named.add(label)
        multipliers[label] = float(weight)
    return np.array([multipliers[label] for label in classes])


def _resampled(source: MemorySource, how: str, weight_kind: str, K: int, random_state: int) -> MemorySource:
    """Return rows each of which stands for as many as were drawn of it; a frequency counts as so many rows."""
    rng = generator(random_state, Purpose.SAMPLING)
    by_count = weight_kind == "frequency" and source.weights is not None
    counts = np.ones(source.n_rows, dtype=np.int64)
    if by_count and source.weights is not None:
        counts = np.rint(source.weights).astype(np.int64)
    sizes = np.bincount(source.y, counts, minlength=K).astype(np.int64)
    goal = int(sizes.max() if how == "over" else sizes.min())
    drawn = np.empty_like(counts)
    for code in range(K):
        rows = np.flatnonzero(source.y == code)
        whole, rest = divmod(goal, int(sizes[code]))
        drawn[rows] = whole * counts[rows] + rng.multivariate_hypergeometric(counts[rows], rest, method="marginals")
    weights = drawn.astype(np.float64) if by_count or source.weights is None else source.weights * drawn
    keep = np.flatnonzero(drawn)
    if len(keep) == source.n_rows:
        return replace(source, weights=weights)
    left = source.choose(keep)
    return replace(left, weights=weights[keep] if how == "over" or source.weights is not None else None)


def settled(
    objective: Objective, estimate: Estimate, balance: ClassBalance, multipliers: Array
) -> tuple[Estimate, Balance]:
    """Compare the predicted with the observed shares, and bring the intercepts back if that is asked for.

    Parameters
    ----------
    objective : Objective
        Of the rows as they are, in the estimate's coordinates.
    """
    coordinates = objective.coordinates
    observed = _shares(objective)
    fitted = _mean_proba(objective, estimate.theta)
    restored = False
    if balance.restore_prevalence:
        shift = intercept_shift(objective, estimate.theta)
        if shift is not None:
            own = shift if coordinates.reference is None else shift - shift[coordinates.reference]
            theta, finite = estimate.theta.copy(), estimate.finite.copy()
            for part in (theta, finite):
                part[0] += own[list(coordinates.free_outputs)]
            estimate = replace(estimate, theta=theta, finite=finite)
            restored = True
    return estimate, Balance(multipliers, balance.resample, observed, fitted, restored)


def unsettled(source: MemorySource, balance: ClassBalance, multipliers: Array) -> Balance:
    """Return what is known without a sweep, where there was no time for one; ``source`` are the rows as they are."""
    weight = np.bincount(source.y, source.weights, minlength=len(multipliers))
    return Balance(multipliers, balance.resample, weight / weight.sum(), None, restored=False)


def _shares(objective: Objective) -> Array:
    def kernel(block: Block, workspace: Workspace) -> Array:
        return np.bincount(block.y, block.weights, minlength=objective.loss.n_classes).astype(np.float64)

    return np.asarray(objective.engine.sum(kernel, objective.source, 1) / objective.total_weight)


def _mean_proba(objective: Objective, theta: Array) -> Array:
    """Return the mean predicted probability of each class, shape (K,)."""
    full = objective.coordinates.outputs(theta)

    def kernel(block: Block, workspace: Workspace) -> Array:
        proba = objective.loss.proba(eta(linear(objective.coordinates, block, workspace), full, block))
        return np.asarray(proba.sum(axis=0) if block.weights is None else block.weights @ proba)

    return np.asarray(objective.engine.sum(kernel, objective.source, objective.linear_width) / objective.total_weight)


def about_balance(balance: Balance | None, wanted: ClassBalance, labels: Labels) -> Note | None:
    """State fitted against observed prevalence."""
    if balance is None:
        return None
    how = f"{balance.resample}-sampled" if balance.resample else "weighted"
    if balance.fitted is None:
        text = f"The classes are {how}; interrupted before it was known what that does to the predicted probabilities"
        if wanted.restore_prevalence:
            return Note("prevalence-not-restored", f"{text}, and before it was undone.", DataWarning)
        return Note("class-balance", f"{text}.")
    parts = [
        f"{fitted:.4g} for {label!r} instead of {observed:.4g}"
        for label, fitted, observed in zip(labels.classes.tolist(), balance.fitted, balance.observed, strict=True)
    ]
    text = f"The classes are {how}; the mean predicted probability became {first_of(parts, 'label')}."
    if balance.restored:
        return Note(
            "prevalence-restored",
            f"{text} The intercepts were then brought back to the observed shares;"
            " what is certified is the fit before that.",
        )
    if wanted.restore_prevalence:
        return Note("prevalence-not-restored", f"{text} No finite intercepts bring the shares back.", DataWarning)
    return Note("class-balance", f"{text} restore_prevalence=True brings the intercepts back.")
