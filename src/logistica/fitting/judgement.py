"""Where a solver without the Hessian's matrix has ended, judged by one sweep of Newton's method at that point."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import SeparationError
from logistica.fitting import notes as say
from logistica.fitting.problem import Problem
from logistica.fitting.rank import Rank, find_rank
from logistica.fitting.record import Covariances, Estimate
from logistica.fitting.separation import Separation
from logistica.fitting.solve import from_plain, newton_on, separation, without_aliased
from logistica.fitting.uncertainty import divided, finite_or_none, output_covariances
from logistica.fitting.words import aliases_in_words, separation_in_words
from logistica.solvers.certificate import Certificate, rescaled
from logistica.solvers.newton import Newton, NewtonState

Array = NDArray[np.float64]

UNKNOWN = Certificate(np.inf, np.inf, np.inf, 0.0, exact=False)


@dataclass(frozen=True)
class Verdict:
    """How far the optimum can be from an estimate, what is known of its errors, and whether there is one."""

    certificate: Certificate
    estimate: Estimate
    aliases: dict[str, tuple[str, ...]]
    condition: float
    separation: Separation | None


def judge(problem: Problem, estimate: Estimate) -> Verdict:
    """Say how far the optimum can be from an estimate, and whether there is one, by Newton's method at that point."""
    options, columns, unit = problem.options, problem.columns, problem.unit
    objective = problem.objective(columns.coordinates)
    rank = Rank(np.ones(len(columns.square), dtype=bool), {})
    if not options.penalised:
        rank = find_rank(objective, columns)
    newton = newton_on(objective, rank, columns)
    there = estimate.coordinates.transfer(columns.coordinates) @ estimate.theta
    state = newton.judge(from_plain(newton, without_aliased(there, rank)))
    aliases = aliases_in_words(rank, problem.terms, columns.coordinates)
    separation = None
    if not (np.isfinite(state.certificate.bound) or options.penalised):
        separation = _separation(problem, estimate, newton, rank, state)
    certificate = rescaled(state.certificate, math.sqrt(unit))
    if state.factor is None or aliases:
        return Verdict(certificate, estimate, aliases, math.inf, separation)
    known = _with_covariances(estimate, newton, state, unit)
    # far from an optimum, or where there is none, the rows' curvature says little about the columns
    condition = state.factor.condition() if np.isfinite(certificate.bound) else math.inf
    return Verdict(certificate, known, aliases, condition, separation)


def _separation(
    problem: Problem, estimate: Estimate, newton: Newton, rank: Rank, state: NewtonState
) -> Separation | None:
    """Decide whether the classes are separated, of which a first-order solver sees nothing."""
    separated = separation(newton, rank, problem.columns, state.theta)
    if separated is None:
        return None
    found = separation_in_words(problem.dataset, separated.newton.objective, separated.limit, 0.0, np.nan)
    if problem.options.on_separation == "raise":
        raise SeparationError(say.separated(found), found)
    return replace(found, direction=problem.columns.coordinates.transfer(estimate.coordinates) @ found.direction)


def _with_covariances(estimate: Estimate, newton: Newton, state: NewtonState, unit: float) -> Estimate:
    """Add the inverse of the Hessian at the estimate, in the estimate's coordinates."""
    assert state.factor is not None
    coordinates = newton.objective.coordinates
    inverse = newton.inverse(state.factor)
    own = output_covariances(coordinates, state.factor, newton.free, inverse)
    k = int(coordinates.intercept)
    T = np.kron(coordinates.plain().transfer(estimate.coordinates), np.eye(coordinates.shape[1]))
    with np.errstate(over="ignore", invalid="ignore"):
        own[k:] *= ((coordinates.scale / estimate.coordinates.scale) ** 2)[:, None, None]
        covariance = T @ coordinates.covariance_to_plain(inverse) @ T.T
    known = Covariances(finite_or_none(divided(covariance, unit)), divided(own, unit))
    return replace(estimate, covariances=known)
