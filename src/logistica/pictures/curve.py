"""The fitted probability against one column, beside what was observed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.data.columns import level_text
from logistica.inference import ProbabilityIntervals, probability_intervals
from logistica.inference.tails import check_level
from logistica.pictures.canvas import (
    SMALL,
    TICKS,
    as_written,
    axes_for,
    caption,
    fits_across,
    label_axes,
    legend,
    number,
    one_line,
    roominess,
    scaled,
)
from logistica.pictures.observed import Points, points_of_levels, points_of_numbers
from logistica.pictures.reasons import without
from logistica.pictures.scene import Scene, look_at
from logistica.pictures.styles import style
from logistica.pictures.typical import level_value, typical

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
Entries = list[tuple[Any, str]]

CURVE_POINTS = 241
MOST_BANDS, MOST_OBSERVED = 4, 6
MOST_LEVELS = 30
SPREAD = 0.6
"""Of a level's place along the axis, how much its classes take."""


def fitted_curve(
    model: Any,
    data: Any,
    column: str | int,
    target: Any = None,
    *,
    level: float = 0.95,
    weights: Any = None,
    offset: Any = None,
    missing: str = "error",
    ax: Axes | None = None,
) -> Axes:
    """Draw the fitted probability over one column, with the observed rows and a pointwise confidence band.

    Two classes: the probability of the second; K classes: one curve for each. A factor has a mark and an interval for
    each level. The band is made on the scale of the log-odds, where the fit has a valid covariance: without a penalty,
    converged and not separated; otherwise the picture says why there is none. Few rows of two classes are drawn one by
    one, moved up or down a little to be told apart; others as shares of the classes in groups of neighbours. Other
    columns are held at their means, factors at their most frequent levels, and the picture says so.

    Parameters
    ----------
    model : Model or LogisticRegression
    data : path, array, sparse container, data frame or Arrow table
        Labelled rows.
    column : str or int
        The column along the axis; a position in an array.
    target, weights, offset : str or array, optional
        By default the columns of the fit's names.
    level : float, default 0.95
        Of the band.
    missing : {"error", "drop"}
        What a missing value does: raise, or leave its row out.
    ax : matplotlib Axes, optional
        Default: those of a new figure.

    Raises
    ------
    OptionError
        For an impossible level.
    DataError
        If the data cannot be used, or the column is none of the model's.

    Examples
    --------
    >>> import logistica
    >>> hours, passed = [[1], [2], [3], [4], [5], [6]], [0, 0, 1, 0, 1, 1]
    >>> axes = logistica.pictures.fitted_curve(logistica.fit(hours, target=passed), hours, 0, target=passed)
    """
    check_level(level)
    scene = look_at(model, data, target=target, weights=weights, offset=offset, missing=missing)
    name = scene.named(column)
    ax = axes_for(ax, 7.0, 4.4)
    view = _view(scene, name, level)
    classes = [1] if len(scene.classes) == 2 else list(range(len(scene.classes)))
    entries, said = (_draw_levels if view.labels else _draw_curves)(ax, scene, view, classes)
    ax.set_ylim(-0.06, 1.06)
    shown = one_line(name)
    label_axes(ax, f"{_subject(scene)} by {shown}", shown, "probability")
    legend(ax, entries, scene.target)
    about_points = view.points.said if len(classes) <= MOST_OBSERVED else ["Too many classes to show observed shares."]
    caption(ax, [*said, *about_points, *view.held, *scene.left_out])
    return ax


@dataclass(frozen=True, eq=False)
class _View:
    """What there is to draw: places along the axis, shape (n,), probabilities there, observed points, level names."""

    place: Array
    found: ProbabilityIntervals
    points: Points
    held: list[str]
    labels: tuple[str, ...] = ()


def _subject(scene: Scene) -> str:
    return scene.probability if len(scene.classes) == 2 else f"Probability of each {scene.target}"


def _view(scene: Scene, name: str, level: float) -> _View:
    if name in scene.factors:
        return _levels(scene, name, level)
    values = scene.numbers(name)
    first, last = float(np.nanmin(values)), float(np.nanmax(values))
    return _numbers(scene, name, level, values, np.linspace(first, last, CURVE_POINTS if first < last else 1))


def _numbers(scene: Scene, name: str, level: float, values: Array, place: Array) -> _View:
    """Return a curve over these places; one place alone is drawn as a level is, at 0."""
    row = typical(scene)
    found = probability_intervals(scene.fitted, row.rows({name: place}), level)
    alone = len(place) == 1
    along = values - place[0] if alone else values
    points = points_of_numbers(along, scene.truth, scene.weights, scene.observations, len(scene.classes))
    labels = (number(place[0]),) if alone else ()
    return _View(np.zeros(1) if alone else place, found, points, row.held([name]), labels)


def _levels(scene: Scene, name: str, level: float) -> _View:
    row, codes = typical(scene), scene.level_codes(name)
    count = min(len(scene.factors[name]), MOST_LEVELS)
    values = [level_value(scene, name, code) for code in range(count)]
    found = probability_intervals(scene.fitted, row.rows({name: values}), level)
    points = points_of_levels(codes, scene.truth, scene.weights, len(scene.classes), count)
    labels = tuple(one_line(level_text(value), 20) for value in scene.factors[name][:count])
    more = len(scene.factors[name]) - count
    held = [f"The first {count} levels; {more:,} more are not shown."] if more else []
    return _View(np.arange(count, dtype=np.float64), found, points, [*held, *row.held([name])], labels)


def _draw_curves(ax: Axes, scene: Scene, view: _View, classes: Sequence[int]) -> tuple[Entries, list[str]]:
    entries: Entries = []
    has_band, said = _band(view, classes)
    for k in classes:
        look = style(k if len(classes) > 1 else 0)
        (curve,) = ax.plot(
            view.place, view.found.proba[:, k], color=look.colour, linestyle=look.line, linewidth=2.0, gid=f"curve {k}"
        )
        handle: Any = curve
        if has_band:
            band = ax.fill_between(
                view.place,
                view.found.lower[:, k],
                view.found.upper[:, k],
                facecolor=look.colour,
                alpha=0.2,
                linewidth=0,
                gid=f"band {k}",
            )
            handle = (band, curve) if len(classes) > 1 else curve
        entries.append((handle, scene.classes[k] if len(classes) > 1 else "fitted"))
    if has_band and len(classes) == 1:
        entries.append((band, f"pointwise {100.0 * view.found.level:.4g}% band"))
    elif has_band:
        said = [f"Bands: pointwise {100.0 * view.found.level:.4g}% confidence."]
    return entries + _draw_points(ax, scene, view, classes, 0.0), said


def _band(view: _View, classes: Sequence[int]) -> tuple[bool, list[str]]:
    """Return whether there is a band to draw, and what to say where not."""
    if view.found.notes:
        return False, without("confidence band", view.found.notes)
    if len(classes) > MOST_BANDS:
        return False, [f"The confidence bands of {len(classes)} classes would cover each other and are left out."]
    return True, []


def _draw_levels(ax: Axes, scene: Scene, view: _View, classes: Sequence[int]) -> tuple[Entries, list[str]]:
    """Draw a mark with an interval for each level and class, the classes side by side."""
    entries: Entries = []
    step = SPREAD / max(len(classes), 2)
    for j, k in enumerate(classes):
        look = style(k if len(classes) > 1 else 0)
        place = view.place + (j - (len(classes) - 1) / 2.0) * step
        middle = view.found.proba[:, k]
        if not view.found.notes:
            ax.vlines(
                place,
                view.found.lower[:, k],
                view.found.upper[:, k],
                colors=look.colour,
                linewidth=1.8,
                gid=f"band {k}",
            )
        options = look.solid_options(ax)
        (marks,) = ax.plot(place, middle, **options, gid=f"curve {k}")
        entries.append((marks, f"{scene.classes[k]}, fitted" if len(classes) > 1 else "fitted"))
    ax.set_xticks(view.place)
    long = not fits_across(ax, view.labels)
    for text in ax.set_xticklabels(view.labels, rotation=90 if long else 0):
        as_written(text).set_fontsize(scaled(ax, SMALL if long else TICKS))
    ax.set_xlim(-0.5, len(view.labels) - 0.5)
    said = without("confidence intervals", view.found.notes)
    if not view.found.notes:
        said = [f"Vertical lines: {100.0 * view.found.level:.4g}% confidence intervals."]
    return entries + _draw_points(ax, scene, view, classes, step), said


def _draw_points(ax: Axes, scene: Scene, view: _View, classes: Sequence[int], step: float) -> Entries:
    """Draw what was observed; ``step`` is the distance between classes along the axis."""
    points, room = view.points, roominess(ax)
    if len(classes) > MOST_OBSERVED:
        return []
    if points.single:
        colour = style(1).colour
        (rows,) = ax.plot(points.x, points.y[:, 1], linestyle="none", marker="o", color=colour, gid="observed 1")
        rows.set(markersize=5 * room, markerfacecolor="none", markeredgewidth=1.1 * room, zorder=3)
        return [(rows, "observed rows")]
    entries: Entries = []
    for j, k in enumerate(classes):
        look = style(k if len(classes) > 1 else 1)
        shift = (j - (len(classes) - 1) / 2.0 + 0.35) * step
        dots = ax.scatter(points.x + shift, points.y[:, k], s=points.size * room**2, marker=look.marker, zorder=3)
        dots.set(facecolor="none", edgecolor=look.colour, linewidth=1.2 * room, gid=f"observed {k}")
        if len(classes) == 1:
            entries.append((dots, "observed shares"))
    return entries
