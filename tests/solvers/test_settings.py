"""Solvers' records: what they refuse and how they say it, their defaults, their parameters, their stored form."""

from __future__ import annotations

import copy
import pickle
from fractions import Fraction

import numpy as np
import pytest
from sklearn.base import clone

import logistica
from logistica import (
    LBFGS,
    SGD,
    Adam,
    Constant,
    ConvergenceWarning,
    Cosine,
    GradientDescent,
    InverseTime,
    Newton,
    NewtonCG,
    Normal,
    OptionError,
    ProximalNewton,
    Step,
    Stop,
)
from logistica.fitting import FitOptions
from logistica.solvers.descent.starts import Given
from logistica.solvers.settings import SOLVERS, as_solver
from logistica.solvers.settings_values import solver_from_values, solver_values
from tests.solvers.quiet import penalty_for, quiet_fit

NAN, INF = float("nan"), float("inf")
NUMBER = r"it must be a finite number above 0, or 'auto'"

BAD = [
    (GradientDescent, {"learning_rate": 0.0}, rf"learning_rate=0.0: {NUMBER}"),
    (SGD, {"learning_rate": -0.1}, rf"learning_rate=-0.1: {NUMBER}"),
    (Adam, {"learning_rate": NAN}, rf"learning_rate=nan: {NUMBER}"),
    (SGD, {"learning_rate": INF}, rf"learning_rate=inf: {NUMBER}"),
    (SGD, {"learning_rate": "fast"}, rf"learning_rate='fast': {NUMBER}"),
    (SGD, {"learning_rate": True}, rf"learning_rate=True: {NUMBER}"),
    (SGD, {"learning_rate": None}, rf"learning_rate=None: {NUMBER}"),
    (SGD, {"epochs": 0}, r"epochs=0: it must be a whole number from 1"),
    (SGD, {"epochs": 2.5}, r"epochs=2.5: it must be a whole number from 1"),
    (GradientDescent, {"epochs": "auto"}, r"epochs='auto': it must be a whole number from 1"),
    (SGD, {"batch_size": 0}, r"batch_size=0: it must be a whole number from 1"),
    (SGD, {"batch_size": "all"}, r"batch_size='all': it must be a whole number from 1"),
    (SGD, {"shuffle": "yes"}, r"shuffle='yes': it must be True or False"),
    (SGD, {"average": 1.5}, r"average=1.5: it must be a share from 0 to 1"),
    (Adam, {"average": -0.1}, r"average=-0.1: it must be a share from 0 to 1"),
    (SGD, {"momentum": 1.0}, r"momentum=1.0: it must be a number from 0 to below 1"),
    (GradientDescent, {"momentum": -0.1}, r"momentum=-0.1: it must be a number from 0 to below 1"),
    (SGD, {"learning_rate": 0.1, "nesterov": True}, r"nesterov=True needs a momentum, such as momentum=0.9"),
    (GradientDescent, {"momentum": 0.0, "nesterov": True}, r"nesterov=True needs a momentum"),
    (SGD, {"nesterov": 3}, r"nesterov=3: it must be True or False"),
    (SGD, {"schedule": "linear"}, r"schedule='linear': it must be one of 'constant', 'step', .*Cosine\(final=0.01\)"),
    (SGD, {"schedule": 3}, r"schedule=3: it must be one of 'constant'"),
    (SGD, {"precondition": "no"}, r"precondition='no': it must be True or False"),
    (SGD, {"start": "ones"}, r"start='ones': it must be 'zeros', Normal\(sigma\), or a pair \(coef, intercept\)"),
    (SGD, {"start": (1, 2, 3)}, r"start=\(1, 2, 3\): it must be 'zeros'"),
    (Adam, {"beta_1": 1.0}, r"beta_1=1.0: it must be a number from 0 to below 1"),
    (Adam, {"beta_2": -1}, r"beta_2=-1: it must be a number from 0 to below 1"),
    (Adam, {"epsilon": 0}, r"epsilon=0: it must be a finite number above 0"),
    (Normal, {"sigma": 0.0}, r"sigma=0.0: it must be a finite number above 0"),
    (Step, {"every": 0}, r"every=0: it must be a whole number from 1"),
    (Step, {"by": 0.0}, r"by=0.0: it must be a number between 0 and 1"),
    (Step, {"by": 1.5}, r"by=1.5: it must be a number between 0 and 1"),
    (InverseTime, {"decay": -1.0}, r"decay=-1.0: it must be a number from 0"),
    (Cosine, {"final": 2.0}, r"final=2.0: it must be a number from 0 to 1"),
    (Stop, {"loss_change": -1e-9}, r"loss_change=-1e-09: it must be a number from 0, or None"),
    (Stop, {"gradient_norm": "small"}, r"gradient_norm='small': it must be a number from 0, or None"),
    (Stop, {"seconds": NAN}, r"seconds=nan: it must be a number from 0, or None"),
    (Stop, {"patience": 0}, r"patience=0: it must be a whole number from 1"),
    (Stop, {"validation_share": 0.0}, r"validation_share=0.0: it must be a share between 0 and 1"),
    (Stop, {"validation_share": 1.0}, r"validation_share=1.0: it must be a share between 0 and 1"),
    (
        FitOptions,
        {"solver": "saga"},
        r"solver='saga': it must be one of 'auto', 'newton', .*, or a record such as SGD\(",
    ),
    (FitOptions, {"solver": SGD}, r"solver=<class .*SGD'>: it must be one of 'auto'"),
    (FitOptions, {"solver": None}, r"solver=None: it must be one of 'auto'"),
    (FitOptions, {"random_state": -1}, r"random_state=-1: it must be a whole number from 0; the default is 0"),
    (FitOptions, {"random_state": None}, r"random_state=None: it must be a whole number from 0; the default is 0"),
    (FitOptions, {"keep_coefficients": "yes"}, r"keep_coefficients='yes': it must be True or False"),
    (FitOptions, {"l1_ratio": 1.1}, r"l1_ratio=1.1: it must be a number from 0 to 1"),
    (
        FitOptions,
        {"l1_ratio": 0.5, "C": 1.0, "solver": "newton"},
        r"l1_ratio=0.5: .*solver='newton' needs.*Use solver='proximal-newton'",
    ),
    (
        FitOptions,
        {"l1_ratio": 0.5, "C": 1.0, "solver": "adam"},
        r"l1_ratio=0.5: solver='adam' has no proximal steps.*Use solver='proximal-newton', solver='gradient-descent'"
        r" or solver='sgd'",
    ),
    (FitOptions, {"checkpoint": "a.npz"}, r"checkpoint= is for first-order solvers, such as solver='sgd'"),
]


@pytest.mark.parametrize(
    ("kind", "options", "message"), BAD, ids=[f"{kind.__name__}-{options}" for kind, options, _ in BAD]
)
def test_what_is_refused(kind, options, message):
    with pytest.raises(OptionError, match=message):
        kind(**options)


STARTS = [
    ((np.zeros(3), 0.0), r"start=: the coef has shape \(3,\); this model's has shape \(1, 4\) or \(4,\)"),
    ((np.zeros(4), [0.0, 0.0]), r"start=: the intercept has shape \(2,\); this model's has shape \(1,\) or \(\)"),
    ((["a"] * 4, 0.0), r"start=: the coef is not made of numbers: \['a'"),
    ((np.full(4, np.nan), 0.0), r"start=: the coef is not finite"),
    ((np.zeros(4), INF), r"start=: the intercept is not finite"),
]


@pytest.mark.parametrize(("start", "message"), STARTS)
def test_starts_that_do_not_fit(start, message):
    X, y = _data()
    with pytest.raises(OptionError, match=message):
        logistica.fit(X, target=y, solver=SGD(start=start))


def test_a_start_with_an_intercept_for_a_model_without_one():
    X, y = _data()
    with pytest.raises(OptionError, match="gives an intercept to a model without one; give 0"):
        logistica.fit(X, target=y, solver=SGD(start=(np.zeros(4), 1.0)), fit_intercept=False)


def test_a_start_for_three_classes_needs_all_of_them():
    X, y = _data(3)
    with pytest.raises(OptionError, match=r"the coef has shape \(4,\); this model's has shape \(3, 4\)$"):
        logistica.fit(X, target=y, solver=SGD(start=(np.zeros(4), np.zeros(3))))
    given = quiet_fit(X, target=y, solver=SGD(start=(np.ones((3, 4)), np.ones(3)), epochs=1), keep_coefficients=True)
    np.testing.assert_array_equal(given.record.history[0].coef, np.ones((3, 4)))


def _data(K=2):
    rng = np.random.default_rng(K)
    X = rng.normal(size=(100, 4))
    y = np.argmax(X @ rng.normal(size=(4, K)) + rng.gumbel(size=(100, K)), axis=1)
    return X, y


RECORDS = [
    Newton(),
    NewtonCG(),
    LBFGS(),
    ProximalNewton(),
    GradientDescent(),
    SGD(),
    Adam(),
    SGD(learning_rate=0.1, batch_size=7, epochs=3, shuffle=False, momentum=0.5, nesterov=True, average=0.25),
    SGD(schedule="step", precondition=False),
    GradientDescent(learning_rate=0.25, schedule=InverseTime(0.5), start=Normal(2.0), momentum=0.0),
    Adam(schedule=Step(every=3, by=0.9), beta_1=0.5, beta_2=0.9, epsilon=1e-6, precondition=True),
    GradientDescent(schedule=Cosine(0.1)),
    Adam(start=(np.arange(6.0).reshape(2, 3), [0.5, 0.0])),
    GradientDescent(schedule=Constant()),
    SGD(learning_rate=1),
    SGD(
        learning_rate=Fraction(1, 2), shuffle=np.True_, epochs=np.int64(3), schedule=Step(np.int64(3), np.float32(0.5))
    ),
]


@pytest.mark.parametrize("solver", RECORDS, ids=repr)
def test_records_are_stored_and_read_again(solver):
    values = solver_values(solver)
    assert solver_from_values(values) == solver
    assert solver_values(solver_from_values(values)) == values


@pytest.mark.parametrize("name", [[], {}, None, "bfgs", 3])
def test_a_stored_name_that_is_none_is_refused(name):
    with pytest.raises(OptionError, match="is none that is known"):
        solver_from_values({"name": name, "epochs": 3})
    with pytest.raises(OptionError, match="is none that is known"):
        solver_from_values({"name": "sgd", "schedule": {"name": name}})


def test_a_given_start_is_stored_and_read_again():
    solver = SGD(start=(np.arange(4.0), 0.5))
    again = solver_from_values(solver_values(solver))
    assert again == solver
    assert again.start == Given((0.0, 1.0, 2.0, 3.0), 0.5)


STARTS_BY_VALUE = [
    ((np.arange(3.0), 0.5), ([0, 1, 2], np.array(0.5))),
    ((np.arange(6).reshape(2, 3), np.ones(2)), (((0.0, 1.0, 2.0), (3.0, 4.0, 5.0)), (1, 1))),
    ((np.float32([1.5]), -0.0), ([1.5], 0)),
]


@pytest.mark.parametrize(("one", "other"), STARTS_BY_VALUE)
@pytest.mark.parametrize("kind", [GradientDescent, SGD, Adam])
def test_starts_are_compared_and_hashed_by_value(kind, one, other):
    first, second = kind(start=one), kind(start=other)
    assert first == second
    assert len({first, second}) == 1
    assert first != kind()
    assert first != kind(start=(one[0], np.asarray(one[1]) + 1.0))
    assert first != kind(start=(np.asarray(one[0])[None], one[1]))
    assert FitOptions(solver=first) == FitOptions(solver=second)
    for again in (copy.deepcopy(first), clone(first), pickle.loads(pickle.dumps(first)), eval(repr(first))):
        assert again == first
        assert hash(again) == hash(first)


def test_a_start_is_a_copy():
    coef = np.arange(4.0)
    solver = SGD(start=(coef, 0.5))
    changed = SGD().set_params(start=(coef, 0.5))
    coef[0] = 9.0
    assert solver == changed == SGD(start=([0.0, 1.0, 2.0, 3.0], 0.5))
    assert hash(solver) == hash(changed)


@pytest.mark.parametrize("rate", [np.float32(0.5), np.float64(0.5), np.int64(1), Fraction(1, 2)], ids=repr)
def test_numbers_of_every_kind_are_learning_rates(tmp_path, rate):
    """Also in a saved model."""
    X, y = _data()
    model = quiet_fit(X, target=y, solver=SGD(learning_rate=rate, epochs=2))
    plain = quiet_fit(X, target=y, solver=SGD(learning_rate=float(rate), epochs=2))
    np.testing.assert_array_equal(model.coef_, plain.coef_)
    model.save(tmp_path / "m.json")
    loaded = logistica.load(tmp_path / "m.json").fitted.fit.options.settings
    assert loaded.learning_rate == float(rate)


@pytest.mark.parametrize("solver", RECORDS, ids=repr)
def test_records_are_copied_cloned_and_pickled(solver):
    for again in (copy.deepcopy(solver), clone(solver), pickle.loads(pickle.dumps(solver))):
        assert again == solver
        assert again.get_params() == solver.get_params()


def test_parameters_are_changed_all_or_none():
    solver = SGD()
    assert solver.set_params(learning_rate=0.5, epochs=7) is solver
    assert solver == SGD(learning_rate=0.5, epochs=7)
    with pytest.raises(OptionError, match="epochs=0"):
        solver.set_params(learning_rate=0.25, epochs=0)
    with pytest.raises(OptionError, match=r"SGD has no parameter 'eta'; it has learning_rate, epochs, "):
        solver.set_params(learning_rate=0.25, eta=1)
    assert solver == SGD(learning_rate=0.5, epochs=7)


def test_records_cannot_be_changed_by_assignment():
    with pytest.raises(AttributeError):
        SGD().epochs = 3


@pytest.mark.parametrize("name", SOLVERS)
def test_a_name_is_the_record_with_its_defaults(name):
    assert as_solver(name) == SOLVERS[name]()
    assert as_solver(SOLVERS[name]()) == SOLVERS[name]()
    X, y = _data()
    first, other = (quiet_fit(X, target=y, solver=one, **penalty_for(name)) for one in (name, SOLVERS[name]()))
    np.testing.assert_array_equal(first.coef_, other.coef_)


def test_automatic_and_given_rates_bring_their_own_defaults():
    """Whoever gives a learning rate gets the plain method; the automatic one has all that makes it work untuned."""
    for kind in (GradientDescent, SGD, Adam):
        assert kind().automatic
        assert kind().preconditions
        assert not kind(precondition=False).preconditions
        assert not kind(learning_rate=0.1).preconditions
        assert kind(learning_rate=0.1, precondition=True).preconditions
        assert kind(learning_rate=0.1).chosen_schedule == Constant()
    assert GradientDescent().chosen_schedule == Constant()
    for kind in (SGD, Adam):
        assert kind().chosen_schedule == Cosine()
        assert kind(schedule="constant").chosen_schedule == Constant()
        assert kind().averaged_share(lasso=False) == (0.25 if kind is SGD else 0.0)
        assert kind(average=0.5).averaged_share(lasso=False) == 0.5
        assert kind(learning_rate=0.1).averaged_share(lasso=False) == 0.0
        assert kind(average=0.0).averaged_share(lasso=False) == 0.0
        assert kind().averaged_share(lasso=True) == 0.0
        assert kind(average=0.5).averaged_share(lasso=True) == 0.5


@pytest.mark.parametrize("p", [1, 5])
def test_the_automatic_rate_of_gradient_descent_is_the_inverse_of_the_largest_curvature(p):
    """In the user's columns with precondition=False: 1 / (largest eigenvalue / 4 + ridge), to a part in a thousand."""
    rng = np.random.default_rng(p)
    X = rng.normal(size=(500, p)) * 3.0
    y = (X[:, 0] + rng.logistic(size=500) > 0).astype(int)
    weights = rng.uniform(0.5, 2.0, size=500)
    Z = np.column_stack([np.ones(500), X])
    L = np.linalg.eigvalsh(Z.T @ (Z * weights[:, None]) / weights.sum())[-1] / 4.0 + 2.0 / weights.sum()
    model = quiet_fit(X, target=y, weights=weights, C=0.5, solver=GradientDescent(precondition=False, epochs=1))
    assert model.record.history[1].step_size == pytest.approx(1.0 / L, rel=2e-3)


def test_the_automatic_rate_of_batches_lies_between_those_of_a_row_and_of_all():
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 3))
    y = (X[:, 0] + rng.logistic(size=300) > 0).astype(int)
    Z = np.column_stack([np.ones(300), X])
    whole = np.linalg.eigvalsh(Z.T @ Z / 300)[-1] / 4.0
    row = (Z**2).sum(axis=1).max() / 4.0
    rates = {}
    for size in (1, 10, 299, 300):
        solver = SGD(precondition=False, epochs=1, batch_size=size, schedule="constant")
        rates[size] = quiet_fit(X, target=y, solver=solver).record.history[1].step_size
    assert rates[1] == pytest.approx(1.0 / row, rel=1e-9)
    assert rates[300] == pytest.approx(1.0 / whole, rel=2e-3)
    between = (300 * 9 * whole + 290 * row) / (10 * 299)
    assert rates[10] == pytest.approx(1.0 / between, rel=2e-3)
    assert rates[1] < rates[10] < rates[299] < rates[300]


@pytest.mark.parametrize("stop", [{"seconds": 3}, 3, 0, Stop])
@pytest.mark.parametrize("solver", ["newton", "sgd"])
def test_rules_of_stopping_are_a_record(stop, solver):
    with pytest.raises(OptionError, match=r"stop=.*: it must be a record such as Stop\(seconds=10\), or None"):
        logistica.fit([[0.0], [1.0]], target=[0, 1], solver=solver, stop=stop)


@pytest.mark.parametrize("callback", [3, "print"])
def test_a_callback_can_be_called(callback):
    with pytest.raises(OptionError, match=r"callback=.*: it must be a function of a row of the history, or None"):
        logistica.fit([[0.0], [1.0]], target=[0, 1], callback=callback)


@pytest.mark.parametrize("answer", ["stop", 1, np.ones(2)])
def test_a_callback_answers_true_or_false(answer):
    with pytest.raises(OptionError, match=r"callback= returned .*: it must return True to end the fit"):
        logistica.fit([[0.0], [1.0], [0.0], [1.0]], target=[0, 1, 1, 0], callback=lambda row: answer)


@pytest.mark.parametrize("given", [[1.0, 2.0], np.ones(2), "even"])
def test_class_weights_are_a_mapping_or_balanced(given):
    with pytest.raises(OptionError, match=r"class_weight=.*: it must be 'balanced', or weights by label"):
        logistica.fit([[0.0], [1.0]], target=[0, 1], class_weight=given)


def test_an_ending_that_was_asked_for_has_its_own_remedy():
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(60, 2)), rng.integers(0, 2, 60)
    with pytest.warns(ConvergenceWarning, match=r"A smaller Stop\(loss_change=\.\.\.\) brings it closer"):
        logistica.fit(X, target=y, solver="gradient-descent", stop=Stop(loss_change=0.5))
    with pytest.warns(ConvergenceWarning, match="Diverged") as found:
        logistica.fit(X, target=y, solver=Adam(learning_rate=1e308))
    assert "closer" not in str(found[0].message)
