"""Fits of one problem under many penalties, from the strongest to the weakest, each starting from the one before."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from logistica.core.checks import checked_number, checked_whole
from logistica.core.errors import ConvergenceWarning, OptionError
from logistica.core.records import Note
from logistica.core.threads import single_threaded_blas
from logistica.core.wording import counted
from logistica.data.dataset import Dataset
from logistica.fitting.notes import about_scales
from logistica.fitting.options import FitOptions
from logistica.fitting.problem import Problem, prepare
from logistica.fitting.proximal import null_start, proximal_newton
from logistica.fitting.record import ARRIVED, NOT_CONVERGED
from logistica.objective.composite import Composite
from logistica.solvers.driver import Run, Status, Surroundings, drive
from logistica.solvers.line_search import slack_of
from logistica.solvers.proximal.proximal_newton import ProximalNewton, ProximalState
from logistica.solvers.stopping import Gap

Array = NDArray[np.float64]

SMALLEST_RATIO = 1e-3
"""The L1 share by which a path begins whose own is smaller: without one no penalty makes all coefficients zero."""
OVERWHELMING = 2.0**400


@dataclass(frozen=True)
class Penalties:
    """Which penalties a path goes through: those given, or ``n`` of them in equal ratios.

    Attributes
    ----------
    C : sequence of float, or None
        Finite and positive.
    n : int, default 100
    smallest : float, default 0.001
        The last penalty, as a share of the first, the weakest that holds all coefficients at zero.
    """

    C: Sequence[float] | None = None
    n: int = 100
    smallest: float = 1e-3

    def __post_init__(self) -> None:
        checked_whole("n_penalties", self.n, least=2, default=100)
        below_one = math.nextafter(1.0, 0.0)
        checked_number("smallest", self.smallest, "a number between 0 and 1", above=0.0, most=below_one)
        if self.C is None:
            return
        given = list(self.C) if isinstance(self.C, Iterable) and not isinstance(self.C, str) else []
        if not given:
            raise OptionError(f"C={self.C!r}: it must be a sequence of numbers above 0, or None for a path of its own")
        for one in given:
            checked_number("C", one, "a sequence of finite numbers above 0, or None", above=0.0)
        object.__setattr__(self, "C", tuple(sorted(map(float, given))))


@dataclass(frozen=True)
class PathFit:
    """The fits of a path, n of them, from the strongest penalty to the weakest.

    Attributes
    ----------
    C : array, shape (n,)
    coef : array, shape (n, outputs, p)
        In the user's columns; outputs is 1 for two classes, and K for more.
    intercept : array, shape (n, outputs)
    objective, log_likelihood : arrays, shape (n,)
    gap : array, shape (n,)
        The most by which each objective can be above its minimum, as a share of itself.
    status : tuple of Status
    sweeps : array of int, shape (n,)
        How often all rows were read for each.
    notes : tuple of Note
    """

    C: Array
    coef: Array
    intercept: Array
    objective: Array
    log_likelihood: Array
    gap: Array
    status: tuple[Status, ...]
    sweeps: NDArray[np.intp]
    notes: tuple[Note, ...]


def follow(dataset: Dataset, options: FitOptions, penalties: Penalties) -> PathFit:
    """Fit ``dataset`` under each penalty; if interrupted, return the fits that are done.

    ``options`` are those of each fit; their C is not used.
    """
    with single_threaded_blas():
        problem = prepare(dataset, replace(options, C=1.0))
        solver = proximal_newton(problem)
        points: list[_Point] = []
        interrupted = False
        try:
            state = _nothing(solver, problem)
            for C in _sequence(problem, solver.problem, penalties, state):
                before = problem.engine.sweeps
                state, status = _fitted(solver, state, C, problem.options)
                if status is Status.INTERRUPTED:
                    raise KeyboardInterrupt
                whole = solver.problem
                coef, intercept = whole.loss.coordinates.to_user(whole.representative(state.theta))
                taken = problem.engine.sweeps - before
                points.append(_Point(C, coef, intercept, state.value, state.slope.value, state.gap, status, taken))
        except KeyboardInterrupt:
            if not points:
                raise
            interrupted = True
        return _together(problem, solver, points, interrupted=interrupted)


@dataclass(frozen=True)
class _Point:
    C: float
    coef: Array
    intercept: Array
    value: float
    loss: float
    gap: float
    status: Status
    sweeps: int


def _together(problem: Problem, solver: ProximalNewton, points: list[_Point], *, interrupted: bool) -> PathFit:
    """Put the fits into the user's units."""
    unit = problem.unit
    return PathFit(
        np.array([one.C for one in points]),
        np.stack([one.coef for one in points]),
        np.stack([one.intercept for one in points]),
        np.array([one.value for one in points]) * unit,
        0.0 - np.array([one.loss for one in points]) * unit,
        np.array([one.gap for one in points]),
        tuple(one.status for one in points),
        np.array([one.sweeps for one in points]),
        problem.dataset.notes + _notes(problem, points, interrupted=interrupted),
    )


def _notes(problem: Problem, points: list[_Point], *, interrupted: bool) -> tuple[Note, ...]:
    """Say what should be known of the path: where it was ended, which fits have not converged, unequal scales."""
    notes = [about_scales(problem.columns, problem.options)]
    if interrupted:
        text = f"Interrupted: these are the {counted(len(points), 'fit')} that were done, to C={points[-1].C:.6g}."
        notes.append(Note("interrupted", text, ConvergenceWarning))
    far = [one for one in points if one.status not in ARRIVED]
    if far:
        text = (
            f"{counted(len(far), 'fit')} of {len(points)} have not converged, the first at C={far[0].C:.6g}, where the"
            f" objective is at most {far[0].gap:.1e} of itself above its minimum. Allow more steps with a larger"
            " max_iter, or end the path at a stronger penalty."
        )
        notes.append(Note(NOT_CONVERGED, text, ConvergenceWarning))
    return tuple(note for note in notes if note is not None)


def _under(whole: Composite, C: float) -> Composite:
    """Return the objective with its penalties, which are those of C = 1, for another C."""
    return replace(whole, lasso=whole.lasso / C, ridge=whole.ridge / C)


def _nothing(solver: ProximalNewton, problem: Problem) -> ProximalState:
    """Return the state at the best intercepts, where a penalty holds everything else at zero."""
    whole = solver.problem
    held = {name: OVERWHELMING * (getattr(whole, name) > 0.0) for name in ("lasso", "ridge")}
    alone = replace(solver, problem=replace(whole, **held))
    rule = Gap(slack_of(1.0), problem.options.max_iter)
    run: Run[ProximalState] = drive(alone, alone.start(null_start(problem)), rule)
    return run.state


def _sequence(problem: Problem, whole: Composite, penalties: Penalties, nothing: ProximalState) -> Sequence[float]:
    """Return the values of C in rising order."""
    if penalties.C is not None:
        return penalties.C
    k, ratio = whole.n_intercepts, problem.options.l1_ratio
    pull = np.abs(nothing.slope.gradient[k:]).max(axis=1)
    strength = whole.lasso[k:]
    if ratio < SMALLEST_RATIO:
        strength = SMALLEST_RATIO * np.sqrt(whole.ridge[k:] / (1.0 - ratio) / problem.unit)
    largest = float((pull / strength).max(initial=0.0))
    if not 0.0 < largest < math.inf:
        raise OptionError(
            "Every penalty holds all coefficients at zero, for no column says anything of the classes, and a path of"
            " penalties has no start. Give them as C=[...]"
        )
    weakest = 1.0 / (penalties.smallest * largest)
    return [float(C) for C in np.geomspace(1.0 / largest, weakest, penalties.n)]


def _fitted(
    solver: ProximalNewton, state: ProximalState, C: float, options: FitOptions
) -> tuple[ProximalState, Status]:
    """Go from the fit before to that of a weaker penalty."""
    here = replace(solver, problem=_under(solver.problem, C))
    rule = Gap(options.tol, options.max_iter)
    around: Surroundings[ProximalState] = Surroundings(interruptible=True)
    run: Run[ProximalState] = drive(here, here.resumed(state), rule, around)
    return run.state, run.status
