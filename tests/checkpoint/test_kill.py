"""Row 39 for real: a process that is killed at any moment, again and again, ends on the undisturbed one's numbers."""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

import numpy as np
import pytest

from logistica.core.errors import CheckpointError
from logistica.fitting.checkpoint import ENVELOPE, LARGEST_FILE
from tests.checkpoint.killed import following, numbers, rest, start
from tests.data.cases import case

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")


def disturbed(solver, tmp_path, number, rng):
    """The numbers of a run whose process gets a signal after a while, again and again; and how often it got one."""
    path, finished, kills = tmp_path / "run.ckpt", tmp_path / "finished.npy", 0
    while not finished.exists():
        process, told = start(solver, path, finished)
        for _ in range(int(rng.integers(1, 60))):
            if following(told) is None:
                break
        time.sleep(rng.uniform(0.0, 0.003))
        with suppress(ProcessLookupError):  # it has ended by itself
            os.kill(process.pid, number)
        rest(told)
        process.join(60)
        kills += process.exitcode != 0
        assert process.exitcode in {0, -number, 128 + number}
        assert finished.exists() or a_whole_generation(path)
    return np.load(finished), kills


def a_whole_generation(path):
    for file in path.parent.glob("run.ckpt*"):
        try:
            return ENVELOPE.read(file, LARGEST_FILE)
        except CheckpointError:
            continue
    return None


@posix_only
@pytest.mark.parametrize("solver", [case(39, f"SIGKILL-{name}", name) for name in ("SGD", "Adam", "gradient descent")])
def test_killed_at_random_moments(solver, tmp_path):
    found, kills = disturbed(solver, tmp_path, signal.SIGKILL, np.random.default_rng(len(solver)))
    np.testing.assert_array_equal(found, numbers(solver))
    assert kills > 3


@posix_only
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_many_random_moments(seed, tmp_path):
    found, _ = disturbed("SGD", tmp_path, signal.SIGKILL, np.random.default_rng(seed))
    np.testing.assert_array_equal(found, numbers("SGD"))


@posix_only
def test_ended_by_an_exception_the_last_state_is_written(tmp_path):
    """As the command line ends on SIGTERM; even where the last writing was a moment ago."""
    path, finished = tmp_path / "run.ckpt", tmp_path / "finished.npy"
    process, told = start("SGD", path, finished, seconds_between=1e9)
    row = [following(told) for _ in range(20)][-1]
    os.kill(process.pid, signal.SIGTERM)
    row = [row, *rest(told)][-1]
    process.join(60)
    assert process.exitcode == 143
    assert not finished.exists()
    assert ENVELOPE.read(path, LARGEST_FILE)["state"]["steps"] in {row, row + 1}
    process, told = start("SGD", path, finished)
    assert following(told) in {row + 1, row + 2}
    rest(told)
    process.join(60)
    np.testing.assert_array_equal(np.load(finished), numbers("SGD"))
