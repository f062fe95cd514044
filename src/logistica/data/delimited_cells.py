"""Cells that would be misread in silence: numbers too large, hexadecimal, inexact, with commas, or mixed with slips."""

from __future__ import annotations

from collections.abc import Sequence
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
_NUMBER = r"^\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*$"
_WITH_COMMA = r"^\s*[+-]?([0-9]+,?[0-9]*|,[0-9]+)([eE][+-]?[0-9]+)?\s*$"
_THOUSANDS = r"^\s*[+-]?[0-9]{1,3}((\.[0-9]{3})+,[0-9]*|(,[0-9]{3})+\.[0-9]*|(,[0-9]{3}){2,})\s*$"
_LIKE_THOUSANDS = r"^\s*[+-]?[1-9][0-9]{0,2},[0-9]{3}\s*$"
_NEVER_THOUSANDS = r"^\s*[+-]?([0-9]{4,}|[0-9]*,.*)$"
"""With a comma, or with so many digits that there would be one."""
_FIRST_CELLS = 1000
_FEWEST_CELLS = 20
_MOSTLY = 0.9
"""A column of text at least so much of which is numbers has slips in it, not levels."""

_FINITE = "Write a finite decimal number, or NA for a missing value"
_POINT = "Write the numbers with decimal points, or without thousands separators"
_ONE_SIGN = "Write all numbers of the file with decimal points, or all with decimal commas, and no other signs"


def is_hexadecimal(texts: Any) -> bool:
    """Whether any cell is a hexadecimal number."""
    return bool(pc.any(pc.match_substring_regex(texts, _HEXADECIMAL)).as_py())


def checked_numbers(table: Any, origin: DelimitedOrigin, whole: Sequence[str]) -> Any:
    """Compare the numbers that may have been misread with their text; ``whole`` names hexadecimal columns."""
    large = [name for name in table.column_names if name in origin.large and _is_large(table[name])]
    if not whole and not large:
        return table
    texts, rows = origin.texts([*whole, *large]), origin.rows
    for name in whole:
        hexadecimal = pc.match_substring_regex(texts[name], _HEXADECIMAL)
        _refuse_first(hexadecimal, "is hexadecimal", name, texts[name], rows)
    for name in large:
        named = pc.match_substring_regex(texts[name], _INFINITE)
        overflow = pc.and_(pc.is_inf(table[name]), pc.invert(named))
        _refuse_first(overflow, "is too large: a float64 ends at 1.8e308", name, texts[name], rows)
        if _is_inexact(table[name], texts[name]):
            table = table.set_column(table.column_names.index(name), name, texts[name])
    return table


def refuse_stray_text(table: Any, rows: Rows) -> None:
    """Refuse a column that is text only because a few of its many cells are not numbers."""
    for name in table.column_names:
        texts = table[name]
        if not pa.types.is_string(texts.type) or _share(texts.slice(0, _FIRST_CELLS), _NUMBER) < _MOSTLY:
            continue
        stray = pc.invert(pc.match_substring_regex(texts, _NUMBER))
        if pc.sum(stray).as_py() and _share(texts, _NUMBER) >= _MOSTLY:
            _refuse_first(stray, "is not a number, as nearly all other cells are", name, texts, rows)


def with_decimal_commas(table: Any, origin: DelimitedOrigin) -> Any:
    """Turn columns of text into numbers where all their cells are numbers with decimal commas.

    Raises
    ------
    DataError
        Naming line and column of a thousands separator, of a slip among numbers with commas, of a decimal point
        in a file with decimal commas, and of commas of which nothing tells what they are.
    """
    columns: dict[str, Any] = {}
    for name in table.column_names:
        texts = table[name]
        if pa.types.is_string(texts.type) and _has_commas(texts):
            columns[name] = _without_commas(name, texts, origin.rows)
    if not columns:
        return table
    if origin.layout.marks.delimiter != b";" and all(_may_be_thousands(table[name]) for name in columns):
        name = next(iter(columns))
        like = pc.match_substring_regex(table[name], _LIKE_THOUSANDS)
        _refuse_first(like, "may have a decimal comma or a thousands separator", name, table[name], origin.rows, _POINT)
    others = [name for name in table.column_names if pa.types.is_float64(table[name].type)]
    for name, texts in (origin.texts(others) if others else {}).items():
        point = pc.match_substring(texts, ".")
        _refuse_first(
            point,
            f"has a decimal point, and column {next(iter(columns))!r} decimal commas",
            name,
            texts,
            origin.rows,
            _ONE_SIGN,
        )
    for name, numbers in columns.items():
        table = table.set_column(table.column_names.index(name), name, numbers)
    return table


def _may_be_thousands(texts: Any) -> bool:
    """Whether each comma may separate thousands, and no number without one has as many digits."""
    like = pc.match_substring_regex(texts, _LIKE_THOUSANDS)
    never = pc.match_substring_regex(texts, _NEVER_THOUSANDS)
    return not pc.any(pc.and_(never, pc.invert(like))).as_py()


def _has_commas(texts: Any) -> bool:
    """Whether the cells with commas are numbers, and the rest could be: all of them, or nearly all of many."""
    commas = pc.and_(pc.match_substring_regex(texts, _WITH_COMMA), pc.match_substring(texts, ","))
    thousands = pc.match_substring_regex(texts, _THOUSANDS)
    if not pc.any(pc.or_(commas, thousands)).as_py():
        return False
    numbers = pc.or_(
        pc.or_(pc.match_substring_regex(texts, _WITH_COMMA), thousands), pc.match_substring_regex(texts, _NUMBER)
    )
    there = len(texts) - texts.null_count
    share: float = pc.sum(numbers).as_py() / there
    return share == 1.0 or (there >= _FEWEST_CELLS and share >= _MOSTLY)


def _without_commas(name: str, texts: Any, rows: Rows) -> Any:
    thousands = pc.match_substring_regex(texts, _THOUSANDS)
    _refuse_first(thousands, "has a thousands separator", name, texts, rows, "Write the number without it")
    number = pc.match_substring_regex(texts, _WITH_COMMA)
    point = pc.and_(pc.invert(number), pc.match_substring_regex(texts, _NUMBER))
    _refuse_first(point, "has a decimal point, and other cells decimal commas", name, texts, rows, _ONE_SIGN)
    _refuse_first(pc.invert(number), "is not a number, as nearly all other cells are", name, texts, rows)
    points = pc.replace_substring(pc.utf8_trim_whitespace(texts), ",", ".")
    numbers = pc.replace_substring_regex(points, r"^\+", "").cast(pa.float64())
    _refuse_first(pc.is_inf(numbers), "is too large: a float64 ends at 1.8e308", name, texts, rows)
    return numbers


def _share(texts: Any, pattern: str) -> float:
    """Return the share of cells of a form among the cells that are there; 0 for fewer than 20."""
    there = len(texts) - texts.null_count
    return pc.sum(pc.match_substring_regex(texts, pattern)).as_py() / there if there >= _FEWEST_CELLS else 0.0


def _refuse_first(wrong: Any, problem: str, column: str, texts: Any, rows: Rows, remedy: str = _FINITE) -> None:
    """Raise a DataError for the first cell marked in ``wrong``."""
    wrong = pc.fill_null(wrong, False)
    row = pc.index(wrong, True).as_py()
    if row >= 0:
        text = texts[row].as_py()
        raise DataError(
            f"{text!r} {problem}",
            path=rows.path,
            line=rows.line(row),
            column=column,
            row=row,
            value=text,
            count=pc.sum(wrong).as_py(),
            remedy=remedy,
        )


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
