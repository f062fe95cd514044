"""The examples as modules: their names begin with a digit, so that they are loaded from their files."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "examples"
FILES = sorted(FOLDER.glob("*.py"))


def lesson(number):
    (file,) = (file for file in FILES if file.name.startswith(f"{number}_"))
    spec = spec_from_file_location(f"lesson_{number}", file)
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
