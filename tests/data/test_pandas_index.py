"""What stands beside a pandas frame has its index, or none: rows are never matched by position in silence."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

import logistica
from logistica.core.errors import DataError
from logistica.estimators import LogisticRegression

ROWS = ["a", "b", "c", "d", "e", "f"]
X = pd.DataFrame({"x": [0.0, 1, 2, 3, 4, 5]}, index=ROWS)
Y = pd.Series([0, 1, 0, 1, 0, 1], index=ROWS, name="y")
MODEL = logistica.fit(X, target=Y, offset=np.zeros(6))
ZEROS = Y * 0.0


def three(one):
    """The same for each of three classes."""
    return pd.concat([one] * 3, axis=1, keys=[*"abc"]) if isinstance(one, pd.Series) else np.column_stack([one] * 3)


USES = {
    "target": lambda one: logistica.fit(X, target=one),
    "weights": lambda one: logistica.fit(X, target=Y, weights=one + 1),
    "offset": lambda one: logistica.fit(X, target=Y, offset=one),
    "offset-of-K": lambda one: logistica.fit(X, target=[0, 1, 2, 2, 0, 1], offset=three(one)),
    "trials": lambda one: logistica.fit(X, target=Y, trials=one + 1),
    "prediction": lambda one: MODEL.predict_proba(X, offset=one),
    "augment": lambda one: MODEL.augment(X, offset=one),
    "evaluation": lambda one: MODEL.evaluate(X, target=one, offset=np.zeros(6)),
    "scikit-learn": lambda one: LogisticRegression().fit(X, one),
    "scikit-learn-weight": lambda one: LogisticRegression().fit(X, Y, sample_weight=one + 1),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_the_same_index_or_none_at_all_is_taken_as_it_is(use):
    for one in (Y, Y.rename(None), Y.set_axis(pd.Index(ROWS, name="key"))):
        use(one)
    use(Y.to_numpy())


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_the_same_labels_in_another_order_are_refused_with_both_remedies(use):
    with pytest.raises(DataError, match="the same labels in another order: row 0 is 'a' in the data and 'f'") as caught:
        use(Y[::-1])
    assert ".reindex(X.index)" in caught.value.remedy
    assert ".to_numpy()" in caught.value.remedy
    assert (caught.value.row, caught.value.value) == (0, "f")


@pytest.mark.parametrize("use", USES.values(), ids=USES)
def test_other_labels_are_refused(use):
    with pytest.raises(DataError, match="is not that of the data: row 0 is 'a' in the data and 0 in") as caught:
        use(Y.reset_index(drop=True))
    assert "reindex" not in caught.value.remedy
    assert ".to_numpy()" in caught.value.remedy


def test_a_label_that_occurs_twice_is_no_way_to_match_rows():
    twice = X.set_axis([1, 1, 2, 3, 4, 5])
    logistica.fit(twice, target=Y.set_axis(twice.index))
    with pytest.raises(DataError, match="row 0 is 1 in the data and 5 in") as caught:
        logistica.fit(twice, target=Y.set_axis(twice.index[::-1]))
    assert "reindex" not in caught.value.remedy


@pytest.mark.parametrize(
    "given", [Y.to_list(), pd.array(Y.to_list()), pl.Series(Y.to_list()), pd.Index(Y.to_list())], ids=type
)
def test_what_has_no_index_goes_by_position(given):
    np.testing.assert_array_equal(logistica.fit(X, target=given).coef_, logistica.fit(X, target=Y).coef_)


def test_an_array_has_no_index_to_compare_with():
    assert logistica.fit(X.to_numpy(), target=Y[::-1]).coef_.shape == (1, 1)


def test_numbers_of_whole_labels_are_the_same_index():
    frame, labels = X.reset_index(drop=True), Y.set_axis([0.0, 1.0, 2.0, 3.0, 4.0, 5.0])
    assert logistica.fit(frame, target=labels).coef_.shape == (1, 1)
