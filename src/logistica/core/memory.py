"""How much memory there is, asked before much is taken; and what is said when it was not enough."""

from __future__ import annotations

import os
import sys
from contextlib import ContextDecorator, suppress

from logistica.core.errors import OutOfMemoryError

_LIMIT_OF_CONTAINER = "/sys/fs/cgroup/memory.max"

_NO_THREAD = "can't start new thread"
"""What Python says, whatever the reason."""

MORE = "Give the process more memory"
"""The remedy that always helps."""
IN_PIECES = f"{MORE}, or predict some rows at a time: what is predicted of a row does not depend on the others"
SOME_ROWS = f"{MORE}, or compare with fewer rows, drawn at random"
FEWER_COLUMNS = f"{MORE}; a model of fewer columns needs less"
FEWER_STEPS = f"{MORE}; a table of fewer columns, steps or penalties needs less"


def machine_memory() -> int:
    """Return the bytes of memory that this process may have: the machine's, or fewer where it is held to fewer.

    Limits of a container (cgroup version 2) and on addresses (``ulimit -v``) are seen; of the latter, what is taken
    already is taken off. Where the system does not tell, as Windows does not, there is no bound: nothing is refused
    beforehand, and what runs out is said when it does.
    """
    there = sys.maxsize
    with suppress(AttributeError, ValueError, OSError):
        there = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min(there, _of_container(there), _of_addresses(there))


def _of_container(otherwise: int) -> int:
    with suppress(OSError, ValueError), open(_LIMIT_OF_CONTAINER, encoding="ascii") as stream:
        return int(stream.read())  # a ValueError where it says "max"
    return otherwise


def _of_addresses(otherwise: int) -> int:
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return otherwise
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        return otherwise
    taken = 0
    with suppress(OSError, ValueError), open("/proc/self/statm", encoding="ascii") as stream:
        taken = int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    return max(limit - taken, 0)


class memory_in_words(ContextDecorator):  # noqa: N801 - used as a function is
    """Say in words that the memory ran out, and what to do about it; also as a decorator of a function.

    Raises
    ------
    OutOfMemoryError
        In the place of any other MemoryError, and where no thread could be started, which needs memory of its own.
    """

    def __init__(self, remedy: str) -> None:
        self._remedy = remedy

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, MemoryError) and not isinstance(error, OutOfMemoryError):
            raise out_of_memory(error, self._remedy) from error
        if isinstance(error, RuntimeError) and str(error) == _NO_THREAD:
            reason = "the memory does not suffice, or the system allows no more of them"
            raise OutOfMemoryError(f"no further thread could be started: {reason}. {self._remedy}.") from error


def out_of_memory(error: MemoryError, remedy: str) -> OutOfMemoryError:
    """Return the error that says the same in words."""
    said = str(error).rstrip(".")
    reason = f"the memory ran out ({said[:1].lower()}{said[1:]})" if said else "the memory ran out"
    return OutOfMemoryError(f"{reason}. {remedy}.")
