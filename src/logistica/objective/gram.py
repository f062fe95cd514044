"""The Gram matrix of the columns of z."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.core.products import symmetric_product
from logistica.data.source import Block, Source
from logistica.engines.base import Engine, Workspace
from logistica.objective.coded import codes_of
from logistica.objective.coordinates import Coordinates
from logistica.objective.linear import WIDTH_OF_ENTRIES, products_of_columns, products_of_entries, with_products

Array = NDArray[np.float64]


def gram_matrix(engine: Engine, source: Source, coordinates: Coordinates) -> Array:
    """Return the weighted sum of z z', shape (q, q); of rows with few entries entry by entry, of factors by levels."""

    def unwritten(block: Block, workspace: Workspace) -> Array:
        weights = np.ones(block.n_rows) if block.weights is None else block.weights
        return with_products(coordinates, block, workspace).gram(weights)

    def kernel(block: Block, workspace: Workspace) -> Array:
        room = workspace.room_of_products(coordinates.n_rows, weighted=block.weights is not None)
        return symmetric_product(coordinates.rows(block, workspace), block.weights, room)

    by_codes = codes_of(coordinates, source.design)
    if by_codes is not None:
        return products_of_columns(coordinates, source, engine.sum(unwritten, source, by_codes.width))
    if products_of_entries(coordinates, source.design):
        return engine.sum(unwritten, source, WIDTH_OF_ENTRIES)
    return engine.sum(kernel, source, 2 * coordinates.n_rows)
