"""Random tables with gaps and weights of zero: the rows in use are those that a plain filter keeps."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from scipy import sparse

from logistica.data.newrows import labelled_rows
from logistica.data.preparation import Preparation
from logistica.data.read import read
from tests.data.naive import filled, source_rows

ROW = st.tuples(
    st.sampled_from([-1.5, 0.0, 2.25, None]),
    st.sampled_from(["a", "b", "c", None]),
    st.sampled_from(["no", "yes", None]),
    st.sampled_from([0.0, 1.0, 2.5]),
)
MAKERS = {
    "pandas": pd.DataFrame,
    "polars": lambda columns: pl.DataFrame(columns, schema_overrides={"x": pl.Float64, "f": pl.String, "y": pl.String}),
    "arrow": lambda columns: pa.table(
        {name: pa.array(values, pa.string() if name in "fy" else pa.float64()) for name, values in columns.items()}
    ),
}


def plain_filter(rows):
    kept = [row for row in rows if row[3] > 0 and None not in row]
    levels = sorted({f for _, f, _, _ in kept})
    design = [[x, *(float(f == level) for level in levels[1:])] for x, f, _, _ in kept]
    return kept, levels, np.array(design, dtype=float).reshape(len(kept), max(len(levels), 1))


@pytest.mark.filterwarnings("ignore::logistica.core.errors.DataWarning")
@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@given(rows=st.lists(ROW, min_size=2, max_size=12))
@settings(max_examples=60, deadline=None, derandomize=True)
def test_a_table_keeps_the_rows_that_a_plain_filter_keeps(make, rows):
    kept, levels, design = plain_filter(rows)
    assume({y for _, _, y, _ in kept} == {"no", "yes"})
    table = make(dict(zip("xfyw", map(list, zip(*rows, strict=True)), strict=True)))
    dataset = read(table, Preparation(missing="drop"), target="y", weights="w")
    np.testing.assert_array_equal(source_rows(dataset.source), design)
    assert dataset.recipe.factors == {"f": tuple(levels)}
    assert dataset.labels.decode(dataset.source.y).tolist() == [y for _, _, y, _ in kept]
    assert dataset.source.weights.tolist() == [w for *_, w in kept]
    n_zero = sum(w == 0 for *_, w in rows)
    assert dataset.n_rows_weight_zero == n_zero
    assert dataset.n_rows_dropped == len(rows) - len(kept) - n_zero

    known = [row if row[1] in levels else (row[0], levels[0], *row[2:]) for row in rows]
    new = labelled_rows(
        dataset.recipe,
        dataset.labels,
        make(dict(zip("xfyw", map(list, zip(*known, strict=True)), strict=True))),
        target="y",
        weights="w",
        missing="drop",
    )
    assert new.n_rows == len(rows)
    missing = [row[3] > 0 and None in row for row in known]
    assert (new.missing is None and not any(missing)) or new.missing.tolist() == missing


@given(
    entries=st.lists(st.sampled_from([0.0, 1.0, -2.0, np.nan]), min_size=12, max_size=12),
    weights=st.lists(st.sampled_from([0.0, 1.0]), min_size=4, max_size=4),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_dense_and_sparse_keep_the_same_rows(entries, weights):
    X = np.vstack([np.ones(3), np.reshape(entries, (4, 3)), np.zeros(3)])
    weights = [1.0, *weights, 2.0]
    keep = (np.array(weights) > 0) & np.isfinite(X).all(axis=1)
    for form in (np.array, np.asfortranarray, sparse.csr_array, sparse.coo_array):
        dataset = read(form(X), Preparation(missing="drop"), target=[0, 0, 0, 1, 1, 1], weights=weights)
        np.testing.assert_array_equal(source_rows(dataset.source), X[keep])
        np.testing.assert_array_equal(filled(dataset.source.design), X)
