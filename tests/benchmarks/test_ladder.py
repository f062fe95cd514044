"""The cheapest rung within the target is found, and no rung beyond it is tried."""

import numpy as np
from benchmarks.ladder import Rung, cheapest, climb, most_accurate

BEST = np.array([10.0])
RUNGS = [
    Rung(1e-1, np.array([10.1]), 1.0),
    Rung(1e-2, np.array([10.0 + 1e-6]), 3.0),
    Rung(1e-3, np.array([10.0 + 2e-7]), 2.0),
    Rung(1e-4, np.array([10.0 + 1e-9]), 5.0),
    Rung(1e-5, np.array([10.0]), 9.0),
]


def test_climbing_ends_at_the_first_rung_within_the_target():
    asked = []
    found = list(climb((asked.append(rung) or rung for rung in RUNGS), BEST, 1e-9))
    assert found == RUNGS[:4] == asked


def test_without_a_reference_all_rungs_are_climbed():
    assert list(climb(RUNGS, None, 1e-9)) == RUNGS


def test_cheapest_is_the_fastest_within_the_target_not_the_first():
    assert cheapest(RUNGS, BEST, 1e-6) is RUNGS[2]
    assert cheapest(RUNGS, BEST, 1e-9) is RUNGS[3]
    assert cheapest(RUNGS[:4], BEST, 1e-12) is None
    assert cheapest([], BEST, 1.0) is None


def test_most_accurate_of_equals_is_the_fastest():
    equal = [Rung(1e-1, BEST, 2.0), Rung(1e-2, BEST, 1.0)]
    assert most_accurate([*RUNGS[:4], *equal], BEST) is equal[1]
    assert most_accurate([], BEST) is None
