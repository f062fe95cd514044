"""Row 39 for real: a process that is killed at any moment, again and again, ends on the undisturbed one's numbers."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from logistica.core.errors import CheckpointError
from logistica.fitting.checkpoint import ENVELOPE, LARGEST_FILE
from tests.data.cases import case

SOURCE = str(Path(__file__).resolve().parents[2] / "src")
RUN = """
import sys, warnings
import numpy as np
import logistica
from logistica.fitting import checkpoint
from logistica.solvers.settings import SGD, Adam, GradientDescent
from logistica.solvers.stopping import Stop

checkpoint.SECONDS_BETWEEN, checkpoint.MOST_TIME = 0.0, 1e9
warnings.simplefilter("ignore")
rng = np.random.default_rng(0)
X = rng.normal(size=(300, 3))
y = np.argmax(X @ rng.normal(size=(3, 3)) + rng.gumbel(size=(300, 3)), axis=1)
solver, path, *finished = sys.argv[1:]

def told(row):
    print(row.iteration, flush=True)

options = {
    "SGD": {"solver": SGD(epochs=400, batch_size=30), "stop": Stop(validation_share=0.2)},
    "Adam": {"solver": Adam(epochs=400, batch_size=30), "C": 1.0},
    "gradient descent": {"solver": GradientDescent(epochs=800)},
}[solver]
model = logistica.fit(X, target=y, checkpoint=path or None, callback=told if path else None, **options)
np.save(finished[0], np.c_[model.coef_, model.intercept_])
"""
posix_only = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")


def start(*arguments):
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    return subprocess.Popen(
        [sys.executable, "-c", RUN, *map(str, arguments)], env=environment, stdout=subprocess.PIPE, text=True
    )


def undisturbed(solver, tmp_path):
    with start(solver, "", tmp_path / "whole.npy") as process:
        process.communicate(timeout=60)
    return np.load(tmp_path / "whole.npy")


def disturbed(solver, tmp_path, number, rng):
    """The numbers of a run whose process gets a signal after a while, again and again; and how often it got one."""
    path, finished, kills = tmp_path / "run.ckpt", tmp_path / "finished.npy", 0
    while not finished.exists():
        with start(solver, path, finished) as process:
            for _ in range(int(rng.integers(1, 60))):
                if not process.stdout.readline():
                    break
            time.sleep(rng.uniform(0.0, 0.003))
            process.send_signal(number)
            process.stdout.read()
            process.wait(60)
        kills += process.returncode != 0
        assert process.returncode in {0, -number, 128 + number}
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
    numbers, kills = disturbed(solver, tmp_path, signal.SIGKILL, np.random.default_rng(len(solver)))
    np.testing.assert_array_equal(numbers, undisturbed(solver, tmp_path))
    assert kills > 3


@posix_only
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(20))
def test_killed_at_many_random_moments(seed, tmp_path):
    numbers, _ = disturbed("SGD", tmp_path, signal.SIGKILL, np.random.default_rng(seed))
    np.testing.assert_array_equal(numbers, undisturbed("SGD", tmp_path))


TERMINABLE = "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(143))\n"


@posix_only
def test_ended_by_an_exception_the_last_state_is_written(tmp_path):
    """As the command line ends on SIGTERM; even where the last writing was a moment ago."""
    path, finished = tmp_path / "run.ckpt", tmp_path / "finished.npy"
    code = TERMINABLE + RUN.replace("SECONDS_BETWEEN, checkpoint.MOST_TIME = 0.0, 1e9", "SECONDS_BETWEEN = 1e9")
    with subprocess.Popen(
        [sys.executable, "-c", code, "SGD", str(path), str(finished)],
        env={**os.environ, "PYTHONPATH": SOURCE},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        for _ in range(20):
            told = int(process.stdout.readline())
        process.send_signal(signal.SIGTERM)
        told = [told, *map(int, process.stdout.read().split())][-1]
        assert process.wait(60) == 143
    assert not finished.exists()
    assert ENVELOPE.read(path, LARGEST_FILE)["state"]["steps"] in {told, told + 1}
    with start("SGD", path, finished) as process:
        assert int(process.stdout.readline()) in {told + 1, told + 2}
        process.stdout.read()
    np.testing.assert_array_equal(np.load(finished), undisturbed("SGD", tmp_path))
