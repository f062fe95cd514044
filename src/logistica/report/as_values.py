"""Facts and coefficients as JSON-able values and as data frames."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from importlib.util import find_spec
from typing import Any, Literal

from logistica.core.errors import NotAvailableError, OptionError
from logistica.core.records import Note
from logistica.inference import CoefficientTable
from logistica.report.facts import Facts
from logistica.report.sheet import penalty_kind

BACKENDS: dict[str, Literal["pandas", "polars", "pyarrow"]] = {
    "pandas": "pandas",
    "polars": "polars",
    "pyarrow": "pyarrow",
}
COLUMNS = (
    ("term", "term"),
    ("class", "class_"),
    ("estimate", "estimate"),
    ("std_error", "std_error"),
    ("z", "z"),
    ("p_value", "p_value"),
    ("log_p_value", "log_p_value"),
    ("lower", "lower"),
    ("upper", "upper"),
    ("odds_ratio", "odds_ratio"),
    ("state", "state"),
)
"""The names in JSON and data frames, and those of the record."""


def as_dict(facts: Facts, table: CoefficientTable, notes: tuple[Note, ...]) -> dict[str, Any]:
    """Return everything as lists, dicts, text, numbers, booleans and None: strict JSON."""
    record, rows, options = facts.record, facts.rows, facts.options
    columns = _columns(table)
    return {
        "model": {
            "target": facts.target,
            "classes": list(facts.classes),
            "reference": table.reference,
            "baselines": dict(facts.baselines),
            "rank": facts.rank,
            "parameters": facts.n_parameters,
        },
        "rows": {
            "read": rows.read,
            "used": rows.used,
            "dropped": rows.dropped,
            "weight_zero": rows.weight_zero,
            "set_aside": rows.set_aside,
            "weight_kind": rows.weight_kind,
            "total_weight": rows.total_weight,
            "per_class": rows.class_rows.tolist(),
            "grouped": rows.grouped,
        },
        "fit": {
            "status": str(record.status),
            "converged": record.converged and facts.separation is None,
            "message": record.message,
            "certificate": _number(record.certificate.bound),
            "iterations": record.iterations,
            "sweeps": record.sweeps,
            "penalty": penalty_kind(options) if options.penalised else None,
            "C": _number(options.C),
            "l1_ratio": options.l1_ratio,
            "standardize": bool(options.standardize),
        },
        "separation": _separation(facts),
        "statistics": {name: _number(value) for name, value in asdict(facts.statistics).items() if name != "notes"},
        "covariance": "model",
        "level": table.level,
        "coefficients": [
            {name: _number(value) for name, value in zip(columns, row, strict=True)}
            for row in zip(*columns.values(), strict=True)
        ],
        "notes": [{"code": note.code, "message": note.message} for note in notes],
    }


def as_frame(table: CoefficientTable, backend: str | None) -> Any:
    """Return the coefficients as a data frame of the library ``backend``."""
    return frame_of(_columns(table), backend)


def frame_of(columns: Mapping[str, Any], backend: str | None) -> Any:
    """Return columns as a data frame of the library ``backend``: by default pandas if it is there, else Arrow."""
    if backend is None:
        backend = "pandas" if find_spec("pandas") is not None else "pyarrow"
    if backend not in BACKENDS:
        raise OptionError(f"backend={backend!r}: it must be one of {', '.join(map(repr, BACKENDS))}")
    if find_spec(backend) is None:
        raise NotAvailableError(f"backend={backend!r}: {backend} is not installed. Install it, or use 'pyarrow'.")
    import narwhals as nw  # noqa: PLC0415 - loaded only for frames

    return nw.from_dict(dict(columns), backend=BACKENDS[backend]).to_native()


def _columns(table: CoefficientTable) -> dict[str, list[Any]]:
    return {name: getattr(table, attribute).tolist() for name, attribute in COLUMNS}


def _separation(facts: Facts) -> dict[str, Any] | None:
    """Return what is known where no finite estimate exists."""
    found = facts.separation
    if found is None or facts.direction is None:
        return None
    coef, intercept = facts.direction
    return {
        "verdict": found.verdict,
        "n_rows": found.n_rows,
        "columns": list(found.columns),
        "signs": [
            {"term": term, "class": label, "reference": reference, "sign": sign}
            for (term, label, reference), sign in found.signs.items()
        ],
        "single_columns": [
            {("class" if name == "class_" else name): value for name, value in asdict(one).items()}
            for one in found.single_columns
        ],
        "direction": {"coef": coef.tolist(), "intercept": intercept.tolist(), "canonical": found.canonical},
        "reached": found.reached,
        "limiting_log_likelihood": _number(found.log_likelihood),
        "limiting_mean_log_loss": _number(0.0 - found.log_likelihood / facts.rows.total_weight),
    }


def _number(value: Any) -> Any:
    """JSON has no NaN and no infinities: what does not exist is None, what is infinite the text "inf" or "-inf"."""
    if not isinstance(value, float) or math.isfinite(value):
        return value
    return None if math.isnan(value) else str(value)
