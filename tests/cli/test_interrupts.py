"""Row 40: Ctrl-C and SIGTERM end a real fit within a second, with the right code, and the checkpoint kept."""

from __future__ import annotations

import os
import pty
import re
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import logistica
from logistica.fitting.checkpoint import ENVELOPE, LARGEST_FILE
from logistica.solvers.settings import SGD
from tests.cli.running import environment, run, start
from tests.data.cases import case

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")

TELLING = """
import sys, logistica.model.run as room

real = room.fit

def told(dataset, options, watch):
    def tell(row):
        sys.stdout.write(f"{row.iteration}\\n")
        sys.stdout.flush()
        return watch is not None and watch(row)
    return real(dataset, options, tell)

room.fit = told
from logistica.cli.main import run
run()
"""
SIGNALS = [case(40, "Ctrl-C", signal.SIGINT, 130), case(40, "SIGTERM", signal.SIGTERM, 143)]
MOST_SECONDS = 1.0


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    """A table large enough for an epoch to take a while."""
    path = tmp_path_factory.mktemp("table") / "data.csv"
    rng = np.random.default_rng(0)
    X = rng.normal(size=(20_000, 4)).round(3)
    y = (X[:, 0] + rng.logistic(size=len(X)) > 0).astype(int)
    np.savetxt(path, np.c_[X, y], delimiter=",", fmt="%g", header="a,b,c,d,y", comments="")
    return path


SGD_FIT = ("--target", "y", "--solver", "sgd", "--learning-rate", "0.01", "--batch-size", "64")


def interrupted(number, *arguments, after, stderr=subprocess.PIPE):
    """Send a signal once so many rows have come; return the process, how long it took, and both outputs.

    It takes as long as the process works: where others have the processor, the clock says nothing.
    """
    program = [sys.executable, "-c", TELLING]
    ended = _children_s_work()
    process = start("fit", *arguments, program=program, stdout=subprocess.PIPE, stderr=stderr, text=True)
    for _ in range(after):
        assert process.stdout.readline()
    time.sleep(0.05)
    before = _work(process)
    process.send_signal(number)
    output, messages = process.communicate(timeout=30)
    return process, _children_s_work() - ended - before, output, messages


def _children_s_work():
    """Seconds of processor time of the processes that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _work(process):
    """Seconds of processor time of a process; at least, where the system does not tell."""
    path = Path(f"/proc/{process.pid}/stat")
    if not path.exists():
        return 0.0
    numbers = path.read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


@pytest.mark.parametrize(("number", "code"), SIGNALS)
def test_a_signal_ends_a_fit_and_the_next_one_goes_on(number, code, table, tmp_path):
    checkpoint, saved = tmp_path / "run.ckpt", tmp_path / "model.json"
    arguments = (table, *SGD_FIT, "--epochs", "500", "--checkpoint", checkpoint, "-o", saved)
    process, took, output, messages = interrupted(number, *arguments, after=4)
    assert process.returncode == code
    assert took < MOST_SECONDS
    assert re.fullmatch(r"(\d+\n)*", output)  # rows that this test prints, and no summary
    assert not saved.exists()
    assert {path.name for path in tmp_path.iterdir()} <= {"run.ckpt", "run.ckpt.previous"}
    steps = ENVELOPE.read(checkpoint, LARGEST_FILE)["state"]["steps"]
    assert steps >= 3
    if number == signal.SIGINT:
        said = (
            rf"error: interrupted after {steps} epochs, at a loss of 0\.\d+; no model was saved\. The same command goes"
        )
        assert re.fullmatch(rf"{said} on from '{re.escape(str(checkpoint))}'\.\n", messages)
    else:
        assert messages == ""
    more = (table, *SGD_FIT, "--epochs", str(steps + 2), "-o", saved, "--checkpoint", checkpoint)
    assert run("fit", *more).returncode == 4
    solver = SGD(learning_rate=0.01, epochs=steps + 2)
    with pytest.warns(logistica.ConvergenceWarning):
        whole = logistica.fit(table, target="y", solver=solver)
    np.testing.assert_array_equal(logistica.load(saved).coef_, whole.coef_)


@pytest.mark.parametrize(
    ("solver", "said"),
    [
        (
            ["--solver", "gradient-descent", "--learning-rate", "0.001", "--epochs", "100000"],
            "With --checkpoint FILE the",
        ),
        ([*SGD_FIT[2:], "--epochs", "500"], "With --checkpoint FILE the same command could go on from there."),
    ],
)
def test_without_a_checkpoint_it_says_what_could_be(solver, said, table, tmp_path):
    saved = tmp_path / "model.json"
    process, took, _, messages = interrupted(signal.SIGINT, table, "--target", "y", *solver, "-o", saved, after=3)
    assert process.returncode == 130
    assert took < MOST_SECONDS
    assert messages.startswith("error: interrupted after ")
    assert said in messages
    assert messages.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_the_terminal_is_left_as_it_was(table, tmp_path):
    leader, follower = pty.openpty()
    script = [sys.executable, "-c", TELLING, "fit", str(table), *SGD_FIT, "--epochs", "500"]
    variables = environment(TERM="xterm-256color", NO_COLOR="")
    with subprocess.Popen(script, env=variables, stdout=subprocess.PIPE, stderr=follower) as process:
        os.close(follower)
        for _ in range(4):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)
        process.stdout.read()
        assert process.wait(20) == 130
    written = os.read(leader, 1_000_000)
    os.close(leader)
    assert b"epoch " in written
    assert written.rindex(b"\x1b[?25h") > written.rindex(b"\x1b[?25l")
    assert b"interrupted" in written[written.rindex(b"\x1b[?25h") :]
