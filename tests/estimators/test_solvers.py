"""Solvers behind scikit-learn's door: searches over them and inside them, clones, pickles, class weights, warnings."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning as SklearnConvergenceWarning
from sklearn.linear_model import LogisticRegression as Peer
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import check_estimator

import logistica
from logistica import SGD, Adam, GradientDescent, LogisticRegression, Newton, Stop

pytestmark = pytest.mark.filterwarnings("ignore::logistica.ConvergenceWarning")


def _data(K=2, n=300, p=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    y = np.argmax(X @ rng.normal(size=(p, K)) + rng.gumbel(size=(n, K)), axis=1)
    return X, y


def test_parameters_inside_the_solver():
    estimator = LogisticRegression(solver=SGD(epochs=5))
    assert estimator.get_params()["solver__epochs"] == 5
    estimator.set_params(solver__learning_rate=0.1, solver__momentum=0.5)
    assert estimator.solver == SGD(epochs=5, learning_rate=0.1, momentum=0.5)
    with pytest.raises(ValueError, match="epochs=0"):
        estimator.set_params(solver__epochs=0)
    with pytest.raises(ValueError, match="eta"):
        estimator.set_params(solver__eta=0.1)


def test_a_clone_has_a_solver_of_its_own():
    estimator = LogisticRegression(solver=SGD(start=(np.ones((1, 4)), [0.0])), stop=Stop(patience=3))
    copy = clone(estimator)
    assert copy.solver is not estimator.solver
    copy.set_params(solver__epochs=3)
    assert estimator.solver.epochs is None


def test_a_search_over_a_solver_s_parameters():
    X, y = _data()
    grid = {"solver__learning_rate": [1e-6, 0.1], "solver__epochs": [3]}
    estimator = LogisticRegression(solver=SGD())
    search = GridSearchCV(estimator, grid, scoring="neg_log_loss", cv=3).fit(X, y)
    assert search.best_params_ == {"solver__learning_rate": 0.1, "solver__epochs": 3}
    assert estimator.solver == SGD()
    by_hand = LogisticRegression(solver=SGD(learning_rate=0.1, epochs=3)).fit(X, y)
    np.testing.assert_array_equal(search.best_estimator_.coef_, by_hand.coef_)


def test_a_search_over_solvers():
    X, y = _data(3)
    solvers = ["newton", "sgd", Adam(epochs=20), GradientDescent(epochs=50), Newton()]
    search = GridSearchCV(LogisticRegression(), {"solver": solvers, "C": [1.0, np.inf]}, cv=2).fit(X, y)
    assert len(search.cv_results_["params"]) == 10
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert np.ptp(search.cv_results_["mean_test_score"]) < 0.03


def test_a_search_with_processes_in_a_pipeline():
    X, y = _data()
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(solver=SGD(epochs=3)))
    grid = {"logisticregression__solver__learning_rate": [0.01, 0.1]}
    one, two = (GridSearchCV(pipeline, grid, n_jobs=jobs, cv=2).fit(X, y) for jobs in (1, 2))
    np.testing.assert_array_equal(one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"])


@pytest.mark.parametrize("solver", ["gradient-descent", SGD(epochs=4), Adam(epochs=4)], ids=str)
@pytest.mark.parametrize("K", [2, 3])
def test_pickles(solver, K):
    X, y = _data(K)
    estimator = LogisticRegression(solver=solver).fit(X, y)
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(again.predict_proba(X), estimator.predict_proba(X))
    assert [row.loss for row in again.model_.record.history] == [row.loss for row in estimator.model_.record.history]


@pytest.mark.parametrize("solver", ["newton", "gradient-descent"])
@pytest.mark.parametrize("class_weight", ["balanced", {0: 2.0, 1: 0.5}, {1: 3.0}], ids=str)
@pytest.mark.parametrize("K", [2, 3])
def test_class_weights_are_scikit_learn_s(K, class_weight, solver):
    X, y = _data(K, seed=K)
    y[40:150] = 0
    weights = np.random.default_rng(2).uniform(0.2, 4, size=len(y)) if K == 3 and class_weight != "balanced" else None
    peer = Peer(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=1000, class_weight=class_weight)
    peer.fit(X, y, sample_weight=weights)
    ours = LogisticRegression(C=1.0, class_weight=class_weight, solver=solver).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(ours.predict_proba(X), peer.predict_proba(X), rtol=0, atol=1e-8)
    np.testing.assert_allclose(ours.coef_, peer.coef_, rtol=0, atol=1e-8)


@pytest.mark.filterwarnings("default::logistica.ConvergenceWarning")
def test_what_has_not_converged_warns_as_scikit_learn_does():
    X, y = _data()
    with pytest.warns(SklearnConvergenceWarning, match="Ended: all epochs done"):
        LogisticRegression(solver=SGD(learning_rate=1e-3, epochs=1)).fit(X, y)


def test_n_iter_is_the_number_of_epochs():
    X, y = _data()
    assert LogisticRegression(solver=SGD(epochs=7)).fit(X, y).n_iter_.tolist() == [7]


def test_the_seed_is_a_parameter():
    X, y = _data()
    first, again, other = (
        LogisticRegression(solver=SGD(learning_rate=0.1, epochs=2), random_state=seed).fit(X, y) for seed in (0, 0, 1)
    )
    np.testing.assert_array_equal(first.coef_, again.coef_)
    assert (first.coef_ != other.coef_).all()


def test_stopping_early_behind_the_door():
    X, y = _data()
    estimator = LogisticRegression(solver="gradient-descent", stop=Stop(gradient_norm=1e-2)).fit(X, y)
    assert estimator.model_.record.status == "the gradient is small"
    assert logistica.LogisticRegression(stop=Stop(seconds=100.0)).fit(X, y).model_.record.converged


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("solver", ["sgd", "gradient-descent", "adam"])
def test_scikit_learn_s_own_checks(solver):
    """What Newton's method passes all pass; but one check sets max_iter, which they refuse."""
    failed = {
        name: {
            result["check_name"]
            for result in check_estimator(LogisticRegression(solver=name), on_fail=None, on_skip=None)
            if result["status"] == "failed"
        }
        for name in ("newton", solver)
    }
    assert failed[solver] - failed["newton"] == {"check_class_weight_classifiers"}
