"""Looking for new failures for a set time: ``make fuzz``, ``LOGISTICA_FUZZ_SECONDS`` in all."""

from __future__ import annotations

import os
import time

from hypothesis import HealthCheck, given, settings

SECONDS = float(os.environ.get("LOGISTICA_FUZZ_SECONDS", "600"))
ROUND = 50
"""Examples between two looks at the clock."""
targets = 1
"""How many tests share the time; counted when they are collected."""


def for_minutes(check, data):
    """Run ``check`` on new examples of the strategy ``data`` until this target's share of the time is over."""
    end = time.monotonic() + SECONDS / max(targets, 1)
    quiet = settings(max_examples=ROUND, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    while True:
        quiet(given(data)(check))()
        if time.monotonic() > end:
            return
