"""Looking at a picture as its reader would: what is written, what covers what, what is drawn at all."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.text import Text

TOUCHING = 1.0
"""Pixels by which two texts may touch."""


def drawn(ax: Axes) -> Axes:
    """Render a picture, so that everything has its place."""
    ax.figure.canvas.draw()
    return ax


def texts(ax: Axes) -> list[Text]:
    """Every text that a reader sees in or around the axes."""
    low, high = ax.bbox.extents[:2] - 2, ax.bbox.extents[2:] + 2
    found = [ax.title, ax._left_title, ax._right_title, ax.xaxis.label, ax.yaxis.label, *ax.texts]
    for axis, place in ((ax.xaxis, 0), (ax.yaxis, 1)):
        for tick in axis.get_major_ticks():
            position = tick.label1.get_transform().transform(tick.label1.get_position())[place]
            if tick.label1.get_visible() and low[place] <= position <= high[place]:
                found.append(tick.label1)
        found.append(axis.get_offset_text())
    legend = ax.get_legend()
    if legend is not None:
        found += [*legend.get_texts(), legend.get_title()]
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def box(text: Text) -> Any:
    """The part of the picture that a text takes, in pixels."""
    return Text.get_window_extent(text)


def overlaps(ax: Axes) -> list[tuple[str, str]]:
    """Pairs of texts that cover each other."""
    return [
        (one.get_text(), other.get_text()) for one, other in combinations(texts(ax), 2) if _covers(box(one), box(other))
    ]


def _covers(one: Any, other: Any) -> bool:
    wide = min(one.x1, other.x1) - max(one.x0, other.x0)
    high = min(one.y1, other.y1) - max(one.y0, other.y0)
    return wide > TOUCHING and high > TOUCHING


def outside(ax: Axes) -> list[str]:
    """Texts that the figure cuts off."""
    figure = ax.figure.bbox
    found = []
    for text in texts(ax):
        extent = box(text)
        if extent.x0 < -1 or extent.y0 < -1 or extent.x1 > figure.x1 + 1 or extent.y1 > figure.y1 + 1:
            found.append(text.get_text())
    return found


def over_curves(ax: Axes) -> list[str]:
    """Texts inside the axes that a curve runs through."""
    found = []
    for text in ax.texts:
        extent = box(text)
        for line in ax.lines:
            x, y = np.asarray(line.get_xdata(), float), np.asarray(line.get_ydata(), float)
            if len(x) < 10:
                continue
            points = ax.transData.transform(np.column_stack([x, y]))
            within = (points > [extent.x0, extent.y0]) & (points < [extent.x1, extent.y1])
            if within.all(axis=1).any():
                found.append(text.get_text())
    return found


def legend_labels(ax: Axes) -> list[str]:
    """What the legend says, from top to bottom."""
    legend = ax.get_legend()
    return [] if legend is None else [text.get_text() for text in legend.get_texts()]


def legend_covers_data(ax: Axes) -> bool:
    """Whether the legend reaches into the axes."""
    legend = ax.get_legend()
    return legend is not None and _covers(legend.get_window_extent(), ax.bbox)


def caption(ax: Axes) -> str:
    """The remarks below a picture, on one line."""
    return " ".join(text.get_text().replace("\n", " ") for text in ax.texts if text.get_gid() == "caption")


def title(ax: Axes) -> str:
    """The title, on one line."""
    return ax.get_title(loc="left").replace("\n", " ")


def by_gid(ax: Axes, gid: str) -> Any:
    """The one artist with this name."""
    (found,) = [one for one in (*ax.lines, *ax.collections, *ax.texts) if one.get_gid() == gid]
    return found


def gids(ax: Axes) -> set[str]:
    """The names of all that is drawn."""
    return {one.get_gid() for one in (*ax.lines, *ax.collections, *ax.texts) if one.get_gid()}


def xy(line: Any) -> np.ndarray:
    """The points of a line, shape (n, 2)."""
    return np.column_stack([line.get_xdata(), line.get_ydata()]).astype(float)


def grey(colour: Any) -> float:
    """How light a colour is in print (ITU-R BT.601)."""
    return float(np.dot(to_rgb(colour), [0.299, 0.587, 0.114]))


def ink(ax: Axes) -> float:
    """The share of the pixels inside the axes, rendered before, that differ from their corner's."""
    pixels = np.asarray(ax.figure.canvas.buffer_rgba())[:, :, :3]
    x0, y0, x1, y1 = ax.bbox.extents.astype(int)
    inside = pixels[pixels.shape[0] - y1 + 3 : pixels.shape[0] - y0 - 3, x0 + 3 : x1 - 3]
    return float((inside != inside[0, 0]).any(axis=2).mean())
