"""How messages that were written for ``logistica.fit`` name arguments behind scikit-learn's door.

A message marks an option as a call does, by its name and an equals sign. There ``target=`` is ``y=``, and what only
``logistica.fit`` has is said to be its. What stands in quotes is the user's and left as it is.
"""

from __future__ import annotations

import inspect
import re
from functools import cache

from logistica.core.errors import DataError, LogisticaError
from logistica.core.wording import QUOTED

NAMES = {"data": "X", "target": "y", "weights": "sample_weight", "offset": "offset", "threads": "n_jobs"}
"""What scikit-learn calls the arguments of ``logistica.fit``."""


class as_scikit_learn_says:  # noqa: N801 - used as a function is
    """Let errors on their way out name scikit-learn's arguments."""

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, LogisticaError):
            error.args = (error.told(spelled),)
        if isinstance(error, DataError):
            error.problem = spelled(error.problem)
            error.remedy = None if error.remedy is None else spelled(error.remedy)


def spelled(text: str) -> str:
    """Return a message with the arguments of ``logistica.fit`` named as they are behind scikit-learn's door."""
    elsewhere: list[str] = []

    def replacement(found: re.Match[str]) -> str:
        name = found["name"]
        if name is None:
            return found[0]
        if name in NAMES:
            return f"{NAMES[name]}={found['value']}"
        elsewhere.append(name)
        return found[0] if len(elsewhere) > 1 else f"{found[0]} to logistica.fit"

    return _marks().sub(replacement, text)


@cache
def _marks() -> re.Pattern[str]:
    """Find what is in quotes, and the options that are scikit-learn's under another name or not at all."""
    from logistica.estimators.logistic_regression import LogisticRegression  # noqa: PLC0415 - it imports this file
    from logistica.model import fit  # noqa: PLC0415 - for messages alone

    there = inspect.signature(LogisticRegression).parameters
    names = [name for name in inspect.signature(fit).parameters if name not in there]
    return re.compile(rf"(?<![\w.])(?P<name>{'|'.join(names)})=(?!=)(?P<value>{QUOTED}|\w+)?|{QUOTED}")
