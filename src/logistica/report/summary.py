"""The summary of a fitted model: facts, statistics and coefficients, and every way to show them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from logistica.core.errors import OptionError
from logistica.core.memory import FEWER_COLUMNS, memory_in_words
from logistica.core.records import Note
from logistica.inference import CoefficientTable, ModelStatistics, coefficient_table
from logistica.prediction.fitted import Fitted
from logistica.report import as_html, as_latex, as_markdown, as_text, as_values
from logistica.report.facts import Facts, gather, in_order
from logistica.report.sheet import Sheet, full


@dataclass(frozen=True, eq=False, repr=False)
class Summary:
    """A summary; printing it shows the table.

    Attributes
    ----------
    facts : Facts
        Rows, options, record and baselines.
    coefficients : CoefficientTable
        One-dimensional arrays: term, class_, estimate, std_error, z, p_value, lower, upper, odds_ratio and more.
    notes : tuple of Note
        What the fit has to say, and why numbers are missing.
    """

    facts: Facts
    coefficients: CoefficientTable
    notes: tuple[Note, ...]

    @property
    def statistics(self) -> ModelStatistics:
        """Log-likelihoods, the likelihood-ratio test, AIC, BIC."""
        return self.facts.statistics

    def __str__(self) -> str:
        return as_text.render(self._sheet)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return as_html.render(self._sheet)

    def to_html(self) -> str:
        """Return the summary as an HTML fragment."""
        return as_html.render(self._sheet)

    def to_markdown(self) -> str:
        """Return the summary as Markdown tables."""
        return as_markdown.render(self._sheet)

    def to_latex(self) -> str:
        """Return the summary as LaTeX tables that need no package."""
        return as_latex.render(self._sheet)

    def to_dict(self) -> dict[str, Any]:
        """Return the summary as values that ``json.dumps(..., allow_nan=False)`` accepts.

        Numbers that do not exist are None, infinite ones the text "inf" or "-inf". ``coefficients`` is a list with a
        dict for each row of the table, where ``class_`` is called "class".
        """
        return as_values.as_dict(self.facts, self.coefficients, self.notes)

    def to_frame(self, backend: str | None = None) -> Any:
        """Return the coefficients as a data frame, a row for each, where ``class_`` is called "class".

        Parameters
        ----------
        backend : {"pandas", "polars", "pyarrow"}, optional
            Default: pandas if it is installed, else an Arrow table.

        Raises
        ------
        OptionError, NotAvailableError
            For a backend that is unknown, or not installed.
        """
        return as_values.as_frame(self.coefficients, backend)

    @property
    def _sheet(self) -> Sheet:
        return full(self.facts, self.coefficients, self.notes)


@memory_in_words(FEWER_COLUMNS)
def summarise(fitted: Fitted, level: float = 0.95, covariance: str = "model", reference: object = None) -> Summary:
    """Return the summary of a fitted model.

    Parameters
    ----------
    fitted : Fitted
        A finished fit with its recipe and labels.
    level : float, default 0.95
        Of the intervals, between 0 and 1.
    covariance : {"model"}
        Where standard errors come from: "model" is the inverse observed information.
    reference : label, optional
        The class that the others are compared with; default the first. For two classes the other one is modelled.

    Raises
    ------
    OptionError
        For an impossible level, an unknown covariance, or a reference that is not a class.
    """
    if covariance != "model":
        raise OptionError(
            f"covariance={covariance!r}: it must be 'model', standard errors from the inverse observed information"
        )
    facts = gather(fitted)
    table = coefficient_table(fitted, level, reference)
    return Summary(facts, table, in_order(table.notes + facts.notes))
