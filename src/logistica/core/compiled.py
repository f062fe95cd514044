"""The compiled loops over rows and over text: loaded once, and done without where pip found no compiler.

They are plain C, called through ctypes, which lets other threads run meanwhile. Each does what some NumPy or Arrow code
beside it does too, so that nothing depends on them but time.
"""

from __future__ import annotations

import ctypes
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

_COUNT, _NUMBER, _ADDRESS, _TEXT = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p, ctypes.c_char_p
_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "logistica_standardise": (_ADDRESS, _COUNT, _COUNT, _COUNT, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS),
    "logistica_scale_rows": (_ADDRESS, _ADDRESS, _COUNT, _COUNT, _ADDRESS),
    "logistica_moments": (_ADDRESS, _ADDRESS),
    "logistica_sparse_times_32": (_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _COUNT, _ADDRESS),
    "logistica_sparse_times_64": (_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _COUNT, _ADDRESS),
    "logistica_sparse_transposed_32": (_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _COUNT, _COUNT, _ADDRESS),
    "logistica_sparse_transposed_64": (_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _COUNT, _COUNT, _ADDRESS),
    "logistica_binomial_terms": (_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _ADDRESS, _ADDRESS),
    "logistica_binomial_slope": (*[_ADDRESS] * 5,),
    "logistica_binomial_curved": (_ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _ADDRESS, _ADDRESS),
    "logistica_newton_path": (_ADDRESS, _COUNT, _ADDRESS, _ADDRESS),
    "logistica_plain_columns": (_ADDRESS, _TEXT, _COUNT, _ADDRESS, _ADDRESS, _COUNT),
    "logistica_plain_texts": (_TEXT, _ADDRESS, _COUNT, _ADDRESS, _ADDRESS),
}
"""What each takes. Those that return something return a count."""


@cache
def library() -> Any:
    """Return the compiled functions; None where there are none, or those of an earlier version."""
    path = Path(__file__).with_name("_compiled" + EXTENSION_SUFFIXES[0])
    try:
        found = ctypes.CDLL(str(path))
        for name, types in _FUNCTIONS.items():
            function = getattr(found, name)
            function.argtypes, function.restype = types, _COUNT
    except (OSError, AttributeError):
        return None
    return found


def address(array: NDArray[np.generic] | None) -> int | None:
    """Return where an array starts, for a call; NULL for None."""
    return None if array is None else start_of(array)


def start_of(array: NDArray[np.generic]) -> int:
    """Return where an array starts."""
    return int(array.__array_interface__["data"][0])
