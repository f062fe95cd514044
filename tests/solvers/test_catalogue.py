"""Every solver with its defaults comes within a thousandth of the optimum of every problem in the catalogue."""

from __future__ import annotations

from functools import cache

import pytest

from logistica import GradientDescent
from tests.solvers.catalogue import PROBLEMS
from tests.solvers.quiet import quiet_fit

CLOSE = 1e-3
SOLVERS = ["newton-cg", "lbfgs", "gradient-descent", "sgd", "adam"]
SLOW = {
    "twenty thousand rows",
    "five classes",
    "Fortran order",
    "float32, Fortran order",
    "frequency weights",
    "no intercept, three classes",
    "standardised ridge, five classes",
    "correlated",
    "sparse ridge, three classes",
    "completely separated, four classes",
}
"""Large, or close relatives of others."""


@cache
def _problem(name):
    return PROBLEMS[name]()


def _fit(name, solver):
    one = _problem(name)
    return quiet_fit(one.data, target=one.target, solver=solver, **one.arguments)


@cache
def _reference(name):
    """The minimum or infimum, by Newton's method, and what an excess is compared with."""
    model = _fit(name, "newton")
    likelihoods = model.fitted.fit.likelihoods
    assert model.record.converged
    assert (model.separation is not None) == _problem(name).separated
    best = -likelihoods.fitted if _problem(name).separated else likelihoods.objective
    return best, best if best > -1e-6 * likelihoods.null else -likelihoods.null


def _marked(name):
    return pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("name", [_marked(name) for name in PROBLEMS])
def test_excess(name, solver):
    model = _fit(name, solver)
    best, size = _reference(name)
    found = model.fitted.fit.likelihoods.objective
    assert -1e-12 * size <= found - best <= CLOSE * size
    last = model.record.history[-1].loss * model.fitted.fit.rows.total_weight
    if solver == "adam":  # does not keep K outputs about their mean, where the penalty is smallest; the model does
        assert found <= last * (1.0 + 1e-12)
    else:
        assert found == pytest.approx(last, rel=1e-12)
    if _problem(name).separated:
        assert model.separation is not None


WITH_L1 = ["three classes", "iris", "iris, two kinds", "one row more than a batch", "importance weights", "sparse"]
"""Problems to which a penalty is added. The last batch of an epoch has fewer rows than the others."""


@pytest.mark.parametrize("penalty", [{"C": 1.0, "l1_ratio": 1.0}, {"C": 0.1, "l1_ratio": 0.5}], ids=["L1", "both"])
@pytest.mark.parametrize("name", WITH_L1)
def test_excess_under_an_l1_penalty(name, penalty):
    """The duality gap certifies the reference; Adam has no proximal steps."""
    one = _problem(name)
    arguments = {**one.arguments, **penalty, "standardize": True, "target": one.target}
    exact = quiet_fit(one.data, solver=GradientDescent(epochs=3000), **arguments)
    assert exact.record.certificate.gap <= 1e-9
    best = exact.fitted.fit.likelihoods.objective
    for solver, close in (("gradient-descent", CLOSE), ("sgd", CLOSE), ("proximal-newton", 1e-10)):
        found = quiet_fit(one.data, solver=solver, **arguments).fitted.fit.likelihoods.objective
        assert -1e-9 <= found / best - 1.0 <= close


@pytest.mark.parametrize("penalty", [{"C": 1.0, "l1_ratio": 1.0}, {"C": 30.0, "l1_ratio": 0.3}], ids=["L1", "both"])
@pytest.mark.parametrize("name", PROBLEMS)
def test_proximal_newton_is_certified_on_every_problem(name, penalty):
    """Whatever penalty a problem has, it gets another one."""
    one = _problem(name)
    arguments = {**one.arguments, **penalty, "target": one.target}
    model = quiet_fit(one.data, solver="proximal-newton", **arguments)
    assert model.record.converged
    assert model.record.certificate.gap <= 1e-9
    assert model.record.iterations <= 60


def test_the_catalogue_has_what_it_promises():
    """Two to five classes, twenty rows and twenty thousand, separated and not, every kind of weight."""
    problems = {name: _problem(name) for name in PROBLEMS}
    rows = [len(one.target) for one in problems.values() if not isinstance(one.target, str)]
    assert min(rows) == 20
    assert max(rows) == 20_000
    kinds = {one.arguments.get("weight_kind") for one in problems.values()}
    assert kinds == {None, "importance", "frequency", "sampling"}
    assert sum(one.separated for one in problems.values()) == 5
    labels = {len(set(one.target.tolist())) for one in problems.values() if not isinstance(one.target, str)}
    assert labels == {2, 3, 4, 5}
