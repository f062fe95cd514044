"""``logistica evaluate``: a model against labelled rows."""

from __future__ import annotations

import click

from logistica.cli import options
from logistica.cli.help import Helpful
from logistica.cli.messages import for_the_shell, show_notes
from logistica.cli.output import announce_input, write_json, write_text

_EXAMPLES = (
    "logistica evaluate model.json test.csv",
    "logistica evaluate model.json test.csv --threshold 0.3 --json",
)


@click.command("evaluate", cls=Helpful, examples=_EXAMPLES, short_help="Compare predictions with the truth.")
@options.model_argument
@options.data_argument
@options.target_option
@options.weights_option
@options.weight_kind_option
@options.offset_option
@options.missing_option
@click.option(
    "--threshold",
    type=float,
    default=0.5,
    show_default=True,
    help="Of two classes, predict the second where its probability is above this.",
)
@options.json_option
@options.quiet_option
def command(
    model: str,
    data: str,
    target: str | None,
    weights: str | None,
    weight_kind: str | None,
    offset: list[str] | None,
    missing: str,
    threshold: float,
    as_json: bool,
    quiet: bool,
) -> None:
    """Compare the model's predictions for DATA with the classes that DATA holds.

    Accuracy, log loss, Brier score, ROC AUC and the confusion matrix; precision, recall and F1 of each class. The
    classes, weights and offset are found under the names that they had in the fit, unless others are given.
    """
    announce_input(data, quiet=quiet)
    from logistica.evaluation import evaluate
    from logistica.model.progress import reading_bar
    from logistica.prediction import stored

    with reading_bar(not quiet):
        evaluation = evaluate(
            stored.load(model),
            data,
            target=target,
            weights=weights,
            weight_kind=weight_kind,
            offset=offset,
            missing=missing,
            threshold=threshold,
        )
    show_notes(evaluation.notes, quiet=quiet)
    if as_json:
        write_json(for_the_shell(evaluation).to_dict())
    else:
        write_text(str(evaluation))
