"""A source: a stream of row blocks that can be read again and again, always in the same order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from logistica.core.records import frozen
from logistica.core.rows import NativeRows
from logistica.core.sparse import SparseRows
from logistica.data.design import DenseDesign, Design, Rows

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


class Block(NamedTuple):
    """Some rows. They are written to a scratch array only when, and where, they are used.

    Attributes
    ----------
    design, rows
        Where the rows of X are; :meth:`fill` writes them.
    y : array of intp, shape (n,)
        Class codes, 0 to K - 1.
    weights : array of float64, shape (n,), or None
        Positive; None stands for ones.
    offset : array of float64, shape (n, outputs), or None
        Added to eta; -inf takes a class out of a row's choice.
    start : int
        Number of source rows before this block.
    """

    design: Design
    rows: Rows
    y: Codes
    weights: Array | None
    offset: Array | None
    start: int

    @property
    def n_rows(self) -> int:
        return len(self.y)

    def fill(self, out: Array) -> None:
        """Write the rows of X to ``out``, shape (n_rows, n_columns)."""
        self.design.fill(self.rows, out)

    def view(self) -> Array | None:
        """Return the rows of X, shape (n_rows, n_columns), if they lie in memory as float64, number beside number."""
        return self.design.view(self.rows) if isinstance(self.design, DenseDesign) else None

    def native(self) -> NativeRows | None:
        """Return the rows of X where they lie, if compiled loops can read them there."""
        return self.design.native(self.rows)

    def entries(self) -> SparseRows | None:
        """Return the rows' entries, if they are mostly zeros."""
        return self.design.entries(self.rows)

    def held(self) -> Block:
        """Return the block with its rows in memory, for who takes it apart."""
        X = np.empty((self.n_rows, self.design.n_columns))
        self.fill(X)
        return self._replace(design=DenseDesign(X), rows=slice(0, self.n_rows))

    def part(self, start: int, stop: int) -> Block:
        """Return some rows of a held block."""
        here = slice(start, stop)
        return Block(
            self.design,
            here,
            self.y[here],
            None if self.weights is None else self.weights[here],
            None if self.offset is None else self.offset[here],
            self.start + start,
        )


class Source(Protocol):
    """What an engine reads."""

    @property
    def n_rows(self) -> int:
        """Rows with a positive weight, in all blocks together."""
        ...

    @property
    def n_columns(self) -> int:
        """Columns of X."""
        ...

    @property
    def design(self) -> Design:
        """What the rows of X are read from; none of them is read to tell."""
        ...

    @property
    def offset(self) -> Array | None:
        """What is added to eta, shape (n_rows, outputs), if anything."""
        ...

    @property
    def total_weight(self) -> float:
        """The sum of the weights, or the number of rows where there are none."""
        ...

    def blocks(self, rows_per_block: int) -> Iterator[Block]:
        """Yield all rows, in order, ``rows_per_block`` at a time."""
        ...

    def choose(self, rows: NDArray[np.intp]) -> Source:
        """Return a source of some of the rows, by their places among the rows in use."""
        ...


@frozen
class MemorySource:
    """Rows held in memory, by reference.

    ``y``, ``weights`` and ``offset`` hold only the rows in use; ``rows`` says which rows of ``design`` those are (None:
    all). Rows of weight zero and dropped rows are left out of ``rows``, so that they are as good as absent.
    """

    design: Design
    y: Codes
    weights: Array | None = None
    offset: Array | None = None
    rows: NDArray[np.intp] | None = None

    @property
    def n_rows(self) -> int:
        return len(self.y)

    @property
    def n_columns(self) -> int:
        return self.design.n_columns

    @property
    def total_weight(self) -> float:
        return float(self.n_rows) if self.weights is None else float(self.weights.sum())

    def blocks(self, rows_per_block: int) -> Iterator[Block]:
        for start in range(0, self.n_rows, rows_per_block):
            here = slice(start, min(start + rows_per_block, self.n_rows))
            yield Block(
                design=self.design,
                rows=here if self.rows is None else self.rows[here],
                y=self.y[here],
                weights=None if self.weights is None else self.weights[here],
                offset=None if self.offset is None else self.offset[here],
                start=start,
            )

    def choose(self, rows: NDArray[np.intp]) -> MemorySource:
        return MemorySource(
            self.design,
            self.y[rows],
            None if self.weights is None else self.weights[rows],
            None if self.offset is None else self.offset[rows],
            rows if self.rows is None else self.rows[rows],
        )


@frozen
class WithOffset:
    """A source with another offset, shape (n_rows, outputs); everything else is the original's."""

    original: Source
    offset: Array

    @property
    def design(self) -> Design:
        return self.original.design

    @property
    def n_rows(self) -> int:
        return self.original.n_rows

    @property
    def n_columns(self) -> int:
        return self.original.n_columns

    @property
    def total_weight(self) -> float:
        return self.original.total_weight

    def blocks(self, rows_per_block: int) -> Iterator[Block]:
        for block in self.original.blocks(rows_per_block):
            yield block._replace(offset=self.offset[block.start : block.start + block.n_rows])

    def choose(self, rows: NDArray[np.intp]) -> WithOffset:
        return WithOffset(self.original.choose(rows), self.offset[rows])
