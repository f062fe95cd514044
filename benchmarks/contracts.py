"""What the parts of the bench agree on: tables, penalties, problems, contenders, answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import numpy as np

Array = np.ndarray
TASKS = ("fit", "path", "file", "epochs", "predict")
DECADES = tuple(10.0**-digits for digits in range(1, 15))
"""The ladder of tolerances, whatever a tolerance means to a contender."""


@dataclass(frozen=True)
class Table:
    """The data of a problem.

    Attributes
    ----------
    X : array or CSR array, shape (n, p), float64
    y : array of int, shape (n,)
        Classes 0 to K - 1.
    path : Path or None
        The same as CSV with a column ``y``, where the task starts from a file.
    folder : Path or None
        Where a contender may leave files of its own.
    origin : str
        Where the numbers come from, if it matters.
    """

    X: Any
    y: Array
    path: Path | None = None
    folder: Path | None = None
    origin: str = "generated"


@dataclass(frozen=True)
class Penalty:
    """``strength / 2 * |coef|_2^2`` (ridge) or ``strength * |coef|_1`` (lasso), beside the sum of losses.

    The strength is 1 / C; the intercept is free.
    """

    kind: str
    strength: float

    def value(self, coef: Array) -> float:
        if self.kind == "none":
            return 0.0
        return self.strength * float(np.abs(coef).sum() if self.kind == "lasso" else 0.5 * (coef * coef).sum())


@dataclass(frozen=True)
class Goal:
    """The time of the fastest rival, of those whose names begin so, over ours."""

    ratio: float
    against: str = ""


@dataclass(frozen=True)
class Problem:
    """One thing to do, and how good it is to be.

    Attributes
    ----------
    name : str
        Such as "B4b".
    title : str
    goals : tuple of Goal
    make : callable
        From a folder for files and whether it is to be small, to a table.
    penalties : callable
        From a table to the penalties to fit, one after another: one, or a path.
    task : str
        One of ``TASKS``: "epochs" is a fixed amount of work, 30 epochs, whose accuracy is reported.
    penalty : str
        "none", "ridge" or "lasso".
    classes : int
    sparse : bool
    columns : int
        Of the problem in full, from which contenders know what they cannot hold.
    calls : int
        Timed calls in one turn: many where one is too short for the clock or for a rank among a hundred.
    targets : tuple of float
        The excesses to reach, the tightest first.
    infimum : callable or None
        From a table to the infimum of the objective, shape (1,), if it is known and no coefficients reach it.
    one_row : bool
        Whether predictions are asked for one row at a time.
    """

    name: str
    title: str
    goals: tuple[Goal, ...]
    make: Callable[[Path, bool], Table]
    penalties: Callable[[Table], tuple[Penalty, ...]]
    task: str = "fit"
    penalty: str = "ridge"
    classes: int = 2
    sparse: bool = False
    columns: int = 30
    calls: int = 1
    targets: tuple[float, ...] = (1e-9, 1e-6)
    infimum: Callable[[Table], Array | None] | None = None
    one_row: bool = False


@dataclass(frozen=True)
class Coefficients:
    """In the user's units: ``coef``, shape (m, p), and ``intercept``, shape (m,); m is 1 for two classes, else K."""

    coef: Array
    intercept: Array

    @classmethod
    def of(cls, coef: Any, intercept: Any) -> Coefficients:
        """Return what an estimator with ``coef_`` and ``intercept_`` of any shape has found."""
        intercept = np.atleast_1d(np.asarray(intercept, dtype=float)).reshape(-1)
        return cls(np.asarray(coef, dtype=float).reshape(len(intercept), -1), intercept)


@dataclass(frozen=True)
class Answer:
    """What a contender has found.

    Attributes
    ----------
    coefficients : tuple of Coefficients
        One for each penalty of the problem.
    proba : array, shape (n, K), or None
        Where the task is to predict, the probabilities.
    seconds : float or None
        How long it took, where the contender works in another process whose start is not to count.
    """

    coefficients: tuple[Coefficients, ...]
    proba: Array | None = None
    seconds: float | None = None


class Contender(ABC):
    """A way to solve problems. What it cannot do is declared, so that it is shown and not left out.

    Attributes
    ----------
    name : str
    modules : tuple of str
        What must be importable.
    tasks, penalties : frozenset of str
    multinomial, sparse : bool
    most_columns : int or None
        The widest X whose matrix of second derivatives it can hold, where it needs one.
    ladder : tuple of float
        The tolerances to try, the loosest first.
    exact : float or None
        The tolerance with which it can serve as the reference, tighter than the ladder; None: the last rung.
    first : float or None
        The tolerance of the first fit, which must go through all code that is compiled on its first call; None: that
        of the first rung, for those that compile nothing.
    outside : float
        Seconds that a call may take beside what the contender's own clock says, where it has one.
    ours : bool
        Whether it is logistica, which is compared with the rivals and shown as "not yet" where it cannot do a problem.
    """

    name: ClassVar[str]
    modules: ClassVar[tuple[str, ...]]
    tasks: ClassVar[frozenset[str]] = frozenset({"fit"})
    penalties: ClassVar[frozenset[str]] = frozenset({"none", "ridge"})
    multinomial: ClassVar[bool] = False
    sparse: ClassVar[bool] = True
    most_columns: ClassVar[int | None] = None
    ladder: ClassVar[tuple[float, ...]] = DECADES
    exact: ClassVar[float | None] = None
    first: ClassVar[float | None] = None
    outside: ClassVar[float] = 0.0
    ours: ClassVar[bool] = False

    def lacks(self, problem: Problem) -> str:
        """Return why it cannot solve the problem; nothing where it can."""
        reasons = {
            f"task: {problem.task}": problem.task not in self.tasks,
            f"penalty: {problem.penalty}": problem.penalty not in self.penalties,
            "more than two classes": problem.classes > 2 and not self.multinomial,
            "sparse X": problem.sparse and not self.sparse,
            f"{problem.columns:,} columns": self.most_columns is not None and problem.columns > self.most_columns,
        }
        return ", ".join(reason for reason, holds in reasons.items() if holds)

    def missing(self) -> str:
        """Return what is not installed; nothing where all is."""
        from importlib.util import find_spec

        return ", ".join(module for module in self.modules if find_spec(module) is None)

    @abstractmethod
    def prepare(self, problem: Problem, table: Table, penalties: tuple[Penalty, ...]) -> Callable[[float], Answer]:
        """Return the function from a tolerance to an answer, of which every call is timed.

        Imports, and converting the table into the contender's own favourite form, happen here and do not count.
        """
