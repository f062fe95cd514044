"""Whether the parts of a model agree with one another, as those of every fit do.

A checksum finds damage, and the schema finds fields of the wrong kind; whoever makes a file on purpose passes both.
Here the relations are asked for that no fit breaks: nothing contradicts anything else, and no number is so large that
rows like those of the fit, or a row of zeros, would overflow. What passes is a model that predicts and prints.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import ModelFileError
from logistica.data.response import is_response
from logistica.fitting.record import INTERCEPT, Estimate, Fit, Rows
from logistica.fitting.separation.record import Separation
from logistica.objective.coordinates import Coordinates
from logistica.prediction.fitted import Fitted
from logistica.solvers.driver import Status

Array = NDArray[np.float64]

REMEDY = "Fit and save the model again"
SMALLEST_SCALE, LARGEST_SCALE = 2.0**-1020, 2.0**1020
ROOM = 2.0**10
"""Rows this many times as far from the centre as those of the fit usually are must not overflow either."""
ROUNDING = 1e-9
"""Relative rounding of sums that a fit and this module take in different orders."""
LOOSE = 1e-6
"""The same where large terms may have cancelled."""
SEPARATED = {Status.COMPLETE: "complete", Status.QUASI: "quasi"}


def check(fitted: Fitted, place: str) -> None:
    """Raise ModelFileError at the first contradiction; ``place`` starts its message."""
    for problem in _contradictions(fitted):
        raise ModelFileError(f"{place} contradicts itself: {problem}. {REMEDY}.")


def _contradictions(fitted: Fitted) -> Iterator[str]:
    fit = fitted.fit
    yield from _in_names(fitted)
    yield from _in_ending(fit)
    yield from _in_coordinates(fit.estimate.coordinates)
    yield from _in_estimate(fit)
    yield from _in_aliases(fit)
    yield from _in_rows(fit.rows)
    yield from _in_likelihoods(fit)
    if fit.separation is not None:
        yield from _in_separation(fitted, fit.separation)


def _in_names(fitted: Fitted) -> Iterator[str]:
    if fitted.recipe.factors and fitted.recipe.kind != "table":
        yield "only tables have factors"
    names = fitted.recipe.names or ()
    K = len(fitted.labels.classes)
    if len(set(fitted.fit.names)) < len(fitted.fit.names) or INTERCEPT in fitted.recipe.terms:
        yield "two terms have the same name"
    by_formula = fitted.recipe.formula is not None
    if not by_formula and not set(names).isdisjoint({fitted.weights_name, *fitted.offset_names}):
        yield "the column of the weights or the offset is one of the model's own"
    if fitted.response is not None and not is_response(fitted.response, counts=fitted.fit.rows.grouped):
        yield "its response is no counts of classes, or no comparison"
    if fitted.weights_name is not None and not fitted.fit.rows.weighted:
        yield "the weights have a name, but there are none"
    if len(fitted.offset_names) not in {0, 1 if K == 2 else K} or (fitted.offset_names and not fitted.has_offset):
        yield "the number of its offsets does not suit its classes"


def _in_coordinates(coordinates: Coordinates) -> Iterator[str]:
    centre, scale = coordinates.centre, coordinates.scale
    if not ((np.frexp(scale)[0] == 0.5) & (scale >= SMALLEST_SCALE) & (scale <= LARGEST_SCALE)).all():
        yield "a column's scale is no power of two"
    if not coordinates.intercept and centre.any():
        yield "columns are centred, but there is no intercept"


def _in_estimate(fit: Fit) -> Iterator[str]:
    estimate, held = fit.estimate, ~fit.estimate.free
    if fit.options.penalised and held.any():
        yield "a penalised column is aliased"
    if any(part[held].any() for part in _tables(fit)):
        yield "an aliased column has a coefficient"
    if not all(_fits(part, estimate.coordinates) for part in _tables(fit)):
        yield "its coefficients are so large that predictions overflow"
    elif not _is_limit(fit):
        yield "predictions do not use the estimate, or not its limit where the classes are separated"
    yield from _in_uncertainty(estimate, held)


def _tables(fit: Fit) -> tuple[Array, ...]:
    """Return what has a row for each coefficient, shape (q, m)."""
    tables = (fit.estimate.theta, fit.estimate.finite)
    return tables if fit.separation is None else (*tables, fit.separation.direction)


def _fits(theta: Array, coordinates: Coordinates) -> bool:
    """Say whether coefficients, and the predictors of ordinary rows, stay within float64."""
    k = int(coordinates.intercept)
    with np.errstate(over="ignore", invalid="ignore"):
        coef, intercept = coordinates.to_user(theta)
        size = np.abs(coordinates.outputs(theta))
        reach = np.concatenate([np.ones(k), 1.0 + np.abs(coordinates.centre) * coordinates.scale])
        largest = ROOM * (reach @ size)
    return bool(all(np.isfinite(part).all() for part in (coef, intercept, largest)))


def _is_limit(fit: Fit) -> bool:
    """Say whether theta is the estimate; for separated classes, as far along the direction as is recorded."""
    estimate, separation = fit.estimate, fit.separation
    if separation is None:
        return np.array_equal(estimate.theta, estimate.finite)
    with np.errstate(over="ignore", invalid="ignore"):
        away = estimate.finite + separation.distance * separation.direction
        size = max(float(np.abs(part).max(initial=0.0)) for part in (estimate.theta, estimate.finite, away))
        return bool((np.abs(estimate.theta - away) <= LOOSE * size).all())


def _in_uncertainty(estimate: Estimate, held: NDArray[np.bool_]) -> Iterator[str]:
    own = estimate.covariances.outputs
    if own is not None and np.any(own[held] != 0.0):
        yield "an aliased column has a standard error"
    for variance in _variances(estimate):
        if (variance < 0.0).any():
            yield "a variance is negative"


def _variances(estimate: Estimate) -> Iterator[Array]:
    known = estimate.covariances
    if known.parameters is not None:
        yield np.diagonal(known.parameters)
    if known.outputs is not None:
        yield np.einsum("jaa->ja", known.outputs)


def _in_aliases(fit: Fit) -> Iterator[str]:
    held = {name for name, free in zip(fit.names, fit.estimate.free, strict=True) if not free}
    if held != (set(fit.aliases) if fit.options.second_order else set()) or not set(fit.names).issuperset(fit.aliases):
        yield "the aliased terms are not those without a coefficient"
    estimated = set(fit.names) - set(fit.aliases)
    if any(not estimated.issuperset(partners) for partners in fit.aliases.values()):
        yield "a term is aliased on one that is not estimated"


def _in_rows(rows: Rows) -> Iterator[str]:
    observed = int(rows.class_rows.sum())
    if (
        rows.used + rows.dropped + rows.weight_zero + rows.set_aside != rows.read
        or observed < rows.used
        or (observed > rows.used and not rows.grouped)
    ):
        yield "its counts of rows do not add up"
    if (rows.class_rows < 1).any() or not (rows.class_weight > 0.0).all():
        yield "a class has no rows"
    if rows.weighted:
        with np.errstate(over="ignore"):
            total = float(rows.class_weight.sum())
        if not math.isclose(total, rows.total_weight, rel_tol=ROUNDING):
            yield "the weights of the classes do not add up to the total"
    elif (
        (rows.weight_zero and not rows.grouped)
        or rows.total_weight != observed
        or (rows.class_weight != rows.class_rows).any()
    ):
        yield "rows without weights are weighted"


def _in_likelihoods(fit: Fit) -> Iterator[str]:
    if not fit.rows.grouped and (fit.likelihoods.constant or fit.likelihoods.saturated):
        yield "rows that are no counts have a binomial constant"
    loss, objective = -fit.likelihoods.fitted, fit.likelihoods.objective
    alike = math.isclose(loss, objective, rel_tol=ROUNDING)
    if not (alike or (fit.options.penalised and objective > loss)):
        yield "the log-likelihood and the objective differ by more than the penalty"


def _in_ending(fit: Fit) -> Iterator[str]:
    record, separation = fit.record, fit.separation
    if separation is None:
        if record.status in SEPARATED or record.status is Status.DOUBT:
            yield f"the status is {str(record.status)!r}, but no separation is recorded"
    elif fit.options.penalised:
        yield "a penalised fit is separated"
    elif record.status in {Status.CONVERGED, Status.ROUNDING, Status.DOUBT}:
        yield f"the status is {str(record.status)!r}, but a separation is recorded"
    elif SEPARATED.get(record.status, separation.verdict) != separation.verdict:
        yield "the status and the separation's verdict differ"
    if fit.options.second_order and separation is not None and not separation.reached:
        yield "a separated fit has not reached its limit"
    reached = record.certificate.gap if fit.options.lasso else record.certificate.bound
    if record.status is Status.CONVERGED and not reached <= fit.options.tol:
        yield "the certificate does not reach the tolerance of a converged fit"


def _in_separation(fitted: Fitted, separation: Separation) -> Iterator[str]:
    fit = fitted.fit
    code = {label: k for k, label in enumerate(fitted.labels.classes.tolist())}
    signed = {term for term, _, _ in separation.signs}
    if separation.columns != tuple(name for name in fit.names if name in signed) or signed - set(fit.names):
        yield "the separated columns are not those with a sign"
    if any(code[one] <= code[other] for _, one, other in separation.signs):
        yield "the classes of a separated contrast are not in order"
    if any(one.term not in fit.terms for one in separation.single_columns):
        yield "a column that separates alone is none of the model's"
    if max([separation.n_rows, *(one.n_rows for one in separation.single_columns)]) > fit.rows.used:
        yield "more rows are separated than there are"
    if separation.reached and separation.log_likelihood != fit.likelihoods.fitted:
        yield "two log-likelihoods at the limit differ"
