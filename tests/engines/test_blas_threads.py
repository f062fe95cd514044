"""BLAS is held to one thread while a fit runs, whichever thread asks, and given back as it was."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from logistica import fit
from logistica.core.threads import single_threaded_blas


def _data(n=40_000):
    rng = np.random.default_rng(4)
    X = rng.normal(size=(n, 4))
    return X, (X[:, 0] + rng.logistic(size=n) > 0).astype(int)


def test_blas_threads_are_as_before_after_a_fit():
    X, y = _data()
    before = threadpool_info()
    assert any(library["user_api"] == "blas" for library in before)
    fit(X, target=y, threads=2)
    assert threadpool_info() == before


def test_blas_threads_are_as_before_after_a_fit_that_fails():
    X, y = _data()
    before = threadpool_info()

    def stop(_row):
        raise RuntimeError

    with pytest.raises(RuntimeError):
        fit(X, target=y, callback=stop)
    assert threadpool_info() == before


def test_blas_is_held_to_one_thread_inside_and_however_uses_overlap():
    before = threadpool_info()
    with single_threaded_blas():
        with single_threaded_blas():
            pass
        inside = [library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"]
        assert set(inside) == {1}
    assert threadpool_info() == before


def _blas_threads():
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


def test_blas_is_held_to_one_thread_whichever_thread_came_first():
    """The limit is the process's: neither its setting nor its end is the first thread's alone."""
    before = _blas_threads()
    seen: list[set[int]] = []
    inside, leave = threading.Event(), threading.Event()

    def work():
        with single_threaded_blas():
            seen.append(_blas_threads())
            inside.set()
            leave.wait(timeout=60)

    with single_threaded_blas():
        pass
    worker = threading.Thread(target=work)
    worker.start()
    assert inside.wait(timeout=60)
    with single_threaded_blas():
        pass
    assert seen == [{1}]
    assert _blas_threads() == {1}
    leave.set()
    worker.join(timeout=60)
    assert _blas_threads() == before


def test_blas_has_its_threads_back_whichever_thread_leaves_last():
    before = _blas_threads()
    inside, leave = threading.Event(), threading.Event()

    def work():
        with single_threaded_blas():
            inside.set()
            leave.wait(timeout=60)

    worker = threading.Thread(target=work)
    with single_threaded_blas():
        worker.start()
        assert inside.wait(timeout=60)
    assert _blas_threads() == {1}
    leave.set()
    worker.join(timeout=60)
    assert _blas_threads() == before


def test_two_fits_at_once_do_not_disturb_each_other():
    """Each gives the bits it gives alone, and BLAS has its threads back when both have ended."""
    X, y = _data()
    alone = fit(X, target=y), fit(X[:9000], target=y[:9000])
    before = threadpool_info()
    results: dict[tuple[int, int], np.ndarray] = {}
    gate = threading.Barrier(2)

    def work(which, n):
        gate.wait()
        for turn in range(6):
            results[which, turn] = fit(X[:n], target=y[:n], threads=2).coef_

    workers = [threading.Thread(target=work, args=args) for args in ((0, len(y)), (1, 9000))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=60)
    assert not any(worker.is_alive() for worker in workers)
    assert threadpool_info() == before
    assert len(results) == 12
    for (which, _), coef in results.items():
        np.testing.assert_array_equal(coef, alone[which].coef_)
