"""The results of a run in a JSON file, written after every problem, so that a run that was interrupted can go on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import machine
from benchmarks.results import Result, as_json, finite, from_json


class ContinueError(Exception):
    """The file is of another run than the one that is to go on."""


@dataclass
class Record:
    """What was measured so far.

    Attributes
    ----------
    path : Path or None
        Nothing is written where there is none.
    run : dict
        The commit, and what was asked for.
    facts : dict
        Of the machine when the run began.
    results : list of Result
    """

    path: Path | None
    run: Mapping[str, object]
    facts: Mapping[str, object]
    results: list[Result] = field(default_factory=list)

    @classmethod
    def begin(
        cls, path: Path | None, run: Mapping[str, object], facts: Mapping[str, object], missing: bool = False
    ) -> Record:
        """Return an empty record, or that of the file where only what is missing is to be measured.

        Raises
        ------
        ContinueError
            If the file is of another commit, of other options or of another machine, or cannot be read.
        """
        if path is None or not missing or not path.exists():
            return cls(path, run, facts)
        try:
            stored = json.loads(path.read_text(encoding="utf-8"))
            found = cls(path, stored["run"], stored["machine"], from_json(stored["results"]))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ContinueError(f"{path} is no file of this bench that could go on: {error!r}") from None
        if not run["commit"] or str(run["commit"]).endswith("+"):
            raise ContinueError("only a commit can go on, and here is something that is not committed")
        other = [name for name in run if found.run.get(name) != finite(run[name])]
        if other:
            raise ContinueError(f"{path} cannot go on: it was made with another {', '.join(other)}")
        if not machine.same(found.facts, facts):
            raise ContinueError(f"{path} cannot go on: it was made on another machine, or with other packages")
        return found

    @property
    def names(self) -> list[str]:
        return [result.problem for result in self.results]

    def add(self, result: Result) -> None:
        """Keep a result, in the file too, which is never half written."""
        self.results.append(result)
        if self.path is not None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            beside = self.path.with_name(f"{self.path.name}.part")
            beside.write_text(as_json(self.results, self.run, self.facts), encoding="utf-8")
            os.replace(beside, self.path)
