"""Help that starts with examples, and that is missed where it cannot be written."""

from __future__ import annotations

from typing import Any

import click

from logistica.cli.messages import report
from logistica.cli.output import output_failure


class Helpful(click.Command):
    """A command whose help shows lines of examples before its text and options."""

    def __init__(self, *args: Any, examples: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they stand, then the text."""
        if self.examples:
            with formatter.section("Examples"):
                formatter.write("".join(f"  {line}\n" for line in self.examples))
        super().format_help_text(ctx, formatter)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the arguments; where they ask for help or the version, click writes it here."""
        try:
            return super().make_context(*args, **kwargs)
        except OSError as error:
            raise click.exceptions.Exit(report(output_failure(error), debug=False)) from error
