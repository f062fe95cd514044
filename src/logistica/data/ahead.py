"""Making the next item while the last one is used."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TypeVar

Item = TypeVar("Item")


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the same items, each made in a thread of its own while the one before is used; errors come in their turn.

    It saves time where both sides leave Python's lock for most of it.
    """
    context = copy_context()
    with ThreadPoolExecutor(1, thread_name_prefix="reading") as pool:
        coming = pool.submit(context.run, next, items, None)
        while (item := coming.result()) is not None:
            coming = pool.submit(context.run, next, items, None)
            yield item
