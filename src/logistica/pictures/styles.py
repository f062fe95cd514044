"""How classes and fits are told apart: by colour and, for readers in grey, by marker, line and hatching."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from logistica.pictures.canvas import roominess

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Okabe and Ito (2008), "Color universal design"; without black, white and yellow, which a background may swallow.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00")
MARKERS = ("o", "^", "s", "D", "v", "P", "X")
LINES: tuple[Any, ...] = (
    "-",
    (0, (6, 2)),
    (0, (1, 1.2)),
    (0, (7, 2, 1.5, 2)),
    (0, (3, 1.5)),
    (0, (7, 1.5, 1.5, 1.5, 1.5, 1.5)),
    (0, (10, 3)),
)
HATCHES = ("", "////", "....", "\\\\\\\\", "xx", "||||", "----")
PROBABILITY = ("#0072B2", "#3A8BBF", "#6FADD4", "#FCE9C2", "#F6CC74", "#EFB23A")
"""From a probability of 0 to one of 1: darker blue is a lower, stronger orange a higher one. No two are alike in grey:
every blue is darker than every orange."""


@dataclass(frozen=True)
class Style:
    """One class's, or one fit's: no other of the first 42 has both its colour and its marker."""

    colour: str
    marker: str
    line: Any
    hatch: str
    filled: bool

    def marker_options(self, ax: Axes) -> dict[str, Any]:
        """Return the options of ``plot`` for points without a line, filled or hollow, that any shading sets off."""
        room = roominess(ax)
        return {
            "linestyle": "none",
            "marker": self.marker,
            "markerfacecolor": self.colour if self.filled else ax.get_facecolor(),
            "markeredgecolor": neutral() if self.filled else self.colour,
            "markeredgewidth": room * (0.7 if self.filled else 1.3),
            "markersize": room * (6.5 if self.filled else 5.5),
        }

    def solid_options(self, ax: Axes) -> dict[str, Any]:
        """Return the options of ``plot`` for estimates: filled marks without a line."""
        return {"linestyle": "none", "marker": self.marker, "color": self.colour, "markersize": 7.0 * roominess(ax)}


def style(k: int) -> Style:
    """Return the style of class, or fit, k."""
    return Style(
        COLOURS[k % len(COLOURS)],
        MARKERS[k % len(MARKERS)],
        LINES[k % len(LINES)],
        HATCHES[k % len(HATCHES)],
        filled=k % 2 == 1,
    )


def blended(ax: Axes, colour: str, share: float) -> tuple[float, float, float]:
    """Return a colour mixed with that of the axes, opaque, so that neighbouring areas leave no seam."""
    from matplotlib.colors import to_rgb, to_rgba  # noqa: PLC0415 - loaded only to draw

    own = to_rgba(ax.get_facecolor())
    behind = own[:3] if own[3] else to_rgb(ax.figure.get_facecolor())
    red, green, blue = (share * a + (1.0 - share) * b for a, b in zip(to_rgb(colour), behind, strict=True))
    return red, green, blue


def neutral() -> str:
    """Return the colour of text in the style in use, for lines that belong to no class."""
    from matplotlib import rcParams  # noqa: PLC0415 - loaded only to draw

    return str(rcParams["text.color"])
