"""The scikit-learn faces: thin, without numerics."""

from logistica.estimators.logistic_regression import LogisticRegression

__all__ = ["LogisticRegression"]
