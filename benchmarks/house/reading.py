"""Reading a large CSV beside pandas: seconds and peak memory, each in a process of its own.

pandas reads; logistica reads, checks, learns the recipe and turns every row into blocks once.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROWS, COLUMNS = 1_000_000, 31
MATRIX_BYTES = ROWS * COLUMNS * 8

_OURS = """
import narwhals, numpy, pyarrow
import logistica.data.files
from logistica.data.read import read as read_dataset
from logistica.engines.numpy_engine import rows_per_block

def read(path):
    source = read_dataset(path, target="y").source
    step = rows_per_block(source.n_columns + 1)
    out = numpy.empty((step, source.n_columns))
    for block in source.blocks(step):
        block.fill(out[: block.n_rows])
"""
_READ = {
    "logistica, into blocks": _OURS,
    "pandas.read_csv": "from pandas import read_csv as read",
}
_MEASURE = """
import json, re, sys, time
{imports}
began = time.perf_counter()
table = read(sys.argv[1])
seconds = time.perf_counter() - began
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())  # ru_maxrss is inherited
print(json.dumps([seconds, int(peak[1]) * 1024]))
"""


def write_table(path: Path) -> None:
    """Write 1,000,000 rows of 30 numbers and a class, some 287 MB, from a fixed seed."""
    import numpy as np
    import pyarrow as pa
    from pyarrow import csv

    rng = np.random.default_rng(20261120)
    columns = {f"x{j}": rng.normal(size=ROWS).round(6) for j in range(COLUMNS - 1)}
    csv.write_csv(pa.table({**columns, "y": rng.integers(0, 2, ROWS)}), path)


def in_processes(path: Path, runs: int) -> dict[str, list[tuple[float, float]]]:
    """Read the file with each contender in turn: (seconds, peak bytes of the whole process) of every run."""
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in _READ}
    for _ in range(runs):
        for name, imports in _READ.items():
            program = [sys.executable, "-c", _MEASURE.format(imports=imports), os.fspath(path)]
            seconds, peak = json.loads(subprocess.run(program, check=True, capture_output=True, text=True).stdout)
            found[name].append((seconds, peak))
    return found


def report(runs: int = 5) -> str:
    """Return the medians as lines of text, with ratios to pandas and to the size of the matrix."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "large.csv"
        write_table(path)
        size = path.stat().st_size
        found = in_processes(path, runs)
    against = statistics.median(seconds for seconds, _ in found["pandas.read_csv"])
    lines = [f"Reading {ROWS:,} x {COLUMNS} as CSV, {size / 1e6:.0f} MB (goals: x 1.5; memory below 2.00 matrices)"]
    for name, measured in found.items():
        seconds = statistics.median(each for each, _ in measured)
        peak = max(each for _, each in measured)
        lines.append(
            f"  {name:<40}{seconds:>8.3f} s  x {seconds / against:.2f}"
            f"  ({min(measured)[0]:.3f} to {max(measured)[0]:.3f} s)"
            f"  peak {peak / 2**20:.0f} MiB, {peak / MATRIX_BYTES:.2f} matrices"
        )
    return "\n".join(lines)
