"""A start close to the optimum of many rows, from a pilot sample of them.

The sample's optimum lies some standard errors away, and its Hessian is all but that of all rows, for which the sample's
weights stand. With both, a quasi-Newton method needs only a few sweeps for the gradient, each a fraction of the cost of
a sweep for the Hessian. The sample's own optimum is found in the same way, with its Hessian at the start.

Of rows with few entries, whose products are added up entry by entry, a Hessian may cost no more than a few gradients.
There Newton's method goes to the sample's optimum, and on from it; the sample must be the smaller to be worth it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.random import Purpose, generator
from logistica.data.design import DenseDesign, SparseDesign
from logistica.data.source import MemorySource
from logistica.objective.linear import products_of_entries
from logistica.objective.objective import Objective
from logistica.solvers.certificate import decrement_to_land_from
from logistica.solvers.driver import Run, Status, Surroundings, drive
from logistica.solvers.history import HistoryRow
from logistica.solvers.matrix_free.quasi_newton import QuasiNewton, QuasiNewtonState
from logistica.solvers.newton import Newton, NewtonState
from logistica.solvers.stopping import Close, Stopping

Array = NDArray[np.float64]

SHARE = 0.05
LARGEST_SHARE = 0.25
LARGEST_SHARE_HELD = 0.06
"""Of a larger sample no copy is made: a fit takes little memory beside X."""
FEWEST_ROWS = 5_000
ROWS_PER_PARAMETER = 40
CHEAP = 4.0
"""Gradients: with the sample's Hessian so many more steps are needed than with each point's own."""
BY_LAPACK, OF_THE_LOSS = 8.0, 10.0
"""How many products LAPACK makes while one is added up by its entries, and how many of these a row's loss costs."""
CLOSE = 0.1
"""Standard errors of the sample's fit within which its optimum is found."""
FAR = 1.0
"""A sample of which the optimum is not known to be so close, in these units, is of no use."""
CERTAIN = 0.5
"""Twice decrement times radius at which a Hessian of all rows is sure to certify: none is made further out."""
MOST_STEPS = 40
AT_ONCE = 16_384
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
    source = newton.objective.source
    n_rows = pilot_size(source.n_rows, len(newton.free))
    if n_rows is None or not isinstance(source, MemorySource):
        return None
    began = time.perf_counter()
    cheap = _hessians_are_cheap(newton.objective, source, len(newton.free))
    if cheap and n_rows > LARGEST_SHARE_HELD * source.n_rows:
        return None
    pilot = replace(newton, objective=replace(newton.objective, source=sampled(source, n_rows)))
    if cheap:
        return _by_newton(pilot, start, stopping, around.interruptible, began)
    return _by_gradients(newton, pilot, start, stopping, around, began)


def _by_gradients(
    newton: Newton,
    pilot: Newton,
    start: Array,
    stopping: Stopping,
    around: Surroundings[NewtonState],
    began: float,
) -> Near | None:
    """Go to the sample's optimum, and from there near to that of all rows, with the sample's Hessians."""
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
    radius = there.certificate.radius
    enough = max(stopping.tol, 2.0 * decrement_to_land_from(stopping.tol, radius))
    if radius > 0.0:
        enough = min(enough, CERTAIN / radius)
    close = Close(enough, min(MOST_STEPS, stopping.max_iter), left)
    run = _approach(newton, there, close, replace(quietly, watch=around.watch))
    return Near(run.status, run.state.theta, run.history, time.perf_counter() - began)


def _hessians_are_cheap(objective: Objective, source: MemorySource, n_parameters: int) -> bool:
    """Whether the Hessian, with its factor and its inverse, costs no more than ``CHEAP`` gradients."""
    if not products_of_entries(objective.coordinates, source.design):
        return False
    n, e, m = source.n_rows, source.design.entries_per_row, objective.shape[1]
    hessian = n * (m * (m + 1) / 2.0) * (e * (e + 1.0) / 2.0) + n_parameters**3 / BY_LAPACK
    return hessian <= CHEAP * n * m * (2.0 * e + OF_THE_LOSS)


def _by_newton(pilot: Newton, start: Array, stopping: Stopping, interruptible: bool, began: float) -> Near | None:
    """Return the sample's optimum, from which few steps are left to that of all rows."""
    close = Stopping(CLOSE, MOST_STEPS, doubt=True, seconds=stopping.seconds)
    found = drive(pilot, pilot.start(start), close, Surroundings(interruptible=interruptible))
    if found.status not in {Status.CONVERGED, Status.INTERRUPTED}:
        return None
    return Near(found.status, found.state.theta, (), time.perf_counter() - began)


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
    sizes = np.bincount(source.y)
    for code in np.flatnonzero(sizes).tolist():
        size = int(sizes[code])
        count = min(max(round(share * size), 1), size)
        chosen.append(_places(source.y, code, _drawn(rng, size, count)))
        factors.append(np.full(count, size / count))
    places = np.concatenate(chosen)
    order = np.argsort(places)
    rows, weights = places[order], np.concatenate(factors)[order]
    part = source.choose(rows)
    part = replace(part, weights=weights if part.weights is None else weights * part.weights)
    return _held(part, share)


def _drawn(rng: np.random.Generator, size: int, count: int) -> NDArray[np.intp]:
    """Return so many of the numbers below ``size``, ascending: of each stretch its share, without a list of all."""
    edges = np.append(np.arange(0, size, AT_ONCE), size)
    quotas = np.diff(np.rint(edges * (count / size)).astype(np.intp))
    stretches = zip(edges[:-1], np.diff(edges), quotas, strict=True)
    parts = [first + np.sort(rng.choice(step, quota, replace=False, shuffle=False)) for first, step, quota in stretches]
    return np.concatenate(parts)


def _places(y: NDArray[np.intp], code: int, ranks: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return where in y the code is for the first time, the second and so on; ``ranks`` ascend, from 0."""
    found, before = [], 0
    for first in range(0, len(y), AT_ONCE):
        here = np.flatnonzero(y[first : first + AT_ONCE] == code)
        low, high = np.searchsorted(ranks, [before, before + len(here)])
        found.append(here[ranks[low:high] - before] + first)
        before += len(here)
    return np.concatenate(found)


def _held(source: MemorySource, share: float) -> MemorySource:
    """Return a source whose rows lie side by side, quicker to read again and again, where they are few enough."""
    if share > LARGEST_SHARE_HELD:
        return source
    if isinstance(source.design, SparseDesign) and source.rows is not None:
        return replace(source, design=SparseDesign(source.design.X[source.rows]), rows=None)
    if not isinstance(source.design, DenseDesign):
        return source
    X = np.empty((source.n_rows, source.n_columns), source.design.X.dtype)
    for block in source.blocks(AT_ONCE):
        X[block.start : block.start + block.n_rows] = source.design.X[block.rows]
    return MemorySource(DenseDesign(X), source.y, source.weights, source.offset)
