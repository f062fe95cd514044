"""Solvers as records that check themselves: what a user says about how to optimise.

``solver="sgd"`` is ``SGD()``, a record with sensible defaults; ``SGD(learning_rate=0.01, epochs=30)`` changes some.
With ``learning_rate="auto"`` nothing needs tuning: columns are standardised, and the rate follows from the data.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from logistica.core.checks import checked_number
from logistica.core.errors import OptionError
from logistica.objective.mean import MeanObjective, smoothness
from logistica.objective.products import Products
from logistica.solvers.descent.descent import FullBatch
from logistica.solvers.descent.first_order import (
    BELOW_ONE,
    FirstOrder,
    SolverSettings,
    Stochastic,
    WithMomentum,
    inverse,
)
from logistica.solvers.descent.updates import Moments, UpdateRule
from logistica.solvers.matrix_free.newton_cg import NewtonCG as NewtonCGMethod
from logistica.solvers.matrix_free.newton_cg import NewtonCGState
from logistica.solvers.matrix_free.quasi_newton import QuasiNewton, QuasiNewtonState

__all__ = [
    "LBFGS",
    "SGD",
    "SOLVERS",
    "Adam",
    "Auto",
    "FirstOrder",
    "GradientDescent",
    "MatrixFree",
    "Newton",
    "NewtonCG",
    "ProximalNewton",
    "SolverSettings",
    "as_solver",
]

Array = NDArray[np.float64]
Preconditioner = Callable[[Products], Callable[[Array], Array]]

LAST_QUARTER = 0.25
PATIENCE = 20
"""Steps of L-BFGS within which the decrement halves, unless rounding leaves nothing to gain."""
ADAM_RATE = 1.0
"""The automatic learning rate of Adam, whose first steps have this length in every standardised coefficient."""


@dataclass(frozen=True, kw_only=True)
class Auto(SolverSettings):
    """The solver that suits the penalty and the number of coefficients: the default; see the table in the README.

    It has nothing to set. The options of a finished fit name the solver that was taken.
    """

    name: ClassVar[str] = "auto"
    by_steps: ClassVar[bool] = True
    proximal: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class Newton(SolverSettings):
    """Newton's method. Certified, and indifferent to the columns' scales; it has nothing to set."""

    name: ClassVar[str] = "newton"
    second_order: ClassVar[bool] = True
    by_steps: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class MatrixFree(SolverSettings, ABC):
    """Methods that take steps towards a certified optimum without a matrix of second derivatives: for many columns.

    They have nothing to set. Up to 2,000 coefficients, and for more where dense columns are few enough beside the rows,
    the columns' Gram matrix is made, of all rows or of a sample, so that correlated columns cost no more steps than
    others (:class:`logistica.solvers.matrix_free.kronecker.Kronecker`).

    ``tol`` is the distance from the optimum, in standard errors of each coefficient, at which they end. Up to 2,000
    coefficients, one sweep for the Hessian then certifies it, as for first-order solvers. For
    more, the ridge penalty bounds the Newton decrement:

        lambda^2 <= g0' a^-1 g0 + sum_j (g_j - b_j a^-1 g0)^2 / r_j,    r_j = 1/C  (times the column's variance with
        ``standardize``)

    where g is the gradient in the user's columns, g0 the intercept's, a the intercept's block of the Hessian and b_j
    its products with column j: without an intercept, lambda <= |g| sqrt(C). Without a penalty nothing is certified
    then, and the record says so.
    """

    by_steps: ClassVar[bool] = True

    @abstractmethod
    def begin(
        self, theta: Array, at: Products, preconditioner: Preconditioner, least: Array | None, tol: float
    ) -> tuple[NewtonCGMethod, NewtonCGState] | tuple[QuasiNewton, QuasiNewtonState]:
        """Return what minimises the objective, and its first state.

        Parameters
        ----------
        theta : array, shape (q, m)
        at : Products
            The derivatives there.
        preconditioner : callable
            Takes derivatives at a point to what takes gradients to about Newton's steps, both of shape (q, m).
        least : array, shape (q, m), or None
            See :class:`logistica.solvers.matrix_free.newton_cg.NewtonCG`.
        tol : float
        """


@dataclass(frozen=True, kw_only=True)
class NewtonCG(MatrixFree):
    """Newton's method with conjugate gradients, for many columns, dense or sparse; see :class:`MatrixFree`."""

    name: ClassVar[str] = "newton-cg"

    def begin(
        self, theta: Array, at: Products, preconditioner: Preconditioner, least: Array | None, tol: float
    ) -> tuple[NewtonCGMethod, NewtonCGState]:
        """Return what minimises the objective, and its first state."""
        solver = NewtonCGMethod(at.objective, least, tol, preconditioner)
        return solver, solver.begin(theta, at)


@dataclass(frozen=True, kw_only=True)
class LBFGS(MatrixFree):
    """L-BFGS, for many columns, dense or sparse: cheaper steps than Newton-CG's, and more; see :class:`MatrixFree`."""

    name: ClassVar[str] = "lbfgs"

    def begin(
        self, theta: Array, at: Products, preconditioner: Preconditioner, least: Array | None, tol: float
    ) -> tuple[QuasiNewton, QuasiNewtonState]:
        """Return what minimises the objective, and its first state."""
        step = preconditioner(at)

        def guess(gradient: Array) -> Array:
            return step(gradient.reshape(theta.shape)).reshape(-1)

        everything = np.arange(theta.size)
        limits = None if least is None else least.reshape(-1)
        solver = QuasiNewton(at.objective, everything, guess, limits, PATIENCE, rescaled=True)
        return solver, solver.begin(theta, at.slope)


@dataclass(frozen=True, kw_only=True)
class ProximalNewton(SolverSettings):
    """Newton's method for L1 penalties, few columns or many, dense or sparse; it has nothing to set.

    ``tol`` is the duality gap at which it ends, as a share of the objective: the most by which the objective can be
    above its minimum. The default, 1e-10, also brings the coefficients to about the last digits. Coefficients are
    exactly zero where the penalty wants them so.

    Up to 256 coefficients, and for dense columns beyond, it makes the matrix of second derivatives of the coefficients
    in use. Of sparse rows with more columns (with more than 2,000 coefficients, for K classes), and of dense ones where
    that matrix would have more numbers than X, it copies the columns in use instead: that takes up to the memory of a
    sparse X itself, and twice that for a moment when columns are added.
    """

    name: ClassVar[str] = "proximal-newton"
    by_steps: ClassVar[bool] = True
    proximal: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class GradientDescent(WithMomentum):
    """Gradient descent: each update reads all rows.

    Attributes
    ----------
    learning_rate : float or "auto", default "auto"
        The step along the negative gradient; "auto" is 1/L, with L the largest curvature that there can be.
    epochs : int, optional
        Updates at most. Default 1,000; with an automatic learning rate 2,000, as long as these read no more than 100
        million numbers of X.
    momentum : float
        The share of the last step that the next one keeps (Polyak 1964, USSR Computational Mathematics 4), 0 <= . < 1.
        Default 0.95 with an automatic learning rate, else 0.
    nesterov : bool
        Nesterov's form of it (Sutskever et al. 2013, International Conference on Machine Learning, section 2). Default:
        True where momentum is not given but there is one, else False.
    schedule : {"constant", "step", "inverse-time", "cosine"} or a record of :mod:`logistica.solvers.descent.schedules`
        Default "constant".
    precondition : bool
        Whether columns are standardised inside, and shrunk where a ridge penalty is steeper than the data; the answer
        is in the user's columns all the same. Default: True with an automatic learning rate, else False.
    start : "zeros", Normal or (coef, intercept)
        Default "zeros". ``coef`` has shape (p,), (1, p) or (K, p), ``intercept`` is a number or has shape (K,). Kept as
        tuples.
    """

    name: ClassVar[str] = "gradient-descent"
    usual_epochs: ClassVar[int] = 1000
    fewest_updates: ClassVar[int] = 2000

    def updates_per_epoch(self, n_rows: int) -> int:
        """Return 1."""
        return 1

    def rate(self, mean: MeanObjective) -> float:
        """Return the learning rate: as given, or the inverse of the largest curvature."""
        return inverse(smoothness(mean, rows=False).whole) if self.automatic else float(self.learning_rate)

    def method(self, mean: MeanObjective, random_state: int) -> FullBatch:
        """Return what minimises the objective."""
        source = mean.total.source
        epochs = self.epochs_for(source.n_rows, source.n_columns)
        return FullBatch(mean, self.update_rule(), self.rate(mean), self.chosen_schedule, epochs)


@dataclass(frozen=True, kw_only=True)
class SGD(WithMomentum, Stochastic):
    """Stochastic gradient descent: each update reads a mini-batch of rows, an epoch all of them once.

    Attributes
    ----------
    learning_rate : float or "auto", default "auto"
        "auto" is the inverse of the curvature of a mini-batch (:class:`logistica.objective.mean.Smoothness`); a last
        batch with fewer rows then counts for as much less, and otherwise as much as the others.
    batch_size : int, default 64
    epochs : int, optional
        Default 100. With an automatic learning rate as many more as make 8,000 updates where rows are few, up to 3,000
        epochs that read no more than 100 million numbers of X. The options of a finished fit and the rows of its
        history state how many were planned.
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
    fewest_updates: ClassVar[int] = 8000

    def rate(self, mean: MeanObjective) -> float:
        """Return the learning rate: as given, or the inverse of the curvature of a mini-batch."""
        if not self.automatic:
            return float(self.learning_rate)
        return inverse(smoothness(mean, rows=True).of_batch(self.batch_size))

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
    epochs : int, optional
        As for :class:`SGD`, but 4,000 updates.
    beta_1, beta_2 : float, default 0.9 and 0.999
        How much of the running mean of gradients, and of their squares, an update keeps.
    epsilon : float, default 1e-8
    average : float, default 0
        As for :class:`SGD`. Adam's steps in directions that few rows know of are long, and so is the way that an
        average would include.
    batch_size, shuffle, schedule, precondition, start
        As for :class:`SGD`.
    """

    name: ClassVar[str] = "adam"
    proximal: ClassVar[bool] = False
    fewest_updates: ClassVar[int] = 4000

    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def __post_init__(self) -> None:
        super().__post_init__()
        for name in ("beta_1", "beta_2"):
            checked_number(name, getattr(self, name), "a number from 0 to below 1", least=0.0, most=BELOW_ONE)
        checked_number("epsilon", self.epsilon, "a finite number above 0", above=0.0)

    def rate(self, mean: MeanObjective) -> float:
        """Return the learning rate: as given, or 1."""
        return ADAM_RATE if self.automatic else float(self.learning_rate)

    def update_rule(self) -> UpdateRule:
        """Return what the method remembers of earlier steps: two running means."""
        return Moments(self.beta_1, self.beta_2, self.epsilon)


SOLVERS: Mapping[str, type[SolverSettings]] = {
    solver.name: solver for solver in (Auto, Newton, NewtonCG, LBFGS, ProximalNewton, GradientDescent, SGD, Adam)
}
"""By name, with their defaults."""


def as_solver(value: object) -> SolverSettings:
    """Return a solver given as a record or by name; anything else raises an OptionError."""
    if isinstance(value, str) and value in SOLVERS:
        return SOLVERS[value]()
    if isinstance(value, SolverSettings) and isinstance(value, tuple(SOLVERS.values())):
        return value
    names = ", ".join(map(repr, SOLVERS))
    raise OptionError(f"solver={value!r}: it must be one of {names}, or a record such as SGD(learning_rate=0.1)")
