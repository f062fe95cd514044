"""``logistica predict``: one line of output for every row of input."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import click

from logistica.cli import options
from logistica.cli.help import Helpful
from logistica.cli.messages import show_notes
from logistica.cli.output import STANDARD_STREAM, announce_input, check_output, deliver, json_bytes
from logistica.core.memory import IN_PIECES, memory_in_words

if TYPE_CHECKING:
    from logistica.data.arrays import Matrix
    from logistica.data.destination import Destination
    from logistica.data.frames import Table
    from logistica.prediction.fitted import Fitted, Scores


_EXAMPLES = (
    "logistica predict model.json new.csv > scored.csv",
    "gzip -dc new.csv.gz | logistica predict model.json - | head",
)


@click.command(
    "predict", cls=Helpful, examples=_EXAMPLES, short_help="Predict the class of each row, and its probability."
)
@options.model_argument
@options.data_argument
@options.offset_option
@options.missing_option
@click.option("--only", is_flag=True, help="The predictions alone, as CSV, without the columns of DATA.")
@click.option("-o", "--output", metavar="FILE", help="Write here instead of to standard output.")
@options.json_option
@options.quiet_option
@memory_in_words(IN_PIECES)
def command(
    model: str,
    data: str,
    offset: list[str] | None,
    missing: str,
    only: bool,
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Predict the class of each row of DATA, with the probability of every class.

    DATA is a file of any format that fit reads, or - for standard input. Its rows come back in their order and format,
    with the columns "prediction" and "P(class)" added; those of a workbook as CSV, and those of svmlight text, which
    has no names, as CSV without its columns. A name with -o that ends in .csv, .tsv, .jsonl, .parquet, .feather,
    .arrows or .xlsx asks for that format, and .gz, .bz2 or .zst after it for that archive. Columns are found by name,
    whatever their order; others are ignored. With --missing drop, a row with a missing value keeps its place, without
    a prediction.
    """
    check_output(output, data, model)
    from logistica.data.destination import destination

    to = destination(output, document=as_json)
    announce_input(data, quiet=quiet)
    from logistica.data.arrays import Matrix
    from logistica.data.newrows import open_like
    from logistica.data.writing import archived, written
    from logistica.model.progress import reading_bar
    from logistica.prediction import fitted as prediction
    from logistica.prediction import stored

    fitted = stored.load(model)
    with reading_bar(not quiet):
        opened = open_like(fitted.recipe, data)
        table = None if only or as_json or isinstance(opened, Matrix) else opened
        _check_rows(fitted, opened, table, to, output)
        scores = prediction.score(fitted, opened, offset=offset, missing=missing)
    show_notes(scores.notes, quiet=quiet)
    if as_json:
        deliver(archived(json_bytes(_document(fitted, scores)), to.archive), output)
    else:
        deliver(written(table, prediction.predicted_columns(fitted, scores), to), output)


def _check_rows(
    fitted: Fitted, opened: Table | Matrix, table: Table | None, to: Destination, output: str | None
) -> None:
    """Refuse, before anything is scored, what could not be written."""
    from logistica.data.writing import is_binary
    from logistica.prediction.fitted import predicted_names

    to.check_rows(opened.n_rows)
    if table is None:
        return
    table.check_free(predicted_names(fitted))
    if is_binary(table, to) and output in {None, STANDARD_STREAM} and sys.stdout.isatty():
        raise click.UsageError("DATA is binary, and so is the result: name a file with -o, or pass --only for CSV.")


def _document(fitted: Fitted, scores: Scores) -> dict[str, Any]:
    from logistica.cli.documents import notes_list
    from logistica.prediction.fitted import labels, proba

    classes = fitted.labels.classes.tolist()
    columns = _without_missing(proba(fitted, scores), scores)
    return {
        "target": fitted.target_name,
        "n_rows": len(scores.eta),
        "classes": classes,
        "predictions": labels(fitted, scores),
        "probabilities": [{"class": label, "values": values} for label, values in zip(classes, columns, strict=True)],
        "notes": notes_list(scores.notes),
    }


def _without_missing(probabilities: Any, scores: Scores) -> list[list[float | None]]:
    """Return the columns as lists, with None in rows that have no prediction."""
    columns: list[list[float | None]] = probabilities.T.tolist()
    if scores.missing is not None:
        for row in scores.missing.nonzero()[0].tolist():
            for column in columns:
                column[row] = None
    return columns
