"""Statistics of a finished fit: standard errors, tests, intervals, likelihoods.

Every function takes a :class:`~logistica.prediction.fitted.Fitted` and returns a record of its own. A number that would
not mean what it seems to is NaN, and a note in the record says why.
"""

from __future__ import annotations

from logistica.inference.likelihood import ModelStatistics, model_statistics
from logistica.inference.probabilities import ProbabilityIntervals, probability_intervals
from logistica.inference.wald import CoefficientTable, coefficient_table

__all__ = [
    "CoefficientTable",
    "ModelStatistics",
    "ProbabilityIntervals",
    "coefficient_table",
    "model_statistics",
    "probability_intervals",
]
