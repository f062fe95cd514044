"""The intercepts that suit some rows best, all else being known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from logistica.data.source import Block, WithOffset
from logistica.engines.base import Collected, Workspace
from logistica.fitting.null import WithoutColumns
from logistica.objective.coordinates import Coordinates
from logistica.objective.linear import linear
from logistica.objective.objective import Objective, eta
from logistica.solvers.damped_newton import with_damping
from logistica.solvers.driver import drive
from logistica.solvers.newton import Newton
from logistica.solvers.stopping import ROUNDING_LIMIT, Stopping

Array = NDArray[np.float64]


def intercept_shift(objective: Objective, theta: Array) -> Array | None:
    """Return what to add to the intercepts at theta to maximise the likelihood of the objective's rows.

    Then the mean predicted probability of each class is its share of the rows, weighted.

    Parameters
    ----------
    objective : Objective
    theta : array, shape (q, m)
        In its coordinates, intercept first.

    Returns
    -------
    array, shape (outputs,), or None
        The first output's is 0 for a softmax; None where no finite intercepts exist.
    """
    predictors = _predictors(objective, theta)
    loss, nothing = objective.loss, np.empty(0)
    reference = 0 if loss.invariant else None
    alone = replace(
        objective,
        penalty=None,
        source=WithoutColumns(WithOffset(objective.source, predictors)),
        coordinates=Coordinates(nothing, nothing, True, loss.n_outputs, reference),
    )
    newton = Newton(alone, np.arange(alone.shape[1]), np.ones(1), np.array([alone.total_weight]))
    start, stopping = np.zeros(alone.shape), Stopping(doubt=False)
    run = with_damping(newton, drive(newton, newton.start(start), stopping), start, stopping)
    if not run.state.certificate.bound <= ROUNDING_LIMIT:
        return None
    return np.asarray(alone.coordinates.outputs(run.state.theta)[0])


def _predictors(objective: Objective, theta: Array) -> Array:
    """Return the linear predictors of all rows, shape (n, outputs)."""
    full = objective.coordinates.outputs(theta)

    def kernel(block: Block, workspace: Workspace) -> Collected:
        return Collected((eta(linear(objective.coordinates, block, workspace), full, block),))

    return np.concatenate(objective.engine.sum(kernel, objective.source, objective.linear_width).arrays)
