"""Row 40, inside compiled code and on large data: whatever a fit is at, Ctrl-C takes effect within a second."""

from __future__ import annotations

import json
import os

import pytest

from tests.data.cases import case
from tests.processes.running import python

MOST_SECONDS = 1.0

INTERRUPTED = """
import json, os, signal, sys, threading, time, warnings
from pathlib import Path
import numpy as np
import logistica
from logistica import SGD
from scipy import sparse

warnings.simplefilter("ignore", logistica.LogisticaWarning)
what, folder, *delays = sys.argv[1:]
rng = np.random.default_rng(0)

def dense(n=2_000_000, p=30):
    X = rng.normal(size=(n, p))
    return X, (X[:, 0] + rng.logistic(size=n) > 0).astype(int)

def sparse_rows(n=150_000, p=50_000, stored=60):
    column = np.sort(rng.integers(0, p // stored, (n, stored)) + np.arange(stored) * (p // stored), axis=1)
    start = np.arange(n + 1, dtype=np.int32) * stored
    X = sparse.csr_array((rng.normal(size=n * stored), column.ravel().astype(np.int32), start), shape=(n, p))
    return X, (X[:, :2000].sum(axis=1) + rng.logistic(size=n) > 0).astype(int)

def text(name, head, line, blocks):
    path = Path(folder) / name
    lines = "".join(line(k, values) for k, values in enumerate(rng.normal(size=(10_000, 20)).round(4)))
    path.write_text(head + lines * blocks)
    return path

def fit():
    if what == "csv":
        return lambda: logistica.fit(csv, target="y")
    if what == "svmlight":
        return lambda: logistica.fit(svmlight)
    X, y = sparse_rows() if "sparse" in what else dense()
    options = {
        "newton": {"C": 1.0},
        "newton on one thread": {"C": 1.0, "threads": 1},
        "lbfgs": {"C": 1.0, "solver": "lbfgs"},
        "newton-cg, sparse": {"C": 1.0, "solver": "newton-cg"},
        "sgd": {"solver": SGD(epochs=1000)},
        "sgd, sparse": {"solver": SGD(epochs=1000), "C": 1.0},
        "proximal-newton": {"C": 1.0, "l1_ratio": 1.0},
        "proximal-newton, sparse": {"C": 1.0, "l1_ratio": 1.0},
        "path, sparse": {},
    }[what]
    return lambda: (logistica.path if "path" in what else logistica.fit)(X, target=y, **options)

def interrupted(work, delay):
    "Seconds from the signal to its effect, and how the fit came back; None where it had ended before."
    sent, ended = [], threading.Event()

    def send():
        if not ended.wait(delay):
            sent.append(time.perf_counter())
            os.kill(os.getpid(), signal.SIGINT)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        done = work()
        ended.set()
        notes = [note.code for note in done.fit.notes] if what.startswith("path") else [done.record.status]
        how = str(next((note for note in notes if note == "interrupted"), notes))
    except KeyboardInterrupt:
        how = "KeyboardInterrupt"
    now = time.perf_counter()
    ended.set()
    sender.join()
    return [now - sent[0], how] if sent else None

if what == "csv":
    head = ",".join(f"x{j}" for j in range(20)) + ",y\\n"
    csv = text("rows.csv", head, lambda k, values: ",".join(map(str, values)) + f",{k % 2}\\n", 100)
elif what == "svmlight":
    entries = lambda values: " ".join(f"{3 * j + 1}:{value}" for j, value in enumerate(values))
    svmlight = text("rows.svm", "", lambda k, values: f"{k % 2} {entries(values)}\\n", 100)
work = fit()
print(json.dumps([interrupted(work, float(delay)) for delay in delays]))
"""

FITS = {
    "newton": (0.05, 0.3, 0.6),
    "newton on one thread": (0.05, 0.6, 1.2),
    "lbfgs": (0.05, 0.5),
    "newton-cg, sparse": (0.05, 0.5, 1.5),
    "sgd": (0.05, 1.0, 4.0),
    "sgd, sparse": (0.05, 1.0, 4.0),
    "proximal-newton": (0.05, 0.5, 1.0),
    "proximal-newton, sparse": (0.05, 1.0, 2.0, 4.0),
    "path, sparse": (0.05, 1.0, 3.0, 6.0),
    "csv": (0.05, 0.3, 0.6),
    "svmlight": (0.05, 0.3, 1.0),
}
"""After how many seconds of each fit the signal comes: during reading, the survey, the sample, the steps."""


CUT_OFF = "ignore:unclosed file:ResourceWarning"
"""What Python says of a module that it was importing when the signal came: its own file is closed a moment later."""


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX systems")
@pytest.mark.parametrize("what", [case(40, name.replace(" ", "-"), name) for name in FITS])
def test_ctrl_c_takes_effect_within_a_second(what, tmp_path):
    found = json.loads(python("-W", CUT_OFF, "-c", INTERRUPTED, what, tmp_path, *FITS[what]))
    assert found[0] is not None
    for seconds, how in filter(None, found):
        assert seconds < MOST_SECONDS
        assert how in {"KeyboardInterrupt", "interrupted"}
