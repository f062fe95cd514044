"""Data of two columns by class, with what the model makes of every place between them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import OptionError
from logistica.core.wording import listed
from logistica.pictures.canvas import axes_for, caption, label_axes, legend, one_line
from logistica.pictures.observed import told_apart
from logistica.pictures.scene import Scene, look_at, sampled
from logistica.pictures.styles import PROBABILITY, blended, neutral, style
from logistica.pictures.typical import typical

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
Entries = list[tuple[Any, str]]
Ends = tuple[float, float]
Columns = tuple[Array, Array]

MOST_POINTS = 2000
GRID = 161
LEVELS = (0.1, 0.25, 0.5, 0.75, 0.9)
SHADE, REGION, HATCH = 0.55, 0.22, 0.42
"""How much of the colour there is in the shading of probabilities, in the regions of classes, and in their hatching."""


def decision_boundary(
    model: Any,
    data: Any,
    columns: Sequence[str | int] | None = None,
    target: Any = None,
    *,
    weights: Any = None,
    offset: Any = None,
    missing: str = "error",
    ax: Axes | None = None,
) -> Axes:
    """Draw rows by class over two columns, the decision boundary, and the probability in between.

    For two classes the line is where p = 1/2, and the shading shows the probability of the second class; for K classes
    there is a region for each class where it is the most probable one. Other columns are held at their means, factors
    at their most frequent levels, and the picture says so. Of more than 2,000 rows that many are drawn at random.

    Parameters
    ----------
    model : Model or LogisticRegression
    data : path, array, sparse container, data frame or Arrow table
        Labelled rows.
    columns : two of str or int, optional
        Columns of numbers, for x and y; positions in an array. Default: the model's first two.
    target, weights, offset : str or array, optional
        By default the columns of the fit's names. Rows of weight 0 are not drawn.
    missing : {"error", "drop"}
        What a missing value does: raise, or leave its row out.
    ax : matplotlib Axes, optional
        Default: those of a new figure.

    Raises
    ------
    OptionError
        If there are not two columns of numbers; the message names the picture that will do.
    DataError
        If the data cannot be used, or a column is none of the model's.

    Examples
    --------
    >>> import logistica
    >>> X, y = [[1, 5], [2, 3], [3, 4], [4, 1], [5, 2], [2, 4]], [0, 0, 1, 1, 0, 1]
    >>> axes = logistica.pictures.decision_boundary(logistica.fit(X, target=y, C=1), X, target=y)
    """
    scene = look_at(model, data, target=target, weights=weights, offset=offset, missing=missing)
    names = _two_columns(scene, columns)
    x, y = (scene.numbers(name) for name in names)
    ax = axes_for(ax, 7.0, 4.6)
    shown = told_apart(x, 1), told_apart(y, 2)
    frame, shaded = _frame(scene, (x, y), shown)
    grid_x, grid_y = np.meshgrid(*(np.linspace(*ends, GRID) for ends in shaded))
    row = typical(scene)
    eta = row.eta({names[0]: grid_x.ravel(), names[1]: grid_y.ravel()})
    shade = _shade if len(scene.classes) == 2 else _regions
    entries, said = shade(ax, scene, (grid_x, grid_y), eta)
    points, about_rows = _points(ax, scene, *shown)
    if shown[0] is not x or shown[1] is not y:
        about_rows.append("Points are moved a little, to tell equal ones apart.")
    ax.set_xlim(*frame[0])
    ax.set_ylim(*frame[1])
    x_label, y_label = map(one_line, names)
    label_axes(ax, f"{_subject(scene)} by {x_label} and {y_label}", x_label, y_label)
    legend(ax, points + entries, scene.target)
    within = ["Shaded within the range of the data."] if shaded != frame else []
    caption(ax, [*scene.about_fit, *said, *within, *row.held(names), *about_rows, *scene.left_out])
    return ax


def _subject(scene: Scene) -> str:
    return scene.probability if len(scene.classes) == 2 else f"Most probable {scene.target}"


def _two_columns(scene: Scene, columns: Sequence[str | int] | None) -> tuple[str, str]:
    scene.check_columns()
    if columns is None:
        numeric = [name for name in scene.names if name not in scene.factors]
        if len(numeric) < 2:
            raise OptionError(_too_few(scene, numeric))
        return numeric[0], numeric[1]
    if isinstance(columns, str) or not isinstance(columns, Iterable):
        raise OptionError(f"columns={columns!r}: they must be two, such as columns={_two_of(scene)}")
    found = [scene.named(one) for one in columns]
    if len(found) > 2:
        raise OptionError(
            f"columns={columns!r}: a boundary is drawn over two columns, and these are {len(found)}. Name two of them;"
            " the picture holds the others at their means. For all at once there is coefficients()."
        )
    if len(set(found)) != 2:
        raise OptionError(f"columns={columns!r}: they must be two different columns. For one there is fitted_curve().")
    for name in found:
        if name in scene.factors:
            raise OptionError(
                f"columns={columns!r}: {name!r} is a factor here, and has no place along an axis. Use fitted_curve()"
                " for it, or a column of numbers."
            )
    return found[0], found[1]


def _too_few(scene: Scene, numeric: Sequence[str]) -> str:
    """Say why there are no two columns of numbers, and which picture will do."""
    needs = "A decision boundary takes two columns of numbers"
    if len(scene.names) == 1:
        return f"{needs}, and the model has one column. Use fitted_curve(model, data, {scene.names[0]!r})."
    factors = [name for name in scene.names if name in scene.factors]
    there = f"only {numeric[0]!r} is one here" if numeric else "there is none here"
    levels = f"{listed(factors, 5)} {'has' if len(factors) == 1 else 'have'} levels, and no place along an axis"
    return (
        f"{needs}; {there}, because {levels}. Use fitted_curve(), over one column at a time, of numbers or of levels."
    )


def _two_of(scene: Scene) -> list[str]:
    return list(scene.names[:2]) if len(scene.names) > 1 else ["a", "b"]


def _frame(scene: Scene, columns: Columns, shown: Columns) -> tuple[list[Ends], list[Ends]]:
    """Return the ends of both axes, and of the shading: a formula need have no value beyond the data."""
    data = [(float(np.nanmin(values)), float(np.nanmax(values))) for values in columns]
    frame = [_wider(float(np.nanmin(values)), float(np.nanmax(values))) for values in shown]
    if scene.fitted.recipe.formula is None:
        return frame, frame
    return frame, [ends if ends[0] < ends[1] else wide for ends, wide in zip(data, frame, strict=True)]


def _wider(low: float, high: float) -> Ends:
    margin = 0.05 * (high - low) or 0.5 * abs(low) or 0.5
    return low - margin, high + margin


def _shade(ax: Axes, scene: Scene, grid: Columns, eta: Array) -> tuple[Entries, list[str]]:
    """Shade by the probability of the second class, and draw the line where it is 1/2."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - loaded only to draw
    from matplotlib.patches import Patch  # noqa: PLC0415

    log_odds = eta[:, 0].reshape(grid[0].shape)
    limits = [float(np.log(p / (1.0 - p))) for p in LEVELS]
    colours = [blended(ax, colour, SHADE) for colour in PROBABILITY]
    shading = ax.contourf(*grid, log_odds, limits, colors=colours, extend="both", zorder=0)
    shading.set_gid("probability")
    ends = [0.0, *LEVELS, 1.0]
    steps = [f"p from {low:g} to {high:g}" for low, high in pairwise(ends)]
    key: Entries = [
        (Patch(facecolor=colour, linewidth=0), step)
        for colour, step in zip(reversed(colours), reversed(steps), strict=True)
    ]
    if not log_odds.min() < 0.0 < log_odds.max():
        side = "above" if log_odds.min() >= 0.0 else "below"
        return key, [f"The probability is nowhere {'below' if side == 'above' else 'above'} 1/2 here."]
    ax.contour(*grid, log_odds, [0.0], colors=neutral(), linewidths=2.0, zorder=3).set_gid("boundary")
    return [(Line2D([], [], color=neutral(), linewidth=2.0), "boundary, p = 1/2"), *key], []


def _regions(ax: Axes, scene: Scene, grid: Columns, eta: Array) -> tuple[Entries, list[str]]:
    """Fill the region of each class where it is the most probable, and draw the lines between them."""
    nowhere = []
    for k, label in enumerate(scene.classes):
        look = style(k)
        lead = (eta[:, k] - np.delete(eta, k, axis=1).max(axis=1)).reshape(grid[0].shape)
        if lead.max() <= 0.0:
            nowhere.append(label)
            continue
        filling = ax.contourf(
            *grid, lead, [0.0, np.inf], colors=[blended(ax, look.colour, REGION)], hatches=[look.hatch], zorder=0
        )
        filling.set_gid(f"region {k}")
        filling.set_edgecolor(blended(ax, look.colour, HATCH))
        filling.set_linewidth(0.0)
        if lead.min() < 0.0:
            ax.contour(*grid, lead, [0.0], colors=neutral(), linewidths=1.4, zorder=3).set_gid(f"boundary {k}")
    return [], [f"Nowhere the most probable here: {', '.join(nowhere)}."] if nowhere else []


def _points(ax: Axes, scene: Scene, x: Array, y: Array) -> tuple[Entries, list[str]]:
    """Draw rows by class; the legend's entries, with the class's region behind the marker for K classes."""
    from matplotlib.patches import Patch  # noqa: PLC0415 - loaded only to draw

    here = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    places, said = sampled(scene.truth[here], MOST_POINTS)
    places = here[places]
    entries: Entries = []
    size = 1.0 if len(places) <= 300 else 0.7 if len(places) <= 1000 else 0.5
    for k, label in enumerate(scene.classes):
        look = style(k)
        own = places[scene.truth[places] == k]
        options = look.marker_options(ax)
        options["markersize"] *= size
        options["markeredgewidth"] *= size
        (line,) = ax.plot(x[own], y[own], **options, zorder=2, gid=f"class {k}")
        handle: Any = line
        if len(scene.classes) > 2:
            region = Patch(
                facecolor=blended(ax, look.colour, REGION),
                edgecolor=blended(ax, look.colour, HATCH),
                hatch=look.hatch,
                linewidth=0,
            )
            handle = (region, line)
        entries.append((handle, label))
    return entries, said
