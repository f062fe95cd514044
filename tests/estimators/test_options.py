"""Options that scikit-learn has no word for, behind its door: the same fits as from :func:`logistica.fit`."""

from __future__ import annotations

import warnings

import numpy as np
import polars as pl
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.utils import get_tags

import logistica
from logistica import SGD, LogisticRegression

CONTAINERS = {
    "array": np.asarray,
    "float32": np.float32,
    "sparse": sparse.csr_array,
    "polars": lambda X: pl.DataFrame(dict(zip("abc", X.T, strict=True))),
}


def _data(K=2, n=200, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 3)).astype(np.float32).astype(float)
    y = np.argmax(X @ rng.normal(size=(3, K)) + rng.gumbel(size=(n, K)) + np.r_[2.0, np.zeros(K - 1)], axis=1)
    return X, y


def _quiet(run):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)
        return run()


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize(
    "options",
    [
        {"resample": "over"},
        {"resample": "under", "restore_prevalence": True, "random_state": 5},
        {"class_weight": "balanced", "restore_prevalence": True, "solver": SGD(epochs=3), "keep_coefficients": True},
    ],
    ids="-".join,
)
def test_the_same_as_from_fit(options, K, weighted, container):
    X, y = _data(K)
    X = CONTAINERS[container](X)
    weights = np.random.default_rng(1).uniform(0.5, 2.0, size=len(y)) if weighted else None
    model = _quiet(lambda: logistica.fit(X, target=y, weights=weights, **options))
    estimator = _quiet(lambda: LogisticRegression(**options).fit(X, y, sample_weight=weights))
    np.testing.assert_array_equal(estimator.coef_, model.coef_)
    np.testing.assert_array_equal(estimator.intercept_, model.intercept_)
    assert estimator.model_.record.notes == model.record.notes


REFUSED = (
    {"resample": "both"},
    {"restore_prevalence": True},
    {"callback": 3},
    {"checkpoint": 3},
    {"checkpoint": "run.ckpt"},  # Newton's method has none
    {"keep_coefficients": "yes"},
    {"progress": "yes"},
    {"fit_intercept": (True, False)},
)


@pytest.mark.parametrize("options", REFUSED, ids=str)
def test_refusals_come_from_fit_and_name_the_option(options):
    X, y = _data()
    estimator = LogisticRegression(**options)
    assert clone(estimator).get_params() == estimator.get_params()
    with pytest.raises(logistica.OptionError, match=next(iter(options))):
        estimator.fit(X, y)
    assert not hasattr(estimator, "model_")


def test_without_labels():
    X, _ = _data()
    for container in CONTAINERS.values():
        with pytest.raises(logistica.OptionError, match="requires y to be passed"):
            LogisticRegression().fit(container(X), None)


def test_scikit_learn_is_told_of_sparse_columns():
    assert get_tags(LogisticRegression()).input_tags.sparse


def test_the_history_is_that_of_the_model():
    X, y = _data()
    estimator = _quiet(lambda: LogisticRegression(solver=SGD(epochs=4), keep_coefficients=True).fit(X, y))
    frame = estimator.history("polars")
    assert isinstance(frame, pl.DataFrame)
    assert frame["iteration"].to_list() == [0, 1, 2, 3, 4]
    assert {"loss", "running_loss", "(Intercept)", "x0", "x2"} <= set(frame.columns)
    assert estimator.history().equals(estimator.model_.history())


def test_a_callback_gets_the_rows_and_ends_the_fit():
    X, y = _data()
    rows = []

    def watch(row):
        rows.append(row)
        return row.iteration == 2

    estimator = _quiet(lambda: clone(LogisticRegression(solver=SGD(epochs=50), callback=watch)).fit(X, y))
    assert [row.iteration for row in rows] == [0, 1, 2]
    assert estimator.n_iter_.tolist() == [2]
    assert estimator.model_.record.status == "stopped by the callback"


def test_a_fit_goes_on_from_its_checkpoint(tmp_path):
    X, y = _data()
    path = tmp_path / "run.ckpt"
    some, all_, whole = (
        LogisticRegression(solver=SGD(learning_rate=0.1, epochs=epochs), checkpoint=file)
        for epochs, file in ((3, path), (6, path), (6, None))
    )
    for estimator in (some, all_, whole):
        _quiet(lambda estimator=estimator: estimator.fit(X, y))
    assert "resumed" in {note.code for note in all_.model_.record.notes}
    np.testing.assert_array_equal(all_.coef_, whole.coef_)


def test_folds_may_not_share_a_checkpoint(tmp_path):
    X, y = _data()
    estimator = LogisticRegression(solver=SGD(epochs=2), checkpoint=tmp_path / "run.ckpt")
    with pytest.raises(logistica.CheckpointError, match="checkpoint of another fit: the column"):
        _quiet(lambda: cross_val_score(estimator, X, y, cv=3, error_score="raise"))


def test_a_search_over_them():
    X, y = _data(3)
    grid = {"resample": [None, "over"], "restore_prevalence": [False]}
    search = _quiet(lambda: GridSearchCV(LogisticRegression(), grid, scoring="neg_log_loss", cv=3).fit(X, y))
    assert search.best_params_["resample"] is None  # weighting the classes costs log loss on rows as they are
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_a_subclass_may_have_parameters_of_its_own():
    class Named(LogisticRegression):
        def __init__(self, *, label="mine", C=2.0):
            super().__init__(C=C)
            self.label = label

    X, y = _data()
    np.testing.assert_array_equal(clone(Named()).fit(X, y).coef_, LogisticRegression(C=2.0).fit(X, y).coef_)
