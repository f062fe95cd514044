"""Rows 38 and 39: damage of every kind, and disks that fail while a checkpoint is written."""

from __future__ import annotations

import errno
import itertools
import os
from contextlib import suppress

import numpy as np
import pytest

from logistica.core import atomic
from logistica.core.atomic import write_atomic
from logistica.core.envelope import tail
from logistica.core.errors import CheckpointError, FileAccessError
from logistica.core.strict_json import parse, render
from logistica.fitting.checkpoint import ENVELOPE
from tests.checkpoint.runs import RUNS, assert_same, at_every_step, fit, resumed_from, stopped
from tests.data.cases import case

__all__ = ["at_every_step"]

OPTIONS = RUNS["SGD with momentum in steps"]
WHOLE = fit(OPTIONS)


@pytest.fixture
def two(tmp_path, at_every_step):
    """The path of a checkpoint after 3 steps, with that after 2 beside it."""
    path = tmp_path / "run.ckpt"
    stopped(OPTIONS, 3, path)
    return path


def older(path):
    return path.with_name("run.ckpt.previous")


DAMAGES = {
    "cut short": lambda data: data[: len(data) // 2],
    "cut to its first line": lambda data: data[:40],
    "cut to a byte": lambda data: data[:1],
    "empty": lambda data: b"",
    "noughts after a power cut": lambda data: bytes(len(data)),
    "noughts at its end": lambda data: data[:-2000] + bytes(2000),
    "one bit": lambda data: data[:900] + bytes([data[900] ^ 4]) + data[901:],
    "more at its end": lambda data: data + b"\n",
    "twice": lambda data: data + data,
}
every_damage = pytest.mark.parametrize("damage", [case(39, f"damaged-{name}", name) for name in DAMAGES])


def damaged(path, damage):
    data = DAMAGES[damage](path.read_bytes())
    path.write_bytes(data)
    return data


@every_damage
def test_a_damaged_newer_generation_leaves_the_older(damage, two):
    damaged(two, damage)
    model = fit(OPTIONS, checkpoint=two)
    assert_same(model, WHOLE)
    said = resumed_from(model)
    assert said.startswith(
        f"Went on from the checkpoint {str(older(two))!r}, after 2 epochs. The newer one could not be"
    )
    assert f"{str(two)!r}: " in said
    assert_same(fit(OPTIONS, checkpoint=two), WHOLE)


@every_damage
def test_a_damaged_older_generation_does_not_matter(damage, two):
    damaged(older(two), damage)
    model = fit(OPTIONS, checkpoint=two)
    assert_same(model, WHOLE)
    assert resumed_from(model) == f"Went on from the checkpoint {str(two)!r}, after 3 epochs."


@every_damage
def test_both_damaged_is_an_error_that_leaves_them(damage, two):
    data = damaged(two, damage), damaged(older(two), damage)
    with pytest.raises(CheckpointError) as caught:
        fit(OPTIONS, checkpoint=two)
    message = str(caught.value)
    assert f"{str(two)!r}: " in message
    assert f"{str(older(two))!r}: " in message
    assert message.endswith("or remove both to start afresh.")
    assert (two.read_bytes(), older(two).read_bytes()) == data


def test_the_only_one_damaged_is_an_error_too(two):
    older(two).unlink()
    damaged(two, "cut short")
    with pytest.raises(CheckpointError, match="cut short"):
        fit(OPTIONS, checkpoint=two)


def test_after_a_kill_between_renaming_and_writing_the_older_is_there_alone(two):
    two.unlink()
    model = fit(OPTIONS, checkpoint=two)
    assert_same(model, WHOLE)
    assert resumed_from(model) == f"Went on from the checkpoint {str(older(two))!r}, after 2 epochs."


def test_one_bit_anywhere(two):
    """Every flip of the newer is noticed; the files are put back as they were after each."""
    newer, previous = two.read_bytes(), older(two).read_bytes()
    rng = np.random.default_rng(0)
    for place in rng.choice(np.arange(60, len(newer)), 25, replace=False):
        two.write_bytes(newer[:place] + bytes([newer[place] ^ (1 << int(rng.integers(8)))]) + newer[place + 1 :])
        older(two).write_bytes(previous)
        model = fit(OPTIONS, checkpoint=two)
        assert "The newer one could not be used" in resumed_from(model)
        np.testing.assert_array_equal(model.coef_, WHOLE.coef_)


def sealed(content):
    """A file around other content, with the right length and checksum."""
    text = render(content, indent=1).encode("ascii")
    head = b'{\n  "format": "logistica checkpoint",\n  "format_version": 1,\n  "made_by": "logistica 0.1.0",\n'
    body = head + b'  "content_bytes": %d,\n  "content": ' % len(text) + text + b",\n"
    return body + tail(body)


def content(path):
    return parse(path.read_text("ascii"))["content"]


def places(value, path=()):
    """The path of every field, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield (*path, name)
            yield from places(inner, (*path, name))


def replaced(value, path, new):
    """A copy with another value at a path; without the field where ``new`` is Ellipsis."""
    name, *rest = path
    inner = replaced(value[name], rest, new) if rest else new
    return {**{k: v for k, v in value.items() if k != name}, **({} if inner is ... else {name: inner})}


def test_content_that_makes_no_sense_is_refused_whatever_its_checksum(two):
    """Every field missing, or of another kind: a typed error or the right numbers, never a crash or others."""
    older(two).unlink()
    good = content(two)
    assert sealed(good) == two.read_bytes()
    refused = 0
    for path in list(places(good)):
        for new in (..., None, "nonsense", -1, [], {"a": 1}):
            two.write_bytes(sealed(replaced(good, path, new)))
            outcome = attempt(two)
            if isinstance(outcome, CheckpointError):
                refused += str(two) in str(outcome)
            else:
                np.testing.assert_array_equal(outcome.coef_, WHOLE.coef_, err_msg=f"{path} = {new!r}")
    assert refused > 200


def test_a_later_format_asks_for_an_upgrade(two):
    data = two.read_bytes().replace(b'"format_version": 1', b'"format_version": 2')
    for path in (two, older(two)):
        path.write_bytes(data)
    with pytest.raises(CheckpointError, match="Upgrade logistica"):
        fit(OPTIONS, checkpoint=two)


ERRORS = {
    "disk-full": OSError(errno.ENOSPC, "No space left on device"),
    "EIO": OSError(errno.EIO, "Input/output error"),
    "interrupted": KeyboardInterrupt(),
    "terminated": SystemExit(143),
}
OPERATIONS = ("stat", "open", "write", "fsync", "close", "replace")


@pytest.mark.usefixtures("at_every_step")
@pytest.mark.parametrize("error", [case(38, f"checkpoint-{name}", error) for name, error in ERRORS.items()])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_the_nth_call_fails(operation, error, tmp_path, monkeypatch):
    """Whatever fails while a checkpoint is written, the next run goes on from what is there, to the same numbers."""
    for number in itertools.count(1):
        path = tmp_path / str(number) / "run.ckpt"
        path.parent.mkdir()
        calls = itertools.count(1)
        with monkeypatch.context() as patch:
            patch.setattr(atomic.os, operation, failing(getattr(os, operation), operation, calls, number, error))
            outcome = attempt(path)
        left = {file.name for file in path.parent.iterdir()}
        assert left <= {"run.ckpt", "run.ckpt.previous"}
        reached = next(calls) > number
        if reached and isinstance(error, OSError):
            assert isinstance(outcome, FileAccessError), outcome
        if number > 1:
            assert resumed_or_not_begun(path, left)
        assert_same(fit(OPTIONS, checkpoint=path), WHOLE)
        if not reached:
            assert_same(outcome, WHOLE)
            return


def failing(real, operation, calls, number, error):
    """The call, failing at its number-th time."""

    def replacement(*args, **kwargs):
        if next(calls) != number:
            return real(*args, **kwargs)
        if operation == "close":
            real(*args, **kwargs)
        raise error

    return replacement


def attempt(path):
    """The model, or what was raised."""
    try:
        return fit(OPTIONS, checkpoint=path)
    except (CheckpointError, FileAccessError, SystemExit, KeyboardInterrupt) as error:
        return error


def resumed_or_not_begun(path, left):
    """At least one generation is whole, as soon as there is any."""
    whole = []
    for name in left:
        with suppress(CheckpointError):
            whole.append(ENVELOPE.read(path.with_name(name), 1 << 30))
    return whole or not left


def test_a_checkpoint_that_is_too_large_is_not_written(tmp_path, monkeypatch):
    monkeypatch.setattr("logistica.fitting.checkpoint.LARGEST_FILE", 1000)
    with pytest.raises(CheckpointError, match=r"more than the 1,000 that can be read again.*Do without keep_coeff"):
        fit(OPTIONS, checkpoint=tmp_path / "run.ckpt")
    assert not list(tmp_path.iterdir())


def test_an_unreadable_checkpoint_is_no_damaged_one(two, monkeypatch):
    def fail(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("logistica.core.envelope._take", fail)
    with pytest.raises(FileAccessError, match=r"run\.ckpt' cannot be read: input/output error"):
        fit(OPTIONS, checkpoint=two)


def test_the_temporary_file_of_a_kill_is_no_hindrance(two):
    write_atomic(two.with_name(".logistica-0123456789abcdef.tmp"), b"half")
    assert_same(fit(OPTIONS, checkpoint=two), WHOLE)
