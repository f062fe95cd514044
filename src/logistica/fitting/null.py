"""The log-likelihood without columns: what the others are compared with."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.data.design import ColumnsDesign, Design
from logistica.data.source import Block, Source
from logistica.fitting.columns import Columns
from logistica.objective.coordinates import Coordinates
from logistica.objective.objective import Objective
from logistica.solvers.damped_newton import with_damping
from logistica.solvers.driver import drive
from logistica.solvers.newton import Newton
from logistica.solvers.stopping import ROUNDING_LIMIT, Stopping

Array = NDArray[np.float64]


@dataclass(frozen=True)
class WithoutColumns:
    """A source's rows, with none of its columns."""

    original: Source
    n_columns: int = 0

    @property
    def design(self) -> Design:
        return ColumnsDesign(self.n_rows, ())

    @property
    def offset(self) -> Array | None:
        return self.original.offset

    @property
    def n_rows(self) -> int:
        return self.original.n_rows

    @property
    def total_weight(self) -> float:
        return self.original.total_weight

    def blocks(self, rows_per_block: int) -> Iterator[Block]:
        for block in self.original.blocks(rows_per_block):
            yield block._replace(design=ColumnsDesign(block.n_rows, ()), rows=slice(0, block.n_rows))

    def choose(self, rows: NDArray[np.intp]) -> WithoutColumns:
        return WithoutColumns(self.original.choose(rows))


def null_log_likelihood(objective: Objective, columns: Columns) -> float:
    """Return the log-likelihood of the intercept (if the model has one) and the offset alone.

    NaN where rounding hides it. ``objective`` is the likelihood's, without a penalty.
    """
    coordinates = objective.coordinates
    weight = columns.class_weight
    if objective.source.offset is None:
        if coordinates.intercept:
            return float((weight * np.log(weight / weight.sum())).sum())
        return float(-weight.sum() * np.log(len(weight)))
    nothing = np.empty(0)
    without = replace(
        objective,
        source=WithoutColumns(objective.source),
        coordinates=Coordinates(nothing, nothing, coordinates.intercept, coordinates.n_outputs, coordinates.reference),
    )
    if not coordinates.intercept:
        return -without.value(np.zeros(without.shape))
    places = np.arange(without.shape[1])
    newton = Newton(without, places, np.ones(1), np.array([weight.sum()]))
    start, stopping = columns.plain_intercepts[None, :], Stopping(doubt=False)
    run = with_damping(newton, drive(newton, newton.start(start), stopping), start, stopping)
    return -run.state.at.value if run.state.certificate.bound < ROUNDING_LIMIT else np.nan
