"""Whole numbers beyond 2**53 that float64 does not hold are noted, whatever they come in, if their column is used."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import logistica
from logistica.core.errors import DataError, DataWarning
from tests.formats.writing import delimited, feather_bytes, json_lines, parquet_bytes, stream_bytes

BIG = 2**53 + 1
Y = [0, 1, 0, 1, 0, 1]
WHOLE = [3, BIG, 2, 1, None, BIG]
MIXED = [0.5, BIG, 2, 1, None, 2**70 + 1]


def arrow(values):
    return pa.table({"x": pa.array(values, pa.int64()), "y": Y, "z": list(range(6))})


def text_of_json(values):
    return "".join(json.dumps({"x": x, "y": y, "z": z}) + "\n" for z, (x, y) in enumerate(zip(values, Y, strict=True)))


def text_of_csv(values):
    rows = zip(values, Y, range(6), strict=True)
    return "x,y,z\n" + "".join(f"{'NA' if x is None else x},{y},{z}\n" for x, y, z in rows)


FILES = {
    "csv": delimited(arrow(WHOLE)),
    "json-lines": json_lines(arrow(WHOLE)),
    "parquet": parquet_bytes(arrow(WHOLE)),
    "feather": feather_bytes(arrow(WHOLE)),
    "stream": stream_bytes(arrow(WHOLE), 2),
    "csv-beside-fractions": text_of_csv(MIXED).encode(),
    "json-lines-beside-fractions": text_of_json(MIXED).encode(),
    "json-lines-fraction-last": text_of_json([*MIXED[1:], 0.5]).encode(),
}
FRAMES = {
    "pandas": pd.DataFrame({"x": pd.array(WHOLE, "Int64"), "y": Y, "z": range(6)}),
    "pandas-objects": pd.DataFrame({"x": pd.Series(MIXED, dtype=object), "y": Y, "z": range(6)}),
    "polars": pl.from_arrow(arrow(WHOLE)),
    "arrow": arrow(WHOLE),
}


def codes(data, **options):
    with pytest.warns(DataWarning, match="Dropped 1 of 6 rows"):
        model = logistica.fit(data, target="y", C=1.0, missing="drop", **options)
    return {note.code: note.message for note in model.record.notes}


@pytest.mark.filterwarnings("ignore::logistica.LogisticaWarning")
@pytest.mark.parametrize("form", [*FILES, *FRAMES])
def test_noted_with_the_number_as_written(form, tmp_path):
    data = FRAMES.get(form)
    if data is None:
        data = tmp_path / "data"
        data.write_bytes(FILES[form])
    row = 0 if form == "json-lines-fraction-last" else 1
    found = codes(data)["inexact-integers"]
    assert f"Column 'x': 2 integers beyond 2**53 rounded to the nearest float64, the first in row {row}: {BIG}" in found
    assert "inexact-integers" not in {
        note.code for note in logistica.fit(data, target="y", columns=["z"], C=1.0).record.notes
    }


@pytest.mark.filterwarnings("ignore::logistica.LogisticaWarning")
@pytest.mark.parametrize("form", FILES)
def test_rows_of_weight_zero_are_not_looked_at(form, tmp_path):
    path = tmp_path / "data"
    path.write_bytes(FILES[form])
    weights = np.array([1.0, 0, 1, 1, 1, 0] if form != "json-lines-fraction-last" else [0.0, 1, 1, 1, 0, 1])
    assert "inexact-integers" not in codes(path, weights=weights)


@pytest.mark.filterwarnings("ignore::logistica.LogisticaWarning")
@pytest.mark.parametrize("form", [form for form in FILES if "fraction" in form])
def test_as_levels_of_a_factor_they_are_refused(form, tmp_path):
    path = tmp_path / "data"
    path.write_bytes(FILES[form])
    with pytest.raises(DataError, match=f"column 'x': the level {BIG} in row . has no float64 of its own.* as text"):
        logistica.fit(path, "y ~ C(x)", missing="drop")
    kept = [0.0, 1, 1, 1, 0, 1] if form.endswith("last") else [1.0, 0, 1, 1, 1, 0]
    assert logistica.fit(path, "y ~ C(x)", missing="drop", weights=np.array(kept), C=1.0).record.converged


def test_new_data_are_looked_at_too(tmp_path):
    model = logistica.fit(pd.DataFrame({"x": [1.0, 2, 3, 4]}), target=[0, 1, 0, 1])
    path = tmp_path / "new"
    path.write_text(f'{{"x": 0.5}}\n{{"x": {BIG}}}\n')
    with pytest.warns(DataWarning, match=f"1 integer beyond .* row 1: {BIG}"):
        model.predict_proba(path)
