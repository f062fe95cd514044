"""From a formula's tree to its terms, in R's order (Wilkinson and Rogers 1973, Applied Statistics 22, 392-399).

A term is a set of variables: ``a:b`` joins two sets, so that ``a:a`` is ``a`` and ``(a + b)^20`` ends after two rounds.
Terms are ordered by the number of their variables, and otherwise as they first appear.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NoReturn

from logistica.core.errors import DataWarning, FormulaError
from logistica.core.records import Note
from logistica.data.formula.grammar import parse
from logistica.data.formula.leaves import column_names
from logistica.data.formula.sets import Terms, member, places_in, size_of, together
from logistica.data.formula.tree import (
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
    names_in,
    parts_of,
    text_of,
)

MOST_TERMS = 20_000
MOST_WORK = 500_000
"""Pairs of terms joined, and columns that dots stand for, in all."""


@dataclass(frozen=True)
class Formula:
    """What a formula says.

    Attributes
    ----------
    text : str
        As it was given.
    response : Node or None
        What stands before the tilde.
    variables : tuple of Node
        Each different variable of the terms once, in the order of their appearance.
    terms : tuple of tuple of int
        Places in ``variables``, ascending within a term.
    intercept : bool
    offsets : tuple of Node
        The arguments of ``offset()``.
    left_out : tuple of Node
        Variables that are named, but in no term, such as x in ``. - x``.
    notes : tuple of Note
        What was probably not meant.
    """

    text: str
    response: Node | None
    variables: tuple[Node, ...]
    terms: tuple[tuple[int, ...], ...]
    intercept: bool
    offsets: tuple[Node, ...]
    left_out: tuple[Node, ...] = ()
    notes: tuple[Note, ...] = ()


def expand(text: str, columns: Sequence[str], response: Collection[str] = ()) -> Formula:
    """Expand a formula over a table's columns.

    Parameters
    ----------
    text : str
    columns : sequence of str
        Those that ``.`` may stand for. What the response or an ``offset()`` names is left out of them.
    response : collection of str
        The columns that cannot be predictors; default: those that the formula's own response names.

    Raises
    ------
    FormulaError
        With the position of what has no meaning; also where there are more than 20,000 terms.
    """
    sides = parse(text)
    own = set() if sides.response is None else set(names_in(sides.response))
    elsewhere = own | _offset_columns(sides.predictors)
    expansion = _Expansion(text, [name for name in columns if name not in elsewhere], set(response) or own)
    found = expansion.terms(sides.predictors)
    terms = [places_in(term) for term in sorted(found, key=size_of)]
    used = sorted({place for term in terms for place in term})
    moved = {place: new for new, place in enumerate(used)}
    nodes = list(expansion.variables.values())
    return Formula(
        text,
        sides.response,
        tuple(nodes[place] for place in used),
        tuple(tuple(moved[place] for place in term) for term in terms),
        expansion.intercept,
        tuple(expansion.offsets.values()),
        tuple(node for place, node in enumerate(nodes) if place not in moved),
        tuple(expansion.notes.values()),
    )


def _offset_columns(predictors: Node) -> set[str]:
    """Return the columns that calls of offset() name."""
    found: set[str] = set()
    waiting = [predictors]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Call):
            found |= set(column_names(node)) if node.function == "offset" else set()
        else:
            waiting += parts_of(node)
    return found


@dataclass
class _Expansion:
    """What has been met so far. ``0``, ``1`` and ``offset()`` make no term, wherever they stand.

    ``present`` turns round inside what is taken away: there ``1`` is no intercept and ``0`` is one, as in R.
    """

    text: str
    columns: list[str]
    taken: set[str]
    variables: dict[str, Node] = field(default_factory=dict)
    places: dict[str, int] = field(default_factory=dict)
    offsets: dict[str, Node] = field(default_factory=dict)
    everything: Terms | None = None
    intercept: bool = True
    present: bool = True
    notes: dict[str, Note] = field(default_factory=dict)
    work: int = 0

    def terms(self, node: Node) -> Terms:
        found: Terms
        match node:
            case Name() | Call():
                found = self._variable(node)
            case Dot():
                found = self._dot(node)
            case Number():
                found = self._number(node)
            case Group(inside):
                found = self.terms(inside)
            case Signed(operator, operand):
                found = self._added({}, operator, operand)
            case Power():
                found = self._power(node)
            case Chain(operators, operands):
                found = self._chain(operators, operands)
            case Comparison():
                self._fail("a comparison stands inside I(), such as I(x > 3)", node)
            case String():
                self._fail("text stands only inside a function", node)
        return found

    def _chain(self, operators: tuple[str, ...], operands: tuple[Node, ...]) -> Terms:
        if operators[0] not in "+-":
            self._refuse_offsets(operands)
        found = self.terms(operands[0])
        for operator, operand in zip(operators, operands[1:], strict=True):
            if operator in "+-":
                found = self._added(found, operator, operand)
                continue
            other = self.terms(operand)
            if operator in "*/" and other and not found:
                self._fail(f"what stands before '{operator}' has no term, and R drops what stands after it", operand)
            if operator == ":":
                found = self._joined(found, other, operand)
            elif operator == "%in%":
                found = self._joined(found, {together(other): None}, operand)
            elif operator == "*":
                found = {**found, **other, **self._joined(found, other, operand)}
            else:
                found = {**found, **self._joined({together(found): None}, other, operand)}
            self._check_number(found, operand)
        return found

    def _refuse_offsets(self, operands: tuple[Node, ...]) -> None:
        """Let offset() stand in a sum alone: joined to a term, or taken away, it has no meaning."""
        waiting = list(operands)
        while waiting:
            node = waiting.pop()
            if isinstance(node, Call) and node.function == "offset":
                self._fail("offset() can only be added", node)
            if not isinstance(node, Call):
                waiting += parts_of(node)

    def _added(self, found: Terms, operator: str, operand: Node) -> Terms:
        if operator == "+":
            found |= self.terms(operand)
            self._check_number(found, operand)
            return found
        self._refuse_offsets((operand,))
        self.present = not self.present
        for term in self.terms(operand):
            found.pop(term, None)
        self.present = not self.present
        return found

    def _number(self, node: Number) -> Terms:
        if node.value not in (0.0, 1.0):
            self._fail("only the numbers 0 and 1 stand alone, for no intercept and an intercept", node)
        self.intercept = self.present == (node.value == 1.0)
        return {}

    def _power(self, node: Power) -> Terms:
        exponent = node.exponent
        if not (isinstance(exponent, Number) and exponent.value == int(exponent.value) and exponent.value >= 1):
            self._fail("outside I() a power is a whole number, from 1: all interactions up to that order", exponent)
        self._refuse_offsets((node.base,))
        base = self.terms(node.base)
        if len(base) == 1 and exponent.value > 1.0 and not isinstance(node.base, Dot):
            self._note_power(node)
        found = base
        for _ in range(int(exponent.value) - 1):
            more = {**found, **self._joined(found, base, node)}
            self._check_number(more, node)
            if len(more) == len(found):
                break
            found = more
        return found

    def _note_power(self, node: Power) -> None:
        """Say that a power of one term is that term: an interaction with itself."""
        base, power = node.base, text_of(node)
        while isinstance(base, Group):
            base = base.inside
        instead = f"I({power})"
        if isinstance(base, Name):
            instead += f" or poly({text_of(base)}, {text_of(node.exponent)})"
        message = f"{power} outside I() is {text_of(base)} itself; write {instead} if a power is meant."
        self.notes[power] = Note("power-of-one", message, DataWarning)

    def _joined(self, left: Terms, right: Terms, node: Node) -> Terms:
        self._count(len(left) * len(right) + len(left), node)
        return {a | b: None for a in left for b in right}

    def _count(self, work: int, node: Node) -> None:
        self.work += work
        if self.work > MOST_WORK:
            self._fail(f"the formula needs more than {MOST_WORK:,} steps to expand", node)

    def _check_number(self, found: Terms, node: Node) -> None:
        if len(found) > MOST_TERMS:
            self._fail(f"the formula has more than {MOST_TERMS:,} terms", node)

    def _variable(self, node: Name | Call) -> Terms:
        if isinstance(node, Call) and node.function == "offset":
            if len(node.arguments) != 1 or node.arguments[0].name is not None:
                self._fail("offset() takes one argument", node)
            self._refuse_response(node, "an offset")
            self.offsets[text_of(node.arguments[0].value)] = node.arguments[0].value
            return {}
        self._refuse_response(node, "a predictor")
        return self._place(text_of(node), node)

    def _refuse_response(self, node: Name | Call, role: str) -> None:
        for name in column_names(node):
            if name in self.taken:
                self._fail(f"{name!r} is the response, and cannot be {role} too", node)

    def _place(self, key: str, node: Node) -> Terms:
        if key not in self.places:
            self.places[key] = len(self.places)
            self.variables[key] = node
        return {member(self.places[key]): None}

    def _dot(self, node: Dot) -> Terms:
        if len(self.columns) > MOST_TERMS:
            self._fail(f"'.' stands for {len(self.columns):,} columns; at most {MOST_TERMS:,} are taken", node)
        self._count(len(self.columns), node)
        if self.everything is None:
            self.everything = {}
            for name in self.columns:
                self.everything |= self._place(text_of(Name(name, node.at)), Name(name, node.at))
        return dict(self.everything)

    def _fail(self, problem: str, node: Node) -> NoReturn:
        raise FormulaError(problem, self.text, node.at)
