"""Pictures of the mathematics alone: the sigmoid, and the log loss."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from logistica.core.checks import checked_number
from logistica.core.errors import OptionError
from logistica.core.stable import expit
from logistica.pictures.canvas import MINUS, TICKS, axes_for, label_axes, legend, number, scaled
from logistica.pictures.styles import neutral, style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDE = 7.0
"""Log-odds shown on either side of p = 1/2; the sigmoid is within 0.001 of its ends there."""
TOP = 5.0
Limits = tuple[float, float]


def sigmoid(
    slope: float = 1.0, intercept: float = 0.0, *, between: Limits | None = None, ax: Axes | None = None
) -> Axes:
    """Draw p = 1 / (1 + exp(-(slope x + intercept))) over x, and mark where p = 1/2.

    Parameters
    ----------
    slope, intercept : float
        Finite. With slope 0 the probability is the same everywhere.
    between : (float, float), optional
        The ends of x; by default so that the curve runs from nearly 0 to nearly 1.
    ax : matplotlib Axes, optional
        Default: those of a new figure.

    Raises
    ------
    OptionError
        If a number is not finite, or the curve is so steep that float64 cannot hold its x.

    Examples
    --------
    >>> import logistica
    >>> axes = logistica.pictures.sigmoid(slope=2, intercept=1)
    """
    slope = checked_number("slope", slope, "a finite number")
    intercept = checked_number("intercept", intercept, "a finite number")
    first, last = _ends(slope, intercept) if between is None else between
    x = np.linspace(first, last, 401) if math.isfinite(last - first) else np.zeros(2)
    if not (np.diff(x) > 0.0).all():
        raise OptionError(
            f"the sigmoid of slope={slope!r}, intercept={intercept!r} cannot be drawn between {first!r} and {last!r}:"
            " it takes two finite ends, the lower first, and a difference that float64 can hold"
        )
    ax = axes_for(ax)
    curve = style(0)
    ax.plot(x, expit(slope * x + intercept), color=curve.colour, linewidth=2.2, gid="sigmoid")
    _mark_half(ax, slope, intercept, (first, last))
    ax.set_xlim(first, last)
    ax.set_ylim(-0.04, 1.04)
    label_axes(ax, f"Sigmoid with slope {number(slope)} and intercept {number(intercept)}", "x", "probability")
    return ax


def log_loss(*, ax: Axes | None = None) -> Axes:
    """Draw the log loss of one row over the probability p that a model gives to class 1.

    It is -log(p) where y = 1, and -log(1 - p) where y = 0: nothing for certainty in the right class, log 2 for p = 1/2,
    and without bound towards certainty in the wrong one.

    Parameters
    ----------
    ax : matplotlib Axes, optional
        Default: those of a new figure.
    """
    ax = axes_for(ax)
    near = math.exp(-1.2 * TOP)
    p = np.concatenate([np.geomspace(near, 0.5, 200), 1.0 - np.geomspace(0.5, near, 200)[1:]])
    entries = []
    for y, loss in ((0, -np.log1p(-p)), (1, -np.log(p))):
        look = style(y)
        (line,) = ax.plot(p, loss, color=look.colour, linestyle=look.line, linewidth=2.2, gid=f"y = {y}")
        entries.append((line, f"y = {y}: {MINUS}log({'p' if y else f'1 {MINUS} p'})"))
    ax.plot([0.5], [math.log(2.0)], marker="o", color=neutral(), markersize=5, gid="half")
    ax.annotate(
        f"log 2 ≈ {math.log(2.0):.3f}",
        (0.5, math.log(2.0)),
        xytext=(0, 20),
        textcoords="offset points",
        ha="center",
        va="bottom",
        fontsize=scaled(ax, TICKS),
    )
    ax.set_xlim(0.0, 1.0)
    ax.set_ylim(0.0, TOP)
    label_axes(ax, "Log loss: the price of a probability", "predicted probability p of y = 1", "log loss of one row")
    legend(ax, entries)
    return ax


def _ends(slope: float, intercept: float) -> Limits:
    """Return ends of x around the middle of the curve."""
    if slope == 0.0:
        return -WIDE, WIDE
    middle, half = -intercept / slope, abs(WIDE / slope)
    return middle - half, middle + half


def _mark_half(ax: Axes, slope: float, intercept: float, ends: Limits) -> None:
    """Mark where p = 1/2, if that is one place within the ends; otherwise say what holds instead."""
    ax.axhline(0.5, color=neutral(), linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
    if slope == 0.0:
        p = float(expit(np.array(intercept)))
        _say(ax, (sum(ends) / 2.0, p), f"p = {number(p)} for every x", below=p > 0.5, ha="center")
        return
    x = -intercept / slope
    if not ends[0] < x < ends[1]:
        _say(ax, (sum(ends) / 2.0, 0.5), f"p = 1/2 at x = {number(x)}, beyond these ends", below=False, ha="center")
        return
    ax.axvline(x, color=neutral(), linewidth=0.8, linestyle=(0, (1, 2)), zorder=1)
    ax.plot([x], [0.5], marker="o", color=style(1).colour, markeredgecolor=neutral(), markersize=7, gid="half")
    left = x > sum(ends) / 2.0
    _say(ax, (x, 0.5), f"p = 1/2 at x = {number(x)}", below=(slope > 0.0) != left, ha="right" if left else "left")


def _say(ax: Axes, place: Limits, text: str, *, below: bool, ha: str) -> None:
    """Write beside a place, on the side where the curve is not."""
    shift = {"left": 8, "right": -8, "center": 0}[ha]
    ax.annotate(
        text,
        place,
        xytext=(shift, -6 if below else 6),
        textcoords="offset points",
        ha=ha,
        va="top" if below else "bottom",
        fontsize=scaled(ax, TICKS),
    )
