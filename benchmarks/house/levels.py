"""A factor of many levels: what a dataset holds of it, and what one reading of all rows takes."""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa

from benchmarks.house.tables import many_levels as factor
from logistica.data.dataset import Dataset
from logistica.data.read import read
from logistica.engines.numpy_engine import rows_per_block


def many_levels() -> str:
    codes, names, y = factor()
    tables = {
        "Arrow dictionary": partial(_arrow, codes, names),
        "Arrow dictionary, levels not sorted": partial(_arrow, codes, names[::-1]),
        "pandas categorical": partial(_pandas, codes, names),
    }
    lines = [f"{len(codes):,} rows, a factor of {len(names):,} levels: memory in sizes of its codes, classes apart"]
    read(_pandas(codes[:100], names), target=y[:100])
    for name, table in tables.items():
        lines.append(f"  {name:<40}{_memory(table, y, 4 * len(codes))}")
    began = time.perf_counter()
    rows = _sweep(read(_arrow(codes, names), target=y))
    lines.append(f"  One reading of all {rows:,} rows in blocks: {time.perf_counter() - began:.1f} s")
    return "\n".join(lines)


def _arrow(codes: np.ndarray, names: list[str]) -> pa.Table:
    return pa.table({"level": pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(names))})


def _pandas(codes: np.ndarray, names: list[str]) -> pd.DataFrame:
    return pd.DataFrame({"level": pd.Categorical.from_codes(codes, names)})


def _memory(make: Callable[[], object], y: np.ndarray, unit: int) -> str:
    """Measure what reading takes beyond the table: NumPy's and Python's memory, and Arrow's."""
    table = make()
    gc.collect()
    arrow = pa.total_allocated_bytes()
    tracemalloc.start()
    dataset = read(table, target=y)
    gc.collect()
    held, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    own = pa.total_allocated_bytes() - arrow
    labels = dataset.source.y.nbytes
    return f"held {(held + own - labels) / unit:.2f}, at most {(peak + own - labels) / unit:.2f}"


def _sweep(dataset: Dataset) -> int:
    """Write every block of the design once; return the rows, each of which sets one indicator or is the baseline."""
    step = rows_per_block(dataset.source.n_columns + 1)
    out = np.empty((step, dataset.source.n_columns))
    rows = 0
    for block in dataset.source.blocks(step):
        block.fill(out[: block.n_rows])
        rows += block.n_rows
    return rows
