"""What a formula means, what it must not mean, and that neither takes long."""

from __future__ import annotations

import pickle
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import logistica
from logistica.core.errors import FormulaError, LogisticaError
from logistica.data.formula import expand, parse, text_of
from logistica.data.formula.grammar import DEEPEST, LONGEST, parse_expression
from logistica.data.preparation import Preparation
from logistica.data.read import read
from tests.formula.tables import CODINGS, FUNCTIONS, frame
from tests.fuzzing import for_minutes

COLUMNS = ("y", "a", "b", "c", "x")


def _terms(text, columns=COLUMNS):
    formula = expand(text, columns)
    return [":".join(text_of(formula.variables[place]) for place in term) for term in formula.terms]


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("y ~ a + b", "a;b"),
        ("y ~ a*b", "a;b;a:b"),
        ("y ~ a + b*c + a:b - 1", "a;b;c;b:c;a:b"),
        ("y ~ (a + b)^2", "a;b;a:b"),
        ("y ~ (a + b + c)^2", "a;b;c;a:b;a:c;b:c"),
        ("y ~ (a + b + c)**3 - a:b:c", "a;b;c;a:b;a:c;b:c"),
        ("y ~ (a + b)^20", "a;b;a:b"),
        ("y ~ a^1", "a"),
        ("y ~ a:a + a*a", "a"),
        ("y ~ a + a + a", "a"),
        ("y ~ b:a + a", "a;b:a"),
        ("y ~ a/b", "a;a:b"),
        ("y ~ (a + b)/c", "a;b;a:b:c"),
        ("y ~ a*b:c", "a;b:c;a:b:c"),
        ("y ~ a*b - b", "a;a:b"),
        ("y ~ a - a", ""),
        ("y ~ 1", ""),
        ("y ~ .", "a;b;c;x"),
        ("y ~ . - x", "a;b;c"),
        ("y ~ log(x) + .", "log(x);a;b;c;x"),
        ("y ~ .^2 - a:b", "a;b;c;x;a:c;a:x;b:c;b:x;c:x"),
        ("y ~ log(x)*a", "log(x);a;log(x):a"),
        ("y ~ `a b` + `1` + `~`", "`a b`;`1`;`~`"),
        ("y ~ `` + a", "``;a"),
        ("y ~ I(a^2) + I( a ^2 )", "I(a^2)"),
        ("y ~ poly(x,degree=2 , raw=TRUE)", "poly(x, degree = 2, raw = TRUE)"),
        ("~ a", "a"),
        ("y~a\n  +\n\tb", "a;b"),
        ("ÿ ~ größe + 年齢", "größe;年齢"),
        ("y ~ .x + x.y_2", ".x;x.y_2"),
    ],
)
def test_terms(text, terms):
    assert _terms(text) == (terms.split(";") if terms else [])


@pytest.mark.parametrize(
    ("text", "intercept"),
    [
        ("y ~ a", True),
        ("y ~ a - 1", False),
        ("y ~ a + 0", False),
        ("y ~ 0 + a", False),
        ("y ~ -1 + a", False),
        ("y ~ a - 0", True),
        ("y ~ a - 1 + 1", True),
        ("y ~ (a - 1) + b", False),
        ("y ~ 1 + a", True),
        ("y ~ a - (1)", False),
        ("y ~ a - (b + 1)", False),
        ("y ~ b + a - 1:b", False),
        ("y ~ 0 + a - (1)", False),
        ("y ~ a + b - (0)", True),
        ("y ~ a - (0 + b)", True),
        ("y ~ -(a - 1)", True),
        ("y ~ a - (b - 1)", True),
        ("y ~ 0 + a - (b - (0))", False),
    ],
)
def test_the_intercept(text, intercept):
    assert expand(text, COLUMNS).intercept is intercept


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("y ~ a^2", "a^2 outside I() is a itself; write I(a^2) or poly(a, 2) if a power is meant."),
        ("y ~ x + (a)**3", "(a)^3 outside I() is a itself; write I((a)^3) or poly(a, 3) if a power is meant."),
        ("y ~ log(x)^2 + x", "log(x)^2 outside I() is log(x) itself; write I(log(x)^2) if a power is meant."),
        ("y ~ x - x^2", "x^2 outside I() is x itself; write I(x^2) or poly(x, 2) if a power is meant."),
    ],
)
def test_a_power_of_one_term_is_noted(text, shown):
    (note,) = expand(text, COLUMNS).notes
    assert (note.code, note.message) == ("power-of-one", shown)


@pytest.mark.parametrize("text", ["y ~ (a + b)^2", "y ~ a^1", "y ~ I(x^2)", "y ~ (a*b)^2", "y ~ .^2"])
def test_other_powers_are_not_noted(text):
    assert not expand(text, COLUMNS).notes


def test_offsets_are_no_terms():
    formula = expand("y ~ a + offset(log(x)) + offset(2 * b)", COLUMNS)
    assert [text_of(node) for node in formula.offsets] == ["log(x)", "2 * b"]
    assert len(expand("y ~ offset(x) + a + offset(x)", COLUMNS).offsets) == 1
    assert len(formula.terms) == 1


@pytest.mark.parametrize(
    ("text", "position", "problem"),
    [
        ("", 0, "ends where a column"),
        ("y", 1, "there is no '~'"),
        ("y ~", 3, "ends where a column"),
        ("y ~ a b", 6, "an operator is missing before 'b'"),
        ("y ~ a + ", 8, "ends where a column"),
        ("y ~ a + * b", 8, "expected before '*'"),
        ("y ~ (a", 6, r"'\)' is missing"),
        ("y ~ a)", 5, r"no '\('"),
        ("y ~ a ~ b", 6, "only one '~'"),
        ("y ~ `a", 4, "not closed"),
        ("y ~ log('a", 8, "not closed"),
        ("y ~ a - offset(b)", 8, "can only be added"),
        ("y ~ a * offset(b)", 8, "can only be added"),
        ("y ~ (a + offset(b))^2", 9, "can only be added"),
        ("y ~ a + log(y)", 8, "is the response"),
        ("y ~ a $ b", 6, r"'\$' has no meaning"),
        ("y ~ a; import os", 5, "';' has no meaning"),
        ("y ~ a[0]", 5, r"'\[' has no meaning"),
        ('y ~ "a"', 4, "only inside a function"),
        ("y ~ a + 2", 8, "only the numbers 0 and 1"),
        ("y ~ a^b", 6, "a power is a whole number"),
        ("y ~ a^2.5", 6, "a power is a whole number"),
        ("y ~ a^0", 6, "a power is a whole number"),
        ("y ~ a^-1", 6, "a power is a whole number"),
        ("y ~ a - 1*b", 10, "before '.' has no term, and R drops what stands after it"),
        ("y ~ 0/b", 6, "before '/' has no term"),
        ("y ~ (a - a)*b", 12, "has no term"),
        ("y ~ y + a", 4, "is the response"),
        ("y ~ log(x,)", 10, "an argument is missing"),
        ("y ~ offset(a, b)", 4, "takes one argument"),
        ("y ~ 1e999", 4, "beyond the largest"),
        ("y ~ a\x00b", 5, "has no meaning"),
    ],
)
def test_errors_say_where(text, position, problem):
    with pytest.raises(FormulaError, match=problem) as caught:
        expand(text, COLUMNS)
    assert caught.value.position == position
    shown, caret = str(caught.value).splitlines()[-2:]
    assert caret.index("^") == 4 + position
    assert shown[4:].startswith(text.replace("\x00", " "))
    assert f"character {position + 1}" in caret


def test_the_caret_stands_below_the_place():
    with pytest.raises(FormulaError) as caught:
        expand("y ~ " + "a + " * 100 + "b b" + " + a" * 100, COLUMNS)
    shown, caret = str(caught.value).splitlines()[-2:]
    assert shown[caret.index("^") :].startswith("b + a")
    assert pickle.loads(pickle.dumps(caught.value)).position == caught.value.position


def _within(seconds, text, columns=COLUMNS):
    """The outcome, an error or a formula; what is bounded is work, and some seconds are far above it."""
    began = time.perf_counter()
    try:
        outcome = expand(text, columns)
    except FormulaError as error:
        outcome = error
    assert time.perf_counter() - began < seconds
    return outcome


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("y ~ " + "a" * 1_000_000, "has 1,000,004 characters"),
        ("y ~ " + "(" * (DEEPEST + 1) + "a" + ")" * (DEEPEST + 1), "levels deep"),
        ("y ~ " + "(" * 90_000, "levels deep"),
        ("y ~ " + "-" * 90_000 + "a", "levels deep"),
        ("y ~ a" + "^2" * 40_000, "levels deep"),
        ("y ~ " + "log(" * 20_000 + "x", "levels deep"),
        ("y ~ (" + " + ".join(f"v{i}" for i in range(40)) + ")^20", "more than 20,000 terms"),
        ("y ~ " + "*".join(f"v{i}" for i in range(40)), "more than 20,000 terms"),
        (
            "y ~ (" + " + ".join(f"v{i}" for i in range(3000)) + "):(" + " + ".join(f"w{i}" for i in range(3000)) + ")",
            "",
        ),
        ("y ~ `" + "a" * 90_000, "not closed"),
        ("y ~ " + "." * 90_000, ""),
        ("y ~ " + "9" * 90_000, "beyond"),
    ],
)
def test_hostile_formulas_are_refused_at_once(text, problem):
    outcome = _within(5.0, text)
    assert isinstance(outcome, FormulaError) or not problem
    assert problem in str(outcome)


@pytest.mark.parametrize(
    ("text", "n_terms"),
    [
        ("y ~ (a + b)^1000000000", 3),
        ("y ~ " + " + ".join(f"v{i}" for i in range(12_000)), 12_000),
        ("y ~ " + ":".join(f"v{i}" for i in range(5_000)), 1),
        ("y ~ " + "(" * DEEPEST + "a" + ")" * DEEPEST, 1),
        ("y ~ " + "log(" * 10 + "x" + ")" * 10, 1),
        ("y ~ a" + " - b" * 20_000, 1),
        ("y ~ a" + " + a" * 20_000, 1),
        ("y ~ a" + "*1" * 20_000, 1),
    ],
)
def test_long_formulas_are_answered_at_once(text, n_terms):
    assert len(text) <= LONGEST
    assert len(_within(5.0, text).terms) == n_terms


def test_many_dots():
    columns = [f"v{i}" for i in range(19_000)]
    assert len(_within(5.0, "y ~ .", columns).terms) == 19_000
    assert isinstance(_within(5.0, "y ~ ." + " + ." * 10_000, columns), FormulaError)
    assert isinstance(_within(5.0, "y ~ .^2", columns), FormulaError)
    assert isinstance(_within(5.0, "y ~ .", [f"v{i}" for i in range(100_000)]), FormulaError)


WORDS = (
    "y a b x `a_b` . ~ + - * / : ^ ** ( ) , = == != < >= %in% [ ] c( log( I( C( poly( 0 1 2 1e5 .5"
    " 's' offset( cbind( TRUE é $"
)
PIECES = st.sampled_from([*WORDS.split(), " ", "\n", "\t", '"', "`", "\\", "\u200b"])


@given(st.lists(PIECES, max_size=30).map("".join) | st.text(max_size=60))
def test_any_text_is_a_formula_or_an_error(text):
    try:
        expand(text, COLUMNS)
    except LogisticaError as error:
        outcome = error
    else:
        return
    assert isinstance(outcome, FormulaError)
    assert 0 <= outcome.position <= len(text)


@given(st.lists(PIECES, max_size=25).map("".join))
def test_what_is_printed_parses_to_the_same(text):
    try:
        predictors = parse("~" + text).predictors
    except FormulaError:
        return
    printed = text_of(predictors)
    assert text_of(parse_expression(printed)) == printed


def test_the_error_is_public():
    assert issubclass(logistica.FormulaError, ValueError)


def _check_formula(text):
    """A design of finite numbers with as many names as columns, or a typed error; soon, whichever it is."""
    began = time.perf_counter()
    data = frame(0, n=12)
    try:
        dataset = read(data, Preparation("y ~ " + text))
    except LogisticaError:
        pass
    else:
        values = np.empty((12, dataset.source.n_columns))
        dataset.source.design.fill(slice(0, 12), values)
        assert len(dataset.recipe.terms) == values.shape[1]
        assert np.isfinite(values).all()
    assert time.perf_counter() - began < 5.0


FORMULA_TEXTS = st.lists(
    PIECES | st.sampled_from([*FUNCTIONS, *CODINGS, "a", "b", "x", "z"]), min_size=1, max_size=12
).map("".join) | st.lists(st.sampled_from([*FUNCTIONS, *CODINGS, "a", "b", "x", "1"]), min_size=1, max_size=5).map(
    " * ".join
)


@settings(max_examples=300, deadline=None, derandomize=True, database=None)
@given(FORMULA_TEXTS)
def test_any_formula_makes_a_design_or_an_error(text):
    _check_formula(text)


@pytest.mark.fuzz
def test_formulas_for_minutes():
    for_minutes(_check_formula, FORMULA_TEXTS)
