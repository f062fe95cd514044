"""The target as it came, and the classes that it means.

The cells of a text file have no type. Where a column of labels reads as numbers, two texts may be one number:
``01`` and ``1``, ``1`` and ``1.0``, whole numbers beyond 2**53. Such labels stay text, with a note. A model's
classes decide how new labels are read: as text where the classes are text, otherwise as numbers, and then two
texts of one number are refused.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError, DataWarning
from logistica.core.records import Note, frozen
from logistica.core.wording import listed
from logistica.data.columns import Level, Mask
from logistica.data.in_use import Rows, chosen, row_at
from logistica.data.labels import Codes, Labels
from logistica.data.origin import WrittenOrigin
from logistica.data.spelling import Twin, first_twin, texts_in_use

SHOWN_CLASSES = 10
PADDED = re.compile(r"[+-]?0\d+(\.\d*)?")
WHOLE = re.compile(r"[+-]?\d{1,15}")
ONE_WAY = "Write each class in one way"


@frozen(eq=False)
class Target:
    """The labels as they came.

    Attributes
    ----------
    values : array, shape (n,)
        What stands in a missing label's place means nothing.
    missing : array of bool, shape (n,), or None
    name : str or None
        The name of the column or series.
    declared : tuple of levels, or None
        The order of the categories, where the data declare one.
    origin : WrittenOrigin or None
        The text file, one column of which it is.
    columns : tuple of str
        The table's columns that it is made of.
    response : str or None
        As a formula says it, where it is not the column itself.
    """

    values: NDArray[Any]
    missing: Mask | None = None
    name: str | None = None
    declared: tuple[Level, ...] | None = None
    origin: WrittenOrigin | None = None
    columns: tuple[str, ...] = ()
    response: str | None = None

    @property
    def trials(self) -> str | None:
        """The column of trials, of which labels have none."""
        return None

    @property
    def gaps(self) -> Mapping[str, Mask]:
        """Where labels are missing, by the name of their column."""
        return {} if self.missing is None else {self.name or "target": self.missing}

    @property
    def absent(self) -> Mask | None:
        """Rows without an outcome that are no gaps, of which labels have none."""
        return None

    def learn(self, rows: Rows) -> tuple[Labels, Codes, list[Note]]:
        """Find the classes in the rows in use (None: all), the rows' codes, and what should be known about them.

        Raises
        ------
        DataError
            If the labels are no classes (see :meth:`Labels.encode`), or two fractions are one number.
        """
        values, notes = self._as_meant(rows)
        labels, codes = Labels.encode(values, self.name, rows)
        return labels, codes, notes + _order_notes(self, labels)

    def match(self, labels: Labels, rows: Rows) -> Codes:
        """Return the codes, among a model's classes, of the labels in the rows in use (None: all).

        Raises
        ------
        DataError
            If a label is none of the classes, or two texts of a file would be one class.
        """
        values = chosen(self.values, rows)
        origin = self.origin
        if origin is not None and self.name is not None and not _is_text(values):
            if labels.is_text:
                known = frozenset(labels.classes.tolist())
                values = texts_in_use(origin.written(self.name), rows, known)
            elif self._may_have_twins(values) and (twin := first_twin(values, origin.written(self.name), rows)):
                raise self._refusal(twin, origin, rows, f"{ONE_WAY}, as in the data of the fit")
        return labels.codes(values, self.name, rows)

    def _as_meant(self, rows: Rows) -> tuple[NDArray[Any], list[Note]]:
        """Return the labels of the rows in use: numbers, unless their text says more."""
        values = chosen(self.values, rows)
        origin = self.origin
        if origin is None or self.name is None or not self._may_have_twins(values):
            return values, []
        written = origin.written(self.name)
        twin = first_twin(values, written, rows)
        if twin is None:
            return self._as_written(values, texts_in_use(written, rows))
        if not np.all(values == np.floor(values)):
            remedy = f"{ONE_WAY}; if the values are continuous, cut them into classes first"
            raise self._refusal(twin, origin, rows, remedy)
        message = (
            f"Column {self.name!r}, line {origin.line(row_at(rows, twin.place))}: {_described(twin, origin, rows)}, so"
            f" the labels were kept as text, and differ where their text does. {ONE_WAY} if the same is meant."
        )
        return texts_in_use(written, rows), [Note("labels-as-text", message, DataWarning)]

    def _may_have_twins(self, values: NDArray[Any]) -> bool:
        """Whether two texts may be one number: of whole numbers, which have no plus sign, only if zeros do not show."""
        if values.dtype.kind == "i" and self.origin is not None:
            return self.name in self.origin.zeros or self.origin.has_negative_zero
        return values.dtype.kind in "uf"

    def _as_written(self, values: NDArray[Any], texts: NDArray[Any]) -> tuple[NDArray[Any], list[Note]]:
        """Keep text with leading zeros, such as codes have, as text; whole numbers with a sign are whole numbers."""
        different = set(texts.tolist())
        padded = sorted(filter(PADDED.fullmatch, different))
        if padded:
            message = (
                f"Column {self.name!r}: the labels were kept as text, because they begin with zeros, such as"
                f" {padded[0]!r}. Write them without if numbers are meant."
            )
            return texts, [Note("labels-as-text", message, DataWarning)]
        if values.dtype.kind == "f" and all(map(WHOLE.fullmatch, different)):
            return values.astype(np.int64), []
        return values, []

    def _refusal(self, twin: Twin, origin: WrittenOrigin, rows: Rows, remedy: str) -> DataError:
        problem = f"{_described(twin, origin, rows)}, so that it does not tell which class is meant"
        row = row_at(rows, twin.place)
        return DataError(problem, column=self.name, row=row, value=twin.text, remedy=remedy)


def _described(twin: Twin, origin: WrittenOrigin, rows: Rows) -> str:
    if twin.other is None:
        return f"the label {twin.text!r} would be read as the number {twin.number:.17g}"
    other_line = origin.line(row_at(rows, twin.other_place))
    return f"the label {twin.text!r} is the same number as {twin.other!r} on line {other_line}"


def _is_text(values: NDArray[Any]) -> bool:
    return values.dtype.kind in "UO"


def _order_notes(target: Target, labels: Labels) -> list[Note]:
    """Say that classes are sorted, where the data declare another order of those that occur."""
    if target.declared is None:
        return []
    present = labels.classes.tolist()
    among = set(present)
    declared = [level for level in target.declared if level in among]
    if declared == present:
        return []
    message = (
        f"The target declares the order {listed(declared, SHOWN_CLASSES)} of its categories; the classes are sorted"
        f" instead: {listed(present, SHOWN_CLASSES)}."
    )
    return [Note("class-order", message, DataWarning)]
