"""Logistic regression done completely: certified fits, honest statistics, any table.

    import logistica
    model = logistica.fit("marks.csv", target="passed")
    print(model.summary())

    from logistica import LogisticRegression          # the same fit behind scikit-learn's interface
    LogisticRegression().fit(X, y).predict_proba(X)
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from logistica.core.version import VERSION as __version__

if TYPE_CHECKING:
    from logistica.core.errors import (
        ConvergenceWarning,
        DataError,
        DataWarning,
        FileAccessError,
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
    "ConvergenceWarning",
    "DataError",
    "DataWarning",
    "FileAccessError",
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
