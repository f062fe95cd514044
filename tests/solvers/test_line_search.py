"""The backtracking line search: the first step that is short enough, looked at one by one or several at once."""

from dataclasses import dataclass

import numpy as np
import pytest

from logistica.solvers.line_search import SMALLEST_STEP, SUFFICIENT_DECREASE, backtrack

START, DIRECTION = np.zeros((1, 1)), np.ones((1, 1))


@dataclass(frozen=True)
class At:
    value: float


class Steep:
    """f(x) = (x / reach - 1)^2 - 1 along the direction, whose full step is so much too long; counts questions."""

    def __init__(self, reach):
        self.reach = reach
        self.looks = self.sweeps = 0

    def f(self, x):
        return (x / self.reach - 1.0) ** 2 - 1.0

    def look(self, theta):
        self.looks += 1
        return At(self.f(theta[0, 0]))

    def along(self, theta, direction, sizes):
        self.sweeps += 1
        return self.f(theta[0, 0] + sizes * direction[0, 0])

    def search(self, along):
        return backtrack(START, DIRECTION, self.f(0.0), -2.0 / self.reach, self.look, along)


def first(reach):
    """The first of 1, 1/2, 1/4, ... that brings the function down enough."""
    size = 1.0
    while (size / reach - 1.0) ** 2 > 1.0 - SUFFICIENT_DECREASE * 2.0 * size / reach + 1e-12:
        size /= 2.0
    return size


@pytest.mark.parametrize("reach", [1.0, 0.7, 0.3, 0.1, 1e-2, 1e-3, 1e-6])
def test_the_first_that_is_enough(reach):
    one_by_one, at_once = Steep(reach), Steep(reach)
    found = one_by_one.search(None), at_once.search(at_once.along)
    for landing in found:
        assert landing.step_size == first(reach)
        np.testing.assert_array_equal(landing.theta, first(reach) * DIRECTION)
        assert landing.at.value == Steep(reach).f(first(reach))
    assert one_by_one.looks == 1 - np.log2(first(reach))
    assert at_once.looks == 1 + (first(reach) < 1.0)
    assert at_once.sweeps == np.ceil(-np.log2(first(reach)) / 5)


@pytest.mark.parametrize("several", [False, True])
def test_where_none_is_enough(several):
    steep = Steep(SMALLEST_STEP / 4.0)
    assert steep.search(steep.along if several else None) is None
