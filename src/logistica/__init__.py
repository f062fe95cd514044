"""Logistic regression done completely: certified fits, honest statistics, any table.

Two doors lead to one model: ``logistica.fit(table, target="passed")`` for files, frames and arrays, and
``logistica.LogisticRegression().fit(X, y)`` behind scikit-learn's interface. ``print(model.summary())`` shows the
statistics, ``model.record`` how sure the answer is; ``logistica.pictures`` draws.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from logistica.core.version import VERSION as __version__  # noqa: N811

if TYPE_CHECKING:
    from logistica import lessons, losses, pictures
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
        OutOfMemoryError,
        SeparationError,
        SeparationWarning,
    )
    from logistica.estimators import LogisticRegression
    from logistica.model import Model, Path, fit, load, path
    from logistica.solvers.descent.schedules import Constant, Cosine, InverseTime, Step
    from logistica.solvers.settings import LBFGS, SGD, Adam, Auto, GradientDescent, Newton, NewtonCG, ProximalNewton
    from logistica.solvers.stopping import Stop

_ROOMS = {
    "fit": "model",
    "load": "model",
    "Model": "model",
    "Path": "model",
    "path": "model",
    "LogisticRegression": "estimators",
    "Constant": "solvers.descent.schedules",
    "Cosine": "solvers.descent.schedules",
    "InverseTime": "solvers.descent.schedules",
    "Step": "solvers.descent.schedules",
    "Adam": "solvers.settings",
    "GradientDescent": "solvers.settings",
    "LBFGS": "solvers.settings",
    "Newton": "solvers.settings",
    "Auto": "solvers.settings",
    "NewtonCG": "solvers.settings",
    "ProximalNewton": "solvers.settings",
    "Normal": "solvers.descent.starts",
    "SGD": "solvers.settings",
    "Stop": "solvers.stopping",
}

_MODULES = ("lessons", "losses", "pictures")

__all__ = [
    "LBFGS",
    "SGD",
    "Adam",
    "Auto",
    "CheckpointError",
    "Constant",
    "ConvergenceWarning",
    "Cosine",
    "DataError",
    "DataWarning",
    "FileAccessError",
    "FormulaError",
    "GradientDescent",
    "InverseTime",
    "LogisticRegression",
    "LogisticaError",
    "LogisticaWarning",
    "Model",
    "ModelFileError",
    "Newton",
    "NewtonCG",
    "Normal",
    "NotAvailableError",
    "OptionError",
    "OutOfMemoryError",
    "Path",
    "ProximalNewton",
    "SeparationError",
    "SeparationWarning",
    "Step",
    "Stop",
    "__version__",
    "fit",
    "lessons",
    "load",
    "losses",
    "path",
    "pictures",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that importing the package costs nothing."""
    if name not in __all__:
        raise AttributeError(f"module 'logistica' has no attribute {name!r}")
    if name in _MODULES:
        return import_module(f"logistica.{name}")
    value = getattr(import_module(f"logistica.{_ROOMS.get(name, 'core.errors')}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
