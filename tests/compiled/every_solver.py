"""Fits by every solver, to be made with the compiled loops and without: ``python -m tests.compiled.every_solver``."""

from __future__ import annotations

import json
from collections.abc import Iterator

from logistica.core.compiled import library
from logistica.solvers.settings import SGD, Adam, GradientDescent
from tests.solvers.catalogue import PROBLEMS
from tests.solvers.quiet import WITH_L1, quiet_fit

NAMES = (
    "two classes",
    "three classes",
    "float32, Fortran order",
    "importance weights",
    "offset, four classes",
    "no intercept, three classes",
    "ridge",
    "sparse",
    "sparse ridge, three classes",
    "Arrow, a factor, three classes",
    "quasi-separated",
    "completely separated, four classes",
)
"""Problems of the catalogue: every kind of data and of option."""
SOLVERS = {
    "newton": ("newton", {}),
    "newton-cg": ("newton-cg", {}),
    "lbfgs": ("lbfgs", {}),
    "proximal-newton": ("proximal-newton", WITH_L1),
    "gradient-descent": (GradientDescent(epochs=8), {}),
    "gradient-descent, L1": (GradientDescent(epochs=8), WITH_L1),
    "sgd": (SGD(epochs=2), {}),
    "sgd, L1": (SGD(epochs=2), WITH_L1),
    "adam": (Adam(epochs=2), {}),
}
"""Each with the options that it is fitted with; few epochs, for every update is to be the same."""


def fits() -> Iterator[tuple[str, str, list[float]]]:
    """Yield a problem, a solver, and what it finds: likelihood, objective, coefficients.

    Those of several classes are about their mean: of an even number an L1 penalty alone may leave open where that is.
    """
    for name in NAMES:
        one = PROBLEMS[name]()
        for solver, (settings, options) in SOLVERS.items():
            model = quiet_fit(one.data, target=one.target, solver=settings, **{**one.arguments, **options})
            likelihoods = model.fitted.fit.likelihoods
            coef = model.coef_ if len(model.coef_) == 1 else model.coef_ - model.coef_.mean(axis=0)
            yield name, solver, [likelihoods.fitted, likelihoods.objective, *coef.reshape(-1).tolist()]


if __name__ == "__main__":
    print(json.dumps({"compiled": library() is not None, "found": list(fits())}))
