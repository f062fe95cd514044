"""What only a real process shows: signals, pipes, full disks, terminals, and how fast it starts."""

import os
import signal
import subprocess
import sys

import pytest

from tests.cli.running import PROGRAM, environment, run, start

SLOW_FIT = """
import sys, time, logistica.model

def fit(*arguments, **options):
    print("ready", flush=True)
    time.sleep(60)

logistica.model.fit = fit
from logistica.cli.main import run
run()
"""

posix_only = pytest.mark.skipif(os.name != "posix", reason="signals and pipes of POSIX systems")


@posix_only
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["Ctrl-C", "SIGTERM"])
def test_a_signal_during_a_fit_ends_it_without_a_file(number, code, data, tmp_path):
    saved = tmp_path / "model.json"
    program = [sys.executable, "-c", SLOW_FIT]
    process = start(
        "fit", data, "-o", saved, program=program, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    _, messages = process.communicate(timeout=20)
    assert process.returncode == code
    assert "Traceback" not in messages
    assert (number == signal.SIGTERM) or "interrupted" in messages
    assert not saved.exists()
    assert not list(tmp_path.glob(".logistica-*"))


@posix_only
def test_ctrl_c_while_standard_input_is_awaited():
    program = [sys.executable, "-c", "import sys; sys.stderr.write('up\\n'); sys.stderr.flush()\n" + PROGRAM[2]]
    process = start("fit", "-", program=program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stderr.readline() == b"up\n"
    process.stdin.write(b"x,y\n")
    process.stdin.flush()
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=1.5)
    process.send_signal(signal.SIGINT)
    _, messages = process.communicate(timeout=20)
    assert process.returncode == 130
    assert b"Traceback" not in messages


@posix_only
@pytest.mark.parametrize("command", ["predict", "demo", "summary", "--help"])
def test_a_reader_that_leaves_is_no_error(command, model, tmp_path):
    many = tmp_path / "many.csv"
    many.write_text("a,b\n" + "0.25,1.5\n" * 100_000)
    arguments = {"predict": [model, many], "summary": [model], "demo": [], "--help": []}[command]
    reading, writing = os.pipe()
    os.close(reading)
    process = start(command, *arguments, stdout=writing, stderr=subprocess.PIPE)
    os.close(writing)
    _, messages = process.communicate(timeout=60)
    assert messages == b""
    assert process.returncode == 141


@posix_only
@pytest.mark.parametrize("unbuffered", ["", "1"], ids=["buffered", "unbuffered"])
def test_head_gets_its_lines(unbuffered, model, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONUNBUFFERED", unbuffered)
    many = tmp_path / "many.csv"
    many.write_text("a,b\n" + "0.25,1.5\n" * 100_000)
    producer = start("predict", model, many, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    head = subprocess.run(["head", "-n", "2"], stdin=producer.stdout, capture_output=True, check=True, timeout=60)
    producer.stdout.close()
    messages = producer.stderr.read()
    producer.stderr.close()
    assert producer.wait(timeout=20) == 141
    assert messages == b""
    assert head.stdout.splitlines()[0] == b"a,b,prediction,P(no),P(yes)"


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
@pytest.mark.parametrize("arguments", [["predict", "MODEL", "DATA"], ["summary", "MODEL"], ["--help"], ["fit", "-h"]])
def test_standard_output_that_is_full_is_said_once(arguments, model, data):
    names = {"MODEL": model, "DATA": data}
    with open("/dev/full", "wb") as full:
        process = start(*(names.get(one, one) for one in arguments), stdout=full, stderr=subprocess.PIPE)
        _, messages = process.communicate(timeout=60)
    assert process.returncode == 7
    assert messages.count(b"error: ") == 1
    assert b"Traceback" not in messages
    assert b"Exception ignored" not in messages


def run_redirected(redirection, *arguments):
    """A finished process, some of whose standard streams a shell has closed or turned elsewhere."""
    script = f'program="$1"; shift; exec "$0" -c "$program" "$@" {redirection}'
    return subprocess.run(
        ["sh", "-c", script, sys.executable, PROGRAM[2], *map(str, arguments)],
        capture_output=True,
        env=environment(),
        timeout=60,
        check=False,
    )


@posix_only
@pytest.mark.parametrize("arguments", [["summary", "MODEL"], ["predict", "MODEL", "DATA"], ["--help"], ["fit", "-h"]])
def test_standard_output_that_is_closed(arguments, model, data):
    names = {"MODEL": model, "DATA": data}
    found = run_redirected(">&-", *(names.get(one, one) for one in arguments))
    assert found.returncode == 7
    assert found.stderr.endswith(b"error: standard output is closed. Redirect it to a file, a pipe or /dev/null.\n")


@posix_only
@pytest.mark.parametrize("redirection", ["2>&-", "2>&- <&-", "2>/dev/full"])
def test_without_standard_error_the_work_is_done_all_the_same(redirection, model, data, separated, tmp_path):
    saved = tmp_path / "again.json"
    fitted = run_redirected(redirection, "fit", separated, "--target", "y", "-o", saved)
    assert (fitted.returncode, fitted.stderr) == (0, b"")
    assert fitted.stdout == run("summary", saved).stdout
    assert run_redirected(redirection, "predict", model, data).stdout == run("predict", model, data).stdout
    assert run_redirected(redirection, "predict", model, tmp_path / "nothing.csv").returncode == 7
    assert run_redirected(redirection, "predict", "--no-such-option").returncode == 2


@posix_only
def test_no_file_takes_the_number_of_a_closed_stream(model, data, tmp_path):
    scored = tmp_path / "scored.csv"
    found = run_redirected("<&- >&- 2>&-", "predict", model, data, "-o", scored)
    assert found.returncode == 0
    assert scored.read_bytes() == run("predict", model, data).stdout


LATE = """
import atexit, ctypes, os, signal

def late():
    os.kill(os.getpid(), signal.SIGINT)
    os.kill(os.getpid(), signal.SIGTERM)

atexit.register(late)
library = ctypes.CDLL(None)
library.on_exit.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
library.on_exit(ctypes.cast(library.kill, ctypes.c_void_p), signal.SIGINT)
from logistica.cli.main import run
run()
"""


@pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="on_exit, which calls kill(status, SIGINT), is glibc's"
)
def test_ctrl_c_after_the_work_is_done_changes_nothing(data, tmp_path):
    """While Python ends, and, by on_exit, when Python has gone: kill(0, SIGINT) reaches the process and its group."""
    saved = tmp_path / "model.json"
    arguments = ["fit", data, "--target", "answer", "-o", saved]
    process = start(
        *arguments,
        program=[sys.executable, "-c", LATE],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    _, messages = process.communicate(timeout=60)
    assert (process.returncode, messages) == (0, b"")
    assert saved.exists()


def test_an_unbuffered_output_takes_everything(model, tmp_path):
    many = tmp_path / "many.csv"
    many.write_text("a,b\n" + "0.25,1.5\n" * 100_000)
    found = run("predict", model, many, PYTHONUNBUFFERED="1")
    assert (found.returncode, found.stdout.count(b"\n")) == (0, 100_001)


def test_a_latin_terminal_gets_escapes_instead_of_an_error(tmp_path):
    saved = tmp_path / "model.json"
    text = "größe,y\n1,0\n2,0\n3,1\n4,0\n5,1\n6,1\n".encode()
    found = run("fit", "-", "--target", "y", "-o", saved, stdin=text, PYTHONIOENCODING="ascii")
    assert found.returncode == 0, found.stderr
    assert b"gr\\xf6\\xdfe" in found.stdout


def test_version_and_help_import_nothing_heavy():
    script = "import sys; from logistica.cli.main import commands\n" + (
        "try: commands.main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'numpy', 'scipy', 'pyarrow', 'sklearn', 'pandas', 'rich', 'narwhals'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, env=environment(), check=True, timeout=60
    )
    assert found.stdout.splitlines()[-1] == b"[]"


def test_a_fit_does_not_import_scikit_learn(data):
    script = "import sys; from logistica.cli.main import commands\n" + (
        f"try: commands.main(['fit', {str(data)!r}, '--target', 'answer'])\nexcept SystemExit: pass\n"
        "print(sorted({'sklearn', 'matplotlib', 'rich'} & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, env=environment(), check=True, timeout=60
    )
    assert found.stdout.splitlines()[-1] == b"[]"


@posix_only
@pytest.mark.parametrize(("options", "shown"), [({}, True), ({"TERM": "dumb"}, False), ({"NO_COLOR": "1"}, False)])
def test_the_progress_bar_is_for_terminals_that_want_it(options, shown, data):
    ours, theirs = os.openpty()
    environment_here = environment(**{"TERM": "xterm-256color", "NO_COLOR": "", **options})
    found = subprocess.run(
        [*PROGRAM, "fit", data, "--target", "answer"],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment_here,
        check=True,
        timeout=60,
    )
    os.close(theirs)
    try:
        written = os.read(ours, 65536)
    except OSError:  # the system's way to say that nothing is there and nobody will write
        written = b""
    os.close(ours)
    assert (b"step " in written) is shown
    assert b"\x1b" not in written or shown
    assert b"\x1b" not in found.stdout
