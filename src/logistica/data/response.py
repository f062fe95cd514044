"""What is predicted: a column of labels, a comparison, or columns of counts, as a formula or the options say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import FormulaError, OptionError
from logistica.core.wording import listed
from logistica.data.arrays import Matrix
from logistica.data.beside import missing_column, take_numbers
from logistica.data.columns import LevelColumn, RawColumn, level_text
from logistica.data.counts import Counts, class_counts, success_counts
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
SHOWN = 10


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


def counted_response(target: Any, trials: Any, opened: Table | Matrix) -> Counts:
    """Return the target of successes among trials: names of columns, or arrays of shape (n,)."""
    if target is None:
        raise OptionError("trials= needs target=, the number of successes of each row.")
    with placing(opened):
        successes = numbers_of(take_numbers(target, opened, "target"))
        every = numbers_of(take_numbers(trials, opened, "trials"))
    names = [given for given in (target, trials) if isinstance(given, str)]
    response = None
    if isinstance(target, str) and isinstance(trials, str):
        hit, tried = (text_of(Name(name, 0)) for name in (target, trials))
        response = f"cbind({hit}, {tried} - {hit})"
    name = target if isinstance(target, str) else "target"
    found = success_counts(successes, every - successes, name, names, response)
    return replace(found, trials=trials if isinstance(trials, str) else None)


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
        problem = f"{match.text!r} is none of the levels of {match.column!r}: {listed(column.levels, SHOWN)}"
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
    if len(values) == 2:
        found = success_counts(values[0], values[1], text_of(counts[0]), tuple(columns), text_of(response))
        return replace(found, trials=_trials(*counts))
    return class_counts(values, [text_of(node) for node in counts], tuple(columns), text_of(response))


def _trials(one: Node, other: Node) -> str | None:
    """Return the column of trials in ``cbind(hits, trials - hits)``, in either order; None of other counts."""
    for hits, misses in ((one, other), (other, one)):
        match hits, misses:
            case Name(hit), Chain(("-",), (Name(trials), Name(same))) if hit == same != trials:
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
