"""Reading what a model file says, field by field: the right name, type, size and range, or a typed error.

A :class:`Fields` is an object of the file together with the place where it stands, such as ``model.recipe``.
Each of its methods reads one field. Sizes are compared with the lists that are really there before any array
is made, and :meth:`Fields.finish` refuses the fields that nobody asked for. Every refusal is a
:class:`~logistica.core.errors.ModelFileError` that names the place, what was expected there and what was
found.

Floats that JSON cannot write, such as an infinite ``C``, stand in the file as the texts "inf", "-inf" and
"nan".
"""

from __future__ import annotations

import binascii
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Iterator
from math import isfinite, isnan, prod
from typing import Any, Concatenate, NoReturn, ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import ModelFileError
from logistica.core.strict_json import shorten

Array = NDArray[np.float64]
P = ParamSpec("P")
T = TypeVar("T")

_NOT_FINITE = {"inf": float("inf"), "-inf": float("-inf"), "nan": float("nan")}
_EXACT_IN_FLOAT = 2**53
_HEXADECIMAL = re.compile("[0-9a-f]+")
REMEDY = "Save the model again with this version of logistica"
"""What ends every refusal."""


def encode_float(value: float) -> float | str:
    """Return a number as a model file holds it; read by :meth:`Fields.number`."""
    number = float(value)
    return number if isfinite(number) else str(number)


def encode_array(values: Array) -> list[Any]:
    """Return a vector or matrix as nested lists; read by :meth:`Fields.vector` and :meth:`Fields.matrix`."""
    array = np.asarray(values, dtype=np.float64)
    if array.ndim > 1:
        return [encode_array(row) for row in array]
    numbers: list[Any] = array.tolist()
    return numbers if np.isfinite(array).all() else [encode_float(number) for number in numbers]


def encode_exact(values: Array) -> str:
    """Return an array of any shape as the bits of its numbers, in base64; read by :meth:`Fields.exact`.

    Ten times as fast as digits, for what no person reads.
    """
    return b64encode(np.asarray(values, dtype="<f8").tobytes()).decode("ascii")


class Fields:
    """The fields of one object in a model file, each to be read once.

    Parameters
    ----------
    stored : object
        What was found; anything but a dict is refused.
    place : str
        Where, for messages.
    """

    def __init__(self, stored: object, place: str = "model") -> None:
        if not isinstance(stored, dict):
            _refuse(place, "an object with named fields", stored)
        self.place = place
        self._stored: dict[str, Any] = stored
        self._unread = dict.fromkeys(stored)
        self._sections: list[Fields] = []

    @property
    def names(self) -> tuple[str, ...]:
        """The names of all fields, in the order of the file: for objects whose keys are data."""
        return tuple(self._stored)

    def raw(self, name: str) -> Any:
        """Return a field as it is, unchecked."""
        if name not in self._stored:
            raise ModelFileError(f"{self._place(name)} is missing. {REMEDY}.")
        self._unread.pop(name, None)
        return self._stored[name]

    def optional(
        self, name: str, read: Callable[Concatenate[str, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T | None:
        """Return None for null, or else ``read(name, ...)``, ``read`` being another method of these fields.

        >>> fields = Fields({"index_base": 1})
        >>> fields.optional("index_base", fields.integer, minimum=0, maximum=1)
        1
        """
        return None if self.raw(name) is None else read(name, *args, **kwargs)

    def nothing(self, name: str) -> None:
        """Refuse anything but null."""
        if self.raw(name) is not None:
            _refuse(self._place(name), "null", self.raw(name))

    def text(self, name: str) -> str:
        """Return a text."""
        return _text(self.raw(name), self._place(name))

    def flag(self, name: str) -> bool:
        """Return true or false."""
        value = self.raw(name)
        if not isinstance(value, bool):
            _refuse(self._place(name), "true or false", value)
        return value

    def choice(self, name: str, allowed: Collection[str]) -> str:
        """Return one of the texts in ``allowed``."""
        value = self.raw(name)
        if not isinstance(value, str) or value not in allowed:
            _refuse(self._place(name), f"one of {', '.join(map(repr, sorted(allowed)))}", value)
        return value

    def integer(self, name: str, minimum: int | None = None, maximum: int | None = None) -> int:
        """Return a whole number within bounds, both included."""
        return _integer(self.raw(name), self._place(name), minimum, maximum)

    def hexadecimal(self, name: str, bits: int) -> int:
        """Return a natural number below ``2**bits``, which stands as text because JSON's integers are smaller."""
        text = self.text(name)
        if not _HEXADECIMAL.fullmatch(text) or len(text) * 4 > bits:
            _refuse(self._place(name), f"a hexadecimal number of {bits} bits", text)
        return int(text, 16)

    def number(
        self,
        name: str,
        minimum: float | None = None,
        maximum: float | None = None,
        *,
        infinite: bool = False,
        missing: bool = False,
    ) -> float:
        """Return a float within bounds, both included; infinities and NaN only where they are allowed."""
        place = self._place(name)
        value = _number(self.raw(name), place, infinite, missing)
        if not isnan(value):
            _check_range(value, place, minimum, maximum)
        return value

    def texts(self, name: str, length: int | None = None) -> tuple[str, ...]:
        """Return a list of texts, of the given length if there is one."""
        return tuple(_text(value, place) for place, value in self._items(name, length))

    def integers(
        self,
        name: str,
        length: int | None = None,
        minimum: int | None = None,
        maximum: int | None = None,
    ) -> tuple[int, ...]:
        """Return a list of whole numbers, each within bounds."""
        return tuple(_integer(value, place, minimum, maximum) for place, value in self._items(name, length))

    def vector(self, name: str, length: int | None = None, *, infinite: bool = False, missing: bool = False) -> Array:
        """Return a list of numbers as an array, shape (length,)."""
        return _vector(self.raw(name), self._place(name), length, infinite, missing)

    def matrix(self, name: str, shape: tuple[int, int], *, infinite: bool = False, missing: bool = False) -> Array:
        """Return a list of rows as an array of the given shape."""
        rows = [_vector(row, place, shape[1], infinite, missing) for place, row in self._items(name, shape[0])]
        return np.array(rows, dtype=np.float64).reshape(shape)

    def exact(self, name: str, shape: tuple[int, ...]) -> Array:
        """Return an array of the given shape that :func:`encode_exact` wrote; NaN and infinities included."""
        text, place = self.text(name), self._place(name)
        try:
            data = b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            _refuse(place, "numbers in base64", text)
        size = prod(shape)
        if len(data) != 8 * size:
            raise ModelFileError(f"{place} has {len(data):,} bytes; {8 * size:,} were expected. {REMEDY}.")
        return np.frombuffer(data, dtype="<f8").astype(np.float64).reshape(shape)

    def section(self, name: str) -> Fields:
        """Return an object within this one."""
        return self._section(self.raw(name), self._place(name))

    def sections(self, name: str, length: int | None = None) -> tuple[Fields, ...]:
        """Return a list of objects."""
        return tuple(self._section(value, place) for place, value in self._items(name, length))

    def finish(self) -> None:
        """Refuse fields that nobody has read, here and in every section taken from here."""
        for name in self._unread:
            raise ModelFileError(f"{self._place(name)} is not a field that this version knows. {REMEDY}.")
        for section in self._sections:
            section.finish()

    def _section(self, stored: object, place: str) -> Fields:
        section = Fields(stored, place)
        self._sections.append(section)
        return section

    def _items(self, name: str, length: int | None) -> Iterator[tuple[str, Any]]:
        place = self._place(name)
        for index, value in enumerate(_list(self.raw(name), place, length)):
            yield f"{place}[{index}]", value

    def _place(self, name: str) -> str:
        plain = name.isidentifier() and len(name) < 60
        return f"{self.place}.{name}" if plain else f"{self.place}[{shorten(name)}]"


def _text(value: object, place: str) -> str:
    if not isinstance(value, str):
        _refuse(place, "a text", value)
    return value


def _list(value: object, place: str, length: int | None) -> list[Any]:
    if not isinstance(value, list):
        _refuse(place, "a list", value)
    if length is not None and len(value) != length:
        raise ModelFileError(f"{place} has {len(value):,} entries; {length:,} were expected. {REMEDY}.")
    return value


def _integer(value: object, place: str, minimum: int | None, maximum: int | None) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        _refuse(place, "a whole number", value)
    _check_range(value, place, minimum, maximum)
    return value


def _number(value: object, place: str, infinite: bool, missing: bool) -> float:
    if isinstance(value, float) and isfinite(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= _EXACT_IN_FLOAT:
        return float(value)
    allowed = missing if value == "nan" else infinite
    if not (allowed and isinstance(value, str) and value in _NOT_FINITE):
        _refuse(place, "a number", value)
    return _NOT_FINITE[value]


def _vector(value: object, place: str, length: int | None, infinite: bool, missing: bool) -> Array:
    values = _list(value, place, length)
    if not all(type(item) is float and isfinite(item) for item in values):
        values = [_number(item, f"{place}[{i}]", infinite, missing) for i, item in enumerate(values)]
    return np.array(values, dtype=np.float64)


def _check_range(value: float, place: str, minimum: float | None, maximum: float | None) -> None:
    if minimum is not None and value < minimum:
        _refuse(place, f"at least {minimum}", value)
    if maximum is not None and value > maximum:
        _refuse(place, f"at most {maximum}", value)


def _refuse(place: str, expected: str, found: object) -> NoReturn:
    raise ModelFileError(f"{place} should be {expected}, not {_shown(found)}. {REMEDY}.")


def _shown(value: object) -> str:
    names = {list: "a list", dict: "an object", type(None): "null"}
    return names.get(type(value)) or shorten(value)
