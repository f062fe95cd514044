"""A model in one line, and as a small card for notebooks."""

from __future__ import annotations

from logistica.core.wording import counted
from logistica.prediction.fitted import Fitted
from logistica.report import as_html, as_text, numbers
from logistica.report.facts import gather
from logistica.report.sheet import overview, subject


def short(fitted: Fitted) -> str:
    """Return the model in one line: what is modelled on how much, and how the fit ended."""
    facts = gather(fitted)
    columns = counted(facts.n_columns, "column")
    rows = "1 row" if facts.rows.used == 1 else f"{numbers.count(facts.rows.used)} rows"
    penalty = f", C={facts.options.C:g}" if facts.options.penalised else ""
    what = as_text.printable(subject(facts))
    return f"<logistica model: {what} ~ {columns}, {rows}{penalty}, {facts.record.status}>"


def html(fitted: Fitted) -> str:
    """Return the model as a card in HTML: the summary without its coefficients."""
    return as_html.render(overview(gather(fitted)))
