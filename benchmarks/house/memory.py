"""Peak memory of a fit beyond X, each in a process of its own: all that is resident, not NumPy's share alone.

``python -m benchmarks.house.memory CASE`` prints the share of X for one of :data:`CASES`.
"""

from __future__ import annotations

import subprocess
import sys
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from benchmarks.house import tables
from benchmarks.worker import forget_peak, resident

WARM_UP_ROWS = 10_000
GOAL = 0.1
DENSITY = 0.2
K = 5


def _thinned(X: Any) -> Any:
    return np.where(np.random.default_rng(1).random(X.shape) < DENSITY, X, 0.0)


CONTAINERS: dict[str, Callable[[Any], Any]] = {
    "float64, rows": np.ascontiguousarray,
    "float64, columns": np.asfortranarray,
    "float64, every other column of twice as many": lambda X: np.repeat(X, 2, axis=1)[:, ::2],
    "float64 of the other byte order": lambda X: X.astype(X.dtype.newbyteorder()),
    "float32, rows": lambda X: X.astype(np.float32),
    "float32, columns": lambda X: np.asfortranarray(X.astype(np.float32)),
    "float16": lambda X: X.astype(np.float16),
    "int8": lambda X: np.clip(X * 20.0, -127.0, 127.0).astype(np.int8),
    "sparse rows (CSR)": lambda X: sparse.csr_array(_thinned(X)),
    "sparse columns (CSC)": lambda X: sparse.csc_array(_thinned(X)),
}
LASSO = {"C": 0.01, "l1_ratio": 1.0}
CASES: dict[str, tuple[str, int, dict[str, float]]] = {
    **{name: (name, 2, {}) for name in CONTAINERS},
    "lasso": ("float64, rows", 2, LASSO),
    f"{K} classes, ridge": ("float64, rows", K, {"C": 1.0}),
    f"{K} classes, lasso": ("float64, rows", K, LASSO),
}
"""The container of X, the number of classes, and the options of the fit."""


def report() -> str:
    """Return a line for each case."""
    lines = [f"Peak memory of a fit of {tables.ROWS:,} rows beyond X (goal: below {GOAL:.0%} of X)"]
    for name in CASES:
        program = [sys.executable, "-m", "benchmarks.house.memory", name]
        bytes_beyond, bytes_of_X = map(
            int, subprocess.run(program, check=True, capture_output=True, text=True).stdout.split()
        )
        lines.append(f"  {name:<48}{bytes_beyond / bytes_of_X:>7.1%} of X  ({bytes_beyond / 2**20:.0f} MiB)")
    return "\n".join(lines)


def beyond(name: str) -> tuple[int, int]:
    """Return by how many bytes the process grows at the peak of a fit, after a small one that loads all, and X has."""
    import logistica

    container, n_classes, options = CASES[name]
    X, y = tables.large()
    if n_classes > 2:
        y = np.random.default_rng(2).integers(0, n_classes, len(y))
    few, X = CONTAINERS[container](X[:WARM_UP_ROWS]), CONTAINERS[container](X)
    parts = (X.data, X.indices, X.indptr) if sparse.issparse(X) else (X,)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)
        logistica.fit(few, target=y[:WARM_UP_ROWS], **options)
        forget_peak()
        before = resident("VmRSS")
        logistica.fit(X, target=y, **options)
    return resident("VmHWM") - before, sum(part.nbytes for part in parts)


if __name__ == "__main__":
    print(*beyond(sys.argv[1]))
