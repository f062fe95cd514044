"""What is predicted: a column of labels, a comparison, or columns of counts, as a formula or the options say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import FormulaError, OptionError
from logistica.core.records import Note
from logistica.core.wording import listed
from logistica.data.arrays import Matrix
from logistica.data.beside import missing_column, take_numbers
from logistica.data.columns import LevelColumn, NumberColumn, RawColumn, level_text, missing_rows
from logistica.data.counts import Counts, are_proportions, class_counts, success_counts
from logistica.data.formula import Node, parse, text_of
from logistica.data.formula.functions import Reader
from logistica.data.formula.grammar import parse_expression
from logistica.data.formula.leaves import Match, column_names, leaf_of
from logistica.data.formula.tree import Argument, Call, Chain, Comparison, Group, Name, names_in
from logistica.data.formula.variables import expression_values, numbers_of, standards_in
from logistica.data.opening import placing
from logistica.data.target import Target

if TYPE_CHECKING:
    from logistica.data.frames import Table

Array = NDArray[np.float64]


def stated_response(formula: str, opened: Table | Matrix, target: Any) -> Any:
    """Return the target that a formula names, or the one given where it names none.

    ``cbind(successes, failures)``, or ``cbind()`` of the counts of K classes, becomes :class:`Counts`; a comparison,
    such as ``I(y > 3)``, a :class:`Target` of booleans.

    Raises
    ------
    OptionError, FormulaError, DataError
        If the data have no columns, the target is given twice, or the response is none of these.
    """
    if isinstance(opened, Matrix):
        raise OptionError("A formula needs named columns: pass a table, or a path to one.")
    response = parse(formula).response
    if response is None:
        return target
    if target is not None:
        raise OptionError(
            f"The formula has the response {text_of(response)}, and target= is given too. Pass one of them."
        )
    if isinstance(response, Name):
        return response.text
    found = _made(response, formula, opened)
    if isinstance(found, Target):
        _require_levels(_comparison(response), formula, opened)
    return found


def counted_response(target: Any, trials: Any, weights: Any, opened: Table | Matrix) -> Counts:
    """Return the target of successes, or their proportions, among trials: names of columns, or arrays of shape (n,).

    Proportions need not be known in rows without a trial; rows of weight 0 do not tell whether they are proportions.
    """
    if target is None:
        raise OptionError("trials= needs target=, the number of successes of each row.")
    with placing(opened):
        taken, tried = take_numbers(target, opened, "target"), take_numbers(trials, opened, "trials")
        weighted = None if weights is None else numbers_of(take_numbers(weights, opened, "weights"))
    given, every = numbers_of(taken), numbers_of(tried)
    given = _without_trials(given, every)
    shares = are_proportions(given if weighted is None else given[weighted != 0.0])
    successes = given * every if shares else given
    names = [name for name in (target, trials) if isinstance(name, str)]
    response, notes = None, tuple[Note, ...]()
    if isinstance(target, str) and isinstance(trials, str):
        hit, whole = (text_of(Name(name, 0)) for name in (target, trials))
        hit = f"{hit} * {whole}" if shares else hit
        response = f"cbind({hit}, {whole} - {hit})"
    name = target if isinstance(target, str) else "target"
    if shares:
        message = f"Column {name!r} holds proportions; times the trials they are the successes."
        notes = (Note("proportions", message),)
    found = success_counts(successes, every - successes, name, names, response, _precision([taken]))
    gaps = {name: np.isnan(given), trials if isinstance(trials, str) else "trials": np.isnan(every)}
    return replace(found, trials=trials if isinstance(trials, str) else None, gaps=gaps, notes=notes)


def response_again(response: str, opened: Table | Matrix) -> Target | Counts:
    """Return the target of new data, as the fit's response says it."""
    if isinstance(opened, Matrix):
        raise OptionError(f"The response of the fit, {response}, is made of columns: pass a table, or a path to one.")
    return _made(parse_expression(response), response, opened)


def is_response(response: str, *, counts: bool) -> bool:
    """Return whether a text is ``cbind()`` of expressions over numbers, or else a comparison."""
    try:
        node = parse_expression(response)
        if counts:
            _counted_expressions(node, response)
        else:
            _checked_comparison(node, response)
    except FormulaError:
        return False
    return True


def _made(response: Node, text: str, table: Table) -> Target | Counts:
    """Return the target that an expression makes of a table's columns."""
    if isinstance(response, Call) and response.function == "cbind":
        return _counts_of(response, text, table)
    _checked_comparison(response, text)
    columns = _columns_of(response, table)
    with placing(table):
        values = _values(response, columns, table.n_rows)
    missing = np.isnan(values)
    printed = text_of(response)
    return Target(values == 1.0, missing if missing.any() else None, printed, columns=tuple(columns), response=printed)


def _comparison(response: Node) -> Node:
    """Return what stands inside parentheses, or ``I()``."""
    while True:
        match response:
            case Group(inside):
                response = inside
            case Call("I", (Argument(None, inside),)):
                response = inside
            case _:
                return response


def _checked_comparison(response: Node, text: str) -> None:
    """Raise FormulaError for what is no comparison of expressions over columns."""
    reader = Reader(text)
    if isinstance(response, Call):
        reader.check_known(response)
    if not isinstance(_comparison(response), Comparison):
        raise FormulaError(
            "the response must be the name of a column, cbind(successes, failures), or a comparison such as I(y > 3)",
            text,
            response.at,
        )
    reader.check_expression(response)
    if standards_in(response):
        reader.fail("a response cannot be centred or scaled", response)
    if not column_names(response):
        reader.fail("the response names no column", response)


def _require_levels(comparison: Node, formula: str, table: Table) -> None:
    """Refuse a comparison with a text that does not occur, which would never hold."""
    match = leaf_of(comparison)
    if not isinstance(match, Match):
        return
    column = table.column(match.column)
    if isinstance(column, LevelColumn) and match.text not in map(level_text, column.levels):
        problem = f"{match.text!r} is none of the levels of {match.column!r}: {listed(column.levels)}"
        raise FormulaError(problem, formula, comparison.at)


def _counted_expressions(response: Node, text: str) -> list[Node]:
    """Return what ``cbind()`` joins; anything else raises FormulaError."""
    if not (isinstance(response, Call) and response.function == "cbind" and len(response.arguments) > 1):
        raise FormulaError("cbind() joins two counts or more, such as cbind(successes, failures)", text, response.at)
    counts = [argument.value for argument in response.arguments]
    reader = Reader(text)
    for node in counts:
        reader.check_expression(node)
        if standards_in(node):
            reader.fail("counts cannot be centred or scaled", node)
    return counts


def _counts_of(response: Node, text: str, table: Table) -> Counts:
    counts = _counted_expressions(response, text)
    columns = _columns_of(response, table)
    with placing(table):
        values = [_values(node, columns, table.n_rows) for node in counts]
    gaps = {name: missing_rows(column) for name, column in columns.items()}
    precision = _precision(columns.values())
    if len(values) == 2:
        trials = _trials(*counts)
        if trials is not None:
            every = numbers_of(columns[trials])
            values = [_without_trials(one, every) for one in values]
            gaps = {name: mask & (every != 0.0) for name, mask in gaps.items()}
        found = success_counts(values[0], values[1], text_of(counts[0]), tuple(columns), text_of(response), precision)
        return replace(found, trials=trials, gaps=gaps)
    found = class_counts(values, [text_of(node) for node in counts], tuple(columns), text_of(response))
    return replace(found, gaps=gaps)


def _without_trials(counts: Array, trials: Array) -> Array:
    """Return counts, or proportions, with 0 where they are missing because there was no trial."""
    return np.where((trials == 0.0) & np.isnan(counts), 0.0, counts)


def _precision(columns: Iterable[RawColumn]) -> float:
    """Return the relative error of the coarsest numbers among columns."""
    kinds = [column.values.dtype for column in columns if isinstance(column, NumberColumn)]
    return max((float(np.finfo(kind).eps) for kind in kinds if kind.kind == "f"), default=0.0)


def _trials(one: Node, other: Node) -> str | None:
    """Return the column of trials in ``cbind(hits, trials - hits)``, in either order; None of other counts."""
    for hits, misses in ((one, other), (other, one)):
        match misses:
            case Chain(("-",), (Name(trials), same)) if text_of(same) == text_of(hits) != text_of(Name(trials, 0)):
                return trials
    return None


def _columns_of(response: Node, table: Table) -> dict[str, RawColumn]:
    columns = {}
    for name in names_in(response):
        if name not in table.names:
            raise missing_column(name, table.names, "response")
        columns[name] = table.column(name)
    return columns


def _values(node: Node, columns: Mapping[str, RawColumn], n_rows: int) -> Array:
    """Return the values of an expression in all rows, shape (n_rows,)."""
    return np.array(np.broadcast_to(expression_values(node, columns, {}, None), (n_rows,)))
