"""The guard against slowdowns fails where there is one, and only there."""

import json
import subprocess
import sys

from benchmarks.guard import compare, too_slow

from benchmarks import guard


def test_both_limits_must_be_passed():
    base = {"long": 1.0, "short": 0.001}
    assert too_slow(base, {"long": 1.29, "short": 0.0039}) == []
    assert too_slow(base, {"long": 1.31, "short": 0.0041}) == ["long", "short"]
    assert too_slow(base, {"new": 9.0}) == []


def _side(*runs):
    seconds = iter(runs)
    return lambda: {"case": next(seconds)}


def test_noise_goes_away_when_it_is_measured_again():
    base, head = _side(*[1.0] * 9), _side(2.0, 1.9, 1.8, 1.05)
    assert too_slow(*compare(base, head)) == []


def test_a_slowdown_stays():
    base, head = _side(*[1.0] * guard.MOST), _side(*[1.5] * guard.MOST)
    assert too_slow(*compare(base, head)) == ["case"]


def test_cases_run():
    done = subprocess.run([sys.executable, guard.CASES, "1"], check=True, capture_output=True, text=True)
    assert all(min(seconds) > 0.0 for seconds in json.loads(done.stdout).values())
