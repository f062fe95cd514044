"""liblinear itself. Its objective is C times the sum of losses plus the penalty; ``-R`` frees the intercept."""

from __future__ import annotations

from benchmarks.contracts import Answer, Coefficients, Contender


class Liblinear(Contender):
    """Trust-region Newton for ridge, coordinate descent for L1; one thread."""

    name = "liblinear"
    modules = ("liblinear",)
    penalties = frozenset({"ridge", "lasso"})

    def prepare(self, problem, table, penalties):
        from liblinear.liblinearutil import parameter, train
        from liblinear.liblinearutil import problem as labelled
        from scipy import sparse

        (penalty,) = penalties
        X = sparse.csr_matrix(table.X) if sparse.issparse(table.X) else table.X
        method = 6 if penalty.kind == "lasso" else 0

        def fit(tolerance):
            options = parameter(f"-s {method} -c {1.0 / penalty.strength!r} -e {tolerance!r} -B 1 -R -q")
            model = train(labelled(table.y, X, bias=1), options)
            coef, intercept = model.get_decfun()
            sign = 1.0 if model.get_labels()[0] == 1 else -1.0
            return Answer((Coefficients.of([sign * value for value in coef], sign * intercept),))

        return fit
