"""The compiled loops over rows and over text: loaded once, and done without where pip found no compiler.

They are plain C, called through ctypes, which lets other threads run meanwhile. Each does what some NumPy or Arrow code
beside it does too, so that nothing depends on them but time.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)
WITHOUT = "LOGISTICA_COMPILED"
"""The environment variable that is 0 for who wants NumPy's and Arrow's loops alone."""
_COUNT, _NUMBER, _ADDRESS, _TEXT = ctypes.c_int64, ctypes.c_double, ctypes.c_void_p, ctypes.c_char_p
_FUNCTIONS: dict[str, tuple[Any, ...]] = {
    "logistica_standardise": (_ADDRESS, _COUNT, _COUNT, _COUNT, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS),
    "logistica_moments": (_ADDRESS, _ADDRESS),
    "logistica_symmetric_product": (_ADDRESS, _COUNT, _COUNT, _ADDRESS, _COUNT, _ADDRESS, _ADDRESS),
    "logistica_lanes": (),
    "logistica_dense_times": (_ADDRESS, *[_COUNT] * 3, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _COUNT, _ADDRESS),
    "logistica_dense_transposed": (_ADDRESS, *[_COUNT] * 3, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS),
    "logistica_sparse_times_32": (_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _COUNT, _ADDRESS),
    "logistica_sparse_times_64": (_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _COUNT, _ADDRESS),
    "logistica_sparse_transposed_32": (_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _COUNT, _COUNT, _ADDRESS),
    "logistica_sparse_transposed_64": (_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _COUNT, _COUNT, _ADDRESS),
    "logistica_sparse_gram_32": (*[_ADDRESS] * 3, _COUNT, _ADDRESS, _COUNT, _ADDRESS, _ADDRESS),
    "logistica_sparse_gram_64": (*[_ADDRESS] * 3, _COUNT, _ADDRESS, _COUNT, _ADDRESS, _ADDRESS),
    "logistica_sparse_count_32": (_ADDRESS, _COUNT, _ADDRESS, _ADDRESS),
    "logistica_sparse_count_64": (_ADDRESS, _COUNT, _ADDRESS, _ADDRESS),
    "logistica_sparse_by_column_32": (*[_ADDRESS] * 3, _COUNT, _ADDRESS, _COUNT, *[_ADDRESS] * 3),
    "logistica_sparse_by_column_64": (*[_ADDRESS] * 3, _COUNT, _ADDRESS, _COUNT, *[_ADDRESS] * 3),
    "logistica_sparse_span_32": (*[_ADDRESS] * 3, _COUNT, *[_ADDRESS] * 3),
    "logistica_sparse_sums_32": (*[_ADDRESS] * 3, _COUNT, *[_ADDRESS] * 4),
    "logistica_sparse_span_64": (*[_ADDRESS] * 3, _COUNT, *[_ADDRESS] * 3),
    "logistica_sparse_sums_64": (*[_ADDRESS] * 3, _COUNT, *[_ADDRESS] * 4),
    "logistica_binomial_terms": (_ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _ADDRESS, _ADDRESS, _ADDRESS),
    "logistica_binomial_slope": (*[_ADDRESS] * 5,),
    "logistica_binomial_curved": (*[_ADDRESS] * 4, _COUNT, *[_ADDRESS] * 4),
    "logistica_descend_gram": (_ADDRESS, _COUNT, *[_ADDRESS] * 4, _COUNT, _NUMBER),
    "logistica_descend_columns_32": (*[_ADDRESS] * 4, _COUNT, _COUNT, *[_ADDRESS] * 11),
    "logistica_descend_columns_64": (*[_ADDRESS] * 4, _COUNT, _COUNT, *[_ADDRESS] * 11),
    "logistica_multinomial_terms": (*[_ADDRESS] * 3, *[_COUNT] * 3, *[_ADDRESS] * 3),
    "logistica_multinomial_bend": (*[_ADDRESS] * 3, *[_COUNT] * 3, _ADDRESS),
    "logistica_walk": (_ADDRESS, _ADDRESS, _ADDRESS, _ADDRESS, _COUNT, _COUNT),
    "logistica_binomial_proba": (_ADDRESS, _COUNT, _ADDRESS),
    "logistica_binomial_scores_32": (_ADDRESS, *[_COUNT] * 4, _ADDRESS, _ADDRESS, _NUMBER, _ADDRESS, _COUNT, _ADDRESS),
    "logistica_binomial_scores_64": (_ADDRESS, *[_COUNT] * 4, _ADDRESS, _ADDRESS, _NUMBER, _ADDRESS, _COUNT, _ADDRESS),
    "logistica_newton_path": (_ADDRESS, _COUNT, _ADDRESS, _ADDRESS),
    "logistica_plain_columns": (_ADDRESS, _TEXT, _COUNT, _ADDRESS, _ADDRESS, _COUNT),
    "logistica_plain_svmlight": (_TEXT, _COUNT, _ADDRESS, _COUNT, _COUNT, *[_ADDRESS] * 5),
    "logistica_plain_texts": (_TEXT, _ADDRESS, _COUNT, _ADDRESS, _ADDRESS),
}
"""What each takes. Those that return something return a count."""


@cache
def library() -> Any:
    """Return the compiled functions; None where there are none, those of an earlier version, or the user wants none."""
    if os.environ.get(WITHOUT) == "0":
        return None
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
    """Return where an array starts, for a call that reads its numbers one beside the other; NULL for None."""
    if array is None:
        return None
    where = array.__array_interface__
    if where["strides"] is not None:
        raise ValueError(f"a compiled loop would read past an array of strides {where['strides']}")
    return int(where["data"][0])


def in_a_row(values: NDArray[T] | None) -> NDArray[T] | None:
    """Return values as compiled loops want them, one beside the other; None for None."""
    return None if values is None else np.ascontiguousarray(values)


def start_of(array: NDArray[np.generic]) -> int:
    """Return where an array starts, for calls that are also told its strides."""
    return int(array.__array_interface__["data"][0])
