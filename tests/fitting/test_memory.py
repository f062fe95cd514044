"""What a fit of many rows takes beside X."""

import gc
import time
import tracemalloc
import weakref
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.data.design import DenseDesign
from logistica.data.preparation import Preparation
from logistica.data.read import read
from logistica.data.source import MemorySource
from logistica.engines import NumpyEngine
from logistica.fitting import pilot
from logistica.fitting.pilot import sampled
from logistica.fitting.problem import newton_memory
from tests.solvers.quiet import quiet_fit


def peak_of(call):
    tracemalloc.start()
    result = call()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak, result


@pytest.mark.parametrize(("kind", "order"), [(np.float64, "C"), (np.float32, "C"), (np.float32, "F")])
def test_less_than_a_tenth_of_x(kind, order):
    rng = np.random.default_rng(0)
    X = np.empty((1_000_000, 30), kind, order)
    for block in np.split(X, 20):
        block[...] = rng.standard_normal(block.shape, dtype=np.float32)
    y = (X[:, 0] + rng.logistic(size=len(X)) > 0).astype(int)
    logistica.fit(X[:1000], target=y[:1000], C=1.0)
    peak, model = peak_of(lambda: logistica.fit(X, target=y, C=1.0, threads=2))
    assert model.record.converged
    assert peak < 0.1 * X.nbytes


@pytest.mark.parametrize("kind", [np.float64, np.float32, np.int8, np.bool_, ">f8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_sample_is_held_as_x_is(kind, order):
    rng = np.random.default_rng(1)
    X = np.asarray(9.0 * rng.random((60_000, 3)), order=order).astype(kind)
    source = MemorySource(DenseDesign(X), rng.integers(0, 3, len(X)), rng.random(len(X)), rng.random((len(X), 3)))
    some = sampled(source, 3_000, NumpyEngine())
    held = some.design.X
    assert held.dtype == kind
    chosen = sampled(MemorySource(DenseDesign(np.arange(len(X))[:, None]), source.y), 3_000, NumpyEngine()).design.X[
        :, 0
    ]
    np.testing.assert_array_equal(held, X[chosen])
    np.testing.assert_array_equal(some.y, source.y[chosen])
    np.testing.assert_array_equal(some.offset, source.offset[chosen])
    sizes, counts = np.bincount(source.y), np.bincount(some.y)
    np.testing.assert_allclose(some.weights, source.weights[chosen] * (sizes / counts)[some.y], rtol=1e-15)


@pytest.mark.parametrize("kind", [np.int64, np.int8])
def test_a_sample_is_drawn_without_a_list_of_all_rows(kind):
    n = 4_000_000
    y = np.random.default_rng(2).integers(0, 2, n, kind)
    source = MemorySource(DenseDesign(np.zeros((n, 1), np.int8)), y)
    peak, some = peak_of(lambda: sampled(source, n // 20, NumpyEngine()))
    assert some.n_rows == n // 20
    assert peak < 0.3 * n * np.dtype(np.int64).itemsize


@pytest.mark.parametrize("size", [1, 2, 9, 10, 11, 30, 199])
def test_what_is_drawn(size, monkeypatch):
    monkeypatch.setattr(pilot, "AT_ONCE", 10)
    for count in {1, (size + 1) // 2, size}:
        drawn = pilot._drawn(np.random.default_rng(3), size, count)
        assert len(drawn) == count
        assert len(np.unique(drawn)) == count
        assert (np.diff(drawn) > 0).all()
        assert drawn[0] >= 0
        assert drawn[-1] < size
    y = np.random.default_rng(4).integers(0, 3, size)
    for code in np.unique(y):
        everywhere = np.flatnonzero(y == code)
        ranks = np.arange(0, len(everywhere), 2)
        np.testing.assert_array_equal(pilot._places(y, code, ranks), everywhere[ranks])


def test_codes_are_not_copied_nor_written_to():
    y = np.arange(100) % 2
    X = np.random.default_rng(6).normal(size=(100, 2))
    codes = logistica.data.read.read(X, target=y).source.y
    assert np.shares_memory(codes, y)
    assert not codes.flags.writeable
    assert y.flags.writeable


CASES = [(12_000, 400, 2, 1), (12_000, 400, 2, 2), (12_000, 400, 2, 8), (3_000, 200, 4, 1), (3_000, 200, 4, 8)]


@pytest.mark.parametrize(("n", "p", "K", "threads"), [*CASES, (900, 600, 2, 2)])
def test_newton_takes_no_more_than_is_said_beforehand(n, p, K, threads):
    rng = np.random.default_rng(7)
    X = rng.normal(size=(n, p))
    y = np.argmax(X[:, :K] + rng.gumbel(size=(n, K)), axis=1)
    logistica.fit(X[:1500, :5], target=y[:1500])
    peak, model = peak_of(lambda: quiet_fit(X, target=y, C=1e-3, threads=threads, max_iter=2, solver="newton"))
    said = newton_memory(p + 1, model.fitted.fit.estimate.theta.size, n, threads)
    assert peak <= said


@pytest.mark.parametrize("threads", [1, 8])
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("terms", ["a + b", "C(a, Sum):C(c, Sum) + b"])
def test_the_same_of_factors_by_their_codes(K, threads, terms):
    rng = np.random.default_rng(7)
    n = 40_000
    y = rng.integers(K, size=n)
    frame = pd.DataFrame({name: rng.integers(k, size=n) for name, k in (("a", 150), ("b", 100), ("c", 3))})
    frame = ("level" + frame.astype(str)).assign(y=y, x=rng.normal(size=n))
    options = {"formula": f"y ~ {terms} + x", "C": 1.0, "threads": threads, "max_iter": 2, "solver": "newton"}
    quiet_fit(frame[:20_000], **options)
    peak, model = peak_of(lambda: quiet_fit(frame, **options))
    by_codes = read(frame, Preparation(options["formula"])).source.design.by_codes
    assert by_codes is not None
    parameters = model.fitted.fit.estimate.theta.size
    said = newton_memory(parameters // (K - 1) if K > 2 else parameters, parameters, n, threads, by_codes)
    assert peak <= said


@pytest.mark.parametrize("threads", [1, 4])
def test_no_large_scratch_is_kept_after_a_fit(threads):
    rng = np.random.default_rng(8)
    X, y = rng.normal(size=(8_000, 800)), rng.integers(0, 2, 8_000)
    logistica.fit(X[:1500, :5], target=y[:1500], threads=threads)
    gc.collect()
    tracemalloc.start()
    quiet_fit(X, target=y, C=1e-3, threads=threads, max_iter=1, solver="newton")
    gc.collect()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 800**2


def test_few_large_sums_are_under_way():
    @dataclass(frozen=True)
    class Sum:
        """Tells how many of it there are."""

        def __post_init__(self):
            alive.append(weakref.ref(self))
            most.append(sum(one() is not None for one in alive))

        def __add__(self, other):
            time.sleep(0.001)
            return Sum()

    alive, most = [], []
    source = MemorySource(DenseDesign(np.zeros((40 * 1024, 1))), np.zeros(40 * 1024, np.intp))
    NumpyEngine(4).sum(lambda block, workspace: Sum(), source, 1000)
    assert max(most) <= 4 + 1 + 2 + 1
