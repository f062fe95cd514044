"""The one contract of all engines: whatever the blocks and threads, the sum over the rows, in their order."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from logistica.core.errors import OptionError
from logistica.data.design import ColumnsDesign, DenseDesign, FactorPart, NumericPart, SparseDesign
from logistica.data.source import MemorySource, WithOffset
from logistica.engines import NumpyEngine
from logistica.engines.numpy_engine import (
    LARGEST_BLOCK,
    LONG_BLOCKS_A_THREAD,
    LONGER,
    SMALLEST_BLOCK,
    rows_per_block,
)

SIZES = [1, 2, 1023, 1024, 1025, 16383, 16384, 16385, 3 * 16384, 50_000]


def _source(n, p=3, *, seed=0, selected=False):
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.choice(2 * n, size=n, replace=False)) if selected else None
    X = rng.normal(size=(2 * n if selected else n, p))
    return MemorySource(
        DenseDesign(X), rng.integers(3, size=n), rng.uniform(0.5, 2, size=n), rng.normal(size=(n, 2)), rows
    )


def _design_rows(source):
    X = source.design.X
    return X if source.rows is None else X[source.rows]


@dataclass(frozen=True)
class Moments:
    """A sum over rows of everything that a block holds."""

    n_rows: int
    x: np.ndarray
    products: np.ndarray
    offset: np.ndarray
    code_weight: np.ndarray

    def __add__(self, other):
        return Moments(*(a + b for a, b in zip(self.parts, other.parts, strict=True)))

    @property
    def parts(self):
        return self.n_rows, self.x, self.products, self.offset, self.code_weight


def _moments(block, workspace):
    z = workspace.array("z", block.n_rows, block.design.n_columns)
    block.fill(z)
    return Moments(
        block.n_rows,
        block.weights @ z,
        z.T @ (z * block.weights[:, None]),
        block.offset.sum(axis=0),
        np.bincount(block.y, block.weights, minlength=3),
    )


@dataclass(frozen=True)
class Seen:
    """The rows that went by, in order."""

    rows: tuple[tuple[int, ...], ...]

    def __add__(self, other):
        return Seen(self.rows + other.rows)


def _look(block, _workspace):
    return Seen((tuple(range(block.start, block.start + block.n_rows)),))


def _count(block, _workspace):
    return block.n_rows


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("selected", [False, True], ids=["all-rows", "some-rows"])
def test_sums_are_the_sums_over_the_rows(n, threads, selected):
    source = _source(n, selected=selected)
    X, w = _design_rows(source), source.weights
    total = NumpyEngine(threads).sum(_moments, source, 6)
    assert total.n_rows == n
    absolute = np.abs(X * w[:, None]).sum(axis=0)
    np.testing.assert_array_less(np.abs(total.x - (X * w[:, None]).sum(axis=0)), 1e-13 * absolute + 1e-300)
    np.testing.assert_allclose(total.products, (X.T * w) @ X, rtol=1e-11, atol=1e-11 * w.sum())
    np.testing.assert_allclose(total.offset, source.offset.sum(axis=0), rtol=1e-11, atol=1e-11 * n)
    np.testing.assert_allclose(total.code_weight, np.bincount(source.y, w, minlength=3), rtol=1e-12)


def test_sums_against_exact_arithmetic():
    """Row by row in fractions: within 1e-12 of the sum of absolute terms."""
    source = _source(2500, p=2)
    exact = [Fraction(0), Fraction(0)]
    size = [0.0, 0.0]
    for row, weight in zip(source.design.X.tolist(), source.weights.tolist(), strict=True):
        for j, value in enumerate(row):
            exact[j] += Fraction(value) * Fraction(weight)
            size[j] += abs(value * weight)
    total = NumpyEngine(2).sum(_moments, source, 4).x
    for j in range(2):
        assert abs(float(Fraction(total[j]) - exact[j])) <= 1e-12 * size[j]


@pytest.mark.parametrize("n", [1, 1024, 1025, 16385, 50_000, 200_001])
@pytest.mark.parametrize("width", [1, 6, 300, 10**7])
def test_any_number_of_threads_gives_the_same_bits(n, width):
    source = _source(n)
    expected = NumpyEngine(1).sum(_moments, source, width).parts
    for threads in (2, 3, 7):
        for a, b in zip(expected, NumpyEngine(threads).sum(_moments, source, width).parts, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("width", [1, 40, 10**9])
@pytest.mark.parametrize("n", SIZES)
def test_every_row_goes_by_once_and_in_order(n, width, threads):
    seen = NumpyEngine(threads).sum(_look, _source(n), width).rows
    assert [row for block in seen for row in block] == list(range(n))
    assert all(len(block) == rows_per_block(width) for block in seen[:-1])
    assert 0 < len(seen[-1]) <= rows_per_block(width)


@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize("n", [1, 16_384, 150_000, 800_000])
def test_long_blocks_are_the_same_rows(n, threads):
    engine, source = NumpyEngine(threads), MemorySource(DenseDesign(np.zeros((n, 1))), np.zeros(n, np.intp))
    seen = engine.sum_of_long_blocks(_look, source, 1).rows
    assert [row for block in seen for row in block] == list(range(n))
    assert engine.sweeps == 1
    lengths = {len(block) for block in seen[:-1]}
    assert all(length % LARGEST_BLOCK == 0 and length <= LONGER * LARGEST_BLOCK for length in lengths)
    assert len(seen) >= min(LONG_BLOCKS_A_THREAD * threads, -(-n // LARGEST_BLOCK))
    assert len(seen) <= max(2 * LONG_BLOCKS_A_THREAD * threads, -(-n // (LONGER * LARGEST_BLOCK)))


def test_blocks_are_powers_of_two_within_limits():
    sizes = [rows_per_block(width) for width in [0, 1, 2, 15, 16, 17, 100, 255, 256, 257, 10**4, 10**12]]
    assert sizes[0] == sizes[1] == LARGEST_BLOCK
    assert sizes[-1] == SMALLEST_BLOCK
    assert sizes == sorted(sizes, reverse=True)
    assert all(size & (size - 1) == 0 for size in sizes)


def test_sweeps_are_counted():
    engine, source = NumpyEngine(2), _source(20_000)
    assert engine.sweeps == 0
    for k in range(1, 4):
        engine.sum(_count, source, 6)
        assert engine.sweeps == k


def test_some_of_the_rows_are_a_part_of_a_sweep():
    engine, source = NumpyEngine(2), _source(20_000)
    for _ in range(5):
        engine.sum(_count, source.choose(np.arange(4_000)), 6)
    engine.sum(_count, source, 6)
    assert engine.sweeps == 2
    engine.sum(_count, source.choose(np.arange(1)), 6)
    assert engine.sweeps == 3


@pytest.mark.parametrize("selected", [False, True])
@pytest.mark.parametrize("ordered", [False, True])
@pytest.mark.parametrize("size", [1, 64, 1000, 5000, 20_000])
@pytest.mark.parametrize("width", [0, 3, 500, 10**7])
def test_stretches_and_batches_take_every_row_once_in_their_order(width, size, ordered, selected):
    engine, source = NumpyEngine(2), _source(5000, selected=selected)
    order = np.random.default_rng(5).permutation(5000) if ordered else None
    stretches, batches = list(engine.stretches(source, size, order, width)), list(engine.batches(source, size, order))
    assert engine.sweeps == 2
    expected = _design_rows(source) if order is None else _design_rows(source)[order]
    for blocks in (stretches, batches):
        x = [np.empty((block.n_rows, 3)) for block in blocks]
        for block, out in zip(blocks, x, strict=True):
            block.fill(out)
        np.testing.assert_array_equal(np.concatenate(x), expected)
        np.testing.assert_array_equal(
            np.concatenate([block.y for block in blocks]), source.y if order is None else source.y[order]
        )
    assert all(block.n_rows % size == 0 for block in stretches[:-1])
    assert [block.n_rows for block in batches[:-1]] == [size] * (-(-5000 // size) - 1)
    assert width > 0 or len(stretches) == 1


def test_a_source_read_again_gives_the_same_blocks():
    for source in (_source(5000), _source(5000, selected=True), WithOffset(_source(5000), np.ones((5000, 2)))):
        first, second = list(source.blocks(1024)), list(source.blocks(1024))
        assert [block.n_rows for block in first] == [1024] * 4 + [5000 - 4096]
        for a, b in zip(first, second, strict=True):
            out, again = np.empty((a.n_rows, 3)), np.empty((a.n_rows, 3))
            a.fill(out)
            b.fill(again)
            np.testing.assert_array_equal(out, again)
            assert a.start == b.start
            for name in ("y", "weights", "offset"):
                np.testing.assert_array_equal(getattr(a, name), getattr(b, name))


@pytest.mark.parametrize("selected", [False, True])
def test_chosen_rows_are_those_rows(selected):
    source = _source(3000, selected=selected)
    chosen = np.random.default_rng(1).choice(3000, size=1700, replace=False)
    total = NumpyEngine(2).sum(_moments, source.choose(chosen), 6)
    X, w = _design_rows(source)[chosen], source.weights[chosen]
    assert total.n_rows == 1700
    np.testing.assert_allclose(total.x, w @ X, rtol=1e-11, atol=1e-10)
    np.testing.assert_allclose(total.offset, source.offset[chosen].sum(axis=0), rtol=1e-11, atol=1e-10)
    twice = source.choose(chosen).choose(np.arange(10))
    np.testing.assert_array_equal(twice.y, source.y[chosen[:10]])


def test_another_offset_is_the_only_difference():
    source, offset = _source(3000), np.random.default_rng(2).normal(size=(3000, 2))
    plain, other = (NumpyEngine(1).sum(_moments, s, 6) for s in (source, WithOffset(source, offset)))
    np.testing.assert_array_equal(plain.x, other.x)
    np.testing.assert_allclose(other.offset, offset.sum(axis=0), rtol=1e-11, atol=1e-10)
    chosen = np.arange(2999, 0, -3)
    total = NumpyEngine(1).sum(_moments, WithOffset(source, offset).choose(chosen), 6)
    np.testing.assert_allclose(total.offset, offset[chosen].sum(axis=0), rtol=1e-11, atol=1e-10)


def test_designs_write_the_same_rows():
    """Dense, sparse and columns; a slice, and rows in any order."""
    from scipy import sparse

    rng = np.random.default_rng(3)
    codes = rng.integers(0, 4, size=500)
    number = rng.integers(-2, 3, size=500)
    X = np.column_stack([number, *(codes == k for k in (1, 2, 3))]).astype(float)
    designs = [
        DenseDesign(X),
        DenseDesign(np.asfortranarray(X)),
        SparseDesign(sparse.csr_array(X)),
        ColumnsDesign(500, [NumericPart(number), FactorPart(codes, 3)]),
    ]
    for rows in (slice(17, 230), np.array([499, 3, 3, 77, 0])):
        for design in designs:
            out = np.full((len(X[rows]), 4), np.nan)
            design.fill(rows, out)
            np.testing.assert_array_equal(out, X[rows])


class KernelError(Exception):
    """What a kernel raises."""


@pytest.mark.parametrize("threads", [1, 2, 7])
@pytest.mark.parametrize("at", [0, 1, 5, 11])
def test_an_exception_in_a_kernel_comes_out_and_leaves_nothing_behind(threads, at):
    source = _source(12 * 16384)
    before = threadpool_info()

    def kernel(block, workspace):
        if block.start == at * 16384:
            raise KernelError(block.start)
        return _count(block, workspace)

    engine = NumpyEngine(threads)
    with pytest.raises(KernelError, match=str(at * 16384)):
        engine.sum(kernel, source, 1)
    assert threadpool_info() == before
    assert engine.sum(_count, source, 1) == 12 * 16384


def test_no_thread_hangs_after_an_exception():
    """The pool's own threads wait for work; none of them still runs a kernel."""
    running, source = threading.Semaphore(0), _source(12 * 16384)
    inside: set[int] = set()

    def kernel(block, _workspace):
        inside.add(block.start)
        try:
            if block.start == 0:
                raise KernelError
            return 1
        finally:
            inside.discard(block.start)
            running.release()

    with pytest.raises(KernelError):
        NumpyEngine(3).sum(kernel, source, 1)
    assert running.acquire(timeout=10)
    assert NumpyEngine(3).sum(_count, source, 1) == 12 * 16384
    assert inside == set()


def test_a_source_that_fails_midway_comes_out_too():
    @dataclass(frozen=True)
    class Failing:
        original: MemorySource
        n_rows: int = 12 * 16384

        def blocks(self, rows_per_block):
            for i, block in enumerate(self.original.blocks(rows_per_block)):
                if i == 4:
                    raise KernelError("read error")
                yield block

    before = threadpool_info()
    for threads in (1, 3):
        with pytest.raises(KernelError, match="read error"):
            NumpyEngine(threads).sum(_count, Failing(_source(12 * 16384)), 1)
    assert threadpool_info() == before


@pytest.mark.parametrize("threads", [0, -1, 1.5, True, "2"])
def test_a_number_of_threads_that_is_none(threads):
    with pytest.raises(OptionError, match="whole number from 1, or left out"):
        NumpyEngine(threads)
