"""``logistica demo``: the main job on three tables, told to a newcomer. No network, no files."""

from __future__ import annotations

import click

from logistica.cli.help import Helpful
from logistica.cli.output import write_text


@click.command("demo", cls=Helpful, short_help="Show what it does, on small tables.")
def command() -> None:
    """Show what logistica does, on three small tables that need no download."""
    write_text(_OPENING)
    from logistica.cli import demo_lessons

    for lesson in (demo_lessons.hours, demo_lessons.wine, demo_lessons.tumours):
        write_text(lesson())
    write_text(_CLOSING)


_OPENING = """\
LOGISTICA: how likely is each outcome, given what we know?

Logistic regression learns from a table of past cases, one row each, how the chances of an outcome
depend on the other columns. It then gives the chances for new rows, and says which columns matter,
and how surely. Three tables show how; every number below is computed now.
"""

_CLOSING = """\
YOUR OWN TABLE (CSV, JSON lines, svmlight, Parquet, Arrow or Excel)

  logistica fit table.csv --target COLUMN -o model.json     # fit, print the summary, save
  logistica predict model.json new.csv > scored.csv         # chances for new rows
  logistica evaluate model.json test.csv                    # how good they are
  logistica --help                                          # everything else"""
