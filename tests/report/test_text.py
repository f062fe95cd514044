"""What a summary looks like in the terminal, to a reader who checks every figure."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

import logistica
from logistica.core.errors import OptionError
from logistica.fitting.record import Covariances
from logistica.objective.coordinates import Coordinates
from logistica.report import numbers, summarise
from logistica.report.as_text import WIDTH, cut, width_of
from tests.inference.fits import fitted, two_classes
from tests.report.hours import hours_model


def _lines(model, **options):
    lines = str(summarise(model, **options)).splitlines()
    assert max(map(width_of, lines)) <= WIDTH
    assert all(line == line.rstrip() for line in lines)
    return lines


def _row(lines, term):
    (found,) = (line for line in lines if line.startswith(f"{term} "))
    return found.removeprefix(term).split()


def test_printing_and_showing_are_the_same():
    summary = summarise(hours_model())
    assert repr(summary) == str(summary)


def test_the_modelled_class_is_named():
    X, y = two_classes()
    model = fitted(X, np.where(y, "yes", "no"))
    assert _lines(model)[0] == "Logistic regression: P(y = 'yes')"
    assert _lines(model, reference="yes")[0] == "Logistic regression: P(y = 'no')"


def test_k_classes_name_their_reference_in_every_block():
    X, _ = two_classes()
    labels = np.random.default_rng(1).choice(["a", "b", "c"], len(X))
    lines = _lines(fitted(X, labels), reference="b")
    assert lines[0] == "Logistic regression: 3 classes of y, each against 'b'"
    assert [line for line in lines if line.startswith("y = ")] == ["y = 'a' against 'b'", "y = 'c' against 'b'"]


def test_the_level_is_in_the_heading():
    lines = _lines(hours_model(), level=0.999)
    assert any("lower 99.9%  upper 99.9%" in line for line in lines)


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        ({}, "none (maximum likelihood)"),
        ({"C": 1.0}, "ridge, C=1"),
        ({"C": 0.25, "standardize": True}, "ridge, C=0.25, on standardized columns"),
    ],
)
def test_the_penalty_is_always_stated(options, shown):
    assert any(line.startswith(f"Penalty     {shown}") for line in _lines(hours_model(**options)))


def test_a_ridge_has_no_columns_for_what_it_does_not_give_and_says_why():
    lines = _lines(hours_model(C=1.0))
    (heading,) = (line for line in lines if "odds ratio" in line)
    assert heading.split() == ["estimate", "std.", "error", "odds", "ratio"]
    assert any("the penalty biases the estimates" in line for line in lines)


def test_weights_and_rows_left_out_are_stated():
    X, y = two_classes()
    X[3, 0] = np.nan
    weights = np.ones(len(y), int)
    weights[:2] = 0
    lines = _lines(fitted(X, y, weights=weights, weight_kind="frequency", missing="drop"))
    assert any(line.startswith("Rows        117 of 120 (1 dropped, 2 of weight 0)") for line in lines)
    assert any(line.startswith("Weights     frequency, total 117") for line in lines)


def test_factors_state_their_baselines():
    X, y = two_classes()
    frame = pd.DataFrame({"x": X[:, 0], "rank": np.where(X[:, 1] > 0, "low", "high")})
    lines = _lines(fitted(frame, y))
    assert "- Baselines of the factors: rank: 'high'." in lines
    assert _row(lines, "rank[low]")


@pytest.mark.parametrize(
    ("formula", "baselines"),
    [
        ("y ~ x + C(g)", {"C(g)": 1}),
        ("y ~ x + C(g, base = 3)", {"C(g, base = 3)": 3}),
        ("y ~ t", {"t": "a"}),
        ("y ~ C(g, Sum) + t", {"t": "a"}),
        ("y ~ C(g, Helmert)", {}),
        ("y ~ C(g, Poly)", {}),
        ("y ~ C(t, Sum)", {}),
        ("y ~ t - 1", {}),
        ("y ~ t + C(g) - 1", {"C(g)": 1}),
        ("y ~ t:x", {}),
        ("y ~ x + t:x", {"t": "a"}),
    ],
)
def test_only_levels_that_others_are_compared_with_are_baselines(formula, baselines):
    X, y = two_classes()
    frame = pd.DataFrame(
        {"x": X[:, 0], "g": np.arange(len(y)) % 3 + 1, "t": np.array(["a", "b"])[np.arange(len(y)) // 7 % 2]}
    )
    model = logistica.fit(frame.assign(y=y), formula)
    summary = model.summary()
    assert summary.to_dict()["model"]["baselines"] == baselines
    shown = [line for line in str(summary).splitlines() if line.startswith("- Baselines")]
    assert len(shown) == bool(baselines)
    assert all(f"{name}: {level!r}" in shown[0] for name, level in baselines.items())


def test_a_name_that_would_look_like_another_has_lines_of_its_own():
    """Their ends and their beginnings are alike, and what lies between differs."""
    X, y = two_classes(p=4)
    names = [f"{'a' * 100}{middle}{'z' * 100}" for middle in "123"]
    lines = _lines(fitted(pd.DataFrame(X, columns=[*names, "x"]), y))
    assert [line + after for line, after in pairwise(lines) if line == "a" * 100] == [
        "a" * 100 + f"{middle}{'z' * 99}" for middle in "123"
    ]
    assert not any("..." in line for line in lines)
    assert _row(lines, "x")


def test_columns_that_differ_in_their_middle_are_told_apart():
    rng = np.random.default_rng(0)
    data = pd.DataFrame({name: rng.choice(list("abc"), 900) for name in ("tobacco", "age_group", "alcohol")})
    model = logistica.fit(
        data.assign(y=rng.integers(0, 2, 900)), "y ~ C(tobacco, Poly)*C(age_group, Poly)*C(alcohol, Poly)"
    )
    lines = _lines(model.fitted)
    long = [term for term in model.terms if term.count(":") == 2]
    assert len(long) == 8
    assert set(long) <= set(lines)


def test_aliased_rows_are_na():
    X, y = two_classes(p=2)
    lines = _lines(fitted(np.column_stack([X, X[:, 0]]), y))
    assert _row(lines, "x2") == ["NA"] * 7
    assert any("1 aliased column" in line for line in lines)


def test_infinite_coefficients_show_their_sign_and_nothing_plausible():
    x = np.repeat([0.0, 1.0], 50)
    z = np.random.default_rng(5).normal(size=100)
    y = np.append(np.random.default_rng(6).integers(0, 2, 50), np.ones(50, int))
    lines = _lines(fitted(np.column_stack([x, -x, z]), y))
    assert _row(lines, "x0") == ["+inf", "NA", "NA", "NA", "NA", "NA", "inf"]
    assert len(_row(lines, "x2")) == 7
    first = next(line for line in lines if line.startswith("- "))
    assert "quasi-completely separated in 50 rows" in first
    assert any("add a penalty, such as C=1" in line for line in lines)


def test_a_sign_that_is_not_determined_is_said_so():
    X, _ = two_classes()
    lines = _lines(fitted(X, (X[:, 0] > 0).astype(int)))
    assert _row(lines, "x1")[:3] == ["sign", "not", "determined"]
    assert any("Certified   no finite part" in line for line in lines)


def test_an_unfinished_fit_says_so_first():
    X, y = two_classes()
    lines = _lines(fitted(X, y, max_iter=1))
    first = next(line for line in lines if line.startswith("- "))
    assert first.startswith("- Not converged after max_iter=1 steps")


def test_long_wide_and_hostile_names_keep_the_table_in_shape():
    X, y = two_classes(p=4)
    names = ["a" * 300 + "1", "a" * 300 + "2", "長い名前" * 40, "tab\tline\nescape\x1b[31m"]
    lines = _lines(fitted(pd.DataFrame(X, columns=names), y))
    table = [line for line in lines if line.startswith(("aaa", "長い", "tab"))]
    assert len(table) == 4
    assert len({width_of(line) for line in table}) == 1
    assert table[0].split()[0] != table[1].split()[0]
    assert table[3].startswith(r"tab\tline\nescape\x1b[31m ")


def test_a_cut_name_keeps_both_ends():
    assert cut("abcdefghijklmnop", 9) == "abc...nop"
    assert cut("abcdefghi", 9) == "abcdefghi"
    assert width_of(cut("長い名前" * 9, 20)) <= 20


def test_units_of_any_size_are_readable():
    X, y = two_classes(p=2)
    lines = _lines(fitted(X * np.array([1e150, 1e-150]), y))
    assert all("e-15" in cell or "e-14" in cell for cell in _row(lines, "x0")[:2])
    assert _row(lines, "x1")[-1] == "<1e-300"


def test_ten_thousand_terms_are_all_printed_and_fast():
    model, p = hours_model(), 10_000
    rng = np.random.default_rng(0)
    theta, variance = rng.normal(size=(p + 1, 1)), rng.uniform(0.1, 1.0, p + 1)
    estimate = replace(
        model.fit.estimate,
        coordinates=Coordinates(np.zeros(p), np.ones(p), True, 1, None),
        theta=theta,
        finite=theta,
        covariances=Covariances(None, variance[:, None, None]),
        free=np.ones(p + 1, bool),
    )
    terms = tuple(f"column {j}" for j in range(p))
    wide = replace(model, fit=replace(model.fit, terms=terms, estimate=estimate))
    began = time.perf_counter()
    lines = _lines(wide)
    assert time.perf_counter() - began < 3.0
    assert sum(line.startswith("column ") for line in lines) == p


@pytest.mark.parametrize("covariance", ["robust", None, "HC1"])
def test_an_unknown_covariance_says_what_exists(covariance):
    with pytest.raises(OptionError, match=r"covariance=.*'model'"):
        summarise(hours_model(), covariance=covariance)


@pytest.mark.parametrize(
    ("value", "std_error", "text"),
    [
        (-3.851636892, 2.20421801, "-3.8516"),
        (1.18511904, 0.63295332, "1.18512"),
        (0.0022644257, 0.0010939976, "0.0022644"),
        (-1e-9, 1.0, "0.0000"),
        (123456.789, 54321.0, "123457"),
        (-1.7083e7, 1.6037e7, "-1.7083e+07"),
        (1.13186e-150, 2.0607e-151, "1.13186e-150"),
        (0.0, float("nan"), "0"),
        (0.25, float("nan"), "0.25000"),
        (float("nan"), 1.0, "NA"),
        (float("inf"), 1.0, "+inf"),
    ],
)
def test_numbers_are_shown_to_the_digits_that_mean_something(value, std_error, text):
    assert numbers.like(value, std_error) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (1.0, "1.0000"),
        (0.0806, "0.0806"),
        (0.00046519, "4.65e-04"),
        (2e-16, "2.00e-16"),
        (9e-301, "<1e-300"),
        (0.0, "<1e-300"),
        (float("nan"), "NA"),
    ],
)
def test_nasty_row_17_p_values_in_print(p, text):
    assert numbers.p_value(p) == text


@pytest.mark.parametrize(
    ("value", "infinite", "text"),
    [
        (3.27107619, False, "3.2711"),
        (123456.7, False, "123457"),
        (1.318e-11, False, "1.318e-11"),
        (float("inf"), False, ">1e+300"),
        (1.7e308, False, ">1e+300"),
        (0.0, False, "<1e-300"),
        (float("inf"), True, "inf"),
        (0.0, True, "0"),
        (float("nan"), False, "NA"),
    ],
)
def test_nasty_row_17_odds_ratios_in_print(value, infinite, text):
    assert numbers.ratio(value, infinite=infinite) == text
