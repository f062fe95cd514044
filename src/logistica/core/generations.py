"""A file that is written again and again, with the one before it kept, so that no moment is without a whole one.

The older generation has the name of the newer with ``.previous`` behind it. Writing first renames, then writes all or
nothing (:mod:`logistica.core.atomic`): a kill or a power cut in between leaves at least one whole generation.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

from logistica.core.atomic import rename
from logistica.core.envelope import Envelope

PREVIOUS = ".previous"

Path = str | os.PathLike[str]


@dataclass(frozen=True)
class Generation:
    """What was found.

    Attributes
    ----------
    content : dict
    name : str
        Of its file.
    damage : str or None
        What is wrong with the newer generation, where this is the older.
    """

    content: dict[str, Any]
    name: str
    damage: str | None


class Generations:
    """Two generations of a file of one kind.

    Parameters
    ----------
    path : path
        A symbolic link stays one; the generations lie where it leads.
    envelope : Envelope
    largest : int
        The most bytes that a generation may have.
    """

    def __init__(self, path: Path, envelope: Envelope, largest: int) -> None:
        self.name = os.fspath(path)
        self._envelope = envelope
        self._largest = largest
        self._newer = os.path.realpath(self.name)
        self._whole = False

    def newest(self) -> Generation | None:
        """Return the newest whole generation, or None where there is no file yet.

        Raises
        ------
        LogisticaError
            Of the envelope's type: there are files, and none is whole, or one is of another kind.
        FileAccessError
            A file cannot be read.
        """
        found, damage = [], []
        there = [path for path in (self._newer, self._newer + PREVIOUS) if self._envelope.is_there(path)]
        for path in there:
            try:
                found.append((self._envelope.read(path, self._largest), path))
            except self._envelope.error as error:
                damage.append(str(error).removesuffix(f" {self._envelope.again}."))
        if damage and not found:
            raise self._envelope.error(f"{' '.join(damage)} {self._envelope.again}.")
        if not found:
            return None
        content, path = found[0]
        self._whole = path == self._newer
        return Generation(content, path, None if self._whole or not damage else damage[0])

    def write(self, content: dict[str, Any]) -> None:
        """Write the next generation; the last one becomes the previous.

        Raises
        ------
        FileAccessError
            It cannot be written; the last one is there still, under one of the two names.
        """
        if self._whole:
            rename(self._newer, self._newer + PREVIOUS)
            self._whole = False
        self._envelope.write(self._newer, content, self._largest)
        self._whole = True
