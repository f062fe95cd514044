"""Sliders over the sigmoid: slope and intercept by hand, with the loss that they cost."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np

from logistica.core.errors import NotAvailableError
from logistica.lessons.example import Points, points, rounded_line
from logistica.pictures import sigmoid
from logistica.pictures.canvas import MINUS, label_axes, legend, number
from logistica.pictures.styles import style

FARTHEST = 5.0
STEP = 0.1
DOTS_PER_INCH = 90


def sigmoid_explorer(x: Any = None, y: Any = None) -> SigmoidExplorer:
    """Show points, a sigmoid, and sliders for its slope w and intercept b from -5 to 5; for notebooks.

    Curve, points and mean log loss are drawn again as a slider moves. The picture is an image, so that it needs no
    particular matplotlib backend.

    Parameters
    ----------
    x, y : arrays, shape (n,), optional
        Points with y of 0 and 1. By default those of :func:`rounded_line`, made from w = 2 and b = 1 with noise.

    Returns
    -------
    SigmoidExplorer
        As the last line of a cell it shows itself.

    Raises
    ------
    NotAvailableError
        If ipywidgets is not installed.
    DataError
        If x and y are not finite numbers, as many of one as of the other, or y is not of 0 and 1.
    """
    shown = rounded_line() if x is None and y is None else points([] if x is None else x, [] if y is None else y)
    widgets = _ipywidgets()
    slope, intercept = _slider(widgets, "slope w", 1.0), _slider(widgets, "intercept b", 0.0)
    image, loss = widgets.Image(format="png"), widgets.Label()
    explorer = SigmoidExplorer(shown, slope, intercept, loss, image, widgets.VBox([slope, intercept, loss, image]))
    for slider in (slope, intercept):
        slider.observe(explorer.redraw, names="value")
    explorer.redraw()
    return explorer


@dataclass(frozen=True, eq=False, repr=False)
class SigmoidExplorer:
    """What :func:`sigmoid_explorer` shows.

    Attributes
    ----------
    points : Points
    slope, intercept : ipywidgets.FloatSlider
        Their ``value`` may be set by a program too.
    loss : ipywidgets.Label
        The mean log loss, in words.
    image : ipywidgets.Image
        The picture, PNG.
    panel : ipywidgets.VBox
        All of these.
    """

    points: Points
    slope: Any
    intercept: Any
    loss: Any
    image: Any
    panel: Any

    def redraw(self, _: object = None) -> None:
        """Draw the picture for the sliders' values, and state the loss."""
        slope, intercept = float(self.slope.value), float(self.intercept.value)
        self.loss.value = f"mean log loss: {self.points.loss(slope, intercept):.4f}"
        self.image.value = picture(self.points, slope, intercept)

    def _repr_mimebundle_(self, **options: Any) -> Any:
        return self.panel._repr_mimebundle_(**options)

    def __repr__(self) -> str:
        return f"<sigmoid explorer: w = {self.slope.value:g}, b = {self.intercept.value:g}, {self.loss.value}>"


def picture(shown: Points, slope: float, intercept: float) -> bytes:
    """Return the sigmoid over the points as a PNG image."""
    from matplotlib.figure import Figure  # noqa: PLC0415 - loaded only to draw

    figure = Figure(figsize=(7.0, 4.0))
    # A layout that adapts to its contents would draw everything twice, and the slider would drag.
    figure.subplots_adjust(left=0.1, right=0.86, bottom=0.12, top=0.92)
    ax = sigmoid(slope, intercept, between=_ends(shown), ax=figure.subplots())
    entries = []
    for k in (0, 1):
        own = shown.y == k
        (dots,) = ax.plot(shown.x[own], shown.y[own], **style(k).marker_options(ax), zorder=3, gid=f"class {k}")
        entries.append((dots, f"y = {k}"))
    sign = MINUS if intercept < 0.0 else "+"
    label_axes(ax, f"p = sigmoid({number(slope)} x {sign} {number(abs(intercept))})", "x", "probability of y = 1")
    legend(ax, entries)
    with io.BytesIO() as file:
        figure.savefig(file, format="png", dpi=DOTS_PER_INCH)
        return file.getvalue()


def _ends(shown: Points) -> tuple[float, float]:
    """Return ends of x with some room around the points."""
    low, high = float(np.min(shown.x)), float(np.max(shown.x))
    room = 0.05 * (high - low) or 1.0
    return low - room, high + room


def _slider(widgets: Any, name: str, value: float) -> Any:
    return widgets.FloatSlider(value=value, min=-FARTHEST, max=FARTHEST, step=STEP, description=name)


def _ipywidgets() -> Any:
    try:
        import ipywidgets  # noqa: PLC0415 - an extra
    except ImportError as error:
        raise NotAvailableError(
            "The sliders take ipywidgets, which is not installed. Install it with: pip install 'logistica[lessons]'."
        ) from error
    return ipywidgets
