"""Proximal Newton: the optimum under an L1 penalty on every way to it, exact zeros, a gap that is never too small."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import LogisticRegression as Peer

import logistica
from logistica import ConvergenceWarning, DataError, OptionError, ProximalNewton, Stop
from logistica.data.read import read
from logistica.fitting import FitOptions
from logistica.fitting.problem import prepare
from logistica.fitting.proximal import null_start, proximal_newton
from logistica.solvers.driver import Status
from logistica.solvers.line_search import slack_of
from logistica.solvers.proximal.duality import exact_bound, lower_bound
from logistica.solvers.proximal.proximal_rows import ProximalNewtonOnRows
from tests.solvers import loops
from tests.solvers.lasso_problems import CASES, lasso_case
from tests.solvers.quiet import quiet_fit

WAYS = ("matrix", "working set", "entries", "columns")
ways = pytest.mark.parametrize("way", WAYS)
cases = pytest.mark.parametrize("name", CASES)
OPTIONS = {"C", "l1_ratio", "fit_intercept", "standardize"}


@pytest.fixture
def by(monkeypatch):
    """A function that chooses how fits find their way, whatever their size, and returns what X is to be."""

    def choose(way):
        few = {"matrix": 256, "working set": 4, "entries": 0, "columns": 0}[way]
        monkeypatch.setattr("logistica.solvers.proximal.proximal_newton.FEW", few)
        for name in ("FEW", "WIDE"):
            monkeypatch.setattr(f"logistica.fitting.proximal.{name}", few)
        if way == "columns":
            monkeypatch.setattr("logistica.fitting.proximal.is_sparse", lambda source: True)
        return sparse.csr_array if way == "entries" else np.asarray

    return choose


def fitted(X, **arguments):
    return logistica.fit(X, **{"solver": "proximal-newton", "C": 1.0, "l1_ratio": 1.0, **arguments})


@cases
@ways
def test_optimality_at_the_end(name, way, by):
    """Where a coefficient is not zero the gradient is minus its sign times the penalty, elsewhere it is smaller."""
    X, arguments, plain, deviation = lasso_case(name)
    model = fitted(by(way)(X), tol=0.0, **arguments)
    coef = model.coef_ * deviation
    g, g0 = loops.gradient(plain, coef, model.intercept_)
    strength = plain.lasso / plain.total
    zero = coef == 0.0
    assert zero.any()
    assert not zero.all()
    np.testing.assert_allclose(g[~zero], -np.sign(coef[~zero]) * strength, rtol=0, atol=1e-9 * strength)
    assert (np.abs(g[zero]) <= strength * (1.0 + 1e-9)).all()
    np.testing.assert_allclose(g0, 0.0, atol=1e-10)
    assert model.record.status in {Status.CONVERGED, Status.ROUNDING}
    assert model.record.certificate.gap <= 1e-13
    assert math.isinf(model.record.certificate.bound)
    assert model.fitted.fit.likelihoods.objective == pytest.approx(
        loops.objective(plain, coef, model.intercept_) * plain.total, rel=1e-12
    )


@cases
@ways
def test_every_way_leads_to_the_same_coefficients(name, way, by):
    X, arguments, _, deviation = lasso_case(name)
    first = fitted(X, tol=1e-13, **arguments)
    other = fitted(by(way)(X), tol=1e-13, **arguments)
    np.testing.assert_allclose(other.coef_ * deviation, first.coef_ * deviation, rtol=0, atol=1e-10)
    np.testing.assert_array_equal(other.coef_ == 0.0, first.coef_ == 0.0)


def states(name, way, by, steps):
    """The problem, and the states of the first steps."""
    X, arguments, plain, deviation = lasso_case(name)
    options = {key: value for key, value in arguments.items() if key in OPTIONS}
    rows = {key: arguments[key] for key in ("target", "weights", "offset")}
    problem = prepare(read(by(way)(X), **rows), FitOptions(solver=ProximalNewton(), **options))
    solver = proximal_newton(problem)
    assert isinstance(solver, ProximalNewtonOnRows) == (way in {"entries", "columns"})
    state = solver.start(null_start(problem))
    found = [state]
    for _ in range(steps):
        state = solver.step(state)
        found.append(state)
    best = fitted(X, tol=1e-13, **arguments)
    lowest = loops.objective(plain, best.coef_ * deviation, best.intercept_) * plain.total / problem.unit
    return solver, found, lowest


@cases
@ways
def test_the_gap_is_at_least_the_excess_after_every_step(name, way, by):
    solver, found, lowest = states(name, way, by, 9)
    for state in found:
        rounding = 1e-13 * lowest
        assert state.gap * state.value >= state.value - lowest - rounding
        plain = lower_bound(solver.problem, state.theta, state.slope)
        exact = exact_bound(solver.problem, state.theta, state.slope)
        assert plain - rounding <= exact <= lowest + rounding
    assert found[-1].gap < 1e-3


@cases
def test_a_bound_holds_where_the_intercepts_are_not_optimal(name, by):
    """Probabilities are handed on from classes that have too much; then bounds are lower, but bounds."""
    solver, found, lowest = states(name, "matrix", by, 6)
    rng = np.random.default_rng(0)
    for size in (1e-6, 1e-2, 1.0):
        theta = found[-1].theta + size * rng.normal(size=found[-1].theta.shape)
        slope = solver.problem.loss.slope(theta)
        plain, exact = (bound(solver.problem, theta, slope) for bound in (lower_bound, exact_bound))
        assert plain - 1e-13 * lowest <= exact <= lowest * (1.0 + 1e-13)
    assert lowest - lower_bound(solver.problem, found[-1].theta, found[-1].slope) < 1e-3 * lowest


@ways
def test_without_a_compiler_everything_comes_out_the_same(way, by, monkeypatch):
    for name in ("weights", "elastic net, three classes"):
        X, arguments, _, _ = lasso_case(name)
        X = by(way)(X)
        compiled = fitted(X, **arguments)
        for module in ("solvers.proximal.coordinate_descent", "core.sparse", "core.rows", "losses"):
            monkeypatch.setattr(f"logistica.{module}.library", lambda: None)
        plain = fitted(X, **arguments)
        monkeypatch.undo()
        by(way)
        assert plain.record.iterations == compiled.record.iterations
        np.testing.assert_allclose(plain.coef_, compiled.coef_, rtol=0, atol=1e-10)


@pytest.mark.parametrize("density", [1.0, 0.1])
@pytest.mark.parametrize("K", [2, 3])
def test_same_bits_for_any_number_of_threads(density, K):
    rng = np.random.default_rng(3)
    X = sparse.random_array((40_000, 300 if density < 1.0 else 30), density=density, rng=rng, format="csr")
    y = np.argmax(X @ rng.normal(size=(X.shape[1], K)) + rng.gumbel(size=(40_000, K)), axis=1)
    X = X if density < 1.0 else X.toarray()
    one, two = (fitted(X, target=y, C=0.05, threads=threads) for threads in (1, 2))
    np.testing.assert_array_equal(one.coef_, two.coef_)
    np.testing.assert_array_equal(one.intercept_, two.intercept_)


@ways
def test_the_order_of_rows_and_split_weights_change_nothing(way, by):
    X, arguments, _, _ = lasso_case("three classes, weights, offset")
    convert, rows = by(way), {key: arguments.pop(key) for key in ("target", "weights", "offset")}
    first = fitted(convert(X), tol=1e-13, **rows, **arguments)
    order = np.random.default_rng(1).permutation(len(X))
    turned = {key: values[order] for key, values in rows.items()}
    shuffled = fitted(convert(X[order]), tol=1e-13, **turned, **arguments)
    twice = {key: np.concatenate([values, values]) for key, values in rows.items()}
    twice["weights"] = np.concatenate([0.25 * rows["weights"], 0.75 * rows["weights"]])
    split = fitted(convert(np.concatenate([X, X])), tol=1e-13, **twice, **arguments)
    for other in (shuffled, split):
        np.testing.assert_allclose(other.coef_, first.coef_, rtol=0, atol=1e-10)


@ways
@pytest.mark.parametrize(("K", "solver"), [(2, "saga"), (3, "saga"), (2, "liblinear")])
def test_the_optimum_of_scikit_learn(way, by, K, solver):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(300, 10))
    y = np.argmax(X[:, :K] + rng.gumbel(size=(300, K)), axis=1)
    free = solver == "saga"  # liblinear penalises the intercept
    peer = Peer(C=0.2, l1_ratio=1.0, solver=solver, tol=1e-10, max_iter=20_000, fit_intercept=free).fit(X, y)
    intercept = np.atleast_1d(peer.intercept_)
    model = fitted(by(way)(X), target=y, C=0.2, fit_intercept=free)
    np.testing.assert_allclose(model.coef_, peer.coef_, atol=1e-6)
    np.testing.assert_allclose(model.intercept_ - model.intercept_[0], intercept - intercept[0], atol=1e-6)


@ways
@pytest.mark.parametrize("K", [2, 3])
def test_a_strong_penalty_leaves_exact_zeros_and_exact_intercepts(way, by, K):
    X, arguments, _, _ = lasso_case("two classes" if K == 2 else "three classes")
    model = fitted(by(way)(X), target=arguments["target"], C=1e-6)
    assert not model.coef_.any()
    assert not np.signbit(model.coef_).any()
    share = np.bincount(arguments["target"]) / len(X)
    np.testing.assert_allclose(model.predict_proba(X[:1])[0], share, rtol=1e-14)
    offset = np.random.default_rng(0).normal(size=(len(X), K)) if K > 2 else np.linspace(-2.0, 2.0, len(X))
    model = fitted(by(way)(X), target=arguments["target"], offset=offset, C=1e-6)
    assert not model.coef_.any()
    np.testing.assert_allclose(model.predict_proba(X, offset=offset).mean(axis=0), share, rtol=1e-10)


@ways
def test_scales_of_columns_do_not_matter_to_a_standardised_penalty(way, by):
    X, arguments, _, _ = lasso_case("standardised")
    first = fitted(by(way)(X), **arguments)
    scale = 10.0 ** np.linspace(-9, 9, X.shape[1])
    second = fitted(by(way)(X * scale + scale * np.arange(X.shape[1])), **arguments)
    np.testing.assert_allclose(second.coef_ * scale, first.coef_, rtol=0, atol=1e-9)
    assert second.record.converged


@ways
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("l1_ratio", [1.0, 0.5])
def test_columns_of_huge_numbers_are_certified(way, by, K, l1_ratio):
    """To them no penalty is of any strength, and of a bound rounding would leave nothing."""
    rng = np.random.default_rng(K)
    X = rng.normal(size=(300, 4))
    y = np.argmax(X[:, :K] + rng.gumbel(size=(300, K)), axis=1)
    found = []
    for size in (1e8, 1e11, 1e20, 1e100):
        model = fitted(by(way)(X * [1.0, size, 1.0, 1.0]), target=y, C=0.1, l1_ratio=l1_ratio)
        assert model.record.status is Status.CONVERGED
        assert model.record.iterations < 30
        found.append((model.coef_ * [1.0, size, 1.0, 1.0], model.fitted.fit.likelihoods.objective))
    for coef, value in found:
        np.testing.assert_allclose(coef - coef.mean(axis=0), found[-1][0] - found[-1][0].mean(axis=0), atol=1e-5)
        assert value == pytest.approx(found[-1][1], rel=1e-7)
    assert found[1][1] == pytest.approx(found[-1][1], rel=1.5e-10)


@ways
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("C", [1e-3, 1.0, 1e4])
def test_no_gap_is_smaller_than_rounding(way, by, K, C):
    X, arguments, _, _ = lasso_case("two classes" if K == 2 else "three classes")
    for tol in (0.0, 1e-17, 1e-15):
        record = fitted(by(way)(X), target=arguments["target"], C=C, tol=tol).record
        assert record.status is Status.ROUNDING
        assert slack_of(1.0) <= record.certificate.gap <= 1e-12
        assert record.iterations < 40
    assert fitted(by(way)(X), target=arguments["target"], C=C, tol=1e-12).record.status is Status.CONVERGED


@ways
@pytest.mark.parametrize("C", [1.0, 1e4])
def test_columns_that_stand_for_each_other(way, by, C):
    X, arguments, _, _ = lasso_case("two classes")
    twice = np.column_stack([X, X, np.ones(len(X)), X[:, 0] + X[:, 1]])
    single, double = (fitted(by(way)(x), target=arguments["target"], C=C, standardize=True) for x in (X, twice[:, :-1]))
    assert double.record.converged
    np.testing.assert_allclose(double.predict_proba(twice[:, :-1]), single.predict_proba(X), atol=1e-6)
    assert fitted(by(way)(twice), target=arguments["target"], C=C).record.converged


@ways
@pytest.mark.parametrize("C", [1.0, 1e3, 1e6])
def test_separated_classes_have_an_optimum(way, by, C):
    rng = np.random.default_rng(5)
    X = rng.normal(size=(80, 6))
    model = fitted(by(way)(X), target=(X[:, 0] + X[:, 1] > 0).astype(int), C=C)
    assert model.record.status is Status.CONVERGED
    assert model.separation is None


def test_a_weak_penalty_is_certified_down_to_rounding():
    """Where rounding makes products exceed the penalty's strength, the dual is computed instead of bounded."""
    X, arguments, _, _ = lasso_case("two classes")
    reference = logistica.fit(X, target=arguments["target"], C=math.inf)
    model = fitted(X, target=arguments["target"], C=1e7)
    assert model.record.converged
    assert model.record.certificate.gap <= 1e-9
    np.testing.assert_allclose(model.coef_, reference.coef_, atol=1e-5)


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("density", [1.0, 0.1])
def test_more_columns_than_rows(K, density):
    rng = np.random.default_rng(K)
    X = sparse.random_array((80, 900), density=density, rng=rng, format="csr")
    y = np.argmax(X.toarray()[:, :K] + 0.2 * rng.gumbel(size=(80, K)), axis=1)
    y[:K] = np.arange(K)
    models = [fitted(x, target=y, C=3.0) for x in (X, X.toarray())]
    for model in models:
        assert model.record.status is Status.CONVERGED
        assert 0 < np.count_nonzero(model.coef_.any(axis=0)) < 80
    values = [model.fitted.fit.likelihoods.objective for model in models]
    assert values[0] == pytest.approx(values[1], rel=2e-10)


def test_columns_far_from_zero():
    """Sparse columns whose zeros lie a million spreads from the others are written out, full ones centred."""
    rng = np.random.default_rng(2)
    X = sparse.random_array((400, 300), density=0.05, rng=rng, format="lil")
    X[:, [7]] = 1e6 + rng.normal(size=(400, 1))
    X[:, [8]] = 1e6
    X[0, 8] = 0.0
    X = X.tocsr()
    y = (X[:, [7]].toarray()[:, 0] - 1e6 + rng.logistic(size=400) > 0).astype(int)
    one, other = (fitted(x, target=y, C=2.0, standardize=True) for x in (X, X.toarray()))
    assert one.record.converged
    values = [model.fitted.fit.likelihoods.objective for model in (one, other)]
    assert values[0] == pytest.approx(values[1], rel=1e-9)
    assert one.coef_[0, 7] > 0.5


def test_what_is_said():
    X, arguments, _, _ = lasso_case("two classes")
    model = fitted(X, **arguments)
    gap = f"the objective is at most {model.record.certificate.gap:.1e} of itself above its minimum (duality gap)"
    assert model.record.message == f"Converged: {gap} (tol=1e-10)."
    assert f"to {model.record.certificate.gap:.1e} of the objective" in str(model.summary())
    with pytest.warns(ConvergenceWarning, match="after max_iter=1 steps: the objective is at most"):
        short = fitted(X, max_iter=1, **arguments)
    assert short.record.status is Status.MAX_ITERATIONS
    assert not short.record.converged
    late = quiet_fit(X, solver="proximal-newton", stop=Stop(seconds=0.0), **arguments)
    assert late.record.status is Status.TIME
    floor = fitted(X, tol=0.0, **arguments)
    assert floor.record.status in {Status.ROUNDING, Status.CONVERGED}
    assert floor.record.certificate.gap <= 1e-13


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"C": math.inf}, "is the share of a penalty that is L1, and there is none"),
        ({"C": math.inf, "l1_ratio": 0.0}, "is for an L1 penalty, such as C=1, l1_ratio=1, and there is none"),
        ({"l1_ratio": 0.0}, "Use solver='newton'"),
        ({"checkpoint": "run.ckpt"}, "checkpoint= is for first-order solvers"),
        ({"stop": Stop(patience=3)}, "is for first-order solvers"),
        ({"solver": "newton"}, "Use solver='proximal-newton'"),
        ({"solver": "lbfgs"}, "Use solver='proximal-newton'"),
        ({"solver": "adam"}, "Use solver='proximal-newton'"),
    ],
    ids=str,
)
def test_what_is_refused(options, words):
    with pytest.raises(OptionError, match=words):
        fitted(np.eye(4), target=[0, 1, 0, 1], **options)


def test_matrices_beyond_the_machine_are_refused(monkeypatch):
    X, arguments, _, _ = lasso_case("two classes")
    monkeypatch.setattr("logistica.solvers.proximal.proximal_newton.machine_memory", lambda: 1000)
    with pytest.raises(OptionError, match="with so weak a penalty 9 coefficients are in use"):
        fitted(X, **arguments)


def test_more_rows_than_an_entry_of_a_column_can_tell_are_refused(by, monkeypatch):
    X, arguments, _, _ = lasso_case("two classes")
    by("entries")
    monkeypatch.setattr("logistica.objective.by_column.MOST_ROWS", len(X) - 1)
    with pytest.raises(DataError, match="an L1 penalty on sparse rows is for at most"):
        fitted(sparse.csr_array(X), **arguments)


def test_a_saved_model_is_the_same(tmp_path):
    X, arguments, _, _ = lasso_case("elastic net, three classes")
    model = fitted(X, **arguments)
    model.save(tmp_path / "model.json")
    again = logistica.load(tmp_path / "model.json")
    np.testing.assert_array_equal(again.coef_, model.coef_)
    assert again.record.message == model.record.message
    assert again.fitted.fit.options.solver == ProximalNewton()


def test_the_history_goes_down():
    X, arguments, _, _ = lasso_case("three classes")
    losses = [row.loss for row in fitted(X, **arguments).record.history]
    assert all(after <= before * (1.0 + 1e-14) for before, after in pairwise(losses))
