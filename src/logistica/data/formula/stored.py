"""The part of a model file that holds a formula. Everything is checked before anything is made from it."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

import numpy as np

from logistica.core.errors import FormulaError, ModelFileError
from logistica.core.schema import Fields, encode_array
from logistica.data.columns import Level, level_text
from logistica.data.factors import OTHER
from logistica.data.formula.arithmetic import Standard
from logistica.data.formula.bases import Basis
from logistica.data.formula.coded import MOST_COLUMNS as MOST_DESIGN_COLUMNS
from logistica.data.formula.coded import coded_factors, n_columns
from logistica.data.formula.contrasts import CONTRASTS
from logistica.data.formula.functions import LARGEST_DEGREE, MOST_COLUMNS, Reader
from logistica.data.formula.grammar import parse_expression
from logistica.data.formula.leaves import Match, column_names, leaves_in
from logistica.data.formula.polynomials import Polynomial, Powers
from logistica.data.formula.recipe import FormulaRecipe
from logistica.data.formula.splines import BSpline, NaturalSpline
from logistica.data.formula.tree import Node, text_of
from logistica.data.formula.variables import FactorVariable, NumericVariable, Variable, standards_in

LARGEST_EXPONENT = 1100
"""Of two: float64 reaches from 2^-1074 to 2^1024."""
BASES = ("polynomial", "powers", "b-spline", "natural spline")


def formula_content(formula: FormulaRecipe) -> dict[str, Any]:
    """Return what :func:`formula_from` reads, as JSON-able values."""
    return {
        "text": formula.text,
        "intercept": formula.intercept,
        "variables": [_variable_content(variable) for variable in formula.variables],
        "terms": [list(term) for term in formula.terms],
        "standards": [
            {"call": call, "centre": standard.centre, "scale": standard.scale}
            for call, standard in formula.standards.items()
        ],
        "offsets": [text_of(node) for node in formula.offsets],
    }


def _variable_content(variable: Variable) -> dict[str, Any]:
    if isinstance(variable, FactorVariable):
        return {
            "name": variable.name,
            "column": variable.column,
            "levels": list(variable.levels),
            "contrast": variable.contrast,
        }
    basis = None if variable.basis is None else _basis_content(variable.basis)
    return {"name": variable.name, "expression": text_of(variable.expression), "basis": basis}


def _basis_content(basis: Basis) -> dict[str, Any]:
    match basis:
        case Polynomial():
            return {
                "kind": BASES[0],
                "alpha": encode_array(basis.alpha),
                "norm2": encode_array(basis.norm2),
                "centre": basis.centre,
                "exponent": basis.exponent,
            }
        case Powers():
            return {"kind": BASES[1], "degree": basis.degree}
        case BSpline():
            return {
                "kind": BASES[2],
                "knots": encode_array(basis.knots),
                "boundary": encode_array(basis.boundary),
                "degree": basis.degree,
                "intercept": basis.intercept,
            }
        case NaturalSpline():
            return {"kind": BASES[3], "knots": encode_array(basis.knots)}


def formula_from(stored: object, names: tuple[str, ...], factors: Mapping[str, tuple[Level, ...]]) -> FormulaRecipe:
    """Read a formula over the raw columns ``names``, of which ``factors`` have levels.

    Raises
    ------
    ModelFileError
        For anything that :func:`formula_content` cannot have written.
    """
    fields = Fields(stored, "recipe.formula")
    variables = tuple(_variable(one, names) for one in fields.sections("variables"))
    terms = tuple(_term(one, len(variables)) for one in _list(fields.raw("terms")))
    _require(len(set(terms)) == len(terms), "has a term twice")
    standards = {}
    for one in fields.sections("standards"):
        standards[one.text("call")] = Standard(one.number("centre"), one.number("scale", minimum=5e-324))
    offsets = tuple(_expression(text, names) for text in fields.texts("offsets"))
    _check_columns(variables, offsets, factors)
    for node in (*offsets, *(v.expression for v in variables if isinstance(v, NumericVariable))):
        _require(standards_in(node) <= standards.keys(), "lacks the centre and scale of a call")
    intercept = fields.flag("intercept")
    coded = coded_factors(terms, variables, intercept=intercept)
    _require(sum(n_columns(factors, variables) for factors in coded) <= MOST_DESIGN_COLUMNS, "has too many columns")
    formula = FormulaRecipe(fields.text("text"), intercept, variables, terms, standards, offsets)
    fields.finish()
    return formula


def _check_columns(
    variables: tuple[Variable, ...], offsets: tuple[Node, ...], factors: Mapping[str, tuple[Level, ...]]
) -> None:
    """Refuse numbers made of a factor's levels, and a factor with other levels than its column's.

    A column that is no factor by itself holds numbers, and so do the levels that C() makes of it.
    """
    for variable in variables:
        if isinstance(variable, FactorVariable):
            known = factors.get(variable.column)
            numbers = not any(isinstance(level, str) for level in variable.levels)
            alike = numbers if known is None else set(known) == set(variable.levels)
            _require(alike, f"has other levels for {variable.name!r} than its column has")
    numeric = [variable.expression for variable in variables if isinstance(variable, NumericVariable)]
    for leaf in (leaf for node in (*numeric, *offsets) for leaf in leaves_in(node)):
        if isinstance(leaf, Match):
            held = map(level_text, factors.get(leaf.column, ()))
            _require(leaf.text in held, f"compares {leaf.column!r} with what is none of its levels")
        else:
            _require(leaf not in factors, f"takes the levels of {leaf!r} for numbers")


def _variable(fields: Fields, names: tuple[str, ...]) -> Variable:
    name = fields.text("name")
    if "column" in fields.names:
        levels = _levels(fields.raw("levels"))
        variable = FactorVariable(name, fields.text("column"), levels, fields.choice("contrast", tuple(CONTRASTS)))
        _require(variable.column in names, f"names no column of the table: {variable.column!r}")
        most = CONTRASTS[variable.contrast].most_levels
        _require(most is None or len(levels) <= most, f"has too many levels for the contrasts of {name!r}")
        return variable
    expression = _expression(fields.text("expression"), names)
    return NumericVariable(name, expression, fields.optional("basis", _basis_of(fields)))


def _basis_of(fields: Fields) -> Any:
    def read(name: str) -> Basis:
        basis = fields.section(name)
        match basis.choice("kind", BASES):
            case "polynomial":
                alpha = basis.vector("alpha")
                norm2 = basis.vector("norm2", len(alpha) + 1)
                _require(0 < len(alpha) <= LARGEST_DEGREE and bool((norm2 > 0).all()), "has an impossible polynomial")
                exponent = basis.integer("exponent", -LARGEST_EXPONENT, LARGEST_EXPONENT)
                return Polynomial(alpha, norm2, basis.number("centre"), exponent)
            case "powers":
                return Powers(basis.integer("degree", minimum=1, maximum=LARGEST_DEGREE))
            case "b-spline":
                spline = BSpline(
                    basis.vector("knots"),
                    basis.vector("boundary", 2),
                    basis.integer("degree", minimum=1, maximum=MOST_COLUMNS),
                    basis.flag("intercept"),
                )
                every = np.concatenate([spline.boundary[:1], spline.knots, spline.boundary[1:]])
                _require(bool((np.diff(every) > 0).all()), "has knots out of order")
                return spline
            case _:
                knots = basis.vector("knots")
                _require(len(knots) >= 2 and bool((np.diff(knots) > 0).all()), "has knots out of order")
                return NaturalSpline(knots)

    return read


def _levels(stored: object) -> tuple[Level, ...]:
    known = isinstance(stored, list) and bool(stored) and all(type(one) in (str, int, float, bool) for one in stored)
    _require(known, "has a factor without levels")
    levels: tuple[Level, ...] = tuple(stored)  # type: ignore[arg-type]
    own = [one for one in levels if one != OTHER] or levels
    _require(len({type(one) for one in own}) == 1 and len(set(levels)) == len(levels), "has impossible levels")
    _require(not any(isinstance(one, float) and not np.isfinite(one) for one in levels), "has impossible levels")
    return levels


def _list(stored: object) -> list[Any]:
    _require(isinstance(stored, list), "has no list of terms")
    return stored  # type: ignore[return-value]


def _term(stored: object, count: int) -> tuple[int, ...]:
    places = _list(stored)
    whole = bool(places) and all(type(one) is int and 0 <= one < count for one in places)
    _require(whole and all(a < b for a, b in pairwise(places)), "has an impossible term")
    return tuple(places)


def _expression(text: str, names: tuple[str, ...]) -> Node:
    try:
        node = parse_expression(text)
        Reader(text).check_expression(node)
    except FormulaError as error:
        raise ModelFileError(f"The formula in the model file holds {text[:60]!r}: {error.problem}.") from None
    for name in column_names(node):
        _require(name in names, f"names no column of the table: {name!r}")
    return node


def _require(condition: bool, problem: str) -> None:
    if not condition:
        raise ModelFileError(f"The formula in the model file {problem}.")
