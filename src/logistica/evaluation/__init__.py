"""How good predictions are: a model against labelled rows."""

from logistica.evaluation.evaluate import evaluate
from logistica.evaluation.record import ClassEvaluation, Evaluation

__all__ = ["ClassEvaluation", "Evaluation", "evaluate"]
