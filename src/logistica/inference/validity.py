"""What may be said about a fit, and the reason where it may not."""

from __future__ import annotations

import math

from logistica.core.records import Note
from logistica.fitting.record import Fit
from logistica.solvers.choice import WIDE
from logistica.solvers.driver import Status

LOOSEST = 1e-3
"""Standard errors within which the optimum must be known for statistics to describe it."""


def about_convergence(fit: Fit) -> Note | None:
    """Say so where the coefficients are too far from the optimum, or may be."""
    bound = fit.record.certificate.bound
    if fit.record.converged or bound <= LOOSEST:
        return None
    if fit.separation is not None and not fit.options.second_order:
        return Note(
            "statistics-not-converged",
            "No standard errors, tests or information criteria are given: the classes are separated, and the"
            " coefficients are where the solver ended. solver='newton' finds what the limit determines.",
        )
    remedy = "The status says what stands in the way."
    if fit.record.status is Status.MAX_ITERATIONS:
        remedy = "Allow more steps with a larger max_iter."
    elif not fit.options.second_order:
        remedy = "solver='newton' finds it."
    known = f"known only to {bound:.1e} standard errors" if math.isfinite(bound) else "not known yet"
    return Note(
        "statistics-not-converged",
        f"No standard errors, tests or information criteria are given, for the optimum is {known}. {remedy}",
    )


def about_standard_errors(fit: Fit) -> Note | None:
    """Say why the fit has no standard errors at all, if it has none."""
    if fit.balance is not None:
        return Note(
            "balanced-classes",
            "No standard errors are given: the classes were weighted or resampled, and the curvature is not that of a"
            " likelihood of the rows. Fit without class_weight= and resample= to test.",
        )
    if fit.options.lasso:
        return Note(
            "l1-penalty",
            "No standard errors are given: with an L1 penalty estimates are zero with positive probability, and a"
            " curvature does not describe their spread.",
        )
    if fit.aliases and not fit.options.second_order:
        return Note(
            "aliased-descent",
            "No standard errors are given: aliased columns share their coefficients in a way that depends on where the"
            " solver started. solver='newton' holds the later of them at 0.",
        )
    if fit.rows.weight_kind == "sampling":
        return Note(
            "sampling-weights",
            "No standard errors are given: sampling weights have no model-based ones, and AIC and likelihood-ratio"
            " tests do not hold for them.",
        )
    return _about_the_hessian(fit) if fit.estimate.covariances.outputs is None else None


def _about_the_hessian(fit: Fit) -> Note:
    """Say why there is no inverse of it."""
    if fit.estimate.theta.size > WIDE and not fit.options.second_order:
        return Note(
            "many-coefficients",
            f"No standard errors are given: {fit.estimate.theta.size:,} coefficients are more than the {WIDE:,} for"
            f" which solver={fit.options.settings.name!r} has the matrix of second derivatives made. solver='newton'"
            " makes it for any number that fits into memory.",
        )
    return Note(
        "singular-hessian",
        "No standard errors are given, because the curvature of the likelihood is singular to rounding."
        " Remove columns that are nearly combinations of others, or add a penalty, such as C=1.",
    )


def about_penalty(fit: Fit) -> Note | None:
    """Say why a penalised fit has no tests."""
    if not fit.options.penalised:
        return None
    return Note(
        "penalised",
        "Tests, intervals, AIC and likelihood-ratio tests are not given: the penalty biases the estimates towards zero,"
        " so that their standard errors, taken from the penalised curvature, do not describe their distance from the"
        " truth. Fit without a penalty (C=inf) to test.",
    )
