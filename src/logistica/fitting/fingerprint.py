"""What must be the same for a run to go on where another one stopped: the options that it depends on, and the rows.

The rows are told by a checksum of each column, from one sweep. A value's bits are mixed, multiplied by an odd number
that depends on its row, and added up modulo 2^64: whatever the blocks, one changed value always changes the sum of its
column, and another order of the rows does all but certainly.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.schema import Fields, encode_exact, encode_float
from logistica.core.strict_json import shorten
from logistica.core.wording import counted
from logistica.data.dataset import Dataset
from logistica.data.source import Block
from logistica.engines.base import Engine, Workspace
from logistica.fitting.options import FitOptions
from logistica.solvers.settings_values import values_in_effect

Bits = NDArray[np.uint64]

EPOCHS = "epochs"
_WORDS = {
    "classes": "its classes were",
    "labels": "its labels were of the type",
    "weight_kind": "its weights were of the kind",
}
_GOLDEN, _FIRST, _SECOND = (np.uint64(n) for n in (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))
"""The constants of splitmix64 (Steele, Lea and Flood 2014, OOPSLA, figure 17)."""


def fingerprint(dataset: Dataset, options: FitOptions, engine: Engine) -> dict[str, Any]:
    """Return what a run depends on, as JSON-able values; one sweep."""
    sums = checksums(dataset, engine)
    return {
        "options": _options(options),
        "rows": dataset.source.n_rows,
        "classes": dataset.labels.classes.tolist(),
        "labels": dataset.labels.to_dict()["dtype"],
        "weight_kind": dataset.weight_kind,
        "terms": list(dataset.recipe.terms),
        "columns": len(sums),
        "checksums": encode_exact(sums.view(np.float64)),
    }


def difference(before: Fields, then: Fields, now: Mapping[str, Any]) -> str | None:
    """Return as a clause what is not as it was, epochs apart; None where nothing is. ``then`` are the old options."""
    here = now["options"]
    for name in ("solver", *(name for name in here if name not in {"solver", EPOCHS})):
        value = then.raw(name) if name in then.names else None
        if value != here[name]:
            return f"it has {name}={_shown(value)}, and this fit {name}={_shown(here[name])}"
    rows, terms = before.integer("rows"), before.texts("terms")
    if rows != now["rows"]:
        return (
            f"it was made from {counted(rows, 'row')}, and here {'is' if now['rows'] == 1 else 'are'} {now['rows']:,}"
        )
    for name, words in _WORDS.items():
        value = before.raw(name)
        if value != now[name]:
            return f"{words} {_shown(value)}, and here {_shown(now[name])}"
    if list(terms) != now["terms"]:
        return _other_terms(terms, now["terms"])
    return _other_values(_checksums(before), _checksums(Fields(now)), terms)


def _checksums(fields: Fields) -> Bits:
    return fields.exact("checksums", (fields.integer("columns"),)).view(np.uint64)


def _other_terms(before: tuple[str, ...], now: list[str]) -> str:
    gone = [term for term in before if term not in set(now)]
    new = [term for term in now if term not in set(before)]
    if gone:
        return f"it has the column {gone[0]!r}, which is not here"
    if new:
        return f"it does not have the column {new[0]!r}, which is here"
    return "its columns are in another order"


def _other_values(before: Bits, now: Bits, terms: tuple[str, ...]) -> str | None:
    """Name the first column whose checksum is another one."""
    places = np.flatnonzero(before != now)
    if not len(places):
        return None
    beside = ("the labels were others", "the weights were others", "the offset was another")
    first, p = int(places[0]), len(terms)
    if first < p:
        return f"the column {terms[first]!r} had other values, or the rows another order"
    return beside[min(first - p, 2)]


def _shown(value: object) -> str:
    return "inf" if value == "inf" else shorten(value)


def other_epochs(options: FitOptions, before: int, done: int) -> str | None:
    """Return as a clause why a run planned for ``before`` epochs cannot have those of the options; None if it can.

    Where it can, the result is the same as if it had been planned so.
    """
    solver = options.first_order
    changed = f"it was to have epochs={before}, and this fit epochs={solver.epochs}"
    if solver.epochs == before:
        return None
    if solver.chosen_schedule.planned:
        return f"{changed}, over all of which schedule='cosine' spreads"
    share = solver.averaged_share(lasso=options.lasso)
    if 0.0 < share < 1.0:
        return f"{changed}, on which it depends when average={share:g} begins"
    if solver.epochs is not None and solver.epochs < done:
        return f"it has done {counted(done, 'epoch')}, and this fit has epochs={solver.epochs}"
    return None


def _options(options: FitOptions) -> dict[str, Any]:
    weight = options.balance.class_weight
    return {
        "C": encode_float(options.C),
        "l1_ratio": options.l1_ratio,
        "fit_intercept": options.fit_intercept,
        "standardize": options.standardize,
        "random_state": options.random_state,
        "validation_share": options.stop.held_out,
        "class_weight": {str(k): float(v) for k, v in weight.items()} if isinstance(weight, Mapping) else weight,
        "resample": options.balance.resample,
        "keep_coefficients": options.keep_coefficients,
        "solver": options.settings.name,
        **values_in_effect(options.first_order, lasso=options.lasso),
    }


def checksums(dataset: Dataset, engine: Engine) -> Bits:
    """Return those of each column of X, of the labels, of the weights and of the offsets, shape (p + 2 + outputs,)."""

    def kernel(block: Block, workspace: Workspace) -> Bits:
        x = workspace.array("z", block.n_rows, block.design.n_columns)
        block.fill(x)
        multiplier = _mixed(np.arange(block.start, block.start + block.n_rows, dtype=np.uint64) * _GOLDEN) | np.uint64(
            1
        )
        return np.concatenate([_sum(part, multiplier) for part in (x, *_beside(block, outputs))])

    K = len(dataset.labels.classes)
    outputs = 1 if K == 2 else K
    return engine.sum(kernel, dataset.source, 2 * dataset.source.n_columns)


def _beside(block: Block, outputs: int) -> tuple[NDArray[np.float64], ...]:
    weights = np.ones(block.n_rows) if block.weights is None else block.weights
    offset = np.zeros((block.n_rows, outputs)) if block.offset is None else block.offset
    return block.y.astype(np.float64)[:, None], weights[:, None], offset


def _sum(values: NDArray[np.float64], multiplier: Bits) -> Bits:
    """Return the checksum of each column, shape (columns,)."""
    bits = _mixed(np.ascontiguousarray(values).view(np.uint64).copy())
    return np.asarray(np.sum(bits * multiplier[:, None], axis=0, dtype=np.uint64))


def _mixed(bits: Bits) -> Bits:
    """Let every bit of a number depend on every other, in place: one number still goes to each."""
    bits ^= bits >> np.uint64(30)
    bits *= _FIRST
    bits ^= bits >> np.uint64(27)
    bits *= _SECOND
    bits ^= bits >> np.uint64(31)
    return bits
