"""The numpy engine: blocks of rows on ordinary threads, added in the order of the rows.

Blocks are cut by a rule that knows only the width of a row, and their sums are added from the first to the last, so the
result is bitwise the same for any number of threads. A block is small enough to stay in cache while everything is
made from it. NumPy releases the interpreter lock inside its loops, so threads suffice.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache, partial
from itertools import chain, islice
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from logistica.core.threads import single_threaded_blas, thread_count
from logistica.data.source import Block, Source
from logistica.engines.base import Kernel, R, S, Workspace

SCRATCH_NUMBERS = 2**18
SMALLEST_BLOCK = 1024
LARGEST_BLOCK = 16384
LONGER, LONG_BLOCKS_A_THREAD = 16, 4
"""By how much blocks may be longer whose rows are only read, and how many each thread should still have."""
WIDE = 256
"""Scratch numbers a row beyond which what a block comes to, the square of that, may be larger than the block."""

_local = threading.local()
T = TypeVar("T")


class NumpyEngine:
    """Adds up with NumPy on ``threads`` threads (None: one per available processor). One engine serves one fit."""

    def __init__(self, threads: int | None = None) -> None:
        self.threads = thread_count(threads)
        self._rows_read = 0
        self._most_rows = 1
        self._own = threading.local()

    def _apply(self, kernel: Callable[[Block, Workspace], T], block: Block) -> T:
        """Return what a kernel makes of a block, in the thread's scratch arrays, and in its large ones of this fit."""
        workspace = getattr(_local, "workspace", None)
        if workspace is None:
            workspace = _local.workspace = Workspace()
        workspace.large = self._own.__dict__
        try:
            with np.errstate(all="ignore"):
                return kernel(block, workspace)
        finally:
            workspace.large = {}

    @property
    def sweeps(self) -> int:
        return -(-self._rows_read // self._most_rows)

    def _count(self, source: Source, sweeps: int = 1) -> None:
        self._rows_read += sweeps * source.n_rows
        self._most_rows = max(self._most_rows, source.n_rows)

    def sum(self, kernel: Kernel[S], source: Source, width: int) -> S:
        """Return the sum of ``kernel`` over the blocks of ``source``, which must hold at least one row."""
        return self._sum(kernel, source, width, rows_per_block(width))

    def sum_of_long_blocks(self, kernel: Kernel[S], source: Source, width: int) -> S:
        """Return the same for a kernel that takes no scratch, whose sum is the same however the rows are cut.

        While each block is a fraction of a millisecond's work, threads wait for one another to be handed the next.
        """
        rows = rows_per_block(width)
        longer = source.n_rows // (LONG_BLOCKS_A_THREAD * self.threads * rows)
        return self._sum(kernel, source, width, rows * min(max(longer, 1), LONGER))

    def _sum(self, kernel: Kernel[S], source: Source, width: int, rows: int) -> S:
        self._count(source)
        blocks = source.blocks(rows)
        first = next(blocks)
        second = next(blocks, None)
        if second is None:
            return self._apply(kernel, first)
        blocks = chain((first, second), blocks)
        with single_threaded_blas():
            ahead = blocks_under_way(self.threads, width)
            apply = partial(self._apply, kernel)
            results = _on_threads(apply, blocks, self.threads, ahead) if self.threads > 1 else map(apply, blocks)
            total = next(results)
            for result in results:
                total = total + result
        return total

    def repeat(self, kernel: Callable[[Block, Workspace], R], source: Source, width: int) -> R | None:
        """Return what ``kernel`` makes of all rows, which it reads several times; None if they are several blocks."""
        rows = rows_per_block(width)
        if source.n_rows > rows:
            return None
        result = self._apply(kernel, next(source.blocks(rows)))
        self._count(source, result.sweeps)
        return result

    def stretches(self, source: Source, size: int, order: NDArray[np.intp] | None, width: int) -> Iterator[Block]:
        """Yield all rows once, a whole number of mini-batches at a time."""
        self._count(source)
        chosen = source if order is None else source.choose(order)
        if width == 0:
            return chosen.blocks(source.n_rows)
        return chosen.blocks(max(min(4 * SCRATCH_NUMBERS // width, LARGEST_BLOCK) // size, 1) * size)

    def batches(self, source: Source, size: int, order: NDArray[np.intp] | None = None) -> Iterator[Block]:
        """Yield all rows once as mini-batches; rows are gathered for many batches at once."""
        for block in self.stretches(source, size, order, source.n_columns):
            held = block.held()
            for start in range(0, held.n_rows, size):
                yield held.part(start, min(start + size, held.n_rows))


def rows_per_block(width: int) -> int:
    """Rows in a block whose rows take ``width`` scratch numbers: a power of two, about 2 MiB of scratch."""
    fitting = SCRATCH_NUMBERS // max(width, 1)
    return max(SMALLEST_BLOCK, min(LARGEST_BLOCK, 1 << max(fitting, 1).bit_length() - 1))


def blocks_under_way(threads: int, width: int) -> int:
    """Return how many blocks are summed at once, or wait to be added: few where their sums may be large."""
    return threads + 1 if width >= WIDE else 3 * threads


def _on_threads(apply: Callable[[Block], S], blocks: Iterator[Block], threads: int, ahead: int) -> Iterator[S]:
    """Yield the results in the order of the blocks, with some ``ahead`` of the one that is waited for."""
    pool = _pool(os.getpid(), threads)
    waiting: deque[Future[S]] = deque(pool.submit(apply, block) for block in islice(blocks, ahead))
    try:
        while waiting:
            result = waiting.popleft().result()
            for block in islice(blocks, 1):
                waiting.append(pool.submit(apply, block))
            yield result
    finally:
        for future in waiting:
            future.cancel()


@cache
def _pool(process: int, threads: int) -> ThreadPoolExecutor:
    """One pool per process id and size: a forked child must not wait for its parent's threads."""
    return ThreadPoolExecutor(threads, thread_name_prefix=f"logistica-{process}")
