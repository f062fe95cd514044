"""Row 39: a run that goes on from its checkpoint ends where it would have ended, bit for bit."""

from __future__ import annotations

from itertools import pairwise

import pytest

from logistica.core import envelope
from logistica.core.generations import PREVIOUS
from logistica.fitting import checkpoint
from logistica.solvers.descent.first_order import AUTOMATIC_MOMENTUM
from logistica.solvers.descent.schedules import Cosine
from logistica.solvers.driver import Status
from logistica.solvers.settings import SGD, Adam, GradientDescent
from logistica.solvers.stopping import Stop
from tests.checkpoint.runs import RUNS, X, Y, assert_same, at_every_step, every_run, fit, resumed_from, stopped

__all__ = ["at_every_step"]


@every_run
def test_stopped_after_any_step_it_goes_on(run, tmp_path):
    options = RUNS[run]
    whole = fit(options)
    steps = whole.record.iterations
    for k in range(steps + 1):
        path = tmp_path / f"{k}.ckpt"
        half = stopped(options, k, path)
        assert half.record.iterations == k
        model = fit(options, checkpoint=path)
        assert_same(model, whole)
        assert resumed_from(model) == (
            f"Went on from the checkpoint {str(path)!r}, after {k} epoch{'' if k == 1 else 's'}."
        )


@every_run
def test_a_checkpoint_changes_no_number(run, tmp_path):
    assert_same(fit(RUNS[run], checkpoint=tmp_path / "run.ckpt"), fit(RUNS[run]))


@pytest.mark.usefixtures("at_every_step")
def test_stopped_after_every_single_step(tmp_path):
    options = RUNS["SGD, Nesterov, all of it averaged, K classes"]
    path = tmp_path / "run.ckpt"
    for k in range(6):
        model = stopped(options, k, path)
        assert model.record.iterations == k
    assert_same(fit(options, checkpoint=path), fit(options))


def test_the_seconds_go_on_too(tmp_path):
    path = tmp_path / "run.ckpt"
    before = stopped(RUNS["SGD"], 3, path).record.history[-1].seconds
    after = [row.seconds for row in fit(RUNS["SGD"], checkpoint=path).record.history]
    assert after[3] == before
    assert all(a <= b for a, b in pairwise(after))


def test_a_finished_run_is_not_run_again(tmp_path):
    path = tmp_path / "run.ckpt"
    whole = fit(RUNS["SGD"], checkpoint=path)
    written = path.read_bytes()
    seen = []
    again = fit(RUNS["SGD"], checkpoint=path, callback=seen.append)
    assert_same(again, whole)
    assert (seen, path.read_bytes()) == ([], written)


EXTENDABLE = {
    "constant": GradientDescent(epochs=3),
    "step": SGD(epochs=3, learning_rate=0.1, schedule="step", batch_size=16),
    "inverse-time": Adam(epochs=3, schedule="inverse-time", average=0.0),
    "all of it averaged": SGD(epochs=3, learning_rate=0.1, average=1.0),
}


@pytest.mark.parametrize("name", EXTENDABLE)
def test_more_epochs_where_nothing_depends_on_how_many(name, tmp_path):
    short = EXTENDABLE[name]
    long = type(short)(**{**short.get_params(), "epochs": 7})
    path = tmp_path / "run.ckpt"
    fit({"data": X, "target": Y}, solver=short, checkpoint=path)
    model = fit({"data": X, "target": Y}, solver=long, checkpoint=path)
    assert_same(model, fit({"data": X, "target": Y}, solver=long))
    assert model.record.iterations == 7


def test_an_l1_penalty_averages_nothing_so_that_more_epochs_are_the_same_run(tmp_path):
    path = tmp_path / "run.ckpt"
    options = {"data": X, "target": Y, "C": 0.2, "l1_ratio": 1.0}
    fit(options, solver=SGD(epochs=3, schedule="constant"), checkpoint=path)
    longer = SGD(epochs=7, schedule="constant", average=0.0)
    assert_same(fit(options, solver=longer, checkpoint=path), fit(options, solver=longer))


def test_rules_of_stopping_and_threads_may_change(tmp_path):
    path = tmp_path / "run.ckpt"
    options = RUNS["gradient descent"]
    first = fit(options, checkpoint=path, stop=Stop(gradient_norm=0.05))
    assert first.record.status is Status.GRADIENT
    model = fit(options, checkpoint=path, threads=2)
    assert_same(model, fit(options))


def test_a_time_limit_counts_all_runs_together(tmp_path):
    path = tmp_path / "run.ckpt"
    ended = fit(RUNS["SGD"], checkpoint=path, stop=Stop(seconds=0.0))
    assert (ended.record.status, ended.record.iterations) == (Status.TIME, 0)
    again = fit(RUNS["SGD"], checkpoint=path, stop=Stop(seconds=0.0))
    assert (again.record.status, again.record.iterations) == (Status.TIME, 0)
    assert_same(fit(RUNS["SGD"], checkpoint=path), fit(RUNS["SGD"]))


class Counted:
    """How often files were written."""

    def __init__(self, monkeypatch):
        self.number = 0
        real = envelope.write_atomic

        def write(path, data):
            self.number += 1
            real(path, data)

        monkeypatch.setattr(envelope, "write_atomic", write)


def test_short_epochs_do_not_wait_for_the_disk(tmp_path, monkeypatch):
    counted = Counted(monkeypatch)
    fit(RUNS["gradient descent"], checkpoint=tmp_path / "run.ckpt")
    assert counted.number == 2  # at the start, where an impossible place shows, and at the end


@pytest.mark.usefixtures("at_every_step")
def test_long_ones_are_all_written(tmp_path, monkeypatch):
    counted = Counted(monkeypatch)
    fit(RUNS["gradient descent"], checkpoint=tmp_path / "run.ckpt")
    assert counted.number == 7


def test_writing_takes_a_small_share_of_the_time(tmp_path, monkeypatch):
    now = [0.0]
    monkeypatch.setattr(checkpoint.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(checkpoint, "SECONDS_BETWEEN", 1.0)
    counted = Counted(monkeypatch)
    real = envelope.write_atomic

    def slow(path, data):
        now[0] += 10.0
        real(path, data)

    def second(row):
        now[0] += 1.0

    monkeypatch.setattr(envelope, "write_atomic", slow)
    fit(RUNS["gradient descent"], solver=GradientDescent(epochs=250), checkpoint=tmp_path / "run.ckpt", callback=second)
    assert counted.number == 4  # at rows 0, 100 and 200, and at the end


def test_a_symbolic_link_stays_one(tmp_path):
    (tmp_path / "far").mkdir()
    link = tmp_path / "run.ckpt"
    link.symlink_to("far/real.ckpt")
    stopped(RUNS["SGD"], 3, link)
    assert link.is_symlink()
    assert sorted(path.name for path in (tmp_path / "far").iterdir()) == ["real.ckpt", f"real.ckpt{PREVIOUS}"]
    assert_same(fit(RUNS["SGD"], checkpoint=link), fit(RUNS["SGD"]))


def test_options_are_compared_as_they_act(tmp_path):
    path = tmp_path / "run.ckpt"
    options = {"data": X, "target": Y}
    stopped({**options, "solver": SGD(epochs=6)}, 3, path)
    model = fit(
        options, solver=SGD(epochs=6, schedule=Cosine(), momentum=AUTOMATIC_MOMENTUM, nesterov=True), checkpoint=path
    )
    assert resumed_from(model) is not None
