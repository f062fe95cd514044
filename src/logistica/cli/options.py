"""Arguments and options that several commands share."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import click

from logistica.cli.output import STANDARD_STREAM


def split_names(context: click.Context, parameter: click.Parameter, value: str | None) -> list[str] | None:
    """Read column names with commas between them; one that holds a comma is quoted as in CSV."""
    if value is None:
        return None
    names = next(csv.reader([value], skipinitialspace=True), [])
    if not names or not all(names):
        raise click.BadParameter(f"{value!r} holds an empty name; write them with commas between them.")
    return names


def split_levels(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, list[str]]:
    """Read NAME=LEVEL,LEVEL,... given once for each column."""
    found: dict[str, list[str]] = {}
    for name, text in _named(values, "NAME=A,B,..."):
        if name in found:
            raise click.BadParameter(f"the levels of {name!r} are given twice.")
        found[name] = split_names(context, parameter, text) or []
    return found


def split_baselines(context: click.Context, parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, str]:
    """Read NAME=LEVEL given once for each column."""
    found: dict[str, str] = {}
    for name, level in _named(values, "NAME=LEVEL"):
        if name in found:
            raise click.BadParameter(f"the baseline of {name!r} is given twice.")
        found[name] = level
    return found


def split_numbers(context: click.Context, parameter: click.Parameter, value: str | None) -> list[float] | None:
    """Read numbers with commas between them."""
    if value is None:
        return None
    try:
        return [float(part) for part in value.split(",")]
    except ValueError:
        raise click.BadParameter(f"{value!r} is not a list of numbers with commas between them.") from None


def class_weights(
    context: click.Context, parameter: click.Parameter, values: tuple[str, ...]
) -> dict[str, float] | str | None:
    """Read "balanced", or LABEL=WEIGHT given once for each class."""
    if not values or values == ("balanced",):
        return values[0] if values else None
    found: dict[str, float] = {}
    for value in values:
        label, _, text = value.rpartition("=")
        try:
            weight = float(text)
        except ValueError:
            label = ""
        if not label:
            raise click.BadParameter(f"{value!r} is not of the form LABEL=WEIGHT, nor 'balanced' alone.")
        if label in found:
            raise click.BadParameter(f"the weight of {label!r} is given twice.")
        found[label] = weight
    return found


def _named(values: tuple[str, ...], form: str) -> Iterator[tuple[str, str]]:
    """Split each text at its first equals sign."""
    for value in values:
        name, equals, text = value.partition("=")
        if not (name and equals and text):
            raise click.BadParameter(f"{value!r} is not of the form {form}.")
        yield name, text


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
fit_missing_option = click.option(
    "--missing",
    type=click.Choice(["error", "drop", "impute"]),
    default="error",
    show_default=True,
    help="What a missing value does: it is an error, its row is dropped, or it is filled in and marked.",
)
baseline_option = click.option(
    "--baseline",
    multiple=True,
    callback=split_baselines,
    metavar="NAME=LEVEL",
    help="Level that a column's others are compared with; default: the first. May be repeated.",
)
levels_option = click.option(
    "--levels",
    multiple=True,
    callback=split_levels,
    metavar="NAME=A,B,...",
    help="Order of all levels of a column, numbers too. May be repeated.",
)
rare_option = click.option(
    "--rare", type=int, default=0, metavar="N", help="Pool levels in fewer than N rows into '(other)'; default: none."
)
unknown_option = click.option(
    "--unknown",
    type=click.Choice(["error", "reference", "missing", "other"]),
    default="error",
    show_default=True,
    help="How predictions read a level that the fit has not seen: reference is the baseline.",
)
class_weight_option = click.option(
    "--class-weight",
    multiple=True,
    callback=class_weights,
    metavar="LABEL=WEIGHT",
    help="What the weights of a class's rows are multiplied by, or 'balanced'. May be repeated.",
)
formula_option = click.option(
    "--formula", metavar="TEXT", help="Response and predictors, such as 'y ~ a * b + log(c)'."
)
trials_option = click.option(
    "--trials", metavar="NAME", help="Column with the trials of each row, of which the target is the successes."
)
standardize_option = click.option(
    "--standardize", is_flag=True, help="Penalise columns as if their standard deviations were 1."
)
no_intercept_option = click.option("--no-intercept", is_flag=True, help="Leave the intercept out.")
threads_option = click.option(
    "--threads", type=int, help="Default: one per processor. The result does not depend on it."
)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON document instead of text.")
quiet_option = click.option("-q", "--quiet", is_flag=True, help="No warnings, notes or progress.")
columns_option = click.option(
    "--columns", callback=split_names, metavar="A,B,...", help="Columns to use; default: all that have no other role."
)
