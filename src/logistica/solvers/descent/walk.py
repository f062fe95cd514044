"""The updates of an epoch over mini-batches, one after the other, by NumPy; compiled in :mod:`compiled_walk`."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.objective.mean import MeanObjective
from logistica.solvers.descent.schedules import Schedule
from logistica.solvers.descent.updates import Memory, Step, UpdateRule

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Pace:
    """How far the updates of a run go.

    Attributes
    ----------
    learning_rate : float
    schedule : Schedule
    epochs, n_rows, batch_size : int
    averaged_share : float
        The share of all updates, the last ones, over whose points is averaged.
    by_rows : bool
        Whether a last batch with fewer rows counts for as much less, instead of as much as the others. A single row
        may otherwise undo what an epoch has learnt.
    """

    learning_rate: float
    schedule: Schedule
    epochs: int
    n_rows: int
    batch_size: int
    averaged_share: float
    by_rows: bool

    @property
    def updates_per_epoch(self) -> int:
        """Number of batches."""
        return -(-self.n_rows // self.batch_size)

    @property
    def begin(self) -> float:
        """How many updates come before those whose points are averaged."""
        return self.epochs * self.updates_per_epoch * (1.0 - self.averaged_share)

    def sizes(self, updates: int) -> list[float]:
        """Return the step sizes of an epoch that begins after so many updates."""
        per_epoch, factor = self.updates_per_epoch, self.schedule.factor
        return [self.learning_rate * factor(k / per_epoch, self.epochs) for k in range(updates, updates + per_epoch)]

    def share(self, n_rows: int) -> float:
        """Return how much a batch of so many rows counts."""
        return n_rows / self.batch_size if self.by_rows else 1.0


@dataclass(frozen=True)
class Walk:
    """Where the updates so far have led.

    Attributes
    ----------
    point : array, shape (q, m)
        Where the next update starts.
    mean : array, shape (q, m)
        The mean of the points since averaging began.
    memory : dict of arrays
        Of the update rule.
    updates, averaged : int
        How many there were, and how many points the mean is of.
    running_loss : float
        The sum of the batches' losses, each taken before its update, by their shares of all rows.
    step_size : float
        Of the last update.
    """

    point: Array
    mean: Array
    memory: Memory
    updates: int
    averaged: int
    running_loss: float = 0.0
    step_size: float = 0.0


def walk_on(mean: MeanObjective, rule: UpdateRule, pace: Pace, walk: Walk, order: NDArray[np.intp] | None) -> Walk:
    """Return where an epoch leads: one update for each batch of the rows, in their order or in ``order``."""
    memory, sizes = dict(walk.memory), pace.sizes(walk.updates)
    for batch, size in zip(mean.batches(pace.batch_size, order), sizes, strict=True):
        at = batch.slope(walk.point)
        share = pace.share(batch.n_rows)
        step = Step(walk.point, share * at.gradient, size, walk.updates + 1, share)
        point = rule.move(step, memory, mean.proximal)
        average, averaged = walk.mean, walk.averaged
        if step.number > pace.begin:
            averaged += 1
            average = point if averaged == 1 else average + (point - average) / averaged
        running = walk.running_loss + at.value * (batch.n_rows / pace.n_rows)
        walk = Walk(point, average, memory, step.number, averaged, running, size)
    return walk
