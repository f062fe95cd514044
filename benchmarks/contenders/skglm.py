"""skglm. Its objective is the mean loss plus alpha times the penalty; classes are -1 and 1."""

from __future__ import annotations

from benchmarks.contracts import Answer, Coefficients, Contender


class Skglm(Contender):
    """Proximal Newton with working sets for L1."""

    name = "skglm"
    modules = ("skglm",)
    tasks = frozenset({"fit", "path"})
    penalties = frozenset({"lasso"})
    first = 1e-6  # at the first rung's it may return before its descent is called, and so compiled

    def prepare(self, problem, table, penalties):
        import numpy as np
        from scipy import sparse
        from skglm import GeneralizedLinearEstimator
        from skglm.datafits import Logistic
        from skglm.penalties import L1
        from skglm.solvers import ProxNewton

        X = sparse.csc_matrix(table.X) if sparse.issparse(table.X) else np.asfortranarray(table.X)
        alphas = [penalty.strength / len(table.y) for penalty in penalties]

        def fit(tolerance):
            solver = ProxNewton(tol=tolerance, max_iter=1000, warm_start=True)
            model = GeneralizedLinearEstimator(Logistic(), L1(alphas[0]), solver)
            found = []
            for alpha in alphas:
                model.penalty = L1(alpha)
                model.fit(X, table.y)
                found.append(Coefficients.of(model.coef_.copy(), model.intercept_))
            return Answer(tuple(found))

        return fit
