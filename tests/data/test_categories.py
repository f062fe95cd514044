"""Categories that declare an order: features keep it, classes are sorted and say so."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from logistica.core.errors import DataWarning
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
}
UNDECLARED = {
    "pandas-text": lambda: pd.Series(VALUES),
    "pandas-categories": lambda: pd.Series(VALUES, dtype="category"),
    "pandas-array": lambda: pd.array(VALUES),
    "polars-categories": lambda: pl.Series(VALUES, dtype=pl.Categorical),
    "arrow-dictionary": lambda: arrow(ordered=False),
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
