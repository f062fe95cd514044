"""Where data came from: what an error about a row needs to name the file and the line."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import DataError
from logistica.data.columns import LevelColumn


class Origin(Protocol):
    """A file that has been read."""

    @property
    def path(self) -> str:
        """The file's name, for messages."""
        ...

    def line(self, row: int) -> int | None:
        """Tell the line, from 1, on which a row, from 0, starts; None if the file has no lines."""
        ...


@dataclass(frozen=True)
class LeadingZero:
    """The first cell of a column that begins with a zero and another digit.

    Attributes
    ----------
    row : int
        From 0.
    cell : str
        Without quotes, and blanks around it.
    """

    row: int
    cell: str


class WrittenOrigin(Origin, Protocol):
    """A text file whose cells have types of their own making, so that their text may be asked for."""

    @property
    def zeros(self) -> Mapping[str, LeadingZero]:
        """For columns with cells such as 007, whatever their type, the first of them."""
        ...

    @property
    def has_negative_zero(self) -> bool:
        """Whether a cell is perhaps -0, which as a whole number is 0."""
        ...

    @property
    def large(self) -> Set[str]:
        """Columns of numbers among which float64 may skip whole numbers; no others have any."""
        ...

    @property
    def faults(self) -> Mapping[str, DataError]:
        """Columns that cannot be used, and the error of whoever tries to."""
        ...

    @property
    def decimal_comma(self) -> bool:
        """Whether its numbers have decimal commas."""
        ...

    def written(self, name: str) -> LevelColumn:
        """Read one column as text, verbatim: its distinct cells in the order of the file, coded."""
        ...


@dataclass(frozen=True, eq=False)
class NumberedOrigin:
    """A file of numbered lines, or rows of a sheet.

    Attributes
    ----------
    path : str
    lines : array of int64, shape (n_rows,)
        The line, from 1, of each row.
    """

    path: str
    lines: NDArray[np.int64]

    def line(self, row: int) -> int | None:
        """Tell the line, from 1, of a row, from 0."""
        return int(self.lines[row])


@dataclass(frozen=True)
class BinaryOrigin:
    """A file without lines, and its format."""

    path: str
    kind: str

    def line(self, row: int) -> int | None:
        """Tell nothing: the row's number has to do."""
        return None
