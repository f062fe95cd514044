"""The house keeps its plan: rooms as listed, imports downwards, nothing heavy before it is needed, files to be read."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import logistica

ROOT = Path(__file__).resolve().parents[1]
HOUSE = ROOT / "src" / "logistica"
ROOMS = sorted(path.name for path in HOUSE.iterdir() if (path / "__init__.py").exists())
FILES = sorted([*HOUSE.rglob("*.py"), *(ROOT / "tests").rglob("*.py")])
LONGEST, WIDEST = 400, 120
"""Lines of a file, and characters of a line."""
HEAVY = (
    *("pandas", "polars", "sklearn", "matplotlib", "scipy.optimize", "scipy.stats", "pyarrow", "narwhals", "numba"),
    *("torch", "jax"),
)


def _layers() -> list[set[str]]:
    """Sets of rooms on one floor, from the roof to the cellar."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (contract,) = project["tool"]["importlinter"]["contracts"]
    assert contract["type"] == "layers"
    return [{room.strip() for room in re.split("[|:]", layer)} for layer in contract["layers"]]


def _imported_rooms(path: Path) -> set[str]:
    """The rooms that a file imports from, wherever in the file."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    parts = [name.split(".") for name in names]
    return {part[1] for part in parts if part[0] == "logistica" and len(part) > 1} & set(ROOMS)


def _loaded(code: str) -> set[str]:
    """The heavy modules that a fresh interpreter holds after the code."""
    code += f"\nimport sys\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return set(ast.literal_eval(done.stdout.splitlines()[-1]))


def test_every_room_has_its_floor():
    floors = _layers()
    assert sorted(room for floor in floors for room in floor) == ROOMS


def test_no_room_is_empty_or_without_a_description():
    for room in ROOMS:
        files = [path for path in (HOUSE / room).rglob("*.py") if path.name != "__init__.py"]
        assert files, room
        assert ast.get_docstring(ast.parse((HOUSE / room / "__init__.py").read_text(encoding="utf-8"))), room


def test_every_room_is_on_the_map():
    """One line a room in the contributors' map, and no line for a room that is not there."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    mapped = re.findall(r"^\| `(\w+)` \|", text, flags=re.MULTILINE)
    assert sorted(mapped) == ROOMS
    floors = {room: level for level, floor in enumerate(_layers()) for room in floor}
    levels = [floors[room] for room in mapped]
    assert levels == sorted(levels)


@pytest.mark.parametrize("path", sorted(HOUSE.rglob("*.py")), ids=lambda path: str(path.relative_to(HOUSE)))
def test_a_file_imports_only_from_rooms_below_its_own(path):
    """Also inside functions, where a linter's configuration might not look."""
    floors = {room: level for level, floor in enumerate(_layers()) for room in floor}
    room = path.relative_to(HOUSE).parts[0]
    if room not in floors:
        return
    for other in _imported_rooms(path) - {room}:
        assert floors[other] > floors[room], f"{room} imports from {other}"


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_can_be_read_in_a_sitting(path):
    text = path.read_text(encoding="utf-8")
    assert text.count("\n") <= LONGEST
    if path.name != "__init__.py":
        assert ast.get_docstring(ast.parse(text))


def test_no_line_is_too_long_to_read():
    """In C as in Python, where the linter lets a line of one word pass."""
    sources = [*FILES, *(ROOT / "benchmarks").rglob("*.py"), *HOUSE.rglob("*.c"), *HOUSE.rglob("*.h")]
    assert any(path.suffix == ".h" for path in sources)
    long = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sources
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > WIDEST
    ]
    assert long == []


def test_importing_the_package_loads_nothing_heavy():
    assert _loaded("import logistica") == set()


def test_fitting_arrays_loads_nothing_heavy():
    code = """
import numpy as np
import logistica
X = np.random.default_rng(0).normal(size=(60, 2))
model = logistica.fit(X, target=np.arange(60) % 2)
model.predict_proba(X)
str(model.summary())
repr(model)
"""
    assert _loaded(code) == set()


def test_saving_and_loading_loads_nothing_heavy(tmp_path):
    code = f"""
import numpy as np
import logistica
logistica.fit(np.arange(8.0)[:, None], target=[0, 1, 0, 0, 1, 0, 1, 1]).save({str(tmp_path / "m.json")!r})
logistica.load({str(tmp_path / "m.json")!r}).predict([[3.0]])
"""
    assert _loaded(code) == set()


def test_reading_a_file_does_not_load_pandas(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("x,g,y\n1,a,0\n2,b,1\n,a,1\n4,b,0\n5.5,a,0\n6,b,1\n", encoding="utf-8")
    code = f"""
import logistica
model = logistica.fit({str(path)!r}, target="y", C=1.0, missing="impute")
model.predict_proba({str(path)!r}, missing="drop")
"""
    assert _loaded(code) <= {"pyarrow", "narwhals"}


def test_the_command_line_s_help_loads_nothing_heavy():
    code = """
from click.testing import CliRunner
from logistica.cli.main import commands
assert CliRunner().invoke(commands, ["--help"]).exit_code == 0
assert "numpy" not in __import__("sys").modules
"""
    assert _loaded(code) == set()


def test_every_public_name_is_there():
    for name in logistica.__all__:
        assert getattr(logistica, name) is not None
    assert set(dir(logistica)) >= set(logistica.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nonsense'"):
        _ = logistica.nonsense
