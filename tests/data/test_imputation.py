"""Missing values filled in: as a recoding by hand, in every container, and alike in new data."""

from itertools import permutations

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

import logistica
from logistica.core.errors import DataError, DataWarning, OptionError
from logistica.data.filled import Filled
from logistica.data.imputation import Fill, weighted_median
from logistica.data.preparation import Preparation
from logistica.data.read import read
from tests.data.cases import refused
from tests.data.factor_tables import FRAMES, again, assert_same_fit, codes_of, columns
from tests.data.naive import filled as matrix_of

pytestmark = pytest.mark.filterwarnings("ignore:Missing values filled in:logistica.core.errors.DataWarning")
X = ["x", "z", "tree"]


def holed(K=2):
    """Columns x and tree with gaps, z without, and where x and tree are missing."""
    data = columns(K)
    generator = np.random.default_rng(8)
    no_x, no_tree = generator.random((2, len(data["x"]))) < 0.15
    full = {**data, "z": generator.normal(size=len(no_x)).round(3)}
    gaps = {**full, "x": np.where(no_x, None, full["x"]), "tree": np.where(no_tree, None, full["tree"])}
    return {name: values.tolist() for name, values in gaps.items()}, full, no_x, no_tree


def by_hand(full, no_x, no_tree):
    """The same columns with gaps filled in, and indicators."""
    levels, counts = np.unique(full["tree"][~no_tree], return_counts=True)
    frame = pd.DataFrame(full)
    frame["x"] = np.where(no_x, np.median(full["x"][~no_x]), full["x"])
    frame["tree"] = np.where(no_tree, levels[np.argmax(counts)], full["tree"])
    return frame.assign(**{"x[missing]": no_x, "tree[missing]": no_tree})


def fit(data, **options):
    return logistica.fit(data, target="y", missing="impute", **({"columns": X} | options))


@pytest.mark.parametrize("K", [2, 3])
@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_it_is_a_recoding_by_hand(frame, K, tmp_path):
    gaps, full, no_x, no_tree = holed(K)
    model = fit(frame(gaps))
    expected = by_hand(full, no_x, no_tree)
    assert_same_fit(model, logistica.fit(expected, target="y", columns=[*X, "x[missing]", "tree[missing]"]), to=0)
    assert model.terms[-2:] == ("x[missing]", "tree[missing]")
    (note,) = model.record.notes
    median = float(np.median(full["x"][~no_x]))
    assert (note.code, note.warning) == ("values-imputed", DataWarning)
    assert note.message == (
        f"Missing values filled in: x {no_x.sum()} with the median {median:.6g},"
        f" tree {no_tree.sum()} with the most frequent level 'ash'."
    )
    assert model.fitted.recipe.fills["x"] == Fill(median, True)
    assert model.fitted.recipe.fills["z"] == Fill(float(np.median(full["z"])), False)
    few = frame({name: values[:20] for name, values in gaps.items() if name != "y"})
    found = model.predict_proba(few)
    np.testing.assert_array_equal(found, model.predict_proba(frame(gaps))[:20])
    np.testing.assert_array_equal(again(model, tmp_path).predict_proba(few), found)


@pytest.mark.parametrize("K", [2, 3])
def test_a_formula_sees_filled_columns(K, tmp_path):
    gaps, full, no_x, no_tree = holed(K)
    expected = by_hand(full, no_x, no_tree)
    model = logistica.fit(pl.DataFrame(gaps), "y ~ poly(x, 2) + log(z + 9) + C(tree, Sum)", missing="impute")
    names = "`x[missing]` + `tree[missing]`"
    hand = logistica.fit(expected, f"y ~ poly(x, 2) + log(z + 9) + C(tree, Sum) + {names}")
    np.testing.assert_allclose(model.coef_, hand.coef_, rtol=1e-10)
    new = pl.DataFrame({"x": [None, 1.0], "z": [None, 0.5], "tree": ["ash", None]})
    with pytest.warns(DataWarning, match="'z' had no missing values in the fit; 1 missing value here filled in"):
        found = model.predict_proba(new)
    assert np.isfinite(found).all()
    with pytest.warns(DataWarning):
        np.testing.assert_array_equal(again(model, tmp_path).predict_proba(new), found)


def test_numbers_in_a_call_are_filled_with_a_level():
    data = pd.DataFrame({"k": [1.0, 1, 1, 4, 4, 4, 4, np.nan] * 8, "y": [0, 1, 1, 0, 1, 0, 1, 0] * 7 + [1] * 8})
    model = logistica.fit(data, "y ~ C(k)", missing="impute")
    assert model.fitted.recipe.fills == {"k": Fill(4.0, True)}
    assert model.terms == ("C(k)[4]", "k[missing]")
    assert "k 8 with the most frequent level 4.0" in model.record.notes[0].message


class TestContainers:
    def tables(self):
        generator = np.random.default_rng(3)
        values = generator.normal(size=(90, 4)).round(2)
        values[values < -0.7] = 0.0
        values[generator.random(values.shape) < 0.1] = np.nan
        values[:, 3] = generator.integers(0, 3, 90)
        y = generator.integers(0, 2, 90)
        names = ["x0", "x1", "x2", "x3"]
        return values, pd.DataFrame(values, columns=names), y

    def test_array_frame_file_and_sparse_are_one(self, tmp_path):
        X, frame, y = self.tables()
        expected = logistica.fit(X, target=y, missing="impute")
        assert expected.terms == ("x0", "x1", "x2", "x3", "x0[missing]", "x1[missing]", "x2[missing]")
        path = tmp_path / "data.csv"
        frame.assign(y=y).to_csv(path, index=False)
        with_null = pa.table({name: pa.array(X[:, j], mask=np.isnan(X[:, j])) for j, name in enumerate(frame)})
        containers = {
            "list": X.tolist(),
            "Fortran": np.asfortranarray(X),
            "csr": sparse.csr_array(X),
            "csc": sparse.csc_matrix(X),
            "pandas": frame,
            "polars": pl.from_pandas(frame),
            "chunks": pa.concat_tables([pa.Table.from_pandas(frame[:31]), pa.Table.from_pandas(frame[31:])]),
            "null": with_null,
        }
        for data in containers.values():
            assert_same_fit(logistica.fit(data, target=y, missing="impute"), expected, to=0)
        assert_same_fit(logistica.fit(path, target="y", missing="impute"), expected, to=0)
        models = [expected, logistica.fit(frame, target=y, missing="impute")]
        found = expected.predict_proba(X)
        for (name, data), model in ((pair, model) for pair in containers.items() for model in models):
            by_position = model.fitted.recipe.kind == "table" and name in ("list", "Fortran", "csr", "csc")
            by_position |= model is expected and name in ("pandas", "polars", "chunks", "null")
            if by_position:
                with pytest.warns(DataWarning, match="matched by position"):
                    np.testing.assert_array_equal(model.predict_proba(data), found)
            else:
                np.testing.assert_array_equal(model.predict_proba(data), found)

    @pytest.mark.parametrize("base", [0, 1])
    def test_svmlight_counts_from_either(self, base, tmp_path):
        X = np.array([[1.0, 0, 2], [0, 3, 0], [2, 1, 1], [0, 2, 1], [1, 1, 0], [3, 0, 1]] * 6)
        y = np.array([0, 1, 0, 1, 1, 0] * 3 + [1, 0, 1, 0, 1, 1] * 3)
        lines = [
            f"{label} " + " ".join(f"{j + base}:{v}" for j, v in enumerate(row) if v)
            for label, row in zip(y, X, strict=True)
        ]
        path = tmp_path / "data.txt"
        path.write_text("\n".join([*lines, ""]))
        model = again(logistica.fit(path, missing="impute"), tmp_path)
        new = pd.DataFrame({"a": [1.0, np.nan], "b": [0.0, 1], "c": [2.0, 0]})
        with pytest.warns(DataWarning) as caught:
            found = model.predict_proba(new)
        first = f"Column 'x{base}' had no missing values in the fit; 1 missing value here filled in with the median 1."
        assert str(caught[0].message) == first
        with pytest.warns(DataWarning, match=first):
            np.testing.assert_array_equal(model.predict_proba(new.to_numpy()), found)
        with pytest.warns(DataWarning, match=first):
            np.testing.assert_array_equal(model.predict_proba(sparse.csr_array(new.to_numpy())), found)
        np.testing.assert_array_equal(found[1], model.predict_proba(np.array([[1.0, 1, 0]]))[0])


class TestRows:
    def test_a_weight_of_two_is_the_row_twice(self):
        gaps, *_ = holed(3)
        frame = pd.DataFrame(gaps)
        twice = frame.loc[frame.index.repeat(frame["w"].astype(int))]
        for kind in ("frequency", "importance"):
            assert_same_fit(fit(frame, weights="w", weight_kind=kind), fit(twice))

    def test_the_order_of_rows_does_not_matter(self):
        gaps, *_ = holed()
        frame = pd.DataFrame(gaps)
        assert_same_fit(fit(frame), fit(frame.sample(frac=1, random_state=1)))

    def test_rows_of_weight_zero_teach_nothing(self):
        gaps, *_ = holed()
        frame = pd.DataFrame(gaps)
        strange = frame.head(40).assign(x=[1e9, None] * 20, tree="yew", z=[np.nan, np.inf] * 20)
        weights = np.repeat([1.0, 0.0], [len(frame), 40])
        assert_same_fit(fit(pd.concat([frame, strange]), weights=weights), fit(frame), to=0)

    def test_an_offset_and_weights_with_gaps_are_not_filled(self):
        gaps, *_ = holed()
        frame = pd.DataFrame(gaps).assign(x=[None, *[1.0] * 239])
        for role, column in (("weights", "x"), ("offset", "x"), ("target", "tree")):
            with pytest.raises(DataError, match="missing value") as error:
                logistica.fit(frame, **{"target": "y", "columns": ["z"], "missing": "impute", role: column})
            assert error.value.column == column

    def test_every_row_gets_a_prediction_but_the_offset_is_needed(self):
        gaps, *_ = holed()
        frame = pd.DataFrame(gaps)
        model = fit(frame, offset="w")
        assert np.isfinite(model.predict_proba(frame)).all()
        with pytest.raises(DataError, match="1 missing value"):
            model.predict_proba(frame.head(3).assign(w=[1.0, np.nan, 1.0]))

    def test_evaluation_fills_as_prediction_does(self):
        gaps, full, no_x, no_tree = holed()
        model = fit(pd.DataFrame(gaps))
        hand = logistica.fit(by_hand(full, no_x, no_tree), target="y", columns=[*X, "x[missing]", "tree[missing]"])
        assert model.evaluate(pd.DataFrame(gaps)).log_loss == hand.evaluate(by_hand(full, no_x, no_tree)).log_loss


class TestNewData:
    def model(self, **options):
        gaps, *_ = holed()
        return fit(pd.DataFrame(gaps), **options)

    def test_an_unknown_level_may_be_a_missing_value(self):
        model = self.model(unknown="missing")
        new = pd.DataFrame({"x": [0.5], "z": [0.5], "tree": ["yew"]})
        with pytest.warns(DataWarning, match="read as missing values"):
            found = model.predict_proba(new)
        np.testing.assert_array_equal(found, model.predict_proba(new.assign(tree=None)))

    def test_pooled_levels_may_be_the_most_frequent(self):
        frame = pd.DataFrame({"f": ["a", "a", "b", "c", "d", None] * 9, "y": [0, 1, 1, 0, 1] * 10 + [1] * 4})
        model = logistica.fit(frame, target="y", rare=12, missing="impute")
        assert model.fitted.recipe.fills["f"] == Fill("(other)", True)
        assert model.fitted.recipe.pooled == {"f": ("b", "c", "d")}

    def test_a_column_that_holds_nothing_is_filled(self):
        model = self.model()
        nothing = pd.DataFrame({"x": [None, None], "z": [0.0, 0.0], "tree": [None, None]})
        expected = pd.DataFrame(
            {"x": [np.nan, np.nan], "z": [0.0, 0.0], "tree": pd.Series([None] * 2, dtype="category")}
        )
        np.testing.assert_array_equal(model.predict_proba(nothing), model.predict_proba(expected))

    def test_an_infinity_is_not_missing(self):
        model = self.model()
        with pytest.raises(DataError) as error:
            model.predict_proba(pd.DataFrame({"x": [1.0, np.inf], "z": [0.0, 0.0], "tree": ["ash", None]}))
        refused(error, "1 infinite value, the first in row 1", column="x", row=1)
        gaps, *_ = holed()
        with pytest.raises(DataError) as error:
            fit(pd.DataFrame({**gaps, "z": [np.inf, *gaps["z"][1:]]}))
        refused(error, "1 infinite value", column="z", row=0)
        X = np.array([[1.0], [np.inf]])
        with pytest.raises(DataError, match="infinite"):
            logistica.fit([[1.0], [2], [np.nan]] * 2, target=[0, 1, 1, 1, 0, 0], missing="impute").predict(X)


def test_a_column_with_no_value_cannot_be_filled():
    for data in (
        np.column_stack([np.arange(4.0), np.full(4, np.nan)]),
        pd.DataFrame({"a": range(4), "x1": [None] * 4}),
    ):
        with pytest.raises(DataError) as error:
            logistica.fit(data, target=[0, 1, 1, 0], missing="impute")
        refused(error, "every value is missing", column="x1")


def test_the_policy_is_for_fits():
    model = logistica.fit([[1.0], [2], [3], [4]], target=[0, 1, 1, 0])
    with pytest.raises(OptionError, match=r"missing='impute' is not a policy\. Use one of 'error', 'drop'"):
        model.predict([[1.0]], missing="impute")


def test_an_indicator_may_not_take_a_columns_name():
    data = pd.DataFrame({"a": [1.0, np.nan, 3, 4], "a[missing]": [1.0, 2, 4, 3]})
    with pytest.raises(DataError, match="two design columns would have this name") as error:
        logistica.fit(data, target=[0, 1, 1, 0], missing="impute")
    assert error.value.column == "a[missing]"


class TestMedian:
    @given(st.lists(st.tuples(st.integers(-9, 9), st.integers(1, 5)), min_size=1, max_size=12), st.randoms())
    @settings(max_examples=200, deadline=None, derandomize=True)
    def test_whole_weights_repeat_values(self, pairs, shuffle):
        expected = float(np.median(np.repeat(*np.array(pairs).T)))
        shuffle.shuffle(pairs)
        values, weights = np.array(pairs, float).T
        assert weighted_median(values, weights) == expected
        for unit in (2.0**-1060, 2.0**1000, 0.5):
            assert weighted_median(values, weights * unit) == expected

    @pytest.mark.parametrize("weight", [0.1, 0.7, 1e-308, 1e308, 1 / 3])
    def test_equal_weights_are_none(self, weight):
        values = np.arange(1.0, 11)
        assert weighted_median(values, np.full(10, weight)) == 5.5

    def test_no_digit_is_lost(self):
        for value in (5e-324, 1.7e308, -1.7e308, 0.1):
            assert weighted_median(np.array([value, value]), np.ones(2)) == value
        assert weighted_median(np.array([1.75e308, 1.5e308]), np.ones(2)) == pytest.approx(1.625e308, rel=3e-16)

    def test_half_the_weight_on_either_side(self):
        for values in permutations([1.0, 2.0, 9.0]):
            weights = np.array([{1.0: 1.0, 2.0: 0.25, 9.0: 0.75}[value] for value in values])
            assert weighted_median(np.array(values), weights) == 1.5


def test_filled_values_leave_the_original():
    values = np.array([1.0, np.nan, 3.0])
    filled = Filled(values, np.array([True, False, False]), 7.0)
    np.testing.assert_array_equal(np.asarray(filled), [7, 7, 3])
    np.testing.assert_array_equal(filled[1:], [7, 3])
    np.testing.assert_array_equal(filled[np.array([2, 0])], [3, 7])
    np.testing.assert_array_equal(values, [1, np.nan, 3])


def test_the_design_has_no_gap():
    gaps, _, no_x, no_tree = holed()
    dataset = read(pd.DataFrame(gaps), Preparation(columns=X, missing="impute"), target="y")
    assert codes_of(dataset.notes) == ["values-imputed"]
    found = matrix_of(dataset.source.design)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found[:, -2:], np.column_stack([no_x, no_tree]))
    assert (dataset.n_rows_read, dataset.n_rows_dropped, dataset.source.n_rows) == (len(no_x), 0, len(no_x))
