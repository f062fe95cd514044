"""The page that text, HTML, Markdown and LaTeX have in common: every figure already as words, nothing yet laid out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from logistica.core.records import Note
from logistica.data.columns import level_text
from logistica.fitting.options import FitOptions
from logistica.inference import CoefficientTable
from logistica.report import numbers
from logistica.report.facts import Facts

Pairs = tuple[tuple[str, str], ...]

MOST_NAMED = 20
LONGEST_LABEL = 40
NOT_DETERMINED = "sign not determined"


@dataclass(frozen=True)
class Row:
    """A coefficient's row: the term, and a cell for each column; a remark, if any, stands for the first cells."""

    term: str
    cells: tuple[str, ...]
    remark: str = ""


@dataclass(frozen=True)
class Block:
    """The coefficients of one class; the heading is empty for two classes."""

    heading: str
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Sheet:
    """A page.

    Attributes
    ----------
    title : str
    left, right : tuples of (name, value)
        The facts above the table: about the fit, about the model's statistics.
    classes : tuple of str
        The classes, each with its rows.
    columns : tuple of str
        The headings of the table, without that of the terms.
    blocks : tuple of Block
    notes : tuple of str
    """

    title: str
    left: Pairs
    right: Pairs
    classes: tuple[str, ...]
    columns: tuple[str, ...] = ()
    blocks: tuple[Block, ...] = ()
    notes: tuple[str, ...] = ()


def overview(facts: Facts) -> Sheet:
    """Return the page without coefficients."""
    return Sheet(
        title=f"Logistic regression: {subject(facts)}",
        left=_about_fit(facts),
        right=_about_model(facts),
        classes=_classes(facts),
        notes=tuple(note.message for note in facts.notes),
    )


def full(facts: Facts, table: CoefficientTable, notes: tuple[Note, ...]) -> Sheet:
    """Return the page with coefficients."""
    columns = _columns(table)
    return Sheet(
        title=f"Logistic regression: {subject(facts, table.reference)}",
        left=_about_fit(facts),
        right=_about_model(facts),
        classes=_classes(facts),
        columns=tuple(column.heading for column in columns),
        blocks=_blocks(facts, table, columns),
        notes=_baselines(facts) + tuple(note.message for note in notes),
    )


def label(value: object) -> str:
    """Return a class or level as it would be typed, cut where it is very long."""
    text = level_text(value) if isinstance(value, bool) else repr(value)
    return text if len(text) <= LONGEST_LABEL else f"{text[: LONGEST_LABEL - 3]}..."


def subject(facts: Facts, reference: object = None) -> str:
    """Return what is modelled: the probability of a class, or several classes, for a summary against one of them."""
    if len(facts.classes) == 2:
        modelled = facts.classes[1] if reference in {None, facts.classes[0]} else facts.classes[0]
        return f"P({facts.target} = {label(modelled)})"
    among = f"{len(facts.classes)} classes of {facts.target}"
    return among if reference is None else f"{among}, each against {label(reference)}"


def penalty_kind(options: FitOptions) -> str:
    """Return the field's name of a penalty."""
    if not options.lasso:
        return "ridge"
    return "lasso" if options.l1_ratio == 1.0 else "elastic net"


def penalty(options: FitOptions) -> str:
    """Return the penalty in words."""
    if not options.penalised:
        return "none (maximum likelihood)"
    share = f" ({options.l1_ratio:g} of it L1)" if 0.0 < options.l1_ratio < 1.0 else ""
    return f"{penalty_kind(options)}{share}, C={options.C:g}" + (
        ", on standardized columns" if options.standardize else ""
    )


def _about_fit(facts: Facts) -> Pairs:
    record, rows = facts.record, facts.rows
    used = numbers.count(rows.used)
    absent = "of weight 0"
    if rows.grouped:
        absent = "of weight 0 or without a trial" if facts.weighted else "without a trial"
    counts = ((rows.dropped, "dropped"), (rows.weight_zero, absent), (rows.set_aside, "set aside"))
    left_out = [f"{n:,} {why}" for n, why in counts if n]
    weights = (("Weights", f"{rows.weight_kind}, total {numbers.count(rows.total_weight)}"),) if facts.weighted else ()
    trials = (("Trials", numbers.count(int(rows.class_rows.sum()))),) if rows.grouped else ()
    step = "step" if facts.options.by_steps else "epoch"
    return (
        ("Rows", f"{used} of {rows.read:,} ({', '.join(left_out)})" if left_out else used),
        *trials,
        *weights,
        ("Penalty", penalty(facts.options)),
        ("Status", f"{record.status}, {_several(record.iterations, step)}, {_several(record.sweeps, 'sweep')}"),
        ("Certified", _certified(facts)),
        ("Rank", f"{facts.rank:,} of {facts.n_parameters:,}"),
    )


def _certified(facts: Facts) -> str:
    certificate, separation = facts.record.certificate, facts.separation
    bound = certificate.bound
    if separation is not None and not separation.reached:
        return "nothing: separated"
    if separation is not None and separation.verdict == "complete":
        return "no finite part"
    if not math.isnan(certificate.gap):
        return f"to {certificate.gap:.1e} of the objective"
    known = f"to {bound:.1e} standard errors" if math.isfinite(bound) else "nothing yet"
    return known if separation is None else f"finite part {known}"


def _about_model(facts: Facts) -> Pairs:
    about = facts.statistics
    constant = about.log_likelihood - about.log_likelihood_kernel
    grouped = (("Deviance", numbers.statistic(about.deviance)),) if facts.rows.grouped else ()
    return (
        ("Log-likelihood", numbers.statistic(about.log_likelihood)),
        ("  of the null model", numbers.statistic(about.log_likelihood_null + constant)),
        *grouped,
        (f"LR chi-squared ({about.df_model:,} df)", numbers.statistic(about.lr_statistic)),
        ("  p-value", numbers.p_value(about.lr_p_value)),
        ("McFadden R-squared", numbers.statistic(about.mcfadden_r2)),
        ("AIC", numbers.statistic(about.aic)),
        ("BIC", numbers.statistic(about.bic)),
    )


def _classes(facts: Facts) -> tuple[str, ...]:
    rows = facts.rows
    counts = rows.class_weight if rows.weight_kind == "frequency" else rows.class_rows
    each = zip(facts.classes, counts.tolist(), strict=True)
    shown = tuple(
        f"{label(one)} ({_several(n, 'trial' if rows.grouped else 'row')})" for one, n in list(each)[:MOST_NAMED]
    )
    more = len(facts.classes) - len(shown)
    return (*shown, f"{more:,} more") if more else shown


@dataclass(frozen=True)
class _Column:
    heading: str
    cells: tuple[str, ...]


def _columns(table: CoefficientTable) -> tuple[_Column, ...]:
    """Return the columns of the table as words; those that hold nothing at all are left out, for the notes say why."""
    percent = f"{100.0 * table.level:.10g}%"
    error = table.std_error.tolist()
    infinite = [state in ("+inf", "-inf") for state in table.state]
    estimates = [
        f"{state}" if is_infinite else numbers.like(value, size)
        for state, is_infinite, value, size in zip(table.state, infinite, table.estimate.tolist(), error, strict=True)
    ]
    ratios = [
        numbers.ratio(value, infinite=is_infinite)
        for value, is_infinite in zip(table.odds_ratio.tolist(), infinite, strict=True)
    ]

    def as_errors(values: list[float]) -> tuple[str, ...]:
        return tuple(map(numbers.like, values, error))

    def each(words: Callable[[float], str], values: list[float]) -> tuple[str, ...]:
        return tuple(map(words, values))

    columns = (
        _Column("estimate", tuple(estimates)),
        _Column("std. error", as_errors(error)),
        _Column("z", each(numbers.z_value, table.z.tolist())),
        _Column("P>|z|", each(numbers.p_value, table.p_value.tolist())),
        _Column(f"lower {percent}", as_errors(table.lower.tolist())),
        _Column(f"upper {percent}", as_errors(table.upper.tolist())),
        _Column("odds ratio", tuple(ratios)),
    )
    ends = (columns[0], columns[-1])
    return tuple(one for one in columns if one in ends or any(cell != numbers.MISSING for cell in one.cells))


def _blocks(facts: Facts, table: CoefficientTable, columns: tuple[_Column, ...]) -> tuple[Block, ...]:
    modelled = [one for one in facts.classes if one != table.reference]
    cells = list(zip(*(column.cells for column in columns), strict=True))
    rows = [
        Row(term, row, NOT_DETERMINED if state == "undetermined" else "")
        for term, row, state in zip(table.term.tolist(), cells, table.state, strict=True)
    ]
    size = len(rows) // len(modelled)
    headings = [f"{facts.target} = {label(one)} against {label(table.reference)}" for one in modelled]
    return tuple(
        Block(heading if len(modelled) > 1 else "", tuple(rows[i * size : (i + 1) * size]))
        for i, heading in enumerate(headings)
    )


def _baselines(facts: Facts) -> tuple[str, ...]:
    if not facts.baselines:
        return ()
    shown = [f"{name}: {label(level)}" for name, level in facts.baselines[:MOST_NAMED]]
    more = len(facts.baselines) - len(shown)
    return (f"Baselines of the factors: {', '.join(shown)}" + (f" and {more:,} more." if more else "."),)


def _several(number: float, thing: str) -> str:
    return f"{numbers.count(number)} {thing}" + ("" if number == 1 else "s")
