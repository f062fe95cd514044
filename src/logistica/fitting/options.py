"""What a fit can be told, checked before any data are touched."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import lru_cache
from typing import Any, Self

from logistica.core.checks import checked_bool, checked_choice, checked_number, checked_path, checked_whole
from logistica.core.errors import OptionError
from logistica.core.threads import thread_count
from logistica.fitting.class_balance import ClassBalance
from logistica.solvers.choice import Facts, choose
from logistica.solvers.descent.first_order import FirstOrder, SolverSettings
from logistica.solvers.settings import Auto, ProximalNewton, as_solver
from logistica.solvers.stopping import Stop

ON_SEPARATION = ("warn", "raise")
TOL, MAX_ITER = 1e-10, 100


@dataclass(frozen=True)
class FitOptions:
    """The options of a fit, under their public names.

    Attributes
    ----------
    C : float, default inf
        Inverse strength of the penalty, > 0; inf is plain maximum likelihood.
    l1_ratio : float, default 0
        The share of the penalty that is L1, from 0 (ridge) to 1 (lasso), for solvers with proximal steps:
        "proximal-newton", "gradient-descent" and "sgd".
    fit_intercept : bool, default True
        The intercept is never penalised.
    standardize : bool, default False
        Whether the penalty acts on columns divided by their standard deviations instead of the user's own scale.
    solver : {"auto", "newton", "newton-cg", "lbfgs", "proximal-newton", "gradient-descent", "sgd", "adam"} or a record
        Such as SGD(epochs=30). Default "auto": Newton's method; Newton-CG where a ridge penalty meets more than 2,000
        coefficients; proximal Newton for L1 penalties. The options of a finished fit name the one taken. See
        :class:`~logistica.NewtonCG`, :class:`~logistica.LBFGS`, :class:`~logistica.ProximalNewton`,
        :class:`~logistica.SGD`, :class:`~logistica.Adam` and :class:`~logistica.GradientDescent`.
    tol : float, default 1e-10
        For Newton's method, Newton-CG and L-BFGS: the distance from the optimum to certify, in standard errors of each
        coefficient, which are themselves right to this share; for proximal Newton: the duality gap, as a share of the
        objective. 0 goes down to the rounding floor.
    max_iter : int, default 100
        For Newton's method and its relatives: steps at most, >= 1. First-order solvers have ``epochs``; the options
        of a finished fit hold how many there were to be.
    on_separation : {"warn", "raise"}, default "warn"
        What to do where no finite maximum likelihood estimate exists.
    threads : int or None, default None
        Threads for the sweeps; None: one per available processor. The result does not depend on it.
    random_state : int, default 0
        The seed of everything random: starts, the order of rows, rows held out. The same seed gives the same numbers.
    stop : Stop, or None for Stop()
        When to end early, such as ``Stop(seconds=10)`` or ``Stop(patience=5)``.
    balance : ClassBalance
        What is done about classes of unequal size: ``class_weight``, ``resample`` and ``restore_prevalence``.
    keep_coefficients : bool, default False
        Whether each row of the history holds the coefficients.
    checkpoint : path or None, default None
        A file that a first-order fit writes as it goes, every few seconds and at the end, however it ends; the one
        before it is kept under the same name with ``.previous`` behind it. If the file is there, the fit goes on from
        it, to the same final numbers, bit for bit; a note says so. One of other data or options is refused. ``stop``,
        ``threads`` and ``restore_prevalence`` may change, and ``epochs`` may be raised where neither schedule nor
        average depends on it.
    """

    C: float = math.inf
    l1_ratio: float = 0.0
    fit_intercept: bool = True
    standardize: bool = False
    solver: SolverSettings | str = "auto"
    tol: float = TOL
    max_iter: int = MAX_ITER
    on_separation: str = "warn"
    threads: int | None = None
    random_state: int = 0
    stop: Stop = field(default_factory=Stop)
    balance: ClassBalance = field(default_factory=ClassBalance)
    keep_coefficients: bool = False
    checkpoint: str | os.PathLike[str] | None = None

    def __post_init__(self) -> None:
        checked = {
            "C": checked_number(
                "C", self.C, "a number above 0; C=inf is no penalty, a small C a strong one", above=0.0, infinite=True
            ),
            "l1_ratio": checked_number("l1_ratio", self.l1_ratio, "a number from 0 to 1", least=0.0, most=1.0),
            "tol": checked_number(
                "tol", self.tol, "a finite number from 0; the default is 1e-10 standard errors", least=0.0
            ),
            "max_iter": checked_whole("max_iter", self.max_iter, least=1, default=MAX_ITER),
            "fit_intercept": checked_bool("fit_intercept", self.fit_intercept),
            "standardize": checked_bool("standardize", self.standardize),
            "keep_coefficients": checked_bool("keep_coefficients", self.keep_coefficients),
            "solver": as_solver(self.solver),
            "stop": _stop(self.stop),
            "on_separation": checked_choice("on_separation", self.on_separation, ON_SEPARATION),
            "random_state": checked_whole("random_state", self.random_state, least=0, default=0),
            "checkpoint": None if self.checkpoint is None else checked_path("checkpoint", self.checkpoint),
            "threads": None if self.threads is None else thread_count(self.threads),
        }
        for name, value in checked.items():
            object.__setattr__(self, name, value)
        self._check_together()

    @classmethod
    def flat(
        cls,
        *,
        class_weight: Mapping[Any, float] | str | None,
        resample: str | None,
        restore_prevalence: bool,
        stop: Stop | None,
        **others: Any,
    ) -> Self:
        """Return the options as the doors take them: those of :class:`ClassBalance` stand beside the others."""
        return cls(
            balance=ClassBalance(class_weight, resample, restore_prevalence),
            stop=Stop() if stop is None else stop,
            **others,
        )

    def _check_together(self) -> None:
        """Refuse what does not go together, with the cure."""
        solver = self.settings
        if self.balance.restore_prevalence and not self.fit_intercept:
            raise OptionError("restore_prevalence=True finds the intercepts again, and fit_intercept=False leaves none")
        if not self.by_steps:
            for name, default in (("tol", TOL), ("max_iter", MAX_ITER)):
                if getattr(self, name) != default:
                    raise OptionError(
                        f"{name}={getattr(self, name)!r} is for the Newton solver and its relatives."
                        f" solver={solver.name!r} ends after its epochs, or earlier by stop=Stop(gradient_norm=...,"
                        " loss_change=..., seconds=..., patience=...)"
                    )
            if self.lasso and not solver.proximal:
                raise OptionError(
                    f"l1_ratio={self.l1_ratio:g}: solver={solver.name!r} has no proximal steps, and an L1 penalty no"
                    " derivative. Use solver='proximal-newton', solver='gradient-descent' or solver='sgd', or"
                    " l1_ratio=0"
                )
            return
        self.stop.check_for_steps()
        if self.lasso and not solver.proximal:
            raise OptionError(
                f"l1_ratio={self.l1_ratio:g}: an L1 penalty has no second derivative, which solver={solver.name!r}"
                " needs. Use solver='proximal-newton', which takes proximal steps, or l1_ratio=0"
            )
        if isinstance(solver, ProximalNewton) and not self.lasso:
            raise OptionError(
                f"solver={solver.name!r} is for an L1 penalty, such as C=1, l1_ratio=1, and there is none"
                f" (C={self.C:g}, l1_ratio={self.l1_ratio:g}). Use solver='newton', or solver='newton-cg' for many"
                " columns"
            )
        if self.checkpoint is not None:
            raise OptionError(
                "checkpoint= is for first-order solvers, such as solver='sgd';"
                f" solver={solver.name!r} ends after a few steps and keeps none"
            )

    @property
    def settings(self) -> SolverSettings:
        """The solver as a record."""
        assert isinstance(self.solver, SolverSettings)  # since it was checked
        return self.solver

    @property
    def second_order(self) -> bool:
        """Whether the solver is Newton's method."""
        return self.settings.second_order

    @property
    def by_steps(self) -> bool:
        """Whether the solver takes steps until ``tol`` is reached, or ``max_iter``, instead of a number of epochs."""
        return self.settings.by_steps

    @property
    def first_order(self) -> FirstOrder:
        """The first-order solver as a record; only where the solver is one."""
        settings = self.settings
        assert isinstance(settings, FirstOrder)
        return settings

    def settled(self, n_rows: int, n_columns: int, n_coefficients: int) -> FitOptions:
        """Return the options for data of this size: the solver chosen, and what its parameters come to.

        ``n_coefficients`` counts intercepts, and one class of several less than there are.
        """
        solver = self.settings
        if isinstance(solver, Auto):
            solver = choose(Facts(n_coefficients, self.penalised, self.lasso))
        solver = solver.for_rows(n_rows, n_columns)
        return self if solver is self.settings else self._solved_by(solver)

    def _solved_by(self, solver: SolverSettings) -> FitOptions:
        """Return the same with what the solver comes to; all that could be wrong was looked at before."""
        settled = object.__new__(type(self))
        vars(settled).update(vars(self), solver=solver)
        return settled

    @property
    def adds_all_rows(self) -> bool:
        """Whether the survey of the columns adds up every row: none is held out, or left out by resampling."""
        return self.stop.held_out == 0.0 and self.balance.resample is None

    @property
    def penalised(self) -> bool:
        """Whether there is a penalty."""
        return math.isfinite(self.C)

    @property
    def lasso(self) -> bool:
        """Whether a part of the penalty is L1."""
        return self.penalised and self.l1_ratio > 0.0


OPTIONS = (
    *(one.name for one in fields(FitOptions) if one.name != "balance"),
    *(one.name for one in fields(ClassBalance)),
)
"""The names of all options as the doors take them, and :meth:`FitOptions.flat`."""


@lru_cache(maxsize=8, typed=True)
def _remembered(**options: Any) -> FitOptions:
    return FitOptions.flat(**options)


def checked_options(**options: Any) -> FitOptions:
    """Return :meth:`FitOptions.flat`, checked once for the same values: many small fits have the same options."""
    try:
        return _remembered(**options)
    except TypeError:  # since a mapping of weights cannot be looked up
        return FitOptions.flat(**options)


def _stop(stop: object) -> Stop:
    if not isinstance(stop, Stop):
        raise OptionError(f"stop={stop!r}: it must be a record such as Stop(seconds=10), or None")
    return stop
