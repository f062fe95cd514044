"""The part of a model file that holds a recipe, checked field by field before anything is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from logistica.core.errors import ModelFileError
from logistica.data.factors import OTHER, UNKNOWN
from logistica.data.formula.stored import formula_from
from logistica.data.gaps import NameOf
from logistica.data.imputation import Fill

KINDS = ("array", "table", "svmlight")
FIELDS = ("kind", "width", "names", "factors", "index_base", "formula", "pooled", "unknown", "fills", "booleans")


def checked_fields(stored: object) -> dict[str, Any]:
    """Check the fields of a recipe, and return them as its constructor takes them.

    Raises
    ------
    ModelFileError
        If a field is missing, unknown, of the wrong type, or contradicts another.
    """
    if not isinstance(stored, Mapping) or set(stored) != set(FIELDS):
        raise ModelFileError(f"The recipe in the model file needs exactly the fields {', '.join(FIELDS)}.")
    kind, width, index_base = stored["kind"], stored["width"], stored["index_base"]
    _require(kind in KINDS, "kind", f"one of {', '.join(KINDS)}")
    _require(type(width) is int and width >= 0, "width", "a whole number, 0 or more")
    if kind == "svmlight":
        _require(type(index_base) is int and index_base in (0, 1), "index_base", "0 or 1 for svmlight")
    else:
        _require(index_base is None, "index_base", "null unless the kind is svmlight")
    names = _names(stored["names"], kind, width)
    factors = _factors(stored["factors"], names or ())
    formula = None
    if stored["formula"] is not None:
        _require(kind == "table", "formula", "null unless the kind is table")
        formula = formula_from(stored["formula"], names or (), factors)
    pooled = _pooled(stored["pooled"], factors)
    _require(stored["unknown"] in UNKNOWN, "unknown", f"one of {', '.join(UNKNOWN)}")
    fills = stored["fills"]
    known = set() if formula is None else formula.in_offset
    whole = isinstance(fills, list) and len(fills) in (0, width - len(known))
    _require(whole, "fills", "a list with an entry for each column, or empty; offsets have none")
    every = map(NameOf(names, index_base or 0), range(width if fills else 0))
    filled = tuple(name for name in every if name not in known)
    return {
        "kind": kind,
        "width": width,
        "names": names,
        "factors": factors,
        "index_base": index_base,
        "formula": formula,
        "pooled": pooled,
        "unknown": stored["unknown"],
        "fills": _fills(fills, filled, factors),
        "booleans": _booleans(stored["booleans"], names or (), factors),
    }


def _names(names: object, kind: str, width: int) -> tuple[str, ...] | None:
    if names is None:
        _require(kind != "table", "names", "given for a table")
        return None
    _require(kind != "svmlight", "names", "null for svmlight")
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise _wrong("names", "a list of text, or null")
    _require(len(names) == width, "names", f"as many as the width, {width}")
    _require(len(set(names)) == width, "names", "all different")
    return tuple(names)


def _factors(factors: object, names: tuple[str, ...]) -> dict[str, tuple[Any, ...]]:
    if not isinstance(factors, Mapping):
        raise _wrong("factors", "an object")
    _require(set(factors) <= set(names), "factors", "keyed by column names")
    return {name: _levels(f"factors[{name!r}]", levels) for name, levels in factors.items()}


def _pooled(pooled: object, factors: Mapping[str, tuple[Any, ...]]) -> dict[str, tuple[Any, ...]]:
    if not isinstance(pooled, Mapping):
        raise _wrong("pooled", "an object")
    found = {name: _levels(f"pooled[{name!r}]", levels) for name, levels in pooled.items()}
    for name, levels in found.items():
        _require(name in factors and OTHER in factors[name], "pooled", f"of factors with the level {OTHER!r}")
        _require(set(levels).isdisjoint({*factors[name]} - {OTHER}), f"pooled[{name!r}]", "none of the factor's levels")
    return found


def _fills(fills: list[Any], names: tuple[str, ...], factors: Mapping[str, tuple[Any, ...]]) -> dict[str, Fill]:
    found = {}
    for fill, name in zip(fills, names, strict=True):
        place = f"fills[{name!r}]"
        _require(isinstance(fill, Mapping) and set(fill) == {"column", "value", "indicator"}, place, "of three fields")
        _require(fill["column"] == name, place, "of its column: one for each column, in order")
        value = fill["value"]
        known = value in factors[name] if name in factors else type(value) is float and isfinite(value)
        _require(known, place, "a level of the factor" if name in factors else "a finite number")
        _require(type(fill["indicator"]) is bool, place, "with true or false for its indicator")
        found[name] = Fill(value, fill["indicator"])
    return found


def _booleans(booleans: object, names: tuple[str, ...], factors: Mapping[str, tuple[Any, ...]]) -> tuple[str, ...]:
    if not isinstance(booleans, list) or not all(isinstance(name, str) for name in booleans):
        raise _wrong("booleans", "a list of text")
    order = [name for name in names if name in booleans and name not in factors]
    _require(booleans == order, "booleans", "columns that are no factors, in order")
    return tuple(booleans)


def _levels(field: str, levels: object) -> tuple[Any, ...]:
    if not isinstance(levels, list) or not levels:
        raise _wrong(field, "a list of at least one level")
    own = [level for level in levels if level != OTHER] or levels
    kind = type(own[0])
    _require(kind in (str, int, float, bool), field, "text, numbers or booleans")
    _require(all(type(level) is kind for level in own), field, "of one type")
    _require(kind is not float or all(map(isfinite, own)), field, "finite")
    _require(len(set(levels)) == len(levels), field, "all different")
    return tuple(levels)


def _require(condition: bool, field: str, should_be: str) -> None:
    if not condition:
        raise _wrong(field, should_be)


def _wrong(field: str, should_be: str) -> ModelFileError:
    return ModelFileError(f"The field {field} of the recipe in the model file should be {should_be}.")
