"""Rows held out of a fit, to see how it does on what it has not learnt from."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import OptionError
from logistica.core.random import Purpose, generator
from logistica.data.source import MemorySource


def hold_out(source: MemorySource, share: float, random_state: int) -> tuple[MemorySource, MemorySource | None]:
    """Return the rows to learn from, and a random ``share`` of each class's rows that are held out (None for none).

    At least one row of each class is learnt from.

    Raises
    ------
    OptionError
        If no class has rows enough.
    """
    if share == 0.0:
        return source, None
    rng = generator(random_state, Purpose.VALIDATION)
    held: list[NDArray[np.intp]] = []
    for code in np.unique(source.y):
        rows = rng.permutation(np.flatnonzero(source.y == code))
        held.append(rows[: min(round(share * len(rows)), len(rows) - 1)])
    there = np.zeros(source.n_rows, dtype=bool)
    there[np.concatenate(held)] = True
    if not there.any():
        alone = len(held) == source.n_rows
        cure = "Leave it, and patience=, out" if alone else "Choose a larger share, or leave it, and patience=, out"
        raise OptionError(f"validation_share={share:g}: of {source.n_rows} rows no class can spare one. {cure}")
    return source.choose(np.flatnonzero(~there)), source.choose(np.flatnonzero(there))
