"""What a separation leaves: the open pairs, the parameters that they determine, and their finite fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.data.source import WithOffset
from logistica.fitting.separation.cone import independent, null_space
from logistica.fitting.separation.linear_program import whole
from logistica.fitting.separation.pairs import Mask, Pairs
from logistica.objective.objective import Objective
from logistica.solvers.driver import Status, drive
from logistica.solvers.history import HistoryRow
from logistica.solvers.newton import Newton, NewtonState

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Rest:
    """What is left when some pairs are closed.

    Attributes
    ----------
    closed : array of bool, shape (n, K)
    basis : array, shape (d, r)
        Orthonormal, of the directions along which no open pair's margin moves.
    estimable : array of intp
        Places of the parameters, flattened, that the open pairs determine.
    start : array, shape (q, m)
        A point with zeros elsewhere.
    objective : Objective
        Of the open pairs alone.
    """

    closed: Mask
    basis: Array
    estimable: NDArray[np.intp]
    start: Array
    objective: Objective


def rest_of(newton: Newton, pairs: Pairs, every: Mask, still_open: Mask, theta: Array) -> Rest:
    """Return what is left; its start gives the open pairs the margins that ``theta``, shape (q, m), gives them."""
    free = newton.free
    closed = every & ~still_open
    basis = null_space(pairs, still_open, free)
    estimable = independent(basis)
    start = whole(_moved(theta.reshape(-1)[free], basis, estimable), free, pairs)
    return Rest(closed, basis, free[estimable], start, _remaining(newton.objective, closed))


def has_an_optimum(newton: Newton, rest: Rest) -> Rest | None:
    """Return the rest with a start that is certified to lie near its optimum; None where that is not found soon.

    Where there is an optimum nothing separates what is left.
    """
    finite = replace(newton, objective=rest.objective, free=rest.estimable)
    state = drive(finite, finite.start(rest.start), _until_certain).state
    return replace(rest, start=state.theta) if np.isfinite(state.certificate.bound) else None


def _until_certain(state: NewtonState, history: Sequence[HistoryRow], best: int) -> Status | None:
    if np.isfinite(state.certificate.bound):
        return Status.CONVERGED
    return Status.DOUBT if state.doubtful or state.stalled else None


def _moved(values: Array, basis: Array, estimable: NDArray[np.intp]) -> Array:
    """Move along the null space until all parameters but the estimable ones are zero."""
    others = np.setdiff1d(np.arange(len(values)), estimable)
    moved = values - basis @ np.linalg.solve(basis[others], values[others])
    moved[others] = 0.0
    return np.asarray(moved)


def _remaining(objective: Objective, closed: Mask) -> Objective:
    """Return the objective without the closed pairs: an infinite offset takes a class out of a row's choice."""
    source = objective.source
    blocks = list(source.blocks(2**16))
    offset = np.zeros((source.n_rows, objective.loss.n_outputs))
    if blocks[0].offset is not None:
        offset += np.concatenate([block.offset for block in blocks if block.offset is not None])
    if objective.loss.n_outputs == 1:
        offset[closed[:, 0], 0] = np.inf
        offset[closed[:, 1], 0] = -np.inf
    else:
        offset[closed] = -np.inf
    return replace(objective, source=WithOffset(source, offset))
