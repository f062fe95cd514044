"""What first-order solvers have in common, as records that say themselves what a fit needs to know of them."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar, Self

from logistica.core.checks import checked_bool, checked_number, checked_whole
from logistica.core.errors import OptionError
from logistica.objective.mean import MeanObjective
from logistica.solvers.descent.descent import FullBatch, MiniBatch
from logistica.solvers.descent.schedules import Constant, Cosine, Schedule, as_schedule
from logistica.solvers.descent.starts import ZEROS, Given, Normal, Start, as_start
from logistica.solvers.descent.updates import Momentum, Plain, UpdateRule
from logistica.solvers.descent.walk import Pace

AUTO = "auto"
AUTOMATIC_MOMENTUM = 0.95
MOST_EPOCHS = 3000
"""How many epochs few rows may bring: where one has only a few updates, these need no more."""
MOST_NUMBERS = 10**8
"""How many numbers of X epochs beyond the usual ones may read: they take a second or so, and large data get none."""
BELOW_ONE = math.nextafter(1.0, 0.0)


@dataclass(frozen=True, kw_only=True)
class SolverSettings:
    """What all solvers' records have in common: they can be asked for, and given, their parameters.

    So scikit-learn's ``clone``, ``GridSearchCV`` and ``set_params(solver__learning_rate=0.1)`` work on an estimator
    that holds one.
    """

    name: ClassVar[str]
    second_order: ClassVar[bool] = False
    """Whether the method factorises the Hessian, and so certifies its own end and finds aliased columns and limits."""
    by_steps: ClassVar[bool] = False
    """Whether it takes steps until ``tol`` is reached, or ``max_iter``, instead of a number of epochs."""
    proximal: ClassVar[bool] = False
    """Whether the method can take the proximal steps that an L1 penalty needs."""

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return the parameters by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def set_params(self, **params: Any) -> Self:
        """Change parameters of this record, all or none; for scikit-learn, which does so to copies of its own."""
        known = self.get_params()
        for name in params:
            if name not in known:
                raise OptionError(f"{type(self).__name__} has no parameter {name!r}; it has {', '.join(known)}")
        changed = replace(self, **params)
        for name in params:
            object.__setattr__(self, name, getattr(changed, name))
        return self

    def for_rows(self, n_rows: int, n_columns: int) -> Self:
        """Return the solver for data of this size, with nothing left open that depends on it."""
        return self


@dataclass(frozen=True, kw_only=True)
class FirstOrder(SolverSettings, ABC):
    """Gradient descent and its stochastic relatives.

    They minimise the mean weighted objective (:mod:`logistica.objective.mean`), in the user's columns as they are
    unless ``precondition`` is true.
    """

    learning_rate: float | str = AUTO
    epochs: int | None = None
    schedule: Schedule | str | None = None
    precondition: bool | None = None
    start: Normal | Given | tuple[Any, Any] | str = ZEROS

    proximal: ClassVar[bool] = True
    usual_epochs: ClassVar[int]
    fewest_updates: ClassVar[int]
    """What the automatic learning rate needs for an excess below a thousandth also where the rows are few and hard."""

    def __post_init__(self) -> None:
        if not (isinstance(self.learning_rate, str) and self.learning_rate == AUTO):
            checked_number("learning_rate", self.learning_rate, "a finite number above 0, or 'auto'", above=0.0)
        if self.epochs is not None:
            checked_whole("epochs", self.epochs, least=1)
        if self.schedule is not None:
            as_schedule(self.schedule)
        if self.precondition is not None:
            checked_bool("precondition", self.precondition)
        start = as_start(self.start)
        if isinstance(start, Given):
            object.__setattr__(self, "start", start)

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

    @property
    def chosen_start(self) -> Start:
        """Where to begin."""
        return as_start(self.start)

    def averaged_share(self, *, lasso: bool) -> float:
        """Return the share of the run, at its end, over whose iterates is averaged: none but for some methods."""
        return 0.0

    def epochs_for(self, n_rows: int, n_columns: int) -> int:
        """Return the number of epochs: as given, or the usual one; more where rows are few and the rate automatic."""
        if self.epochs is not None:
            return int(self.epochs)
        if not self.automatic:
            return self.usual_epochs
        wanted = math.ceil(self.fewest_updates / self.updates_per_epoch(n_rows))
        affordable = MOST_NUMBERS // (n_rows * max(n_columns, 1))
        return max(self.usual_epochs, min(wanted, affordable, MOST_EPOCHS))

    def for_rows(self, n_rows: int, n_columns: int) -> Self:
        """Return the solver for data of this size, whose number of epochs is settled."""
        return self if self.epochs is not None else replace(self, epochs=self.epochs_for(n_rows, n_columns))

    def in_effect(self, *, lasso: bool) -> dict[str, Any]:
        """Return what the parameters come to whose defaults depend on others."""
        return {"schedule": self.chosen_schedule, "precondition": self.preconditions}

    @abstractmethod
    def updates_per_epoch(self, n_rows: int) -> int:
        """Return how many updates an epoch has."""

    @abstractmethod
    def rate(self, mean: MeanObjective) -> float:
        """Return the learning rate: as given, or from the curvature of the objective."""

    @abstractmethod
    def method(self, mean: MeanObjective, random_state: int) -> FullBatch | MiniBatch:
        """Return what minimises the objective."""

    def update_rule(self) -> UpdateRule:
        """Return what the method remembers of earlier steps."""
        return Plain()


@dataclass(frozen=True, kw_only=True)
class WithMomentum(FirstOrder):
    """Methods whose steps may keep a share of the one before."""

    momentum: float | None = None
    nesterov: bool | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.momentum is not None:
            checked_number("momentum", self.momentum, "a number from 0 to below 1", least=0.0, most=BELOW_ONE)
        if self.nesterov is not None and checked_bool("nesterov", self.nesterov) and not self.chosen_momentum:
            raise OptionError("nesterov=True needs a momentum, such as momentum=0.9")

    @property
    def chosen_momentum(self) -> float:
        """The momentum: by default one with an automatic learning rate, else none."""
        if self.momentum is not None:
            return float(self.momentum)
        return AUTOMATIC_MOMENTUM if self.automatic else 0.0

    @property
    def chosen_nesterov(self) -> bool:
        """Whether it is Nesterov's: by default where momentum is not given but there is one."""
        if self.nesterov is not None:
            return bool(self.nesterov)
        return self.momentum is None and self.chosen_momentum > 0.0

    def in_effect(self, *, lasso: bool) -> dict[str, Any]:
        """Return what the parameters come to whose defaults depend on others."""
        own = {"momentum": self.chosen_momentum, "nesterov": self.chosen_nesterov}
        return super().in_effect(lasso=lasso) | own

    def update_rule(self) -> UpdateRule:
        """Return what the method remembers of earlier steps: the velocity, if there is a momentum."""
        momentum = self.chosen_momentum
        return Momentum(momentum, self.chosen_nesterov) if momentum else Plain()


@dataclass(frozen=True, kw_only=True)
class Stochastic(FirstOrder):
    """Methods on mini-batches."""

    batch_size: int = 64
    shuffle: bool = True
    average: float | None = None

    usual_epochs: ClassVar[int] = 100

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

    def updates_per_epoch(self, n_rows: int) -> int:
        """Return the number of batches."""
        return -(-n_rows // self.batch_size)

    def in_effect(self, *, lasso: bool) -> dict[str, Any]:
        """Return what the parameters come to whose defaults depend on others."""
        return super().in_effect(lasso=lasso) | {"average": self.averaged_share(lasso=lasso)}

    def method(self, mean: MeanObjective, random_state: int) -> MiniBatch:
        """Return what minimises the objective."""
        source = mean.total.source
        pace = Pace(
            self.rate(mean),
            self.chosen_schedule,
            self.epochs_for(source.n_rows, source.n_columns),
            source.n_rows,
            min(self.batch_size, source.n_rows),
            self.averaged_share(lasso=mean.lasso is not None),
            by_rows=bool(self.automatic),
        )
        return MiniBatch(mean, self.update_rule(), pace, bool(self.shuffle), random_state)


def inverse(steepest: float) -> float:
    """Return the learning rate for a curvature; 1 where there is none."""
    return 1.0 / steepest if steepest > 0.0 else 1.0
