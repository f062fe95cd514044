"""Class weights: the fit of weighted rows, for labels of every kind; what they distort; what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import logistica
from logistica import DataError, OptionError
from logistica.fitting.class_balance import ClassBalance
from tests.balance.naive import proba

N = 400


def _data(K, seed=0):
    """The later a class the rarer."""
    rng = np.random.default_rng(10 * K + seed)
    X = rng.normal(size=(N, 3))
    eta = X @ rng.normal(size=(3, K)) - 1.2 * np.arange(K)
    return X, np.argmax(eta + rng.gumbel(size=(N, K)), axis=1)


WEIGHTS = {2: {0: 1.0, 1: 4.5}, 3: {1: 2.0, 2: 7.0}, 4: {0: 0.5, 3: 6.0}}


@pytest.mark.parametrize("solver", ["newton", "gradient-descent"])
@pytest.mark.parametrize("K", WEIGHTS)
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_the_same_fit_as_with_weights_of_ones_own(K, weighted, solver):
    X, y = _data(K)
    own = np.random.default_rng(1).uniform(0.5, 3.0, N) if weighted else np.ones(N)
    multiplied = own * np.array([WEIGHTS[K].get(k, 1.0) for k in range(K)])[y]
    given = {"weights": own} if weighted else {}
    model = logistica.fit(X, target=y, class_weight=WEIGHTS[K], solver=solver, **given)
    by_hand = logistica.fit(X, target=y, weights=multiplied, solver=solver)
    np.testing.assert_allclose(model.coef_, by_hand.coef_, rtol=1e-10)
    np.testing.assert_allclose(model.intercept_, by_hand.intercept_, rtol=1e-10)
    rows = model.fitted.fit.rows
    assert rows.weighted
    assert rows.total_weight == pytest.approx(multiplied.sum(), rel=1e-12)
    np.testing.assert_allclose(rows.class_weight, np.bincount(y, multiplied), rtol=1e-12)
    np.testing.assert_array_equal(rows.class_rows, np.bincount(y))


@pytest.mark.parametrize("K", [2, 3, 4])
@pytest.mark.parametrize("weighted", [False, True], ids=["plain", "weighted"])
def test_balanced_classes_weigh_the_same_and_the_total_stays(K, weighted):
    X, y = _data(K)
    own = np.random.default_rng(1).uniform(0.5, 3.0, N) if weighted else None
    model = logistica.fit(X, target=y, weights=own, class_weight="balanced")
    rows = model.fitted.fit.rows
    total = N if own is None else own.sum()
    np.testing.assert_allclose(rows.class_weight, total / K, rtol=1e-12)
    balance = model.fitted.fit.balance
    np.testing.assert_allclose(balance.multipliers, total / (K * np.bincount(y, own)), rtol=1e-12)
    np.testing.assert_allclose(balance.observed, np.bincount(y, own) / total, rtol=1e-12)


LABELS = {
    "text": (np.array(["no", "yes"]), {"yes": 3.0}),
    "integers": (np.array([-1, 7]), {7: 3}),
    "floats": (np.array([0.5, 1.5]), {1.5: 3.0}),
    "booleans": (np.array([False, True]), {True: 3.0}),
    "numpy keys": (np.array([-1, 7]), {np.int64(7): np.float64(3.0)}),
    "objects": (np.array(["a", "b"], dtype=object), {"b": 3.0}),
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_every_kind(kind):
    labels, weight = LABELS[kind]
    X, y = _data(2)
    model = logistica.fit(X, target=labels[y], class_weight=weight)
    by_hand = logistica.fit(X, target=y, weights=np.where(y == 1, 3.0, 1.0))
    np.testing.assert_allclose(model.coef_, by_hand.coef_, rtol=1e-10)


def test_labels_of_a_category_column():
    X, y = _data(3)
    frame = pd.DataFrame(X, columns=list("abc")).assign(what=pd.Categorical(np.array(["lo", "mid", "up"])[y]))
    model = logistica.fit(frame, target="what", class_weight={"up": 5.0})
    by_hand = logistica.fit(X, target=y, weights=np.where(y == 2, 5.0, 1.0))
    np.testing.assert_allclose(model.coef_, by_hand.coef_, rtol=1e-10)


def test_sparse_rows_and_rows_of_counts():
    X, y = _data(2)
    dense, other = (logistica.fit(data, target=y, class_weight="balanced") for data in (X, sparse.csr_array(X)))
    np.testing.assert_allclose(other.coef_, dense.coef_, rtol=1e-10)
    grouped = logistica.fit([[0.0], [1.0], [2.0]], target=[1, 5, 8], trials=[10, 10, 10], class_weight={1: 2.0})
    rows = np.repeat([0.0, 1.0, 2.0], 10)[:, None]
    y = np.concatenate([np.arange(10) < successes for successes in (1, 5, 8)]).astype(int)
    single = logistica.fit(rows, target=y, class_weight={1: 2.0})
    np.testing.assert_allclose(grouped.coef_, single.coef_, rtol=1e-9)


REFUSED = [
    ({"class_weight": "equal"}, r"class_weight='equal': it must be 'balanced', or weights by label"),
    ({"class_weight": 3.0}, r"class_weight=3.0: it must be 'balanced'"),
    ({"class_weight": [1, 2]}, r"class_weight=\[1, 2\]: it must be 'balanced'"),
    ({"class_weight": {0: 0.0}}, r"class_weight\[0\]=0.0: it must be a finite number above 0"),
    ({"class_weight": {0: -1}}, r"class_weight\[0\]=-1: it must be a finite number above 0"),
    ({"class_weight": {0: "much"}}, r"class_weight\[0\]='much': it must be a finite number above 0"),
    ({"class_weight": {0: float("inf")}}, r"class_weight\[0\]=inf: it must be a finite number above 0"),
    ({"class_weight": "balanced", "resample": "over"}, r"class_weight= and resample= both balance.*Pass one of them"),
    ({"resample": "both"}, r"resample='both': it must be one of 'over', 'under'"),
    ({"resample": "over", "restore_prevalence": "yes"}, r"restore_prevalence='yes': it must be True or False"),
    ({"restore_prevalence": True}, r"restore_prevalence=True undoes what class_weight= or resample= does"),
]


@pytest.mark.parametrize(("options", "message"), REFUSED, ids=[str(options) for options, _ in REFUSED])
def test_what_is_refused(options, message):
    with pytest.raises(OptionError, match=message):
        ClassBalance(**options)


def test_what_is_refused_once_the_data_are_known():
    X, y = _data(2)
    with pytest.raises(OptionError, match=r"class_weight= names 'yes', which is none of the classes, 0, 1\. Use them"):
        logistica.fit(X, target=y, class_weight={"yes": 2.0})
    with pytest.raises(OptionError, match=r"fit_intercept=False leaves none"):
        logistica.fit(X, target=y, class_weight="balanced", restore_prevalence=True, fit_intercept=False)
    for options in ({"resample": "over"}, {"resample": "under"}):
        with pytest.raises(OptionError, match=r"Rows of counts cannot be resampled.*Use class_weight="):
            logistica.fit([[0.0], [1.0]], target=[1, 3], trials=[4, 4], **options)


def test_weights_that_overflow_are_refused():
    X, y = _data(2)
    with pytest.raises(DataError, match="too close to the limits of floating point"):
        logistica.fit(X, target=y, weights=np.full(N, 1e300), class_weight={1: 1e300})


@pytest.mark.parametrize("solver", ["newton", "gradient-descent"])
@pytest.mark.parametrize("K", [2, 3])
def test_the_note_states_fitted_against_observed_prevalence(K, solver):
    X, y = _data(K)
    model = logistica.fit(X, target=y, class_weight="balanced", solver=solver)
    (note,) = (note for note in model.record.notes if note.code == "class-balance")
    fitted = proba(X, model.coef_, model.intercept_).mean(axis=0)
    observed = np.bincount(y) / N
    for k in range(K):
        assert f"{fitted[k]:.4g} for {k} instead of {observed[k]:.4g}" in note.message
    assert note.message.startswith("The classes are weighted; the mean predicted probability became")
    assert note.message.endswith("restore_prevalence=True brings the intercepts back.")
    np.testing.assert_allclose(model.fitted.fit.balance.fitted, fitted, rtol=1e-12)


def test_no_tests_of_a_balanced_fit():
    X, y = _data(2)
    model = logistica.fit(X, target=y, class_weight="balanced")
    summary = model.summary()
    assert np.isnan(summary.coefficients.std_error).all()
    assert "the classes were weighted or resampled" in " ".join(str(summary).split())


def test_saved_and_loaded(tmp_path):
    X, y = _data(3)
    model = logistica.fit(X, target=y, class_weight={2: 9.0}, restore_prevalence=True)
    model.save(tmp_path / "m.json")
    again = logistica.load(tmp_path / "m.json")
    np.testing.assert_array_equal(again.predict_proba(X), model.predict_proba(X))
    assert str(again.summary()) == str(model.summary())
    np.testing.assert_array_equal(again.fitted.fit.balance.multipliers, [1.0, 1.0, 9.0])
    assert again.fitted.fit.balance.restored
