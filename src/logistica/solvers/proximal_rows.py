"""Proximal Newton for many columns of sparse rows."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.objective.by_column import predicted, sparse_columns
from logistica.solvers.proximal_newton import ProximalNewton, ProximalState
from logistica.solvers.row_newton import Held, OnRows, Point

Array = NDArray[np.float64]

REDUCTION = 0.01
"""The share of the violation of optimality that a step leaves in its working set."""


@dataclass(frozen=True)
class ProximalNewtonOnRows(ProximalNewton):
    """Proximal Newton for many columns of sparse rows.

    A step goes most of the way to the optimum in the working set, from the entries of its columns, and then takes one
    sweep to see what lies outside. The copy of these entries takes no more than X in CSC form.
    """

    def start(self, theta: Array) -> ProximalState:
        slope, eta = predicted(self.problem.loss, theta)
        return replace(self._state(theta, slope, None, math.inf, 0.0, None), held=Held(eta, None))

    def step(self, state: ProximalState) -> ProximalState:
        """Return the state after one step."""
        problem, k = self.problem, self.problem.n_intercepts
        assert state.held is not None
        on = self._on_rows(state, state.held)
        violation = problem.violation(state.theta, state.slope.gradient).max(initial=0.0)
        start = Point(state.theta[on.rows], np.zeros(state.theta.shape[1]), state.held.eta)
        end = on.improved(start, REDUCTION * float(violation))
        theta = state.theta.copy()
        theta[on.rows] = end.at
        if k:
            theta[0] += end.intercept + on.columns.shift @ (end.at - start.at)
        slope, eta = predicted(problem.loss, theta)
        square = 2.0 * max(state.value - slope.value - problem.penalty(theta), 0.0)
        return replace(self._state(theta, slope, None, square, 1.0, state), held=Held(eta, on))

    def resumed(self, state: ProximalState) -> ProximalState:
        """Return the state at the end of a run with other penalties; no sweep."""
        assert state.held is not None
        return replace(super().resumed(state), held=Held(state.held.eta, None))

    def _on_rows(self, state: ProximalState, held: Held) -> OnRows:
        """Return the columns that are held, with those that the gradient now pulls away from zero behind them."""
        problem, k = self.problem, self.problem.n_intercepts
        pull = np.abs(state.slope.gradient).max(axis=1) > problem.lasso
        wanted = state.theta.any(axis=1) | pull
        if held.on is not None:
            wanted[held.on.rows] = False
        (columns,) = np.nonzero(wanted[k:])
        if held.on is not None and not len(columns):
            return held.on
        entries, rows = sparse_columns(problem.loss, columns), columns + k
        if held.on is not None:
            entries, rows = held.on.columns.beside(entries), np.concatenate([held.on.rows, rows])
        loss = problem.loss
        everything = next(loss.source.blocks(loss.source.n_rows))
        return OnRows(
            rows,
            entries,
            loss.loss,
            everything.y,
            everything.weights,
            problem.lasso[rows],
            problem.ridge[rows],
            bool(k),
        )
