"""logistica, through its scikit-learn face."""

from __future__ import annotations

from benchmarks.contenders.estimators import by_estimator, predictor
from benchmarks.contracts import Answer, Coefficients, Contender
from benchmarks.problems import EPOCHS


def inverse(penalty) -> float:
    return 1.0 / penalty.strength if penalty.strength else float("inf")


class Default(Contender):
    """The default: ``solver="auto"``."""

    name = "logistica"
    modules = ("logistica",)
    tasks = frozenset({"fit", "predict"})
    multinomial = True
    ladder = tuple(10.0**-digits for digits in range(-2, 11))
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
    """For many columns, dense or sparse, and many classes."""

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


class ProximalNewton(Contender):
    """For L1 penalties, one or a path of them."""

    name = "logistica proximal-newton"
    modules = ("logistica",)
    tasks = frozenset({"fit", "path"})
    penalties = frozenset({"lasso"})
    multinomial = True
    exact = 1e-10  # the gap that a reference must have; on B5b smaller ones are beyond reach
    ours = True

    def prepare(self, problem, table, penalties):
        import logistica

        if problem.task == "path":
            inverses = [inverse(penalty) for penalty in penalties]

            def follow(tolerance):
                path = logistica.path(table.X, target=table.y, C=inverses, tol=tolerance)
                return Answer(tuple(map(Coefficients.of, path.coef, path.intercept)))

            return follow
        (penalty,) = penalties

        def estimator(tolerance):
            return logistica.LogisticRegression(
                C=inverse(penalty), l1_ratio=1.0, solver="proximal-newton", tol=tolerance
            )

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


ALL = (Default(), LBFGS(), ProximalNewton(), InBatches())
