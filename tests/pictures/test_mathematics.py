"""The sigmoid and the log loss."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from scipy.special import expit

from logistica.core.errors import OptionError
from logistica.pictures import log_loss, sigmoid
from logistica.pictures.canvas import MINUS
from tests.pictures import looking


def readable(ax):
    looking.drawn(ax)
    assert looking.overlaps(ax) == []
    assert looking.outside(ax) == []
    assert looking.over_curves(ax) == []
    assert not looking.legend_covers_data(ax)
    return ax


@pytest.mark.parametrize(("slope", "intercept"), [(1.0, 0.0), (2.0, 1.0), (-0.5, 1.0), (1e-6, 3.0), (1e9, -2.0)])
def test_the_sigmoid_and_where_it_is_one_half(slope, intercept):
    ax = readable(sigmoid(slope, intercept))
    x, p = looking.xy(looking.by_gid(ax, "sigmoid")).T
    assert p == pytest.approx(expit(slope * x + intercept), rel=1e-14)
    assert min(p) < 0.001
    assert max(p) > 0.999
    assert looking.xy(looking.by_gid(ax, "half")).tolist() == [[-intercept / slope, 0.5]]
    assert any("p = 1/2 at x =" in text.get_text() for text in ax.texts)


@pytest.mark.parametrize("intercept", [-3.0, 0.0, 1.0])
def test_a_slope_of_zero_has_no_place_of_one_half(intercept):
    ax = readable(sigmoid(0.0, intercept))
    assert "half" not in looking.gids(ax)
    assert np.ptp(looking.xy(looking.by_gid(ax, "sigmoid"))[:, 1]) == 0.0
    assert "for every x" in ax.texts[0].get_text()


def test_ends_of_one_s_own():
    ax = readable(sigmoid(1.0, 8.0, between=(-5.0, 5.0)))
    assert ax.get_xlim() == (-5.0, 5.0)
    assert "half" not in looking.gids(ax)
    assert ax.texts[0].get_text() == f"p = 1/2 at x = {MINUS}8, beyond these ends"


@pytest.mark.parametrize("slope", np.linspace(-5.0, 5.0, 11))
@pytest.mark.parametrize("intercept", [-5.0, -0.1, 0.0, 2.0, 5.0])
def test_words_keep_clear_of_the_curve(slope, intercept):
    readable(sigmoid(slope, intercept, between=(-5.0, 5.0)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.nan, 1.0), "it must be a finite number"),
        ((1.0, np.inf), "it must be a finite number"),
        ((1e-320, 0.0), "cannot be drawn between"),
        ((1.0, 1e300), "cannot be drawn between"),
    ],
)
def test_curves_that_cannot_be_drawn_are_refused(arguments, message):
    with pytest.raises(OptionError, match=message):
        sigmoid(*arguments)


@pytest.mark.parametrize("between", [(1.0, 1.0), (2.0, 1.0), (0.0, np.inf), (np.nan, 1.0)])
def test_impossible_ends_are_refused(between):
    with pytest.raises(OptionError, match="two finite ends, the lower first"):
        sigmoid(between=between)


@pytest.mark.parametrize(
    "draw",
    [log_loss, sigmoid, partial(sigmoid, 0, 2), partial(sigmoid, -1, between=(2, 4))],
    ids=["log loss", "sigmoid", "level", "ends"],
)
def test_they_can_be_read_when_they_are_small(draw):
    from matplotlib import pyplot

    _, ax = pyplot.subplots(figsize=(3.0, 2.5), layout="constrained")
    readable(draw(ax=ax))


def test_the_log_loss_of_both_classes():
    ax = readable(log_loss())
    for y in (0, 1):
        p, loss = looking.xy(looking.by_gid(ax, f"y = {y}")).T
        right = p if y else 1.0 - p
        assert loss == pytest.approx(-np.log(right), rel=1e-9, abs=1e-12)
        assert loss.max() > ax.get_ylim()[1]
        assert loss.min() == pytest.approx(0.0, abs=0.01)
    assert looking.xy(looking.by_gid(ax, "half")).tolist() == [[0.5, np.log(2.0)]]
    assert looking.legend_labels(ax) == [f"y = 0: {MINUS}log(1 {MINUS} p)", f"y = 1: {MINUS}log(p)"]
    one, other = (looking.by_gid(ax, f"y = {y}") for y in (0, 1))
    assert one.get_linestyle() != other.get_linestyle()
