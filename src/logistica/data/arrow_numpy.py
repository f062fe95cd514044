"""Arrow arrays as NumPy arrays, from their buffers.

Arrow itself first looks for pandas, here and wherever it is given a Python number. Where pandas is installed, that
takes longer than reading most files; so nothing on the way from a file to a model asks for it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from logistica.data.columns import Codes


def is_plain(kind: Any) -> bool:
    """Whether arrays of this Arrow type are numbers side by side."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))


def values_of(array: Any) -> NDArray[Any]:
    """Return an array of plain numbers, shape (n,), by reference; what stands at nulls means nothing."""
    kind = array.type
    letter = "f" if pa.types.is_floating(kind) else "u" if pa.types.is_unsigned_integer(kind) else "i"
    dtype = np.dtype(f"{letter}{kind.bit_width // 8}")
    if not len(array):
        return np.empty(0, dtype)
    return np.frombuffer(array.buffers()[1], dtype, len(array), array.offset * dtype.itemsize)


def truth_of(array: Any) -> NDArray[np.bool_]:
    """Return an array of booleans without nulls, shape (n,)."""
    if not len(array):
        return np.empty(0, np.bool_)
    first, count = array.offset, len(array)
    packed = np.frombuffer(array.buffers()[1], np.uint8, (first + count + 7) // 8)
    return np.unpackbits(packed, count=first + count, bitorder="little")[first:].astype(np.bool_)


def codes_of(indices: Any) -> Codes:
    """Return the indices of a dictionary array, shape (n,), with -1 for nulls; without any by reference."""
    codes: Codes = values_of(indices)
    if not indices.null_count:
        return codes
    if codes.dtype.kind == "u":
        codes = codes.astype(np.int64)
    return np.where(truth_of(indices.is_null()), codes.dtype.type(-1), codes)
