"""Pointwise intervals of predicted probabilities, made on the scale of the log-odds.

The log-odds of class k against all others are eta_k - log(sum over j != k of exp(eta_j)). Their derivative in eta_j
is 1 for k itself and -p_j / (1 - p_k) for the others, so that their variance follows from the covariance of eta (the
delta method; for two classes eta is linear in the coefficients, and nothing is approximated). The interval of the
log-odds, taken back to probabilities, lies between 0 and 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.core.records import Note
from logistica.core.stable import expit, logsumexp, softmax
from logistica.data.newrows import NewRows
from logistica.data.source import Block, MemorySource
from logistica.engines import Collected, NumpyEngine, Workspace
from logistica.fitting.record import Fit
from logistica.inference import tails, validity
from logistica.inference.contrasts import LOST
from logistica.prediction.fitted import Fitted, linear_predictor

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class ProbabilityIntervals:
    """Probabilities of every class, and their intervals.

    Attributes
    ----------
    proba, lower, upper : arrays, shape (n, K)
        In the order of the classes. Without a valid covariance the ends are NaN.
    level : float
        Of each interval by itself.
    notes : tuple of Note
        Why there are no intervals.
    """

    proba: Array
    lower: Array
    upper: Array
    level: float
    notes: tuple[Note, ...]


def probability_intervals(fitted: Fitted, rows: NewRows, level: float = 0.95) -> ProbabilityIntervals:
    """Return the probabilities of new rows with pointwise intervals; they hold for an unpenalised, finite estimate.

    Parameters
    ----------
    fitted : Fitted
    rows : NewRows
        In the model's columns; offsets count as known.
    level : float, default 0.95

    Raises
    ------
    OptionError
        For a level outside (0, 1).
    """
    tails.check_level(level)
    eta = linear_predictor(fitted, rows)
    proba = fitted.loss.proba(eta)
    reason = _about_intervals(fitted.fit)
    if reason is not None:
        nothing = np.full_like(proba, np.nan)
        return ProbabilityIntervals(proba, nothing, nothing, float(level), (reason,))
    log_odds, derivative = _log_odds(eta)
    free = list(fitted.fit.estimate.coordinates.free_outputs)
    half = tails.half_width(level) * _std_error(fitted, rows, derivative[:, :, free])
    if eta.shape[1] == 1:
        log_odds, half = np.column_stack([-log_odds, log_odds]), np.repeat(half, 2, axis=1)
    return ProbabilityIntervals(proba, expit(log_odds - half), expit(log_odds + half), float(level), ())


def _about_intervals(fit: Fit) -> Note | None:
    """Say why there are no intervals, if there are none."""
    if fit.separation is not None:
        return Note("separated", "No intervals are given: the classes are separated, and the estimate is not finite.")
    reason = validity.about_convergence(fit) or validity.about_standard_errors(fit) or validity.about_penalty(fit)
    if reason is None and fit.estimate.covariances.parameters is None:
        why = "a saved model with so many coefficients keeps no covariance. Fit it again."
        if fit.record.history:
            why = "a part of the covariance is beyond all numbers. Bring weights and columns closer to 1."
        return Note("no-covariance", f"No intervals are given: {why}")
    return reason


def _log_odds(eta: Array) -> tuple[Array, Array]:
    """Return the log-odds of each output, shape (n, o), and their derivatives in each output of eta, (n, o, o)."""
    n, outputs = eta.shape
    if outputs == 1:
        return eta, np.ones((n, 1, 1))
    log_odds = np.empty_like(eta)
    derivative = np.empty((n, outputs, outputs))
    for k in range(outputs):
        others = [j for j in range(outputs) if j != k]
        log_odds[:, k] = eta[:, k] - logsumexp(eta[:, others])
        derivative[:, k, others] = -softmax(eta[:, others])
        derivative[:, k, k] = 1.0
    return log_odds, derivative


def _std_error(fitted: Fitted, rows: NewRows, derivative: Array) -> Array:
    """Return standard errors of the log-odds, shape (n, o), from derivatives in the free outputs, (n, o, m)."""
    estimate = fitted.fit.estimate
    coordinates = estimate.coordinates
    q, m = coordinates.shape
    assert estimate.covariances.parameters is not None
    covariance = estimate.covariances.parameters.reshape(q, m, q, m)
    size = np.sqrt(np.einsum("jaja->ja", covariance))

    def kernel(block: Block, workspace: Workspace) -> Collected:
        z = coordinates.rows(block, workspace)
        here = derivative[block.start : block.start + block.n_rows]
        functional = np.einsum("ij,ioa->ioja", z, here)
        variance = np.einsum("ioja,jakb,iokb->io", functional, covariance, functional, optimize=True)
        terms = np.einsum("ioja,ja->io", np.abs(functional), size) ** 2
        known = (variance > LOST * terms) | (terms == 0.0)
        return Collected((np.where(known, variance, np.nan),))

    source = MemorySource(rows.design, np.zeros(rows.n_rows, dtype=np.intp))
    return np.asarray(np.sqrt(np.concatenate(NumpyEngine().sum(kernel, source, q).arrays)))
