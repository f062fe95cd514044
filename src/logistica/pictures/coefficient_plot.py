"""Coefficients with their intervals, in the order of the summary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.errors import OptionError
from logistica.core.wording import listed
from logistica.data.columns import level_text
from logistica.fitting.record import INTERCEPT
from logistica.inference import CoefficientTable, coefficient_table
from logistica.pictures.canvas import MINUS, as_written, axes_for, caption, label_axes, legend, number, one_line, scaled
from logistica.pictures.reasons import without
from logistica.pictures.scene import fitted_of
from logistica.pictures.styles import neutral, style
from logistica.prediction.fitted import Fitted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]

MOST_TERMS = 40
SPREAD = 0.7
"""Of a term's place along the axis, how much its classes take."""
WITHOUT_NUMBER = {
    "aliased": "NA: aliased",
    "undetermined": "infinite, sign not determined",
    "+inf": "+∞",
    "-inf": f"{MINUS}∞",
}
CANCELLED = "Where an interval is missing, rounding leaves its standard error no digits."


def coefficients(
    model: Any,
    level: float = 0.95,
    *,
    reference: object = None,
    terms: str | Sequence[str] | None = None,
    intercept: bool = False,
    ax: Axes | None = None,
) -> Axes:
    """Draw the coefficients, changes in log-odds per unit of their columns, with intervals and a line at zero.

    Terms stand in the order of the summary; for K classes each has a mark for every class against the reference. An
    infinite coefficient is an arrow out of the picture, an aliased one a remark, never a point. A penalised fit has no
    intervals, and the picture says so.

    Parameters
    ----------
    model : Model or LogisticRegression
    level : float, default 0.95
        Of the intervals.
    reference : label, optional
        The class that the others are compared with; default the first.
    terms : str or sequence of str, optional
        Which ones, by their names in the summary. Default: all, or of more than 40 those that are furthest from zero
        in standard errors (without those, in their own units).
    intercept : bool, default False
        Whether the intercept is drawn: it is on another scale, and depends on where the columns' zeros are.
    ax : matplotlib Axes, optional
        Default: those of a new figure, as high as the terms need.

    Raises
    ------
    OptionError
        For an impossible level, a reference that is not a class, or terms that the model does not have, if any.

    Examples
    --------
    >>> import logistica
    >>> model = logistica.fit([[1], [2], [3], [4], [5], [6]], target=[0, 0, 1, 0, 1, 1])
    >>> axes = logistica.pictures.coefficients(model)
    """
    fitted = fitted_of(model)
    if not fitted.fit.names:
        raise OptionError("The model has no coefficients to draw: no columns, and no intercept. Fit one with a column.")
    table = coefficient_table(fitted, level, reference)
    grid = _grid(fitted, table)
    chosen, said = _chosen(grid, terms, intercept)
    ax = axes_for(ax, 7.0, 1.6 + len(chosen) * max(0.3, 0.17 * len(grid.classes)))
    for k in range(len(grid.classes)):
        _draw(ax, grid, chosen, k)
    ax.axvline(0.0, color=neutral(), linewidth=0.9, zorder=1, gid="zero")
    _arrange(ax, grid, chosen)
    _mark_numberless(ax, grid, chosen)
    _describe(ax, fitted, grid)
    caption(ax, [*said, *_about_intervals(table)])
    return ax


@dataclass(frozen=True, eq=False)
class _Grid:
    """The table of coefficients by class, shape (t,), and term, shape (q,); arrays have shape (t, q)."""

    terms: tuple[str, ...]
    classes: tuple[str, ...]
    estimate: Array
    lower: Array
    upper: Array
    z: Array
    state: NDArray[np.object_]
    table: CoefficientTable

    def place(self, k: int, row: int) -> float:
        """Return the height of a class's mark in a row: rows at 0, 1, ..., classes side by side."""
        count = len(self.classes)
        return row + (k - (count - 1) / 2.0) * SPREAD / max(count, 2)


def _grid(fitted: Fitted, table: CoefficientTable) -> _Grid:
    terms = fitted.fit.names
    shape = (-1, len(terms))
    return _Grid(
        terms,
        tuple(map(_class_name, table.class_.reshape(shape)[:, 0].tolist())),
        table.estimate.reshape(shape),
        table.lower.reshape(shape),
        table.upper.reshape(shape),
        table.z.reshape(shape),
        table.state.reshape(shape),
        table,
    )


def _chosen(grid: _Grid, asked: str | Sequence[str] | None, intercept: bool) -> tuple[list[int], list[str]]:
    """Return the places of the terms to draw, in the order of the summary, and what to say of the others."""
    if asked is not None:
        asked = [asked] if isinstance(asked, str) else list(asked)
        strange = [term for term in asked if term not in grid.terms]
        if strange or not asked:
            raise OptionError(f"terms={strange or asked!r}: they must be some of the model's, {listed(grid.terms, 10)}")
        wanted = set(asked)
        return [j for j, term in enumerate(grid.terms) if term in wanted], []
    every = [j for j, term in enumerate(grid.terms) if intercept or term != INTERCEPT] or list(range(len(grid.terms)))
    said = [] if len(every) == len(grid.terms) else _about_intercept(grid)
    if len(every) <= MOST_TERMS:
        return every, said
    size = np.abs(np.where(np.isnan(grid.z), np.where(np.isnan(grid.z).all(), grid.estimate, 0.0), grid.z))
    size = np.where(np.isinf(grid.estimate) | (grid.state == "undetermined"), np.inf, size)
    largest = np.nan_to_num(size, posinf=np.inf).max(axis=0)[every]
    first = np.argsort(-largest, kind="stable")[:MOST_TERMS]
    count = f"{MOST_TERMS} of {len(every):,} coefficients shown: those furthest from zero; terms= chooses others."
    return sorted(every[j] for j in first), [count, *said]


def _about_intercept(grid: _Grid) -> list[str]:
    if len(grid.classes) > 1:
        return ["The intercepts are not drawn."]
    state, value = grid.state[0, 0], grid.estimate[0, 0]
    return [f"The intercept, {number(value) if state == 'finite' else WITHOUT_NUMBER[state]}, is not drawn."]


def _draw(ax: Axes, grid: _Grid, chosen: Sequence[int], k: int) -> None:
    """Draw the finite estimates of one class, and their intervals."""
    look = style(k)
    finite = [(row, j) for row, j in enumerate(chosen) if grid.state[k, j] == "finite"]
    height = np.array([grid.place(k, row) for row, _ in finite])
    places = [j for _, j in finite]
    known = np.isfinite(grid.lower[k, places])
    ends = (grid.lower[k, places][known], grid.upper[k, places][known])
    if known.any():
        ax.hlines(height[known], *ends, colors=look.colour, linewidth=1.8, zorder=2, gid=f"intervals {k}")
    ax.plot(grid.estimate[k, places], height, **look.solid_options(ax), zorder=3, gid=f"class {k}")


def _arrange(ax: Axes, grid: _Grid, chosen: Sequence[int]) -> None:
    """Name the rows, the first on top; without a finite estimate the axis has no scale, only its zero."""
    ax.set_yticks(range(len(chosen)))
    for text in ax.set_yticklabels([one_line(grid.terms[j]) for j in chosen]):
        as_written(text)
    ax.tick_params(axis="y", length=0)
    ax.set_ylim(len(chosen) - 0.4, -0.6)
    if not (grid.state[:, chosen] == "finite").any():
        ax.set_xlim(-1.0, 1.0)
        ax.set_xticks([0.0])
        return
    low, high = ax.get_xlim()
    states = set(grid.state[:, chosen].ravel())
    width = high - low
    room = 0.25 * width
    ax.set_xlim(low - room * ("-inf" in states), high + room * bool(states & {"+inf", "aliased", "undetermined"}))
    for height in np.arange(len(chosen) - 1) + 0.5 if len(grid.classes) > 1 else ():
        ax.axhline(height, color=neutral(), linewidth=0.4, alpha=0.4, zorder=0)


def _mark_numberless(ax: Axes, grid: _Grid, chosen: Sequence[int]) -> None:
    """Point out of the picture where a coefficient is infinite, and say in words what is no number."""
    for row, j in enumerate(chosen):
        for k in range(len(grid.classes)):
            state, height = grid.state[k, j], grid.place(k, row)
            if state in ("+inf", "-inf"):
                _arrow(ax, state, height, style(k).colour)
            if state != "finite":
                _remark(ax, state, height)


def _arrow(ax: Axes, state: str, height: float, colour: str) -> None:
    across = ax.get_yaxis_transform()
    edge, inner = (0.99, 0.9) if state == "+inf" else (0.01, 0.1)
    ax.annotate(
        "",
        (edge, height),
        (inner, height),
        xycoords=across,
        textcoords=across,
        arrowprops={"arrowstyle": "-|>", "color": colour, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0},
        gid="arrow",
    )


def _remark(ax: Axes, state: str, height: float) -> None:
    """Write what a coefficient is instead of a number, over the zero line if need be."""
    place, side = {"+inf": (0.89, "right"), "-inf": (0.11, "left")}.get(state, (0.99, "right"))
    ax.text(
        place,
        height,
        WITHOUT_NUMBER[state],
        transform=ax.get_yaxis_transform(),
        ha=side,
        va="center",
        fontsize=scaled(ax, 11.0 if state.endswith("inf") else 8.5),
        bbox={"facecolor": ax.get_facecolor(), "edgecolor": "none", "pad": 1.0},
        gid=state,
    )


def _describe(ax: Axes, fitted: Fitted, grid: _Grid) -> None:
    target, against = one_line(fitted.target_name or "y"), _class_name(grid.table.reference)
    shown = f", with {100.0 * grid.table.level:.4g}% intervals" if np.isfinite(grid.lower).any() else ""
    per_unit = f"change in log-odds per unit{shown}"
    if len(grid.classes) == 1:
        label_axes(ax, f"Coefficients: log-odds of {target} = {grid.classes[0]}", per_unit, "")
        return
    label_axes(ax, f"Coefficients: log-odds of each {target} against {against}", per_unit, "")
    entries = [(ax.plot([], [], **style(k).solid_options(ax))[0], label) for k, label in enumerate(grid.classes)]
    legend(ax, entries, f"{target}, against {against}")


def _class_name(label: Any) -> str:
    return one_line(level_text(label))


def _about_intervals(table: CoefficientTable) -> list[str]:
    gaps = [CANCELLED] if any(note.code == "cancelled" for note in table.notes) else []
    return without("intervals", table.notes) + gaps
