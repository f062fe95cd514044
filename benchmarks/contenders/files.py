"""From a CSV file to a saved model, each as a process of its own: start, imports, reading, fitting, saving."""

from __future__ import annotations

import os
import subprocess
import sys

from benchmarks.contracts import Answer, Coefficients, Contender

_SKLEARN = """
import pickle, sys
from sklearn.linear_model import LogisticRegression
path, C, tolerance, saved = sys.argv[1:]
{reading}
model = LogisticRegression(C=float(C), tol=float(tolerance), solver="newton-cholesky").fit(X, y)
with open(saved, "wb") as file:
    pickle.dump(model, file)
"""
_PANDAS = """
import pandas
table = pandas.read_csv(path)
y = table.pop("y").to_numpy()
X = table.to_numpy()
"""
_POLARS = """
import polars
table = polars.read_csv(path)
y = table["y"].to_numpy()
X = table.drop("y").to_numpy()
"""


class Logistica(Contender):
    """The command line."""

    name = "logistica fit FILE"
    modules = ("logistica",)
    tasks = frozenset({"file"})
    ladder = tuple(10.0**-digits for digits in range(11))
    exact = 0.0
    ours = True

    def prepare(self, problem, table, penalties):
        import logistica

        (penalty,) = penalties
        saved = table.folder / "logistica.json"
        command = [sys.executable, "-m", "logistica", "fit", str(table.path), "--target", "y", "-o", str(saved)]

        def fit(tolerance):
            run([*command, "--C", repr(1.0 / penalty.strength), "--tol", repr(tolerance)])
            model = logistica.load(saved)
            return Answer((Coefficients.of(model.coef_, model.intercept_),))

        return fit


class Script(Contender):
    """A frame's reader and scikit-learn's fastest solver for narrow tables."""

    tasks = frozenset({"file"})
    reading: str

    def prepare(self, problem, table, penalties):
        import pickle

        import sklearn.linear_model  # noqa: F401

        (penalty,) = penalties
        saved = table.folder / f"{self.modules[0]}.pickle"
        program = [sys.executable, "-c", _SKLEARN.format(reading=self.reading), str(table.path)]

        def fit(tolerance):
            run([*program, repr(1.0 / penalty.strength), repr(tolerance), str(saved)])
            model = pickle.loads(saved.read_bytes())
            return Answer((Coefficients.of(model.coef_, model.intercept_),))

        return fit


class Pandas(Script):
    """pandas."""

    name = "pandas + scikit-learn newton-cholesky"
    modules = ("pandas", "sklearn")
    reading = _PANDAS


class Polars(Script):
    """polars."""

    name = "polars + scikit-learn newton-cholesky"
    modules = ("polars", "sklearn")
    reading = _POLARS


def run(command: list[str]) -> None:
    """Run a process quietly; what it said is in the error if it fails.

    It may keep compiled modules for the next one. pip compiles the rivals' when it installs them, but not those of an
    editable installation, which else would be compiled in each process.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise RuntimeError((done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1])


ALL = (Logistica(), Pandas(), Polars())
