"""Why a picture shows no uncertainty, by the codes of the notes that say so at length."""

from __future__ import annotations

from collections.abc import Sequence

from logistica.core.records import Note

WHY = {
    "separated": "the classes are separated, and the estimate is not finite",
    "penalised": "the fit is penalised, and its curvature does not describe the error",
    "l1-penalty": "with an L1 penalty no curvature describes the error",
    "balanced-classes": "the classes were weighted or resampled",
    "aliased-descent": "aliased columns share their coefficients by where the solver started",
    "sampling-weights": "sampling weights have no model-based standard errors",
    "statistics-not-converged": "the fit has not converged",
    "singular-hessian": "the curvature of the likelihood is singular to rounding",
    "no-covariance": "this saved model keeps no covariance",
}


def without(what: str, notes: Sequence[Note]) -> list[str]:
    """Return a sentence for each note that explains why ``what`` is missing."""
    return [f"No {what}: {WHY[note.code]}." for note in notes if note.code in WHY]
