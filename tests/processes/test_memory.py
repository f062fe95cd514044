"""Row 41: where memory is short, the size is stated before it is taken, and no file is left half written."""

from __future__ import annotations

import sys

import pytest

from logistica.core import memory
from logistica.core.errors import LogisticaError, OutOfMemoryError
from tests.data.cases import case
from tests.processes.running import python

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits on addresses as Linux has them")

LIMITED = """
import resource, sys, warnings
from pathlib import Path
import numpy as np
import scipy.special, scipy.linalg, pyarrow.csv
import logistica
from scipy import sparse
from tests.processes.fits import rows

warnings.simplefilter("ignore", logistica.LogisticaWarning)

def limit(mebibytes):
    "Leave so much room, once everything is loaded."
    X, y, _ = rows(2, 100)
    logistica.fit(X, target=y, threads=2).save(saved)
    logistica.fit(sparse.csr_array(X), target=y, solver="newton-cg", C=1.0, threads=2)
    with open("/proc/self/statm") as stream:
        taken = int(stream.read().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (taken + (mebibytes << 20),) * 2)

saved, wanted, room = Path(sys.argv[1]), *sys.argv[2:4]
rng, options = np.random.default_rng(0), {"solver": "newton"}
if wanted == "columns":
    data = sparse.random_array((500, 9000), density=0.001, rng=rng, format="csr")
elif wanted == "classes":
    data = rng.normal(size=(2000, 200))
elif wanted == "rows":
    data = rng.normal(size=(3_000_000, 2))
elif wanted == "no-matrix":
    data = sparse.random_array((500, 9000), density=0.001, rng=rng, format="csr")
    options = {"solver": "newton-cg"}
y = rng.integers(40 if wanted == "classes" else 2, size=data.shape[0])
limit(int(room))
before = saved.read_bytes()
try:
    logistica.fit(data, target=y, C=1.0, threads=2, **options).save(saved)
    print("fitted")
except logistica.LogisticaError as error:
    assert saved.read_bytes() == before
    print(type(error).__name__, error)
"""


MATRICES = "OptionError the Newton solver needs matrices of {0} x {0} numbers"


@pytest.mark.parametrize(
    ("wanted", "mebibytes", "said"),
    [
        case(41, "many-columns", "columns", 800, MATRICES.format("9,001")),
        case(41, "many-classes", "classes", 800, MATRICES.format("7,839")),
        case(41, "many-rows", "rows", 8, "OutOfMemoryError the memory ran out (unable to allocate "),
        case(41, "needs-no-matrix", "no-matrix", 300, "fitted"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_size(wanted, mebibytes, said, tmp_path):
    saved = tmp_path / "model.json"
    printed = python("-c", LIMITED, saved, wanted, mebibytes)
    assert printed.startswith(said)
    assert list(tmp_path.iterdir()) == [saved]
    if said.startswith("OptionError"):
        assert "GiB, for" in printed
        assert "Pass solver='newton-cg', which makes no matrix" in printed


AFTERWARDS = """
import resource, sys, warnings
import numpy as np
import pandas as pd
import logistica
from scipy import sparse
from tests.cli.running import invoke
from tests.processes.fits import rows

warnings.simplefilter("ignore", logistica.LogisticaWarning)
folder, door, call, room = sys.argv[1:]
N = 2_000_000

def on_arrays():
    X, y, _ = rows(2, 100)
    fitted = {"python": lambda: logistica.fit(X, target=y), "scikit-learn": logistica.LogisticRegression().fit}[door]
    model = fitted() if door == "python" else fitted(X, y)
    many = np.random.default_rng(0).normal(size=(N, X.shape[1]))
    truth = np.resize(y, N)
    def run(n):
        return model.evaluate(many[:n], target=truth[:n]) if call == "evaluate" else getattr(model, call)(many[:n])
    return lambda: run(50), lambda: run(N)

def on_frames():
    frame = pd.DataFrame({"a": np.arange(N) % 7.0, "y": np.arange(N) % 3 % 2})
    model = logistica.fit(frame[:99], target="y")
    return lambda: model.augment(frame[:99]), lambda: model.augment(frame)

def of_many_columns():
    X = sparse.random_array((50, 200_000), density=1e-3, rng=np.random.default_rng(0), format="csr")
    model = logistica.fit(X, target=np.arange(50) % 2, C=1.0, solver="lbfgs")
    small = logistica.fit(X[:, :3], target=np.arange(50) % 2, C=1.0, solver="lbfgs")
    return lambda: small.save(f"{folder}/small.json"), lambda: model.save(f"{folder}/model.json")

def of_a_path():
    X = np.random.default_rng(0).normal(size=(N // 2, 4))
    y = (X[:, 0] > np.random.default_rng(1).normal(size=len(X))).astype(int)
    few = {"threads": 1, "n_penalties": 3}
    return (
        lambda: logistica.path(X[:99], target=y[:99], **few).to_frame(),
        lambda: logistica.path(X, target=y, **few),
    )

def in_the_shell():
    data, model = f"{folder}/data.csv", f"{folder}/model.json"
    pd.DataFrame({"a": np.arange(N) % 7, "y": np.arange(N) % 3 % 2}).to_csv(data, index=False)
    pd.read_csv(data, nrows=99).to_csv(f"{folder}/few.csv", index=False)
    assert invoke("fit", f"{folder}/few.csv", "--target", "y", "-o", model).exit_code == 0
    def run(data):
        more = {"predict": [model, data], "evaluate": [model, data], "fit": [data, "--target", "y"]}[call]
        found = invoke(call, *more, "-q")
        if found.exit_code == 7:
            raise logistica.OutOfMemoryError(found.stderr.strip())
        assert found.exit_code == 0, found.output
    return lambda: run(f"{folder}/few.csv"), lambda: run(data)

ways = {"augment": on_frames, "save": of_many_columns, "path": of_a_path}
first, then = in_the_shell() if door == "shell" else ways.get(call, on_arrays)()
first()  # loads what it needs
with open("/proc/self/statm") as stream:
    taken = int(stream.read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + (int(room) << 20),) * 2)
try:
    then()
    print("done")
except logistica.OutOfMemoryError as error:
    print(error)
"""

PIECES, SHARE = "or predict some rows at a time", "or compare with fewer rows"


@pytest.mark.parametrize(
    ("door", "call", "mebibytes", "remedy"),
    [
        *(
            case(41, f"{door}-{call}", door, call, 4, PIECES)
            for door in ("python", "scikit-learn")
            for call in ("predict", "predict_proba", "predict_log_proba", "decision_function")
        ),
        case(41, "augment", "python", "augment", 4, PIECES),
        case(41, "evaluate", "python", "evaluate", 4, SHARE),
        case(41, "save", "python", "save", 4, "a model of fewer columns needs less"),
        case(41, "path", "python", "path", 1, "or fit fewer rows, columns or penalties"),
        case(41, "shell-predict", "shell", "predict", 16, PIECES),
        case(41, "shell-evaluate", "shell", "evaluate", 16, "Give the process more memory, or "),
        case(41, "shell-fit", "shell", "fit", 48, "or fit fewer rows or columns; --solver newton-cg needs"),
    ],
)
def test_after_a_fit_too_it_is_said_what_needs_less(door, call, mebibytes, remedy, tmp_path):
    printed = python("-c", AFTERWARDS, tmp_path, door, call, mebibytes)
    assert printed.removeprefix("error: ").startswith(("the memory ran out", "no further thread could be started"))
    assert f"Give the process more memory{';' if call == 'save' else ','} " in printed
    assert remedy in printed
    assert not (call == "save" and (tmp_path / "model.json").exists())


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError("Unable to allocate 3 TiB"), "the memory ran out (unable to allocate 3 TiB). Do with less."),
        (MemoryError(), "the memory ran out. Do with less."),
    ],
)
def test_running_out_of_memory_is_told_as_such(error, said):
    with pytest.raises(OutOfMemoryError) as found, memory.memory_in_words("Do with less"):
        raise error
    assert str(found.value) == said
    assert isinstance(found.value, LogisticaError)
    assert isinstance(found.value, MemoryError)


def test_a_thread_that_cannot_be_started_is_a_want_of_memory_and_no_other_error_is():
    said = r"^no further thread .* of them\. Do with less\.$"
    with pytest.raises(OutOfMemoryError, match=said), memory.memory_in_words("Do with less"):
        raise RuntimeError("can't start new thread")
    with pytest.raises(RuntimeError, match=r"^another$"), memory.memory_in_words("Do with less"):
        raise RuntimeError("another")


def test_the_limit_of_a_container_is_seen(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "_LIMIT_OF_CONTAINER", str(limit))
    without = memory.machine_memory()
    for text, expected in (("max\n", without), ("1048576\n", 1048576)):
        limit.write_text(text)
        assert memory.machine_memory() == expected


@pytest.mark.parametrize("error", [AttributeError, ValueError, OSError])
def test_a_system_that_does_not_tell_its_memory_refuses_nothing_beforehand(error, monkeypatch, tmp_path):
    def untold(name):
        raise error(name)

    monkeypatch.setattr("os.sysconf", untold)
    monkeypatch.setattr(memory, "_LIMIT_OF_CONTAINER", str(tmp_path / "none"))
    assert memory.machine_memory() == sys.maxsize
