"""The estimator inside scikit-learn's machinery: clone, pickle, pipelines, searches, frames, and the same numbers."""

from __future__ import annotations

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone, is_classifier
from sklearn.compose import ColumnTransformer
from sklearn.exceptions import ConvergenceWarning as SklearnConvergenceWarning
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression as Peer
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import logistica
from logistica import LogisticRegression

PARAMETERS = {
    "C": 0.5,
    "l1_ratio": 0.0,
    "fit_intercept": False,
    "standardize": True,
    "solver": "newton",
    "tol": 1e-8,
    "max_iter": 50,
    "on_separation": "raise",
    "class_weight": "balanced",
    "resample": None,
    "restore_prevalence": True,
    "random_state": 3,
    "stop": None,
    "keep_coefficients": True,
    "checkpoint": "run.ckpt",
    "callback": print,
    "n_jobs": 1,
    "progress": False,
}
PREDICTIONS = ("decision_function", "predict_proba", "predict_log_proba", "predict")


def _data(K=2, n=300, p=4, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    y = np.argmax(X @ rng.normal(size=(p, K)) + rng.gumbel(size=(n, K)), axis=1)
    return X, y


def _same_predictions(first, second, X):
    for name in PREDICTIONS:
        np.testing.assert_array_equal(getattr(first, name)(X), getattr(second, name)(X))


def test_parameters_go_in_and_come_out():
    estimator = LogisticRegression(**PARAMETERS)
    assert estimator.get_params() == PARAMETERS
    estimator.set_params(C=2.0, tol=1e-6)
    assert estimator.get_params() == PARAMETERS | {"C": 2.0, "tol": 1e-6}
    with pytest.raises(ValueError, match="penalty"):
        estimator.set_params(penalty="l2")


def test_defaults_are_plain_maximum_likelihood():
    assert np.inf == LogisticRegression().C
    assert is_classifier(LogisticRegression())


def test_parameters_are_checked_by_fit_not_before():
    X, y = _data()
    estimator = LogisticRegression(C=-1.0)
    with pytest.raises(logistica.OptionError, match=r"C=-1.0: it must be a number above 0"):
        estimator.fit(X, y)
    assert not hasattr(estimator, "coef_")


def test_a_clone_is_unfitted_and_fits_alike():
    X, y = _data()
    fitted = LogisticRegression(C=0.7).fit(X, y)
    copy = clone(fitted)
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "model_")
    np.testing.assert_array_equal(copy.fit(X, y).coef_, fitted.coef_)


def test_fit_returns_the_estimator_and_changes_no_parameter():
    X, y = _data()
    estimator = LogisticRegression(C=3.0)
    before = estimator.get_params()
    assert estimator.fit(X, y) is estimator
    assert estimator.get_params() == before


@pytest.mark.parametrize("K", [2, 3])
def test_attributes(K):
    X, y = _data(K)
    estimator = LogisticRegression().fit(X, y)
    rows = 1 if K == 2 else K
    assert estimator.coef_.shape == (rows, 4)
    assert estimator.intercept_.shape == (rows,)
    assert estimator.classes_.tolist() == list(range(K))
    assert estimator.n_iter_.shape == (1,)
    assert estimator.n_iter_[0] == estimator.model_.record.iterations > 0
    assert estimator.n_features_in_ == 4
    assert not hasattr(estimator, "feature_names_in_")
    np.testing.assert_array_equal(estimator.coef_, estimator.model_.coef_)


@pytest.mark.parametrize("K", [2, 3])
def test_pickles_predict_the_same_bits(K):
    X, y = _data(K)
    estimator = LogisticRegression(C=2.0).fit(X, y)
    _same_predictions(pickle.loads(pickle.dumps(estimator)), estimator, X)
    _same_predictions(pickle.loads(pickle.dumps(estimator.model_)), estimator.model_, X)


def test_a_pickle_holds_no_training_rows():
    X, y = _data(n=50_000)
    assert len(pickle.dumps(LogisticRegression().fit(X, y))) < X.nbytes / 20


@pytest.mark.parametrize("method", [*PREDICTIONS, "score", "summary", "history"])
def test_what_is_not_fitted_says_so(method):
    X, y = _data()
    arguments = {"score": (X, y), "summary": (), "history": ()}.get(method, (X,))
    with pytest.raises(NotFittedError):
        getattr(LogisticRegression(), method)(*arguments)


@pytest.mark.parametrize("K", [2, 3])
def test_score_is_the_share_of_right_predictions(K):
    X, y = _data(K)
    estimator = LogisticRegression().fit(X, y)
    right = estimator.predict(X) == y
    assert estimator.score(X, y) == right.mean()
    weights = np.random.default_rng(1).uniform(size=len(y))
    assert estimator.score(X, y, weights) == pytest.approx(weights[right].sum() / weights.sum(), rel=1e-12)


@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("intercept", [True, False], ids=["intercept", "origin"])
@pytest.mark.parametrize("K", [2, 3])
def test_the_same_numbers_as_scikit_learn(K, intercept, weighted):
    """At C=1 newton-cholesky and ours minimise the same function."""
    X, y = _data(K, seed=K)
    weights = np.random.default_rng(2).uniform(0.2, 4, size=len(y)) if weighted else None
    peer = Peer(C=1.0, solver="newton-cholesky", tol=1e-12, max_iter=1000, fit_intercept=intercept)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the peer's line search complains at its rounding floor
        peer.fit(X, y, sample_weight=weights)
    ours = LogisticRegression(C=1.0, fit_intercept=intercept).fit(X, y, sample_weight=weights)
    np.testing.assert_allclose(ours.coef_, peer.coef_, rtol=0, atol=1e-8)
    centred = peer.intercept_ - peer.intercept_.mean() if K > 2 else peer.intercept_
    np.testing.assert_allclose(ours.intercept_, centred, rtol=0, atol=1e-8)
    np.testing.assert_allclose(ours.predict_proba(X), peer.predict_proba(X), rtol=0, atol=1e-8)
    np.testing.assert_array_equal(ours.predict(X), peer.predict(X))
    np.testing.assert_array_equal(ours.classes_, peer.classes_)
    assert ours.decision_function(X).shape == peer.decision_function(X).shape


def test_in_a_pipeline():
    X, y = _data()
    X = X * [1, 100, 1e-3, 1] + [0, 5, 0, 1e3]
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(C=1.0)).fit(X, y)
    by_hand = LogisticRegression(C=1.0, standardize=True).fit(X, y)
    np.testing.assert_allclose(pipeline.predict_proba(X), by_hand.predict_proba(X), rtol=1e-8)
    assert pipeline.score(X, y) == by_hand.score(X, y)


def test_in_a_grid_search():
    X, y = _data(3)
    search = GridSearchCV(LogisticRegression(), {"C": [1e-3, 1.0, np.inf]}, scoring="neg_log_loss", cv=4)
    search.fit(X, y)
    assert search.best_params_["C"] in {1.0, np.inf}
    refit = LogisticRegression(C=search.best_params_["C"]).fit(X, y)
    np.testing.assert_array_equal(search.best_estimator_.coef_, refit.coef_)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_in_a_grid_search_with_processes():
    X, y = _data()
    grid = {"C": [0.1, 1.0]}
    one, two = (GridSearchCV(LogisticRegression(), grid, n_jobs=jobs, cv=2).fit(X, y) for jobs in (1, 2))
    np.testing.assert_array_equal(one.cv_results_["mean_test_score"], two.cv_results_["mean_test_score"])


def test_cross_validation_with_sample_weight():
    X, y = _data()
    weights = np.random.default_rng(3).integers(0, 3, size=len(y)).astype(float)
    scores = cross_val_score(LogisticRegression(C=1.0), X, y, params={"sample_weight": weights}, cv=3)
    from sklearn.model_selection import StratifiedKFold

    for score, (train, test) in zip(scores, StratifiedKFold(3).split(X, y), strict=True):
        fitted = LogisticRegression(C=1.0).fit(X[train], y[train], sample_weight=weights[train])
        assert score == fitted.score(X[test], y[test])


def test_cross_validated_probabilities():
    X, y = _data(3)
    proba = cross_val_predict(LogisticRegression(), X, y, method="predict_proba", cv=3)
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, rtol=1e-14)


@pytest.mark.parametrize("dense", [True, False])
def test_after_a_column_transformer(dense):
    rng = np.random.default_rng(4)
    frame = pd.DataFrame({"size": rng.normal(size=200), "kind": rng.choice(["a", "b", "c"], size=200)})
    y = (frame["size"] + (frame["kind"] == "b") + rng.logistic(size=200) > 0).to_numpy()
    encoder = OneHotEncoder(drop="first", sparse_output=not dense)
    columns = ColumnTransformer([("n", StandardScaler(), ["size"]), ("k", encoder, ["kind"])], sparse_threshold=1.0)
    pipeline = make_pipeline(columns, LogisticRegression()).fit(frame, y)
    by_name = logistica.fit(frame, target=y)
    np.testing.assert_allclose(pipeline.predict_proba(frame), by_name.predict_proba(frame), rtol=1e-9)


def test_after_a_transformer_that_gives_frames():
    X, y = _data()
    frame = pd.DataFrame(X, columns=list("abcd"))
    pipeline = make_pipeline(StandardScaler(), LogisticRegression()).set_output(transform="pandas").fit(frame, y)
    assert pipeline[-1].feature_names_in_.tolist() == list("abcd")


@pytest.mark.parametrize("kind", [pd.DataFrame, pl.DataFrame], ids=["pandas", "polars"])
def test_frames_are_matched_by_name(kind):
    X, y = _data()
    frame = kind(dict(zip("abcd", X.T, strict=True)))
    estimator = LogisticRegression().fit(frame, y)
    assert estimator.feature_names_in_.dtype == object
    assert estimator.feature_names_in_.tolist() == list("abcd")
    assert estimator.n_features_in_ == 4
    plain = LogisticRegression().fit(X, y)
    np.testing.assert_array_equal(estimator.coef_, plain.coef_)
    reordered = frame[["c", "a", "d", "b"]]
    for name in PREDICTIONS:
        np.testing.assert_array_equal(getattr(estimator, name)(reordered), getattr(estimator, name)(frame))


def test_a_missing_column_is_named():
    X, y = _data()
    frame = pd.DataFrame(X, columns=list("abcd"))
    with pytest.raises(ValueError, match="'c'"):
        LogisticRegression().fit(frame, y).predict(frame[["a", "b", "d"]])


def test_names_are_forgotten_by_a_fit_without():
    X, y = _data()
    estimator = LogisticRegression().fit(pd.DataFrame(X, columns=list("abcd")), y)
    assert not hasattr(estimator.fit(X, y), "feature_names_in_")


@pytest.mark.parametrize("form", [sparse.csr_array, sparse.csc_matrix, sparse.coo_array])
@pytest.mark.parametrize("K", [2, 3])
def test_sparse_input(form, K):
    X, y = _data(K)
    X = np.where(np.abs(X) < 0.6, 0.0, X)
    dense, light = LogisticRegression().fit(X, y), LogisticRegression().fit(form(X), y)
    np.testing.assert_allclose(light.coef_, dense.coef_, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(light.predict_proba(form(X)), dense.predict_proba(X), rtol=1e-9)


LABELS = {
    "text": np.array(["no", "yes", "perhaps"]),
    "objects": np.array(["no", "yes", "perhaps"], dtype=object),
    "numbers": np.array([-1, 7, 3]),
    "floats": np.array([0.0, 1.0, 2.0]),
}


@pytest.mark.parametrize(("kind", "K"), [("bool", 2), *((kind, K) for kind in LABELS for K in (2, 3))])
def test_labels_come_back_as_they_went_in(kind, K):
    X, codes = _data(K)
    names = np.array([False, True]) if kind == "bool" else LABELS[kind]
    y = names[codes]
    estimator = LogisticRegression().fit(X, y)
    assert estimator.classes_.tolist() == sorted(set(y.tolist()))
    assert set(estimator.predict(X).tolist()) <= set(y.tolist())
    assert estimator.predict(X).dtype == y.dtype
    assert estimator.score(X, y) > 0.5
    peer = Peer(C=1.0).fit(X, y)
    np.testing.assert_array_equal(peer.classes_, estimator.classes_)


def test_lists_and_columns_as_y():
    X, y = _data()
    expected = LogisticRegression().fit(X, y).coef_
    for form in (y.tolist(), pd.Series(y), pd.Series(y, index=np.arange(len(y))[::-1])):
        np.testing.assert_array_equal(LogisticRegression().fit(X, form).coef_, expected)
    np.testing.assert_array_equal(LogisticRegression().fit(X.tolist(), y).coef_, expected)


def test_an_offset_in_fit_and_predict():
    X, y = _data()
    offset = X[:, 0] * 0.5
    whole = LogisticRegression().fit(X, y)
    part = LogisticRegression().fit(X, y, offset=offset)
    np.testing.assert_allclose(part.coef_[0] + [0.5, 0, 0, 0], whole.coef_[0], rtol=1e-8)
    np.testing.assert_allclose(part.predict_proba(X, offset=offset), whole.predict_proba(X), rtol=1e-8)
    with pytest.raises(ValueError, match="offset="):
        part.predict(X)


def test_separated_classes_warn_as_scikit_learn_s_convergence_does():
    X = np.arange(20.0)[:, None]
    y = (X[:, 0] > 9).astype(int)
    with pytest.warns(SklearnConvergenceWarning) as caught:
        estimator = LogisticRegression().fit(X, y)
    assert all(issubclass(warning.category, logistica.SeparationWarning) for warning in caught)
    assert "C=1" in str(caught[0].message)
    assert caught[0].filename == __file__
    assert estimator.score(X, y) == 1.0
    assert np.isfinite(estimator.coef_).all()
    assert LogisticRegression(C=1.0).fit(X, y).score(X, y) == 1.0


def test_too_few_steps_warn_alike():
    X, y = _data()
    with pytest.warns(SklearnConvergenceWarning, match="max_iter=1") as caught:
        estimator = LogisticRegression(max_iter=1).fit(X, y)
    assert issubclass(caught[0].category, logistica.ConvergenceWarning)
    assert estimator.n_iter_.tolist() == [1]


def test_separated_classes_as_an_error():
    X = np.arange(20.0)[:, None]
    with pytest.raises(logistica.SeparationError, match="completely separated") as error:
        LogisticRegression(on_separation="raise").fit(X, X[:, 0] > 9)
    assert error.value.separation.verdict == "complete"


@pytest.mark.parametrize("jobs", [None, -1, 1, 2])
def test_the_number_of_jobs_does_not_matter(jobs):
    X, y = _data(n=40_000)
    np.testing.assert_array_equal(
        LogisticRegression(n_jobs=jobs).fit(X, y).coef_, LogisticRegression(n_jobs=1).fit(X, y).coef_
    )


def test_bad_input_is_a_value_error():
    X, y = _data()
    X[3, 1] = np.nan
    with pytest.raises(ValueError, match="row 3"):
        LogisticRegression().fit(X, y)
    with pytest.raises(ValueError, match="class"):
        LogisticRegression().fit(_data()[0], np.zeros(300))
    with pytest.raises(ValueError, match="rows"):
        LogisticRegression().fit(_data()[0], y[:-1])


def test_the_model_behind_the_face(tmp_path):
    X, y = _data()
    estimator = LogisticRegression().fit(X, y)
    estimator.model_.save(tmp_path / "m.json")
    _same_predictions(logistica.load(tmp_path / "m.json"), estimator, X)


def test_a_second_fit_forgets_the_first():
    X, y = _data()
    estimator = LogisticRegression().fit(*_data(3, p=2))
    estimator.fit(X, y)
    np.testing.assert_array_equal(estimator.coef_, LogisticRegression().fit(X, y).coef_)
    assert estimator.coef_.shape == (1, 4)


def test_repr_and_html():
    assert repr(LogisticRegression(C=2.0)) == "LogisticRegression(C=2.0)"
    assert "LogisticRegression" in LogisticRegression()._repr_html_()
