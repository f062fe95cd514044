"""Proximal Newton for many columns, by their entries.

Columns are not screened by the duality gap as well (Ndiaye, Fercoq, Gramfort and Salmon 2017, Journal of Machine
Learning Research 18). Of 50,000 sparse columns, under penalties that left 4,000 and 28,000 of them, its sphere excluded
none before the gap was 1e-3 of the objective, two steps from the end, and all sweeps that could have passed over them
were an eighth and a twentieth of the fit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.objective.by_column import by_column, predicted
from logistica.solvers.proximal.proximal_newton import ProximalNewton, ProximalState
from logistica.solvers.proximal.row_newton import Held, OnRows, Point

Array = NDArray[np.float64]

REDUCTION = 0.1
"""The share of the violation of optimality that a step leaves in its working set."""


@dataclass(frozen=True)
class ProximalNewtonOnRows(ProximalNewton):
    """Proximal Newton for many columns.

    A step goes most of the way to the optimum in the working set, from the entries of its columns, and then takes one
    sweep to see what lies outside. The copy of these entries takes no more than X in CSC form.
    """

    def start(self, theta: Array) -> ProximalState:
        slope, eta = predicted(self.problem.loss, theta)
        held = Held(eta, np.empty(0, dtype=np.intp), None)
        return replace(self._state(theta, slope, None, math.inf, 0.0, None), held=held)

    def resumed(self, state: ProximalState) -> ProximalState:
        """Return the state at the end of a run with other penalties; no sweep."""
        return replace(super().resumed(state), held=state.held)

    def step(self, state: ProximalState) -> ProximalState:
        """Return the state after one step."""
        problem, k = self.problem, self.problem.n_intercepts
        held = self._held(state)
        assert held.columns is not None
        everything = next(problem.loss.source.blocks(problem.loss.source.n_rows))
        on = OnRows(
            held.columns,
            problem.loss.loss,
            everything.y,
            everything.weights,
            problem.lasso[held.rows],
            problem.ridge[held.rows],
            bool(k),
        )
        start = Point(state.theta[held.rows], np.zeros(state.theta.shape[1]), held.eta)
        violation = problem.violation(state.theta, state.slope.gradient).max(initial=0.0)
        end = on.improved(start, REDUCTION * float(violation))
        theta = state.theta.copy()
        theta[held.rows] = end.at
        if k:
            theta[0] += end.intercept + held.columns.shift @ (end.at - start.at)
        slope, eta = predicted(problem.loss, theta)
        square = 2.0 * max(state.value - slope.value - problem.penalty(theta), 0.0)
        return replace(self._state(theta, slope, None, square, 1.0, state), held=replace(held, eta=eta))

    def _held(self, state: ProximalState) -> Held:
        """Return the columns that are held, with those that the gradient now pulls away from zero behind them."""
        problem, k, held = self.problem, self.problem.n_intercepts, state.held
        assert held is not None
        wanted = state.theta.any(axis=1) | (np.abs(state.slope.gradient).max(axis=1) > problem.lasso)
        wanted[held.rows] = False
        (columns,) = np.nonzero(wanted[k:])
        if held.columns is not None and not len(columns):
            return held
        entries = by_column(problem.loss, columns)
        if held.columns is not None:
            entries = held.columns.beside(entries)
        return Held(held.eta, np.concatenate([held.rows, columns + k]), entries)
