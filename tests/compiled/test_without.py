"""The compiled loops can be left out by the environment."""

import os
import subprocess
import sys

import pytest

PROGRAM = """
import numpy as np
import logistica
from logistica.core.compiled import library
rng = np.random.default_rng(2)
X = rng.normal(size=(500, 3))
model = logistica.fit(X, target=X[:, 0] + rng.logistic(size=500) > 0)
print(library() is None, *model.coef_[0])
"""


def test_it_can_be_left_out():
    found = [
        subprocess.run(
            [sys.executable, "-c", PROGRAM],
            env=os.environ | {"LOGISTICA_COMPILED": value},
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()
        for value in ("0", "1")
    ]
    assert found[0][0] == "True"
    assert [float(one) for one in found[0][1:]] == pytest.approx([float(one) for one in found[1][1:]], rel=1e-10)
