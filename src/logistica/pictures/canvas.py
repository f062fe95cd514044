"""What all pictures have in common: axes, and text around them that covers nothing. Imports matplotlib when called."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from logistica.core.errors import OptionError

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.text import Text

LONGEST_NAME = 32
MOST_ENTRIES = 40
ENTRIES_PER_COLUMN = 20
MINUS = "\N{MINUS SIGN}"
TITLE, TICKS, LEGEND, SMALL = 11.0, 10.0, 9.0, 8.0
"""Sizes of text in points, where there is room."""
ROOMY = 5.0
"""The width in inches from which on there is."""
SMALLEST = 5.5
CHARACTER_WIDTH = 0.52
"""Mean width of a character, as a share of the font's size."""


def axes_for(ax: Axes | None, width: float = 6.6, height: float = 4.2) -> Axes:
    """Return the axes to draw into: the caller's, or those of a new pyplot figure (inches).

    pyplot hands the new figure to the notebook or window, and closes it where ``plt.close`` says.
    """
    from matplotlib.axes import Axes  # noqa: PLC0415 - loaded only to draw

    if ax is None:
        from matplotlib import pyplot  # noqa: PLC0415 - loaded only to draw

        return pyplot.figure(figsize=(width, height), layout="constrained").subplots()
    if not isinstance(ax, Axes):
        raise OptionError(f"ax={ax!r}: it must be matplotlib axes, such as plt.subplots() gives, or None for new ones")
    return ax


def one_line(text: object, longest: int = LONGEST_NAME) -> str:
    """Return a name as it can be shown: on one line, cut in its middle where it is very long."""
    line = "".join(character if character.isprintable() else " " for character in str(text))
    if len(line) <= longest:
        return line
    tail = (longest - 1) // 3
    return f"{line[: longest - 1 - tail]}…{line[-tail:]}"


def number(value: float) -> str:
    """Return a number with four digits and a minus sign as tall as the digits."""
    return f"{value + 0.0:.4g}".replace("-", MINUS)


def label_axes(ax: Axes, title: str, x: str, y: str) -> None:
    """Write the title and the labels of both axes; names in them are text, whatever they look like."""
    size, ticks = scaled(ax, TITLE), scaled(ax, TICKS)
    wrapped = textwrap.fill(title, _characters(size, _width(ax)))
    for text in (
        ax.set_title(wrapped, loc="left", fontsize=size, pad=8.0),
        ax.set_xlabel(textwrap.fill(x, _characters(ticks, 0.8 * _width(ax)))),
        ax.set_ylabel(textwrap.fill(y, _characters(ticks, _inches(ax)[1] * 0.8))),
    ):
        as_written(text)
    if ticks < TICKS:
        ax.tick_params(labelsize=ticks)
        for axis in (ax.xaxis, ax.yaxis):
            axis.label.set_fontsize(ticks)
            axis.get_offset_text().set_fontsize(ticks)


def roominess(ax: Axes) -> float:
    """Return by how much marks are smaller where the axes' part of the figure is narrow: 1 where there is room."""
    return min(_inches(ax)[0] / _columns(ax) / ROOMY, 1.0)


def scaled(ax: Axes, size: float) -> float:
    """Return a size of text, smaller where there is little room, but never too small to be read."""
    return min(size, max(size * roominess(ax), SMALLEST))


def fits_across(ax: Axes, texts: Sequence[str]) -> bool:
    """Return whether texts fit side by side below the axes, roughly."""
    room = _characters(scaled(ax, TICKS), 0.63 * _inches(ax)[0] / _columns(ax))
    return sum(map(len, texts)) <= room


def as_written(text: Text) -> Text:
    """Keep dollar signs in a name from being read as mathematics."""
    text.set_parse_math(False)
    return text


def caption(ax: Axes, sentences: Sequence[str]) -> None:
    """Write remarks in small letters below the axis's label."""
    if not sentences:
        return
    size = scaled(ax, SMALL)
    lines = textwrap.fill(" ".join(sentences), _characters(size, 0.92 * _width(ax)))
    remark = ax.annotate(
        lines,
        xy=(0.0, 0.0),
        xycoords=("axes fraction", ax.xaxis.label),
        xytext=(0.0, -4.0),
        textcoords="offset points",
        va="top",
        ha="left",
        fontsize=size,
        annotation_clip=False,
        gid="caption",
    )
    as_written(remark)


def legend(ax: Axes, entries: Sequence[tuple[Any, str]], title: str | None = None) -> None:
    """Explain artists to the right of the axes, where they cover nothing.

    ``entries`` are (handle, label); a tuple of handles is drawn one over the other.
    """
    shown = list(entries[:MOST_ENTRIES])
    handles: list[Artist] = [handle for handle, _ in shown]
    labels = [label for _, label in shown]
    if len(entries) > MOST_ENTRIES:
        labels[-1] = f"… and {len(entries) - MOST_ENTRIES + 1} more"
    box = ax.legend(
        handles,
        [str(place) for place in range(len(labels))],
        title=title,
        loc="upper left",
        bbox_to_anchor=(1.02, 1.0),
        borderaxespad=0.0,
        frameon=False,
        fontsize=scaled(ax, LEGEND),
        title_fontsize=scaled(ax, LEGEND),
        alignment="left",
        ncols=-(-len(labels) // ENTRIES_PER_COLUMN),
    )
    # Set afterwards, because labels with a leading underscore would be left out.
    for text, label in zip(box.get_texts(), labels, strict=True):
        as_written(text).set_text(textwrap.fill(label, LONGEST_NAME))
    as_written(box.get_title())


def _width(ax: Axes) -> float:
    """Return roughly the inches from the left end of the axes to the right end of their part of the figure."""
    longest = max((len(text.get_text()) for text in ax.get_yticklabels()), default=0)
    labels = longest * scaled(ax, TICKS) * CHARACTER_WIDTH / 72.0
    return _inches(ax)[0] / _columns(ax) * 0.85 - labels


def _columns(ax: Axes) -> int:
    """Return how many axes stand side by side in the figure."""
    cell = ax.get_subplotspec()
    return 1 if cell is None else int(cell.get_gridspec().ncols)


def _inches(ax: Axes) -> tuple[float, float]:
    """Return the width and height of the figure, or the subfigure, of the axes."""
    box, dpi = ax.figure.bbox, ax.figure.dpi
    return float(box.width) / dpi, float(box.height) / dpi


def _characters(size: float, inches: float) -> int:
    return max(int(inches * 72.0 / (size * CHARACTER_WIDTH)), 20)
