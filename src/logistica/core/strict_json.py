"""JSON as the standard has it and no further, for text that may be damaged or hostile.

Python's own reader accepts NaN and Infinity, keeps the last of two equal keys, turns 1e400 into infinity and
a deeply nested list into a RecursionError. Here all of these are errors, and so is whatever would cost far
more memory or time than the text has bytes. Numbers survive writing and reading bit for bit.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from math import isfinite
from typing import Any, NoReturn

DEEPEST = 32
"""How deep lists and objects may be nested."""

MOST_CONTAINERS = 1_000_000
"""How many lists and objects a text may hold: an empty one takes 2 bytes of text and 64 of memory."""

LONGEST_NUMBER = 64
"""How many characters a number may have; Python writes floats in at most 24."""

LEAST_INTEGER, GREATEST_INTEGER = -(2**63), 2**64 - 1
"""The integers that fit in 64 bits, with or without a sign."""

_MARKS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)
_STEPS = {"[": 1, "{": 1, "]": -1, "}": -1}
_NOUGHTS = "-0."

Key = str | int


class StrictJSONError(ValueError):
    """The text is not JSON, or is beyond a limit; ``position`` is the character where, if known."""

    def __init__(self, problem: str, position: int | None = None) -> None:
        self.position = position
        super().__init__(problem)


def parse(text: str) -> Any:
    """Return the value that the text stands for: dict, list, str, int, float, bool or None.

    Raises
    ------
    StrictJSONError
        The text is not JSON; a key stands twice in one object; a number is too long, an integer beyond 64
        bits, or a float beyond the range of float64 at either end; or one of the limits of this module is
        passed.
    """
    _check_nesting(text)
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise StrictJSONError(error.msg[:1].lower() + error.msg[1:], error.pos) from None


def render(value: Any, indent: int = 0) -> str:
    """Write a value as ASCII text: one key a line; a list on one line, unless it holds lists or objects.

    Tuples are written as lists. All lines but the first are indented by ``indent`` steps of two spaces more.

    Raises
    ------
    TypeError
        Something is none of dict (with text as keys), list, tuple, str, int, float, bool and None.
    ValueError
        A float is not finite, an integer is beyond 64 bits, or one of the limits of this module is passed.
    """
    text = _render(value, (), indent)
    _check_nesting(text)
    return text


def _check_nesting(text: str) -> None:
    depth = containers = 0
    for mark in _MARKS.finditer(text):
        step = _STEPS.get(mark[0], 0)
        depth += step
        containers += step > 0
        if depth > DEEPEST:
            raise StrictJSONError(f"lists and objects are nested more than {DEEPEST} deep", mark.start())
        if containers > MOST_CONTAINERS:
            raise StrictJSONError(f"more than {MOST_CONTAINERS:,} lists and objects", mark.start())


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        twice = next(key for key, count in Counter(key for key, _ in pairs).items() if count > 1)
        raise StrictJSONError(f"the key {shorten(twice)} stands twice in one object")
    return made


def _integer(token: str) -> int:
    _check_length(token)
    value = int(token)
    if not LEAST_INTEGER <= value <= GREATEST_INTEGER:
        raise StrictJSONError(f"the integer {token} is beyond 64 bits")
    return value


def _float(token: str) -> float:
    _check_length(token)
    value = float(token)
    vanished = value == 0 and token.lower().partition("e")[0].strip(_NOUGHTS)
    if vanished or not isfinite(value):
        raise StrictJSONError(f"the number {token} is beyond the range of float64")
    return value


def _constant(token: str) -> NoReturn:
    raise StrictJSONError(f"the token {token} is not JSON")


def _check_length(token: str) -> None:
    if len(token) > LONGEST_NUMBER:
        raise StrictJSONError(f"the number {token[:20]}... has {len(token):,} characters")


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_float, parse_constant=_constant)


def shorten(value: object, longest: int = 60) -> str:
    """``repr(value)`` for a message, cut to ``longest`` characters."""
    text = repr(value[:longest]) if isinstance(value, str) else repr(value)
    return text if len(text) <= longest else f"{text[: longest - 3]}..."


def _render(value: Any, place: tuple[Key, ...], indent: int) -> str:
    if isinstance(value, dict | list | tuple) and len(place) >= DEEPEST:
        raise ValueError(f"{_name(place[:3])}...: nested more than {DEEPEST} deep")
    if isinstance(value, dict):
        items = [f"{_key(key, place)}: {_render(item, (*place, key), indent + 1)}" for key, item in value.items()]
        return _lines("{", items, "}", indent)
    if isinstance(value, list | tuple):
        if all(type(item) is float and isfinite(item) for item in value):
            return f"[{','.join(map(repr, value))}]"
        items = [_render(item, (*place, index), indent + 1) for index, item in enumerate(value)]
        if any(isinstance(item, dict | list | tuple) for item in value):
            return _lines("[", items, "]", indent)
        return f"[{','.join(items)}]"
    return _plain(value, place)


def _lines(opening: str, items: list[str], closing: str, indent: int) -> str:
    if not items:
        return opening + closing
    margin = "\n" + "  " * indent
    body = f",{margin}  ".join(items)
    return f"{opening}{margin}  {body}{margin}{closing}"


def _plain(value: Any, place: tuple[Key, ...]) -> str:
    if value is None or isinstance(value, bool | str):
        return json.dumps(value)
    if isinstance(value, int):
        if not LEAST_INTEGER <= value <= GREATEST_INTEGER:
            raise ValueError(f"{_name(place)}: the integer {shorten(value)} is beyond 64 bits")
        return int.__repr__(value)
    if isinstance(value, float):
        if not isfinite(value):
            raise ValueError(f"{_name(place)}: {value} has no place in JSON; encode it as text")
        return float.__repr__(value)
    raise TypeError(f"{_name(place)}: {type(value).__name__} is no type of JSON")


def _key(key: Any, place: tuple[Key, ...]) -> str:
    if not isinstance(key, str):
        raise TypeError(f"{_name(place)}: the key {shorten(key)} is not text")
    return json.dumps(key)


def _name(place: tuple[Key, ...]) -> str:
    return "".join(f"[{shorten(key)}]" for key in place) or "the value"
