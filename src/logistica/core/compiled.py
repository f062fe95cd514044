"""The compiled loops over rows and text: loaded once, and done without where pip found no compiler.

They are plain C, called through ctypes, which lets other threads run meanwhile. Each does what some NumPy code beside it
does, so that there is nothing that only they can do.
"""

from __future__ import annotations

import ctypes
import sysconfig
from functools import cache
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

_COUNT, _NUMBER, _ADDRESS = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p
_SIGNATURES = {
    "logistica_standardise": [_ADDRESS, _COUNT, _COUNT, _COUNT, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS],
    "logistica_scale_rows": [_ADDRESS, _ADDRESS, _COUNT, _COUNT, _ADDRESS],
    "logistica_binomial_terms": [_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _ADDRESS, _ADDRESS],
    "logistica_binomial_slope": [_ADDRESS, _COUNT, _COUNT, _COUNT, _ADDRESS, _ADDRESS, _NUMBER, *[_ADDRESS] * 5],
}


@cache
def library() -> Any:
    """Return the compiled functions; None where there are none."""
    path = Path(__file__).with_name("_compiled" + str(sysconfig.get_config_var("EXT_SUFFIX")))
    try:
        found = ctypes.CDLL(str(path))
    except OSError:
        return None
    for name, types in _SIGNATURES.items():
        function = getattr(found, name)
        function.argtypes, function.restype = types, None
    return found


def address(array: NDArray[Any] | None) -> int | None:
    """Return where an array starts, for a call; NULL for None."""
    return None if array is None else int(array.__array_interface__["data"][0])
