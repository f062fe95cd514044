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


def test_the_limit_of_a_container_is_seen(tmp_path, monkeypatch):
    limit = tmp_path / "memory.max"
    monkeypatch.setattr(memory, "_LIMIT_OF_CONTAINER", str(limit))
    without = memory.machine_memory()
    for text, expected in (("max\n", without), ("1048576\n", 1048576)):
        limit.write_text(text)
        assert memory.machine_memory() == expected
