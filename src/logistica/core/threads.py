"""Threads: how many, and holding BLAS to one while ours are at work.

BLAS results depend on its number of threads, and its threads fight with ours. One process-wide, counted limit holds
every BLAS to one thread from the first fit that enters to the last that leaves: overlapping limits taken separately
would restore one another's "one" and leave BLAS there for good.
"""

from __future__ import annotations

import numbers
import os
import threading
from collections.abc import Callable
from functools import cache, partial
from typing import Any, NamedTuple

from threadpoolctl import ThreadpoolController

from logistica.core.errors import OptionError


class _Blas(NamedTuple):
    """A BLAS that is loaded: what tells how many threads it has, and what sets it, from any thread."""

    threads: Callable[[], int | None]
    set: Callable[[int], object]


class _BlasLimit:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.inside = 0
        self.before: list[tuple[_Blas, int]] = []

    def enter(self) -> None:
        with self.lock:
            if self.inside == 0:
                held = [(blas, blas.threads()) for blas in _loaded()]
                self.before = [(blas, threads) for blas, threads in held if threads is not None and threads != 1]
                self.set(1)
            self.inside += 1

    def leave(self) -> None:
        with self.lock:
            self.inside -= 1
            if self.inside == 0:
                self.set(None)

    def set(self, threads: int | None) -> None:
        """Give each library so many threads, or None: those that it had before."""
        for blas, before in self.before:
            blas.set(before if threads is None else threads)


@cache
def _loaded() -> tuple[_Blas, ...]:
    """Return a handle on each BLAS that is loaded."""
    return tuple(map(_blas, ThreadpoolController().select(user_api="blas").lib_controllers))


def _blas(library: Any) -> _Blas:
    """Return OpenBLAS's own functions where its threads are its own, else threadpoolctl's.

    These take longer than all steps of a small fit, and in some versions serve only the first thread that calls them.
    """
    own_threads = library.internal_api == "openblas" and library.threading_layer == "pthreads"
    if own_threads and hasattr(library, "_get_symbol"):
        threads, change = map(library._get_symbol, ("openblas_get_num_threads", "openblas_set_num_threads"))
        if threads is not None and change is not None:
            return _Blas(threads, change)
    return _Blas(library.get_num_threads, partial(_set_from_any_thread, library))


def _set_from_any_thread(library: Any, threads: int) -> None:
    """Set the number of threads, whichever thread threadpoolctl reserves that for."""
    clear = getattr(library, "clear_controlling_thread", None)
    if clear is None:
        library.set_num_threads(threads)
        return
    clear(force=True)
    library.set_num_threads(threads)
    clear(force=True)


_LIMIT = _BlasLimit()


def _release_in_child() -> None:
    """Take BLAS back to what it was before the parent's fits, of which a forked child has none."""
    global _LIMIT  # noqa: PLW0603
    if _LIMIT.inside:
        _LIMIT.set(None)
    _LIMIT = _BlasLimit()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_release_in_child)


class single_threaded_blas:  # noqa: N801 - used as a function is
    """Hold every loaded BLAS to one thread; nested and concurrent uses share one limit."""

    __slots__ = ("_limit",)

    def __enter__(self) -> None:
        self._limit = _LIMIT
        self._limit.enter()

    def __exit__(self, *error: object) -> None:
        self._limit.leave()


def thread_count(threads: int | None) -> int:
    """Return the number of threads to use: ``threads``, or one per processor that this process may run on."""
    if threads is None:
        return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if isinstance(threads, bool) or not isinstance(threads, numbers.Integral) or threads < 1:
        raise OptionError(f"threads={threads!r}: it must be a whole number from 1, or left out for all processors")
    return int(threads)
