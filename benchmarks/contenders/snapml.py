"""snapml. Its objective is the sum of losses plus regularizer times the penalty.

It would penalise the intercept, and version 1.17 does not report it in the units of X (``intercept_scaling``) or at all
(``dual=False``). So a column of ones, made so large that its penalty hardly counts, stands for the intercept; it is put
beside X before the clock starts.
"""

from __future__ import annotations

from benchmarks.contracts import Answer, Coefficients, Contender

ONES = {"ridge": 10.0, "lasso": 1000.0}
"""The entries of that column. Larger ones let coordinate descent on the dual crawl."""


class SnapML(Contender):
    """Coordinate descent on all processors: on the dual for ridge, on the primal for L1."""

    name = "snapml"
    modules = ("snapml",)
    penalties = frozenset({"ridge", "lasso"})

    def prepare(self, problem, table, penalties):
        import os

        import numpy as np
        from scipy import sparse
        from snapml import LogisticRegression

        (penalty,) = penalties
        ones = np.full((len(table.y), 1), ONES[penalty.kind])
        X = (
            sparse.csr_matrix(sparse.hstack([table.X, ones]))
            if sparse.issparse(table.X)
            else np.hstack([table.X, ones])
        )
        lasso = penalty.kind == "lasso"

        def fit(tolerance):
            fitted = LogisticRegression(
                regularizer=penalty.strength,
                penalty="l1" if lasso else "l2",
                dual=not lasso,
                tol=tolerance,
                max_iter=1_000_000,
                n_jobs=len(os.sched_getaffinity(0)),
                random_state=0,
            ).fit(X, table.y)
            *coef, intercept = fitted.coef_.ravel()
            return Answer((Coefficients.of(coef, ONES[penalty.kind] * intercept),))

        return fit
