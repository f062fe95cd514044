"""The compiled loops over rows and over text: loaded once, and done without where pip found no compiler.

They are plain C, called through ctypes, which lets other threads run meanwhile. Each does what some NumPy or Arrow code
beside it does too, so that nothing depends on them but time.
"""

from __future__ import annotations

import ctypes
import os
import struct
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from logistica.core.interface import COUNT, FUNCTIONS, stamp

T = TypeVar("T", bound=np.generic)
WITHOUT = "LOGISTICA_COMPILED"
"""The environment variable that is 0 for who wants NumPy's and Arrow's loops alone."""
_NOTHING = ctypes.c_char * 0


@cache
def library() -> Any:
    """Return the compiled functions; None where there are none, those of an earlier version, or the user wants none."""
    if os.environ.get(WITHOUT) == "0":
        return None
    path = Path(__file__).with_name("_compiled" + EXTENSION_SUFFIXES[0])
    try:
        if _is_cut_off(path):
            return None
        found = ctypes.CDLL(str(path))
        found.logistica_stamp.restype = COUNT
        if found.logistica_stamp() != stamp():
            return None
        for name, types in FUNCTIONS.items():
            function = getattr(found, name)
            function.argtypes, function.restype = types, COUNT
    except (OSError, AttributeError):
        return None
    return found


def _is_cut_off(path: Path) -> bool:
    """Whether a library of the form ELF ends before the table at its end: to load it would end the process.

    The fields are ``e_shoff``, ``e_shentsize`` and ``e_shnum`` of the 64-bit header (System V ABI, chapter 4).
    """
    with path.open("rb") as file:
        header, size = file.read(64), os.fstat(file.fileno()).st_size
    if len(header) < 64 or not header.startswith(b"\x7fELF\x02\x01"):
        return False  # a loader sees by itself that it is none, or is that of another system
    (start,), (entry, count) = struct.unpack_from("<Q", header, 40), struct.unpack_from("<HH", header, 58)
    return bool(start + entry * count > size)


def address(array: NDArray[np.generic] | None) -> int | None:
    """Return where an array starts, for a call that reads its numbers one beside the other; NULL for None."""
    if array is None:
        return None
    try:
        return ctypes.addressof(_NOTHING.from_buffer(array))  # type: ignore[arg-type] # quick; refuses other strides
    except (BufferError, TypeError, ValueError):  # it refuses, too, what is not to be written to
        if not array.flags.c_contiguous:
            raise ValueError(f"a compiled loop would read past an array of strides {array.strides}") from None
        return start_of(array)


def in_a_row(values: NDArray[T] | None) -> NDArray[T] | None:
    """Return values as compiled loops want them, one beside the other; None for None."""
    return None if values is None else np.ascontiguousarray(values)


def start_of(array: NDArray[np.generic]) -> int:
    """Return where an array starts, for calls that are also told its strides."""
    if array.flags.carray:
        return ctypes.addressof(_NOTHING.from_buffer(array))  # type: ignore[arg-type] # three times as quick
    return int(array.__array_interface__["data"][0])
