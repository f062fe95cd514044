"""One sweep for the gradient, one for the Hessian, beside reading X once with the same threads."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from unittest import mock

import numpy as np

from benchmarks.house import tables
from benchmarks.house.measure import in_turn, table
from logistica import fit
from logistica.core.threads import single_threaded_blas, thread_count
from logistica.objective.objective import Derivatives, Objective

ROWS = 16_384


class CaughtError(Exception):
    """Ends a fit that was begun for its objective alone."""

    def __init__(self, objective: Objective, theta: np.ndarray) -> None:
        self.objective, self.theta = objective, theta


def report(runs: int = 7) -> str:
    """Return the medians as lines of text, as multiples of reading X."""
    X, y = tables.large()
    objective, theta = objective_of(X, y)
    with ThreadPoolExecutor(thread_count(None)) as pool:
        contenders = {
            "reading X once": partial(read, X, pool),
            "gradient sweep (goal: 2)": partial(objective.slope, theta),
            "Hessian sweep (goal: 8)": partial(objective.evaluate, theta),
        }
        return table("1,000,000 x 30: sweeps", in_turn(contenders, runs), "reading X once")


def objective_of(X: np.ndarray, y: np.ndarray) -> tuple[Objective, np.ndarray]:
    """Return what a fit minimises over all rows, and where it asks for the first Hessian of them.

    What it minimises before, over a sample, is let pass.
    """
    evaluate = Objective.evaluate

    def caught(objective: Objective, theta: np.ndarray) -> Derivatives:
        if objective.source.n_rows == len(X):
            raise CaughtError(objective, theta)
        return evaluate(objective, theta)

    with mock.patch.object(Objective, "evaluate", caught):
        try:
            fit(X, target=y, C=1.0)
        except CaughtError as found:
            return found.objective, found.theta
    raise AssertionError("the fit has not asked for derivatives")


def read(X: np.ndarray, pool: ThreadPoolExecutor) -> float:
    """Add up X, in blocks of rows on the threads."""
    with single_threaded_blas():
        return sum(pool.map(lambda start: float(X[start : start + ROWS].sum()), range(0, len(X), ROWS)))
