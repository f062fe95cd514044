"""The JSON documents that commands print. Field names are stable; new ones may be added."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from logistica.core.version import VERSION

if TYPE_CHECKING:
    from logistica.core.records import Note
    from logistica.model import Model


def fit_document(model: Model) -> dict[str, Any]:
    """Return how a fit went and what it found: the summary's document, and what concerns the fit itself."""
    from logistica.prediction.stored_options import options_content
    from logistica.solvers.settings_values import parameter_values

    fit, record = model.fitted.fit, model.record
    return {
        "logistica": VERSION,
        "status": str(record.status),
        "converged": record.converged and fit.separation is None,
        "message": record.message,
        "rank": fit.rank,
        "n_columns": len(fit.estimate.free),
        **model.summary().to_dict(),
        "certificate": asdict(record.certificate),
        "options": options_content(fit.options),
        "solver": {"name": fit.options.settings.name, **parameter_values(fit.options.settings)},
        "aliases": {term: list(partners) for term, partners in fit.aliases.items()},
        "condition": fit.condition,
        "mean_log_loss": 0.0 - fit.likelihoods.fitted / fit.rows.total_weight,
        "objective": fit.likelihoods.objective,
    }


def notes_list(notes: tuple[Note, ...]) -> list[dict[str, str]]:
    """Return notes as JSON-able values."""
    return [{"code": note.code, "message": note.message} for note in notes]
