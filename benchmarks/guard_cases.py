"""What the guard times, in one process, against the logistica that Python finds: ``python guard_cases.py TURNS``.

Only what has been public for long is used, so that any commit can stand on either side. Prints JSON: for each case the
seconds of its turns.
"""

from __future__ import annotations

import json
import sys
import time
import warnings

import numpy as np
from scipy import sparse

SEED = 20261120


def cases():
    """Return functions by name, each of some 5 to 200 ms."""
    from logistica import LogisticRegression, fit

    rng = np.random.default_rng(SEED)
    tiny, dense, wide = rng.normal(size=(32, 4)), rng.normal(size=(50_000, 30)), rng.normal(size=(4_000, 150))
    few = sparse.random_array((20_000, 200), density=0.05, format="csr", rng=rng)
    of_tiny, of_dense, of_wide = (rng.integers(0, 2, len(X)) for X in (tiny, dense, wide))
    of_few, of_five = rng.integers(0, 2, 20_000), rng.integers(0, 5, 10_000)
    fitted = LogisticRegression().fit(dense[:1000], of_dense[:1000])
    return {
        "50 fits of 32 x 4": lambda: [LogisticRegression(C=1.0).fit(tiny, of_tiny) for _ in range(50)],
        "50,000 x 30, ridge": lambda: LogisticRegression(C=1.0).fit(dense, of_dense),
        "4,000 x 150, no penalty": lambda: fit(wide, target=of_wide),
        "20,000 x 200 sparse, ridge": lambda: LogisticRegression(C=1.0).fit(few, of_few),
        "10,000 x 10, five classes": lambda: fit(dense[:10_000, :10], target=of_five),
        "200 predictions of one row": lambda: [fitted.predict_proba(dense[i : i + 1]) for i in range(200)],
        "predictions of 50,000 rows": lambda: fitted.predict_proba(dense),
    }


def measure(turns: int) -> dict[str, list[float]]:
    """Call each case once to warm up, then all in turn; seconds of the process's own work, threads together.

    The processor's time, not the clock's: a machine that is busy elsewhere does not count. A slowdown by threads that
    wait for each other does not show.
    """
    called = cases()
    for call in called.values():
        call()
    seconds: dict[str, list[float]] = {name: [] for name in called}
    for _ in range(turns):
        for name, call in called.items():
            began = time.process_time()
            call()
            seconds[name].append(time.process_time() - began)
    return seconds


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(measure(int(sys.argv[1]))))
