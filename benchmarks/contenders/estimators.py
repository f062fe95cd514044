"""What the adapters of libraries with scikit-learn's interface have in common."""

from __future__ import annotations

from benchmarks.contracts import Answer, Coefficients
from benchmarks.problems import TRAINED_ROWS


def by_estimator(estimator, table):
    """Return the function from a tolerance to an answer, for a function from a tolerance to an estimator."""

    def fit(tolerance):
        fitted = estimator(tolerance).fit(table.X, table.y)
        return Answer((Coefficients.of(fitted.coef_, fitted.intercept_),))

    return fit


def predictor(estimator, problem, table):
    """Return the function that predicts all rows at once, or the first one alone."""
    fitted = estimator.fit(table.X[:TRAINED_ROWS], table.y[:TRAINED_ROWS])
    found = (Coefficients.of(fitted.coef_, fitted.intercept_),)
    rows = table.X[:1] if problem.one_row else table.X

    def predict(tolerance):
        return Answer(found, fitted.predict_proba(rows))

    return predict
