"""What the guard times, in one process, with the logistica that Python finds: ``python guard_cases.py TURNS [--old]``.

Prints JSON: for each case the seconds of its turns. Only what is public is used, so that another commit can stand on
the other side; what an old one cannot do yet is left out with ``--old``, and an error without.
"""

from __future__ import annotations

import gzip
import json
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
from scipy import sparse

SEED = 20261120


def cases(folder: Path):
    """Return functions by name, each of some 5 to 200 ms; files that some read are written into the folder."""
    import pyarrow as pa

    import logistica
    from logistica import SGD, Adam, GradientDescent, LogisticRegression, fit

    rng = np.random.default_rng(SEED)
    tiny, dense, wide = rng.normal(size=(32, 4)), rng.normal(size=(50_000, 30)), rng.normal(size=(4_000, 150))
    few = sparse.random_array((20_000, 200), density=0.05, format="csr", rng=rng)
    many = sparse.random_array((5_000, 4_000), density=0.005, format="csr", rng=rng)
    of_tiny, of_dense, of_wide = (rng.integers(0, 2, len(X)) for X in (tiny, dense, wide))
    of_few, of_five, of_many = rng.integers(0, 2, 20_000), rng.integers(0, 5, 10_000), rng.integers(0, 2, 5_000)
    fitted = LogisticRegression().fit(dense[:1000], of_dense[:1000])
    some, of_some = (
        dense[:10_000, :20],
        (dense[:10_000, :20] @ rng.normal(size=20) > rng.normal(size=10_000)).astype(int),
    )
    levels = rng.integers(0, 12, size=(10_000, 2))
    frame = pa.table({"x": some[:, 0], "a": levels[:, 0].astype(str), "b": levels[:, 1].astype(str), "y": of_some})
    indicators = np.eye(12)[levels[:3000]].reshape(3000, 24)
    of_separated = np.where(levels[:3000, 0] == 0, 1, of_some[:3000])
    five = sparse.random_array((10_000, 40), density=0.1, format="csr", rng=rng)
    table, svmlight = as_csv(folder, some[:, :5], of_some), as_svmlight(folder, few[:10_000], of_few)
    packed, lines, parquet = as_gzip(table), as_json_lines(folder, some[:, :5], of_some), as_parquet(folder, frame)
    strengths = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0]

    def lasso(X, y, C):
        return LogisticRegression(C=C, l1_ratio=1.0, solver="proximal-newton").fit(X, y)

    return {
        "50 fits of 32 x 4": lambda: [LogisticRegression(C=1.0).fit(tiny, of_tiny) for _ in range(50)],
        "50,000 x 30, ridge": lambda: LogisticRegression(C=1.0).fit(dense, of_dense),
        "4,000 x 150, no penalty": lambda: fit(wide, target=of_wide),
        "20,000 x 200 sparse, ridge": lambda: LogisticRegression(C=1.0).fit(few, of_few),
        "10,000 x 10, five classes": lambda: fit(dense[:10_000, :10], target=of_five),
        "10,000 x 20, lasso": lambda: lasso(some, of_some, 0.01),
        "5,000 x 4,000 sparse, lasso": lambda: lasso(many, of_many, 1.0),
        "10,000 x 20, path of 7 lassos": lambda: logistica.path(some, target=of_some, C=strengths),
        "5,000 x 4,000 sparse, newton-cg": lambda: LogisticRegression(C=1.0, solver="newton-cg").fit(many, of_many),
        "5,000 x 4,000 sparse, lbfgs": lambda: LogisticRegression(C=1.0, solver="lbfgs").fit(many, of_many),
        "10,000 x 40 sparse, five classes": lambda: fit(five, target=of_five, C=1.0),
        "50,000 x 30 in float32": lambda: fit(dense.astype(np.float32), target=of_dense),
        "3,000 x 24, separated": lambda: fit(indicators, target=of_separated),
        "10,000 x 20, 5 epochs downhill": lambda: fit(some, target=of_some, C=1.0, solver=GradientDescent(epochs=5)),
        "10,000 x 20, 2 epochs of Adam": lambda: fit(some, target=of_some, C=1.0, solver=Adam(epochs=2)),
        "10,000 x 20, 2 epochs of SGD": lambda: LogisticRegression(C=1.0, solver=SGD(epochs=2)).fit(some, of_some),
        "10,000 x 5 from CSV": lambda: fit(table, target="y"),
        "10,000 x 5 from CSV, gzip": lambda: fit(packed, target="y"),
        "10,000 x 5 from JSON lines": lambda: fit(lines, target="y"),
        "10,000 x 4 from Parquet": lambda: fit(parquet, target="y", C=1.0),
        "10,000 x 4 from Arrow, factors": lambda: fit(frame, target="y", C=1.0),
        "10,000 x 4 by a formula": lambda: fit(frame, "y ~ x * a + b", C=1.0),
        "10,000 x 200 from svmlight": lambda: fit(svmlight, C=1.0),
        "200 predictions of one row": lambda: [fitted.predict_proba(dense[i : i + 1]) for i in range(200)],
        "predictions of 50,000 rows": lambda: fitted.predict_proba(dense),
    }


def as_csv(folder: Path, X, y) -> Path:
    path = folder / "table.csv"
    names = ",".join(f"x{column}" for column in range(X.shape[1]))
    np.savetxt(path, np.column_stack([X, y]), fmt="%.6g", delimiter=",", header=f"{names},y", comments="")
    return path


def as_gzip(table: Path) -> Path:
    path = table.with_suffix(".csv.gz")
    path.write_bytes(gzip.compress(table.read_bytes()))
    return path


def as_json_lines(folder: Path, X, y) -> Path:
    path = folder / "table.jsonl"
    names = [*(f"x{column}" for column in range(X.shape[1])), "y"]
    rows = np.column_stack([X.round(6), y]).tolist()
    path.write_text("".join(f"{json.dumps(dict(zip(names, row, strict=True)))}\n" for row in rows), encoding="ascii")
    return path


def as_parquet(folder: Path, frame) -> Path:
    import pyarrow.parquet as pq

    path = folder / "table.parquet"
    pq.write_table(frame, path)
    return path


def as_svmlight(folder: Path, X, y) -> Path:
    path = folder / "table.svm"
    places = zip(X.indptr[:-1], X.indptr[1:], y, strict=False)
    lines = (
        " ".join(
            [
                str(label),
                *(f"{column + 1}:{value:.6g}" for column, value in zip(X.indices[a:b], X.data[a:b], strict=True)),
            ]
        )
        for a, b, label in places
    )
    path.write_text("\n".join(lines) + "\n", encoding="ascii")
    return path


def measure(turns: int, old: bool) -> dict[str, list[float]]:
    """Call each case once to warm up, then all in turn; seconds of the process's own work, threads together.

    The processor's time, not the clock's: a machine that is busy elsewhere does not count. A slowdown by threads that
    wait for each other does not show.
    """
    with tempfile.TemporaryDirectory(prefix="logistica-guard-") as made:
        called = {name: call for name, call in cases(Path(made)).items() if works(call, old)}
        seconds: dict[str, list[float]] = {name: [] for name in called}
        for _ in range(turns):
            for name, call in called.items():
                began = time.process_time()
                call()
                seconds[name].append(time.process_time() - began)
    return seconds


def works(call, old: bool) -> bool:
    """Call a case; return whether it works, which it must where the commit is not an old one."""
    try:
        call()
    except Exception:
        if not old:
            raise
        return False
    return True


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(measure(int(sys.argv[1]), "--old" in sys.argv)))
