"""The cheapest rung within the target is found, and the most accurate."""

import numpy as np
from benchmarks.ladder import Rung, cheapest, most_accurate

BEST = np.array([10.0])
RUNGS = [
    Rung(1e-1, np.array([10.1]), 1.0),
    Rung(1e-2, np.array([10.0 + 1e-6]), 3.0),
    Rung(1e-3, np.array([10.0 + 2e-7]), 2.0),
    Rung(1e-4, np.array([10.0 + 1e-9]), 5.0),
    Rung(1e-5, np.array([10.0]), 9.0),
]


def test_cheapest_is_the_fastest_within_the_target_not_the_first():
    assert cheapest(RUNGS, BEST, 1e-6) is RUNGS[2]
    assert cheapest(RUNGS, BEST, 1e-9) is RUNGS[3]
    assert cheapest(RUNGS[:4], BEST, 1e-12) is None
    assert cheapest([], BEST, 1.0) is None


def test_most_accurate_of_equals_is_the_fastest():
    equal = [Rung(1e-1, BEST, 2.0), Rung(1e-2, BEST, 1.0)]
    assert most_accurate([*RUNGS[:4], *equal], BEST) is equal[1]
    assert most_accurate([], BEST) is None
