"""What ``solver="auto"`` stands for: one table, from the penalty and the number of coefficients.

Rows and their density decide nothing here: how a method goes about them (a sample first where there are many, entries
instead of blocks where they are sparse, matrices or working sets with L1) is settled inside it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from logistica.solvers.descent.first_order import SolverSettings
from logistica.solvers.settings import Newton, NewtonCG, ProximalNewton

WIDE = 2000
"""Coefficients above which the matrix of the Hessian is made only where nothing else can tell what there is to know."""


@dataclass(frozen=True)
class Facts:
    """What is known before any solver has seen the rows.

    Attributes
    ----------
    coefficients : int
        Those to be estimated, intercepts included: the columns times the classes, less one class.
    penalised, lasso : bool
        Whether there is a penalty, and whether a part of it is L1.
    """

    coefficients: int
    penalised: bool
    lasso: bool


@dataclass(frozen=True)
class Line:
    """A line of the table: what it holds for, in words and as a test, the solver, and why."""

    penalty: str
    size: str
    solver: type[SolverSettings]
    why: str
    holds: Callable[[Facts], bool]


TABLE = (
    Line(
        "L1 or elastic net",
        "any",
        ProximalNewton,
        "coefficients that are exactly zero; certified by the duality gap",
        lambda facts: facts.lasso,
    ),
    Line(
        "none or ridge",
        f"up to {WIDE:,}",
        Newton,
        "few steps; certified, with standard errors; tells aliased columns and separated classes",
        lambda facts: facts.coefficients <= WIDE,
    ),
    Line(
        "ridge",
        f"more than {WIDE:,}",
        NewtonCG,
        "no matrix of the Hessian; certified by the penalty",
        lambda facts: facts.penalised,
    ),
    Line(
        "none",
        f"more than {WIDE:,}",
        Newton,
        "only the Hessian tells whether there is an optimum; refused where this machine cannot hold it: give a"
        ' penalty, such as `C=1`, or ask for `solver="newton-cg"`',
        lambda facts: True,
    ),
)
"""The first line that holds is taken."""


@lru_cache(maxsize=16)
def choose(facts: Facts) -> SolverSettings:
    """Return the solver that ``solver="auto"`` stands for."""
    return next(line.solver() for line in TABLE if line.holds(facts))


def as_markdown() -> str:
    """Return the table for the documentation."""
    lines = ["| penalty | coefficients | solver | because |", "|---|---|---|---|"]
    lines += [f"| {line.penalty} | {line.size} | `{line.solver.name}` | {line.why} |" for line in TABLE]
    return "\n".join(lines)
