"""Making the next items while one is used."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from threading import Lock
from typing import TypeVar

Item = TypeVar("Item")
Made = TypeVar("Made")


def ahead(items: Iterator[Item], work: Callable[[Item], Made], threads: int = 1) -> Iterator[Made]:
    """Yield ``work(item)`` for all items, in order; each is made while those before are used.

    Items are taken one after another, in the context of the caller; ``work`` runs on several threads at once, which
    saves time where it leaves Python's lock. Errors come in their turn.
    """
    context, lock = copy_context(), Lock()
    unmade: deque[Future[tuple[Made, ...]]] = deque()

    def make() -> None:
        promise: Future[tuple[Made, ...]] | None = None
        try:
            with lock:  # whoever takes the next item makes the next promise true
                promise = unmade.popleft()
                item = context.run(next, items, None)
            promise.set_result(() if item is None else (work(item),))
        except BaseException as error:  # raised where the item is asked for
            if promise is not None:
                promise.set_exception(error)

    def promised() -> Future[tuple[Made, ...]]:
        promise: Future[tuple[Made, ...]] = Future()
        unmade.append(promise)
        pool.submit(make)
        return promise

    pool = ThreadPoolExecutor(threads, thread_name_prefix="reading")
    try:
        promises = deque(promised() for _ in range(threads))
        while made := promises.popleft().result():
            promises.append(promised())
            yield made[0]
    finally:
        pool.shutdown(cancel_futures=True)
