"""C() with its levels and baseline, and what is said to those who write formulas of another system."""

from __future__ import annotations

import numpy as np
import pytest

import logistica
from logistica.core.errors import FormulaError, OptionError
from logistica.data.formula import expand, text_of
from logistica.data.preparation import Preparation
from logistica.data.read import read
from tests.data.factor_tables import again
from tests.formula.tables import frame

DATA = frame(3, n=300)
DATA["flag"] = DATA.z > 0
DATA["bit"] = (DATA.w > 0) * 1


@pytest.mark.parametrize(
    ("text", "options", "columns"),
    [
        ("C(a, levels = ['r', 'p', 'q'])", {}, "[p] [q]"),
        ('C(a, Treatment, levels = c("r", "p", "q", "absent"))', {}, "[p] [q]"),
        ("C(a, base = 'q', levels = ['r', 'p', 'q'])", {}, "[r] [p]"),
        ("C(a, Sum, levels = ['r', 'p', 'q'])", {}, "[1] [2]"),
        ("C(k, levels = [4, 3, 2, 1])", {}, "[3] [2] [1]"),
        ("C(k, levels = ['4', '3', '2', '1'])", {}, "[3] [2] [1]"),
        ("C(flag, base = TRUE)", {}, "[false]"),
        ("C(flag, levels = [True, False])", {}, "[false]"),
        ("C(flag, base = 'true')", {}, "[false]"),
        ("C(bit, base = 1)", {}, "[0]"),
        ("C(a, base = 'q')", {"baseline": {"a": "q"}}, "[p] [r]"),
        ("C(a)", {"baseline": {"a": "q"}}, "[p] [r]"),
        ("C(a, levels = ['r', 'p', 'q'])", {"baseline": {"a": "r"}}, "[p] [q]"),
    ],
)
def test_levels_in_their_order(text, options, columns, tmp_path):
    model = logistica.fit(DATA, f"y ~ {text}", **options)
    assert [term[term.rindex("[") :] for term in model.terms] == columns.split()
    np.testing.assert_array_equal(again(model, tmp_path).predict_proba(DATA), model.predict_proba(DATA))
    name = text[2:].split(",")[0].rstrip(")")
    np.testing.assert_allclose(
        model.predict_proba(DATA), logistica.fit(DATA, f"y ~ C({name})").predict_proba(DATA), rtol=1e-9
    )


@pytest.mark.parametrize(
    ("text", "options", "message"),
    [
        ("C(a, base = 'p')", {"baseline": {"a": "q"}}, "'a' is compared with 'p' here, and by baseline= with 'q'"),
        ("C(k, base = 1)", {"baseline": {"k": "2"}}, "'k' is compared with 1 here, and by baseline= with 2"),
        ("C(a, levels = ['r', 'p', 'q'])", {"baseline": {"a": "q"}}, "compared with 'r' here"),
        ("C(a, levels = ['r', 'p', 'q'])", {"levels": {"a": ["p", "q", "r"]}}, "by levels= too"),
        ("C(a, levels = ['r', 'p'])", {}, "the level 'q' occurs, and is not among the stated levels: 'r', 'p'"),
        ("C(a, levels = ['r', 'r'])", {}, "a list of different levels"),
        ("C(a, levels = 'r')", {}, "a list of different levels"),
        ("C(a, levels = [])", {}, "a list c(...) of them is expected"),
        ("C(a, levels = ['r'], levels = ['p'])", {}, "levels is given twice"),
        ("C(a, Sum, Treatment)", {}, "is expected here"),
        ("C(bit, base = TRUE)", {}, "True is none of the levels of 'bit': 0, 1"),
        ("C(bit, levels = [TRUE, FALSE])", {}, "the level 0 occurs, and is not among the stated levels: True, False"),
        ("C(flag, base = 1)", {}, "1.0 is none of the levels of 'flag': False, True"),
        ("bs(x, knots = ['p'])", {}, "knots must be numbers"),
    ],
)
def test_levels_that_contradict(text, options, message):
    with pytest.raises(FormulaError) as caught:
        logistica.fit(DATA, f"y ~ z + {text}", **options)
    assert message in caught.value.problem
    assert caught.value.position >= 8


@pytest.mark.parametrize(("name", "level"), [("bit", True), ("bit", False), ("flag", 1), ("flag", 0)])
def test_true_is_not_the_number_1(name, level):
    with pytest.raises(OptionError, match=f"the level {level} of column '{name}' does not occur"):
        logistica.fit(DATA, target="y", columns=[name], baseline={name: level})
    with pytest.raises(logistica.DataError, match="is none of those declared"):
        logistica.fit(
            DATA, target="y", columns=[name], levels={name: [level, not level if name == "bit" else 1 - level]}
        )


def test_booleans_are_written_in_one_way():
    """In the names of columns, in those of probabilities, and in files: true and false."""
    data = DATA.assign(other=DATA.w > 0)
    model = logistica.fit(data, "flag ~ C(other) + x")
    assert model.terms == ("C(other)[true]", "x")
    assert list(model.augment(data).columns[-2:]) == ["P(false)", "P(true)"]


@pytest.mark.parametrize(
    ("text", "position", "instead"),
    [
        ("factor(a)", 4, "write C(x)"),
        ("as.factor(a)", 4, "write C(x)"),
        ("ordered(a)", 4, "C(x, Poly)"),
        ("relevel(a, ref = 'q')", 4, 'write C(x, base = "level")'),
        ("C(a, Treatment('q'))", 9, 'write C(x, Treatment, base = "level")'),
        ("C(a, contr.sum)", 9, "one of Treatment, Sum, Helmert, Poly"),
        ("C(a, contr.treatment(base = 2))", 9, 'write C(x, Treatment, base = "level")'),
        ("interaction(a, b)", 4, "write a:b"),
        ("x + ns(z, df = 3)", 8, "cr(x, df = 4) is the natural cubic spline"),
        ("splines::ns(z)", 12, "expected before ':'"),
        ("s(x)", 4, "there are no penalised smooths: write bs(x, df = 5)"),
        ("te(x, z)", 4, "there are no penalised smooths"),
        ("np.log(x)", 4, "write log()"),
        ("numpy.sqrt(x)", 4, "write sqrt()"),
        ("standardize(x)", 4, "write scale(x)"),
        ("Q('a b')", 4, "in backquotes"),
        ("ifelse(x > 1, 1, 0)", 4, "write a comparison: I(x > 3)"),
        ("lgo(x)", 4, "did you mean log()?"),
        ("(1|a)", 6, "there are no random effects: write C(g)"),
        ("x + (1 | a) + z", 11, "there are no random effects"),
        ("x | a", 6, "a formula has one part"),
        ("I(x > 1 & z > 1)", 12, "multiply comparisons"),
        ("I(!flag)", 6, "'is not' is written !="),
        ("DATA$x", 8, "name the column alone"),
        ("x[x > 1]", 5, "has no meaning after a column"),
        ("[x, z]", 4, "a list of values stands only as an argument"),
        ("I(x %in% c(1, 2))", 6, "is an interaction, as is '%in%'"),
        ("x %% 2", 6, "there is %in% alone"),
    ],
)
def test_what_other_systems_have_is_answered_with_what_to_write(text, position, instead):
    with pytest.raises(FormulaError) as caught:
        read(DATA, Preparation(f"y ~ {text}"))
    assert instead in caught.value.problem
    assert caught.value.position == position


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("a %in% b", "a:b"),
        ("x + a %in% b", "x + a:b"),
        ("a*b %in% c", "a*b:c"),
        ("a %in% (b + c)", "a:b:c"),
        ("a %in% b:(c + x)", "a:b:c:x"),
    ],
)
def test_in_is_an_interaction(text, same):
    """As R has it: each term on the left with all variables on the right."""
    found, expected = (expand(f"y ~ {one}", list(DATA.columns)) for one in (text, same))
    assert found.terms == expected.terms
    assert [text_of(node) for node in found.variables] == [text_of(node) for node in expected.variables]


@pytest.mark.parametrize(
    ("text", "by_hand"),
    [("log2(x)", np.log2(DATA.x)), ("log10(x)", np.log10(DATA.x)), ("abs(z)", np.abs(DATA.z))],
)
def test_more_functions(text, by_hand):
    model, expected = logistica.fit(DATA, f"y ~ {text}"), logistica.fit(DATA.assign(c=by_hand), "y ~ c")
    np.testing.assert_array_equal(model.coef_, expected.coef_)


@pytest.mark.parametrize("text", ["poly(x, 2, raw = TRUE)", "poly(x, 2, raw=True)", "poly(x, degree=2, raw=T)"])
def test_raw_polynomials(text):
    expected = logistica.fit(DATA, "y ~ x + I(x^2)")
    np.testing.assert_allclose(logistica.fit(DATA, f"y ~ {text}").coef_, expected.coef_, rtol=1e-9)
