"""Peak memory of a fit beyond X, each in a process of its own: all that is resident, not NumPy's share alone.

``python -m benchmarks.house.memory FOLDER`` prints the bytes for the table that lies there.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import warnings
from pathlib import Path

import numpy as np

from benchmarks.house import tables
from benchmarks.worker import forget_peak, resident

WARM_UP_ROWS = 10_000
GOAL = 0.1


def report() -> str:
    """Return a line for each order and type of X."""
    X, y = tables.large()
    shown = " x ".join(f"{length:,}" for length in X.shape)
    lines = [f"Peak memory of a fit of {shown} beyond X (goal: below {GOAL:.0%} of X)"]
    for order, dtype in ((order, dtype) for dtype in (np.float64, np.float32) for order in "CF"):
        with tempfile.TemporaryDirectory(prefix="logistica-house-") as made:
            table = np.asarray(X, dtype=dtype, order=order)
            np.save(Path(made) / "X.npy", table)
            np.save(Path(made) / "y.npy", y)
            program = [sys.executable, "-m", "benchmarks.house.memory", made]
            peak = int(subprocess.run(program, check=True, capture_output=True, text=True).stdout)
        name = f"{table.dtype}, {'rows' if order == 'C' else 'columns'} in one piece ({order} order)"
        lines.append(f"  {name:<44}{peak / table.nbytes:>6.1%} of X  ({peak / 2**20:.0f} MiB)")
    return "\n".join(lines)


def beyond(folder: Path) -> int:
    """Return the bytes by which the process grows at the peak of a fit, after a small one that loads what it needs."""
    import logistica

    X, y = np.load(folder / "X.npy"), np.load(folder / "y.npy")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)
        logistica.fit(X[:WARM_UP_ROWS], target=y[:WARM_UP_ROWS])
        forget_peak()
        before = resident("VmRSS")
        logistica.fit(X, target=y)
    return resident("VmHWM") - before


if __name__ == "__main__":
    print(beyond(Path(sys.argv[1])))
