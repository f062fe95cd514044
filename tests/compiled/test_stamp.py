"""A library that was compiled for other calls is not called."""

import ctypes

import pytest

from logistica.core import (
    coded,  # noqa: F401 - these define structures
    compiled,
    interface,
    rows,  # noqa: F401
)
from logistica.core.interface import ADDRESS, COUNT, FUNCTIONS, STRUCTURES, stamp
from logistica.data import plain_cells  # noqa: F401
from logistica.losses import compiled as losses  # noqa: F401
from logistica.solvers import newton_path  # noqa: F401
from logistica.solvers.descent import compiled_walk  # noqa: F401

needed = pytest.mark.skipif(compiled.library() is None, reason="nothing was compiled: no C compiler here")
CHANGES = {
    "an argument more": (FUNCTIONS, "logistica_moments", (ADDRESS, ADDRESS, ADDRESS)),
    "another type": (FUNCTIONS, "logistica_moments", (ADDRESS, COUNT)),
    "another function": (FUNCTIONS, "logistica_of_the_future", ()),
    "a field less": (STRUCTURES, "moments", STRUCTURES["moments"][:-1]),
    "fields in another order": (STRUCTURES, "moments", STRUCTURES["moments"][::-1]),
    "a field of another type": (STRUCTURES, "moments", (("weights", COUNT), *STRUCTURES["moments"][1:])),
}


@pytest.mark.parametrize("change", CHANGES)
def test_the_stamp_changes_with_what_is_called(monkeypatch, change):
    before = stamp()
    monkeypatch.setitem(*CHANGES[change])
    assert stamp() != before


@needed
@pytest.mark.parametrize("change", CHANGES)
def test_a_library_of_an_earlier_version_is_not_called(monkeypatch, change):
    assert compiled.library.__wrapped__() is not None
    monkeypatch.setitem(*CHANGES[change])
    assert compiled.library.__wrapped__() is None


@needed
def test_a_library_without_a_stamp_is_not_called(monkeypatch):
    class Unstamped:
        def __getattr__(self, name):
            raise AttributeError(name)

    monkeypatch.setattr(ctypes, "CDLL", lambda path: Unstamped())
    assert compiled.library.__wrapped__() is None


def test_every_structure_has_its_fields_from_the_interface():
    found, left = set(), list(ctypes.Structure.__subclasses__())
    while left:
        one = left.pop()
        left.extend(one.__subclasses__())
        if one.__module__.startswith("logistica.") and hasattr(one, "_fields_"):
            found.add(one)
    assert interface.Matrix in found
    assert len(found) == len(STRUCTURES)
    for one in found:
        assert one._fields_ in STRUCTURES.values(), one
