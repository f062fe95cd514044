"""``logistica path``: one model under many penalties."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import click

from logistica.cli import options
from logistica.cli.exit_codes import ExitCode
from logistica.cli.help import Helpful
from logistica.cli.messages import for_the_shell, show_warnings
from logistica.cli.output import announce_input, check_output, deliver, json_bytes, write_text

if TYPE_CHECKING:
    from logistica.data.destination import Destination
    from logistica.fitting.path import PathFit
    from logistica.model import Path

_EXAMPLES = (
    "logistica path admissions.csv --target admitted",
    "logistica path admissions.csv --target admitted --standardize -o path.csv  # every coefficient",
    "logistica path a1a.train --l1-ratio 0.5 --n-penalties 20 --smallest 0.01",
    "logistica path big.parquet --target y --C 0.01,0.1,1,10 --json",
)
_GROUPS = {
    "Data": ("formula", "target", "trials", "columns", "weights", "weight_kind", "offset", "missing"),
    "Factors": ("baseline", "levels", "rare", "unknown"),
    "Penalties": ("C", "n_penalties", "smallest", "l1_ratio", "standardize"),
    "Model": ("no_intercept", "class_weight"),
    "Solver": ("tol", "max_iter", "threads"),
}
_OWN = ("no_intercept", "class_weight")


@click.command("path", cls=Helpful, examples=_EXAMPLES, groups=_GROUPS, short_help="Fit a model under many penalties.")
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
    "--C",
    "C",
    callback=options.split_numbers,
    metavar="A,B,...",
    help="Inverse strengths of the penalties; default: --n-penalties of them.",
)
@click.option("--n-penalties", type=int, default=100, show_default=True, help="How many, in equal ratios, without --C.")
@click.option(
    "--smallest",
    type=float,
    default=1e-3,
    show_default=True,
    metavar="SHARE",
    help="The last penalty, as a share of the first, the weakest that holds all coefficients at zero.",
)
@click.option(
    "--l1-ratio", type=float, default=1.0, show_default=True, metavar="SHARE", help="Share of the penalty that is L1."
)
@options.standardize_option
@options.no_intercept_option
@options.class_weight_option
@click.option(
    "--tol",
    type=float,
    default=1e-6,
    show_default=True,
    help="The duality gap at which each fit ends, as a share of its objective.",
)
@click.option("--max-iter", type=int, default=100, show_default=True, help="Most steps to take for each penalty.")
@options.threads_option
@click.option("-o", "--output", metavar="FILE", help="Write the path with its coefficients here, and print nothing.")
@options.json_option
@options.quiet_option
@click.pass_context
def command(context: click.Context, /, data: str, output: str | None, as_json: bool, quiet: bool, **given: Any) -> None:
    """Fit a model to the rows of DATA under many penalties, and print a line for each.

    DATA is a file of any format that fit reads, or - for standard input. Each fit starts from the one before, and is
    certified by its duality gap. What is written with -o has a row for each penalty: its figures, the intercepts and
    the coefficients; the name's end, such as .csv, .parquet or .jsonl.gz, asks for the format, and without one, or on
    standard output (-), it is CSV. If a fit has not converged the path ends with code 4; if it is interrupted, with
    code 130 and the fits that are done.
    """
    check_output(output, data)
    from logistica.data.destination import destination

    to = destination(output, document=as_json)
    announce_input(data, quiet=quiet)
    from logistica.core.errors import LogisticaWarning
    from logistica.model import path
    from logistica.model.progress import reading_bar

    with reading_bar(not quiet), warnings.catch_warnings():
        warnings.simplefilter("ignore", LogisticaWarning)
        found = path(data, **_arguments(given))
    show_warnings(found.notes, quiet=quiet)
    _write(found, given, to, output, as_json=as_json)
    context.exit(_code(found.fit))


def _arguments(given: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of :func:`logistica.path`: those of the same names, as far as they are given, and others."""
    return {
        **{name: value for name, value in given.items() if name not in _OWN and value is not None},
        "fit_intercept": not given["no_intercept"],
        "class_weight": given["class_weight"],
    }


def _write(found: Path, given: dict[str, Any], to: Destination, output: str | None, *, as_json: bool) -> None:
    from logistica.cli.documents import path_document
    from logistica.data.writing import archived, written
    from logistica.report.path_table import path_text

    if as_json:
        document = path_document(found, _arguments(given))
        deliver(archived(json_bytes(document), to.archive), output)
    elif output is None:
        write_text(path_text(for_the_shell(found.fit)))
    else:
        table = found.to_frame("pyarrow")
        deliver(written(None, {name: table[name] for name in table.column_names}, to), output)


def _code(fit: PathFit) -> ExitCode:
    """Return how the path ended, by its notes."""
    codes = {note.code for note in fit.notes}
    if "interrupted" in codes:
        return ExitCode.INTERRUPTED
    return ExitCode.NOT_CONVERGED if "not-converged" in codes else ExitCode.DONE
