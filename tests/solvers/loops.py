"""First-order methods as plain loops over plain arrays, straight from their textbooks, to compare the solvers with.

Nothing here is shared with the package: the softmax is written with exponentials, K classes have K columns of
coefficients, two classes have one, and every update is spelt out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from logistica.core.random import Purpose, generator

Array = np.ndarray
Rate = Callable[[float], float]
"""The learning rate at a time counted in epochs."""


@dataclass(frozen=True)
class Data:
    """Rows, codes of their classes, and everything that a mean objective is made of."""

    X: Array
    y: Array
    weights: Array | None = None
    offset: Array | None = None
    ridge: float = 0.0
    lasso: float = 0.0
    intercept: bool = True
    K: int = 2

    @property
    def outputs(self) -> int:
        return 1 if self.K == 2 else self.K

    @property
    def w(self) -> Array:
        return np.ones(len(self.y)) if self.weights is None else self.weights

    @property
    def total(self) -> float:
        return float(self.w.sum())

    def zeros(self) -> tuple[Array, Array]:
        return np.zeros((self.outputs, self.X.shape[1])), np.zeros(self.outputs)

    def part(self, rows: Array) -> Data:
        """Return some rows, whose weights are of the same size on average as those of all."""
        w = self.w[rows] * (self.total / len(self.y)) ** -1
        return replace(
            self,
            X=self.X[rows],
            y=self.y[rows],
            weights=w,
            offset=None if self.offset is None else self.offset[rows],
        )


def proba(data: Data, coef: Array, intercept: Array) -> Array:
    """Return the probability of each class, shape (n, K)."""
    eta = data.X @ coef.T + intercept
    if data.offset is not None:
        eta = eta + data.offset.reshape(len(eta), -1)
    if data.outputs == 1:
        eta = np.column_stack([np.zeros(len(eta)), eta])
    power = np.exp(eta - eta.max(axis=1, keepdims=True))
    return power / power.sum(axis=1, keepdims=True)


def log_loss(data: Data, coef: Array, intercept: Array) -> float:
    """Return the mean weighted log loss."""
    own = proba(data, coef, intercept)[np.arange(len(data.y)), data.y]
    return float(-(data.w @ np.log(own)) / data.total)


def objective(data: Data, coef: Array, intercept: Array) -> float:
    """Return the mean objective, all penalties included."""
    penalty = 0.5 * data.ridge * np.sum(coef**2) + data.lasso * np.sum(np.abs(coef))
    return log_loss(data, coef, intercept) + float(penalty) / data.total


def gradient(data: Data, coef: Array, intercept: Array, whole: Data | None = None) -> tuple[Array, Array]:
    """Return that of the smooth part; for rows of a batch with the weights' scale and the penalty of the whole."""
    residual = proba(data, coef, intercept)
    residual[np.arange(len(data.y)), data.y] -= 1.0
    residual = residual[:, 1:] if data.outputs == 1 else residual
    residual = residual * data.w[:, None] / (data.total if whole is None else len(data.y))
    along = residual.sum(axis=0) if data.intercept else np.zeros(data.outputs)
    return residual.T @ data.X + data.ridge / (whole or data).total * coef, along


def shrunk(coef: Array, by: float) -> Array:
    """Return coefficients moved towards zero, and no further."""
    return np.sign(coef) * np.maximum(np.abs(coef) - by, 0.0)


def gradient_descent(data: Data, rate: Rate, epochs: int, start: tuple[Array, Array] | None = None) -> list:
    """Plain descent, with a proximal step if there is an L1 penalty."""
    coef, intercept = data.zeros() if start is None else start
    path = [(coef, intercept)]
    for epoch in range(epochs):
        g, g0 = gradient(data, coef, intercept)
        coef = shrunk(coef - rate(epoch) * g, rate(epoch) * data.lasso / data.total)
        intercept = intercept - rate(epoch) * g0
        path.append((coef, intercept))
    return path


def momentum_descent(data: Data, rate: Rate, epochs: int, beta: float, *, nesterov: bool) -> list:
    """Descent with a velocity, as Sutskever et al. (2013) and PyTorch write it; no L1 penalty."""
    coef, intercept = data.zeros()
    v, v0 = data.zeros()
    path = [(coef, intercept)]
    for epoch in range(epochs):
        g, g0 = gradient(data, coef, intercept)
        v, v0 = beta * v + g, beta * v0 + g0
        step, step0 = (g + beta * v, g0 + beta * v0) if nesterov else (v, v0)
        coef, intercept = coef - rate(epoch) * step, intercept - rate(epoch) * step0
        path.append((coef, intercept))
    return path


def accelerated_proximal_gradient(data: Data, rate: float, epochs: int, beta: float) -> list:
    """FISTA with a constant momentum that ends where a coefficient is held at zero; the path of extrapolated points."""
    coef, intercept = data.zeros()
    before, before0 = data.zeros()
    path = [(coef, intercept)]
    for _ in range(epochs):
        g, g0 = gradient(data, coef, intercept)
        landed = shrunk(coef - rate * g, rate * data.lasso / data.total)
        landed0 = intercept - rate * g0
        coef = np.where(landed == 0.0, 0.0, landed + beta * (landed - before))
        intercept = landed0 + beta * (landed0 - before0)
        before, before0 = landed, landed0
        path.append((coef, intercept))
    return path


def inertial_proximal_gradient(data: Data, rate: float, epochs: int, beta: float) -> list:
    """iPiano: a proximal step from where the gradient and the last step lead."""
    coef, intercept = data.zeros()
    before, before0 = coef, intercept
    path = [(coef, intercept)]
    for _ in range(epochs):
        g, g0 = gradient(data, coef, intercept)
        kept = np.where(coef == 0.0, 0.0, coef - before)
        landed = shrunk(coef - rate * g + beta * kept, rate * data.lasso / data.total)
        landed0 = intercept - rate * g0 + beta * (intercept - before0)
        before, before0, coef, intercept = coef, intercept, landed, landed0
        path.append((coef, intercept))
    return path


def orders(n: int, epochs: int, *, shuffle: bool, random_state: int) -> list[Array]:
    """Return the order of the rows in each epoch, drawn one after the other from the stream for batches."""
    rng = generator(random_state, Purpose.BATCHES)
    return [rng.permutation(n) if shuffle else np.arange(n) for _ in range(epochs)]


@dataclass(frozen=True)
class Epoch:
    """Where an epoch ended, the mean of its batches' losses, each before its update, and the last learning rate."""

    coef: Array
    intercept: Array
    running_loss: float
    rate: float


def stochastic(
    data: Data,
    rate: Rate,
    order: list[Array],
    size: int,
    *,
    rule: str = "plain",
    beta: float = 0.9,
    average_from: float = math.inf,
) -> list[Epoch]:
    """Return what mini-batches of ``size`` rows lead to, epoch by epoch, the start first.

    ``rule`` is "plain", "momentum", "nesterov" or "adam"; from the update ``average_from`` on, counted from 1, the mean
    of the points stands for the last one.
    """
    theta = list(data.zeros())
    velocity, mean, square = list(data.zeros()), list(data.zeros()), list(data.zeros())
    n, update, points = len(data.y), 0, []
    path = [Epoch(theta[0], theta[1], math.nan, 0.0)]
    per_epoch = -(-n // size)
    for rows in order:
        running = 0.0
        for start in range(0, n, size):
            batch = data.part(rows[start : start + size])
            here = -np.log(proba(batch, *theta)[np.arange(len(batch.y)), batch.y]) @ batch.w
            penalty = 0.5 * data.ridge * np.sum(theta[0] ** 2) + data.lasso * np.sum(np.abs(theta[0]))
            running += here / n + penalty / data.total * len(batch.y) / n
            now = rate(update / per_epoch)
            update += 1
            g = gradient(batch, *theta, whole=data)
            for i in (0, 1):
                if rule == "adam":
                    mean[i] = beta * mean[i] + (1 - beta) * g[i]
                    square[i] = 0.99 * square[i] + (1 - 0.99) * g[i] ** 2
                    step = mean[i] / (1 - beta**update) / (np.sqrt(square[i] / (1 - 0.99**update)) + 1e-8)
                elif rule == "plain":
                    step = g[i]
                else:
                    velocity[i] = beta * velocity[i] + g[i]
                    step = velocity[i] if rule == "momentum" else g[i] + beta * velocity[i]
                theta[i] = theta[i] - now * step
            theta[0] = shrunk(theta[0], now * data.lasso / data.total)
            if update >= average_from:
                points.append((theta[0], theta[1]))
        stand = theta if not points else [np.mean([point[i] for point in points], axis=0) for i in (0, 1)]
        path.append(Epoch(stand[0], stand[1], running, now))
    return path
