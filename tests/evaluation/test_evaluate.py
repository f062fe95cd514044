"""Evaluation against scikit-learn's own numbers, and where those do not exist."""

import json
import warnings

import numpy as np
import pyarrow as pa
import pytest
from sklearn import metrics
from sklearn.datasets import load_iris

from logistica.core.errors import DataError, OptionError, SeparationWarning
from logistica.core.strict_json import parse
from logistica.evaluation import evaluate
from logistica.model import fit
from tests.shared import shared


def simulated(K, n=240, seed=7):
    """Overlapping classes, labels as text."""
    generator = np.random.default_rng(seed)
    X = generator.normal(size=(n, 3))
    eta = X @ generator.normal(size=(3, K)) + generator.gumbel(size=(n, K))
    return X, np.array(["red", "green", "blue", "black"])[:K][np.argmax(eta, axis=1)]


@pytest.mark.parametrize("weighted", [False, True], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("K", [2, 3, 4])
def test_every_figure_is_that_of_scikit_learn(K, weighted):
    X, y = simulated(K)
    weights = np.random.default_rng(1).uniform(0.5, 3.0, len(y)) if weighted else None
    model = fit(X[:160], target=y[:160])
    w = None if weights is None else weights[160:]
    X, y = X[160:], y[160:]

    found = evaluate(model.fitted, X, target=y, weights=w)

    proba, predicted, labels = model.predict_proba(X), model.predict(X), model.classes_
    assert found.classes == tuple(labels.tolist())
    assert found.n_rows == len(y)
    assert found.accuracy == pytest.approx(metrics.accuracy_score(y, predicted, sample_weight=w), rel=1e-13)
    assert found.log_loss == pytest.approx(metrics.log_loss(y, proba, sample_weight=w), rel=1e-12)
    confusion = metrics.confusion_matrix(y, predicted, sample_weight=w)
    np.testing.assert_allclose(found.confusion_matrix, confusion, rtol=1e-13)
    score = proba[:, 1] if K == 2 else proba
    area = metrics.roc_auc_score(y, score, sample_weight=w, multi_class="ovr", average="macro")
    assert found.roc_auc == pytest.approx(area, rel=1e-13)
    truth = (y[:, None] == labels).astype(float)
    brier = metrics.brier_score_loss(y, proba[:, 1], sample_weight=w, pos_label=labels[1]) if K == 2 else None
    by_hand = np.average(((proba - truth) ** 2).sum(axis=1), weights=w)
    assert found.brier_score == pytest.approx(by_hand if brier is None else brier, rel=1e-12)
    table = metrics.precision_recall_fscore_support(y, predicted, sample_weight=w)
    for k, one in enumerate(found.per_class):
        assert (one.precision, one.recall, one.f1, one.support) == pytest.approx([column[k] for column in table])
    assert found.notes == ()


def test_marks_have_the_confusion_matrix_of_the_lesson():
    path = shared("data", "marks", "marks.csv")
    found = evaluate(fit(path, target="passed").fitted, path)
    (tn, fp), (fn, tp) = found.confusion_matrix
    assert (tp, tn, fp, fn) == (55, 34, 6, 5)
    assert found.accuracy == 0.89


def test_a_threshold_moves_rows_and_half_is_what_predict_does():
    X, y = simulated(2)
    model = fit(X, target=y)
    proba = model.predict_proba(X)[:, 1]
    at = {t: evaluate(model.fitted, X, target=y, threshold=t).confusion_matrix for t in (0.2, 0.5, 0.9)}
    for threshold, confusion in at.items():
        assert confusion[:, 1].sum() == np.count_nonzero(proba > threshold)
    predicted = model.predict(X)
    assert at[0.5][:, 1].sum() == np.count_nonzero(predicted == model.classes_[1])


@pytest.mark.parametrize("threshold", [0, 1, -0.1, float("nan"), "half", True])
def test_an_impossible_threshold_is_refused(threshold):
    X, y = simulated(2, 60)
    with pytest.raises(OptionError, match="between 0 and 1"):
        evaluate(fit(X, target=y).fitted, X, target=y, threshold=threshold)


def test_a_threshold_for_three_classes_is_refused():
    X, y = simulated(3, 90)
    with pytest.raises(OptionError, match="for two classes"):
        evaluate(fit(X, target=y).fitted, X, target=y, threshold=0.4)


@pytest.mark.parametrize(
    "labels",
    [[0, 1], [-1, 1], [1.0, 2.0], [False, True], ["no", "yes"]],
    ids=["integers", "signs", "floats", "booleans", "text"],
)
def test_labels_of_any_kind_come_back(labels):
    X, y = simulated(2)
    y = np.array(labels)[(y == "red").astype(int)]
    found = evaluate(fit(X, target=y).fitted, X, target=y)
    assert list(found.classes) == labels
    assert all(type(a) is type(b) for a, b in zip(found.classes, labels, strict=True))
    assert parse(json.dumps(found.to_dict(), allow_nan=False))["classes"] == labels


class TestAbsentClasses:
    def test_one_class_of_three_is_named_and_the_mean_is_over_the_others(self):
        X, y = simulated(3)
        model = fit(X, target=y)
        some = y != "red"
        found = evaluate(model.fitted, X[some], target=y[some])
        red = found.per_class[found.classes.index("red")]
        assert (red.recall, red.roc_auc, red.support) == (None, None, 0)
        areas = [one.roc_auc for one in found.per_class if one.class_ != "red"]
        assert found.roc_auc == pytest.approx(np.mean(areas))
        assert {note.code for note in found.notes} == {"class-absent", "roc-auc-partial"}
        assert any("'red'" in note.message for note in found.notes)
        assert "n/a" in str(found)

    def test_one_class_alone_has_no_roc_auc(self):
        X, y = simulated(2)
        model = fit(X, target=y)
        found = evaluate(model.fitted, X[y == "red"], target=y[y == "red"])
        assert found.roc_auc is None
        assert "roc-auc-undefined" in {note.code for note in found.notes}
        assert found.to_dict()["roc_auc"] is None

    def test_a_class_that_is_never_predicted_has_no_precision(self):
        X, y = simulated(2)
        found = evaluate(fit(X, target=y).fitted, X, target=y, threshold=1 - 1e-12)
        assert found.per_class[1].precision is None
        assert found.per_class[1].recall == 0
        assert [note.code for note in found.notes] == ["class-never-predicted"]


class TestNasty:
    def test_row_14_one_event_has_a_finite_roc_auc_at_every_threshold(self):
        generator = np.random.default_rng(3)
        X = generator.normal(size=(2000, 1))
        y = np.zeros(2000, int)
        y[np.argsort(X[:, 0])[1500]] = 1
        model = fit(X, target=y)
        for threshold in (1e-6, 0.5, 0.999):
            found = evaluate(model.fitted, X, target=y, threshold=threshold)
            assert 0 <= found.roc_auc <= 1
            assert np.isfinite([found.accuracy, found.log_loss, found.brier_score]).all()

    def test_row_15_extreme_scores_keep_a_finite_log_loss_and_their_order(self):
        X, y = simulated(2)
        model = fit(X, target=y)
        far = X * 1e4
        found = evaluate(model.fitted, far, target=y)
        eta = model.decision_function(far)
        sign = np.where(y == model.classes_[1], 1, -1)
        assert found.log_loss == pytest.approx(np.logaddexp(0, -sign * eta).mean(), rel=1e-13)
        assert found.log_loss > 100
        assert found.roc_auc == pytest.approx(metrics.roc_auc_score(y == model.classes_[1], eta), rel=1e-13)

    @pytest.mark.parametrize("size", [1e-300, 1e300])
    def test_row_16_the_size_of_the_weights_does_not_matter(self, size):
        X, y = simulated(3, 90)
        fitted = fit(X, target=y).fitted
        weights = np.random.default_rng(2).uniform(0.5, 1.5, 90)
        one, other = (evaluate(fitted, X, target=y, weights=weights * factor) for factor in (1.0, size))
        for name in ("accuracy", "log_loss", "brier_score", "roc_auc"):
            assert getattr(one, name) == pytest.approx(getattr(other, name), rel=1e-12)

    def test_row_16_rows_of_weight_zero_are_absent_whatever_they_hold(self):
        X, y = simulated(2, 80)
        fitted = fit(X, target=y).fitted
        garbage = np.vstack([X, [[np.nan, 1, 2]]])
        found = evaluate(fitted, garbage, target=[*y, "unheard of"], weights=[1.0] * 80 + [0.0])
        assert found.to_dict() == evaluate(fitted, X, target=y).to_dict()


def test_columns_beside_x_are_found_under_the_names_of_the_fit():
    X, y = simulated(2, 90)
    weights = np.random.default_rng(5).integers(1, 4, 90)
    table = pa.table({"a": X[:, 0], "b": X[:, 1], "y": y.tolist(), "w": weights})
    model = fit(table, target="y", weights="w", weight_kind="frequency")
    assert evaluate(model.fitted, table).total_weight == weights.sum()
    without = evaluate(model.fitted, table.drop_columns("w"))
    assert without.total_weight == 90
    assert [note.code for note in without.notes] == ["unweighted"]


def test_an_offset_is_part_of_the_prediction():
    X, y = simulated(2, 90)
    table = pa.table({"a": X[:, 0], "known": X[:, 1], "y": y.tolist()})
    model = fit(table, target="y", offset="known")
    expected = metrics.log_loss(y, model.predict_proba(table))
    assert evaluate(model.fitted, table).log_loss == pytest.approx(expected, rel=1e-12)
    by_array = fit(X[:, :1], target=y, offset=X[:, 1])
    with pytest.raises(OptionError, match="offset"):
        evaluate(by_array.fitted, X[:, :1], target=y)


def test_rows_with_missing_values_are_refused_or_left_out_with_a_note():
    X, y = simulated(2, 90)
    fitted = fit(X, target=y).fitted
    holed = X.copy()
    holed[4, 1] = np.nan
    with pytest.raises(DataError, match="missing"):
        evaluate(fitted, holed, target=y)
    found = evaluate(fitted, holed, target=y, missing="drop")
    assert found.n_rows == 89
    assert found.notes


@pytest.mark.parametrize("n", [0, 5], ids=["no rows", "no weight"])
def test_nothing_to_evaluate_is_an_error(n):
    X, y = simulated(2, 60)
    fitted = fit(X, target=y).fitted
    with pytest.raises(DataError, match=r"0 rows|weight"):
        evaluate(fitted, X[:n], target=y[:n], weights=np.zeros(n))


def test_a_label_that_the_model_does_not_know_is_named():
    X, y = simulated(2, 60)
    with pytest.raises(DataError, match="'mauve' in row 0"):
        evaluate(fit(X, target=y).fitted, X[:1], target=["mauve"])


def test_a_separated_model_says_which_rows_its_limit_calls_impossible():
    X = np.array([[1.0], [2.0], [3.0], [4.0]])
    with pytest.warns(SeparationWarning):
        model = fit(X, target=[0, 0, 1, 1])
    right = evaluate(model.fitted, X, target=[0, 0, 1, 1])
    assert right.notes == ()
    wrong = evaluate(model.fitted, X, target=[0, 1, 1, 1])
    assert np.isfinite(wrong.log_loss)
    assert wrong.log_loss > 1
    (note,) = wrong.notes
    assert note.code == "impossible-in-the-limit"
    assert "true class of 1 of these rows" in note.message


def test_a_separated_model_of_three_classes_is_evaluated_at_its_limit():
    iris = load_iris()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeparationWarning)
        model = fit(iris.data, target=iris.target)
    found = evaluate(model.fitted, iris.data, target=iris.target)
    assert found.log_loss == pytest.approx(-model.log_likelihood_kernel / 150, rel=1e-8)
    assert found.notes == ()
    swapped = evaluate(model.fitted, iris.data, target=np.where(iris.target == 0, 1, iris.target))
    assert "true class of 50 of these rows" in swapped.notes[0].message


def test_the_text_shows_every_figure_and_says_what_it_means():
    X, y = simulated(3)
    found = evaluate(fit(X, target=y).fitted, X, target=y)
    text = str(found)
    for value in (found.accuracy, found.log_loss, found.brier_score, found.roc_auc, found.baseline_accuracy):
        assert f"{value:.4f}" in text
    assert "row: true class, column: predicted class" in text
    assert "each against the rest" in text
    assert max(map(len, text.splitlines())) <= 90
