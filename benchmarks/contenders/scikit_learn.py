"""scikit-learn's solvers. Its objective is C * sum of losses + penalty: ours times C."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import ClassVar

from benchmarks.contenders.estimators import by_estimator, predictor
from benchmarks.contracts import Contender
from benchmarks.problems import EPOCHS

MANY = 1_000_000
"""Iterations: the tolerance is to end a fit, or the time limit."""
INTERCEPT_SCALING = 1000.0
"""liblinear penalises the intercept divided by this. A larger one is nearer to a free intercept, and slower."""


def settings(penalty) -> dict[str, float]:
    C = 1.0 / penalty.strength if penalty.strength else float("inf")
    return {"C": C, "l1_ratio": 1.0 if penalty.kind == "lasso" else 0.0, "max_iter": MANY}


class Solver(Contender):
    """``LogisticRegression`` with the solver that a subclass names."""

    modules = ("sklearn",)
    solver: str
    multinomial = True
    own: ClassVar[Mapping[str, float]] = {}

    def prepare(self, problem, table, penalties):
        from sklearn.linear_model import LogisticRegression

        (penalty,) = penalties
        estimator = partial(LogisticRegression, solver=self.solver, **settings(penalty), **self.own)
        if problem.task == "predict":
            return predictor(estimator(), problem, table)
        return by_estimator(lambda tolerance: estimator(tol=tolerance), table)


class LBFGS(Solver):
    """The default."""

    name = "scikit-learn lbfgs"
    solver = "lbfgs"
    tasks = frozenset({"fit", "predict"})


class NewtonCholesky(Solver):
    """Newton's method with a Cholesky factor."""

    name = "scikit-learn newton-cholesky"
    solver = "newton-cholesky"
    sparse = True
    most_columns = 3_000


class NewtonCG(Solver):
    """Newton's method with conjugate gradients."""

    name = "scikit-learn newton-cg"
    solver = "newton-cg"


class LiblinearOfSklearn(Solver):
    """The liblinear that scikit-learn has in it."""

    name = "scikit-learn liblinear"
    solver = "liblinear"
    penalties = frozenset({"ridge", "lasso"})
    multinomial = False
    own: ClassVar = {"intercept_scaling": INTERCEPT_SCALING}


class Saga(Solver):
    """Stochastic averages of gradients."""

    name = "scikit-learn saga"
    solver = "saga"
    penalties = frozenset({"none", "ridge", "lasso"})
    own: ClassVar = {"random_state": 0}


class StochasticDescent(Contender):
    """``SGDClassifier``, whose batches are single rows. Its objective is the mean loss plus alpha times the penalty."""

    name = "scikit-learn SGDClassifier"
    modules = ("sklearn",)
    tasks = frozenset({"fit", "epochs"})
    penalties = frozenset({"ridge", "lasso"})

    def prepare(self, problem, table, penalties):
        from sklearn.linear_model import SGDClassifier

        (penalty,) = penalties
        kind = "l1" if penalty.kind == "lasso" else "l2"
        alpha = penalty.strength / len(table.y)
        model = partial(SGDClassifier, loss="log_loss", penalty=kind, alpha=alpha, random_state=0)
        if problem.task == "epochs":
            return by_estimator(lambda tolerance: model(max_iter=EPOCHS, tol=None), table)
        return by_estimator(lambda tolerance: model(max_iter=MANY, tol=tolerance), table)


ALL = (LBFGS(), NewtonCholesky(), NewtonCG(), LiblinearOfSklearn(), Saga(), StochasticDescent())
