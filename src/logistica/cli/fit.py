"""``logistica fit``: from a table to a model."""

from __future__ import annotations

import math
import os
from typing import TYPE_CHECKING, Any

import click

from logistica.cli import options
from logistica.cli.exit_codes import ExitCode
from logistica.cli.help import Helpful
from logistica.cli.messages import for_the_shell, say, show_warnings
from logistica.cli.output import STANDARD_STREAM, announce_input, check_output, write_json, write_text
from logistica.cli.solver_options import PARAMETER_NAMES, RULE_NAMES, SOLVERS, settings, solver_options, stop

if TYPE_CHECKING:
    from logistica.model import Model

_EXAMPLES = (
    "logistica fit admissions.csv --target admitted -o model.json",
    "logistica fit admissions.csv --formula 'admitted ~ grade * C(rank)' -o model.json",
    "logistica fit a1a.train --C 1 --json          # svmlight text holds its target",
    "zcat big.csv.gz | logistica fit - --target y  # - is standard input",
    "logistica fit big.csv --target y --solver sgd --epochs 30 --checkpoint run.ckpt -o model.json",
)
_GROUPS = {
    "Data": ("formula", "target", "trials", "columns", "weights", "weight_kind", "offset", "missing"),
    "Factors": ("baseline", "levels", "rare", "unknown"),
    "Model": ("C", "l1_ratio", "standardize", "no_intercept"),
    "Classes of unequal size": ("class_weight", "resample", "restore_prevalence"),
    "Solver": ("solver", "tol", "max_iter", "threads", "random_state"),
    "First-order solvers": (*PARAMETER_NAMES, "checkpoint"),
    "Ending first-order solvers early": RULE_NAMES,
}
_OWN = ("solver", "no_intercept", "strict", "class_weight", *PARAMETER_NAMES, *RULE_NAMES)


@click.command(
    "fit", cls=Helpful, examples=_EXAMPLES, groups=_GROUPS, short_help="Fit a model to a table, and print its summary."
)
@options.data_argument
@options.formula_option
@options.target_option
@options.trials_option
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
@click.option("--l1-ratio", type=float, metavar="SHARE", help="Share of the penalty that is L1; default 0.")
@options.standardize_option
@options.no_intercept_option
@options.class_weight_option
@click.option(
    "--resample", type=click.Choice(["over", "under"]), help="Repeat rows of small classes, or leave out some of large."
)
@click.option("--restore-prevalence", is_flag=True, help="Find the intercepts again on the rows as they are.")
@click.option("--solver", type=click.Choice(SOLVERS), default="auto", show_default=True, help="How to optimise.")
@click.option(
    "--tol",
    type=float,
    default=1e-10,
    show_default=True,
    help="Accuracy to certify, in standard errors; of proximal-newton as a share of the objective.",
)
@click.option(
    "--max-iter", type=int, default=100, show_default=True, help="Most steps to take, of solvers with a --tol."
)
@options.threads_option
@click.option("--random-state", type=int, metavar="SEED", help="Seed of everything random; default 0.")
@solver_options
@click.option("--checkpoint", metavar="FILE", help="Write the run to this file as it goes, and go on from there.")
@click.option("--strict", is_flag=True, help="End with code 5, and save nothing, if the classes are separated.")
@click.option("-o", "--output", metavar="MODEL", help="Save the model to this file.")
@options.json_option
@options.quiet_option
@click.pass_context
def command(
    context: click.Context,
    /,
    data: str,
    output: str | None,
    checkpoint: str | None,
    as_json: bool,
    quiet: bool,
    **given: Any,
) -> None:
    """Fit a model to the rows of DATA, and print its summary.

    DATA is CSV (with any delimiter), JSON lines, svmlight, Parquet, Feather, an Arrow stream or an Excel workbook,
    plain or compressed with gzip, bzip2 or zstd, told by content; - is standard input. Text columns become contrasts
    with their first level. Two classes give a binary model, more a multinomial one. Without --C it is plain maximum
    likelihood. A fit that has not converged is saved, and ends with code 4. One that is interrupted is not saved; with
    --checkpoint, the same command goes on from where it was.
    """
    _check_files(data, output, checkpoint)
    announce_input(data, quiet=quiet)
    import warnings

    from logistica.cli.documents import fit_document
    from logistica.core.errors import LogisticaWarning, SeparationError
    from logistica.model import fit
    from logistica.solvers.driver import Status

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LogisticaWarning)
        model = fit(data, **_arguments(given), checkpoint=checkpoint, progress=not quiet)
    if model.record.status is Status.INTERRUPTED:
        say("error", _how_far(model))
        context.exit(ExitCode.INTERRUPTED)
    if given["strict"] and model.separation is not None:
        if as_json:
            write_json(fit_document(model))
        raise SeparationError(model.record.message, model.separation)
    if output is not None:
        model.save(output)
    show_warnings(model.record.notes, quiet=quiet)
    if as_json:
        write_json(fit_document(model))
    else:
        write_text(str(for_the_shell(model.summary())))
    context.exit(ExitCode.DONE if model.record.converged else ExitCode.NOT_CONVERGED)


def _arguments(given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of :func:`logistica.fit`: those of the same names, as far as they were given, and others."""
    return {
        **{name: value for name, value in given.items() if name not in _OWN and value is not None},
        "fit_intercept": not given["no_intercept"],
        "class_weight": given["class_weight"],
        "solver": settings(given["solver"], given),
        "stop": stop(given),
    }


def _check_files(data: str, output: str | None, checkpoint: str | None) -> None:
    """Refuse, before any work, files that cannot be written or would write over one another."""
    if STANDARD_STREAM in {output, checkpoint}:
        raise click.UsageError(
            "The summary goes to standard output; name a file for the model, and for the checkpoint."
        )
    check_output(output, data)
    check_output(checkpoint, data)
    if output is not None and checkpoint is not None and os.path.realpath(output) == os.path.realpath(checkpoint):
        raise click.UsageError("The model and the checkpoint need a file each.")


def _how_far(model: Model) -> str:
    """Say what an interrupted fit had reached, and how to go on."""
    from logistica.core.wording import counted

    options, last = model.fitted.fit.options, model.record.history[-1]
    done = counted(last.iteration, "step" if options.by_steps else "epoch")
    if options.by_steps:
        how = "The same command starts afresh."
    elif options.checkpoint is None:
        how = "With --checkpoint FILE the same command could go on from there."
    else:
        how = f"The same command goes on from {os.fspath(options.checkpoint)!r}."
    return f"interrupted after {done}, at a loss of {last.loss:.6g}; no model was saved. {how}"
