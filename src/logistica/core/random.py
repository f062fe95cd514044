"""Random numbers that depend on the seed and on what they are for, and on nothing else."""

from __future__ import annotations

from enum import IntEnum

import numpy as np


class Purpose(IntEnum):
    """Each purpose has a stream of its own, so that one more draw for one changes nothing of another."""

    START = 0
    BATCHES = 1
    VALIDATION = 2
    SAMPLING = 3
    PILOT = 4


def generator(random_state: int, purpose: Purpose) -> np.random.Generator:
    """Return a generator for one purpose."""
    return np.random.default_rng([int(purpose), random_state])
