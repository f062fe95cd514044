"""Decimal commas and thousands separators: what a comma is, is one question for the whole file.

A column in which it has no one answer has a fault. Where columns contradict one another, each of them has it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from logistica.core.errors import DataError
from logistica.data.delimited_cells import FEWEST_CELLS, MOSTLY, NUMBER, STRAY, TOO_LARGE, Found, first_fault

if TYPE_CHECKING:
    from logistica.data.delimited import DelimitedOrigin
    from logistica.data.delimited_rows import Rows

_WITH_COMMA = r"^\s*[+-]?([0-9]+,?[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?\s*$"
_COMMAS_APART = r"^\s*[+-]?[0-9]{1,3}((,[0-9]{3})+\.[0-9]*|(,[0-9]{3}){2,})\s*$"
"""Thousands with commas between them."""
_APART = rf"{_COMMAS_APART}|^\s*[+-]?[0-9]{{1,3}}(\.[0-9]{{3}})+,[0-9]*\s*$"
"""With commas or points between them."""
_LIKE_THOUSANDS = r"^\s*[+-]?[1-9][0-9]{0,2},[0-9]{3}\s*$"
_NEVER_THOUSANDS = r"^\s*[+-]?([0-9]{4,}|[0-9.]*,.*)$"
"""With a comma, or with so many digits that there would be one."""

_TWO_MEANINGS = "may have a decimal comma or a thousands separator"
_POINT = "Write the numbers with decimal points, or without thousands separators"
_ONE_SIGN = "Write all numbers of the file with decimal points, or all with decimal commas, and no other signs"


def decimal_commas(table: Any, origin: DelimitedOrigin) -> Found:
    """Find the columns of text all cells of which are numbers with decimal commas: those numbers.

    Faults are thousands separators, slips and decimal points among numbers with commas, commas of which nothing tells
    what they are, and decimal points in one column beside decimal commas in another.
    """
    commas = {
        name: texts
        for name, texts in zip(table.column_names, table.columns, strict=True)
        if pa.types.is_string(texts.type) and _has_commas(texts)
    }
    if not commas:
        return Found()
    apart = {name for name, texts in commas.items() if _any(texts, _COMMAS_APART)}
    unclear = _unclear(commas, apart, origin.layout.marks.delimiter)
    contradicted = _contradicted(table, [name for name in commas if name not in apart | unclear], origin)
    columns, faults = dict(contradicted.columns), dict(contradicted.faults)
    for name, texts in commas.items():
        found = _numbers(name, texts, origin.rows)
        if name in unclear and not isinstance(found, DataError):
            like = pc.match_substring_regex(texts, _LIKE_THOUSANDS)
            found = first_fault(like, _TWO_MEANINGS, name, texts, origin.rows, _POINT)
        if isinstance(found, DataError):
            faults[name] = found
        elif name not in faults:
            columns[name] = found
    return Found(columns, faults)


def _unclear(commas: Mapping[str, Any], apart: Collection[str], delimiter: bytes) -> set[str]:
    """Name the columns whose commas are decimal or between thousands, and nothing tells which."""
    others = commas.keys() - apart
    perhaps = {name for name in others if _may_be_thousands(commas[name])}
    told = delimiter == b";" or len(perhaps) < len(others)
    return set() if told and not apart else perhaps


def _contradicted(table: Any, decimal: Collection[str], origin: DelimitedOrigin) -> Found:
    """Find numbers with decimal points beside columns with ``decimal`` commas, which then are as doubtful as they."""
    numbers = [name for name in table.column_names if pa.types.is_float64(table[name].type)]
    if not decimal or not numbers:
        return Found()
    problem = f"has a decimal point, and column {next(iter(decimal))!r} decimal commas"
    columns, faults = {}, {}
    for name, texts in origin.texts(numbers).items():
        fault = first_fault(pc.match_substring(texts, "."), problem, name, texts, origin.rows, _ONE_SIGN)
        if fault is not None:
            columns[name], faults[name] = texts, fault
    if faults:
        faults = dict.fromkeys(decimal, next(iter(faults.values()))) | faults
    return Found(columns, faults)


def _may_be_thousands(texts: Any) -> bool:
    """Whether each comma may separate thousands, and no number without one has as many digits."""
    like = pc.match_substring_regex(texts, _LIKE_THOUSANDS)
    never = pc.match_substring_regex(texts, _NEVER_THOUSANDS)
    return not pc.any(pc.and_(never, pc.invert(like))).as_py()


def _has_commas(texts: Any) -> bool:
    """Whether the cells with commas are numbers, and the rest could be: all of them, or nearly all of many."""
    commas = pc.and_(pc.match_substring_regex(texts, _WITH_COMMA), pc.match_substring(texts, ","))
    thousands = pc.match_substring_regex(texts, _APART)
    if not pc.any(pc.or_(commas, thousands)).as_py():
        return False
    numbers = pc.or_(
        pc.or_(pc.match_substring_regex(texts, _WITH_COMMA), thousands), pc.match_substring_regex(texts, NUMBER)
    )
    there = len(texts) - texts.null_count
    share: float = pc.sum(numbers).as_py() / there
    return share == 1.0 or (there >= FEWEST_CELLS and share >= MOSTLY)


def _numbers(name: str, texts: Any, rows: Rows) -> Any:
    """Return numbers with decimal commas, or the error for what is wrong, whatever other columns hold."""
    thousands = pc.match_substring_regex(texts, _APART)
    number = pc.match_substring_regex(texts, _WITH_COMMA)
    point = pc.and_(pc.invert(number), pc.match_substring_regex(texts, NUMBER))
    for wrong, problem, remedy in (
        (thousands, "has a thousands separator", "Write the number without it"),
        (point, "has a decimal point, and other cells decimal commas", _ONE_SIGN),
        (pc.invert(number), *STRAY),
    ):
        fault = first_fault(wrong, problem, name, texts, rows, remedy)
        if fault is not None:
            return fault
    points = pc.replace_substring(pc.utf8_trim_whitespace(texts), ",", ".")
    numbers = pc.replace_substring_regex(points, r"^\+", "").cast(pa.float64())
    return first_fault(pc.is_inf(numbers), TOO_LARGE, name, texts, rows) or numbers


def _any(texts: Any, pattern: str) -> bool:
    return bool(pc.any(pc.match_substring_regex(texts, pattern)).as_py())
