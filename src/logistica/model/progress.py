"""A bar with loss and time left, on a terminal or in a notebook, while data are read and a model is fitted.

It shows itself once the work has taken a while, and leaves nothing behind. Where nobody looks (a file, a pipe, a worker
process, a thread beside the main one) nothing is ever written, and Rich, which draws it, is not even imported.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.util import find_spec
from multiprocessing import current_process
from types import TracebackType
from typing import TYPE_CHECKING, Self

from logistica.core.records import frozen
from logistica.core.terminal import plain_terminal
from logistica.data.reading import watched
from logistica.fitting.options import FitOptions
from logistica.solvers.history import HistoryRow, Watch

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

DELAY = 1.0
"""Seconds that the work has taken before a bar shows itself."""
FINEST, LARGEST = 1e-16, 1e300


@frozen
class Sight:
    """What a bar shows.

    Attributes
    ----------
    words : str
    share : float
        Of the work that is done, 0 to 1.
    left : float or None
        Seconds, as far as can be told.
    """

    words: str
    share: float
    left: float | None = None


class Bar:
    """A bar, shown within its context.

    Parameters
    ----------
    progress : bool or None
        None: once the work has taken a second. True: from the start. False: never.
    """

    def __init__(self, progress: bool | None) -> None:
        self._due = -math.inf if progress else time.monotonic() + DELAY
        self._quiet = progress is False
        self._shown: tuple[Progress, TaskID] | None = None

    @property
    def awaited(self) -> bool:
        """Whether there is a bar, or it is time for one; before that nothing need be made to show."""
        return self._shown is not None or (not self._quiet and time.monotonic() >= self._due)

    def show(self, sight: Sight) -> None:
        """Bring the bar up to date; the first time that it is due, open it. A terminal that has gone is no error."""
        try:
            self._show(sight)
        except OSError:
            self._quiet, self._shown = True, None

    def _show(self, sight: Sight) -> None:
        left = "" if sight.left is None else f"{_clock(sight.left)} left"
        if self._shown is not None:
            bar, task = self._shown
            bar.update(task, completed=sight.share, description=sight.words, left=left)
        elif self.awaited:
            opened = _opened()
            self._quiet = opened is None
            if opened is not None:
                task = opened.add_task(sight.words, total=1.0, left=left)
                opened.update(task, completed=sight.share)
                self._shown = opened, task
                opened.start()

    def reading(self, done: int, size: int) -> None:
        """Show how many of a file's bytes have been read."""
        share = done / size if size else 1.0
        self.show(Sight(f"reading  {done / 1e6:,.0f} of {size / 1e6:,.0f} MB", share))

    def watch(self, options: FitOptions, callback: Watch | None) -> Watch | None:
        """Return what a fit calls with each row of its history: the bar, and then ``callback``, if there is one."""
        return callback if self._quiet else Audience(self, Pace(options), callback)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._shown is not None:
            bar, _ = self._shown
            bar.console.quiet = (
                bar.console.is_jupyter
            )  # a notebook closes the bar itself; Rich would leave a blank line
            with suppress(OSError):
                bar.stop()


@contextmanager
def reading_bar(progress: bool | None) -> Iterator[None]:
    """Show how much of the data has been read within."""
    with Bar(progress) as bar, watched(bar.reading):
        yield


@dataclass
class Pace:
    """How far a fit has come, and how long it will take from there.

    First-order solvers have a number of epochs, the Newton solver and its relatives a number of digits to go.
    """

    options: FitOptions
    _first: HistoryRow | None = field(default=None, init=False)

    def begin(self, row: HistoryRow) -> HistoryRow:
        """Return the row from which the time is counted: the first that came."""
        self._first = self._first or row
        return self._first

    def sight(self, row: HistoryRow) -> Sight:
        """Return what to show after a row of the history; rows come in their order."""
        first = self.begin(row)
        if row.planned is not None:
            words = f"epoch {row.iteration} of {row.planned}  loss {row.loss:.8g}"
            share, begun = row.iteration / row.planned, first.iteration / row.planned
        else:
            words = f"step {row.iteration}  loss {row.loss:.8g}  to go {row.decrement:.0e}"
            share, begun = share_done(first.decrement, row.decrement, self.options.tol), 0.0
        if share <= begun:
            return Sight(words, share)
        left = (row.seconds - first.seconds) * (1.0 - share) / (share - begun)
        limit = math.inf if self.options.stop.seconds is None else self.options.stop.seconds - row.seconds
        return Sight(words, share, max(min(left, limit), 0.0))


@frozen
class Audience:
    """Who watches a fit: a bar, and perhaps a callback."""

    bar: Bar
    pace: Pace
    callback: Watch | None

    @property
    def last_suffices(self) -> bool:
        """Whether of several rows that come at once the last one suffices: see :func:`wants_each`."""
        return self.callback is None

    def __call__(self, row: HistoryRow) -> object:
        """Show a row, and return what the callback says to it."""
        self.pace.begin(row)
        if self.bar.awaited:
            self.bar.show(self.pace.sight(row))
        return self.callback is not None and self.callback(row)


def share_done(first: float, now: float, tol: float) -> float:
    """Return how far the decrement has come from its first value to the tolerance, in digits, 0 to 1."""
    begin, here, end = map(_digits, (first, now, tol))
    return 1.0 if begin <= end else min(max((begin - here) / (begin - end), 0.0), 1.0)


def _digits(value: float) -> float:
    """Return the logarithm of a number that may be too small or too large for one, or none at all."""
    return math.log10(max(value, FINEST)) if value < LARGEST else math.log10(LARGEST)


def _clock(seconds: float) -> str:
    """Return a time as hours, minutes and seconds: "0:00:05"."""
    minutes, second = divmod(math.ceil(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"


def _opened() -> Progress | None:
    """Return a bar where somebody can see it."""
    terminal = _is_terminal() and not plain_terminal()
    notebook = "ipykernel" in sys.modules
    if not (notebook or terminal) or _is_beside():
        return None
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    if not (find_spec("ipywidgets") is not None if notebook and console.is_jupyter else terminal):
        return None
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
        console=console,
        transient=True,
        redirect_stdout=sys.stdout is not None and sys.stdout.isatty(),
    )


def _is_terminal() -> bool:
    return sys.stderr is not None and sys.stderr.isatty()


def _is_beside() -> bool:
    """Whether others may be drawing on the same terminal: this is a worker process, or not the main thread."""
    return current_process().name != "MainProcess" or threading.current_thread() is not threading.main_thread()
