"""From the text of a formula to its tree.

Operators, loosest first: ``~``; ``+`` and ``-``; ``*`` and ``/``; ``:``; the signs ``-`` and ``+``; ``^`` (also written
``**``), which groups from the right. All others group from the left, and a row of them is one :class:`Chain`, so that
a formula of ten thousand terms is no deeper than one of two.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isinf
from typing import NoReturn

from logistica.core.errors import FormulaError
from logistica.data.formula.tree import Argument, Call, Chain, Dot, Group, Name, Node, Number, Power, Signed, String

LONGEST = 100_000
"""Characters."""
DEEPEST = 40
"""Levels of parentheses, calls, signs and powers."""

TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)
      | (?P<name>(?:[^\W\d]|\.(?!\d))[\w.]*)
      | (?P<quoted>`(?:[^`\\]|\\.)*`)
      | (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<operator>\*\*|[-+*/:^~(),=])
      | (?P<end>$)
    )""",
    re.VERBOSE | re.DOTALL,
)
LEVELS: tuple[frozenset[str], ...] = (frozenset("+-"), frozenset("*/"), frozenset(":"))


@dataclass(frozen=True)
class Sides:
    """A whole formula; ``response`` is None where nothing stands before the tilde, or there is no tilde."""

    response: Node | None
    predictors: Node


@dataclass(frozen=True)
class Token:
    """A piece of the text: its kind, which for operators is the operator, and where it starts."""

    kind: str
    text: str
    at: int


def parse(formula: str) -> Sides:
    """Parse a formula.

    Raises
    ------
    FormulaError
        With the position of what is wrong. Also for a formula longer than 100,000 characters or more than 40 levels
        deep.
    """
    return _Parser(formula).sides()


def parse_expression(text: str) -> Node:
    """Parse one expression without a tilde, such as a variable's text in a model file."""
    return _Parser(text).expression()


class _Parser:
    """Recursive descent over the tokens."""

    def __init__(self, text: str) -> None:
        if len(text) > LONGEST:
            raise FormulaError(f"the formula has {len(text):,} characters; at most {LONGEST:,} are read", text, 0)
        self.text = text
        self.tokens = self._tokens()
        self.place = 0
        self.depth = 0

    def sides(self) -> Sides:
        response = None
        if not self._sees("~"):
            response = self._level(0)
            if self._sees("end"):
                self._fail("there is no '~': write the response, '~', and the predictors, such as 'y ~ a + b'")
        self._take("~")
        predictors = self._level(0)
        self._end()
        return Sides(response, predictors)

    def expression(self) -> Node:
        node = self._level(0)
        self._end()
        return node

    def _tokens(self) -> list[Token]:
        found = []
        at = 0
        while True:
            match = TOKEN.match(self.text, at)
            if match is None:
                start = at + len(self.text[at:]) - len(self.text[at:].lstrip())
                sign = self.text[start]
                if sign in "`\"'":
                    raise FormulaError(f"the quote {sign} is not closed", self.text, start)
                raise FormulaError(f"{sign!r} has no meaning in a formula", self.text, start)
            kind = str(match.lastgroup)
            text = match.group(kind)
            start = match.start(kind)
            if kind == "operator":
                kind = "^" if text == "**" else text
            found.append(Token(kind, text, start))
            if kind == "end":
                return found
            at = match.end()

    def _sees(self, kind: str) -> bool:
        return self.tokens[self.place].kind == kind

    def _take(self, kind: str) -> Token:
        if not self._sees(kind):
            expected = "',' or ')'" if kind == "," else repr(kind)
            self._fail(f"{expected} is missing here")
        self.place += 1
        return self.tokens[self.place - 1]

    def _end(self) -> None:
        if not self._sees("end"):
            token = self.tokens[self.place]
            what = (
                "a formula has only one '~'" if token.kind == "~" else f"an operator is missing before {token.text!r}"
            )
            self._fail("there is no '(' for this ')'" if token.kind == ")" else what)

    def _fail(self, problem: str) -> NoReturn:
        raise FormulaError(problem, self.text, self.tokens[self.place].at)

    def _level(self, level: int) -> Node:
        """Read a chain of the operators of this level, or what is tighter."""
        if level == len(LEVELS):
            return self._signed()
        at = self.tokens[self.place].at
        operators: list[str] = []
        operands = [self._level(level + 1)]
        while self.tokens[self.place].kind in LEVELS[level]:
            operators.append(self._take(self.tokens[self.place].kind).kind)
            operands.append(self._level(level + 1))
        return Chain(tuple(operators), tuple(operands), at) if operators else operands[0]

    def _signed(self) -> Node:
        token = self.tokens[self.place]
        if token.kind not in "+-" or not token.text:
            return self._power()
        self.place += 1
        with self._deeper(token):
            return Signed(token.kind, self._signed(), token.at)

    def _power(self) -> Node:
        base = self._primary()
        if not self._sees("^"):
            return base
        token = self._take("^")
        with self._deeper(token):
            return Power(base, self._signed(), token.at)

    def _primary(self) -> Node:
        token = self.tokens[self.place]
        self.place += 1
        if token.kind == "number":
            return self._number(token)
        if token.kind == "string":
            return String(_unquoted(token.text), token.at)
        if token.kind == "quoted":
            return self._quoted(token)
        if token.kind == "name":
            return self._named(token)
        if token.kind == "(":
            with self._deeper(token):
                inside = self._level(0)
            self._take(")")
            return Group(inside, token.at)
        self.place -= 1
        return self._nothing(token)

    def _nothing(self, token: Token) -> NoReturn:
        if token.kind == "end":
            self._fail("the formula ends where a column or a function is expected")
        self._fail(f"a column or a function is expected before {token.text!r}")

    def _number(self, token: Token) -> Node:
        value = float(token.text)
        if isinf(value):
            raise FormulaError(f"the number {token.text[:20]} is beyond the largest float64", self.text, token.at)
        return Number(value, token.at)

    def _quoted(self, token: Token) -> Node:
        return Name(_unquoted(token.text), token.at)

    def _named(self, token: Token) -> Node:
        if not self._sees("("):
            return Dot(token.at) if token.text == "." else Name(token.text, token.at)
        self.place += 1
        arguments = []
        with self._deeper(token):
            while not self._sees(")"):
                arguments.append(self._argument())
                if not self._sees(")"):
                    self._take(",")
                    if self._sees(")"):
                        self._fail("an argument is missing after ','")
        self._take(")")
        return Call(token.text, tuple(arguments), token.at)

    def _argument(self) -> Argument:
        token = self.tokens[self.place]
        if token.kind == "name" and self.tokens[self.place + 1].kind == "=":
            self.place += 2
            return Argument(token.text, self._level(0), token.at)
        return Argument(None, self._level(0), token.at)

    def _deeper(self, token: Token) -> _Depth:
        if self.depth == DEEPEST:
            raise FormulaError(f"the formula is more than {DEEPEST} levels deep", self.text, token.at)
        return _Depth(self)


class _Depth:
    """One level of depth, while it lasts."""

    def __init__(self, parser: _Parser) -> None:
        self.parser = parser

    def __enter__(self) -> None:
        self.parser.depth += 1

    def __exit__(self, *_: object) -> None:
        self.parser.depth -= 1


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
