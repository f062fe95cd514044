"""The one seam between mathematics and rows: sweep the rows, add up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from logistica.core.compiled import library
from logistica.core.products import room_for
from logistica.core.rows import NativeRows
from logistica.data.source import Block, Source

Array = NDArray[np.float64]


class Sums(Protocol):
    """What a kernel makes of a block, and what all blocks come to: anything that adds."""

    def __add__(self, other: Self, /) -> Self: ...


S = TypeVar("S", bound=Sums)
S_co = TypeVar("S_co", bound=Sums, covariant=True)


class Repeated(Protocol):
    """What a kernel makes of rows that it has read several times."""

    @property
    def sweeps(self) -> int:
        """How often it has read them."""
        ...


R = TypeVar("R", bound=Repeated)


@dataclass(frozen=True)
class Collected:
    """Arrays of blocks in the order of the rows, to be joined; adding two puts one behind the other."""

    arrays: tuple[NDArray[Any], ...]

    def __add__(self, other: Collected) -> Collected:
        return Collected(self.arrays + other.arrays)


@dataclass(frozen=True)
class Largest:
    """A maximum; adding two takes the larger."""

    value: float

    def __add__(self, other: Largest) -> Largest:
        return Largest(max(self.value, other.value))


LARGEST_KEPT = 2**19
"""Numbers of a scratch array that a thread keeps for later fits."""


class Workspace:
    """Scratch arrays of one thread, kept from block to block.

    Attributes
    ----------
    large : dict
        Those that are too large to be kept for other fits; whose they are is the engine's concern.
    """

    def __init__(self) -> None:
        self._arrays: dict[str, Array] = {}
        self.large: dict[str, Array] = {}

    def array(self, name: str, rows: int, columns: int) -> Array:
        """Return an uninitialised array, shape (rows, columns), C-ordered; a later call with its name reuses it."""
        arrays = self._arrays if rows * columns <= LARGEST_KEPT else self.large
        held = arrays.get(name)
        if held is None or held.shape[0] < rows or held.shape[1] != columns:
            held = arrays[name] = np.empty((rows, columns))
        return held[:rows]

    def room_of_products(self, q: int, *, weighted: bool = False) -> Array:
        """Return scratch numbers for the products of q columns with one another."""
        return self.array("products", 1, room_for(q, weighted=weighted))

    def rows(self, block: Block) -> Array:
        """Return the rows of X of a block, shape (n, p): where they lie, if as float64, so not to be changed."""
        x = block.view()
        if x is None:
            x = self.array("x", block.n_rows, block.design.n_columns)
            block.fill(x)
        return x

    def columns(self, block: Block) -> Array:
        """Return the rows of X of a block, shape (n, p), written here column by column."""
        shape = block.design.n_columns, block.n_rows
        columns = self.array("columns", shape[0] * shape[1], 1).reshape(shape).T
        block.fill(columns)
        return columns

    def native(self, block: Block) -> NativeRows:
        """Return the rows of X of a block for compiled loops: where they lie, if these can read them there."""
        x = block.native() if library() is not None else None
        if x is None and block.design.by_columns and library() is not None:
            x = NativeRows.of(self.columns(block), by_columns=True)
        elif x is None:
            x = NativeRows.of(self.rows(block))
        assert x is not None  # since rows written here, or seen in place, are float64
        return x


class Kernel(Protocol[S_co]):
    """What to compute from a block. Pure: the same block gives the same sums, on any thread."""

    def __call__(self, block: Block, workspace: Workspace, /) -> S_co: ...


class Engine(Protocol):
    """Adds a kernel's results over all blocks of a source, in a fixed order."""

    @property
    def sweeps(self) -> int:
        """How often all rows have been read so far, a part of them counted as a part: the true cost of a fit."""
        ...

    def sum(self, kernel: Kernel[S], source: Source, width: int) -> S:
        """Return the sum of ``kernel`` over ``source``. ``width`` is the number of scratch columns a row needs."""
        ...

    def repeat(self, kernel: Callable[[Block, Workspace], R], source: Source, width: int) -> R | None:
        """Return what ``kernel`` makes of all rows, which it reads several times; None if they are several blocks."""
        ...

    def stretches(self, source: Source, size: int, order: NDArray[np.intp] | None, width: int) -> Iterator[Block]:
        """Yield all rows once, in their order or in ``order``, a whole number of mini-batches of ``size`` at a time.

        For who takes them apart; a pass is one sweep. ``width`` is the number of scratch columns a row needs; all rows
        come in one block if that is 0.
        """
        ...

    def batches(self, source: Source, size: int, order: NDArray[np.intp] | None = None) -> Iterator[Block]:
        """Yield all rows once as mini-batches of ``size`` rows, the last one smaller, in their order or in ``order``.

        For who needs the sum over one batch before the next; a pass over all of them is one sweep.
        """
        ...
