"""R's glmnet, where Rscript and the package are there. Its objective is the mean loss plus lambda times the penalty.

R reads the table from a file, and measures the fit alone; its start and its reading do not count.
"""

from __future__ import annotations

import functools
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.contracts import Answer, Coefficients, Contender

SCRIPT = Path(__file__).with_name("glmnet.R")
APPROACH = 20
"""Penalties on the way to a single lasso: glmnet's authors advise against starting at the one that is wanted."""


class Glmnet(Contender):
    """Coordinate descent along a path."""

    name = "glmnet"
    modules = ()
    tasks = frozenset({"fit", "path"})
    penalties = frozenset({"none", "ridge", "lasso"})
    multinomial = True
    outside = 10.0

    def missing(self) -> str:
        """Return what of R is not installed."""
        return lacking()

    def prepare(self, problem, table, penalties):
        import numpy as np

        folder = Path(tempfile.mkdtemp(prefix="glmnet-", dir=table.folder))
        write(table, folder)
        strengths = np.array([penalty.strength for penalty in penalties])
        if problem.penalty == "lasso" and len(strengths) == 1:
            strengths = approach(table, strengths[0])
        (strengths / len(table.y)).tofile(folder / "lambda")
        outputs = 1 if problem.classes == 2 else problem.classes
        wanted = len(penalties)
        command = ["Rscript", str(SCRIPT), str(folder), "1" if problem.penalty == "lasso" else "0", str(outputs)]

        def fit(tolerance):
            done = subprocess.run([*command, repr(tolerance)], check=False, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError((done.stderr.strip().splitlines() or ["Rscript failed"])[-1])
            seconds, *numbers = np.fromfile(folder / "found")
            stacked = np.array(numbers).reshape(len(strengths), outputs, table.X.shape[1] + 1)[-wanted:]
            return Answer(tuple(Coefficients(each[:, 1:], each[:, 0]) for each in stacked), seconds=float(seconds))

        return fit


@functools.cache
def lacking() -> str:
    if shutil.which("Rscript") is None:
        return "Rscript"
    found = subprocess.run(["Rscript", "-e", "library(glmnet)"], check=False, capture_output=True)
    return "R's package glmnet (Debian: r-cran-glmnet)" if found.returncode else ""


def approach(table, strength: float):
    """Return penalties from the smallest at which all coefficients are 0 to the one that is wanted."""
    import numpy as np

    largest = max(float(np.abs(table.X.T @ (table.y - table.y.mean())).max()), strength)
    return np.geomspace(largest, strength, APPROACH)


def write(table, folder: Path) -> None:
    """Write the table as R's readBin reads it: columns one after another, dense, or as the parts of a CSC matrix."""
    import numpy as np
    from scipy import sparse

    np.array([*table.X.shape], dtype=np.int32).tofile(folder / "shape")
    table.y.astype(np.int32).tofile(folder / "y")
    if sparse.issparse(table.X):
        columns = sparse.csc_array(table.X)
        columns.indices.astype(np.int32).tofile(folder / "indices")
        columns.indptr.astype(np.int32).tofile(folder / "indptr")
        columns.data.tofile(folder / "data")
    else:
        table.X.ravel(order="F").tofile(folder / "dense")
