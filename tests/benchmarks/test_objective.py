"""The excess is the same function of everybody's coefficients, and the gap bounds it."""

import math
from decimal import Decimal, localcontext

import numpy as np
import pytest
from benchmarks.contracts import Answer, Coefficients, Penalty, Table
from benchmarks.objective import excess, objective, objectives, probabilities, relative_gap, values
from scipy import sparse

from logistica import fit

NONE, RIDGE, LASSO = Penalty("none", 0.0), Penalty("ridge", 0.7), Penalty("lasso", 0.7)


def _table(classes=2, n=60, p=3, seed=0):
    rng = np.random.default_rng(seed)
    return Table(rng.normal(size=(n, p)), rng.permutation(np.arange(n) % classes))


def _some(classes, p=3, seed=1):
    rng = np.random.default_rng(seed)
    m = 1 if classes == 2 else classes
    return Coefficients(rng.normal(size=(m, p)), rng.normal(size=m))


def _exactly(table, penalty, found):
    with localcontext(prec=40):
        total = Decimal(0)
        for row, y in zip(table.X, table.y, strict=True):
            eta = [
                sum(Decimal(a) * Decimal(b) for a, b in zip(row, coef, strict=True)) + Decimal(intercept)
                for coef, intercept in zip(found.coef.tolist(), found.intercept.tolist(), strict=True)
            ]
            eta = [Decimal(0), *eta] if len(eta) == 1 else eta
            total += sum((each - eta[y]).exp() for each in eta).ln()
        coefs = [Decimal(each) for each in found.coef.ravel().tolist()]
        if penalty.kind == "lasso":
            total += Decimal(penalty.strength) * sum(abs(each) for each in coefs)
        if penalty.kind == "ridge":
            total += Decimal(penalty.strength) / 2 * sum(each**2 for each in coefs)
        return float(total)


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("penalty", [NONE, RIDGE, LASSO])
def test_objective_has_all_its_digits(classes, penalty):
    table, found = _table(classes), _some(classes)
    exact = _exactly(table, penalty, found)
    assert abs(objective(table, penalty, found) - exact) < 1e-14 * exact
    as_sparse = Table(sparse.csr_array(table.X), table.y)
    assert objective(as_sparse, penalty, found) == pytest.approx(float(exact), rel=1e-14)


@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("classes", [2, 3])
def test_those_of_a_path_are_those_of_its_penalties(classes, form):
    table = _table(classes)
    found = [_some(classes, seed=seed) for seed in (1, 2)]
    found += [Coefficients(np.full_like(found[0].coef, value), found[0].intercept) for value in (math.nan, math.inf)]
    each = [objective(table, LASSO, one) for one in found]
    together = objectives(Table(form(table.X), table.y), [LASSO] * 4, found)
    assert together == pytest.approx(each, rel=1e-14)
    assert together[2:].tolist() == [math.inf] * 2


def test_far_from_everything_it_is_finite_and_small_losses_keep_their_digits():
    table = Table(np.array([[1.0], [-1.0]]), np.array([1, 0]))
    assert objective(table, NONE, Coefficients.of([40.0], 0.0)) == pytest.approx(2 * math.exp(-40.0), rel=1e-14)
    assert objective(table, NONE, Coefficients.of([-1000.0], 0.0)) == 2000.0
    assert objective(table, NONE, Coefficients.of([math.nan], 0.0)) == math.inf


def test_two_outputs_of_two_classes_are_one():
    table, one = _table(), _some(2)
    two = Coefficients(np.vstack([np.zeros(3), one.coef[0]]), np.array([0.0, one.intercept[0]]))
    assert objective(table, RIDGE, two) == pytest.approx(objective(table, RIDGE, one), rel=1e-15)


def test_coefficients_of_any_shape_are_rows_of_classes():
    assert Coefficients.of([1.0, 2.0], 3.0).coef.shape == (1, 2)
    assert Coefficients.of([[1.0, 2.0]], [3.0]).intercept.shape == (1,)
    assert Coefficients.of(np.ones((3, 2)), np.ones(3)).coef.shape == (3, 2)


@pytest.mark.parametrize("classes", [2, 4])
def test_gap_closes_at_the_certified_optimum(classes):
    table = _table(classes)
    model = fit(table.X, target=table.y, C=1 / RIDGE.strength, tol=0.0)
    assert relative_gap(table, RIDGE, Coefficients.of(model.coef_, model.intercept_)) < 1e-14


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("away", [1e-3, 1e-1, 3.0])
def test_gap_is_a_bound_on_the_excess(classes, away):
    table = _table(classes)
    model = fit(table.X, target=table.y, C=1 / RIDGE.strength, tol=0.0)
    best = objective(table, RIDGE, Coefficients.of(model.coef_, model.intercept_))
    there = _some(classes)
    found = Coefficients(model.coef_ + away * there.coef, model.intercept_ + away * there.intercept)
    truth = (objective(table, RIDGE, found) - best) / objective(table, RIDGE, found)
    assert truth > 0.0
    assert truth <= relative_gap(table, RIDGE, found) < 1e6 * truth


def test_gap_of_an_intercept_that_is_off_is_not_hidden_by_its_repair():
    table = _table()
    model = fit(table.X, target=table.y, C=1 / RIDGE.strength, tol=0.0)
    assert relative_gap(table, RIDGE, Coefficients.of(model.coef_, model.intercept_ + 0.3)) > 1e-3


@pytest.mark.parametrize("classes", [2, 4])
def test_gap_of_a_lasso_closes_where_all_coefficients_are_zero(classes):
    table = _table(classes)
    counts = np.bincount(table.y)
    m = 1 if classes == 2 else classes
    intercept = np.log(counts / counts[0])[-m:]
    zero = Coefficients(np.zeros((m, 3)), intercept)
    residual = (counts / counts.sum() - np.eye(classes)[table.y])[:, -m:]
    largest = np.abs(table.X.T @ residual).max()
    assert relative_gap(table, Penalty("lasso", largest * 1.0001), zero) < 1e-14
    assert relative_gap(table, Penalty("lasso", largest * 0.9), zero) > 1e-4


def test_without_a_penalty_there_is_no_bound():
    assert relative_gap(_table(), NONE, _some(2)) == math.inf


def test_excess_is_the_worst_of_a_path_and_relative():
    assert excess(np.array([2.0, 30.3]), np.array([2.0, 30.0])) == pytest.approx(0.01)
    assert excess(np.array([1e-3]), np.zeros(1)) == 1e-3
    assert excess(np.array([math.inf]), np.ones(1)) == math.inf


def test_predictions_are_judged_by_the_coefficients_that_they_come_from():
    table, found = _table(), _some(2)
    proba = probabilities(table.X, found)
    assert values(table, (RIDGE,), Answer((found,), proba))[0] == 0.0
    proba[5, 1] += 1e-6
    assert values(table, (RIDGE,), Answer((found,), proba[:10]))[0] == pytest.approx(1e-6)
