"""Categories that declare an order: features keep it, classes are sorted and say so."""

import io

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from pyarrow import parquet

from logistica.core.errors import DataWarning
from logistica.data.factors import FactorOptions
from logistica.data.preparation import Preparation
from logistica.data.read import read

VALUES = ["mid", "low", "high", "low", "mid", "high"]
ORDER = ["low", "mid", "unused", "high"]
SORTED = ["high", "low", "mid"]
X = np.arange(6.0).reshape(6, 1)


def arrow(ordered):
    indices = pa.array([ORDER.index(value) for value in VALUES], pa.int8())
    return pa.chunked_array([pa.DictionaryArray.from_arrays(indices, pa.array(ORDER), ordered=ordered)])


DECLARED = {
    "pandas-ordered": lambda: pd.Series(pd.Categorical(VALUES, ORDER, ordered=True)),
    "pandas-unordered": lambda: pd.Series(pd.Categorical(VALUES, ORDER)),
    "pandas-array": lambda: pd.Categorical(VALUES, ORDER),
    "pandas-index": lambda: pd.CategoricalIndex(VALUES, ORDER),
    "polars-enum": lambda: pl.Series(VALUES, dtype=pl.Enum(ORDER)),
    "arrow-ordered": lambda: arrow(ordered=True),
    "pandas-arrow-ordered": lambda: arrow(ordered=True).to_pandas(types_mapper=pd.ArrowDtype),
}
UNDECLARED = {
    "pandas-text": lambda: pd.Series(VALUES),
    "pandas-categories": lambda: pd.Series(VALUES, dtype="category"),
    "pandas-array": lambda: pd.array(VALUES),
    "polars-categories": lambda: pl.Series(VALUES, dtype=pl.Categorical),
    "arrow-dictionary": lambda: arrow(ordered=False),
    "pandas-arrow-dictionary": lambda: arrow(ordered=False).to_pandas(types_mapper=pd.ArrowDtype),
    "array": lambda: np.array(VALUES),
}


def frame_of(values):
    if isinstance(values, pl.Series):
        return pl.DataFrame({"f": values})
    return pa.table({"f": values}) if isinstance(values, pa.ChunkedArray) else pd.DataFrame({"f": values})


@pytest.mark.parametrize("make", DECLARED.values(), ids=DECLARED)
def test_a_target_with_another_order_is_sorted_with_a_note(make):
    for dataset in (read(X, target=make()), read(frame_of(make()), target="f")):
        assert dataset.labels.classes.tolist() == SORTED
        assert dataset.labels.decode(dataset.source.y).tolist() == VALUES
        (note,) = dataset.notes
        assert (note.code, note.warning) == ("class-order", DataWarning)
        assert "order 'low', 'mid', 'high' of its" in note.message
        assert "sorted instead: 'high', 'low', 'mid'" in note.message


@pytest.mark.parametrize("make", UNDECLARED.values(), ids=UNDECLARED)
def test_a_target_without_an_order_has_no_note(make):
    dataset = read(X, target=make())
    assert dataset.labels.classes.tolist() == SORTED
    assert dataset.notes == ()


def test_only_classes_in_use_have_an_order():
    target = pd.Series(pd.Categorical(["c", "b", "a", "b"], ["b", "a", "c"]))
    codes = [note.code for note in read(X[:4], target=target, weights=[1, 1, 0, 1]).notes]
    assert codes == []
    codes = [note.code for note in read(X[:4], target=target, weights=[0, 1, 1, 1]).notes]
    assert codes == ["class-order"]


@pytest.mark.parametrize("make", DECLARED.values(), ids=DECLARED)
def test_a_feature_keeps_the_declared_order(make):
    recipe = read(frame_of(make()), target=[0, 1] * 3).recipe
    assert recipe.factors == {"f": ("low", "mid", "high")}
    assert recipe.baseline("f") == "low"
    assert recipe.terms == ("f[mid]", "f[high]")


@pytest.mark.parametrize("make", UNDECLARED.values(), ids=UNDECLARED)
def test_a_feature_without_an_order_is_sorted(make):
    recipe = read(frame_of(make()), target=[0, 1] * 3).recipe
    assert recipe.factors == {"f": ("high", "low", "mid")}


@pytest.mark.parametrize("options", [None, FactorOptions(baseline={"f": "mid"}), FactorOptions(levels={"f": ORDER})])
def test_an_order_that_nobody_may_have_meant_is_told(options):
    """pandas makes of a Parquet dictionary a categorical in the order of first appearance, which is not to be told."""
    sink = io.BytesIO()
    parquet.write_table(pa.table({"f": pa.array(VALUES).dictionary_encode()}), sink)
    frame = pd.read_parquet(sink)
    dataset = read(frame, None if options is None else Preparation(factors=options), target=[0, 1] * 3)
    if options is not None:
        assert dataset.notes == ()
        return
    assert dataset.recipe.factors == {"f": ("mid", "low", "high")}
    (note,) = dataset.notes
    assert (note.code, note.warning) == ("category-order", None)
    assert "Column 'f': its categories were kept in their own order, 'mid', 'low', 'high', though" in note.message
    ordered = frame.astype({"f": pd.CategoricalDtype(ORDER, ordered=True)})
    for other in (ordered, frame.assign(f=frame.f.cat.reorder_categories(SORTED)), frame.astype({"f": "str"})):
        assert read(other, target=[0, 1] * 3).notes == ()
