"""The bar of a long reading: on a terminal only, and never with --quiet."""

import os
import pty
import subprocess

import pytest

from logistica.data import filebytes
from logistica.data.reading import watched
from tests.cli.running import drained, start


def on_a_terminal(*arguments):
    """What a command writes to standard error where that is a terminal."""
    leader, follower = pty.openpty()
    process = start(*arguments, stdout=subprocess.DEVNULL, stderr=follower)
    os.close(follower)
    written = drained(leader)
    assert process.wait(60) == 0, written
    return written


@pytest.mark.parametrize("command", ["predict", "evaluate", "fit"])
def test_a_bar_on_a_terminal_unless_quiet(data, model, command, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    arguments = (command, data, "--target", "answer") if command == "fit" else (command, model, data)
    assert b"reading" in on_a_terminal(*arguments)
    assert b"reading" not in on_a_terminal(*arguments, "--quiet")


def test_the_watcher_hears_of_every_piece_and_only_within(tmp_path):
    path = tmp_path / "data"
    path.write_bytes(bytes(25))
    heard = []
    with watched(lambda done, size: heard.append((done, size))):
        list(filebytes.read_bytes(path).pieces(0, 10))
    list(filebytes.read_bytes(path).pieces(0, 10))
    assert heard == [(10, 25), (20, 25), (25, 25)]
