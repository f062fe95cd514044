"""The tree of a formula, and its way back to text, as R prints it."""

from __future__ import annotations

import re
from dataclasses import dataclass

PLAIN = re.compile(r"(?:[^\W\d]|\.(?![\d]))[\w.]*")


@dataclass(frozen=True)
class Name:
    """A column."""

    text: str
    at: int


@dataclass(frozen=True)
class Dot:
    """All columns that have no other role."""

    at: int


@dataclass(frozen=True)
class Number:
    """A number."""

    value: float
    at: int


@dataclass(frozen=True)
class String:
    """Text in quotes."""

    value: str
    at: int


@dataclass(frozen=True)
class Signed:
    """``-x`` or ``+x``."""

    operator: str
    operand: Node
    at: int


@dataclass(frozen=True)
class Chain:
    """Operators of one level, from the left: operands[0] operators[0] operands[1] ..."""

    operators: tuple[str, ...]
    operands: tuple[Node, ...]
    at: int


@dataclass(frozen=True)
class Comparison:
    """``left operator right``, which is 1 where it holds and 0 where it does not."""

    operator: str
    left: Node
    right: Node
    at: int


@dataclass(frozen=True)
class Power:
    """``base ^ exponent``."""

    base: Node
    exponent: Node
    at: int


@dataclass(frozen=True)
class Group:
    """Something in parentheses."""

    inside: Node
    at: int


@dataclass(frozen=True)
class Argument:
    """One argument of a call; ``name`` is None where it was given by its place."""

    name: str | None
    value: Node
    at: int


@dataclass(frozen=True)
class Call:
    """A function with its arguments."""

    function: str
    arguments: tuple[Argument, ...]
    at: int


Node = Name | Dot | Number | String | Signed | Chain | Comparison | Power | Group | Call


def text_of(node: Node) -> str:
    """Return an expression as R prints it: the name of the variable that it makes. It parses to the same tree."""
    match node:
        case Name(text):
            plain = PLAIN.fullmatch(text) and text != "."
            printed = text if plain else "`" + re.sub(r"([`\\])", r"\\\1", text) + "`"
        case Dot():
            printed = "."
        case Number(value):
            printed = f"{value:.15g}" if float(f"{value:.15g}") == value else repr(value)
        case String(value):
            printed = '"' + re.sub(r'(["\\])', r"\\\1", value) + '"'
        case Signed(operator, operand):
            printed = operator + text_of(operand)
        case Power(base, exponent):
            printed = f"{text_of(base)}^{text_of(exponent)}"
        case Group(inside):
            printed = f"({text_of(inside)})"
        case Comparison(operator, left, right):
            printed = f"{text_of(left)} {operator} {text_of(right)}"
        case Chain(operators, operands):
            printed = text_of(operands[0])
            for operator, operand in zip(operators, operands[1:], strict=True):
                printed += (operator if operator in ":/" else f" {operator} ") + text_of(operand)
        case Call(function, arguments):
            printed = f"{function}({', '.join(map(_argument_text, arguments))})"
    return printed


def _argument_text(argument: Argument) -> str:
    value = text_of(argument.value)
    return value if argument.name is None else f"{argument.name} = {value}"


def names_in(node: Node) -> list[str]:
    """Return the columns that an expression names, each once, in order."""
    found: dict[str, None] = {}
    waiting = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Name):
            found[one.text] = None
        waiting += reversed(parts_of(one))
    return list(found)


def parts_of(node: Node) -> tuple[Node, ...]:
    """Return the expressions directly inside one."""
    match node:
        case Signed(operand=inside) | Group(inside=inside):
            return (inside,)
        case Chain(_, operands):
            return operands
        case Comparison(_, left, right):
            return left, right
        case Power(base, exponent):
            return base, exponent
        case Call(_, arguments):
            return tuple(argument.value for argument in arguments)
        case _:
            return ()
