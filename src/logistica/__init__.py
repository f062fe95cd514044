"""Logistic regression done completely: certified fits, honest statistics, any table.

Two doors lead to one model: ``logistica.fit(table, target="passed")`` for files, frames and arrays, and
``logistica.LogisticRegression().fit(X, y)`` behind scikit-learn's interface. ``print(model.summary())`` shows the
statistics, ``model.record`` how sure the answer is.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from logistica.core.version import VERSION as __version__  # noqa: N811

if TYPE_CHECKING:
    from logistica.core.errors import (
        CheckpointError,
        ConvergenceWarning,
        DataError,
        DataWarning,
        FileAccessError,
        FormulaError,
        LogisticaError,
        LogisticaWarning,
        ModelFileError,
        NotAvailableError,
        OptionError,
        SeparationError,
        SeparationWarning,
    )
    from logistica.estimators import LogisticRegression
    from logistica.model import Model, fit, load

_ROOMS = {
    "fit": "model",
    "load": "model",
    "Model": "model",
    "LogisticRegression": "estimators",
}

__all__ = [
    "CheckpointError",
    "ConvergenceWarning",
    "DataError",
    "DataWarning",
    "FileAccessError",
    "FormulaError",
    "LogisticRegression",
    "LogisticaError",
    "LogisticaWarning",
    "Model",
    "ModelFileError",
    "NotAvailableError",
    "OptionError",
    "SeparationError",
    "SeparationWarning",
    "__version__",
    "fit",
    "load",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing the package costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'logistica' has no attribute {name!r}")
    value = getattr(import_module(f"logistica.{_ROOMS.get(name, 'core.errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
