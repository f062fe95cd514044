"""Every picture of every kind of fit: rendered without a warning, nothing over anything, nothing cut off."""

from __future__ import annotations

import doctest
import subprocess
import sys
from importlib import import_module
from itertools import pairwise

import numpy as np
import pytest

import logistica
from logistica.core.errors import OptionError
from tests.pictures import looking
from tests.pictures.catalogue import HOURS, cases, fit, pictures_of

KINDS = ("decision_boundary", "fitted_curve", "coefficients", "learning_curves")
NAMES = tuple(cases())


@pytest.fixture(params=[(name, kind) for name in NAMES for kind in KINDS], ids=lambda pair: f"{pair[1]}, {pair[0]}")
def picture(request):
    """One picture of one fit, rendered."""
    name, kind = request.param
    return looking.drawn(pictures_of(cases()[name])[kind]())


def test_it_can_be_read(picture):
    """One test for all that can cover something, because rendering is what takes time."""
    assert looking.overlaps(picture) == []
    assert looking.outside(picture) == []
    assert not looking.legend_covers_data(picture)
    assert looking.over_curves(picture) == []
    assert looking.title(picture)
    assert picture.get_xlabel()
    assert looking.ink(picture) > 0.002


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["array", "three classes", "many classes", "long names", "quasi-separated", "aliased"])
def test_it_can_be_read_when_it_is_small(name, kind):
    """In three inches by two and a half text and marks are smaller, and the axes keep a third of the width."""
    from matplotlib import pyplot

    figure, ax = pyplot.subplots(figsize=(3.0, 2.5), layout="constrained")
    looking.drawn(pictures_of(cases()[name])[kind](ax=ax))
    assert looking.overlaps(ax) == []
    assert looking.outside(ax) == []
    assert not looking.legend_covers_data(ax)
    assert looking.over_curves(ax) == []
    assert ax.bbox.width > figure.bbox.width / 3 or name == "long names"
    assert ax.bbox.width > figure.bbox.width / 5
    assert min(text.get_fontsize() for text in looking.texts(ax)) >= 5.5


@pytest.mark.parametrize("kind", KINDS)
def test_it_draws_into_the_axes_it_is_given(kind):
    from matplotlib import pyplot

    _, (left, right) = pyplot.subplots(1, 2, layout="constrained", figsize=(14, 5))
    before = len(pyplot.get_fignums())
    assert pictures_of(cases()["array"])[kind](ax=left) is left
    assert len(pyplot.get_fignums()) == before
    assert left.has_data()
    assert not right.has_data()
    assert looking.overlaps(looking.drawn(left)) == []


@pytest.mark.parametrize("kind", KINDS)
def test_without_axes_it_makes_a_figure_of_its_own(kind):
    """And leaves the current one alone."""
    from matplotlib import pyplot

    mine, ax = pyplot.subplots()
    found = pictures_of(cases()["array"])[kind]()
    assert found.figure is not mine
    assert found.figure.number in pyplot.get_fignums()
    assert not ax.has_data()


@pytest.mark.parametrize("kind", KINDS)
def test_it_draws_into_a_subfigure_without_pyplot(kind):
    from matplotlib.figure import Figure

    figure = Figure(figsize=(14, 6), layout="constrained")
    left, _ = figure.subfigures(1, 2)
    assert pictures_of(cases()["array"])[kind](ax=left.subplots()).has_data()


@pytest.mark.parametrize("kind", KINDS)
def test_in_a_dark_style_text_and_marks_are_light(kind):
    from matplotlib import pyplot

    with pyplot.style.context("dark_background"):
        ax = looking.drawn(pictures_of(cases()["three classes"])[kind]())
    assert min(looking.grey(text.get_color()) for text in looking.texts(ax)) > 0.9
    assert looking.grey(ax.get_facecolor()[:3]) == 0.0


@pytest.mark.parametrize("kind", KINDS)
def test_names_are_text_whatever_they_look_like(kind):
    """No mathematics, no label lost for its leading underscore, nothing on several lines that is one name."""
    ax = looking.drawn(pictures_of(cases()["long names"])[kind]())
    assert not any(text.get_parse_math() for text in looking.texts(ax) if "$" in text.get_text())
    if kind != "learning_curves":
        assert any("$x^2$" in text.get_text() for text in looking.texts(ax))
    if kind == "decision_boundary":
        assert looking.legend_labels(ax)[0] == "_no$"


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("given", ["left", 1, object()])
def test_what_is_no_axes_is_refused(kind, given):
    with pytest.raises(OptionError, match="it must be matplotlib axes"):
        pictures_of(cases()["array"])[kind](ax=given)


def test_an_estimator_will_do():
    X, y = HOURS[["hours"]], HOURS["passed"]
    clf = logistica.LogisticRegression().fit(X, y)
    ax = logistica.pictures.fitted_curve(clf, X, "hours", y)
    assert looking.xy(looking.by_gid(ax, "curve 1"))[-1, 1] == pytest.approx(clf.predict_proba(X)[-1, 1], rel=1e-12)
    for strange in (logistica.LogisticRegression(), None, "m.json"):
        with pytest.raises(OptionError, match=r"it must be a model, as logistica.fit returns it"):
            logistica.pictures.coefficients(strange)


def test_a_loaded_model_draws_the_same(tmp_path):
    model = logistica.fit(HOURS, target="passed")
    model.save(tmp_path / "m.json")
    again = logistica.load(tmp_path / "m.json")
    for draw in (
        lambda m: logistica.pictures.fitted_curve(m, HOURS, "hours"),
        logistica.pictures.coefficients,
    ):
        one, other = draw(model), draw(again)
        assert looking.gids(one) == looking.gids(other)
        for left, right in zip(one.lines, other.lines, strict=True):
            assert (looking.xy(left) == looking.xy(right)).all()


@pytest.mark.parametrize("target", ["passed", "plan"])
def test_an_intercept_alone_has_nothing_to_be_drawn_over(target):
    data = HOURS if target == "passed" else cases()["three classes"].data
    constant, empty = (fit(data, f"{target} ~ {terms}") for terms in ("1", "0"))
    draw = logistica.pictures
    for model in (constant, empty):
        for picture in (lambda m: draw.decision_boundary(m, data), lambda m: draw.fitted_curve(m, data, "hours")):
            with pytest.raises(
                OptionError, match=r"The model has no columns.*coefficients\(model\) draws an intercept"
            ):
                picture(model)
    ax = looking.drawn(draw.coefficients(constant))
    assert [text.get_text() for text in ax.get_yticklabels()] == ["(Intercept)"]
    with pytest.raises(OptionError, match="no coefficients to draw"):
        draw.coefficients(empty)


def test_nothing_is_loaded_before_it_is_drawn():
    code = """
import sys
import logistica
import logistica.pictures, logistica.lessons
assert "matplotlib" not in sys.modules and "ipywidgets" not in sys.modules
from matplotlib.figure import Figure
logistica.pictures.sigmoid(ax=Figure().subplots())
assert "matplotlib.pyplot" not in sys.modules
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["mathematics", "boundary", "curve", "learning", "coefficient_plot"])
def test_the_examples_run(name):
    found = doctest.testmod(import_module(f"logistica.pictures.{name}"))
    assert found.attempted
    assert not found.failed


def test_classes_differ_in_grey():
    """No two of the first 42 share colour and marker, neighbours differ in shade or form, and so do their lines."""
    from logistica.pictures.styles import PROBABILITY, style

    looks = [style(k) for k in range(42)]
    assert len({(look.colour, look.marker) for look in looks}) == 42
    for one, other in pairwise(looks):
        assert one.marker != other.marker
        assert one.line != other.line
        assert one.hatch != other.hatch
        assert one.filled != other.filled
    shades = [looking.grey(colour) for colour in PROBABILITY]
    assert np.argmax(shades) == 3
    assert max(shades[:3]) < min(shades[3:])
    assert np.diff(sorted(shades)).min() > 0.05
    assert shades[:3] == sorted(shades[:3])
    assert shades[3:] == sorted(shades[3:], reverse=True)
    assert shades[-1] - shades[0] > 0.2
