"""The functions that a formula may call, their arguments, and what each learns from the rows in use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import FormulaError
from logistica.data.formula.arithmetic import FUNCTIONS, Standard
from logistica.data.formula.bases import (
    Basis,
    BSpline,
    NaturalSpline,
    Powers,
    inner_knots,
    learn_polynomial,
)
from logistica.data.formula.contrasts import CONTRASTS
from logistica.data.formula.tree import Argument, Call, Chain, Dot, Group, Name, Node, Number, Power, Signed, String

Array = NDArray[np.float64]
Value = float | str | bool | tuple[float, ...]

ARITHMETIC = frozenset("+-*/^")
STANDARD = ("center", "scale")
BASES: dict[str, tuple[str, ...]] = {
    "poly": ("degree", "raw"),
    "bs": ("df", "knots", "degree", "intercept", "Boundary.knots"),
    "cr": ("df", "knots"),
}
"""Functions that make several columns of one, and their arguments after the first, in R's order."""
KNOWN = (*FUNCTIONS, "I", *STANDARD, *BASES, "C", "offset", "cbind")
LARGEST_DEGREE = 50
MOST_COLUMNS = 1_000


@dataclass(frozen=True)
class Asked:
    """How a call asks for a factor's coding.

    ``contrast`` is one of Treatment, Sum, Helmert, Poly; ``base`` the level that Treatment compares with, None for the
    first.
    """

    column: str
    contrast: str
    base: float | str | None


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
                    self.fail("':' is an interaction, and has no meaning inside a function", node)
                for operand in operands:
                    self.check_expression(operand)
            case Call():
                self._check_call(node)
            case Dot():
                self.fail("'.' has no meaning inside a function", node)
            case String():
                self.fail("text has no meaning here", node)

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
                numbers = tuple(value for value in values if isinstance(value, float))
                found = numbers if len(numbers) == len(values) > 0 else None
            case _:
                pass
        if found is None:
            self.fail("a number, a text in quotes, TRUE, FALSE or c(...) of numbers is expected here", node)
        return found

    def coding(self, node: Call) -> Asked:
        """Return what a ``C()`` asks for."""
        if not node.arguments or node.arguments[0].name is not None or not isinstance(node.arguments[0].value, Name):
            self.fail("C() needs a column's name as its first argument", node)
        contrast, base = "Treatment", None
        for place, argument in enumerate(node.arguments[1:]):
            name = argument.name or ("contrast", "base")[min(place, 1)]
            if name == "contrast" and isinstance(argument.value, Name) and argument.value.text in CONTRASTS:
                contrast = argument.value.text
            elif name == "base":
                value = self._constant(argument.value)
                if isinstance(value, bool | tuple):
                    self.fail("base must be a level: a number, or a text in quotes", argument)
                base = value
            else:
                self.fail(f"C() takes a column, one of {', '.join(CONTRASTS)}, and base=", argument)
        if base is not None and contrast != "Treatment":
            self.fail(f"base= belongs to Treatment; {contrast} contrasts have none", node)
        return Asked(node.arguments[0].value.text, contrast, base)

    def learn_standard(self, node: Call, x: Array) -> Standard:
        """Learn ``center()`` or ``scale()`` from values, shape (n,); the deviation is the sample's, as in R."""
        centring, scaling = self.standard_arguments(node)
        centre = float(x.mean()) if centring else 0.0
        scale = 1.0
        if scaling:
            if len(x) < 2:
                self.fail("scale() needs two rows at least", node)
            largest = float(np.max(np.abs(x - centre)))
            scale = largest and largest * float(np.sqrt((((x - centre) / largest) ** 2).sum() / (len(x) - 1)))
        if not (np.isfinite(centre) and np.isfinite(scale) and scale > 0.0):
            self.fail("the column is constant, and cannot be brought to a deviation of one", node)
        return Standard(centre, scale)

    def learn_basis(self, node: Call, x: Array) -> Basis:
        """Learn ``poly()``, ``bs()`` or ``cr()`` from values, shape (n,)."""
        return _LEARN[node.function](self, node, x, self.basis_arguments(node))

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
        if isinstance(value, bool | str):
            self.fail(f"{name} must be numbers, such as c(1, 2.5)", node)
        found = np.atleast_1d(np.asarray(value, np.float64))
        if np.any(np.diff(found) <= 0.0) or len(found) > MOST_COLUMNS:
            self.fail(f"{name} must be up to {MOST_COLUMNS:,} different numbers in ascending order", node)
        return found


def _learn_poly(reader: Reader, node: Call, x: Array, given: Mapping[str, Value]) -> Basis:
    degree = reader.whole(node, given, "degree", 1, 1) or 1
    if degree > LARGEST_DEGREE:
        reader.fail(f"degree must be at most {LARGEST_DEGREE}", node)
    if not isinstance(given.get("raw", False), bool):
        reader.fail("raw must be TRUE or FALSE", node)
    if given.get("raw", False):
        return Powers(degree)
    different = len(np.unique(x))
    if degree >= different:
        reader.fail(
            f"a polynomial of degree {degree} needs more than {degree} different values; there are {different}", node
        )
    return learn_polynomial(x, degree)


def _learn_bs(reader: Reader, node: Call, x: Array, given: Mapping[str, Value]) -> Basis:
    degree = reader.whole(node, given, "degree", 3, 1) or 3
    intercept = given.get("intercept", False)
    if not isinstance(intercept, bool):
        reader.fail("intercept must be TRUE or FALSE", node)
    boundary = reader.knots(node, given, "Boundary.knots")
    if boundary is None:
        boundary = np.array([x.min(), x.max()])
    if len(boundary) != 2 or not boundary[0] < boundary[1]:
        reader.fail("the two boundary knots must differ; a constant column has no spline", node)
    knots = reader.knots(node, given, "knots")
    if knots is None:
        least = degree + intercept
        df = reader.whole(node, given, "df", least, 1) or least
        if df < least:
            reader.fail(f"df must be at least {least}, the degree and the intercept", node)
        inside = x[(x >= boundary[0]) & (x <= boundary[1])]
        if not len(inside):
            reader.fail("no value lies between the boundary knots", node)
        knots = inner_knots(inside, df - least)
    if len(knots) and not (boundary[0] < knots[0] and knots[-1] < boundary[1] and np.all(np.diff(knots) > 0)):
        reader.fail(f"knots {_listed(knots)} must be different and lie inside {_listed(boundary)}", node)
    return BSpline(knots, boundary, degree, intercept)


def _learn_cr(reader: Reader, node: Call, x: Array, given: Mapping[str, Value]) -> Basis:
    ends = np.array([x.min(), x.max()])
    knots = reader.knots(node, given, "knots")
    if knots is None:
        df = reader.whole(node, given, "df", None, 2)
        if df is None:
            reader.fail("cr() needs df= or knots=", node)
        knots = inner_knots(np.unique(x), df - 2)
    every = np.concatenate([ends[:1], knots, ends[1:]])
    if np.any(np.diff(every) <= 0.0):
        reader.fail(f"knots {_listed(knots)} must be different and lie inside {_listed(ends)}", node)
    return NaturalSpline(every)


def _listed(values: Array) -> str:
    return "(" + ", ".join(f"{value:.6g}" for value in values[:6]) + (", ..." if len(values) > 6 else "") + ")"


_LEARN: dict[str, Callable[[Reader, Call, Array, Mapping[str, Value]], Basis]] = {
    "poly": _learn_poly,
    "bs": _learn_bs,
    "cr": _learn_cr,
}
