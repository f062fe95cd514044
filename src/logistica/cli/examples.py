"""Help that starts with examples."""

from __future__ import annotations

from typing import Any

import click


class WithExamples(click.Command):
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
