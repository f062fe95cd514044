"""The codes of Arrow dictionaries as NumPy arrays.

Arrow makes a scalar of a Python number only after it has looked for pandas, which takes longer than reading most files;
so nothing here, or on the way from a file to a model, asks for one.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from logistica.data.columns import Codes


def codes_of(indices: Any) -> Codes:
    """Return the indices of a dictionary array, shape (n,), with -1 for nulls; without any by reference."""
    held = pa.Array.from_buffers(indices.type, len(indices), [None, indices.buffers()[1]], 0, indices.offset)
    codes: Codes = held.to_numpy()
    if not indices.null_count:
        return codes
    if codes.dtype.kind == "u":
        codes = codes.astype(np.int64)
    return np.where(indices.is_null().to_numpy(zero_copy_only=False), codes.dtype.type(-1), codes)
