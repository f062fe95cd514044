"""Help that starts with examples, and that is missed where it cannot be written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from logistica.cli.messages import report
from logistica.cli.output import output_failure

_OTHERS = "Options"


class Helpful(click.Command):
    """A command whose help shows lines of examples before its text and options.

    Many options can be put into ``groups``, headings with the names of their parameters; others follow as "Options".
    """

    def __init__(
        self,
        *args: Any,
        examples: tuple[str, ...] = (),
        groups: Mapping[str, tuple[str, ...]] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.examples = examples
        self.groups = groups or {}

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples as they stand, then the text."""
        if self.examples:
            with formatter.section("Examples"):
                formatter.write("".join(f"  {line}\n" for line in self.examples))
        super().format_help_text(ctx, formatter)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options under their headings."""
        if not self.groups:
            super().format_options(ctx, formatter)
            return
        heading = {name: title for title, names in self.groups.items() for name in names}
        lines: dict[str, list[tuple[str, str]]] = {title: [] for title in (*self.groups, _OTHERS)}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            if record is not None and isinstance(parameter, click.Option):
                lines[heading.get(str(parameter.name), _OTHERS)].append(record)
        for title, records in lines.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the arguments; where they ask for help or the version, click writes it here."""
        try:
            return super().make_context(*args, **kwargs)
        except OSError as error:
            raise click.exceptions.Exit(report(output_failure(error), debug=False)) from error
