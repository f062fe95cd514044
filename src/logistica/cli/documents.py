"""The JSON documents that commands print. Field names are stable; new ones may be added."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from logistica.core.version import VERSION

if TYPE_CHECKING:
    from logistica.core.records import Note
    from logistica.fitting.separation.record import Separation
    from logistica.model import Model


def fit_document(model: Model) -> dict[str, Any]:
    """Return how a fit went and what it found: the summary's document, and what concerns the fit itself."""
    fit, record = model.fitted.fit, model.record
    return {
        "logistica": VERSION,
        "status": str(record.status),
        "converged": record.converged and fit.separation is None,
        "message": record.message,
        "rank": fit.rank,
        "n_columns": len(fit.estimate.free),
        **model.summary().to_dict(),
        "separation": None if fit.separation is None else separation_document(model, fit.separation),
        "certificate": asdict(record.certificate),
        "options": asdict(fit.options),
        "aliases": {term: list(partners) for term, partners in fit.aliases.items()},
        "condition": fit.condition,
        "mean_log_loss": 0.0 - fit.likelihoods.fitted / fit.rows.total_weight,
        "objective": fit.likelihoods.objective,
    }


def separation_document(model: Model, separation: Separation) -> dict[str, Any]:
    """Return what is known where no finite estimate exists."""
    coef, intercept = model.fitted.fit.estimate.coordinates.to_user(separation.direction)
    return {
        "verdict": separation.verdict,
        "n_rows": separation.n_rows,
        "columns": separation.columns,
        "signs": [
            {"term": term, "class": label, "reference": reference, "sign": sign}
            for (term, label, reference), sign in separation.signs.items()
        ],
        "single_columns": [
            {
                "term": one.term,
                "class": one.class_,
                "side": one.side,
                "threshold": one.threshold,
                "n_rows": one.n_rows,
                "complete": one.complete,
            }
            for one in separation.single_columns
        ],
        "direction": {"coef": coef, "intercept": intercept, "canonical": separation.canonical},
        "limiting_log_likelihood": separation.log_likelihood,
        "limiting_mean_log_loss": 0.0 - separation.log_likelihood / model.fitted.fit.rows.total_weight,
    }


def notes_list(notes: tuple[Note, ...]) -> list[dict[str, str]]:
    """Return notes as JSON-able values."""
    return [{"code": note.code, "message": note.message} for note in notes]
