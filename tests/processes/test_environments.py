"""Row 48: hash seeds, time zones, locales and what another library has told the processor change nothing."""

from __future__ import annotations

import hashlib
import platform
import shutil
import subprocess

import pytest

from tests.data.cases import case
from tests.processes.running import python

TO_A_FILE = """
import locale, sys, warnings
import logistica
from tests.processes.fits import CONTAINERS, SOLVERS, rows

locale.setlocale(locale.LC_ALL, "")
warnings.simplefilter("ignore", logistica.LogisticaWarning)
X, y, weights = rows(3, 3000)
frame = CONTAINERS["frame"](X).assign(y=[("no", "perhaps", "yes")[code] for code in y], w=weights)
frame.to_csv(sys.argv[2], index=False)
model = logistica.fit(sys.argv[2], target="y", weights="w", **SOLVERS[sys.argv[1]])
model.save(sys.argv[3])
scores = logistica.load(sys.argv[3]).predict_proba(frame)
print(scores.tobytes().hex()[:4096], str(model.summary()).count("."))
"""
ENVIRONMENTS = [
    case(48, "hash-seed", {"PYTHONHASHSEED": "12345"}),
    case(48, "time-zone", {"TZ": "Asia/Kathmandu", "PYTHONHASHSEED": "1"}),
    case(48, "locale", {"LC_ALL": "C", "LANG": "C", "PYTHONHASHSEED": "2"}),
    case(48, "decimal-comma", {"LC_ALL": "de_DE.UTF-8", "PYTHONHASHSEED": "3"}),
]


def _there(environment):
    name = environment.get("LC_ALL", "C")
    if name == "C":
        return True
    known = subprocess.run(["locale", "-a"], capture_output=True, text=True, check=False).stdout
    return name.replace("-", "").lower() in known.replace("-", "").lower().split()


def _written(folder, solver, **environment):
    """The digest of the model file, and what was printed."""
    printed = python("-c", TO_A_FILE, solver, folder / "rows.csv", folder / "model.json", **environment)
    return hashlib.sha256((folder / "model.json").read_bytes()).hexdigest(), printed


@pytest.fixture(scope="module")
def usual(tmp_path_factory):
    plain = {"PYTHONHASHSEED": "0", "TZ": "UTC", "LC_ALL": "C.UTF-8"}
    return {name: _written(tmp_path_factory.mktemp("usual"), name, **plain) for name in ("newton", "sgd")}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
@pytest.mark.parametrize("solver", ["newton", "sgd"])
def test_the_model_file_has_the_same_bytes(solver, environment, usual, tmp_path):
    if not _there(environment):
        pytest.skip(f"the locale {environment['LC_ALL']} is not installed here")
    assert _written(tmp_path, solver, **environment) == usual[solver]


FLUSHING = r"""
#include <xmmintrin.h>
unsigned flush_subnormals(void) { _mm_setcsr(_mm_getcsr() | 0x8040); return _mm_getcsr(); }
"""
UNDER_FLUSHING = """
import ctypes, sys, warnings
import numpy as np
import logistica
from tests.processes.fits import CONTAINERS, SOLVERS, digest, rows

warnings.simplefilter("ignore", logistica.LogisticaWarning)
if sys.argv[1] != "not":
    ctypes.CDLL(sys.argv[1]).flush_subnormals()
    assert (np.array([1e-310]) * 1.0 == 0.0).all()
for name in SOLVERS:
    print(name, digest(name, threads=2, n=20_000))
X, y, weights = rows(2, 3000)
for size in (1e-300, 1e-150, 1e150):
    model = logistica.fit(X * size, target=y)
    print(size, (model.coef_ * size).tolist(), model.record.status)
print(logistica.fit(X, target=y, weights=weights * 1e-300).coef_.tolist())
try:  # the numbers of a column are subnormal, and zeros where these are flushed
    model = logistica.fit(X * [1.0, 1e-310, 1.0, 1.0], target=y)
    print("aliased" in {note.code for note in model.record.notes})
except logistica.DataError as error:
    print("floating-point" in str(error))
"""


@pytest.fixture(scope="module")
def flushing(tmp_path_factory):
    if platform.machine() not in {"x86_64", "AMD64"} or shutil.which("cc") is None:
        pytest.skip("no C compiler for x86-64 here, to tell the processor to flush subnormal numbers")
    folder = tmp_path_factory.mktemp("flushing")
    (folder / "flush.c").write_text(FLUSHING)
    command = ["cc", "-shared", "-fPIC", "-o", str(folder / "flush.so"), str(folder / "flush.c")]
    subprocess.run(command, check=True, capture_output=True)
    return folder / "flush.so"


@pytest.mark.parametrize("program", [case(48, "flushed-subnormal-numbers", UNDER_FLUSHING)])
def test_where_another_library_flushes_subnormal_numbers(program, flushing):
    """The bits are the same wherever the data hold no subnormal number; one that does is said to hold nothing."""
    assert python("-c", program, flushing) == python("-c", program, "not")
