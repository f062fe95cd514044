"""Who wants to know how far the reading of a file has come."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

Watcher = Callable[[int, int], None]
"""Called with the bytes read so far, and the bytes that there are."""

_watcher: ContextVar[Watcher | None] = ContextVar("logistica_reading", default=None)


class watched:  # noqa: N801 - used as a function is
    """Let ``watcher`` hear of all reading within; None hears nothing."""

    __slots__ = ("_token", "_watcher")

    def __init__(self, watcher: Watcher | None) -> None:
        self._watcher = watcher

    def __enter__(self) -> None:
        self._token = _watcher.set(self._watcher)

    def __exit__(self, *error: object) -> None:
        _watcher.reset(self._token)


def tell(done: int, size: int) -> None:
    """Say how many of a file's bytes have been read."""
    watcher = _watcher.get()
    if watcher is not None:
        watcher(done, size)
