"""Booleans are not numbers, and numbers no booleans, but for 1 and 0; the kind of the fit is known to new data."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import logistica
from logistica.core.errors import DataError

FLAGS = [True, False, True, False, False, True, True, False]
Y = [0, 1, 1, 0, 1, 1, 0, 0]


def fitted(values, **options):
    return logistica.fit(pd.DataFrame({"x": values}), target=Y, **options)


@pytest.fixture(params=["plain", "objects", "imputed", "formula"])
def of_booleans(request):
    if request.param == "objects":
        return fitted(np.array(FLAGS, object))
    if request.param == "imputed":
        return fitted(FLAGS, missing="impute")
    if request.param == "formula":
        return logistica.fit(pd.DataFrame({"x": FLAGS, "y": Y}), "y ~ x")
    return fitted(FLAGS)


def test_one_and_nought_are_true_and_false(of_booleans, tmp_path):
    expected = of_booleans.predict_proba(pd.DataFrame({"x": [True, False]}))
    path = tmp_path / "new.csv"
    path.write_text("x,z\n1,0\n0,0\n")
    for new in ([1, 0], [1.0, 0.0], pd.array([1, 0], "Int64"), np.array([True, False], object)):
        np.testing.assert_array_equal(of_booleans.predict_proba(pd.DataFrame({"x": new})), expected)
    np.testing.assert_array_equal(of_booleans.predict_proba(path), expected)


@pytest.mark.filterwarnings("ignore::logistica.core.errors.DataWarning")
@pytest.mark.parametrize("reload", [False, True])
def test_other_numbers_are_refused_where_the_fit_had_booleans(of_booleans, reload, tmp_path):
    model = of_booleans
    if reload:
        model.save(tmp_path / "m.json")
        model = logistica.load(tmp_path / "m.json")
    path = tmp_path / "new.csv"
    path.write_text("x,z\n0,0\n7,0\n")
    news = [pd.DataFrame({"x": [1, 5]}), pd.DataFrame({"x": [None, -3.0]}), pa.table({"x": [0.0, 0.5]}), path]
    if model.fitted.recipe.formula is None:
        news.append(np.array([[0.0], [2.0]]))
    for new in news:
        with pytest.raises(DataError, match="but the model was fitted on booleans here") as caught:
            model.predict_proba(new, missing="drop")
        assert (caught.value.column, caught.value.row) == ("x", 1)
        assert caught.value.value in {5, -3.0, 0.5, 7, 2.0}


def test_numbers_of_rows_that_do_not_count_may_be_anything(of_booleans):
    new = pd.DataFrame({"x": [1, 0, 9], "w": [1.0, 1.0, 0.0]})
    assert of_booleans.evaluate(new, target=[1, 0, 1], weights="w").n_rows == 2


@pytest.mark.parametrize("categorical", [False, True])
def test_true_is_no_level_of_a_factor_of_numbers(categorical):
    model = fitted(pd.Categorical([1, 2, 3, 1, 2, 3, 1, 2]), C=1.0)
    new = pd.DataFrame({"x": [True, True]})
    with pytest.raises(DataError, match=r"'x': booleans such as True \(row 0\), but the model was fitted on numbers"):
        model.predict(new.astype("category") if categorical else new)


def test_a_factor_of_one_and_nought_takes_true_and_false():
    model = fitted(pd.Categorical([int(flag) for flag in FLAGS]))
    new = pd.DataFrame({"x": [True, False]})
    np.testing.assert_array_equal(model.predict_proba(new), model.predict_proba(new.astype(int)))
    with pytest.raises(DataError, match="the level 2 in row 1"):
        logistica.fit(pd.DataFrame({"x": FLAGS, "y": Y}), "y ~ C(x)").predict(pd.DataFrame({"x": [1, 2]}))


@pytest.mark.parametrize("flag", [True, np.bool_(True)])
def test_booleans_among_numbers_or_text_are_refused(flag):
    for others in ([2, 3.5, 4], ["a", "b", "c"]):
        values = np.array([*others, flag] * 2, object)
        with pytest.raises(DataError, match=r"values of different kinds: row 3 holds .*True") as caught:
            fitted(values)
        assert (caught.value.column, caught.value.row) == ("x", 3)


def test_objects_that_are_booleans_are_booleans():
    holed = np.array([*FLAGS[:-1], None], object)
    assert fitted(np.array(FLAGS, object)).fitted.recipe.booleans == ("x",)
    with pytest.warns(logistica.DataWarning, match="x 1 with the more frequent value true"):
        model = fitted(holed, missing="impute", C=1.0)
    assert model.fitted.recipe.booleans == ("x",)
    with pytest.warns(logistica.DataWarning, match="1 missing value here filled in with the more frequent value false"):
        fitted(FLAGS, missing="impute").predict(pd.DataFrame({"x": [True, None]}))
