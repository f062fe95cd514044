"""A run with a checkpoint in a process of its own, to be killed. It is forked from one that has imported everything."""

from __future__ import annotations

import multiprocessing
import signal
import sys
import warnings

import numpy as np

import logistica
from logistica import SGD, Adam, GradientDescent, Stop
from logistica.fitting import checkpoint

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload([__name__])
RUNS = {
    "SGD": {"solver": SGD(epochs=400, batch_size=30), "stop": Stop(validation_share=0.2)},
    "Adam": {"solver": Adam(epochs=400, batch_size=30), "C": 1.0},
    "gradient descent": {"solver": GradientDescent(epochs=800)},
}


def numbers(solver, **more):
    """What the run ends on."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(300, 3))
    y = np.argmax(X @ rng.normal(size=(3, 3)) + rng.gumbel(size=(300, 3)), axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = logistica.fit(X, target=y, **RUNS[solver], **more)
    return np.c_[model.coef_, model.intercept_]


def start(solver, path, finished, seconds_between=0.0):
    """A process, and what tells the number of every row of its history."""
    told, telling = SERVER.Pipe(duplex=False)
    process = SERVER.Process(target=_run, args=(solver, path, finished, seconds_between, telling))
    process.start()
    telling.close()
    return process, told


def _run(solver, path, finished, seconds_between, telling):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    checkpoint.SECONDS_BETWEEN, checkpoint.MOST_TIME = seconds_between, 1e9
    np.save(finished, numbers(solver, checkpoint=path, callback=lambda row: telling.send(row.iteration)))


def rest(told):
    """The numbers of all rows to come, until the process has ended."""
    found = []
    while (number := following(told)) is not None:
        found.append(number)
    told.close()
    return found


def following(told):
    """The number of the next row; None where there is none."""
    try:
        return told.recv()
    except (EOFError, ConnectionResetError):
        return None
