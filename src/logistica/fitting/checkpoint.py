"""A run that is written down as it goes, and goes on from there when it is started again.

The file holds all that the next step depends on (:mod:`logistica.solvers.checkpoint`), in two generations
(:mod:`logistica.core.generations`), and a fingerprint of the options and the rows: with any other than these the run
would end elsewhere, so they are refused. What does not matter may change: threads, the rules of stopping, and the
number of epochs where neither schedule nor average depends on it.
"""

from __future__ import annotations

import time
from types import TracebackType
from typing import Any, Self

from logistica.core.envelope import Envelope
from logistica.core.errors import CheckpointError, FileAccessError, ModelFileError
from logistica.core.generations import Generation, Generations
from logistica.core.records import Note
from logistica.core.schema import REMEDY, Fields
from logistica.core.wording import counted
from logistica.fitting.fingerprint import EPOCHS, difference, fingerprint, other_epochs
from logistica.fitting.problem import Problem
from logistica.solvers.checkpoint import journal_content, journal_from
from logistica.solvers.descent.descent import DescentState
from logistica.solvers.driver import Journal

SECONDS_BETWEEN = 5.0
"""From one writing to the next at least, so that short epochs do not wait for the disk; the end is always written."""
MOST_TIME = 0.1
"""The largest share of a run's time that writing may take."""
LARGEST_FILE = 1 << 34

ENVELOPE = Envelope(
    "checkpoint",
    1,
    CheckpointError,
    again="Bring back a copy of it, or of the one with '.previous' behind its name, or remove both to start afresh",
    other="Name another file for the checkpoint",
    smaller="Name another file for the checkpoint",
    too_large="Do without keep_coefficients=True, or without the checkpoint",
)


class Checkpoint:
    """The checkpoint of one run. As a context it writes the last state on its way out, however the run ends.

    Parameters
    ----------
    problem : Problem
        Whose options name the file.
    """

    def __init__(self, problem: Problem) -> None:
        assert problem.options.checkpoint is not None
        self.notes: tuple[Note, ...] = ()
        self._options = problem.options
        self._files = Generations(problem.options.checkpoint, ENVELOPE, LARGEST_FILE)
        self._fingerprint = fingerprint(problem.dataset, problem.options, problem.engine)
        self._latest: Journal[DescentState] | None = None
        self._written: Journal[DescentState] | None = None
        self._due = -float("inf")

    def resumed(self, start: DescentState) -> DescentState | Journal[DescentState]:
        """Return where to go on from: the file's journal, or ``start`` where there is no file yet.

        Raises
        ------
        CheckpointError
            If neither generation is whole, or they are those of another fit. The files are as they were.
        FileAccessError
            If they cannot be read.
        """
        found = self._files.newest()
        if found is None:
            return start
        try:
            journal = self._journal(found, start)
        except ModelFileError as error:
            problem = str(error).removesuffix(f" {REMEDY}.")
            raise CheckpointError(f"{problem} This version cannot go on from it. {ENVELOPE.again}.") from None
        self._written = self._latest = journal
        self._due = time.monotonic() + SECONDS_BETWEEN
        self.notes = (self._note(found, journal),)
        return journal

    def keep(self, journal: Journal[DescentState]) -> None:
        """Write the journal, unless the last writing was a moment ago."""
        self._latest = journal
        if time.monotonic() >= self._due:
            self._write(journal)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._latest is not None and self._latest is not self._written and not isinstance(error, FileAccessError):
            self._write(self._latest)

    def _write(self, journal: Journal[DescentState]) -> None:
        began = time.monotonic()
        self._files.write({"fingerprint": self._fingerprint, **journal_content(journal)})
        self._written = journal
        now = time.monotonic()
        self._due = now + max(SECONDS_BETWEEN, (now - began) / MOST_TIME)

    def _journal(self, found: Generation, start: DescentState) -> Journal[DescentState]:
        fields = Fields(found.content, f"{found.name!r}: checkpoint")
        before = fields.section("fingerprint")
        options = before.section("options")
        self._refuse_other(difference(before, options, self._fingerprint))
        journal = journal_from(fields, start)
        self._refuse_other(other_epochs(self._options, options.integer(EPOCHS, 1), journal.state.steps))
        fields.finish()
        return journal

    def _refuse_other(self, problem: str | None) -> None:
        if problem is None:
            return
        raise CheckpointError(
            f"{self._files.name!r} is the checkpoint of another fit: {problem}. Give that fit's options and data to go"
            " on with it; for this one name another file, or remove that one and the one with '.previous' behind its"
            " name."
        )

    def _note(self, found: Generation, journal: Journal[Any]) -> Note:
        text = f"Went on from the checkpoint {found.name!r}, after {counted(journal.state.steps, 'epoch')}."
        if found.damage is not None:
            text += f" The newer one could not be used: {found.damage}"
        return Note("resumed", text)
