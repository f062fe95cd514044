"""Many more small designs against the exact linear program; minutes, so run by ``make test-slow``."""

from __future__ import annotations

import pytest

from tests.separation.designs import random_design
from tests.separation.test_against_exact import check, fit

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("first", range(1000, 6000, 250))
def test_many_random_designs(first):
    for number in range(first, first + 250):
        drawn = random_design(number)
        check(drawn, drawn.Z, *fit(drawn))
