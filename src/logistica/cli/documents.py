"""The JSON documents that commands print. Field names are stable; new ones may be added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from logistica.cli.messages import for_the_shell
from logistica.cli.spelling import in_options
from logistica.core.version import VERSION

if TYPE_CHECKING:
    from logistica.core.records import Note
    from logistica.model import Model, Path
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


def path_document(path: Path, options: Mapping[str, Any]) -> dict[str, Any]:
    """Return a path as JSON-able values: an entry for each penalty, the strongest first."""
    columns = ("C", "n_nonzero", "objective", "log_likelihood", "gap", "sweeps", "intercept", "coef")
    entries = zip(*(getattr(path, name).tolist() for name in columns), path.status, strict=True)
    named = ("l1_ratio", "fit_intercept", "standardize", "tol", "max_iter")
    return {
        "logistica": VERSION,
        "converged": all(note.code not in {"not-converged", "interrupted"} for note in path.notes),
        "classes": path.classes.tolist(),
        "terms": list(path.terms),
        "penalties": [
            dict(zip((*columns, "status"), [*values, str(status)], strict=True)) for *values, status in entries
        ],
        "options": {name: options[name] for name in named},
        "notes": notes_list(path.notes),
    }


def notes_list(notes: tuple[Note, ...]) -> list[dict[str, str]]:
    """Return notes as JSON-able values."""
    return [{"code": note.code, "message": in_options(note.message)} for note in notes]
