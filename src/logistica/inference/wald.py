"""The table of coefficients: estimates, standard errors, Wald tests and intervals (Wald 1943)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.records import Note
from logistica.fitting.separation.record import OPPOSITE
from logistica.inference import tails, validity
from logistica.inference.contrasts import Contrasts, Moments, class_code, contrasts_with, moments
from logistica.prediction.fitted import Fitted

Array = NDArray[np.float64]
Objects = NDArray[np.object_]

VOID = {"statistics-not-converged", "sampling-weights", "balanced-classes", "l1-penalty", "aliased-descent"}
"""Notes that leave no standard errors."""
INFINITE = {"+inf": np.inf, "-inf": -np.inf, "undetermined": np.nan}


@dataclass(frozen=True, eq=False)
class CoefficientTable:
    """One row for each coefficient; for K classes K - 1 blocks, one for each class against the reference.

    Attributes
    ----------
    term : array of str, shape (r,)
        "(Intercept)", if the model has one, then the columns.
    class_ : array, shape (r,)
        The class whose log-odds against the reference the coefficient changes.
    estimate : array, shape (r,)
        +-inf where the classes are separated; NaN where aliased or where the sign of an infinite one is not determined.
    std_error, z, p_value, log_p_value : arrays, shape (r,)
        Of the test that the coefficient is zero, two-sided. The natural logarithm of the p-value is exact also where
        the p-value itself is below 1e-308. NaN where they do not exist.
    lower, upper : arrays, shape (r,)
        The interval estimate -+ quantile * std_error.
    odds_ratio : array, shape (r,)
        exp(estimate); inf or 0 for infinite estimates and where it is beyond float64.
    state : array of str, shape (r,)
        "finite", "+inf", "-inf", "undetermined" or "aliased".
    level : float
        Of the intervals.
    reference : label
        The class that the others are compared with.
    notes : tuple of Note
        Why numbers are missing.
    """

    term: Objects
    class_: NDArray[np.generic]
    estimate: Array
    std_error: Array
    z: Array
    p_value: Array
    log_p_value: Array
    lower: Array
    upper: Array
    odds_ratio: Array
    state: Objects
    level: float
    reference: object
    notes: tuple[Note, ...]


def coefficient_table(fitted: Fitted, level: float = 0.95, reference: object = None) -> CoefficientTable:
    """Return the table of coefficients.

    Parameters
    ----------
    fitted : Fitted
        A finished fit with its recipe and labels.
    level : float, default 0.95
        Of the intervals, between 0 and 1.
    reference : label, optional
        The class that the others are compared with; default the first.

    Raises
    ------
    OptionError
        For a level outside (0, 1) or a reference that is not a class.
    """
    tails.check_level(level)
    fit, labels = fitted.fit, fitted.labels
    code = class_code(labels, reference)
    contrasts = contrasts_with(fit.estimate.coordinates, len(labels.classes), code)
    state = _states(fitted, contrasts)
    found = moments(fit.estimate, contrasts)
    finite = state == "finite"
    estimate = _as_estimated(found.estimate, state)
    notes = _notes(fitted, found, finite)
    codes = {note.code for note in notes}
    std_error = np.where(finite, found.std_error, np.nan)
    if codes & VOID:
        std_error = np.full_like(std_error, np.nan)
    tested = np.isfinite(std_error) & ("penalised" not in codes)
    z = np.where(tested, found.ratio, np.nan)
    p_value, log_p_value = tails.two_sided(z)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        half = tails.half_width(level) * np.where(tested, std_error, np.nan)
        lower, upper, odds_ratio = estimate - half, estimate + half, np.exp(estimate)
    names = fit.names
    return CoefficientTable(
        term=np.array(names * len(contrasts.classes), dtype=object),
        class_=labels.decode(np.repeat(np.array(contrasts.classes, dtype=np.intp), len(names))),
        estimate=_flat(estimate),
        std_error=_flat(std_error),
        z=_flat(z),
        p_value=_flat(p_value),
        log_p_value=_flat(log_p_value),
        lower=_flat(lower),
        upper=_flat(upper),
        odds_ratio=_flat(odds_ratio),
        state=state.T.reshape(-1),
        level=float(level),
        reference=labels.classes.tolist()[code],
        notes=notes,
    )


def _states(fitted: Fitted, contrasts: Contrasts) -> Objects:
    """Return what kind of number each coefficient is, shape (q, t)."""
    fit = fitted.fit
    state = np.full((len(fit.estimate.free), len(contrasts.classes)), "finite", dtype=object)
    if fit.separation is not None and fit.separation.reached:
        code = {label: k for k, label in enumerate(fitted.labels.classes.tolist())}
        row = {name: j for j, name in enumerate(fit.names)}
        place = {k: t for t, k in enumerate(contrasts.classes)}
        for (name, one, other), sign in fit.separation.signs.items():
            if code[other] == contrasts.reference:
                state[row[name], place[code[one]]] = sign
            elif code[one] == contrasts.reference:
                state[row[name], place[code[other]]] = OPPOSITE[sign]
    state[~fit.estimate.free] = "aliased"
    return state


def _as_estimated(finite: Array, state: Objects) -> Array:
    estimate = np.where(state == "finite", finite, np.nan)
    for sign, value in INFINITE.items():
        estimate[state == sign] = value
    return estimate


def _notes(fitted: Fitted, found: Moments, finite: NDArray[np.bool_]) -> tuple[Note, ...]:
    """Return why numbers are missing; the first reason that covers them all, and the penalty."""
    fit = fitted.fit
    nothing = validity.about_convergence(fit) or validity.about_standard_errors(fit)
    gaps = None if nothing else _about_gaps(finite & np.isnan(found.std_error))
    return tuple(note for note in (nothing, gaps, validity.about_penalty(fit)) if note is not None)


def _about_gaps(missing: NDArray[np.bool_]) -> Note | None:
    count = int(np.count_nonzero(missing))
    if not count:
        return None
    return Note(
        "cancelled",
        f"{count} of {missing.size} standard errors are not given: rounding leaves them no digits, because these"
        " coefficients are far better determined than those of which they are combinations. Move the columns' origins"
        " closer to their values, or choose another reference.",
    )


def _flat(table: Array) -> Array:
    """Return the blocks of a (q, t) table one after the other."""
    return np.ascontiguousarray(table.T).reshape(-1)
