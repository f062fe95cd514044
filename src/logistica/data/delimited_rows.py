"""On which line of a file each row is, in little memory."""

from __future__ import annotations

from bisect import bisect_right

from logistica.data.delimited_text import Piece, Records


class Rows:
    """The rows of a delimited file.

    Attributes
    ----------
    path : str
        The file, for messages.
    count : int
        How many there are.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.count = 0
        self._first_rows: list[int] = []
        self._pieces: list[tuple[int, Records]] = []

    def add(self, piece: Piece, found: Records) -> None:
        """Add the rows of the next piece."""
        self._first_rows.append(self.count)
        self._pieces.append((piece.line, found))
        self.count += found.count

    def line(self, row: int) -> int:
        """Tell the line, from 1, on which a row, from 0, starts."""
        here = bisect_right(self._first_rows, row) - 1
        first_line, found = self._pieces[here]
        place = row - self._first_rows[here]
        return first_line + place if found.lines is None else int(found.lines[place])
