"""``logistica summary``: what a saved model says."""

from __future__ import annotations

import click

from logistica.cli import options
from logistica.cli.help import Helpful
from logistica.cli.messages import for_the_shell, show_warnings
from logistica.cli.output import write_json, write_text

_EXAMPLES = (
    "logistica summary model.json",
    "logistica summary model.json --level 0.99 --markdown",
)


@click.command("summary", cls=Helpful, examples=_EXAMPLES, short_help="Print the summary of a saved model.")
@options.model_argument
@click.option("--level", type=float, default=0.95, show_default=True, help="Level of the confidence intervals.")
@click.option("--reference", metavar="CLASS", help="Class that the others are compared with; default: the first.")
@click.option("--json", "form", flag_value="json", help="One JSON document instead of text.")
@click.option("--markdown", "form", flag_value="markdown", help="The coefficients as a Markdown table.")
@click.option("--latex", "form", flag_value="latex", help="The coefficients as a LaTeX table.")
@options.quiet_option
def command(model: str, level: float, reference: str | None, form: str | None, quiet: bool) -> None:
    """Print estimates, standard errors, tests and intervals of a saved model."""
    from logistica.cli.documents import summary_document
    from logistica.cli.labels import label_from
    from logistica.model import load

    loaded = load(model)
    chosen = None if reference is None else label_from(reference, loaded.classes_.tolist())
    summary = for_the_shell(loaded.summary(level=level, reference=chosen))
    show_warnings(loaded.record.notes, quiet=quiet)
    if form == "json":
        write_json(summary_document(summary))
    elif form == "markdown":
        write_text(summary.to_markdown())
    elif form == "latex":
        write_text(summary.to_latex())
    else:
        write_text(str(summary))
