"""Arguments and options that several commands share."""

from __future__ import annotations

import csv

import click

from logistica.cli.output import STANDARD_STREAM


def split_names(context: click.Context, parameter: click.Parameter, value: str | None) -> list[str] | None:
    """Read column names with commas between them; one that holds a comma is quoted as in CSV."""
    if value is None:
        return None
    names = next(csv.reader([value], skipinitialspace=True), [])
    if not names or not all(names):
        raise click.BadParameter(f"{value!r} holds an empty name; write names with commas between them.")
    return names


def model_file(context: click.Context, parameter: click.Parameter, value: str) -> str:
    """Take the name of the model's file, which cannot be standard input."""
    if value == STANDARD_STREAM:
        raise click.BadParameter("the model must be a file; only data can be read from standard input ('-').")
    return value


data_argument = click.argument("data", metavar="DATA")
model_argument = click.argument("model", metavar="MODEL", callback=model_file)
target_option = click.option("--target", metavar="NAME", help="Column with the classes; svmlight text has its own.")
weights_option = click.option("--weights", metavar="NAME", help="Column with the rows' weights.")
weight_kind_option = click.option(
    "--weight-kind",
    type=click.Choice(["importance", "frequency", "sampling"]),
    help="What the weights mean; importance if nothing else is known.",
)
offset_option = click.option(
    "--offset",
    callback=split_names,
    metavar="NAME",
    help="Column with a known part of the linear predictor; more than two classes: a name for each.",
)
missing_option = click.option(
    "--missing",
    type=click.Choice(["error", "drop"]),
    default="error",
    show_default=True,
    help="What a missing value does: it is an error, or its row is dropped.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No warnings, notes or progress.")
columns_option = click.option(
    "--columns", callback=split_names, metavar="A,B,...", help="Columns to use; default: all that have no other role."
)
