"""A run of descent as values that a file can hold, and back, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.schema import Fields, encode_exact
from logistica.solvers.descent.descent import DescentState
from logistica.solvers.driver import Journal
from logistica.solvers.history import NUMBERS, HistoryRow

Array = NDArray[np.float64]

_GENERATOR = ("state", "inc", "has_uint32", "uinteger")
_RANDOM_BITS = 128
_COEFFICIENTS = ("coef", "intercept")
_NUMBERS = tuple(name for name in NUMBERS if name != "iteration")


def journal_content(journal: Journal[DescentState]) -> dict[str, Any]:
    """Return what :func:`journal_from` reads, as JSON-able values."""
    return {
        "state": _state_content(journal.state),
        "best": None if journal.best is journal.state else _state_content(journal.best),
        "place": journal.place,
        "history": _history_content(journal.history),
    }


def journal_from(fields: Fields, start: DescentState) -> Journal[DescentState]:
    """Return the journal that ``fields`` describe, of the solver whose start is given.

    Raises
    ------
    ModelFileError
        If a field is missing, or an array is not of the start's shape.
    """
    history = _history(fields.section("history"), start)
    last = len(history) - 1
    place = fields.integer("place", 0, last)
    state = _state(fields.section("state"), start, history[last])
    best = fields.optional("best", fields.section)
    best_state = state if best is None else _state(best, start, history[place])
    return Journal.resumed(state, history, best_state, place)


def _state_content(state: DescentState) -> dict[str, Any]:
    return {
        "theta": encode_exact(state.theta),
        "point": encode_exact(state.point),
        "gradient": encode_exact(state.gradient),
        "steps": state.steps,
        "updates": state.updates,
        "averaged": state.averaged,
        "memory": {name: encode_exact(values) for name, values in state.memory.items()},
        "random": None if state.random is None else _random_content(state.random),
    }


def _state(fields: Fields, start: DescentState, row: HistoryRow) -> DescentState:
    """Return a state; its row is that of the history, which knows more."""
    shape = start.theta.shape
    memory = fields.section("memory")
    if start.random is None:
        fields.nothing("random")
    return replace(
        start,
        row=row,
        theta=fields.exact("theta", shape),
        point=fields.exact("point", shape),
        gradient=fields.exact("gradient", shape),
        steps=fields.integer("steps", 0),
        updates=fields.integer("updates", 0),
        averaged=fields.integer("averaged", 0),
        memory={name: memory.exact(name, shape) for name in start.memory},
        random=None if start.random is None else _random(fields.section("random")),
    )


def _random_content(random: dict[str, Any]) -> dict[str, str]:
    """Return the state of the random numbers; its integers have up to 128 bits, more than JSON's."""
    numbers = {**random["state"], "has_uint32": random["has_uint32"], "uinteger": random["uinteger"]}
    return {"bit_generator": random["bit_generator"], **{name: f"{numbers[name]:x}" for name in _GENERATOR}}


def _random(fields: Fields) -> dict[str, Any]:
    kind = fields.choice("bit_generator", ("PCG64",))
    state, inc, has_uint32, uinteger = (fields.hexadecimal(name, _RANDOM_BITS) for name in _GENERATOR)
    return {
        "bit_generator": kind,
        "state": {"state": state, "inc": inc},
        "has_uint32": has_uint32,
        "uinteger": uinteger,
    }


def _history_content(history: tuple[HistoryRow, ...]) -> dict[str, Any]:
    """Return the rows column by column; row k is iteration k."""
    first = history[0]
    kept = None
    if first.coef is not None and first.intercept is not None:
        kept = {"columns": first.coef.shape[1], **{name: _column(history, name) for name in _COEFFICIENTS}}
    return {"rows": len(history), **{name: _column(history, name) for name in _NUMBERS}, "coefficients": kept}


def _column(history: tuple[HistoryRow, ...], name: str) -> str:
    return encode_exact(np.array([getattr(row, name) for row in history], dtype=np.float64))


def _history(fields: Fields, start: DescentState) -> list[HistoryRow]:
    n = fields.integer("rows", 1)
    numbers = {name: fields.exact(name, (n,)).tolist() for name in _NUMBERS}
    planned = start.row.planned
    rows = [HistoryRow(k, **{name: v[k] for name, v in numbers.items()}, planned=planned) for k in range(n)]
    kept = fields.optional("coefficients", fields.section)
    if kept is None:
        return rows
    q, m = start.theta.shape
    coef = kept.exact("coef", (n, m, kept.integer("columns", q - 1, q)))
    intercept = kept.exact("intercept", (n, m))
    return [row._replace(coef=coef[k], intercept=intercept[k]) for k, row in enumerate(rows)]
