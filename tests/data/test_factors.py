"""Factors as the user wants them: baseline, order, pooling, in fits and in their formulas."""

import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import logistica
from logistica.core.errors import DataError, OptionError
from logistica.data.factors import OTHER, FactorOptions
from logistica.data.preparation import Preparation
from logistica.data.read import read
from tests.data.cases import refused
from tests.data.factor_tables import FRAMES, TEXT, again, assert_same_fit, codes_of, columns

X = ["x", "tree", "grade"]
GRADES = (1, 2, 3, 4, 5)


def fit(data, **options):
    return logistica.fit(data, target="y", columns=X, **options)


def recipe_of(values, **options):
    frame = pd.DataFrame({"f": values})
    return read(frame, Preparation(factors=FactorOptions(**options)), target=np.arange(len(values)) % 2).recipe


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
class TestBaselineAndLevels:
    @pytest.mark.parametrize("K", [2, 3])
    def test_a_baseline_is_a_reordering(self, frame, K):
        data = columns(K)
        model = fit(frame(data), baseline={"tree": "cedar", "grade": 2}, weights="w", offset=None)
        levels = {"tree": ["cedar", "ash", "beech", "elm", "fir"], "grade": [2, 1, 3, 4, 5]}
        assert_same_fit(model, fit(frame(data), levels=levels, weights="w"), to=0)
        assert model.terms[1:5] == ("tree[ash]", "tree[beech]", "tree[elm]", "tree[fir]")
        assert model.fitted.recipe.baseline("grade") == 2
        plain = fit(frame(data), levels={"grade": GRADES}, weights="w")
        np.testing.assert_allclose(model.predict_proba(frame(data)), plain.predict_proba(frame(data)), rtol=1e-9)

    def test_declared_levels_are_those_of_a_categorical(self, frame):
        data = columns()
        order = ["fir", "cedar", "ash", "elm", "beech"]
        declared = pd.DataFrame(data).assign(tree=pd.Categorical(data["tree"], order))
        assert_same_fit(fit(frame(data), levels={"tree": order}), fit(declared), to=0)

    def test_numbers_that_are_named_become_factors(self, frame):
        data = columns()
        by_hand = frame({**data, "grade": data["grade"].astype(str)})
        with pytest.warns(logistica.DataWarning, match="looks like numbers"):
            expected = fit(by_hand)
        assert_same_fit(fit(frame(data), levels={"grade": GRADES}), expected, to=0)
        assert_same_fit(fit(frame(data), baseline={"grade": 1}), expected, to=0)


@pytest.mark.parametrize(
    ("values", "given", "first"),
    [
        ([1, 2, 3, 2], "2", 2),
        ([1.0, 2.0, 3.0, 2.0], "2", 2.0),
        ([1.0, 2.5, 3.0, 2.5], "2.50", 2.5),
        ([1, 2, 3, 2], "2.0", 2),
        ([1, 2, 3, 2], np.int64(2), 2),
        ([True, False, True, False], "true", True),
        ([True, False, True, False], "True", True),
        ([True, False, True, False], True, True),
        (["1", "2", "x", "2"], 2, "2"),
        (["02", "2", "x", "2"], "2", "2"),
        (["02", "2", "x", "2"], "02", "02"),
        (pd.Categorical([10, 20, 30, 20]), "20", 20),
    ],
)
def test_a_level_may_be_given_as_text_or_as_the_number(values, given, first):
    recipe = recipe_of(values, baseline={"f": given})
    assert recipe.baseline("f") == first
    assert type(recipe.baseline("f")) is type(first)


def test_the_levels_of_the_model_are_those_of_the_column(tmp_path):
    data = pd.DataFrame(columns())
    model = fit(data, levels={"grade": ["5", 4.0, np.int64(3), 2, "1", "7"]})
    assert model.fitted.recipe.factors["grade"] == (5, 4, 3, 2, 1)
    assert set(map(type, model.fitted.recipe.factors["grade"])) == {int}
    np.testing.assert_array_equal(again(model, tmp_path).predict_proba(data), model.predict_proba(data))


def test_text_in_several_pieces_is_one_column():
    whole = pd.DataFrame(columns())
    pieces = pd.concat([whole[:100], whole[100:101], whole[101:]])
    assert_same_fit(fit(pieces), fit(whole), to=0)


def test_codes_that_need_no_change_are_not_copied():
    codes = np.array([2, 0, 1, 0, 2, 1], np.int32)
    kinds = pa.DictionaryArray.from_arrays(pa.array(codes), pa.array(["a", "b", "c"]))
    dataset = read(pa.table({"f": kinds}), target=[0, 1] * 3)
    assert np.shares_memory(dataset.source.design.parts[0].codes, codes)
    other = read(pa.table({"f": kinds}), Preparation(factors=FactorOptions(baseline={"f": "b"})), target=[0, 1] * 3)
    assert other.source.design.parts[0].codes.tolist() == [2, 1, 0, 1, 2, 0]
    assert codes.tolist() == [2, 0, 1, 0, 2, 1]


@pytest.mark.parametrize(
    ("n_levels", "kind"), [(127, np.int8), (128, np.int16), (32_767, np.int16), (32_768, np.int32)]
)
def test_codes_are_no_wider_than_their_levels_need(n_levels, kind):
    names = [f"{code:05d}" for code in range(n_levels)][::-1]
    values = [*names, None, *names]
    y = [0, *([1] * (len(values) - 1))]
    for column in (pa.array(values).dictionary_encode(), pa.array(values), pd.Series(values, dtype="str")):
        frame = pd.DataFrame({"f": column}) if isinstance(column, pd.Series) else pa.table({"f": column})
        dataset = read(frame, Preparation(missing="drop"), target=y)
        codes = dataset.source.design.parts[0].codes
        assert codes.dtype == kind
        assert codes.tolist() == [*range(n_levels)[::-1], -1, *range(n_levels)[::-1]]
        assert dataset.recipe.factors["f"] == tuple(names[::-1])


@pytest.mark.parametrize("index", [pa.int8(), pa.uint8(), pa.int64()])
def test_a_dictionary_may_be_full(index):
    """128 levels fill int8, so that the code after the last has no place in it."""
    names = [f"k{code:03d}" for code in range(128)]
    codes = pa.array([*range(128), None, *range(128)], index)
    table = pa.table({"f": pa.DictionaryArray.from_arrays(codes, pa.array(names))})
    dataset = read(
        table, Preparation(missing="drop", factors=FactorOptions(baseline={"f": "k127"})), target=[0, *([1] * 256)]
    )
    assert dataset.source.design.parts[0].codes.tolist() == [*range(1, 128), 0, -1, *range(1, 128), 0]
    table = table.filter(pa.compute.is_valid(table["f"]))
    wide = pa.table({"f": table["f"].cast(pa.dictionary(pa.int32(), pa.string()))})
    model = logistica.fit(table, target=[0, 1] * 128, C=1.0)
    np.testing.assert_array_equal(model.predict_proba(table), model.predict_proba(wide))


class TestRare:
    @pytest.mark.parametrize("K", [2, 3])
    @pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
    def test_pooling_is_a_recoding(self, frame, K):
        data = columns(K)
        by_hand = {**data, "tree": np.where(np.isin(data["tree"], TEXT[3:]), OTHER, data["tree"])}
        by_hand["grade"] = np.where(data["grade"] > 3, OTHER, data["grade"].astype(str))
        order = {"tree": [*TEXT[:3], OTHER], "grade": ["1", "2", "3", OTHER]}
        model = fit(frame(data), rare=30, levels={"grade": GRADES})
        assert_same_fit(model, fit(frame(by_hand), levels=order), to=0)
        assert model.fitted.recipe.pooled == {"tree": ("elm", "fir"), "grade": (4, 5)}
        assert model.record.notes[-2:] == tuple(note for note in model.record.notes if note.code == "levels-pooled")
        assert model.record.notes[-2].message == (
            "Column 'tree': 2 levels in fewer than 30 rows pooled into '(other)': 'elm', 'fir'."
        )

    def test_pooled_levels_are_read_as_other_again(self, tmp_path):
        data = columns()
        model = again(fit(pl.DataFrame(data), rare=30, levels={"grade": GRADES}), tmp_path)
        elm, fir = ({"x": [0.5], "tree": [tree], "grade": [grade]} for tree, grade in (("elm", 4), ("fir", 5)))
        np.testing.assert_array_equal(model.predict_proba(pl.DataFrame(elm)), model.predict_proba(pl.DataFrame(fir)))
        other = pl.DataFrame({**elm, "tree": [OTHER]})
        np.testing.assert_array_equal(model.predict_proba(other), model.predict_proba(pl.DataFrame(elm)))

    @pytest.mark.parametrize("rare", [0, 1, 1.0, np.int64(1)])
    def test_nothing_is_pooled_below_two(self, rare):
        assert recipe_of(["a", "b", "b", "c"], rare=rare).pooled == {}

    def test_the_limit_itself_is_not_rare(self):
        recipe = recipe_of(["a", "a", "b", "b", "b", "c"], rare=2)
        assert (recipe.factors, recipe.pooled) == ({"f": ("a", "b", OTHER)}, {"f": ("c",)})

    def test_other_may_be_the_baseline(self, tmp_path):
        data = pd.DataFrame(columns())
        model = fit(data, rare=30, baseline={"tree": OTHER}, unknown="other")
        assert model.fitted.recipe.factors["tree"] == (OTHER, "ash", "beech", "cedar")
        strange = data.head(3).assign(tree=["elm", "fir", "yew"], x=0.0, grade=1)
        with pytest.warns(logistica.DataWarning, match=r"first 'yew' in row 2, read as '\(other\)'"):
            found = again(model, tmp_path).predict_proba(strange)
        assert len(np.unique(found[:, 1])) == 1

    def test_when_all_levels_are_rare_one_is_left(self, tmp_path):
        data = pd.DataFrame(columns())
        with pytest.warns(logistica.DataWarning, match="'grade' has only one level"):
            model = logistica.fit(data, target="y", columns=["x", "grade"], levels={"grade": GRADES}, rare=1000)
        assert model.terms == ("x",)
        np.testing.assert_array_equal(again(model, tmp_path).predict_proba(data), model.predict_proba(data))

    def test_a_frequency_is_so_many_rows(self):
        data = pd.DataFrame(columns())
        repeated = data.loc[data.index.repeat(data["w"].astype(int))]
        for rare in (20, 40, 60):
            weighted = fit(data, weights="w", weight_kind="frequency", rare=rare)
            assert_same_fit(weighted, fit(repeated, rare=rare))
            assert weighted.fitted.recipe.pooled == fit(repeated, rare=rare).fitted.recipe.pooled
        assert fit(data, weights="w", rare=30).fitted.recipe.pooled == fit(data, rare=30).fitted.recipe.pooled

    def test_a_level_called_other_is_in_the_way(self):
        with pytest.raises(DataError) as error:
            recipe_of([OTHER, OTHER, "a", "a", "b"], rare=2)
        refused(error, "a level is called '(other)' already", column="f")
        assert recipe_of([OTHER, OTHER, "a", "a"], rare=2).pooled == {}

    def test_numeric_text_is_still_noticed(self):
        data = pd.DataFrame({"f": ["1", "1", "2", "2", "3"], "y": [0, 1, 0, 1, 0]})
        dataset = read(data, Preparation(factors=FactorOptions(rare=2)), target="y")
        assert codes_of(dataset.notes) == ["numeric-text", "levels-pooled"]


class TestAbsentRows:
    WEIGHTS = np.array([1, 1, 1, 1, 0])

    @pytest.mark.parametrize(
        ("values", "options"),
        [
            (["a", "b", "a", "b", "strange"], {"levels": {"f": ["b", "a"]}}),
            ([1.0, 2.0, 1.0, 2.0, 9.0], {"levels": {"f": [2, 1]}}),
            ([1.0, 2.0, 1.0, 2.0, np.inf], {"baseline": {"f": 2}}),
        ],
    )
    def test_their_levels_do_not_matter(self, values, options):
        frame = pd.DataFrame({"f": values})
        dataset = read(
            frame, Preparation(factors=FactorOptions(**options)), target=[0, 0, 1, 1, 1], weights=self.WEIGHTS
        )
        assert len(dataset.recipe.factors["f"]) == 2

    def test_they_do_not_make_a_level_frequent(self):
        frame = pd.DataFrame({"f": ["a", "a", "b", "b", "c"] * 2})
        weights = [1, 1, 1, 1, 1, 1, 1, 1, 1, 0]
        found = read(frame, Preparation(factors=FactorOptions(rare=2)), target=[0, 1] * 5, weights=weights).recipe
        assert found.pooled == {"f": ("c",)}


class TestFormulas:
    DATA = pd.DataFrame(columns())

    def test_options_reach_columns_and_calls(self):
        model = logistica.fit(self.DATA, "y ~ x + tree + C(grade)", rare=30, baseline={"tree": "beech"})
        assert model.terms == (
            *("x", "tree[ash]", "tree[cedar]", "tree[(other)]"),
            *("C(grade)[2]", "C(grade)[3]", "C(grade)[(other)]"),
        )
        np.testing.assert_array_equal(
            model.coef_, fit(self.DATA, rare=30, baseline={"tree": "beech"}, levels={"grade": GRADES}).coef_
        )

    @pytest.mark.parametrize("K", [2, 3])
    def test_a_declared_order_is_that_of_the_contrasts(self, K):
        data = pd.DataFrame(columns(K))
        order = ["fir", "elm", "cedar", "beech", "ash"]
        declared = data.assign(tree=pd.Categorical(data["tree"], order))
        formula = "y ~ x * C(tree, Poly)"
        assert_same_fit(logistica.fit(data, formula, levels={"tree": order}), logistica.fit(declared, formula), to=0)

    def test_a_named_number_is_a_factor_there_too(self):
        named = logistica.fit(self.DATA, "y ~ x + grade", baseline={"grade": 1})
        np.testing.assert_array_equal(named.coef_, logistica.fit(self.DATA, "y ~ x + C(grade)").coef_)

    def test_an_option_for_a_column_beside_the_formula_is_refused(self):
        with pytest.raises(
            OptionError, match=r"baseline= names 'grade', which is no column of X\. There are 'x', 'tree'"
        ):
            logistica.fit(self.DATA, "y ~ x + tree", baseline={"grade": 1})


IMPOSSIBLE = {
    "policy": (
        {"unknown": "nan"},
        "unknown='nan' is not a policy. Use one of 'error', 'reference', 'missing', 'other'",
    ),
    "other": ({"unknown": "other"}, "unknown='other' needs rare="),
    "half": ({"rare": 1.5}, "rare=1.5: it must be a whole number of rows from 0"),
    "negative": ({"rare": -1}, "rare=-1"),
    "text": ({"rare": "3"}, "rare='3'"),
    "nan": ({"rare": float("nan")}, "rare=nan"),
    "inf": ({"rare": float("inf")}, "rare=inf"),
    "flag": ({"rare": True}, "rare=True"),
    "none": ({"rare": None}, "rare=None"),
    "level": ({"baseline": "ash"}, "baseline='ash': it must be a dict"),
    "missing-baseline": ({"baseline": {"tree": None}}, "baseline= of column 'tree' is None"),
    "list": ({"levels": ["ash"]}, r"levels=\['ash'\]: it must be a dict"),
    "word": ({"levels": {"tree": "ash"}}, "levels= of column 'tree' must be a list of different levels"),
    "empty": ({"levels": {"tree": []}}, "levels= of column 'tree' must be"),
    "twice": ({"levels": {"tree": ["ash", "ash"]}}, "levels= of column 'tree' must be a list of different"),
    "gap": ({"levels": {"grade": [1, float("nan")]}}, "levels= of column 'grade' must be"),
    "twice-in-words": (
        {"levels": {"grade": [1, 2, "1", 3, 4, 5]}},
        "levels= of column 'grade' names a level twice: 1, 2, 1",
    ),
    "column": (
        {"levels": {"tee": ["ash"]}},
        "levels= names 'tee', which is no column of X. There are 'x', 'tree', 'grade'",
    ),
    "target": ({"baseline": {"y": "no"}}, "baseline= names 'y', which is no column of X"),
    "no-level": (
        {"baseline": {"tree": "yew"}},
        "level 'yew' of column 'tree' does not occur. There are 'ash', 'beech'",
    ),
    "rare-level": (
        {"baseline": {"tree": "elm"}, "rare": 30},
        "level 'elm' of column 'tree' is rarer than rare= allows",
    ),
    "no-number": ({"baseline": {"grade": 9}}, "level 9 of column 'grade' does not occur. There are 1, 2, 3, 4, 5"),
}


@pytest.mark.parametrize(("options", "message"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_impossible_options_are_refused_by_name(options, message):
    with pytest.raises(OptionError, match=message):
        fit(pd.DataFrame(columns()), **options)


def test_an_array_has_no_factors():
    with pytest.raises(OptionError, match="It has no named columns: pass a table"):
        logistica.fit(np.eye(4), target=[0, 1, 0, 1], baseline={"x0": 1})


@pytest.mark.parametrize("values", [["b", "a", "c", "b", "c", "a"], [2, 1, 3, 2, 3, 1]])
def test_a_level_that_was_not_declared_is_placed(values):
    with pytest.raises(DataError) as error:
        recipe_of(values, levels={"f": values[:2]})
    refused(error, f"the level {values[2]!r} in row 2 is none of those declared", column="f", row=2)
    assert error.value.value == values[2]


def test_an_infinity_is_no_level():
    with pytest.raises(DataError) as error:
        recipe_of([1.0, 2.0, np.inf, 1.0], baseline={"f": 1})
    refused(error, "1 infinite value, the first in row 2", column="f", row=2)


def test_a_file_is_named_with_its_line(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("tree,y\nash,0\nelm,1\nyew,0\nash,1\n")
    with pytest.raises(DataError) as error:
        read(path, Preparation(factors=FactorOptions(levels={"tree": ["ash", "elm"]})), target="y")
    refused(error, "a.csv, line 4, column 'tree': the level 'yew' in row 2 is none of", column="tree", row=2)
    assert error.value.line == 4


@pytest.mark.parametrize("is_sorted", [True, False])
def test_many_levels_are_read_in_the_memory_of_their_codes(is_sorted):
    """In that of 32-bit codes and a tenth of it, classes apart."""
    n_rows, n_levels = 500_000, 2_000
    rng = np.random.default_rng(3)
    names = sorted(f"level {code}" for code in range(n_levels))
    codes = pa.array(rng.integers(0, n_levels, n_rows, dtype=np.int32))
    table = pa.table({"f": pa.DictionaryArray.from_arrays(codes, pa.array(names if is_sorted else names[::-1]))})
    y = rng.integers(0, 2, n_rows)
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    dataset = read(table, target=y)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    taken = peak + pa.total_allocated_bytes() - before - dataset.source.y.nbytes
    assert taken < 1.1 * codes.nbytes
