"""Cells that would be misread in silence: numbers too large, hexadecimal, inexact, or mixed with slips."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from logistica.core.errors import DataError
from logistica.data.exact import EXACT_INTEGER

if TYPE_CHECKING:
    from logistica.data.delimited import DelimitedOrigin
    from logistica.data.delimited_rows import Rows

_HEXADECIMAL = r"^\s*[+-]?0[xX]"
_INFINITE = r"(?i)inf"
_INTEGER = r"^\s*[+-]?[0-9]+\s*$"
NUMBER = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"
_FIRST_CELLS = 1000
FEWEST_CELLS = 20
MOSTLY = 0.9
"""A column of text at least so much of which is numbers has slips in it, not levels."""

_FINITE = "Write a finite decimal number, or NA for a missing value"
TOO_LARGE = "is too large: a float64 ends at 1.8e308"
STRAY = ("is not a number, as nearly all other cells are", _FINITE)


@dataclass(frozen=True)
class Found:
    """What a look at the cells of a table's columns has found.

    Attributes
    ----------
    columns : mapping of name to Arrow array
        What is to take the place of columns; of those with faults, their texts.
    faults : mapping of name to DataError
        Columns that cannot be used, and the error of whoever tries to.
    """

    columns: Mapping[str, Any] = field(default_factory=dict)
    faults: Mapping[str, DataError] = field(default_factory=dict)


def is_hexadecimal(texts: Any) -> bool:
    """Whether any cell is a hexadecimal number."""
    return bool(pc.any(pc.match_substring_regex(texts, _HEXADECIMAL)).as_py())


def misread_numbers(table: Any, origin: DelimitedOrigin, whole: Sequence[str]) -> Found:
    """Compare the numbers that may have been misread with their text; ``whole`` names hexadecimal columns.

    Faults are hexadecimal numbers and those beyond the largest float64. Whole numbers that float64 changes are text.
    """
    large = [name for name in table.column_names if name in origin.large and _is_large(table[name])]
    if not whole and not large:
        return Found()
    texts, rows = origin.texts([*whole, *large]), origin.rows
    faults = {}
    for name in whole:
        hexadecimal = pc.match_substring_regex(texts[name], _HEXADECIMAL)
        faults[name] = first_fault(hexadecimal, "is hexadecimal", name, texts[name], rows)
    for name in large:
        named = pc.match_substring_regex(texts[name], _INFINITE)
        overflow = pc.and_(pc.is_inf(table[name]), pc.invert(named))
        faults[name] = first_fault(overflow, TOO_LARGE, name, texts[name], rows)
    found = {name: fault for name, fault in faults.items() if fault is not None}
    inexact = {name for name in large if name not in found and _is_inexact(table[name], texts[name])}
    return Found({name: texts[name] for name in found.keys() | inexact}, found)


def stray_texts(table: Any, rows: Rows, known: Collection[str]) -> Found:
    """Find the columns, but for those ``known`` as faults, that are text only because a few cells are no numbers."""
    faults = {}
    for name in table.column_names:
        texts = table[name]
        if not pa.types.is_string(texts.type) or name in known:
            continue
        if _share(texts.slice(0, _FIRST_CELLS), NUMBER) < MOSTLY or _share(texts, NUMBER) < MOSTLY:
            continue
        stray = pc.invert(pc.match_substring_regex(texts, NUMBER))
        fault = first_fault(stray, STRAY[0], name, texts, rows)
        if fault is not None:
            faults[name] = fault
    return Found(faults=faults)


def first_fault(
    wrong: Any, problem: str, column: str, texts: Any, rows: Rows, remedy: str = _FINITE
) -> DataError | None:
    """Make the error for the first cell marked in ``wrong``; None if there is none."""
    wrong = pc.fill_null(wrong, False)
    row = pc.index(wrong, True).as_py()
    if row < 0:
        return None
    text = texts[row].as_py()
    return DataError(
        f"{text!r} {problem}",
        path=rows.path,
        line=rows.line(row),
        column=column,
        row=row,
        value=text,
        count=pc.sum(wrong).as_py(),
        remedy=remedy,
    )


def _share(texts: Any, pattern: str) -> float:
    """Return the share of cells of a form among the cells that are there; 0 for fewer than 20."""
    there = len(texts) - texts.null_count
    return pc.sum(pc.match_substring_regex(texts, pattern)).as_py() / there if there >= FEWEST_CELLS else 0.0


def _is_large(column: Any) -> bool:
    """Whether a float64 column has numbers between which whole numbers are skipped."""
    if not pa.types.is_float64(column.type):
        return False
    ends = pc.min_max(column).as_py()
    return any(end is not None and abs(end) >= EXACT_INTEGER for end in ends.values())


def _is_inexact(numbers: Any, texts: Any) -> bool:
    """Whether all cells are written as whole numbers, and float64 changes one of them."""
    if not pc.all(pc.match_substring_regex(texts, _INTEGER)).as_py():
        return False
    is_large = pc.greater_equal(pc.abs(numbers), pa.scalar(float(EXACT_INTEGER)))
    pairs = zip(numbers.filter(is_large), texts.filter(is_large), strict=True)
    return any(Decimal(text.as_py()) != Decimal(number.as_py()) for number, text in pairs)
