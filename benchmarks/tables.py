"""Making the tables of the problems, all from a fixed seed, and handing them to other processes as files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
from scipy import sparse

from benchmarks.contracts import Array, Table

SEED = 20261120
SHARED = Path(__file__).resolve().parents[2] / "shared"
"""Where the reference data lie that come with a checkout; without them a generated table of the same kind stands in."""


def correlated(rows: int, columns: int, classes: int = 2) -> Table:
    """Correlated normal columns, a moderate signal."""
    rng = np.random.default_rng(SEED)
    X = rng.normal(size=(rows, columns))
    X += 0.5 * rng.normal(size=(rows, 1))
    free = 1 if classes == 2 else classes
    eta = X @ rng.normal(size=(columns, free)) * (1.2 / np.sqrt(columns))
    return Table(X, drawn(eta, rng))


def badly_scaled(rows: int, columns: int) -> Table:
    """The same, each column in another unit, 10^U(-3, 4), and far from zero."""
    plain = correlated(rows, columns)
    rng = np.random.default_rng(SEED + 1)
    scale = 10.0 ** rng.uniform(-3.0, 4.0, columns)
    return Table(plain.X * scale + scale * rng.uniform(-5.0, 5.0, columns), plain.y)


def text_like(rows: int, columns: int, per_row: int) -> Table:
    """Sparse: columns drawn by Zipf's law, positive values, rows of length one, as words of documents are."""
    rng = np.random.default_rng(SEED)
    odds = 1.0 / (np.arange(columns) + 10.0)
    places = rng.choice(columns, size=(rows, per_row), p=odds / odds.sum())
    X = by_rows(places, rng.exponential(size=(rows, per_row)), columns)
    X.sum_duplicates()
    lengths = np.sqrt(np.asarray(X.multiply(X).sum(axis=1)).ravel())
    X.data /= np.repeat(lengths, np.diff(X.indptr))
    eta = X @ (rng.normal(size=(columns, 1)) * 3.0)
    return Table(X, drawn(eta, rng))


def adult() -> Table:
    """30,956 rows of 123 indicators, 14 a row: a1a.train of LIBSVM; else a table made to resemble it."""
    path = SHARED / "data" / "adult" / "a1a.train"
    if not path.exists():
        return indicators(30_956, (5, 8, 16, 7, 14, 6, 5, 2, 2, 2, 5, 41, 5, 5))
    from sklearn.datasets import load_svmlight_file

    X, y = load_svmlight_file(str(path), n_features=123)
    X.indices, X.indptr = X.indices.astype(np.int32), X.indptr.astype(np.int32)  # some take no others
    return Table(sparse.csr_array(X), (y > 0).astype(np.int64), origin="a1a.train of LIBSVM")


def indicators(rows: int, levels: tuple[int, ...]) -> Table:
    """Factors as one indicator a level, so that columns are aliased as those of adult are."""
    rng = np.random.default_rng(SEED)
    starts = np.concatenate([[0], np.cumsum(levels)])
    places = np.column_stack(
        [start + rng.integers(0, level, rows) for start, level in zip(starts, levels, strict=False)]
    )
    X = by_rows(places, np.ones(places.shape), starts[-1])
    return Table(X, drawn(X @ rng.normal(size=(starts[-1], 1)) * 0.7 - 1.0, rng), origin="made to resemble adult")


def spector() -> Table:
    """32 rows, three columns and the intercept: Spector and Mazzeo (1980); else a table of that size."""
    path = SHARED / "reference" / "spector.csv"
    if not path.exists():
        return replace(correlated(32, 3), origin="made of the size of spector")
    rows = np.array([line.split()[1:] for line in path.read_text(encoding="utf-8").splitlines()[1:]], dtype=float)
    return Table(rows[:, :-1], rows[:, -1].astype(np.int64), origin="spector")


def as_csv(table: Table, path: Path) -> Table:
    """Write the table with six decimals, and return what the file says."""
    import pyarrow as pa
    from pyarrow import csv

    X = table.X.round(6)
    columns = {f"x{j}": X[:, j] for j in range(X.shape[1])}
    csv.write_csv(pa.table({**columns, "y": table.y}), path)
    return Table(X, table.y, path)


def first_rows(table: Table, rows: int) -> Table:
    """Return the table of the first rows, in the same layout and types."""
    return replace(table, X=table.X[:rows], y=table.y[:rows])


def by_rows(places: Array, values: Array, columns: int) -> sparse.csr_array:
    """Return the sparse table of the values, shape (n, k), at these places of their rows, with 32-bit indices."""
    rows, per_row = places.shape
    starts = np.arange(0, rows * per_row + 1, per_row, dtype=np.int32)
    return sparse.csr_array((values.ravel(), places.ravel().astype(np.int32), starts), shape=(rows, int(columns)))


def drawn(eta: Array, rng: np.random.Generator) -> Array:
    """Return a class for each row of the linear predictors, shape (n, m); one column is that of the second class."""
    eta = np.column_stack([np.zeros(len(eta)), eta]) if eta.shape[1] == 1 else eta
    return (eta + rng.gumbel(size=eta.shape)).argmax(axis=1)


def save(table: Table, folder: Path) -> None:
    """Write the table so that :func:`load` finds it."""
    if sparse.issparse(table.X):
        sparse.save_npz(folder / "X.npz", table.X, compressed=False)
    else:
        np.save(folder / "X.npy", table.X)
    np.save(folder / "y.npy", table.y)
    if table.path is not None:
        (folder / "path").write_text(str(table.path), encoding="utf-8")


def load(folder: Path) -> Table:
    """Return the saved table. Where there is a file to start from, nothing else is held in memory."""
    if (folder / "path").exists():
        empty = np.empty((0, 0))
        return Table(empty, np.empty(0, dtype=np.int64), Path((folder / "path").read_text(encoding="utf-8")), folder)
    X = sparse.load_npz(folder / "X.npz") if (folder / "X.npz").exists() else np.load(folder / "X.npy")
    return Table(X, np.load(folder / "y.npy"), folder=folder)
