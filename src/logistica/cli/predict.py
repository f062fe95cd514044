"""``logistica predict``: one line of output for every row of input."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from logistica.cli import options
from logistica.cli.help import Helpful
from logistica.cli.messages import show_notes
from logistica.cli.output import announce_input, check_output, deliver, write_json
from logistica.cli.progress import reading_progress

if TYPE_CHECKING:
    from logistica.prediction.fitted import Fitted, Scores


_EXAMPLES = (
    "logistica predict model.json new.csv > scored.csv",
    "gzip -dc new.csv.gz | logistica predict model.json - | head",
)


@click.command("predict", cls=Helpful, examples=_EXAMPLES, short_help="Predict classes and probabilities, as CSV.")
@options.model_argument
@options.data_argument
@options.offset_option
@options.missing_option
@click.option("-o", "--output", metavar="FILE", help="Write here instead of to standard output.")
@options.json_option
@options.quiet_option
def command(
    model: str,
    data: str,
    offset: list[str] | None,
    missing: str,
    output: str | None,
    as_json: bool,
    quiet: bool,
) -> None:
    """Predict the class of each row of DATA, with the probability of every class, as CSV.

    DATA is a file of any format that fit reads, or - for standard input.

    There is one line for each row, in the same order. Columns are found by name, whatever their order; others are
    ignored. With --missing drop, a row with a missing value keeps its line, left empty.
    """
    check_output(output, data, model)
    announce_input(data, quiet=quiet)
    from logistica.prediction import fitted as prediction
    from logistica.prediction import stored

    fitted = stored.load(model)
    with reading_progress(quiet=quiet):
        scores = prediction.score(fitted, data, offset=offset, missing=missing)
    show_notes(scores.notes, quiet=quiet)
    if as_json:
        write_json(_document(fitted, scores), output)
    else:
        deliver(_csv(fitted, scores), output)


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


def _csv(fitted: Fitted, scores: Scores) -> bytes:
    """Return the predictions as CSV; probabilities are written so that they are read again bit for bit."""
    import csv
    import io

    import pyarrow as pa
    from pyarrow.csv import WriteOptions, write_csv

    from logistica.cli.labels import label_text
    from logistica.prediction.fitted import labels, proba

    head = io.StringIO()
    names = ["prediction", *(f"P({label_text(label)})" for label in fitted.labels.classes.tolist())]
    csv.writer(head, lineterminator="\n").writerow(names)
    columns = [pa.array(labels(fitted, scores).tolist())]
    columns += [pa.array(column, mask=scores.missing) for column in proba(fitted, scores).T]
    body = io.BytesIO()
    write_csv(pa.table(columns, names=names), body, WriteOptions(include_header=False, quoting_style="needed"))
    return head.getvalue().encode("utf-8") + body.getvalue()
