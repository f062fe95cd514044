"""What a fitted model's summary says, as arrays in the order that a test chooses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def summary_array(model: Any, field: str, terms: Sequence[str]) -> Array:
    """One field of the summary's coefficients, shape (K-1, len(terms)): contrasts with the first class."""
    coefficients = model.summary().coefficients
    keys = zip(coefficients.class_.tolist(), coefficients.term.tolist(), strict=True)
    values = dict(zip(keys, getattr(coefficients, field).tolist(), strict=True))
    return np.array([[values[label, term] for term in terms] for label in model.classes_.tolist()[1:]])


def contrasts(coef: Array, intercept: Array | None = None) -> Array:
    """Contrasts with the first class, shape (K-1, q), of ``coef_`` and, before it, ``intercept_``."""
    rows = coef if intercept is None else np.column_stack([intercept, coef])
    return rows if len(rows) == 1 else rows[1:] - rows[0]
