"""logistica, through its scikit-learn face."""

from __future__ import annotations

from benchmarks.contenders.estimators import by_estimator, predictor
from benchmarks.contracts import Contender
from benchmarks.problems import EPOCHS


def inverse(penalty) -> float:
    return 1.0 / penalty.strength if penalty.strength else float("inf")


class Newton(Contender):
    """The default."""

    name = "logistica"
    modules = ("logistica",)
    tasks = frozenset({"fit", "predict"})
    multinomial = True
    most_columns = 3_000
    ladder = tuple(10.0**-digits for digits in range(11))
    exact = 0.0
    ours = True

    def prepare(self, problem, table, penalties):
        from logistica import LogisticRegression

        (penalty,) = penalties
        if problem.task == "predict":
            return predictor(LogisticRegression(C=inverse(penalty)), problem, table)

        def estimator(tolerance):
            return LogisticRegression(C=inverse(penalty), tol=tolerance)

        return by_estimator(estimator, table)


class LBFGS(Contender):
    """The one for many columns, dense or sparse, and many classes."""

    name = "logistica lbfgs"
    modules = ("logistica",)
    penalties = frozenset({"ridge"})
    multinomial = True
    ladder = tuple(10.0**-digits for digits in range(-2, 11))
    exact = 0.0
    ours = True

    def prepare(self, problem, table, penalties):
        from logistica import LogisticRegression

        (penalty,) = penalties

        def estimator(tolerance):
            return LogisticRegression(C=inverse(penalty), solver="lbfgs", tol=tolerance, max_iter=10_000)

        return by_estimator(estimator, table)


class GradientDescent(Contender):
    """What there is for L1 penalties at present."""

    name = "logistica gradient-descent"
    modules = ("logistica",)
    penalties = frozenset({"lasso"})
    multinomial = True
    ours = True

    def prepare(self, problem, table, penalties):
        from logistica import GradientDescent as Settings
        from logistica import LogisticRegression, Stop

        (penalty,) = penalties

        def estimator(tolerance):
            stop = Stop(gradient_norm=tolerance)
            return LogisticRegression(C=inverse(penalty), l1_ratio=1.0, solver=Settings(epochs=1_000_000), stop=stop)

        return by_estimator(estimator, table)


class InBatches(Contender):
    """Stochastic gradient descent."""

    name = "logistica sgd"
    modules = ("logistica",)
    tasks = frozenset({"epochs"})
    multinomial = True
    ladder = (1.0,)
    ours = True

    def prepare(self, problem, table, penalties):
        from logistica import SGD, LogisticRegression

        (penalty,) = penalties

        def estimator(tolerance):
            return LogisticRegression(C=inverse(penalty), solver=SGD(epochs=EPOCHS, batch_size=64))

        return by_estimator(estimator, table)


ALL = (Newton(), LBFGS(), GradientDescent(), InBatches())
