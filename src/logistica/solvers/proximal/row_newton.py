"""Proximal Newton in some columns, with the rows' predictors at hand.

Nothing outside these columns is looked at, and no sweep is made: a step needs the columns' own entries, and a step size
only the predictors before and after it (Yuan, Ho and Lin 2012, Journal of Machine Learning Research 13).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.losses.base import Loss, Terms
from logistica.objective.by_column import ByColumn
from logistica.penalties import separable
from logistica.solvers.line_search import SMALLEST_STEP, SUFFICIENT_DECREASE, slack_of
from logistica.solvers.proximal.coordinate_descent import RowModel
from logistica.solvers.proximal.gram_model import inverse_of_intercepts

Array = NDArray[np.float64]

MOST_STEPS = 12
MOST_CYCLES = 30
CLOSE = 1e-2
"""The worth of a move, as a share of the first cycle's, at which the descent on a step's model ends."""
CONSTANT = 1e-10
"""A column of whose bend less than this share is left once the intercepts have followed is as good as constant."""


@dataclass(frozen=True)
class Point:
    """Coefficients in the columns, (d, m), by how much the intercepts have moved, (m,), and predictors, (n, m)."""

    at: Array
    intercept: Array
    eta: Array


@dataclass(frozen=True)
class Held:
    """What is kept from step to step: all rows' predictors, shape (n, m), and columns, with their rows of theta."""

    eta: Array
    rows: NDArray[np.intp]
    columns: ByColumn | None


@dataclass(frozen=True)
class OnRows:
    """The objective in some columns, all other coefficients held.

    Attributes
    ----------
    columns : ByColumn
    loss : Loss
    y : array of intp, shape (n,)
    weights : array, shape (n,), or None
    lasso, ridge : arrays, shape (d,)
    intercept : bool
    """

    columns: ByColumn
    loss: Loss
    y: NDArray[np.intp]
    weights: Array | None
    lasso: Array
    ridge: Array
    intercept: bool

    def improved(self, point: Point, violation: float) -> Point:
        """Return a point where no coefficient is further from optimal than ``violation``, as a share of its strength.

        Or one a number of steps closer.
        """
        free = range(point.at.shape[1])
        terms = self.loss.terms(point.eta, self.y, self.weights, free)
        for _ in range(MOST_STEPS):
            model = self._model(point, terms)
            self._descend(model)
            moved = self._searched(point, terms, model)
            if moved is None:
                return point
            point, terms = moved
            if self._violation(point, terms) <= violation:
                return point
        return point

    def _violation(self, point: Point, terms: Terms) -> float:
        """Return the furthest that a coefficient is from being optimal, as a share of its L1 strength."""
        slopes = self.columns.x.times(terms.residual)
        if self.intercept:
            slopes -= self.columns.shift[:, None] * terms.residual.sum(axis=0)
        return float(separable.violation(self.lasso, self.ridge, point.at, slopes).max(initial=0.0))

    def _model(self, point: Point, terms: Terms) -> RowModel:
        """Return the quadratic model of the loss at a point."""
        x, m = self.columns.x, point.at.shape[1]
        weights = 1.0 if self.weights is None else self.weights[:, None]
        if m == 1:
            proba, weighted = None, self.loss.second_derivative(terms.proba, 0, 0)[:, None] * weights
        else:
            proba = terms.proba
            weighted = proba * weights
        bend, beside, following = np.empty((len(self.lasso), m)), np.zeros((0, m, m)), np.zeros((0, m, m))
        intercept = None
        for k in range(m):
            own = weighted[:, [k]] if proba is None else weighted[:, [k]] * (1.0 - proba[:, [k]])
            bend[:, [k]] = self.columns.squares_times(own)
        if self.intercept:
            beside, among = self._beside(weighted, proba)
            inverse = inverse_of_intercepts(among)
            following = beside @ inverse
            intercept = -inverse @ terms.residual.sum(axis=0)
            left = bend - np.sum(following * beside, axis=2)
            bend = np.where(left > CONSTANT * bend, left, 0.0)
        return RowModel(
            x, terms.residual.copy(), weighted, proba, point.at.copy(), bend,
            self.lasso, self.ridge, intercept, beside, following,
        )  # fmt: skip

    def _beside(self, weighted: Array, proba: Array | None) -> tuple[Array, Array]:
        """Return the second derivatives between coordinates and intercepts, (d, m, m), and among the intercepts."""
        m = weighted.shape[1]
        beside, among = np.empty((len(self.lasso), m, m)), np.empty((m, m))
        for k in range(m):
            bent = weighted[:, [k]]
            if proba is not None:
                bent = -bent * proba
                bent[:, k] += weighted[:, k]
            beside[:, k, :] = self.columns.x.times(bent)
            among[k] = bent.sum(axis=0)
        return beside, among

    def _descend(self, model: RowModel) -> None:
        """Bring the model close to its lowest point: all columns, then those not zero for as long as it pays."""
        everything = np.arange(len(self.lasso))
        first = model.cycle(everything)
        cycles = 1
        while cycles < MOST_CYCLES:
            if model.proba is not None:
                model.at[:] = separable.balanced(self.lasso, self.ridge, model.at)
            active = np.flatnonzero(model.at.any(axis=1))
            worth = first
            while cycles < MOST_CYCLES and worth > 0.1 * CLOSE * first:
                worth = model.cycle(active)
                cycles += 1
            if model.cycle(everything) <= CLOSE * first:
                return
            cycles += 1

    def _searched(self, point: Point, terms: Terms, model: RowModel) -> tuple[Point, Terms] | None:
        """Return the point a good step towards the model's lowest point leads to, or None where none is good."""
        step = model.at - point.at
        change = self.columns.x.transposed_times(step)
        intercept = np.zeros(step.shape[1]) if model.intercept is None else model.intercept
        change += intercept
        penalty = self._penalty(point.at)
        promise = -float(np.vdot(terms.residual, change)) - (self._penalty(model.at) - penalty)
        value, step_size = terms.loss + penalty, 1.0
        while step_size > SMALLEST_STEP:
            at = model.at if step_size == 1.0 else point.at + step_size * step
            eta = point.eta + step_size * change
            after = self.loss.terms(eta, self.y, self.weights, range(step.shape[1]))
            if after.loss + self._penalty(at) <= value - SUFFICIENT_DECREASE * step_size * promise + slack_of(value):
                return Point(at, point.intercept + step_size * intercept, eta), after
            step_size /= 2.0
        return None

    def _penalty(self, at: Array) -> float:
        return separable.value(self.lasso, self.ridge, at)
