"""glum. Its objective is the mean loss plus alpha times the penalty."""

from __future__ import annotations

from benchmarks.contenders.estimators import by_estimator
from benchmarks.contracts import Answer, Coefficients, Contender


class Glum(Contender):
    """Iteratively reweighted least squares; coordinate descent inside where there is an L1 penalty."""

    name = "glum"
    modules = ("glum",)
    tasks = frozenset({"fit", "path"})
    penalties = frozenset({"none", "ridge", "lasso"})
    most_columns = 3_000

    def prepare(self, problem, table, penalties):
        from glum import GeneralizedLinearRegressor
        from scipy import sparse

        if sparse.issparse(table.X):
            table = type(table)(sparse.csc_matrix(table.X), table.y)
        alphas = [penalty.strength / len(table.y) for penalty in penalties]
        share = 1.0 if problem.penalty == "lasso" else 0.0

        def estimator(tolerance, **path):
            return GeneralizedLinearRegressor(
                family="binomial", l1_ratio=share, gradient_tol=tolerance, max_iter=10_000, **path
            )

        if problem.task == "fit":
            return by_estimator(lambda tolerance: estimator(tolerance, alpha=alphas[0]), table)

        def fit_path(tolerance):
            fitted = estimator(tolerance, alpha_search=True, alphas=alphas).fit(table.X, table.y)
            pairs = zip(fitted.coef_path_, fitted.intercept_path_, strict=True)
            return Answer(tuple(Coefficients.of(coef, intercept) for coef, intercept in pairs))

        return fit_path
