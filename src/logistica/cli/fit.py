"""``logistica fit``: from a table to a model."""

from __future__ import annotations

import math

import click

from logistica.cli import options
from logistica.cli.exit_codes import ExitCode
from logistica.cli.help import Helpful
from logistica.cli.messages import show_warnings
from logistica.cli.output import STANDARD_STREAM, announce_input, check_output, write_json, write_text
from logistica.cli.progress import fit_progress

_EXAMPLES = (
    "logistica fit admissions.csv --target admitted -o model.json",
    "logistica fit admissions.csv --formula 'admitted ~ grade * C(rank)' -o model.json",
    "logistica fit a1a.train --C 1 --json          # svmlight text holds its target",
    "zcat big.csv.gz | logistica fit - --target y  # - is standard input",
)


@click.command("fit", cls=Helpful, examples=_EXAMPLES, short_help="Fit a model to a table, and print its summary.")
@options.data_argument
@click.option("--formula", metavar="TEXT", help="Response and predictors, such as 'y ~ a * b + log(c)'.")
@options.target_option
@click.option(
    "--trials", metavar="NAME", help="Column with the trials of each row, of which the target is the successes."
)
@options.columns_option
@options.weights_option
@options.weight_kind_option
@options.offset_option
@options.fit_missing_option
@options.baseline_option
@options.levels_option
@options.rare_option
@options.unknown_option
@click.option(
    "--C", "C", type=float, default=math.inf, help="Inverse strength of a ridge penalty; inf (default): none."
)
@click.option("--standardize", is_flag=True, help="Penalise columns as if their standard deviations were 1.")
@click.option("--no-intercept", is_flag=True, help="Leave the intercept out.")
@click.option("--solver", type=click.Choice(["newton"]), default="newton", show_default=True, help="How to optimise.")
@click.option("--tol", type=float, default=1e-10, show_default=True, help="Accuracy to certify, in standard errors.")
@click.option("--max-iter", type=int, default=100, show_default=True, help="Most steps to take.")
@click.option("--threads", type=int, help="Default: one per processor. The result does not depend on it.")
@click.option("--strict", is_flag=True, help="End with code 5, and save nothing, if the classes are separated.")
@click.option("-o", "--output", metavar="MODEL", help="Save the model to this file.")
@options.json_option
@options.quiet_option
@click.pass_context
def command(
    context: click.Context,
    data: str,
    formula: str | None,
    target: str | None,
    trials: str | None,
    columns: list[str] | None,
    weights: str | None,
    weight_kind: str | None,
    offset: list[str] | None,
    missing: str,
    baseline: dict[str, str],
    levels: dict[str, list[str]],
    rare: int,
    unknown: str,
    C: float,
    standardize: bool,
    no_intercept: bool,
    solver: str,
    tol: float,
    max_iter: int,
    threads: int | None,
    strict: bool,
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Fit a model to the rows of DATA, and print its summary.

    DATA is CSV (with any delimiter), JSON lines, svmlight, Parquet, Feather, an Arrow stream or an Excel workbook,
    plain or compressed with gzip, bzip2 or zstd, told by content; - is standard input. Text columns become contrasts
    with their first level. Two classes give a binary model, more a multinomial one. Without --C it is plain maximum
    likelihood. A fit that has not converged is saved, and ends with code 4.
    """
    if output == STANDARD_STREAM:
        raise click.UsageError("The summary goes to standard output; name a file for the model.")
    check_output(output, data)
    announce_input(data, quiet=quiet)
    import warnings

    from logistica.cli.documents import fit_document
    from logistica.core.errors import LogisticaWarning, SeparationError
    from logistica.fitting.notes import separated
    from logistica.model import fit

    with fit_progress(tol, quiet=quiet) as watch, warnings.catch_warnings():
        warnings.simplefilter("ignore", LogisticaWarning)
        model = fit(
            data,
            formula,
            target=target,
            trials=trials,
            weights=weights,
            weight_kind=weight_kind or "importance",
            offset=offset,
            missing=missing,
            baseline=baseline,
            levels=levels,
            rare=rare,
            unknown=unknown,
            columns=columns,
            C=C,
            fit_intercept=not no_intercept,
            standardize=standardize,
            solver=solver,
            tol=tol,
            max_iter=max_iter,
            threads=threads,
            callback=watch,
        )
    if strict and model.fitted.fit.separation is not None:
        if as_json:
            write_json(fit_document(model))
        raise SeparationError(separated(model.fitted.fit.separation), model.fitted.fit.separation)
    if output is not None:
        model.save(output)
    show_warnings(model.record.notes, quiet=quiet)
    if as_json:
        write_json(fit_document(model))
    else:
        write_text(str(model.summary()))
    context.exit(ExitCode.DONE if model.record.converged else ExitCode.NOT_CONVERGED)
