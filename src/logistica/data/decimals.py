"""What the compiled passes that read numbers (``numbers.h``) must be given, for C has no integers so long."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

POWERS = range(-330, 23)


@cache
def powers_of_five() -> NDArray[np.uint64]:
    """Return the first 128 bits of 5**k for each power, shape (353, 2), as Lemire (2021, section 5) rounds them."""
    return np.array([divmod(_first_bits(power), 1 << 64) for power in POWERS], np.uint64)


def _first_bits(power: int) -> int:
    """Return 128 bits of 5**power: cut off; of the reciprocals with which half-way numbers are made, rounded up."""
    if power >= 0:
        bits: int = 5**power << 128
    else:
        divisor = 5**-power
        size = divisor.bit_length()
        bits = (1 << size + (127 if power >= -27 else size + 128)) // divisor + 1
    return bits >> bits.bit_length() - 128
