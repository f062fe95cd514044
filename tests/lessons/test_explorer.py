"""The sliders of the sigmoid, without a notebook."""

from __future__ import annotations

import doctest
import io
import sys
from importlib import import_module

import numpy as np
import pytest
from PIL import Image

from logistica.core.errors import DataError, NotAvailableError
from logistica.lessons import OVERLAPPING, SEPARATED, rounded_line, sigmoid_explorer


def pixels(explorer):
    return np.asarray(Image.open(io.BytesIO(explorer.image.value)).convert("RGB")).astype(int)


def log_loss(x, y, slope, intercept):
    p = 1.0 / (1.0 + np.exp(-(slope * np.asarray(x) + intercept)))
    return -np.mean(np.where(np.asarray(y) == 1, np.log(p), np.log1p(-p)))


def test_the_default_points_are_those_of_the_lesson():
    shown = sigmoid_explorer().points
    assert shown.x.tolist() == np.linspace(-5.0, 5.0, 100).tolist()
    assert set(shown.y.tolist()) == {0, 1}
    # Noise between 0 and 1 moves the change of class from x = -1/2 to the left, by half a unit at most.
    assert shown.y[shown.x < -1.0].max() == 0
    assert shown.y[shown.x > -0.5].min() == 1
    assert shown.x[shown.y == 1].min() < shown.x[shown.y == 0].max()
    assert rounded_line(OVERLAPPING).y.tolist() == shown.y.tolist()
    assert repr(sigmoid_explorer().points.loss(2.0, 1.0)) == repr(rounded_line().loss(2.0, 1.0))
    other = rounded_line(SEPARATED)
    assert other.x[other.y == 0].max() < other.x[other.y == 1].min()


def test_the_example_in_its_docstring_runs():
    found = doctest.testmod(import_module("logistica.lessons.example"))
    assert found.attempted
    assert not found.failed


def test_sliders_run_from_minus_five_to_five():
    explorer = sigmoid_explorer()
    for slider in (explorer.slope, explorer.intercept):
        assert (slider.min, slider.max) == (-5.0, 5.0)
    assert explorer.panel.children == (explorer.slope, explorer.intercept, explorer.loss, explorer.image)


@pytest.mark.parametrize(("slope", "intercept"), [(2.0, 1.0), (-5.0, 5.0), (0.0, 0.0), (5.0, -5.0)])
def test_moving_them_changes_the_loss_and_the_picture(slope, intercept):
    explorer = sigmoid_explorer()
    before = pixels(explorer)
    explorer.slope.value = slope
    explorer.intercept.value = intercept
    shown = explorer.points
    assert explorer.loss.value == f"mean log loss: {log_loss(shown.x, shown.y, slope, intercept):.4f}"
    after = pixels(explorer)
    assert after.shape == before.shape
    assert (before != after).any(axis=2).sum() > 200
    assert repr(explorer).startswith(f"<sigmoid explorer: w = {slope:g}, b = {intercept:g}, mean log loss")


def test_the_curve_goes_through_its_picture_where_it_should():
    """At w = 0 and b = 0 the only long blue line is level; at w = 5 it is steep."""

    def rows_of_the_curve(explorer):
        image = pixels(explorer)
        blue = (np.abs(image - [0, 114, 178]).sum(axis=2) < 40).nonzero()[0]
        return np.bincount(blue, minlength=image.shape[0])

    explorer = sigmoid_explorer([-1.0, 1.0], [0, 1])
    explorer.slope.value = 0.0
    level = rows_of_the_curve(explorer)
    explorer.slope.value = 5.0
    steep = rows_of_the_curve(explorer)
    assert level.max() > 300
    assert (steep > 0).sum() > 3 * (level > 0).sum()


def test_one_s_own_points():
    explorer = sigmoid_explorer([0.0, 1.0, 2.0], [False, True, True])
    assert explorer.loss.value == f"mean log loss: {log_loss([0, 1, 2], [0, 1, 1], 1.0, 0.0):.4f}"
    assert len(sigmoid_explorer([3.0], [1]).image.value) > 1000


@pytest.mark.parametrize(
    ("x", "y", "message"),
    [
        ([1.0, 2.0], [0], "2 values of x and 1 of y"),
        ([1.0, 2.0], None, "2 values of x and 0 of y"),
        ([], [], "0 values of x and 0 of y"),
        ([1.0, np.nan], [0, 1], "x is nan in row 1"),
        ([1.0, 2.0], [0, 2], "y is 2 in row 1"),
        ([1.0, 2.0], [0, 0.5], "y is 0.5 in row 1"),
        ([[1.0, 2.0]], [0, 1], r"x has shape \(1, 2\)"),
        (["a", "b"], [0, 1], "values that are no numbers"),
        ([1j, 2.0], [0, 1], "values that are no numbers"),
        (np.array(["2020-01-01", "2020-01-02"], dtype="M8[D]"), [0, 1], "values that are no numbers"),
    ],
)
def test_other_points_are_refused(x, y, message):
    with pytest.raises(DataError, match=message):
        sigmoid_explorer(x, y)


def test_without_ipywidgets_the_remedy_is_named(monkeypatch):
    monkeypatch.setitem(sys.modules, "ipywidgets", None)
    with pytest.raises(NotAvailableError, match=r"pip install 'logistica\[lessons\]'"):
        sigmoid_explorer()
