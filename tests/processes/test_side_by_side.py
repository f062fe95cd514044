"""Rows 46 and 47: fits beside one another, in threads, forks and pools, have the bits of a fit alone."""

from __future__ import annotations

import os
import threading
import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from tests.data.cases import case
from tests.processes.fits import CONTAINERS, SOLVERS, digest, rows
from tests.processes.running import MOST_SECONDS, python
from tests.solvers.quiet import quiet_fit

pytestmark = pytest.mark.filterwarnings("ignore::logistica.LogisticaWarning")
forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
QUICK = ("newton", "newton-cg", "sgd", "proximal-newton", "proximal-newton, wide", "path")


@pytest.fixture(scope="module")
def alone():
    return {name: digest(name, threads=2) for name in QUICK}


def test_fits_of_different_solvers_in_threads_at_once(alone):
    before = threadpool_info()
    gate = threading.Barrier(len(QUICK))

    def work(name):
        gate.wait(MOST_SECONDS)
        return digest(name, threads=2)

    with ThreadPoolExecutor(len(QUICK)) as pool:
        assert dict(zip(QUICK, pool.map(work, QUICK), strict=True)) == alone
    assert threadpool_info() == before


@pytest.mark.parametrize("K", [case(46, "one-model-in-8-threads", 2), case(46, "one-model-in-8-threads-K", 3)])
@pytest.mark.parametrize("container", CONTAINERS)
def test_one_model_predicts_in_many_threads(container, K):
    X, y, _ = rows(K, 6000)
    data = CONTAINERS[container](X)
    model = quiet_fit(data, target=y)
    expected = model.predict_proba(data)
    before = threadpool_info()
    gate = threading.Barrier(8)

    def work(_):
        gate.wait(MOST_SECONDS)
        return [model.predict_proba(data) for _ in range(5)]

    with ThreadPoolExecutor(8) as pool:
        for turns in pool.map(work, range(8)):
            for proba in turns:
                np.testing.assert_array_equal(proba, expected)
    assert threadpool_info() == before


@pytest.mark.parametrize("name", SOLVERS)
def test_what_is_the_whole_process_s_is_left_as_it_was(name):
    """The state of NumPy's old generator, the filters of warnings, how NumPy treats overflow."""
    np.random.seed(7)
    state, filters, errors = np.random.get_state(), list(warnings.filters), np.geterr()
    X, y, weights = rows(n=3000)
    model = quiet_fit(X, target=y, weights=weights, **SOLVERS[name])
    model.predict_proba(X)
    after = np.random.get_state()
    assert all(np.array_equal(one, other) for one, other in zip(state, after, strict=True))
    assert (list(warnings.filters), np.geterr()) == (filters, errors)


AFTER_A_FIT = """
import json, multiprocessing, sys, warnings
from logistica import LogisticaWarning
from threadpoolctl import threadpool_info
from tests.processes.fits import digest

def blas():
    return [(library["prefix"], library["num_threads"]) for library in threadpool_info()]

def work(name):
    warnings.simplefilter("ignore", LogisticaWarning)
    there = blas()
    return digest(name, threads=2), there, blas()

if __name__ == "__main__":
    method, names = sys.argv[1], sys.argv[2:]
    own = [work(name)[0] for name in names]  # the parent's threads wait for work now
    there = blas()
    if method in {"fork", "spawn", "forkserver"}:
        with multiprocessing.get_context(method).Pool(2) as pool:
            found = pool.map(work, names)
    else:
        import joblib
        found = joblib.Parallel(n_jobs=2, backend=method)(joblib.delayed(work)(name) for name in names)
    # threads share BLAS: while one fits, it is held to one thread for the other too
    alone = [] if method == "threading" else [before == after for _, before, after in found]
    print(json.dumps([own == [one[0] for one in found], all(alone) and blas() == there]))
"""


@forks
@pytest.mark.parametrize(
    "method",
    [
        case(47, "fork", "fork"),
        case(47, "spawn", "spawn", marks=pytest.mark.slow),
        case(47, "forkserver", "forkserver", marks=pytest.mark.slow),
        case(47, "joblib-loky", "loky"),
        case(47, "joblib-threading", "threading"),
        case(47, "joblib-multiprocessing", "multiprocessing", marks=pytest.mark.slow),
    ],
)
def test_in_pools_of_every_kind(method, tmp_path):
    """Also after the parent has fitted: nobody waits for threads that a fork has left behind."""
    script = tmp_path / "work.py"  # a file, which spawned processes import
    script.write_text(AFTER_A_FIT)
    assert python(script, method, *QUICK) == "[true, true]\n"


IN_A_CHILD = """
import os, sys, threading
from tests.processes.fits import digest

own = digest("newton", threads=2)

def child():
    number = os.fork()
    if number == 0:
        os._exit(0 if digest("newton", threads=2) == own else 3)
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])

codes = [child()]
if sys.argv[1] == "during":
    ended = threading.Event()

    def fit_on():
        while not ended.is_set():
            digest("newton", threads=2)

    other = threading.Thread(target=fit_on)
    other.start()
    codes += [child() for _ in range(3)]
    ended.set()
    other.join()
print(codes)
"""


@forks
@pytest.mark.parametrize(
    ("when", "codes"), [case(47, "fork-after-a-fit", "after", [0]), case(47, "fork-during-a-fit", "during", [0] * 4)]
)
def test_in_a_child_that_is_a_fork_of_who_has_fitted(when, codes):
    assert python("-c", IN_A_CHILD, when) == f"{codes}\n"
