"""A progress bar on standard error, where that is a terminal."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from logistica.cli.messages import plain_terminal

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from logistica.solvers.history import HistoryRow, Watch

FINEST = 1e-16


@contextmanager
def fit_progress(tol: float, *, quiet: bool) -> Iterator[Watch | None]:
    """Yield what a fit calls with each row of its history; None where nothing is to be shown.

    The bar shows how many of the digits asked for have been reached.
    """
    with _bar(quiet=quiet) as bar:
        if bar is None:
            yield None
            return
        task = bar.add_task("reading", total=None)
        first: list[float] = []

        def watch(row: HistoryRow) -> None:
            first.append(row.decrement)
            bar.update(
                task,
                total=1.0,
                completed=share_done(first[0], row.decrement, tol),
                description=f"step {row.iteration}  loss {row.loss:.8g}  to go {row.decrement:.0e}",
            )

        with _reading(bar, task):
            yield watch


@contextmanager
def reading_progress(*, quiet: bool) -> Iterator[None]:
    """Show how much of the data has been read."""
    with _bar(quiet=quiet) as bar:
        if bar is None:
            yield
            return
        with _reading(bar, bar.add_task("reading", total=None)):
            yield


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Progress | None]:
    """Show a bar until the end of the block; None where nothing is to be shown."""
    if quiet or plain_terminal() or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        yield bar


@contextmanager
def _reading(bar: Progress, task: TaskID) -> Iterator[None]:
    from logistica.data.reading import watched

    def show(done: int, size: int) -> None:
        bar.update(task, total=size, completed=done, description=f"reading  {done / 1e6:,.0f} of {size / 1e6:,.0f} MB")

    with watched(show):
        yield


def share_done(first: float, now: float, tol: float) -> float:
    """Return how far the decrement has come from its first value to the tolerance, in digits, 0 to 1."""
    begin, here, end = (math.log10(max(value, FINEST)) for value in (first, now, tol))
    return 1.0 if begin <= end else min(max((begin - here) / (begin - end), 0.0), 1.0)
