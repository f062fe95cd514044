"""The options of a fit in a model file, and back."""

from __future__ import annotations

from typing import Any

from logistica.core.errors import ModelFileError, OptionError
from logistica.core.schema import Fields, encode_float
from logistica.fitting.options import FitOptions
from logistica.prediction import soundness
from logistica.solvers.descent.first_order import SolverSettings
from logistica.solvers.settings import Auto
from logistica.solvers.settings_values import solver_from_values, solver_values
from logistica.solvers.stopping import Stop

_STOP = ("loss_change", "gradient_norm", "seconds", "validation_share")


def options_content(options: FitOptions) -> dict[str, Any]:
    """Return the options as JSON-able values; where a fit wrote its checkpoints is not among them."""
    return {
        "C": encode_float(options.C),
        "l1_ratio": options.l1_ratio,
        "fit_intercept": options.fit_intercept,
        "standardize": options.standardize,
        "solver": solver_values(options.settings),
        "tol": options.tol,
        "max_iter": options.max_iter,
        "on_separation": options.on_separation,
        "threads": options.threads,
        "random_state": options.random_state,
        "stop": {**{name: getattr(options.stop, name) for name in _STOP}, "patience": options.stop.patience},
        "keep_coefficients": options.keep_coefficients,
    }


def options_from(fields: Fields) -> FitOptions:
    """Return the options that a section of a model file describes."""
    stop = fields.section("stop")
    try:
        return FitOptions(
            C=fields.number("C", minimum=0.0, infinite=True),
            l1_ratio=fields.number("l1_ratio", minimum=0.0, maximum=1.0),
            fit_intercept=fields.flag("fit_intercept"),
            standardize=fields.flag("standardize"),
            solver=_taken(fields.raw("solver")),
            tol=fields.number("tol", minimum=0.0),
            max_iter=fields.integer("max_iter", minimum=1),
            on_separation=fields.text("on_separation"),
            threads=fields.optional("threads", fields.integer, minimum=1),
            random_state=fields.integer("random_state", minimum=0),
            stop=Stop(
                **{name: stop.optional(name, stop.number, minimum=0.0) for name in _STOP},
                patience=stop.optional("patience", stop.integer, minimum=1),
            ),
            keep_coefficients=fields.flag("keep_coefficients"),
        )
    except OptionError as error:
        raise ModelFileError(f"{fields.place}: {error}. {soundness.REMEDY}.") from None


def _taken(values: object) -> SolverSettings:
    """Return the solver that a fit took."""
    solver = solver_from_values(values)
    if isinstance(solver, Auto):
        raise OptionError("solver='auto' names none that a fit has taken")
    return solver
