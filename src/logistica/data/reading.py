"""Who wants to know how far the reading of a file has come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Watcher = Callable[[int, int], None]
"""Called with the bytes read so far, and the bytes that there are."""

_watcher: ContextVar[Watcher | None] = ContextVar("logistica_reading", default=None)


@contextmanager
def watched(watcher: Watcher | None) -> Iterator[None]:
    """Let ``watcher`` hear of all reading within; None hears nothing."""
    token = _watcher.set(watcher)
    try:
        yield
    finally:
        _watcher.reset(token)


def tell(done: int, size: int) -> None:
    """Say how many of a file's bytes have been read."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(done, size)
