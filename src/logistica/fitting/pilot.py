"""A start close to the optimum of many rows, from a pilot sample of them.

The sample's optimum lies some standard errors away, and its Hessian is all but that of all rows, for which the sample's
weights stand. With both, a quasi-Newton method needs only a few sweeps for the gradient, each a fraction of the cost of
a sweep for the Hessian. The sample's own optimum is found in the same way, with the Hessian at the start of a part of
it. A point that is foreseen to be close enough is not looked at by itself: the sweep for its Hessian does that too.

Of rows with few entries, whose products are added up entry by entry, a Hessian may cost no more than a few gradients.
There Newton's method goes to the sample's optimum, and on from it; the sample must be the smaller to be worth it.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.linalg import Factor
from logistica.core.random import Purpose, generator
from logistica.data.design import DenseDesign, SparseDesign
from logistica.data.source import Block, MemorySource
from logistica.engines.base import Engine, Workspace
from logistica.objective.linear import products_of_entries
from logistica.objective.objective import Objective
from logistica.solvers.certificate import decrement_to_land_from
from logistica.solvers.driver import Run, Status, Surroundings, drive
from logistica.solvers.history import HistoryRow
from logistica.solvers.matrix_free.quasi_newton import QuasiNewton, QuasiNewtonState
from logistica.solvers.newton import Newton, NewtonState
from logistica.solvers.stopping import Close, Short, Stopping

Array = NDArray[np.float64]

SHARE = 0.05
LARGEST_SHARE = 0.25
LARGEST_SHARE_HELD = 0.06
"""Of a larger sample no copy is made, unless it has few numbers: a fit takes little memory beside X."""
FEW_NUMBERS = 2**18
"""As many as a block of rows has in scratch memory."""
FEWEST_ROWS = 5_000
ROWS_PER_PARAMETER = 40
CHEAP = 4.0
"""Gradients: with the sample's Hessian so many more steps are needed than with each point's own."""
BY_LAPACK, OF_THE_LOSS = 8.0, 10.0
"""How many products LAPACK makes while one is added up by its entries, and how many of these a row's loss costs."""
ROWS_AT_FIRST = 12
"""For each parameter, of the part of a sample whose Hessian leads to its optimum."""
CLOSE = 0.1
"""The sample's optimum is found within such a share of its own distance from that of all rows."""
TRIES = 2
"""With the Hessian at the start, and if that was not close enough with the one where it led."""
SHORT = 0.25
"""The share of the distance between both optima that a last step to the sample's may have."""
CERTAIN = 0.5
"""Twice decrement times radius at which a Hessian of all rows is sure to certify: none is made further out."""
MOST_STEPS = 40
AT_ONCE = 16_384
SEED = 20261121
"""Of the sample, whatever ``random_state`` is: the answer does not depend on it."""


@dataclass(frozen=True)
class Near:
    """A point near the optimum of all rows, how it was reached, and in how many seconds.

    Where it was only ``foreseen`` the history ends with the point before it.
    """

    status: Status
    theta: Array
    history: tuple[HistoryRow, ...]
    seconds: float
    foreseen: bool = False


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
    if cheap and not _is_held(source, n_rows):
        return None
    pilot = replace(
        newton, objective=replace(newton.objective, source=sampled(source, n_rows, newton.objective.engine))
    )
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
    found = _optimum_of(pilot, start, stopping.seconds, quietly)
    if found is None:
        return None
    if isinstance(found, Run):
        return Near(found.status, found.state.theta, (), time.perf_counter() - began)
    radius, sample = found.certificate.radius, pilot.objective.source
    assert found.factor is not None
    assert isinstance(sample, MemorySource)
    close = Close(
        _enough(max(stopping.tol, 2.0 * decrement_to_land_from(stopping.tol, radius)), found),
        min(MOST_STEPS, stopping.max_iter),
        stopping.seconds - (time.perf_counter() - began),
        contraction=math.sqrt(len(newton.free) / _equal_rows(sample)),
    )
    onwards = found.theta + found.about.direction
    run = _approach(newton, onwards, found.factor, close, replace(quietly, watch=around.watch))
    last, took = run.state, time.perf_counter() - began
    if run.status is Status.CONVERGED and last.distance > close.tol:
        return Near(run.status, last.theta + last.direction, run.history, took, foreseen=True)
    return Near(run.status, last.theta, run.history, took)


def _optimum_of(
    pilot: Newton, start: Array, seconds: float, around: Surroundings[QuasiNewtonState]
) -> NewtonState | Run[QuasiNewtonState] | None:
    """Return a state so close to a sample's optimum that there surely is one; None where it is not found.

    An interrupt ends it with the run that was on its way.
    """
    at, theta = _first_look(pilot, start), start
    for _ in range(TRIES):
        if at.factor is None:
            return None
        close = Close(_enough(_beside_chance(pilot), at), MOST_STEPS, seconds)
        run = _approach(pilot, theta, at.factor, close, around)
        if run.status is Status.INTERRUPTED:
            return run
        if run.status is not Status.CONVERGED:
            return None
        theta = run.state.theta
        at = pilot.start(theta)
        if math.isfinite(at.certificate.bound):
            return at
    return None


def _first_look(pilot: Newton, start: Array) -> NewtonState:
    """Return the state at the start by a part of the sample, where that is a small one and has a Hessian."""
    source, some = pilot.objective.source, max(FEWEST_ROWS, ROWS_AT_FIRST * len(pilot.free))
    assert isinstance(source, MemorySource)
    if 2 * some <= source.n_rows:
        part = replace(pilot.objective, source=sampled(source, some, pilot.objective.engine))
        first = replace(pilot, objective=part).start(start)
        if first.factor is not None:
            return first
    return pilot.start(start)


def _beside_chance(pilot: Newton) -> float:
    """Return a distance from the sample's optimum, in standard errors, that is small beside what chance moved it."""
    return 2.0 * CLOSE * math.sqrt(len(pilot.free))


def _enough(distance: float, at: NewtonState) -> float:
    """Return a distance, or one from which a Hessian is sure to certify, if that is less."""
    return min(distance, CERTAIN / at.certificate.radius) if at.certificate.radius > 0.0 else distance


def _equal_rows(source: MemorySource) -> float:
    """Return how many rows of equal weight tell as much."""
    return source.n_rows if source.weights is None else source.total_weight**2 / float(source.weights @ source.weights)


def _hessians_are_cheap(objective: Objective, source: MemorySource, n_parameters: int) -> bool:
    """Whether the Hessian, with its factor and its inverse, costs no more than ``CHEAP`` gradients."""
    if not products_of_entries(objective.coordinates, source.design):
        return False
    n, e, m = source.n_rows, source.design.entries_per_row, objective.shape[1]
    hessian = n * (m * (m + 1) / 2.0) * (e * (e + 1.0) / 2.0) + n_parameters**3 / BY_LAPACK
    return hessian <= CHEAP * n * m * (2.0 * e + OF_THE_LOSS)


def _by_newton(pilot: Newton, start: Array, stopping: Stopping, interruptible: bool, began: float) -> Near | None:
    """Return the sample's optimum, from which few steps are left to that of all rows.

    Where a penalty makes sure that there is one, a point from which Newton's next step is short will do: the optima of
    sample and of all rows lie about the root of the number of parameters apart, in the sample's standard errors.
    """
    sure = pilot.objective.penalty is not None
    doubtful = Stopping(_beside_chance(pilot), MOST_STEPS, doubt=True, seconds=stopping.seconds)
    rule = Short(SHORT * math.sqrt(len(pilot.free)), MOST_STEPS, stopping.seconds) if sure else doubtful
    found = drive(pilot, pilot.start(start), rule, Surroundings(interruptible=interruptible))
    if found.status is Status.CONVERGED:
        theta = found.state.theta + found.state.about.direction
    elif found.status is Status.INTERRUPTED:
        theta = found.state.theta
    else:
        return None
    return Near(found.status, theta, (), time.perf_counter() - began)


def _approach(
    newton: Newton, theta: Array, factor: Factor, close: Close, around: Surroundings[QuasiNewtonState]
) -> Run[QuasiNewtonState]:
    """Go on from a point by gradients alone, with a Hessian's factor as the first guess of every other."""
    solver = QuasiNewton(newton.objective, newton.free, factor.solve)
    return drive(solver, solver.start(theta), close, around)


def pilot_size(n_rows: int, n_parameters: int) -> int | None:
    """Return how many rows a sample should have; None where it would not be small beside all of them."""
    wanted = max(round(SHARE * n_rows), FEWEST_ROWS, ROWS_PER_PARAMETER * n_parameters)
    return wanted if wanted <= LARGEST_SHARE * n_rows else None


def sampled(source: MemorySource, n_rows: int, engine: Engine) -> MemorySource:
    """Return some rows of each class, with weights that make them stand for all rows."""
    rng = generator(SEED, Purpose.PILOT)
    share = n_rows / source.n_rows
    sizes = _sizes(source.y)
    counts = np.minimum(np.maximum(np.rint(share * sizes).astype(np.intp), 1), sizes)
    rows = np.concatenate(
        [
            _places(source.y, code, _drawn(rng, int(sizes[code]), int(counts[code])))
            for code in np.flatnonzero(sizes).tolist()
        ]
    )
    rows.sort(kind="stable")  # which merges what ascends
    part = source.choose(rows)
    weights = (sizes / np.maximum(counts, 1))[part.y]
    part = replace(part, weights=weights if part.weights is None else weights * part.weights)
    return _held(part, engine) if _is_held(source, n_rows) else part


def _sizes(y: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return how often each code is in y; NumPy makes long integers of all that it is given at once."""
    sizes = np.zeros(int(y.max()) + 1, dtype=np.intp)
    for first in range(0, len(y), AT_ONCE):
        sizes += np.bincount(y[first : first + AT_ONCE], minlength=len(sizes))
    return sizes


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


def _is_held(source: MemorySource, n_rows: int) -> bool:
    """Whether so many rows are few enough to be copied."""
    numbers = n_rows * min(source.design.entries_per_row, source.n_columns)
    return n_rows <= LARGEST_SHARE_HELD * source.n_rows or numbers <= FEW_NUMBERS


def _held(source: MemorySource, engine: Engine) -> MemorySource:
    """Return a source whose rows lie side by side, quicker to read again and again."""
    if isinstance(source.design, SparseDesign) and source.rows is not None:
        return replace(source, design=SparseDesign(source.design.X[source.rows]), rows=None)
    if not isinstance(source.design, DenseDesign):
        return source
    X = np.empty((source.n_rows, source.n_columns), source.design.X.dtype)

    def kernel(block: Block, workspace: Workspace) -> int:
        block.design.fill(block.rows, X[block.start : block.start + block.n_rows])
        return block.n_rows

    engine.sum(kernel, source, source.n_columns)
    return MemorySource(DenseDesign(X), source.y, source.weights, source.offset)
