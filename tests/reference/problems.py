"""The certified problems as arrays: every entry of certified.json except Firth's and the profile intervals.

Grouped data become two rows a group, one for the failures and one for the successes, with frequency weights.
Every problem keeps its intercept, if it has one, as the first of its ``terms``.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from tests.shared import shared

Array = NDArray[np.float64]
Rows = list[dict[str, str]]
INTERCEPT = "(Intercept)"


@dataclass(frozen=True)
class Problem:
    """A data set, a model and its exact answer.

    Attributes
    ----------
    columns : names of the columns of X
    X : (n, p)
    y : (n,) class codes
    weights : (n,) integers, or None
    intercept : whether the model has one
    ridge : 1 / C; 0 for maximum likelihood
    coef, std_error : (K-1, q) contrasts with class 0, intercept first
    log_likelihood : without any binomial constant and without the penalty
    """

    name: str
    columns: tuple[str, ...]
    X: Array
    y: NDArray[np.int64]
    weights: Array | None
    intercept: bool
    ridge: float
    coef: Array
    std_error: Array
    log_likelihood: float

    @property
    def terms(self) -> tuple[str, ...]:
        """Names of the coefficients, as the summary orders them."""
        return ((INTERCEPT,) if self.intercept else ()) + self.columns

    @property
    def C(self) -> float:
        return 1.0 / self.ridge if self.ridge else math.inf

    def design(self) -> Array:
        """X with its column of ones, if any, first: (n, q)."""
        return np.column_stack([np.ones(len(self.y)), self.X]) if self.intercept else self.X


@dataclass(frozen=True)
class _Data:
    columns: dict[str, Sequence[float]]
    y: Sequence[int]
    weights: Sequence[float] | None = None


def _read(name: str, delimiter: str = ",", quote: str = '"') -> Rows:
    with shared("reference", f"{name}.csv").open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file, delimiter=delimiter, quotechar=quote))


def _numbers(rows: Rows, *names: str) -> dict[str, Sequence[float]]:
    return {name: [float(row[name]) for row in rows] for name in names}


def _is(rows: Rows, column: str, value: str) -> list[float]:
    return [float(row[column] == value) for row in rows]


def _codes(rows: Rows, column: str) -> list[int]:
    return [int(row[column]) for row in rows]


def _grouped(columns: dict[str, Sequence[float]], successes: Sequence[int], failures: Sequence[int]) -> _Data:
    twice = {name: [value for value in values for _ in range(2)] for name, values in columns.items()}
    counts = [count for pair in zip(failures, successes, strict=True) for count in pair]
    return _Data(twice, [0, 1] * len(successes), counts)


def _spector() -> _Data:
    rows = _read("spector", " ", "'")
    return _Data(_numbers(rows, "GPA", "TUCE", "PSI"), _codes(rows, "GRADE"))


def _admissions() -> _Data:
    rows = _read("admissions")
    ranks = {f"rank{level}": _is(rows, "rank", level) for level in "234"}
    return _Data(_numbers(rows, "gre", "gpa") | ranks, _codes(rows, "admit"))


def _admissions_noint() -> _Data:
    rows = _read("admissions")
    return _Data(_numbers(rows, "gre", "gpa"), _codes(rows, "admit"))


def _lbw() -> _Data:
    rows = _read("stata_lbw_glm")
    race = {f"race_{level}": _is(rows, "race", level) for level in ("black", "other")}
    columns = _numbers(rows, "age", "lwt") | race | _numbers(rows, "smoke", "ptl", "ht", "ui")
    return _Data(columns, _codes(rows, "low"))


def _finney() -> _Data:
    rows = _read("binary_constrict")
    columns = _numbers(rows, "log_rate", "log_volumne")
    columns["log_volume"] = columns.pop("log_volumne")
    return _Data(columns, _codes(rows, "constrict"))


def _budworm() -> _Data:
    rows = _read("budworm")
    male, dose = _is(rows, "sex", "M"), _numbers(rows, "ldose")["ldose"]
    columns = {"sexM": male, "ldose": dose, "sexM:ldose": [m * d for m, d in zip(male, dose, strict=True)]}
    dead, total = _codes(rows, "numdead"), _codes(rows, "n")
    return _grouped(columns, dead, [n - d for n, d in zip(total, dead, strict=True)])


def _challenger23_binary() -> _Data:
    rows = _read("challenger23")
    return _Data(_numbers(rows, "temp"), _codes(rows, "any_damage"))


def _challenger23_binomial6() -> _Data:
    rows = _read("challenger23")
    damaged, total = _codes(rows, "damaged"), _codes(rows, "n_rings")
    return _grouped(_numbers(rows, "temp"), damaged, [n - d for n, d in zip(total, damaged, strict=True)])


def _challenger24() -> _Data:
    rows = _read("challenger24_montgomery")
    return _Data(_numbers(rows, "temp"), _codes(rows, "failure"))


def _infert() -> _Data:
    rows = _read("infert")
    return _Data(_numbers(rows, "spontaneous", "induced"), _codes(rows, "case"))


def _esoph() -> _Data:
    rows = _read("esoph")
    ages = {f"agegp{level}": _is(rows, "agegp", level) for level in "23456"}
    return _grouped(ages | _numbers(rows, "tobgp", "alcgp"), _codes(rows, "ncases"), _codes(rows, "ncontrols"))


def _anes96() -> _Data:
    rows = _read("anes96", "\t", "'")
    columns = _numbers(rows, "popul", "selfLR", "age", "educ", "income")
    columns = {"logpopul": [math.log(value + 0.1) for value in columns.pop("popul")]} | columns
    return _Data(columns, _codes(rows, "PID"))


def _glmnet_tiny() -> _Data:
    rows = _read("glmnet_tiny")
    return _Data(_numbers(rows, "a", "b"), _codes(rows, "y2"))


def _lizards() -> _Data:
    rows = _read("lizards")
    columns = {
        "height>=5ft": _is(rows, "height", ">=5ft"),
        "diameter>2in": _is(rows, "diameter", ">2in"),
        "lightshady": _is(rows, "light", "shady"),
        "timemidday": _is(rows, "time", "midday"),
        "timelate": _is(rows, "time", "late"),
    }
    return _grouped(columns, _codes(rows, "grahami"), _codes(rows, "opalinus"))


_READERS: dict[str, Callable[[], _Data]] = {
    "spector": _spector,
    "admissions": _admissions,
    "admissions_noint": _admissions_noint,
    "lbw_stata": _lbw,
    "finney": _finney,
    "budworm": _budworm,
    "challenger23_binary": _challenger23_binary,
    "challenger23_binomial6": _challenger23_binomial6,
    "challenger24_montgomery": _challenger24,
    "infert1": _infert,
    "esoph_model2_treatment": _esoph,
    "anes96": _anes96,
    "glmnet_tiny_binomial_l2": _glmnet_tiny,
    "lizards_ml": _lizards,
}
NAMES = tuple(_READERS)
RIDGE = ("glmnet_tiny_binomial_l2",)
UNPENALISED = tuple(name for name in NAMES if name not in RIDGE)
WITHOUT_INTERCEPT = ("admissions_noint",)


@cache
def problem(name: str) -> Problem:
    """The certified problem of that name; skips where the reference data are missing."""
    entry = json.loads(shared("reference", "certified.json").read_text(encoding="utf-8"))[name]
    data = _READERS[name]()
    intercept = "const" in entry["names"]
    columns = tuple(data.columns)
    terms = (("const",) if intercept else ()) + columns
    order = [entry["names"].index(term) for term in terms]
    # The penalty of glmnet_tiny is on the mean: nll / n + 1/2 * |coef|^2, so that 1 / C = n. Its standard
    # errors are those of the inverse Hessian with the penalty in it, as the decimal solver confirms.
    ridge = float(len(data.y)) if name in RIDGE else 0.0
    return Problem(
        name=name,
        columns=columns,
        X=np.column_stack([np.asarray(values, dtype=float) for values in data.columns.values()]),
        y=np.array(data.y),
        weights=None if data.weights is None else np.array(data.weights, dtype=float),
        intercept=intercept,
        ridge=ridge,
        coef=np.array(entry["coef"], dtype=float)[:, order],
        std_error=np.array(entry["se"], dtype=float)[:, order],
        log_likelihood=float(entry["llf"]),
    )
