"""Expressions over columns: arithmetic, comparisons and functions of one value, block by block."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from logistica.data.formula.leaves import Leaf, leaf_of
from logistica.data.formula.tree import (
    Call,
    Chain,
    Comparison,
    Group,
    Name,
    Node,
    Number,
    Power,
    Signed,
    names_in,
    text_of,
)

Array = NDArray[np.float64]
Values = Array | float

FUNCTIONS: dict[str, Callable[[Array], Array]] = {
    "log": np.log,
    "log2": np.log2,
    "log10": np.log10,
    "log1p": np.log1p,
    "exp": np.exp,
    "sqrt": np.sqrt,
    "abs": np.abs,
}
"""Each takes one value to one value."""
COMPARED: dict[str, Callable[[Array, Array], NDArray[np.bool_]]] = {
    "==": np.equal,
    "!=": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


@dataclass(frozen=True)
class Standard:
    """What ``center()`` and ``scale()`` learned: (x - centre) / scale."""

    centre: float
    scale: float


class NoValueError(Exception):
    """An expression has no finite value at some places of a block; the arguments are those at the first of them."""

    def __init__(self, expression: str, columns: list[str], places: NDArray[np.intp], arguments: str) -> None:
        self.expression = expression
        self.columns = columns
        self.places = places
        self.arguments = arguments
        super().__init__(expression)


def evaluate(node: Node, numbers: Callable[[Leaf], Array], learned: Mapping[str, object]) -> Values:
    """Return an expression's values, shape (n,), or one number where it names no column.

    Parameters
    ----------
    node : Node
        Checked before by :meth:`.functions.Reader.check_expression`.
    numbers : callable
        Gives a leaf's values, shape (n,), NaN where missing.
    learned : mapping of str to Standard
        For each ``center()`` and ``scale()``, by its text.

    Raises
    ------
    NoValueError
        At the first place where the value is not finite though no argument is missing.
    """

    def value_of(inside: Node) -> Values:
        return evaluate(inside, numbers, learned)

    found: Values
    match node:
        case Name(text):
            found = numbers(text)
        case Number(value):
            found = value
        case Group(inside):
            found = value_of(inside)
        case Signed(operator, operand):
            found = -value_of(operand) if operator == "-" else value_of(operand)
        case Power(base, exponent):
            found = _joined("^", value_of(base), value_of(exponent), node)
        case Comparison(operator, left, right):
            matched = leaf_of(node)
            if matched is None:
                found = _compared(operator, value_of(left), value_of(right))
            else:
                found = numbers(matched) if operator == "==" else 1.0 - numbers(matched)
        case Chain(operators, operands):
            found = value_of(operands[0])
            for operator, operand in zip(operators, operands[1:], strict=True):
                found = _joined(operator, found, value_of(operand), node)
        case Call():
            found = _called(node, value_of(node.arguments[0].value), learned)
        case _:
            raise AssertionError(f"an expression that was checked holds {node!r}")
    return found


def _called(node: Call, value: Values, learned: Mapping[str, object]) -> Values:
    if node.function == "I":
        return value
    standard = learned.get(text_of(node))
    if isinstance(standard, Standard):
        with np.errstate(over="ignore"):
            return _finite(np.asarray((value - standard.centre) / standard.scale), node, value)
    with np.errstate(all="ignore"):
        return _finite(np.asarray(FUNCTIONS[node.function](np.asarray(value, np.float64))), node, value)


def _joined(operator: str, left: Values, right: Values, node: Node) -> Values:
    with np.errstate(all="ignore"):
        a, b = np.asarray(left, np.float64), np.asarray(right, np.float64)
        match operator:
            case "+":
                found = a + b
            case "-":
                found = a - b
            case "*":
                found = a * b
            case "/":
                found = a / b
            case _:
                found = np.power(a, b)
    return _finite(found, node, left, right)


def _compared(operator: str, left: Values, right: Values) -> Values:
    """Return 1 where a comparison holds, 0 where it does not, and NaN where a value is missing."""
    holds = COMPARED[operator](np.asarray(left, np.float64), np.asarray(right, np.float64))
    found = np.where(np.isnan(left) | np.isnan(right), np.nan, holds)
    return found if found.ndim else float(found)


def _finite(found: Array, node: Node, *arguments: Values) -> Values:
    """Let NaN through where an argument is NaN, a missing value; anything else must be finite."""
    odd = ~np.isfinite(found)
    if not odd.any():
        return found if found.ndim else float(found)
    for argument in arguments:
        odd &= ~np.isnan(argument)
    if odd.any():
        places = np.flatnonzero(odd)
        at = places[0]
        values = (float(a if np.ndim(a) == 0 else np.asarray(a)[at]) for a in arguments)
        raise NoValueError(text_of(node), names_in(node), places, " and ".join(f"{value:.6g}" for value in values))
    return found if found.ndim else float(found)
