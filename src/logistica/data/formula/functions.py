"""The functions that a formula may call, and their arguments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import FormulaError
from logistica.data.columns import Level
from logistica.data.formula.arithmetic import FUNCTIONS, Standard
from logistica.data.formula.contrasts import CONTRASTS
from logistica.data.formula.hints import function_hint
from logistica.data.formula.leaves import leaf_of
from logistica.data.formula.sample import Sample
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

Array = NDArray[np.float64]
Value = float | str | bool | tuple[Level, ...]

ARITHMETIC = frozenset("+-*/^")
STANDARD = ("center", "scale")
BASES: dict[str, tuple[str, ...]] = {
    "poly": ("degree", "raw"),
    "bs": ("df", "knots", "degree", "intercept", "Boundary.knots"),
    "cr": ("df", "knots"),
}
"""Functions that make several columns of one, and their arguments after the first, in R's order."""
KNOWN = (*FUNCTIONS, "I", *STANDARD, *BASES, "C", "offset", "cbind")
CODING = ("contrast", "base", "levels")
"""Arguments of C() after the column."""
LARGEST_DEGREE = 50
MOST_COLUMNS = 1_000


@dataclass(frozen=True)
class Asked:
    """How a call asks for a factor's coding.

    ``contrast`` is one of Treatment, Sum, Helmert, Poly; ``base`` the level that Treatment compares with, None for the
    first; ``levels`` are all in their order, None for the column's own. Ordered categories keep their order and, unless
    asked otherwise, get Treatment contrasts like any factor, where R gives them Poly.
    """

    column: str
    contrast: str = "Treatment"
    base: Level | None = None
    levels: tuple[Level, ...] | None = None


class Reader:
    """Reads the calls of one formula, whose text its errors show."""

    def __init__(self, text: str) -> None:
        self.text = text

    def fail(self, problem: str, node: Node | Argument) -> NoReturn:
        """Raise a FormulaError that points at ``node``."""
        raise FormulaError(problem, self.text, node.at)

    def check_expression(self, node: Node) -> None:
        """Refuse what is no expression over numbers, so that evaluating it cannot fail."""
        match node:
            case Name() | Number():
                return
            case Group(inside):
                self.check_expression(inside)
            case Signed(_, operand):
                self.check_expression(operand)
            case Power(base, exponent):
                self.check_expression(base)
                self.check_expression(exponent)
            case Chain(operators, operands):
                if not ARITHMETIC.issuperset(operators):
                    self.fail("':' is an interaction, as is '%in%', and has no meaning inside a function", node)
                for operand in operands:
                    self.check_expression(operand)
            case Comparison():
                self._check_comparison(node)
            case Call():
                self._check_call(node)
            case Dot():
                self.fail("'.' has no meaning inside a function", node)
            case String():
                self.fail("text has no meaning here", node)

    def _check_comparison(self, node: Comparison) -> None:
        if leaf_of(node) is not None:
            return
        for side in (node.left, node.right):
            if isinstance(side, String):
                self.fail("text can only be compared with a column, by == or !=", node)
            self.check_expression(side)

    def _check_call(self, node: Call) -> None:
        self.check_known(node)
        if node.function in BASES:
            self.fail(f"{node.function}() makes several columns and cannot stand inside another function", node)
        if node.function in {"C", "offset", "cbind"}:
            self.fail(f"{node.function}() cannot stand inside another function", node)
        if node.function in STANDARD:
            self.standard_arguments(node)
        elif len(node.arguments) != 1 or node.arguments[0].name is not None:
            self.fail(f"{node.function}() takes one argument", node)
        self.check_expression(node.arguments[0].value)

    def check_known(self, node: Call) -> None:
        """Refuse a function that is not on the list."""
        if node.function in KNOWN:
            return
        hint = function_hint(node.function, KNOWN)
        if hint is not None:
            self.fail(f"{node.function}() is not a function of formulas: {hint}", node)
        near = get_close_matches(node.function, KNOWN, 1)
        meant = f"; did you mean {near[0]}()?" if near else "."
        self.fail(f"{node.function}() is not a function of formulas{meant} There are {', '.join(KNOWN)}", node)

    def standard_arguments(self, node: Call) -> tuple[bool, bool]:
        """Return whether a ``center()`` or ``scale()`` centres and whether it scales."""
        known = ("center", "scale") if node.function == "scale" else ()
        given = self.arguments(node, known)
        flags = {"center": True, "scale": node.function == "scale"} | given
        for name, value in flags.items():
            if not isinstance(value, bool):
                self.fail(f"{name} must be TRUE or FALSE", node)
        return bool(flags["center"]), bool(flags["scale"])

    def basis_arguments(self, node: Call) -> dict[str, Value]:
        """Return the arguments of ``poly()``, ``bs()`` or ``cr()`` after the first."""
        return self.arguments(node, BASES[node.function])

    def arguments(self, node: Call, known: tuple[str, ...]) -> dict[str, Value]:
        """Return the arguments after the first, by name; those without one take the first free name."""
        if not node.arguments or node.arguments[0].name is not None:
            self.fail(f"{node.function}() needs a column as its first argument", node)
        found: dict[str, Value] = {}
        for place, argument in enumerate(node.arguments[1:]):
            name = argument.name
            if name is None and place < len(known):
                name = known[place]
            if name is None or name not in known:
                listed = ", ".join(known) or "no others"
                self.fail(f"{node.function}() takes a column and {listed}", argument)
            if name in found:
                self.fail(f"{name} is given twice", argument)
            found[name] = self._constant(argument.value)
        return found

    def _constant(self, node: Node) -> Value:
        found: Value | None = None
        match node:
            case Number(value) | String(value):
                found = value
            case Signed(operator, Number(value)):
                found = -value if operator == "-" else value
            case Name("TRUE" | "True" | "T" | "FALSE" | "False" | "F"):
                found = node.text.startswith("T")
            case Call("c", arguments):
                values = tuple(self._constant(argument.value) for argument in arguments)
                single = tuple(value for value in values if not isinstance(value, tuple))
                found = single if len(single) == len(values) > 0 else None
            case _:
                pass
        if found is None:
            self.fail("a number, a text in quotes, TRUE, FALSE or a list c(...) of them is expected here", node)
        return found

    def coding(self, node: Call) -> Asked:
        """Return what a ``C()`` asks for."""
        if not node.arguments or node.arguments[0].name is not None or not isinstance(node.arguments[0].value, Name):
            self.fail("C() needs a column's name as its first argument", node)
        given: dict[str, Node] = {}
        for place, argument in enumerate(node.arguments[1:]):
            name = argument.name or CODING[min(place, 1)]
            if name not in CODING:
                self.fail(f"C() takes a column, one of {', '.join(CONTRASTS)}, base = and levels =", argument)
            if name in given:
                self.fail(f"{name} is given twice", argument)
            given[name] = argument.value
        contrast = self._contrast(given["contrast"]) if "contrast" in given else "Treatment"
        base = self._base(given["base"]) if "base" in given else None
        if base is not None and contrast != "Treatment":
            self.fail(f"base = belongs to Treatment; {contrast} contrasts have none", node)
        order = self._order(given["levels"]) if "levels" in given else None
        return Asked(node.arguments[0].value.text, contrast, base, order)

    def _contrast(self, value: Node) -> str:
        if isinstance(value, Call) and value.function != "c":
            self.check_known(value)
        if not (isinstance(value, Name) and value.text in CONTRASTS):
            self.fail(f"C() takes a column, one of {', '.join(CONTRASTS)}, base = and levels =", value)
        return value.text

    def _base(self, value: Node) -> Level:
        found = self._constant(value)
        if isinstance(found, tuple):
            self.fail("base must be a level: a number, TRUE, FALSE or a text in quotes", value)
        return found

    def _order(self, value: Node) -> tuple[Level, ...]:
        found = self._constant(value)
        if not (isinstance(found, tuple) and _all_different(found)):
            self.fail('levels must be a list of different levels, such as ["low", "high"]', value)
        return found

    def learn_standard(self, node: Call, sample: Sample) -> Standard:
        """Learn ``center()`` or ``scale()`` from values; the deviation is the sample's, as in R."""
        centring, scaling = self.standard_arguments(node)
        centre = sample.mean() if centring else 0.0
        if not scaling:
            return Standard(centre, 1.0)
        if sample.total < 2:
            self.fail("scale() needs two rows at least", node)
        scale = sample.deviation(centre)
        if not (np.isfinite(scale) and scale > 0.0):
            self.fail("the column is constant, and cannot be brought to a deviation of one", node)
        return Standard(centre, scale)

    def whole(self, node: Call, given: Mapping[str, Value], name: str, default: int | None, least: int) -> int | None:
        """Return a whole number among the arguments, at least ``least``."""
        value = given.get(name, default)
        if value is None:
            return None
        if isinstance(value, bool | str | tuple) or value != int(value) or not least <= value <= MOST_COLUMNS:
            self.fail(f"{name} must be a whole number from {least} to {MOST_COLUMNS:,}", node)
        return int(value)

    def knots(self, node: Call, given: Mapping[str, Value], name: str) -> Array | None:
        """Return numbers in ascending order among the arguments."""
        value = given.get(name)
        if value is None:
            return None
        numbers = value if isinstance(value, tuple) else (value,)
        if not all(isinstance(one, float) for one in numbers):
            self.fail(f"{name} must be numbers, such as c(1, 2.5)", node)
        found = np.atleast_1d(np.asarray(value, np.float64))
        if np.any(np.diff(found) <= 0.0) or len(found) > MOST_COLUMNS:
            self.fail(f"{name} must be up to {MOST_COLUMNS:,} different numbers in ascending order", node)
        return found


def _all_different(levels: tuple[Level, ...]) -> bool:
    """Return whether no level is there twice; 1 and TRUE are two."""
    return len({(type(level), level) for level in levels}) == len(levels)
