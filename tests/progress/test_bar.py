"""The bar: loss and time left where somebody looks, after a second, with nothing left behind; silence elsewhere."""

from __future__ import annotations

import multiprocessing
import os
import pty
import re
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import logistica
from logistica import LogisticRegression
from logistica.fitting.options import FitOptions
from logistica.model import progress
from logistica.model.progress import Bar, Pace, Sight, share_done
from logistica.solvers.history import HistoryRow
from logistica.solvers.settings import SGD
from logistica.solvers.stopping import Stop
from tests.cli.running import drained

SOURCE = str(Path(__file__).resolve().parents[2] / "src")
SLOW = """
import sys, time
import numpy as np
import logistica
from logistica.model import progress
from logistica.solvers.settings import SGD

progress.DELAY = 0.05
rng = np.random.default_rng(0)
X = rng.normal(size=(200, 2))
y = (X[:, 0] + rng.logistic(size=200) > 0).astype(int)

def slow(row):
    time.sleep(0.03)

solver, how = sys.argv[1:]
solver = SGD(epochs=30, learning_rate=0.1) if solver == "sgd" else solver
import warnings
warnings.simplefilter("ignore")
if how == "estimator":
    logistica.LogisticRegression(solver=solver, callback=slow).fit(X, y)
else:
    logistica.fit(X, target=y, solver=solver, callback=slow, progress={"on": True, "off": False, "auto": None}[how])
print("done", "rich" in sys.modules)
"""
SHOW_CURSOR = b"\x1b[?25h"
HIDE_CURSOR = b"\x1b[?25l"


def on_a_terminal(code, *arguments, **environment):
    """What a script writes to standard output, and to standard error where that is a terminal."""
    leader, follower = pty.openpty()
    variables = {**os.environ, "PYTHONPATH": SOURCE, "TERM": "xterm-256color", "NO_COLOR": "", **environment}
    with subprocess.Popen(
        [sys.executable, "-c", code, *arguments], env=variables, stdout=subprocess.PIPE, stderr=follower
    ) as process:
        os.close(follower)
        written = drained(leader)
        output = process.stdout.read()
    assert process.returncode == 0, written
    return output.decode(), written


def screen(written):
    """What is left to see of a terminal's output: lines, after carriage returns, erasures and moves up."""
    lines, at = [""], 0
    for part in re.findall(rb"\x1b\[[0-9;?]*[a-zA-Z]|\r|\n|[^\x1b\r\n]+", written):
        if part == b"\n":
            at += 1
            lines += [""] * (at + 1 - len(lines))
        elif part == b"\x1b[2K":
            lines[at] = ""
        elif re.fullmatch(rb"\x1b\[\d*A", part):
            at -= int(part[2:-1] or 1)
        elif not part.startswith(b"\x1b") and part != b"\r":
            lines[at] = part.decode()
    return "".join(lines).strip()


@pytest.mark.parametrize("how", ["auto", "on", "estimator"])
@pytest.mark.parametrize("solver", ["sgd", "newton"])
def test_on_a_terminal(solver, how):
    output, written = on_a_terminal(SLOW, solver, how)
    assert output == "done True\n"
    plain = re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", written)
    words = rb"epoch \d+ of 30  loss 0\.\d+" if solver == "sgd" else rb"step \d+  loss 0\.\d+  to go \de-\d+"
    assert re.search(words, plain)
    assert re.search(rb"\d:\d\d:\d\d left", plain)
    assert written.rindex(SHOW_CURSOR) > written.rindex(HIDE_CURSOR)
    assert screen(written) == ""


def test_the_screen_of_these_tests_sees_what_is_left():
    assert screen(b"\x1b[?25l\rhalf\n\x1b[1A\x1b[2K") == ""
    assert screen(b"\x1b[?25l\rhalf\n\x1b[1A") == "half"


@pytest.mark.parametrize(("how", "variables"), [("off", {}), ("auto", {"TERM": "dumb"}), ("on", {"NO_COLOR": "1"})])
def test_not_where_it_is_not_wanted(how, variables):
    assert on_a_terminal(SLOW, "sgd", how, **variables) == ("done False\n", b"")


def test_a_short_fit_shows_nothing_and_imports_nothing():
    code = SLOW.replace("progress.DELAY = 0.05", "").replace("time.sleep(0.03)", "pass")
    assert on_a_terminal(code, "sgd", "auto") == ("done False\n", b"")


@pytest.mark.parametrize("how", ["auto", "on"])
def test_silence_in_a_pipe(how):
    found = subprocess.run(
        [sys.executable, "-c", SLOW, "sgd", how],
        env={**os.environ, "PYTHONPATH": SOURCE, "TERM": "xterm"},
        capture_output=True,
        check=True,
    )
    assert (found.stdout, found.stderr) == (b"done False\n", b"")


def test_what_is_printed_meanwhile_goes_where_it_went():
    """Rich would take standard output to the terminal of the bar."""
    code = SLOW.replace("time.sleep(0.03)", "time.sleep(0.03); print(row.iteration)")
    output, written = on_a_terminal(code, "sgd", "on")
    assert output.split()[:3] == ["0", "1", "2"]
    assert b"left" in written


class FakeWidget:
    """Stands for ipywidgets' output area."""

    made: list[FakeWidget] = []  # noqa: RUF012

    def __init__(self):
        self.open, self.cleared, self.inside = True, 0, 0
        self.made.append(self)

    def __enter__(self):
        self.inside += 1

    def __exit__(self, *_):
        self.inside -= 1

    def clear_output(self, wait=False):
        self.cleared += 1

    def close(self):
        self.open = False


@pytest.fixture
def notebook(monkeypatch):
    """A fake notebook: what is displayed in it, as text, and where."""
    FakeWidget.made.clear()
    shown = []

    def display(thing):
        if isinstance(thing, FakeWidget):
            return
        shown.append(thing._repr_mimebundle_(["text/plain"], [])["text/plain"])

    names = ("ipykernel", "IPython", "IPython.display", "ipywidgets")
    modules = {name: ModuleType(name) for name in names}
    modules["IPython.display"].display = display
    modules["ipywidgets"].Output = FakeWidget
    for name, module in modules.items():
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setattr("rich.console._is_jupyter", lambda: True)
    monkeypatch.setattr(progress, "find_spec", lambda name: object())
    return shown


def rows(n=200):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 2))
    return X, (X[:, 0] + rng.logistic(size=n) > 0).astype(int)


SOLVER = SGD(epochs=60, learning_rate=0.1)


@pytest.mark.filterwarnings("ignore::logistica.ConvergenceWarning")
def test_in_a_notebook(notebook):
    X, y = rows()
    logistica.fit(X, target=y, solver=SOLVER, progress=True)
    (widget,) = FakeWidget.made
    assert not widget.open
    assert any(re.search(r"epoch \d+ of 60  loss 0\.\d+", text) for text in notebook)


@pytest.mark.filterwarnings("ignore::logistica.ConvergenceWarning")
def test_not_in_a_notebook_without_widgets(notebook, monkeypatch):
    monkeypatch.setattr(progress, "find_spec", lambda name: None)
    logistica.fit(*rows()[:1], target=rows()[1], solver=SOLVER, progress=True)
    assert (FakeWidget.made, notebook) == ([], [])


class TestWhereOthersMayDraw:
    @pytest.fixture(autouse=True)
    def terminal(self, monkeypatch):
        monkeypatch.setattr(progress, "_is_terminal", lambda: True)
        monkeypatch.setattr(progress, "plain_terminal", lambda: False)

    def test_the_main_thread_draws(self):
        assert progress._opened() is not None

    def test_so_it_does_where_a_kernel_is_only_loaded(self, monkeypatch):
        monkeypatch.setitem(sys.modules, "ipykernel", ModuleType("ipykernel"))
        assert progress._opened() is not None

    def test_another_thread_does_not(self):
        opened = []
        thread = threading.Thread(target=lambda: opened.append(progress._opened()))
        thread.start()
        thread.join()
        assert opened == [None]

    def test_nor_does_a_worker(self, monkeypatch):
        monkeypatch.setattr(multiprocessing.current_process(), "_name", "LokyProcess-1")
        assert progress._opened() is None


class TestBar:
    @pytest.fixture
    def clock(self, monkeypatch):
        now = [100.0]
        monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
        return now

    @pytest.fixture
    def opened(self, monkeypatch):
        """How often a bar was opened; there is nobody to see it."""
        count = []
        monkeypatch.setattr(progress, "_opened", lambda: count.append(1))
        return count

    def test_it_waits_for_a_second(self, clock, opened):
        with Bar(None) as bar:
            bar.show(Sight("", 0.1))
            clock[0] += 0.99
            bar.show(Sight("", 0.1))
            assert opened == []
            clock[0] += 0.02
            bar.show(Sight("", 0.1))
            assert opened == [1]
            bar.show(Sight("", 0.2))  # nobody looks, so nobody is asked again
        assert opened == [1]

    def test_at_once_or_never(self, clock, opened):
        Bar(True).show(Sight("", 0.1))
        assert opened == [1]
        clock[0] += 100
        Bar(False).show(Sight("", 0.1))
        assert opened == [1]

    def test_a_terminal_that_has_gone_does_not_end_the_fit(self, monkeypatch):
        class Gone:
            def add_task(self, *_, **__):
                raise OSError(5, "Input/output error")

        monkeypatch.setattr(progress, "_opened", Gone)
        with Bar(True) as bar:
            bar.show(Sight("", 0.1))
            bar.show(Sight("", 0.2))

    def test_the_callback_is_heard(self):
        answers = iter([0, 0, "stop"])
        watch = Bar(True).watch(FitOptions(), lambda row: next(answers))
        assert [bool(watch(HistoryRow(k, 0.5, 1.0, 0.0, decrement=1.0))) for k in range(3)] == [False, False, True]
        assert Bar(False).watch(FitOptions(), None) is None


def first_order(iteration, seconds, planned=10):
    return HistoryRow(iteration, 0.5, 1.0, 0.1, seconds=seconds, planned=planned)


class TestPace:
    def test_epochs(self):
        pace = Pace(FitOptions(solver=SGD(epochs=10)))
        assert pace.sight(first_order(0, 0.0)) == Sight("epoch 0 of 10  loss 0.5", 0.0)
        assert pace.sight(first_order(1, 2.0)) == Sight("epoch 1 of 10  loss 0.5", 0.1, pytest.approx(18.0))
        assert pace.sight(first_order(5, 20.0)) == Sight("epoch 5 of 10  loss 0.5", 0.5, pytest.approx(20.0))

    def test_a_resumed_run_is_timed_from_where_it_went_on(self):
        pace = Pace(FitOptions(solver=SGD(epochs=10)))
        assert pace.sight(first_order(6, 1000.0)).left is None
        assert pace.sight(first_order(7, 1001.0)).left == pytest.approx(3.0)

    def test_no_longer_than_the_time_limit(self):
        pace = Pace(FitOptions(solver=SGD(epochs=100), stop=Stop(seconds=30.0)))
        pace.sight(first_order(0, 0.0, 100))
        assert pace.sight(first_order(1, 20.0, 100)).left == 10.0
        assert pace.sight(first_order(2, 31.0, 100)).left == 0.0

    def test_digits(self):
        pace = Pace(FitOptions())
        pace.sight(HistoryRow(0, 0.5, 1.0, 0.0, decrement=1e2))
        sight = pace.sight(HistoryRow(3, 0.4, 1.0, 1.0, seconds=6.0, decrement=1e-1))
        assert sight == Sight("step 3  loss 0.4  to go 1e-01", pytest.approx(0.25), pytest.approx(18.0))

    def test_progress_is_counted_in_digits(self):
        assert share_done(1e2, 1e2, 1e-10) == 0
        assert share_done(1e2, 1e-4, 1e-10) == pytest.approx(0.5)
        assert share_done(1e2, 1e-12, 1e-10) == 1
        assert share_done(1e2, 0.0, 0.0) == 1
        assert share_done(1e-11, 1e-11, 1e-10) == 1
        assert share_done(1.0, 1e3, 1e-10) == 0

    @pytest.mark.parametrize("value", [np.nan, np.inf, 0.0])
    def test_a_decrement_that_is_no_number_is_no_error(self, value):
        assert 0.0 <= share_done(value, 1.0, 1e-10) <= 1.0
        assert 0.0 <= share_done(1.0, value, 1e-10) <= 1.0
        for values in ((value, 1.0), (1.0, value)):
            pace = Pace(FitOptions())
            sights = [pace.sight(HistoryRow(0, value, 1.0, 0.0, seconds=1.0, decrement=one)) for one in values]
            assert all(sight.left is None or sight.left >= 0.0 for sight in sights)


@pytest.mark.parametrize(("seconds", "text"), [(0.0, "0:00:00"), (0.2, "0:00:01"), (61, "0:01:01"), (7322, "2:02:02")])
def test_times_read_as_clocks_do(seconds, text):
    assert progress._clock(seconds) == text


def test_the_estimator_can_be_told():
    assert LogisticRegression(progress=False).get_params()["progress"] is False
