"""Solvers as JSON-able values, and back: for model files, checkpoints and documents."""

from __future__ import annotations

import numbers
from dataclasses import fields
from typing import Any

import numpy as np

from logistica.core.errors import OptionError
from logistica.solvers.descent.schedules import schedule_from_values, schedule_values
from logistica.solvers.descent.starts import Given, Normal, start_from_values, start_values
from logistica.solvers.settings import SOLVERS, FirstOrder, SolverSettings, as_solver


def solver_values(solver: SolverSettings) -> str | dict[str, Any]:
    """Return a solver as JSON-able values: its name, or its name and what differs from the defaults."""
    values = {field.name: (_plain(getattr(solver, field.name)), field.default) for field in fields(solver)}
    changed = {
        name: value
        for name, (value, default) in values.items()
        if not (type(value) is type(default) and value == default)
    }
    return {"name": solver.name, **changed} if changed else solver.name


def parameter_values(solver: SolverSettings) -> dict[str, Any]:
    """Return all parameters of a solver as JSON-able values."""
    return {name: _plain(value) for name, value in solver.get_params().items()}


def values_in_effect(solver: FirstOrder, *, lasso: bool) -> dict[str, Any]:
    """Return all parameters of a solver as JSON-able values, with what their defaults come to."""
    return parameter_values(solver) | {name: _plain(value) for name, value in solver.in_effect(lasso=lasso).items()}


def solver_from_values(values: object) -> SolverSettings:
    """Return the solver that :func:`solver_values` describes. Raises OptionError."""
    if not isinstance(values, dict):
        return as_solver(values)
    given = dict(values)
    name = given.pop("name", None)
    kind = SOLVERS.get(name) if isinstance(name, str) else None
    known = () if kind is None else tuple(field.name for field in fields(kind))
    if kind is None or not set(given) <= set(known):
        raise OptionError(f"solver={values!r} is none that is known")
    if isinstance(given.get("schedule"), dict):
        given["schedule"] = schedule_from_values(given["schedule"])
    if "start" in given:
        given["start"] = start_from_values(given["start"])
    return kind(**given)


def _plain(value: Any) -> Any:
    if isinstance(value, (bool, str)) or value is None:
        return value
    if isinstance(value, (np.bool_, numbers.Real)):
        return _plain_number(value)
    if isinstance(value, tuple):
        return [_plain(part) for part in value]
    values = start_values(value) if isinstance(value, (Normal, Given)) else schedule_values(value)
    return {name: _plain(part) for name, part in values.items()}


def _plain_number(value: Any) -> bool | int | float:
    if isinstance(value, np.bool_):
        return bool(value)
    return int(value) if isinstance(value, numbers.Integral) else float(value)
