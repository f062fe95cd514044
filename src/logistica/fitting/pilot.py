"""A start close to the optimum of many rows, from a pilot sample of them.

The sample's optimum lies some standard errors away, and its Hessian is all but that of all rows, for which the sample's
weights stand. With both, a quasi-Newton method needs only a few sweeps for the gradient, each a fraction of the cost of
a sweep for the Hessian. The sample's own optimum is found in the same way, with its Hessian at the start.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.random import Purpose, generator
from logistica.data.design import DenseDesign
from logistica.data.source import MemorySource
from logistica.solvers.certificate import decrement_to_land_from
from logistica.solvers.driver import Run, Status, Surroundings, drive
from logistica.solvers.history import HistoryRow
from logistica.solvers.newton import Newton, NewtonState
from logistica.solvers.quasi_newton import Close, QuasiNewton, QuasiNewtonState
from logistica.solvers.stopping import Stopping

Array = NDArray[np.float64]

SHARE = 0.05
LARGEST_SHARE = 0.25
LARGEST_SHARE_HELD = 0.06
"""Of a larger sample no copy is made: a fit takes little memory beside X."""
FEWEST_ROWS = 5_000
ROWS_PER_PARAMETER = 40
CLOSE = 0.1
"""Standard errors of the sample's fit within which its optimum is found."""
FAR = 1.0
"""A sample of which the optimum is not known to be so close, in these units, is of no use."""
MOST_STEPS = 40
SEED = 20261121
"""Of the sample, whatever ``random_state`` is: the answer does not depend on it."""


@dataclass(frozen=True)
class Near:
    """A point near the optimum of all rows, how it was reached, and in how many seconds."""

    status: Status
    theta: Array
    history: tuple[HistoryRow, ...]
    seconds: float


def near(newton: Newton, start: Array, stopping: Stopping, around: Surroundings[NewtonState]) -> Near | None:
    """Go from ``start`` to the optimum of a sample, and from there near to that of all rows.

    Returns None where there are too few rows for it, or the sample has no optimum to be found.
    """
    objective = newton.objective
    source = objective.source
    n_rows = pilot_size(source.n_rows, len(newton.free))
    if n_rows is None or not isinstance(source, MemorySource):
        return None
    began = time.perf_counter()
    pilot = replace(newton, objective=replace(objective, source=sampled(source, n_rows)))
    quietly: Surroundings[QuasiNewtonState] = Surroundings(interruptible=around.interruptible)
    first = pilot.start(start)
    if first.factor is None:
        return None
    found = _approach(pilot, first, Close(CLOSE, MOST_STEPS, stopping.seconds), quietly)
    if found.status is Status.INTERRUPTED:
        return Near(found.status, found.state.theta, (), time.perf_counter() - began)
    there = pilot.start(found.state.theta)
    if found.status is not Status.CONVERGED or there.factor is None or not there.certificate.bound < FAR:
        return None
    left = stopping.seconds - (time.perf_counter() - began)
    enough = max(stopping.tol, 2.0 * decrement_to_land_from(stopping.tol, there.certificate.radius))
    close = Close(enough, min(MOST_STEPS, stopping.max_iter), left)
    run = _approach(newton, there, close, replace(quietly, watch=around.watch))
    return Near(run.status, run.state.theta, run.history, time.perf_counter() - began)


def _approach(
    newton: Newton, at: NewtonState, close: Close, around: Surroundings[QuasiNewtonState]
) -> Run[QuasiNewtonState]:
    """Go on from a point by gradients alone, with the Hessian there as the first guess of every other."""
    assert at.factor is not None
    solver = QuasiNewton(newton.objective, newton.free, at.factor.solve)
    return drive(solver, solver.start(at.theta), close, around)


def pilot_size(n_rows: int, n_parameters: int) -> int | None:
    """Return how many rows a sample should have; None where it would not be small beside all of them."""
    wanted = max(round(SHARE * n_rows), FEWEST_ROWS, ROWS_PER_PARAMETER * n_parameters)
    return wanted if wanted <= LARGEST_SHARE * n_rows else None


def sampled(source: MemorySource, n_rows: int) -> MemorySource:
    """Return some rows of each class, with weights that make them stand for all rows."""
    rng = generator(SEED, Purpose.PILOT)
    share = n_rows / source.n_rows
    chosen, factors = [], []
    for code in np.flatnonzero(np.bincount(source.y)):
        rows = np.flatnonzero(source.y == code)
        count = min(max(round(share * len(rows)), 1), len(rows))
        chosen.append(rng.choice(rows, count, replace=False, shuffle=False))
        factors.append(np.full(count, len(rows) / count))
    places = np.concatenate(chosen)
    order = np.argsort(places)
    rows, weights = places[order], np.concatenate(factors)[order]
    part = source.choose(rows)
    part = replace(part, weights=weights if part.weights is None else weights * part.weights)
    return _held(part) if share <= LARGEST_SHARE_HELD and isinstance(part.design, DenseDesign) else part


def _held(source: MemorySource) -> MemorySource:
    """Return a source whose rows lie side by side, quicker to read again and again."""
    X = np.empty((source.n_rows, source.n_columns))
    for block in source.blocks(16_384):
        block.fill(X[block.start : block.start + block.n_rows])
    return MemorySource(DenseDesign(X), source.y, source.weights, source.offset)
