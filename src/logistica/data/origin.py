"""Where data came from: what an error about a row needs to name the file and the line."""

from __future__ import annotations

from typing import Protocol

from logistica.data.columns import LevelColumn


class Origin(Protocol):
    """A text file that has been read."""

    @property
    def path(self) -> str:
        """The file's name, for messages."""
        ...

    def line(self, row: int) -> int:
        """Tell the line, from 1, on which a row, from 0, starts."""
        ...


class WrittenOrigin(Origin, Protocol):
    """A text file whose cells have types of their own making, so that their text may be asked for."""

    def written(self, name: str) -> LevelColumn:
        """Read one column as text, verbatim: its distinct cells in the order of the file, coded."""
        ...
