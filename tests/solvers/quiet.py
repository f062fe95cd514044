"""Fits whose warnings are not the point: a few epochs rarely converge, and say so."""

from __future__ import annotations

import warnings
from typing import Any

import logistica
from logistica import ConvergenceWarning, Model, SeparationWarning
from logistica.solvers.settings import as_solver

WITH_L1 = {"C": 0.5, "l1_ratio": 1.0}
"""A penalty for solvers that ask for one."""


def penalty_for(solver: Any) -> dict[str, float]:
    """Return the options of a penalty that a solver, given by name or as a record, does not do without."""
    return WITH_L1 if solver == as_solver("proximal-newton") or solver == "proximal-newton" else {}


def quiet_fit(data: Any, **arguments: Any) -> Model:
    """Return ``logistica.fit(...)`` without the warnings that it has not converged or that classes are separated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", SeparationWarning)
        return logistica.fit(data, **arguments)
