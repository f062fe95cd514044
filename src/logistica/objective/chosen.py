"""The same rows with some of their columns."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.data.design import ChosenColumns, Design
from logistica.data.source import Block, Source
from logistica.objective.objective import Objective

Array = NDArray[np.float64]


@dataclass(frozen=True)
class OfColumns:
    """A source with only some columns of X; everything else is the original's."""

    original: Source
    columns: NDArray[np.intp]

    @property
    def n_rows(self) -> int:
        return self.original.n_rows

    @property
    def n_columns(self) -> int:
        return len(self.columns)

    @property
    def design(self) -> Design:
        return ChosenColumns(self.original.design, self.columns)

    @property
    def offset(self) -> Array | None:
        return self.original.offset

    @property
    def total_weight(self) -> float:
        return self.original.total_weight

    def blocks(self, rows_per_block: int) -> Iterator[Block]:
        for block in self.original.blocks(rows_per_block):
            yield block._replace(design=ChosenColumns(block.design, self.columns))

    def choose(self, rows: NDArray[np.intp]) -> OfColumns:
        return OfColumns(self.original.choose(rows), self.columns)


def of_columns(objective: Objective, columns: NDArray[np.intp]) -> Objective:
    """Return an objective without a penalty in some of its columns, all others at zero, and the intercept if any."""
    coordinates = objective.coordinates
    if len(columns) == len(coordinates.scale):
        return objective
    chosen = replace(coordinates, centre=coordinates.centre[columns], scale=coordinates.scale[columns])
    return replace(objective, source=OfColumns(objective.source, columns), coordinates=chosen)
