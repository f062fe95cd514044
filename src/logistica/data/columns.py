"""One raw column: numbers as they are, or levels as codes.

Whatever the values came from (a numpy dtype, Python objects, a table's own types), they become one of these
two, or an error that says how to convert them first.
"""

from __future__ import annotations

import datetime
import decimal
import math
import numbers
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.data.chunks import Chunks
from logistica.data.exact import Rounded, is_beyond_64_bits, nearest, rounded_among
from logistica.data.filled import Filled
from logistica.data.mostly import Mostly

Level = str | int | float | bool
Mask = NDArray[np.bool_]
Codes = NDArray[np.signedinteger[Any]]
Values = NDArray[Any] | Chunks | Mostly | Filled

_CODE_TYPES: tuple[np.dtype[np.signedinteger[Any]], ...] = (
    np.dtype(np.int8),
    np.dtype(np.int16),
    np.dtype(np.int32),
    np.dtype(np.int64),
)

CONVERT_DATE = "Convert first, for example to days since a date, or to year, month and weekday columns of their own"
CONVERT_DURATION = "Convert first, for example to seconds or days as a number"
CONVERT_COMPLEX = "Convert first, for example to real and imaginary columns of their own"
CONVERT_OTHER = "Convert first to numbers, booleans or text, or leave it out"
NAME_LEVELS = "Convert first to numbers, or pass a data frame: there, text is a factor"


@dataclass(frozen=True, eq=False)
class NumberColumn:
    """Numbers, by reference.

    Attributes
    ----------
    name : str
    values : array of bool, integers or floats, shape (n,), in one piece, in several, or mostly one value
        NaN is a missing value.
    missing : array of bool, shape (n,), or None
        Values missing besides NaN; what stands in their place in ``values`` means nothing.
    rounded : Rounded or None
        Which of ``values`` are not the whole numbers that were written.
    """

    name: str
    values: Values
    missing: Mask | None = None
    rounded: Rounded | None = None


@dataclass(frozen=True, eq=False)
class LevelColumn:
    """A factor: codes into a list of levels.

    Attributes
    ----------
    name : str
    levels : tuple of str, int, float or bool
        In the order in which contrasts are made: the first that occurs is the baseline.
    codes : array of signed integers, shape (n,)
        Positions in ``levels``; -1 is a missing value. Those made here are of :func:`code_type`.
    untyped : bool
        Whether the levels are cells of a text file, so that whichever is no number is just another level.
    """

    name: str
    levels: tuple[Level, ...]
    codes: Codes
    untyped: bool = False


RawColumn = NumberColumn | LevelColumn


def code_type(n_levels: int) -> np.dtype[np.signedinteger[Any]]:
    """Return the narrowest signed integers that hold the codes of so many levels, and their number."""
    return next(kind for kind in _CODE_TYPES if n_levels <= np.iinfo(kind).max)


def level_text(level: Level) -> str:
    """Return a level, or a label, as text: in names, files and summaries, at the command line.

    Booleans are ``true`` and ``false`` wherever they are text, however the data spelled them, and True and False as
    Python's values; a whole number has no point.
    """
    if isinstance(level, bool):
        return str(level).lower()
    return f"{level:.0f}" if isinstance(level, float) and level.is_integer() and abs(level) < 1e17 else str(level)


def number_column(name: str, values: NDArray[Any], missing: Mask | None = None) -> NumberColumn:
    """Take a one-dimensional array as numbers; text and everything else that is no real number is refused.

    Raises
    ------
    DataError
        Naming the column, the first offending row and value, and the conversion to make.
    """
    require_numbers(values.dtype, name)
    if values.dtype.kind != "O":
        return NumberColumn(name, values, missing)
    column = object_column(name, values)
    if isinstance(column, LevelColumn):
        row = int(np.argmax(column.codes >= 0))
        value = column.levels[column.codes[row]]
        raise DataError(
            f"text such as {value!r} (row {row}) where numbers are needed",
            column=name,
            row=row,
            value=value,
            remedy=NAME_LEVELS,
        )
    return column


def require_numbers(dtype: np.dtype[Any], name: str | None) -> None:
    """Refuse dtypes that hold no real numbers; objects pass, because each of them must be looked at."""
    if dtype.kind in "biufO":
        return
    what, remedy = {
        "c": ("complex numbers", CONVERT_COMPLEX),
        "M": ("dates and times", CONVERT_DATE),
        "m": ("durations", CONVERT_DURATION),
        "U": ("text", NAME_LEVELS),
        "S": ("text", NAME_LEVELS),
        "T": ("text", NAME_LEVELS),
    }.get(dtype.kind, (f"values of dtype {dtype}", CONVERT_OTHER))
    raise DataError(f"{what} where numbers are needed", column=name, remedy=remedy)


def object_column(name: str, values: NDArray[Any]) -> RawColumn:
    """Sort out Python objects: numbers or booleans are converted, text becomes levels, anything else is refused."""
    absent = missing_objects(values)
    kinds = {kind: _kind_of(kind) for kind in set(map(type, values[~absent]))}
    sorts = set(kinds.values())
    if sorts <= {"number"}:
        return _numbers(name, values, absent, set(kinds))
    if sorts == {"boolean"}:
        return NumberColumn(name, *spread(values[~absent].astype(np.bool_), absent))
    if sorts == {"text"}:
        return _levels(name, values, absent)
    plain = next((sort for sort in ("number", "text", "boolean") if sort in sorts), None)
    row = next(row for row in np.flatnonzero(~absent).tolist() if kinds[type(values[row])] != plain)
    raise _refusal(name, row, values[row], kinds[type(values[row])], mixed=len(sorts) > 1)


def _kind_of(kind: type) -> str:
    """Say in one word what values of a type are."""
    for sort, types in _SORTS:
        if issubclass(kind, types):
            return sort
    return "other"


_SORTS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("text", (str,)),
    ("date", (datetime.date, datetime.time, np.datetime64)),
    ("duration", (datetime.timedelta, np.timedelta64)),
    ("boolean", (bool, np.bool_)),
    ("number", (numbers.Real, decimal.Decimal)),
    ("complex", (numbers.Complex,)),
)

_REMEDIES = {
    "date": CONVERT_DATE,
    "duration": CONVERT_DURATION,
    "complex": CONVERT_COMPLEX,
    "text": "Make the whole column numbers, or the whole column text",
    "boolean": "Make the whole column numbers, or the whole column booleans",
}


def missing_objects(values: NDArray[Any]) -> Mask:
    """Mark the objects that stand for a missing value: None, NaN, and the tables' own marks."""
    tests = {kind: _missing_test(kind) for kind in set(map(type, values))}
    return np.fromiter((tests[type(value)](value) for value in values), np.bool_, len(values))


def _missing_test(kind: type) -> Callable[[Any], bool]:
    if kind is type(None) or kind.__name__ in {"NAType", "NaTType"}:
        return _always
    return next((test for types, test in _NAN_TESTS if issubclass(kind, types)), _never)


def _always(_: object) -> bool:
    return True


def _never(_: object) -> bool:
    return False


_NAN_TESTS: tuple[tuple[tuple[type, ...], Callable[[Any], bool]], ...] = (
    ((float, np.floating), math.isnan),
    ((decimal.Decimal,), decimal.Decimal.is_nan),
    ((np.datetime64, np.timedelta64), np.isnat),
)


def missing_labels(values: NDArray[Any]) -> Mask | None:
    """Mark the labels, shape (n,), that are None, NaN, NaT or a table's own mark; None if none is."""
    if values.dtype.kind == "f":
        missing = np.isnan(values)
    elif values.dtype.kind == "O":
        missing = missing_objects(values)
    elif values.dtype.kind in "Mm":
        missing = np.isnat(values)
    else:
        return None
    return missing if missing.any() else None


def _refusal(name: str, row: int, value: object, kind: str, *, mixed: bool) -> DataError:
    what = "values of different kinds" if mixed else f"values of type {type(value).__name__}"
    return DataError(
        f"{what}: row {row} holds {value!r}",
        column=name,
        row=row,
        value=value,
        remedy=_REMEDIES.get(kind, CONVERT_OTHER),
    )


def _numbers(name: str, values: NDArray[Any], absent: Mask, kinds: set[type]) -> NumberColumn:
    """Integers stay integers where 64 bits hold them; the rest becomes the nearest float64."""
    present = values[~absent]
    whole = {kind for kind in kinds if issubclass(kind, numbers.Integral)}
    if kinds and whole == kinds:
        try:
            return NumberColumn(name, *spread(np.fromiter(map(int, present), np.int64, len(present)), absent))
        except OverflowError:
            pass  # some are beyond 64 bits, and float64 may still hold them
    floats = np.fromiter((_nearest_float(name, value) for value in present), np.float64, len(present))
    rounded = rounded_among(np.fromiter(map(_as_written, values), np.object_, len(values)))
    if whole == kinds:
        _refuse_identifiers(name, rounded)
    return NumberColumn(name, *spread(floats, absent), rounded if len(rounded.rows) else None)


def _as_written(value: object) -> int | None:
    """Return a number that is written as a whole one; None for any other value."""
    if isinstance(value, decimal.Decimal):
        exponent = value.as_tuple().exponent
        return int(value) if isinstance(exponent, int) and exponent == 0 else None
    return int(value) if isinstance(value, numbers.Integral) else None


def _nearest_float(name: str, value: Any) -> float:
    as_float = nearest(value)
    if math.isinf(as_float) and value != as_float:
        raise DataError(
            f"the number {str(value)[:40]} is beyond the largest float64",
            column=name,
            value=value,
            remedy="Rescale the column",
        )
    return as_float


def _refuse_identifiers(name: str, rounded: Rounded) -> None:
    """Refuse a whole number beyond 64 bits that would change, among nothing but whole numbers."""
    for row, value in zip(rounded.rows.tolist(), rounded.values, strict=True):
        if is_beyond_64_bits(value):
            raise DataError(
                f"the integer {value} has no float64 of its own; the nearest is {float(value):.17g}",
                column=name,
                row=row,
                value=value,
                remedy="Leave the column out if it is an identifier, or convert it to float first",
            )


def recoded(codes: Codes, table: Codes) -> Codes:
    """Return ``table[codes]``, where the last entry is for -1; the codes themselves if that changes none."""
    same = table[-1] == -1 and bool((table[:-1] == np.arange(len(table) - 1)).all())
    return codes if same else table[codes]


def missing_rows(column: RawColumn) -> Mask:
    """Mark a column's missing values, shape (n,)."""
    if isinstance(column, LevelColumn):
        return np.asarray(column.codes < 0)
    values = np.asarray(column.values)
    absent = np.isnan(values) if values.dtype.kind == "f" else np.zeros(len(values), np.bool_)
    return absent if column.missing is None else absent | column.missing


def spread(present: NDArray[Any], absent: Mask) -> tuple[NDArray[Any], Mask | None]:
    """Put the values that are there back among the missing ones: (values (n,), missing (n,) or None)."""
    if not absent.any():
        return present, None
    values = np.zeros(len(absent), present.dtype)
    values[~absent] = present
    return values, absent


def _levels(name: str, values: NDArray[Any], absent: Mask) -> LevelColumn:
    levels = sorted(set(map(str, values[~absent])))
    codes = np.full(len(values), -1, code_type(len(levels)))
    codes[~absent] = coded(values[~absent].tolist(), levels)
    return LevelColumn(name, tuple(levels), codes)


def coded(values: Sequence[Any], levels: Sequence[Any]) -> Codes:
    """Return positions of values among levels; -1 for what is none of them."""
    position = {level: code for code, level in enumerate(levels)}
    return np.fromiter((position.get(value, -1) for value in values), code_type(len(levels)), len(values))
