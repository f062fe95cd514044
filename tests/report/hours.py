"""The hours data, here so that these tests run anywhere."""

from __future__ import annotations

import re

import pandas as pd

from logistica.prediction.fitted import Fitted
from tests.inference.fits import fitted

HOURS = [0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6]
PASSED = [0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1]


def hours_model(**options: object) -> Fitted:
    return fitted(pd.DataFrame({"hours": HOURS, "passed": PASSED}), "passed", **options)


def without_effort(text: str) -> str:
    """Mask what may differ between machines: the number of steps and the last figures of the certificate."""
    text = re.sub(r"\d+ steps, \d+ sweeps", "# steps, # sweeps", text)
    return re.sub(r"to \d\.\de[+-]\d\d standard", "to #.#e-## standard", text)
