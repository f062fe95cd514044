"""What is predicted: a column of labels, or columns of counts, as a formula or the options say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import FormulaError, OptionError
from logistica.data.arrays import Matrix
from logistica.data.beside import missing_column, take_numbers
from logistica.data.counts import Counts, class_counts, success_counts
from logistica.data.formula import Node, parse, text_of
from logistica.data.formula.functions import Reader
from logistica.data.formula.grammar import parse_expression
from logistica.data.formula.tree import Call, Name, names_in
from logistica.data.formula.variables import expression_values, numbers_of, standards_in
from logistica.data.opening import placing

if TYPE_CHECKING:
    from logistica.data.frames import Table

Array = NDArray[np.float64]


def stated_response(formula: str, opened: Table | Matrix, target: Any) -> Any:
    """Return the target that a formula names, or the one given where it names none.

    ``cbind(successes, failures)``, or ``cbind()`` of the counts of K classes, becomes :class:`Counts`.

    Raises
    ------
    OptionError, FormulaError, DataError
        If the data have no columns, the target is given twice, or the response is neither a column nor counts.
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
    return _counts_of(response, formula, opened)


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
    return success_counts(successes, every - successes, name, names, response)


def counts_again(response: str, opened: Table | Matrix) -> Counts:
    """Return the counts of new data, as the fit's response says them."""
    if isinstance(opened, Matrix):
        raise OptionError("The counts of the fit are named columns: pass a table, or a path to one.")
    return _counts_of(parse_expression(response), response, opened)


def is_counts(response: str) -> bool:
    """Return whether a text is ``cbind()`` of expressions over numbers."""
    try:
        _counted_expressions(parse_expression(response), response)
    except FormulaError:
        return False
    return True


def _counted_expressions(response: Node, text: str) -> list[Node]:
    """Return what ``cbind()`` joins; anything else raises FormulaError."""
    if not (isinstance(response, Call) and response.function == "cbind" and len(response.arguments) > 1):
        raise FormulaError(
            "the response must be the name of a column, or cbind(successes, failures)", text, response.at
        )
    counts = [argument.value for argument in response.arguments]
    reader = Reader(text)
    for node in counts:
        reader.check_expression(node)
        if standards_in(node):
            reader.fail("counts cannot be centred or scaled", node)
    return counts


def _counts_of(response: Node, text: str, table: Table) -> Counts:
    counts = _counted_expressions(response, text)
    columns = tuple(dict.fromkeys(name for node in counts for name in names_in(node)))
    with placing(table):
        values = [_counts(node, table) for node in counts]
    if len(values) == 2:
        return success_counts(values[0], values[1], text_of(counts[0]), columns, text_of(response))
    return class_counts(values, [text_of(node) for node in counts], columns, text_of(response))


def _counts(node: Node, table: Table) -> Array:
    columns = {}
    for name in names_in(node):
        if name not in table.names:
            raise missing_column(name, table.names, "response")
        columns[name] = table.column(name)
    values = expression_values(node, columns, {}, None)
    return np.array(np.broadcast_to(values, (table.n_rows,)))
