"""Fits whose warnings are not the point: a few epochs rarely converge, and say so."""

from __future__ import annotations

import warnings
from typing import Any

import logistica
from logistica import ConvergenceWarning, Model, SeparationWarning


def quiet_fit(data: Any, **arguments: Any) -> Model:
    """Return ``logistica.fit(...)`` without the warnings that it has not converged or that classes are separated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        warnings.simplefilter("ignore", SeparationWarning)
        return logistica.fit(data, **arguments)
