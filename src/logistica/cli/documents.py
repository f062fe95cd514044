"""The JSON documents that commands print. Field names are stable; new ones may be added."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from logistica.cli.messages import for_the_shell
from logistica.cli.spelling import in_options
from logistica.core.version import VERSION

if TYPE_CHECKING:
    from logistica.core.records import Note
    from logistica.model import Model
    from logistica.report import Summary


def fit_document(model: Model) -> dict[str, Any]:
    """Return how a fit went and what it found: the summary's document, and what concerns the fit itself."""
    from logistica.prediction.stored_options import options_content
    from logistica.solvers.settings_values import parameter_values

    fit, record = model.fitted.fit, model.record
    summary = summary_document(for_the_shell(model.summary()))
    return {
        "logistica": VERSION,
        "status": str(record.status),
        "converged": record.converged and fit.separation is None,
        "message": summary["fit"]["message"],
        "rank": fit.rank,
        "n_columns": len(fit.estimate.free),
        **summary,
        "certificate": record.certificate._asdict(),
        "options": options_content(fit.options),
        "solver": {"name": fit.options.settings.name, **parameter_values(fit.options.settings)},
        "aliases": {term: list(partners) for term, partners in fit.aliases.items()},
        "condition": fit.condition,
        "mean_log_loss": model.mean_log_loss,
        "objective": fit.likelihoods.objective,
    }


def summary_document(summary: Summary) -> dict[str, Any]:
    """Return a summary whose notes are for the shell as JSON-able values."""
    document = summary.to_dict()
    document["fit"]["message"] = in_options(document["fit"]["message"])
    return document


def notes_list(notes: tuple[Note, ...]) -> list[dict[str, str]]:
    """Return notes as JSON-able values."""
    return [{"code": note.code, "message": in_options(note.message)} for note in notes]
