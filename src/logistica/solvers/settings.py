"""Solvers as records that check themselves: what a user says about how to optimise.

``solver="sgd"`` is ``SGD()``, a record with sensible defaults; ``SGD(learning_rate=0.01, epochs=30)`` changes some.
With ``learning_rate="auto"`` nothing needs tuning: columns are standardised, and the rate follows from the data.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

from logistica.core.checks import checked_bool, checked_number, checked_whole
from logistica.core.errors import OptionError
from logistica.solvers.schedules import Constant, Cosine, Schedule, as_schedule

AUTO = "auto"
ZEROS = "zeros"
LAST_QUARTER = 0.25
AUTOMATIC_MOMENTUM = 0.95
BELOW_ONE = math.nextafter(1.0, 0.0)


@dataclass(frozen=True)
class Normal:
    """A random start: coefficients and intercepts drawn from a normal distribution around 0.

    Attributes
    ----------
    sigma : float, default 1
        Its standard deviation, in the solver's coordinates.
    """

    sigma: float = 1.0

    def __post_init__(self) -> None:
        checked_number("sigma", self.sigma, "a finite number above 0", above=0.0)


@dataclass(frozen=True, kw_only=True)
class SolverSettings:
    """What all solvers' records have in common: they can be asked for, and given, their parameters.

    So scikit-learn's ``clone``, ``GridSearchCV`` and ``set_params(solver__learning_rate=0.1)`` work on an estimator
    that holds one.
    """

    name: ClassVar[str]

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name, as they were given."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def set_params(self, **params: Any) -> Self:
        """Change parameters of this record, all or none; for scikit-learn, which does so to copies of its own."""
        known = self.get_params()
        for name in params:
            if name not in known:
                raise OptionError(f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(known)}")
        replace(self, **params)
        for name, value in params.items():
            object.__setattr__(self, name, value)
        return self


@dataclass(frozen=True, kw_only=True)
class Newton(SolverSettings):
    """Newton's method: the default. Certified, and indifferent to the columns' scales; it has nothing to set."""

    name: ClassVar[str] = "newton"


@dataclass(frozen=True, kw_only=True)
class FirstOrder(SolverSettings):
    """What gradient descent and its stochastic relatives have in common. Not a solver by itself.

    They minimise the mean weighted objective (:mod:`logistica.objective.mean`), in the user's columns as they are
    unless ``precondition`` is true.
    """

    learning_rate: float | str = AUTO
    epochs: int = 100
    schedule: Schedule | str | None = None
    precondition: bool | None = None
    start: Any = ZEROS

    proximal: ClassVar[bool] = True
    """Whether the method can take the proximal steps that an L1 penalty needs."""

    def __post_init__(self) -> None:
        if not (isinstance(self.learning_rate, str) and self.learning_rate == AUTO):
            checked_number("learning_rate", self.learning_rate, "a finite number above 0, or 'auto'", above=0.0)
        checked_whole("epochs", self.epochs, least=1)
        if self.schedule is not None:
            as_schedule(self.schedule)
        if self.precondition is not None:
            checked_bool("precondition", self.precondition)
        _check_start(self.start)

    @property
    def automatic(self) -> bool:
        """Whether the learning rate is found from the data."""
        return self.learning_rate == AUTO

    @property
    def preconditions(self) -> bool:
        """Whether columns are standardised for the solver: if asked for, else with an automatic learning rate."""
        return self.automatic if self.precondition is None else bool(self.precondition)

    @property
    def chosen_schedule(self) -> Schedule:
        """The schedule, by default constant."""
        return Constant() if self.schedule is None else as_schedule(self.schedule)


@dataclass(frozen=True, kw_only=True)
class GradientDescent(FirstOrder):
    """Gradient descent: each update reads all rows.

    Attributes
    ----------
    learning_rate : float or "auto", default "auto"
        The step along the negative gradient; "auto" is 1/L, with L the largest curvature that there can be.
    epochs : int, default 1000
        Updates at most.
    momentum : float
        The share of the last step that the next one keeps (Polyak 1964, USSR Computational Mathematics 4), 0 <= . < 1.
        Default 0.95 with an automatic learning rate, else 0.
    nesterov : bool
        Nesterov's form of it (Sutskever et al. 2013, International Conference on Machine Learning, section 2). Default:
        True where momentum is not given but there is one, else False.
    schedule : {"constant", "step", "inverse-time", "cosine"} or a record of :mod:`logistica.solvers.schedules`
        Default "constant".
    precondition : bool
        Whether columns are standardised inside; the answer is in the user's columns all the same. Default: True with
        an automatic learning rate, else False.
    start : "zeros", Normal or (coef, intercept)
        Default "zeros". ``coef`` has shape (p,), (1, p) or (K, p), ``intercept`` is a number or has shape (K,).
    """

    name: ClassVar[str] = "gradient-descent"

    epochs: int = 1000
    momentum: float | None = None
    nesterov: bool | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_momentum(self)


@dataclass(frozen=True, kw_only=True)
class Stochastic(FirstOrder):
    """What methods on mini-batches have in common. Not a solver by itself."""

    batch_size: int = 64
    shuffle: bool = True
    average: float | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        checked_whole("batch_size", self.batch_size, least=1)
        checked_bool("shuffle", self.shuffle)
        if self.average is not None:
            checked_number("average", self.average, "a share from 0 to 1", least=0.0, most=1.0)

    @property
    def chosen_schedule(self) -> Schedule:
        """The schedule: by default a cosine with an automatic learning rate, else constant."""
        return Cosine() if self.schedule is None and self.automatic else super().chosen_schedule

    def averaged_share(self, *, lasso: bool) -> float:
        """Return the share of the run, at its end, over whose iterates is averaged; by default none."""
        return 0.0 if self.average is None else float(self.average)


@dataclass(frozen=True, kw_only=True)
class SGD(Stochastic):
    """Stochastic gradient descent: each update reads a mini-batch of rows, an epoch all of them once.

    Attributes
    ----------
    learning_rate : float or "auto", default "auto"
        "auto" is the inverse of the curvature of a mini-batch (:class:`logistica.objective.mean.Smoothness`); a last
        batch with fewer rows then counts for as much less, and otherwise as much as the others.
    batch_size : int, default 64
    epochs : int, default 100
    shuffle : bool, default True
        Whether each epoch takes the rows in a new random order.
    momentum, nesterov, precondition, start
        As for :class:`GradientDescent`.
    schedule : str or record
        Default "cosine" with an automatic learning rate, else "constant".
    average : float
        The share of the run, at its end, over whose iterates is averaged (Polyak and Juditsky 1992, SIAM Journal on
        Control and Optimization 30); 0 takes the last iterate, as an L1 penalty needs for zeros. Default 0.25 with an
        automatic learning rate and no L1 penalty, else 0.
    """

    name: ClassVar[str] = "sgd"

    momentum: float | None = None
    nesterov: bool | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        _check_momentum(self)

    def averaged_share(self, *, lasso: bool) -> float:
        """Return that share: by default a quarter with an automatic rate, and none where a penalty is to give zeros."""
        quarter = self.average is None and self.automatic and not lasso
        return LAST_QUARTER if quarter else super().averaged_share(lasso=lasso)


@dataclass(frozen=True, kw_only=True)
class Adam(Stochastic):
    """Adam: mini-batches, with a step of its own for each coefficient (Kingma and Ba 2015, algorithm 1).

    Attributes
    ----------
    learning_rate : float or "auto", default "auto"
        "auto" is 1, on standardised columns: the schedule brings it down.
    beta_1, beta_2 : float, default 0.9 and 0.999
        How much of the running mean of gradients, and of their squares, an update keeps.
    epsilon : float, default 1e-8
    average : float, default 0
        As for :class:`SGD`. Adam's steps in directions that few rows know of are long, and so is the way that an
        average would include.
    batch_size, epochs, shuffle, schedule, precondition, start
        As for :class:`SGD`.
    """

    name: ClassVar[str] = "adam"
    proximal: ClassVar[bool] = False

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("beta_1", "beta_2"):
            checked_number(name, getattr(self, name), "a number from 0 to below 1", least=0.0, most=BELOW_ONE)
        checked_number("epsilon", self.epsilon, "a finite number above 0", above=0.0)


SOLVERS: Mapping[str, type[SolverSettings]] = {solver.name: solver for solver in (Newton, GradientDescent, SGD, Adam)}
"""By name, with their defaults."""


def as_solver(value: object) -> SolverSettings:
    """Return a solver given as a record or by name; anything else raises an OptionError."""
    if isinstance(value, str) and value in SOLVERS:
        return SOLVERS[value]()
    if isinstance(value, (Newton, GradientDescent, SGD, Adam)):
        return value
    names = ", ".join(map(repr, SOLVERS))
    raise OptionError(f"solver={value!r}: it must be one of {names}, or a record such as SGD(learning_rate=0.1)")


def _check_momentum(solver: GradientDescent | SGD) -> None:
    if solver.momentum is not None:
        checked_number("momentum", solver.momentum, "a number from 0 to below 1", least=0.0, most=BELOW_ONE)
    if solver.nesterov is not None and checked_bool("nesterov", solver.nesterov) and not keeps(solver)[0]:
        raise OptionError("nesterov=True needs a momentum, such as momentum=0.9")


def keeps(solver: GradientDescent | SGD) -> tuple[float, bool]:
    """Return the momentum, and whether it is Nesterov's, with their defaults."""
    share = solver.momentum
    if share is None:
        share = AUTOMATIC_MOMENTUM if solver.automatic else 0.0
    nesterov = bool(share) and solver.momentum is None if solver.nesterov is None else bool(solver.nesterov)
    return float(share), nesterov


def _check_start(start: object) -> None:
    if (isinstance(start, str) and start == ZEROS) or isinstance(start, Normal):
        return
    if isinstance(start, tuple) and len(start) == 2:
        return
    raise OptionError(f"start={start!r}: it must be 'zeros', Normal(sigma), or a pair (coef, intercept)")
