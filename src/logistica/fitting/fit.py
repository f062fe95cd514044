"""One fit from start to end: survey the columns, find the rank, solve, certify, and say what came out."""

from __future__ import annotations

import math
import os
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, OptionError, SeparationError
from logistica.core.records import Note
from logistica.core.threads import single_threaded_blas
from logistica.data.dataset import Dataset
from logistica.data.source import MemorySource
from logistica.engines import NumpyEngine
from logistica.fitting import notes as say
from logistica.fitting.columns import LARGEST, SMALLEST, Columns, survey
from logistica.fitting.null import null_log_likelihood
from logistica.fitting.options import FitOptions
from logistica.fitting.rank import Rank
from logistica.fitting.record import INTERCEPT, Estimate, Fit, FitRecord, Likelihoods, Rows, with_intercept
from logistica.fitting.separation import Limit, Separation, SingleColumn
from logistica.fitting.separation.single import single_columns
from logistica.fitting.solve import Solution, solve
from logistica.fitting.uncertainty import condition, output_covariances
from logistica.losses import Loss, loss_for
from logistica.objective import Coordinates, Objective
from logistica.penalties import Ridge
from logistica.solvers.certificate import Certificate, rescaled
from logistica.solvers.driver import Status
from logistica.solvers.history import HistoryRow, Watch

Array = NDArray[np.float64]


def fit(dataset: Dataset, options: FitOptions, watch: Watch | None = None) -> Fit:
    """Fit a logistic regression to ``dataset``. ``watch`` is called with each row of the history as it comes.

    Raises
    ------
    SeparationError
        Where no finite estimate exists and ``options.on_separation`` is "raise".
    """
    with single_threaded_blas():
        engine = NumpyEngine(options.threads)
        source, unit = _normalised(dataset)
        terms = dataset.recipe.terms
        if INTERCEPT in terms:
            raise DataError("the name is the intercept's", column=INTERCEPT, remedy="Rename the column")
        loss = loss_for(len(dataset.labels.classes))
        _check_memory(source.n_columns + int(options.fit_intercept), loss)
        columns = survey(engine, source, loss, terms, intercept=options.fit_intercept)
        _check_classes(columns, dataset)
        objective = Objective(loss, _penalty(columns, options, unit, terms), source, engine, columns.coordinates)
        telling = None if watch is None else partial(_tell, watch, unit)
        solution = _in_user_units(solve(objective, columns, _in_solver_units(options, unit), telling), options, unit)
        return _result(dataset, options, objective, columns, solution, unit)


def _normalised(dataset: Dataset) -> tuple[MemorySource, float]:
    """Divide the weights by the power of two next to the largest, so that no sum can overflow."""
    source = dataset.source
    if source.weights is None:
        return source, 1.0
    largest = float(source.weights.max())
    unit = math.ldexp(1.0, math.frexp(largest)[1] - 1)
    weights = source.weights if unit == 1.0 else source.weights / unit
    if not (largest > SMALLEST and float(weights.sum()) < LARGEST / unit):
        raise DataError(
            f"the weights, {float(source.weights.min()):.3g} to {largest:.3g}, are too close to the limits of floating"
            " point to add up",
            column=dataset.weights_name or "weights",
            remedy="Multiply them all by one number that brings them near 1",
        )
    return replace(source, weights=weights), unit


def _in_solver_units(options: FitOptions, unit: float) -> FitOptions:
    """Carry the tolerance over, never to a looser one: dividing weights by ``unit`` enlarges standard errors."""
    if unit <= 1.0:
        return options
    return replace(options, tol=options.tol / max(math.sqrt(unit), 1.0))


def _in_user_units(solution: Solution, options: FitOptions, unit: float) -> Solution:
    """Carry the history back; the rounding floor may by then lie above the tolerance that was asked for."""
    if unit == 1.0:
        return solution
    history = tuple(_row_in_user_units(row, unit) for row in solution.history)
    met = history[-1].bound <= options.tol
    status = Status.ROUNDING if solution.status is Status.CONVERGED and not met else solution.status
    return replace(solution, history=history, status=status)


def _row_in_user_units(row: HistoryRow, unit: float) -> HistoryRow:
    root = math.sqrt(unit)
    return replace(row, decrement=row.decrement * root, bound=row.bound * root)


def _tell(watch: Watch, unit: float, row: HistoryRow) -> None:
    watch(_row_in_user_units(row, unit))


def _check_memory(q: int, loss: Loss) -> None:
    """Refuse a problem whose Hessian is beyond the machine, before anything is allocated."""
    parameters = q * (loss.n_outputs - loss.invariant)
    needed = 8 * (2 * q**2 + 4 * parameters**2)
    there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if needed > there:
        raise OptionError(
            f"the Newton solver needs matrices of {parameters:,} x {parameters:,} numbers, about"
            f" {needed / 2**30:,.0f} GiB, for {q:,} columns and {loss.n_classes} classes; this machine has"
            f" {there / 2**30:,.0f} GiB. Leave out columns that are rarely used, or merge levels or classes"
        )


def _check_classes(columns: Columns, dataset: Dataset) -> None:
    """Refuse a class whose weights vanish beside the largest."""
    for k in np.flatnonzero(columns.class_weight == 0.0):
        raise DataError(
            f"the weights of class {dataset.labels.classes.tolist()[k]!r} are so much smaller than the largest that"
            " floating point loses them",
            column=dataset.weights_name or "weights",
            remedy="Give the class larger weights, or leave it out",
        )


def _penalty(columns: Columns, options: FitOptions, unit: float, terms: tuple[str, ...]) -> Ridge | None:
    """Carry the penalty on the user's (or the standardised) columns over to the solver's coordinates."""
    if not options.penalised:
        return None
    deviation = np.where(columns.deviation > 0, columns.deviation, 1.0)  # a constant column is shrunk to 0 all the same
    factor = columns.coordinates.scale * (deviation if options.standardize else 1.0)
    with np.errstate(over="ignore", under="ignore"):
        strength = factor**2 / options.C / unit
    bad = np.flatnonzero(~np.isfinite(strength))
    if len(bad):
        raise OptionError(
            f"the penalty (C={options.C:g}) on column {terms[bad[0]]!r}, whose values are of the order of"
            f" {1 / columns.coordinates.scale[bad[0]]:.1g}, is too large to compute with."
            " Use standardize=True, or rescale the column"
        )
    intercept = np.zeros(int(columns.coordinates.intercept))
    return Ridge(np.concatenate([intercept, strength]), columns.coordinates.metric)


def _result(
    dataset: Dataset,
    options: FitOptions,
    objective: Objective,
    columns: Columns,
    solution: Solution,
    unit: float,
) -> Fit:
    terms = dataset.recipe.terms
    state, limit = solution.state, solution.limit
    fitted = 0.0 - state.at.loss * unit
    coordinates = solution.newton.objective.coordinates
    finite = theta = coordinates.to_plain(state.theta)
    separation = None
    if limit is not None:
        distance = limit.distance(state.theta, columns.class_weight.sum() * unit)
        theta = coordinates.to_plain(state.theta + distance * limit.direction)
        separation = _separation(dataset, solution.newton.objective, limit, distance, fitted)
        if options.on_separation == "raise":
            raise SeparationError(say.separated(separation), separation)
    factor = state.factor
    covariance = own = None
    ill = math.inf
    if factor is not None:
        free, inverse = solution.newton.free, solution.newton.inverse(factor)
        own = output_covariances(coordinates, factor, free, inverse) / unit
        inverse = coordinates.covariance_to_plain(inverse)
        ill = condition(coordinates, state.at.hessian, factor, free, inverse)
        covariance = inverse / unit
    estimate = Estimate(coordinates.plain(), theta, finite, covariance, solution.rank.free, own)
    groups = dataset.groups
    likelihoods = Likelihoods(
        fitted,
        null_log_likelihood(objective, columns) * unit,
        state.at.value * unit,
        0.0 if groups is None else groups.constant,
        0.0 if groups is None else groups.saturated,
    )
    rows = Rows(
        dataset.n_rows_read,
        dataset.source.n_rows if groups is None else groups.n_rows,
        dataset.n_rows_dropped,
        dataset.n_rows_weight_zero,
        float(columns.class_weight.sum() * unit),
        columns.class_weight * unit,
        np.bincount(dataset.source.y, minlength=len(dataset.labels.classes)) if groups is None else groups.class_count,
        dataset.weight_kind,
        dataset.weights_given,
        groups is not None,
    )
    aliases = _aliases(solution.rank, terms, columns.coordinates)
    certificate = rescaled(state.certificate, math.sqrt(unit))
    notes = dataset.notes + _notes(dataset, options, columns, solution, aliases, ill, separation, rows, certificate)
    record = FitRecord(
        solution.status,
        say.ending(solution.status, certificate, options, separation),
        certificate,
        solution.history[-1].iteration,
        objective.engine.sweeps,
        solution.history,
        notes,
    )
    return Fit(terms, options, estimate, record, likelihoods, rows, aliases, ill, separation)


def _separation(
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
    alone = single_columns(objective, np.flatnonzero(affected[intercept:]))
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


def _aliases(rank: Rank, terms: tuple[str, ...], coordinates: Coordinates) -> dict[str, tuple[str, ...]]:
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


def _notes(
    dataset: Dataset,
    options: FitOptions,
    columns: Columns,
    solution: Solution,
    aliases: dict[str, tuple[str, ...]],
    ill: float,
    separation: Separation | None,
    rows: Rows,
    certificate: Certificate,
) -> tuple[Note, ...]:
    classes = dataset.labels.classes
    asked = (
        say.about_separation(separation),
        say.about_ending(solution.status, certificate, options),
        say.about_aliases(aliases, options.fit_intercept),
        say.about_condition(ill),
        say.about_events(rows, classes, len(dataset.recipe.terms) - len(aliases), options),
        say.about_scales(columns, options),
    )
    return tuple(note for note in asked if note is not None)
