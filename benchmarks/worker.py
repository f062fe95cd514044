"""A contender in a process of its own, which is asked to fit, and is ended when it takes too long.

The process stays: its imports and a first fit, in which code is compiled and threads are started, do not count for
anybody. That fit is of the first rows alone, so that it is short for the slow too. What is printed goes nowhere.
"""

from __future__ import annotations

import gc
import math
import multiprocessing
import os
import re
import resource
import signal
import time
import warnings
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path

from benchmarks.contracts import Answer, Contender, Penalty, Problem, Table
from benchmarks.tables import first_rows, load

START = 60.0
"""Seconds that a process may take for imports, reading the table and the first fit, beside the limit of a request."""
WARM_UP_ROWS = 10_000
"""Of that fit: enough for 500 columns without a penalty to have an optimum, as they have on all rows."""


class TimeLimitError(Exception):
    """The contender has not answered in time, and was ended."""


class ContenderError(Exception):
    """The contender raised an error, or its process died."""


@dataclass(frozen=True)
class Reply:
    """What one request came to.

    Attributes
    ----------
    answer : Answer
        Of the last call.
    seconds : tuple of float
        Of each call.
    memory : int
        Bytes: the peak of the process so far beyond what it held before its first fit, or the peak of the largest
        process that it started, whichever is more.
    """

    answer: Answer
    seconds: tuple[float, ...]
    memory: int


@dataclass
class Worker:
    """Starts the process when it is first asked, and again after it was ended."""

    contender: str
    problem: str
    folder: Path
    process: BaseProcess | None = field(default=None, init=False)
    pipe: Connection | None = field(default=None, init=False)

    def ask(self, tolerance: float, calls: int, seconds: float, enough: float = math.inf) -> Reply:
        """Fit with the tolerance, so many times, or fewer once ``enough`` seconds have passed.

        Raises
        ------
        TimeLimitError
            If there is no answer within ``seconds``, the start of the process not counted.
        ContenderError
        """
        began = time.monotonic()
        if self.process is None:
            self._start()
            try:
                self._receive(began + START + seconds)
            except ContenderError:
                self.end()
                raise
            began = time.monotonic()
        try:
            self.pipe.send((tolerance, calls, enough))
        except OSError:
            raise self._died() from None
        return self._receive(began + seconds)

    def end(self) -> None:
        """End the process, whatever it does, and those that it has started."""
        if self.process is not None:
            with suppress(ProcessLookupError):  # it has ended, or leads no group yet
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()
            self.process.join()
            self.pipe.close()
        self.process = self.pipe = None

    def _start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, other = context.Pipe()
        self.process = context.Process(target=serve, args=(other, self.contender, self.problem, self.folder))
        self.process.start()
        other.close()

    def _receive(self, until: float) -> Reply:
        if not self.pipe.poll(max(until - time.monotonic(), 0.0)):
            self.end()
            raise TimeLimitError
        try:
            reply = self.pipe.recv()
        except EOFError:
            raise self._died() from None
        if isinstance(reply, str):
            raise ContenderError(reply)
        return reply

    def _died(self) -> ContenderError:
        self.process.join()
        code = self.process.exitcode
        self.end()
        return ContenderError(f"the process died with exit code {code}")


def serve(pipe: Connection, contender: str, problem: str, folder: Path) -> None:
    """Load the table, then answer requests until the pipe closes; errors are answered as text."""
    from benchmarks.contenders import CONTENDERS
    from benchmarks.problems import PROBLEMS

    os.setsid()
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    warnings.simplefilter("ignore")
    asked = PROBLEMS[problem]
    try:
        table = load(folder)
        penalties = asked.penalties(table)
        fit = CONTENDERS[contender].prepare(asked, table, penalties)
        forget_peak()
        before = resident("VmRSS")
        warm_up(CONTENDERS[contender], asked, table, penalties)
        pipe.send(None)
    except Exception as error:  # whatever a rival raises is a result to show
        pipe.send(_said(error))
        return
    while True:
        try:
            tolerance, calls, enough = pipe.recv()
        except EOFError:
            return
        try:
            answer, seconds = timed(fit, tolerance, calls, enough)
            pipe.send(Reply(trimmed(asked, answer), seconds, _memory(before)))
        except Exception as error:
            pipe.send(_said(error))


def warm_up(contender: Contender, problem: Problem, table: Table, penalties: tuple[Penalty, ...]) -> None:
    """Fit the first rows; if that fails, the whole table will tell. From a file each fit is a new process anyway."""
    if problem.task == "file":
        return
    tolerance = contender.ladder[0] if contender.first is None else contender.first
    with suppress(Exception):
        contender.prepare(problem, first_rows(table, WARM_UP_ROWS), penalties)(tolerance)


def timed(fit, tolerance: float, calls: int, enough: float) -> tuple[Answer, tuple[float, ...]]:
    """Call the contender once or more; return the last answer, and the seconds of each call."""
    gc.collect()
    seconds: list[float] = []
    until = time.perf_counter() + enough
    for _ in range(calls):
        began = time.perf_counter()
        answer = fit(tolerance)
        took = time.perf_counter() - began
        seconds.append(took if answer.seconds is None else answer.seconds)
        if time.perf_counter() > until:
            break
    return answer, tuple(seconds)


def trimmed(problem: Problem, answer: Answer, rows: int = 1000) -> Answer:
    """Return the answer without more predictions than are needed to judge it."""
    return Answer(answer.coefficients, answer.proba[:rows]) if problem.task == "predict" else answer


def forget_peak() -> None:
    """Let the peak memory of this process be what it holds now, so that what prepared the table is not in it."""
    gc.collect()
    with suppress(OSError):  # where Linux does not allow it
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")


def _said(error: Exception) -> str:
    lines = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {lines[0][:200]}"


def _memory(before: int) -> int:
    children = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    return max(resident("VmHWM") - before, children)


def resident(which: str) -> int:
    """Return the memory of this process in bytes: VmRSS now, VmHWM at most so far."""
    found = re.search(rf"{which}:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) * 1024
