"""How fits went: their loss from step to step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from logistica.core.checks import checked_number
from logistica.core.errors import NotAvailableError, OptionError
from logistica.fitting.record import Fit
from logistica.pictures.canvas import axes_for, caption, label_axes, legend, one_line, roominess
from logistica.pictures.named_fits import named_fits
from logistica.pictures.styles import neutral, style
from logistica.solvers.history import HistoryRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Array = NDArray[np.float64]
Entries = list[tuple[Any, str]]
Histories = Mapping[str, Sequence[HistoryRow]]

MOST_MARKERS = 12
WIDE = 100.0
"""The ratio of losses from which on they are drawn on a logarithmic scale."""
HIGHEST = 1e200
"""Where a logarithmic axis ends at the latest: the marks of one that goes on would be beyond all numbers."""


@dataclass(frozen=True)
class Kind:
    """One of the losses in a history: its name there, what the legend calls it, its line and the line's width."""

    attribute: str
    label: str
    line: Any
    width: float


KINDS = (
    Kind("loss", "objective", "-", 1.8),
    Kind("validation_loss", "rows held out", (0, (5, 2)), 1.8),
    Kind("running_loss", "running, over batches", (0, (1, 1.5)), 1.4),
)


def learning_curves(
    *fits: Any, names: Sequence[str] | None = None, optimum: float | str | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the loss over the iterations of one or several fits: the mean objective, and that of rows held out.

    A loss that is not finite ends its curve with a cross, and the picture says at which iteration.

    Parameters
    ----------
    *fits : Model or LogisticRegression, lists of these, or mappings from names to these
        One fit, or several: ``learning_curves(fit)``, ``learning_curves(slow, quick)``,
        ``learning_curves([slow, quick], names=["slow", "quick"])``, or
        ``learning_curves({"slow": slow, "quick": quick})``.
    names : sequence of str, optional
        A name for each fit, unless a mapping gives them. Default: the names of their solvers, numbered where alike.
    optimum : float or "lowest", optional
        Draw, on a logarithmic scale, by how much the objective exceeds this value, or the lowest of all curves. Losses
        on other rows than the objective's have another optimum and are left out.
    ax : matplotlib Axes, optional
        Default: those of a new figure.

    Raises
    ------
    OptionError
        If there is no fit, the names are not one for each, or the optimum is no finite number.
    NotAvailableError
        For a model from a file, which keeps no history.

    Examples
    --------
    >>> import logistica
    >>> X, y = [[1], [2], [3], [4]], [0, 1, 0, 1]
    >>> newton, descent = logistica.fit(X, target=y), logistica.fit(X, target=y, solver="gradient-descent")
    >>> axes = logistica.pictures.learning_curves(newton, descent, optimum="lowest")
    """
    records = {name: fitted.fit for name, fitted in named_fits(fits, names).items()}
    histories = {name: fit.record.history for name, fit in records.items()}
    for name, history in histories.items():
        if not history:
            whose = f"the fit {name!r}" if name else "the fit"
            raise NotAvailableError(
                f"There is no history of {whose}: a saved model keeps none. Draw the curve before, or fit again."
            )
    reference = _reference(optimum, histories)
    ax = axes_for(ax)
    said: list[str] = []
    others = [kind for kind in KINDS[1:] if reference is None and _any_finite(histories, kind)]
    used = [KINDS[0], *others]
    entries: Entries = []
    for place, (name, history) in enumerate(histories.items()):
        for kind in used:
            said += _draw(ax, place, name, history, kind, reference)
        entries.append((_key(ax, place), one_line(name)))
    _label(ax, records, reference)
    _explain(ax, used, entries)
    said += _scale_wide(ax) if reference is None else _scale_excess(ax)
    said += [] if reference is None else _about_reference(optimum, reference)
    caption(ax, said)
    return ax


def _reference(optimum: float | str | None, histories: Histories) -> float | None:
    if optimum is None:
        return None
    if optimum == "lowest":
        finite = [row.loss for history in histories.values() for row in history if math.isfinite(row.loss)]
        if not finite:
            raise OptionError("optimum='lowest': no loss is finite, and nothing is left to draw. Leave it out")
        return min(finite)
    reference = checked_number("optimum", optimum, "a finite number, 'lowest', or None for the loss itself")
    if not _above(histories, reference):
        raise OptionError(f"optimum={optimum!r}: no loss is above it, and nothing is left to draw. Pass 'lowest'")
    if min(_above(histories, reference)) > HIGHEST:
        raise OptionError(
            f"optimum={optimum!r}: every loss is more than {HIGHEST:g} above it, too far to be drawn. Pass 'lowest'"
        )
    return reference


def _above(histories: Histories, reference: float) -> list[float]:
    """Return by how much each loss above the optimum exceeds it."""
    return [
        row.loss - reference for history in histories.values() for row in history if reference < row.loss < math.inf
    ]


def _any_finite(histories: Histories, kind: Kind) -> bool:
    return any(math.isfinite(getattr(row, kind.attribute)) for history in histories.values() for row in history)


def _draw(
    ax: Axes, place: int, name: str, history: Sequence[HistoryRow], kind: Kind, reference: float | None
) -> list[str]:
    """Draw one curve, and return what to say about it."""
    x = np.array([row.iteration for row in history], np.float64)
    y = np.array([getattr(row, kind.attribute) for row in history], np.float64)
    look = style(place)
    said = _mark_end(ax, look.colour, name, x, y, reference) if kind.attribute == "loss" else []
    shown = np.isfinite(y)
    if reference is not None:
        y = y - reference
        shown &= y > 0.0
    options = look.marker_options(ax) | {"linestyle": kind.line, "markersize": 5.0 * roominess(ax)}
    ax.plot(
        x[shown],
        y[shown],
        **options,
        color=look.colour,
        linewidth=kind.width,
        markevery=max(int(shown.sum()) // MOST_MARKERS, 1),
        gid=f"{kind.attribute} {place}",
    )
    return said


def _mark_end(ax: Axes, colour: str, name: str, x: Array, y: Array, reference: float | None) -> list[str]:
    """Mark where a fit's loss stopped being a number."""
    lost = np.flatnonzero(~np.isfinite(y))
    if not len(lost):
        return []
    first = int(lost[0])
    if first and (reference is None or y[first - 1] > reference):
        end = y[first - 1] - (reference or 0.0)
        ax.plot([x[first - 1]], [end], marker="x", markersize=11, markeredgewidth=2.2, color=colour, gid="diverged")
    whose = f"of “{one_line(name)}” " if name else ""
    return [f"The loss {whose}is not finite from iteration {int(x[first])} on."]


def _key(ax: Axes, place: int) -> Any:
    from matplotlib.lines import Line2D  # noqa: PLC0415 - loaded only to draw

    look = style(place)
    return Line2D([], [], **(look.marker_options(ax) | {"linestyle": "-"}), color=look.colour, linewidth=1.8)


def _label(ax: Axes, records: Mapping[str, Fit], reference: float | None) -> None:
    """Write what is drawn: a step towards a tolerance is an iteration, one of the other solvers an epoch."""
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - loaded only to draw

    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    (first, *others) = map(one_line, records)
    title = "Learning curves" if others else f"Learning curve: {first}" if first else "Learning curve"
    epochs = not any(fit.options.by_steps for fit in records.values())
    penalised = [fit.options.penalised for fit in records.values()]
    loss = "mean loss"
    if any(penalised):
        loss += " with penalty" if all(penalised) else ", with penalty where there is one"
    if reference is not None:
        loss += ", above the optimum"
    label_axes(ax, title, "epoch" if epochs else "iteration", loss)


def _explain(ax: Axes, used: Sequence[Kind], entries: Entries) -> None:
    """Explain several fits by colour and marker, and several losses by their lines."""
    from matplotlib.lines import Line2D  # noqa: PLC0415 - loaded only to draw

    several = len(entries) > 1
    shown = entries if several else []
    if len(used) > 1:
        colour = neutral() if several else style(0).colour
        shown = [*shown, *((Line2D([], [], color=colour, linestyle=kind.line), kind.label) for kind in used)]
    if shown:
        legend(ax, shown)


def _scale_wide(ax: Axes) -> list[str]:
    """Take a logarithmic scale where the largest loss would flatten all others; return what to say about it."""
    values = _drawn(ax)
    if len(values) and values.min() > 0.0 and values.max() > WIDE * values.min():
        return _scale_by_powers(ax, values)
    return []


def _scale_excess(ax: Axes) -> list[str]:
    """Take a logarithmic scale for what exceeds an optimum, if anything does; return what to say about it."""
    values = _drawn(ax)
    return _scale_by_powers(ax, values) if len(values) else []


def _scale_by_powers(ax: Axes, values: Array) -> list[str]:
    """Take a logarithmic scale, up to its limit; return what to say about it."""
    beyond = bool(values.max() > HIGHEST)
    if beyond:
        ax.set_ylim(0.5 * min(values.min(), HIGHEST), HIGHEST)
    ax.set_yscale("log")
    return [f"Losses above {HIGHEST:g} are not shown."] if beyond else []


def _drawn(ax: Axes) -> Array:
    return np.array([y for line in ax.lines for y in np.asarray(line.get_ydata(), np.float64)], np.float64)


def _about_reference(optimum: float | str | None, reference: float) -> list[str]:
    lowest = ", the lowest reached; that point itself is not shown" if optimum == "lowest" else ""
    return [f"Optimum: {reference:.10g}{lowest}."]
