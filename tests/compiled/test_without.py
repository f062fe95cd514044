"""The compiled loops can be left out by the environment, and every solver finds the same without them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from logistica.core.compiled import library
from tests.compiled import every_solver
from tests.solvers.catalogue import PROBLEMS

PROGRAM = """
import numpy as np
import logistica
from logistica.core.compiled import library
rng = np.random.default_rng(2)
X = rng.normal(size=(500, 3))
model = logistica.fit(X, target=X[:, 0] + rng.logistic(size=500) > 0)
print(library() is None, *model.coef_[0])
"""


ANOTHER_VERSION = """
from logistica.core.interface import FUNCTIONS
FUNCTIONS["logistica_moments"] += FUNCTIONS["logistica_moments"]
"""


def found_by(program, compiled="1", *arguments):
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | {"LOGISTICA_COMPILED": compiled},
        check=True,
        capture_output=True,
        text=True,
    )
    left_out, *coefficients = ended.stdout.split()
    return left_out, [float(one) for one in coefficients]


def test_it_can_be_left_out():
    left_out, coefficients = found_by(PROGRAM, compiled="0")
    assert left_out == "True"
    assert coefficients == pytest.approx(found_by(PROGRAM)[1], rel=1e-10)


def test_a_library_of_another_version_is_left_out():
    assert found_by(ANOTHER_VERSION + PROGRAM) == found_by(PROGRAM, compiled="0")


DAMAGES = {
    "nothing in it": lambda whole: b"",
    "ten bytes": lambda whole: whole[:10],
    "its header": lambda whole: whole[:64],
    "a thousand bytes": lambda whole: whole[:1000],
    "a quarter": lambda whole: whole[: len(whole) // 4],
    "all but a byte": lambda whole: whole[:-1],
    "zeros": lambda whole: bytes(len(whole)),
    "no library": lambda whole: b"<html>not found</html>",
}
IN_PLACE_OF_IT = """
import logistica.core.compiled as loader
loader.__file__ = sys.argv[1]
"""


@pytest.mark.skipif(library() is None, reason="nothing was compiled: no C compiler here")
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_library_is_left_out(tmp_path, damage):
    whole = Path(library()._name)
    (tmp_path / whole.name).write_bytes(DAMAGES[damage](whole.read_bytes()))
    program = "import sys\n" + IN_PLACE_OF_IT + PROGRAM
    assert found_by(program, "1", str(tmp_path / "compiled.py")) == found_by(PROGRAM, compiled="0")


@pytest.mark.skipif(library() is None, reason="nothing was compiled: no C compiler here")
def test_a_library_that_may_not_be_read_is_left_out(tmp_path):
    (tmp_path / Path(library()._name).name).mkdir()
    program = "import sys\n" + IN_PLACE_OF_IT + PROGRAM
    assert found_by(program, "1", str(tmp_path / "compiled.py")) == found_by(PROGRAM, compiled="0")


@pytest.fixture(scope="module")
def without():
    """What every solver finds in a process without the compiled loops."""
    ended = subprocess.run(
        [sys.executable, "-m", "tests.compiled.every_solver"],
        env=os.environ | {"LOGISTICA_COMPILED": "0"},
        check=True,
        capture_output=True,
        text=True,
    )
    answer = json.loads(ended.stdout)
    assert not answer["compiled"]
    return answer["found"]


def test_every_solver_finds_the_same_without(without):
    """Likelihoods, objectives and coefficients; those of separated classes grow for as long as a solver runs."""
    for name, solver, found in every_solver.fits():
        assert without[0][:2] == [name, solver]
        _, _, plain = without.pop(0)
        shown = 2 if PROBLEMS[name]().separated else len(found)
        np.testing.assert_allclose(plain[:shown], found[:shown], rtol=1e-6, atol=1e-6, err_msg=f"{name}, {solver}")
    assert not without
