"""From the text of a formula to its tree.

Operators, loosest first: ``~``; ``==``, ``!=``, ``<``, ``<=``, ``>``, ``>=``, of which one stands alone; ``+`` and
``-``; ``*`` and ``/``; ``%in%``; ``:``; the signs ``-`` and ``+``; ``^`` (also written ``**``), which groups from the
right. All others group from the left, and a row of them is one
:class:`Chain`, so that a formula of ten thousand terms is no deeper than one of two. ``[a, b]`` is ``c(a, b)``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isinf
from typing import NoReturn

from logistica.core.errors import FormulaError
from logistica.data.formula.hints import OF_SIGNS, RANDOM_EFFECTS
from logistica.data.formula.tree import (
    Argument,
    Call,
    Chain,
    Comparison,
    Dot,
    Group,
    Name,
    Node,
    Number,
    Power,
    Signed,
    String,
)

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
      | (?P<operator>\*\*|%in%|[=!<>]=|[-+*/:^~(),=<>\[\]])
      | (?P<end>$)
    )""",
    re.VERBOSE | re.DOTALL,
)
SAME = {"**": "^"}
"""Two ways of writing one operator."""
COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
LEVELS: tuple[frozenset[str], ...] = (frozenset("+-"), frozenset("*/"), frozenset({"%in%"}), frozenset(":"))


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
            response = self._expression()
            if self._sees("end"):
                self._fail("there is no '~': write the response, '~', and the predictors, such as 'y ~ a + b'")
        if self._sees("="):
            self._fail("the response and the predictors are parted by '~'")
        self._take("~")
        predictors = self._expression()
        self._end()
        return Sides(response, predictors)

    def expression(self) -> Node:
        node = self._expression()
        self._end()
        return node

    def _tokens(self) -> list[Token]:
        found: list[Token] = []
        at = 0
        while True:
            match = TOKEN.match(self.text, at)
            if match is None:
                start = at + len(self.text[at:]) - len(self.text[at:].lstrip())
                sign = self.text[start]
                if sign in "`\"'":
                    raise FormulaError(f"the quote {sign} is not closed", self.text, start)
                hint = RANDOM_EFFECTS if sign == "|" and _open_parentheses(found) else OF_SIGNS.get(sign, "")
                raise FormulaError(f"{sign!r} has no meaning in a formula{hint}", self.text, start)
            kind = str(match.lastgroup)
            text = match.group(kind)
            start = match.start(kind)
            if kind == "operator":
                kind = SAME.get(text, text)
            found.append(Token(kind, text, start))
            if kind == "end":
                return found
            at = match.end()

    def _sees(self, kind: str) -> bool:
        return self.tokens[self.place].kind == kind

    def _take(self, kind: str, expected: str | None = None) -> Token:
        if not self._sees(kind):
            self._fail(f"{expected or repr(kind)} is missing here")
        self.place += 1
        return self.tokens[self.place - 1]

    def _end(self) -> None:
        if not self._sees("end"):
            token = self.tokens[self.place]
            what = {
                "~": "a formula has only one '~'",
                ")": "there is no '(' for this ')'",
                "[": "'[' has no meaning after a column: rows are chosen before the fit, or by weights of 0",
                "=": "'=' names an argument; a comparison is written '=='",
            }
            self._fail(what.get(token.kind, f"an operator is missing before {token.text!r}"))

    def _fail(self, problem: str) -> NoReturn:
        raise FormulaError(problem, self.text, self.tokens[self.place].at)

    def _expression(self) -> Node:
        """Read a chain, or a comparison of two."""
        at = self.tokens[self.place].at
        left = self._level(0)
        operator = self.tokens[self.place].kind
        if operator not in COMPARISONS:
            return left
        self.place += 1
        right = self._level(0)
        if self.tokens[self.place].kind in COMPARISONS:
            self._fail("a comparison has two sides: multiply two of them where both must hold")
        return Comparison(operator, left, right, at)

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
        readers = {
            "number": self._number,
            "string": self._string,
            "quoted": self._quoted,
            "name": self._named,
            "(": self._group,
            "[": self._list,
        }
        if token.kind not in readers:
            self._nothing(token)
        self.place += 1
        return readers[token.kind](token)

    def _nothing(self, token: Token) -> NoReturn:
        if token.kind == "end":
            self._fail("the formula ends where a column or a function is expected")
        self._fail(f"a column or a function is expected before {token.text!r}")

    def _number(self, token: Token) -> Node:
        value = float(token.text)
        if isinf(value):
            raise FormulaError(f"the number {token.text[:20]} is beyond the largest float64", self.text, token.at)
        return Number(value, token.at)

    def _string(self, token: Token) -> Node:
        return String(_unquoted(token.text), token.at)

    def _group(self, token: Token) -> Node:
        with self._deeper(token):
            inside = self._expression()
        self._take(")")
        return Group(inside, token.at)

    def _list(self, token: Token) -> Node:
        return Call("c", self._arguments(token, "]"), token.at)

    def _quoted(self, token: Token) -> Node:
        return Name(_unquoted(token.text), token.at)

    def _named(self, token: Token) -> Node:
        if not self._sees("("):
            return Dot(token.at) if token.text == "." else Name(token.text, token.at)
        self.place += 1
        return Call(token.text, self._arguments(token, ")"), token.at)

    def _arguments(self, token: Token, closing: str) -> tuple[Argument, ...]:
        """Read what stands between commas up to ``closing``, which ends the call or the list that began at a token."""
        arguments = []
        with self._deeper(token):
            while not self._sees(closing):
                arguments.append(self._argument())
                if not self._sees(closing):
                    self._take(",", f"',' or {closing!r}")
                    if self._sees(closing):
                        self._fail("an argument is missing after ','")
        self._take(closing)
        return tuple(arguments)

    def _argument(self) -> Argument:
        token = self.tokens[self.place]
        if token.kind == "name" and self.tokens[self.place + 1].kind == "=":
            self.place += 2
            return Argument(token.text, self._expression(), token.at)
        return Argument(None, self._expression(), token.at)

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


def _open_parentheses(tokens: Sequence[Token]) -> bool:
    """Return whether the text so far has a parenthesis that is still open."""
    kinds = [token.kind for token in tokens]
    return kinds.count("(") > kinds.count(")")


def _unquoted(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
