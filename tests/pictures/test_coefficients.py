"""Coefficients: the numbers of the summary, and no point for what is no number."""

from __future__ import annotations

import numpy as np
import pytest

import logistica
from logistica.core.errors import OptionError
from logistica.pictures import coefficients
from logistica.pictures.canvas import MINUS
from tests.pictures import looking
from tests.pictures.catalogue import HOURS, cases, fit, numbers


def rows(ax):
    """Names of the rows, from top to bottom."""
    names = [text.get_text() for text in ax.get_yticklabels()]
    return names if ax.get_ylim()[0] > ax.get_ylim()[1] else names[::-1]


def intervals(ax, k=0):
    """The intervals drawn for a class, shape (rows, 2)."""
    return np.array([segment[:, 0] for segment in looking.by_gid(ax, f"intervals {k}").get_segments()])


@pytest.mark.parametrize("level", [0.5, 0.95])
def test_two_classes_are_as_in_the_summary(level):
    model = cases()["array"].model
    table = model.summary(level).coefficients
    ax = looking.drawn(coefficients(model, level, intercept=True))
    assert rows(ax) == table.term.tolist()
    assert looking.xy(looking.by_gid(ax, "class 0"))[:, 0].tolist() == table.estimate.tolist()
    assert intervals(ax).tolist() == np.column_stack([table.lower, table.upper]).tolist()
    assert looking.title(ax) == "Coefficients: log-odds of y = 1"
    assert ax.get_xlabel() == f"change in log-odds per unit, with {100 * level:g}% intervals"
    assert looking.by_gid(ax, "zero").get_xdata() == [0.0, 0.0]
    assert ax.get_xlim()[0] < table.lower.min()
    assert ax.get_xlim()[1] > table.upper.max()


def test_the_intercept_is_told_instead():
    ax = looking.drawn(coefficients(logistica.fit(HOURS, target="passed")))
    assert rows(ax) == ["hours"]
    assert looking.caption(ax) == f"The intercept, {MINUS}3.852, is not drawn."


def test_k_classes_stand_side_by_side():
    model = cases()["three classes"].model
    table = model.summary(reference="plus").coefficients
    ax = looking.drawn(coefficients(model, reference="plus"))
    assert rows(ax) == ["age", "income", "smoker", "city[Oslo]", "city[Rome]"]
    assert looking.legend_labels(ax) == ["basic", "pro"]
    for k, label in enumerate(["basic", "pro"]):
        own = (table.class_ == label) & (table.term != "(Intercept)")
        points = looking.xy(looking.by_gid(ax, f"class {k}"))
        assert points[:, 0].tolist() == table.estimate[own].tolist()
        assert np.abs(points[:, 1] - np.arange(5)).max() < 0.5
        assert intervals(ax, k).tolist() == np.column_stack([table.lower[own], table.upper[own]]).tolist()
    one, other = looking.by_gid(ax, "class 0"), looking.by_gid(ax, "class 1")
    assert one.get_marker() != other.get_marker()
    assert one.get_color() != other.get_color()
    assert (looking.xy(one)[:, 1] < looking.xy(other)[:, 1]).all()


def test_infinite_coefficients_are_arrows_and_words():
    ax = looking.drawn(coefficients(cases()["quasi-separated"].model))
    assert rows(ax) == ["dose", "rare"]
    assert len(looking.xy(looking.by_gid(ax, "class 0"))) == 1
    word, arrow = looking.by_gid(ax, "+inf"), looking.by_gid(ax, "arrow")
    assert word.get_text() == "+∞"
    assert word.get_position()[1] == 1.0
    assert arrow.xy[0] > arrow.xyann[0]
    estimates = ax.transData.transform(np.column_stack([intervals(ax).ravel(), [0, 0]]))
    assert estimates[:, 0].max() < looking.box(word).x0


def test_without_any_finite_coefficient_the_axis_has_only_its_zero():
    ax = looking.drawn(coefficients(cases()["separated"].model))
    assert len(looking.xy(looking.by_gid(ax, "class 0"))) == 0
    assert ax.get_xticks().tolist() == [0.0]
    assert looking.by_gid(ax, "undetermined").get_text() == "infinite, sign not determined"
    assert looking.caption(ax) == f"The intercept, {MINUS}∞, is not drawn."


def test_an_aliased_coefficient_is_no_point():
    ax = looking.drawn(coefficients(cases()["aliased"].model))
    assert rows(ax) == ["x0", "x1", "x2"]
    assert looking.xy(looking.by_gid(ax, "class 0"))[:, 1].tolist() == [0.0, 1.0]
    assert looking.by_gid(ax, "aliased").get_text() == "NA: aliased"
    assert looking.by_gid(ax, "aliased").get_position()[1] == 2.0


@pytest.mark.parametrize(
    ("name", "why"),
    [
        (
            "three classes, penalised",
            "No intervals: the fit is penalised, and its curvature does not describe the error.",
        ),
        ("not converged", "No intervals: the fit has not converged."),
    ],
)
def test_no_intervals_without_a_valid_covariance(name, why):
    ax = looking.drawn(coefficients(cases()[name].model))
    assert not any(gid.startswith("intervals") for gid in looking.gids(ax))
    assert looking.caption(ax).endswith(why)
    assert ax.get_xlabel() == "change in log-odds per unit"
    assert np.isfinite(looking.xy(looking.by_gid(ax, "class 0"))).all()


def test_of_many_terms_those_furthest_from_zero_are_drawn():
    X, y = numbers(n=400, p=45)
    model = fit(X, target=y)
    table = model.summary().coefficients
    ax = looking.drawn(coefficients(model))
    assert len(rows(ax)) == 40
    z = dict(zip(table.term[1:], np.abs(table.z[1:]), strict=True))
    assert set(rows(ax)) == set(sorted(z, key=z.get)[-40:])
    assert rows(ax) == [term for term in table.term if term in set(rows(ax))]
    assert looking.caption(ax).startswith(
        "40 of 45 coefficients shown: those furthest from zero; terms= chooses others."
    )
    assert looking.overlaps(ax) == []


def test_chosen_terms_come_in_the_order_of_the_summary():
    ax = looking.drawn(coefficients(cases()["array"].model, terms=["x2", "(Intercept)"]))
    assert rows(ax) == ["(Intercept)", "x2"]
    assert looking.caption(ax) == ""


def test_an_intercept_alone_is_drawn():
    model = fit(HOURS, "passed ~ 1")
    ax = looking.drawn(coefficients(model))
    assert rows(ax) == ["(Intercept)"]


@pytest.mark.parametrize("terms", [[], ["nonsense"], ["x0", "X1"]])
def test_unknown_terms_are_refused(terms):
    with pytest.raises(OptionError, match="they must be some of the model's"):
        coefficients(cases()["array"].model, terms=terms)


def test_impossible_options_are_refused():
    with pytest.raises(OptionError, match="level=2"):
        coefficients(cases()["array"].model, 2)
    with pytest.raises(OptionError, match="reference='none'"):
        coefficients(cases()["three classes"].model, reference="none")
