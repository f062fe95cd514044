"""The machine's memory, so that what is beyond it is refused before anything is allocated."""

import os


def machine_memory() -> int:
    """Return how many bytes the machine has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
