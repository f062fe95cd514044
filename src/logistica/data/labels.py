"""Class labels: what the user calls the classes, and the codes 0 to K - 1 that the mathematics uses."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from math import inf
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, ModelFileError
from logistica.core.wording import counted, listed
from logistica.data.in_use import Rows, row_at

Codes = NDArray[np.intp]

TEXT = {"str": np.str_, "object": np.object_}
NUMBERS = (
    *("bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
)
MOST_SPAN = 2**16
"""Between the smallest and the largest integer label, up to which a table of all between them is made."""
AT_ONCE = 2**16
"""Labels that are looked up together."""
CONVERT = "Convert the labels first to text, integers or booleans, for example with astype(str)"
CONTINUOUS = (
    "Labels are classes: pass integers, text or booleans, or cut the values into classes first. "
    "For proportions, pass trials=, the number of trials of each row"
)


@dataclass(frozen=True, eq=False)
class Labels:
    """The classes of a fit, sorted, as the user gave them.

    Attributes
    ----------
    classes : array, shape (K,), K at least 2
        Booleans, integers, floats or text, without duplicates, in ascending order.
    """

    classes: NDArray[Any]

    @classmethod
    def encode(cls, y: NDArray[Any], name: str | None = None, rows: Rows = None) -> tuple[Self, Codes]:
        """Find the classes of y, shape (n,), without missing values, and the code of each row.

        ``name`` and ``rows``, shape (n,), tell errors which column y is, and which of its rows (None: all).

        Raises
        ------
        DataError
            If there are no rows, only one class, labels of different kinds, continuous numbers, or labels
            that are neither booleans, numbers nor text.
        """
        if not len(y):
            remedy = "Pass rows of at least two classes"
            raise DataError("0 rows, so no class to learn", column=name, remedy=remedy)
        values = plain_labels(y, name, rows)
        classes, codes = _distinct(values)
        _require_classes(classes, values, name, rows)
        return cls(classes), codes

    def codes(self, y: NDArray[Any], name: str | None = None, rows: Rows = None) -> Codes:
        """Return the code of each label in y, shape (n,); an unknown one raises :class:`DataError`."""
        if not len(y):
            return np.empty(0, np.intp)
        values = plain_labels(y, name, rows)
        if self.is_text != (values.dtype.kind in "UO"):
            raise self._unknown(row_at(rows, 0), values[0], name)
        codes, known = (self._text_codes if self.is_text else self._number_codes)(values)
        if not known.all():
            place = int(np.argmin(known))
            raise self._unknown(row_at(rows, place), values[place], name)
        return codes

    def decode(self, codes: Codes) -> NDArray[Any]:
        """Return the labels of codes, any shape, in the type in which the labels were given."""
        return np.asarray(self.classes[codes])

    def to_dict(self) -> dict[str, Any]:
        """Return ``{"dtype": ..., "classes": [...]}``; read by :meth:`from_dict`, types and all."""
        dtype = self.classes.dtype
        name = {"U": "str", "O": "object"}.get(dtype.kind, dtype.name)
        return {"dtype": name, "classes": self.classes.tolist()}

    @classmethod
    def from_dict(cls, stored: object) -> Self:
        """Read the labels of a model file; what :meth:`to_dict` cannot have written raises ModelFileError."""
        if not isinstance(stored, Mapping) or set(stored) != {"dtype", "classes"}:
            raise ModelFileError("The labels of the model file need exactly the fields 'dtype' and 'classes'.")
        dtype, values = stored["dtype"], stored["classes"]
        if not isinstance(values, list) or len(values) < 2:
            raise ModelFileError("The model file must list at least two classes.")
        classes = _stored_classes(dtype, values)
        if not all(a < b for a, b in pairwise(classes)):
            raise ModelFileError("The classes in the model file are not in ascending order.")
        return cls(classes)

    @property
    def is_text(self) -> bool:
        """Whether the classes are text."""
        return self.classes.dtype.kind in "UO"

    def _text_codes(self, values: NDArray[Any]) -> tuple[Codes, NDArray[np.bool_]]:
        position = {label: code for code, label in enumerate(self.classes.tolist())}
        codes = np.fromiter((position.get(v, -1) for v in values.tolist()), np.intp, len(values))
        return codes, codes >= 0

    def _number_codes(self, values: NDArray[Any]) -> tuple[Codes, NDArray[np.bool_]]:
        codes = np.minimum(np.searchsorted(self.classes, values), len(self.classes) - 1)
        return codes, np.asarray(self.classes[codes] == values)

    def _unknown(self, row: int, value: Any, name: str | None) -> DataError:
        shown = listed(self.classes.tolist(), 10)
        value = _plain(value)
        return DataError(
            f"the label {value!r} in row {row} is none of the model's classes {shown}",
            column=name,
            row=row,
            value=value,
            remedy="Correct the label, or leave the row out",
        )


def plain_labels(y: NDArray[Any], name: str | None = None, rows: Rows = None) -> NDArray[Any]:
    """Bring labels, shape (n,), into native form: numbers, booleans or text; objects are sorted by type."""
    kind = y.dtype.kind
    if kind == "O":
        return _plain_objects(y, name, rows)
    if kind == "T":
        return y.astype(np.object_)
    if kind == "f":
        _require_finite(y, name, rows)
        return y.astype(y.dtype.newbyteorder("="), copy=False) if y.dtype.itemsize <= 8 else y.astype(np.float64)
    if kind in "biu":
        return y.astype(y.dtype.newbyteorder("="), copy=False)
    if kind == "U":
        return y
    raise DataError(f"labels of dtype {y.dtype}, such as {y[0]!r}", column=name, remedy=CONVERT)


def _plain_objects(y: NDArray[Any], name: str | None, rows: Rows) -> NDArray[Any]:
    kinds = {kind: _label_kind(kind) for kind in set(map(type, y))}
    found = set(kinds.values())
    if found == {"text"}:
        return y
    if found == {"bool"}:
        return y.astype(np.bool_)
    if found <= {"int", "float"}:
        try:
            numeric = np.asarray(y.tolist(), dtype=np.int64 if found == {"int"} else np.float64)
        except OverflowError:
            raise DataError("integer labels beyond 64 bits", column=name, remedy=CONVERT) from None
        return plain_labels(numeric, name, rows)
    place = _first_of_another_kind(y, kinds)
    row, value = row_at(rows, place), y[place]
    problem = f"labels of different kinds: row {row} holds {value!r}, row {row_at(rows, 0)} holds {y[0]!r}"
    if found == {"other"}:
        problem = f"labels of type {type(value).__name__}, such as {value!r} in row {row}"
    raise DataError(problem, column=name, row=row, value=value, remedy=CONVERT)


def _label_kind(kind: type) -> str:
    for name, types in _KINDS:
        if issubclass(kind, types):
            return name
    return "other"


_KINDS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("text", (str,)),
    ("bool", (bool, np.bool_)),
    ("int", (numbers.Integral,)),
    ("float", (float, np.floating)),
)


def _first_of_another_kind(y: NDArray[Any], kinds: dict[type, str]) -> int:
    first = kinds[type(y[0])]
    return next((place for place, value in enumerate(y) if kinds[type(value)] != first), 0)


def _require_finite(y: NDArray[Any], name: str | None, rows: Rows) -> None:
    fine = np.isfinite(y)
    if not fine.all():
        place = int(np.argmin(fine))
        row, value = row_at(rows, place), float(y[place])
        remedy = "Replace it by the row's class, or leave the row out"
        raise DataError(f"the label in row {row} is {value}", column=name, row=row, value=value, remedy=remedy)


def _distinct(values: NDArray[Any]) -> tuple[NDArray[Any], Codes]:
    """Find sorted classes and codes; two classes, the usual case, need no sort, nor do integers that lie close."""
    first = values[0]
    is_other = values != first
    place = is_other.argmax()
    if not is_other[place]:
        return values[:1], np.zeros(len(values), np.intp)
    second = values[place]
    if ((values == second) == is_other).all():
        if second < first:
            first, second, is_other = second, first, ~is_other
        classes = np.array([first, second], dtype=values.dtype)
        return classes, _as_codes(values) if _are_codes(classes) else is_other.astype(np.intp)
    if values.dtype.kind in "UO":
        classes = np.array(sorted(set(values.tolist())), dtype=values.dtype)
        return classes, Labels(classes)._text_codes(values)[0]
    if values.dtype.kind in "iu" and int(values.max()) - int(values.min()) < MOST_SPAN:
        return _distinct_integers(values)
    classes, codes = np.unique(values, return_inverse=True)
    return classes, codes


def _distinct_integers(values: NDArray[Any]) -> tuple[NDArray[Any], Codes]:
    """Find sorted classes and codes of integers by a table of all between the smallest and the largest."""
    wide = np.dtype(np.uint64 if values.dtype.kind == "u" else np.int64).type
    least, there = wide(values.min()), np.zeros(int(values.max()) - int(values.min()) + 1, np.bool_)
    stretches = [slice(first, first + AT_ONCE) for first in range(0, len(values), AT_ONCE)]
    for stretch in stretches:
        there[(values[stretch].astype(wide) - least).astype(np.intp)] = True
    classes = (np.flatnonzero(there).astype(wide) + least).astype(values.dtype)
    if _are_codes(classes):
        return classes, _as_codes(values)
    place, codes = np.cumsum(there) - 1, np.empty(len(values), np.intp)
    for stretch in stretches:
        codes[stretch] = place[(values[stretch].astype(wide) - least).astype(np.intp)]
    return classes, codes


def _are_codes(classes: NDArray[Any]) -> bool:
    """Whether classes are called 0, 1, 2, ..., in the type of codes."""
    return classes.dtype == np.intp and np.array_equal(classes, np.arange(len(classes)))


def _as_codes(values: NDArray[Any]) -> Codes:
    """Return labels that are codes as they are: that takes no memory, and they are not written to."""
    codes = values.view()
    codes.flags.writeable = False
    return codes


def _require_classes(classes: NDArray[Any], values: NDArray[Any], name: str | None, rows: Rows) -> None:
    if len(classes) == 1:
        label, n_rows = _plain(classes[0]), len(values)
        raise DataError(
            f"only class {label!r} ({counted(n_rows, 'row')})",
            column=name,
            value=label,
            count=n_rows,
            remedy="At least two classes are needed; check the target, the weights and the rows left out",
        )
    if classes.dtype.kind == "f" and len(classes) > 2:
        broken = classes != np.floor(classes)
        if broken.any():
            value = classes[np.argmax(broken)]
            row = row_at(rows, int(np.argmax(values == value)))
            raise DataError(
                f"continuous labels: {len(classes)} distinct values such as {value} in row {row}",
                column=name,
                row=row,
                value=float(value),
                remedy=CONTINUOUS,
            )


def _stored_classes(dtype: object, values: list[Any]) -> NDArray[Any]:
    if not isinstance(dtype, str):
        raise ModelFileError("The model file should name the type of the labels in text.")
    if dtype in TEXT:
        if not all(isinstance(value, str) for value in values):
            raise ModelFileError("The classes in the model file should all be text.")
        return np.array(values, dtype=TEXT[dtype])
    if dtype not in NUMBERS:
        raise ModelFileError(f"The model file names an unknown type of labels, {dtype!r}.")
    expected = bool if dtype == "bool" else float if dtype.startswith("float") else int
    if not all(type(value) is expected and abs(value) < inf for value in values):
        raise ModelFileError(f"The classes in the model file are not of their stated type {dtype}.")
    try:
        return np.array(values, dtype=dtype)
    except OverflowError:
        raise ModelFileError(f"A class in the model file is beyond its stated type {dtype}.") from None


def _plain(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value
