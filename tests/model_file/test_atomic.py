"""Row 38: whatever goes wrong while a file is written, the old file or the new one is there, whole."""

from __future__ import annotations

import errno
import itertools
import os
import stat
import subprocess
import sys
import tempfile
import threading
from contextlib import contextmanager, suppress

import pytest

from logistica.core import atomic
from logistica.core.atomic import write_atomic
from logistica.core.errors import FileAccessError
from logistica.prediction import model_file
from tests.model_file.example import CONTENT, DATA

OLD = b"the old file\n"
OPERATIONS = ("stat", "open", "chmod", "write", "fsync", "close", "replace")


class InjectedError(Exception):
    """Stands for an interrupt: an exception that is no OSError."""


@contextmanager
def failing(monkeypatch, operation, number, error):
    """Let the ``number``-th call of ``os.operation`` fail; yields a list that is filled when it did."""
    real, calls, failed = getattr(os, operation), itertools.count(1), []

    def replacement(*args, **kwargs):
        if next(calls) != number:
            return real(*args, **kwargs)
        failed.append(operation)
        if operation == "close":
            real(*args, **kwargs)
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(atomic.os, operation, replacement)
        yield failed


def slow_write(real=os.write):
    """A write that takes 100 bytes at a time, as a nearly full disk or a signal may cause."""

    def write(descriptor, data):
        return real(descriptor, data[:100])

    return write


ERRORS = {
    "disk-full": OSError(errno.ENOSPC, "No space left on device"),
    "quota": OSError(errno.EDQUOT, "Disk quota exceeded"),
    "EIO": OSError(errno.EIO, "Input/output error"),
    "read-only": OSError(errno.EROFS, "Read-only file system"),
}


@pytest.mark.parametrize("error", [pytest.param(e, id=f"nasty-38-{name}") for name, e in ERRORS.items()])
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("before", [pytest.param(OLD, id="output-exists"), pytest.param(None, id="output-new")])
def test_the_nth_call_fails(tmp_path, monkeypatch, before, operation, error):
    monkeypatch.setattr(atomic.os, "write", slow_write())
    path = tmp_path / "m.json"
    for number in range(1, 100):
        path.unlink(missing_ok=True)
        if before is not None:
            path.write_bytes(before)
        with failing(monkeypatch, operation, number, error) as failed:
            outcome = attempt(path)
        after = path.read_bytes() if path.exists() else None
        assert list(tmp_path.iterdir()) == ([] if after is None else [path])
        if not failed:
            assert (outcome, after) == (None, DATA)
            return
        assert_told(outcome, path, error, before, after)
    pytest.fail("the fault was injected a hundred times")


def attempt(path):
    try:
        model_file.write(path, CONTENT)
    except FileAccessError as error:
        return error
    return None


def assert_told(outcome, path, error, before, after):
    """A failure names path, cause and remedy, and says so if the new file is there all the same."""
    message = str(outcome)
    assert isinstance(outcome, FileAccessError)
    assert repr(os.fspath(path)) in message
    assert error.strerror[1:] in message
    assert message.endswith(".")
    if "the disk did not confirm it" in message:
        assert after == DATA
    else:
        assert after == before


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_interrupt_at_any_call_leaves_the_old_file_or_the_new(tmp_path, monkeypatch, operation):
    path = tmp_path / "m.json"
    for number in range(1, 100):
        path.write_bytes(OLD)
        with failing(monkeypatch, operation, number, InjectedError()) as failed, suppress(InjectedError):
            write_atomic(path, DATA)
        assert list(tmp_path.iterdir()) == [path]
        assert path.read_bytes() in (OLD, DATA)
        if not failed:
            return
    pytest.fail("the fault was injected a hundred times")


def test_no_descriptor_stays_open(tmp_path, monkeypatch):
    path = tmp_path / "m.json"
    path.write_bytes(OLD)
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else pytest.skip("no /proc here")
    for operation, number in itertools.product(OPERATIONS, range(1, 5)):
        with failing(monkeypatch, operation, number, ERRORS["EIO"]):
            attempt(path)
    assert len(os.listdir("/proc/self/fd")) == before


def test_the_order_is_write_sync_replace_sync_directory(tmp_path, monkeypatch):
    log = []

    def logged(name, real):
        def call(*args, **kwargs):
            log.append(name)
            return real(*args, **kwargs)

        return call

    for name in ("write", "fsync", "replace"):
        monkeypatch.setattr(atomic.os, name, logged(name, getattr(os, name)))
    write_atomic(tmp_path / "m.json", DATA)
    assert log == ["write", "fsync", "replace", "fsync"]


@pytest.mark.parametrize("code", [errno.EINVAL, errno.ENOTSUP, errno.EACCES])
def test_a_directory_that_cannot_be_synced_is_no_error(tmp_path, monkeypatch, code):
    with failing(monkeypatch, "fsync", 2, OSError(code, os.strerror(code))) as failed:
        write_atomic(tmp_path / "m.json", DATA)
    assert failed
    assert (tmp_path / "m.json").read_bytes() == DATA


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full here")
@pytest.mark.parametrize("path", [pytest.param("/dev/full", id="nasty-38-disk-full-for-real")])
def test_a_full_device(path):
    with pytest.raises(FileAccessError, match=r"^'/dev/full' cannot be written: no space left on device\. Free some"):
        model_file.write(path, CONTENT)
    assert stat.S_ISCHR(os.stat(path).st_mode)


def run(code, path):
    command = [sys.executable, "-c", code, os.fspath(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


LIMITED = """
import resource, signal, sys
from logistica.core.atomic import write_atomic
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (5000, 5000))
write_atomic(sys.argv[1], bytes(6000))
"""


@pytest.mark.parametrize("before", [pytest.param(OLD, id="nasty-38-quota-for-real")])
def test_a_real_limit_on_the_size_of_files(tmp_path, before):
    path = tmp_path / "m.json"
    path.write_bytes(before)
    done = run(LIMITED, path)
    assert done.returncode == 1
    assert "FileAccessError" in done.stderr
    assert "cannot be written: file too large. Raise the limit on the size of files" in done.stderr
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def places(tmp_path):
    (tmp_path / "file").write_bytes(OLD)
    (tmp_path / "directory").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    return {
        "directory-missing": (
            tmp_path / "absent" / "m.json",
            "no such file or directory. Make the directory first",
        ),
        "parent-is-a-file": (tmp_path / "file" / "m.json", "not a directory. Part of the path is a file"),
        "is-a-directory": (tmp_path / "directory", "is a directory. Name a file in it"),
        "ends-in-a-slash": (f"{tmp_path}/new/", "is a directory. Name a file in it"),
        "empty-path": ("", "is a directory. Name a file in it"),
        "name-too-long": (tmp_path / ("x" * 300), "file name too long. Choose a shorter name"),
        "symlink-loop": (tmp_path / "loop", "too many levels of symbolic links. Write to another place"),
        "null-byte": (f"{tmp_path}/a\0b", "embedded null byte. Write to another place"),
    }


PLACES = (
    "directory-missing",
    "parent-is-a-file",
    "is-a-directory",
    "ends-in-a-slash",
    "empty-path",
    "name-too-long",
    "symlink-loop",
    "null-byte",
)


@pytest.mark.parametrize("name", [pytest.param(name, id=f"nasty-38-{name}") for name in PLACES])
def test_an_impossible_place_is_named_with_its_remedy(tmp_path, name):
    path, message = places(tmp_path)[name]
    there = sorted(tmp_path.rglob("*"))
    with pytest.raises(FileAccessError) as caught:
        write_atomic(path, DATA)
    assert str(caught.value) == f"{os.fspath(path)!r} cannot be written: {message}" + (
        "; write to a directory." if name == "parent-is-a-file" else "."
    )
    assert sorted(tmp_path.rglob("*")) == there
    assert (tmp_path / "file").read_bytes() == OLD


READ_ONLY = """
import os, sys
from logistica.core.atomic import write_atomic
if os.geteuid() == 0:
    try:
        os.setgid(65534)
        os.setuid(65534)
    except OSError:
        sys.exit(77)
write_atomic(sys.argv[1], b"new")
"""


@pytest.mark.parametrize(
    "protected",
    [
        pytest.param("directory", id="nasty-38-read-only-directory"),
        pytest.param("file", id="nasty-38-read-only-file"),
    ],
)
def test_a_write_protected_place_for_real(protected):
    """In a directory that the user without rights, whom root becomes for this, can reach."""
    with tempfile.TemporaryDirectory() as made:
        path = os.path.join(made, "m.json")
        with open(path, "wb") as file:
            file.write(OLD)
        os.chmod(path, 0o444)
        os.chmod(made, 0o555 if protected == "directory" else 0o777)
        done = run(READ_ONLY, path)
        os.chmod(made, 0o755)
        if done.returncode == 77:
            pytest.skip("root cannot become another user here, and ignores permissions")
        assert "cannot be written: permission denied. Change the permissions" in done.stderr
        assert os.listdir(made) == ["m.json"]
        with open(path, "rb") as file:
            assert file.read() == OLD


@pytest.mark.parametrize(
    "before", [pytest.param(OLD, id="nasty-38-output-exists"), pytest.param(None, id="nasty-38-output-new")]
)
def test_the_new_file_takes_the_name(tmp_path, before):
    path = tmp_path / "m.json"
    if before is not None:
        path.write_bytes(before)
    write_atomic(path, DATA)
    assert path.read_bytes() == DATA
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("path", [pytest.param("m.json", id="nasty-38-output-is-input")])
def test_output_may_be_the_input(tmp_path, monkeypatch, path):
    monkeypatch.chdir(tmp_path)
    model_file.write(path, CONTENT)
    with open(path, "rb") as reader:
        model_file.write(path, {**model_file.read(path), "rows": 13})
        assert reader.read() == DATA
    assert model_file.read(path) == {**CONTENT, "rows": 13}


@pytest.fixture
def umask_027():
    old = os.umask(0o027)
    yield
    os.umask(old)


@pytest.mark.usefixtures("umask_027")
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666])
def test_permissions(tmp_path, mode):
    new, old = tmp_path / "new", tmp_path / "old"
    old.write_bytes(OLD)
    old.chmod(mode)
    for path, expected in ((new, 0o640), (old, mode)):
        write_atomic(path, DATA)
        assert stat.S_IMODE(path.stat().st_mode) == expected


def test_a_private_file_is_never_readable_by_others_on_the_way(tmp_path, monkeypatch):
    path = tmp_path / "m.json"
    path.write_bytes(OLD)
    path.chmod(0o600)
    modes = []
    real = os.open

    def watching(name, *arguments):
        descriptor = real(name, *arguments)
        if os.fspath(name).endswith(".tmp"):
            modes.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        return descriptor

    monkeypatch.setattr(atomic.os, "open", watching)
    write_atomic(path, DATA)
    assert modes == [0o600]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("exists", [True, False])
def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path, exists):
    target = tmp_path / "inner" / "target.json"
    target.parent.mkdir()
    if exists:
        target.write_bytes(OLD)
    link = tmp_path / "link.json"
    link.symlink_to("inner/target.json")
    write_atomic(link, DATA)
    assert link.is_symlink()
    assert target.read_bytes() == DATA
    assert sorted(tmp_path.rglob("*")) == [target.parent, target, link]


def test_a_reader_at_any_moment_sees_one_whole_file(tmp_path):
    path = tmp_path / "m.json"
    write_atomic(path, DATA)
    done = threading.Event()

    def rewrite():
        for rows in range(100):
            model_file.write(path, {**CONTENT, "rows": rows})
        done.set()

    writer = threading.Thread(target=rewrite)
    writer.start()
    seen = set()
    while not done.is_set():
        seen.add(model_file.read(path)["rows"])
    writer.join()
    assert seen
    assert model_file.read(path)["rows"] == 99


def test_writing_nothing_makes_an_empty_file(tmp_path):
    write_atomic(tmp_path / "empty", b"")
    assert (tmp_path / "empty").read_bytes() == b""
