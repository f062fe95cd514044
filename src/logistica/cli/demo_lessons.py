"""The three lessons of ``logistica demo``. Each returns what is to be printed."""

from __future__ import annotations

import textwrap
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from logistica.core.errors import LogisticaWarning
from logistica.evaluation import evaluate
from logistica.model import Model, fit

WIDTH = 98

HOURS = [0.5, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 4.5, 5.0, 5.5, 6.0]
PASSED = ["no", "no", "no", "no", "yes", "no", "yes", "yes", "no", "yes", "yes", "yes"]

WINE_COLUMNS = ["alcohol", "color_intensity", "hue"]
HELD_OUT = 3
"""Every third row is held out for the evaluation."""


def hours() -> str:
    """Two classes: twelve students, who studied for some hours and passed or not."""
    model = fit(pa.table({"hours": HOURS, "passed": PASSED}), target="passed")
    table = model.summary().coefficients
    row = list(table.term).index("hours")
    odds, low, high = np.exp([table.estimate[row], table.lower[row], table.upper[row]])
    new = [2.0, 3.0, 4.0, 5.0]
    chances = model.predict_proba(pa.table({"hours": new}))[:, 1]
    return _lines(
        _heading("1. TWELVE STUDENTS: does studying help to pass?"),
        "  hours   " + "".join(f"{value:>5.1f}" for value in HOURS),
        "  passed  " + "".join(f"{value:>5}" for value in PASSED),
        "",
        _calls(
            "$ logistica fit hours.csv --target passed -o hours.json",
            '>>> model = logistica.fit("hours.csv", target="passed"); print(model.summary())',
        ),
        textwrap.indent(str(model.summary()), "  "),
        "",
        _paragraph(
            f"Each further hour multiplies the odds of passing by {odds:.2f}. Twelve students are few: the data would"
            f" also suit any factor from {low:.2f} to {high:.0f} (95 % interval), so that p = {table.p_value[row]:.3f}"
            f" is no proof. {model.record.message} In short: these are the figures of maximum likelihood, to the last"
            " digit shown."
        ),
        _calls(
            "$ logistica predict hours.json new.csv",
            '>>> model.predict_proba("new.csv")',
        ),
        "  hours   " + "".join(f"{value:>7.1f}" for value in new),
        "  P(yes)  " + "".join(f"{value:>7.3f}" for value in chances),
        "",
    )


def wine() -> str:
    """Three classes: which of three growers a wine comes from, judged on rows that the fit has not seen."""
    from sklearn.datasets import load_wine

    bunch = load_wine()
    growers = np.array(["A", "B", "C"])[bunch.target]
    X = bunch.data[:, [bunch.feature_names.index(name) for name in WINE_COLUMNS]]
    train, test = _split(X, WINE_COLUMNS, "grower", growers)
    model = fit(train, target="grower")
    evaluation = evaluate(model.fitted, test)
    return _lines(
        _heading(f"2. {len(X)} WINES: which of three growers made it?"),
        _calls(
            "$ logistica fit train.csv --target grower --columns alcohol,color_intensity,hue -o wine.json",
            "$ logistica evaluate wine.json test.csv",
            '>>> model = logistica.fit("train.csv", target="grower", columns=["alcohol", "color_intensity", "hue"])',
        ),
        _paragraph(
            f"Three classes need nothing special. In the fit to {train.num_rows} wines {_largest_effects(model)}"
            f" Judged on the {test.num_rows} wines that the fit has not seen:"
        ),
        textwrap.indent(str(evaluation), "  "),
        "",
    )


def tumours() -> str:
    """Separation: a model that maximum likelihood cannot give, and the remedy."""
    from sklearn.datasets import load_breast_cancer

    bunch = load_breast_cancer()
    names = [str(name) for name in bunch.feature_names]
    train, test = _split(bunch.data, names, "diagnosis", bunch.target_names[bunch.target])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LogisticaWarning)
        separated = fit(train, target="diagnosis")
    remedied = fit(train, target="diagnosis", C=1.0)
    at_limit = evaluate(separated.fitted, test)
    return _lines(
        _heading(f"3. {len(names)} MEASUREMENTS OF {len(bunch.data)} TUMOURS: when the answer does not exist"),
        _calls("$ logistica fit train.csv --target diagnosis", '>>> logistica.fit("train.csv", target="diagnosis")'),
        _paragraph(f"warning: {separated.record.message}"),
        _paragraph(
            "A combination of the columns tells every malignant row from every benign one, so the likelihood grows for"
            " ever as the coefficients do, and any finite figure is just where some program stopped. logistica says so"
            " instead of printing one. Such a model is always certain, also when it is wrong: on the"
            f" {test.num_rows} tumours held out it is right for {at_limit.accuracy:.1%}, yet its log loss is"
            f" {at_limit.log_loss:.2f}. A penalty on large coefficients makes the answer exist, and better:"
        ),
        _calls(
            "$ logistica fit train.csv --target diagnosis --C 1 -o tumours.json",
            '>>> logistica.fit("train.csv", target="diagnosis", C=1)',
        ),
        textwrap.indent(str(evaluate(remedied.fitted, test)), "  "),
        "",
    )


def _split(X: Any, names: Sequence[str], target: str, labels: Any) -> tuple[pa.Table, pa.Table]:
    """Return a table to learn from and one to judge by."""
    table = pa.table({**{name: X[:, j] for j, name in enumerate(names)}, target: labels.tolist()})
    held_out = np.arange(len(X)) % HELD_OUT == 0
    return table.filter(pa.array(~held_out)), table.filter(pa.array(held_out))


def _largest_effects(model: Model) -> str:
    """Say which column tells each class most surely from the first, by its z."""
    table = model.summary().coefficients
    parts = []
    for label in model.classes_[1:].tolist():
        rows = [
            i
            for i, (term, k) in enumerate(zip(table.term, table.class_, strict=True))
            if k == label and term in WINE_COLUMNS
        ]
        best = max(rows, key=lambda i: abs(table.z[i]))
        parts.append(
            f"{label} is told from {table.reference} most surely by {table.term[best]} (z = {table.z[best]:.1f})"
        )
    return f"{', and '.join(parts)}."


def _heading(text: str) -> str:
    return f"{text}\n{'-' * len(text)}"


def _calls(*calls: str) -> str:
    return "\n".join([*(f"  {call}" for call in calls), ""])


def _paragraph(text: str) -> str:
    return textwrap.fill(text, WIDTH, break_on_hyphens=False) + "\n"


def _lines(*parts: str) -> str:
    return "\n".join(parts)
