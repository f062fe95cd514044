"""Predictions come back with the rows that they are for: in the caller's kind of frame, in the input's format."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import logistica
from logistica.core.errors import OptionError
from logistica.data import files
from logistica.data.opening import open_data
from tests.cli.running import invoke
from tests.formats.writing import FORMATS, table

TABLE = table()
ADDED = ["prediction", "P(no)", "P(yes)"]


@pytest.fixture(scope="module")
def model():
    return logistica.fit(TABLE.to_pandas().dropna(), target="y")


@pytest.fixture(scope="module")
def saved(model, tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.json"
    model.save(path)
    return path


def _columns(opened):
    return {name: opened.series(name).to_list() for name in opened.names}


@pytest.mark.filterwarnings("ignore::logistica.DataWarning")
@pytest.mark.parametrize("form", FORMATS)
def test_the_format_of_the_input(form, model, saved, tmp_path):
    path, scored = tmp_path / "rows", tmp_path / "scored"
    path.write_bytes(FORMATS[form](TABLE))
    found = invoke("predict", saved, path, "--missing", "drop", "-o", scored)
    assert found.exit_code == 0, found.stderr
    before, after = open_data(path), open_data(scored)
    kind = files.sniff(str(path))
    assert files.sniff(str(scored)) == ("delimited" if kind == "excel" else kind)
    assert list(after.names) == [*before.names, *ADDED]
    columns = _columns(after)
    for name, values in _columns(before).items():
        assert columns[name] == values
    if before.text is not None:
        written, again = before.text.texts(before.names, nulls=()), after.text.texts(before.names, nulls=())
        assert {name: one.to_pylist() for name, one in again.items()} == {
            name: one.to_pylist() for name, one in written.items()
        }
    proba = model.predict_proba(TABLE, missing="drop")
    absent = np.isnan(proba[:, 0])
    assert absent.sum() == 4
    for k, name in enumerate(ADDED[1:]):
        assert [value is None for value in columns[name]] == absent.tolist()
        np.testing.assert_array_equal(np.array(columns[name], float)[~absent], proba[~absent, k])
    assert columns["prediction"] == model.predict(TABLE, missing="drop").tolist()


@pytest.mark.filterwarnings("ignore::logistica.DataWarning")
@pytest.mark.parametrize(
    "frame",
    [TABLE, TABLE.to_pandas(), TABLE.to_pandas().set_index("city", drop=False), pl.from_arrow(TABLE)],
    ids=["arrow", "pandas", "pandas-with-an-index", "polars"],
)
def test_the_callers_own_frame(frame, model):
    before = frame.copy() if isinstance(frame, pd.DataFrame) else frame
    found = model.augment(frame, missing="drop")
    assert type(found) is type(frame)
    opened = open_data(found)
    assert list(opened.names) == [*TABLE.column_names, *ADDED]
    missing = np.isnan(model.predict_proba(frame, missing="drop")[:, 0])
    for name in ADDED:
        values = opened.series(name)
        gone = np.array([value is None or value is pd.NA for value in values.to_list()])
        if not values.dtype.is_numeric():
            gone |= np.array([isinstance(value, float) for value in values.to_list()])
        else:
            gone |= np.isnan(values.to_numpy().astype(float))
        np.testing.assert_array_equal(gone, missing)
    if isinstance(frame, pd.DataFrame):
        pd.testing.assert_index_equal(found.index, frame.index)
        pd.testing.assert_frame_equal(frame, before)
        pd.testing.assert_frame_equal(found[list(frame.columns)], frame)


CLASSES = {
    "huge": ([2**60, 2**60 + 1], "Int64"),
    "integers": ([2, 3, 5], "Int64"),
    "unsigned": (np.array([2**63, 2**63 + 1], np.uint64), "UInt64"),
    "small": (np.array([1, 2], np.int8), "Int8"),
    "booleans": ([False, True], "boolean"),
    "fractions": ([0.5, 1.5], "float64"),
    "text": (["no", "yes"], "str"),
}


@pytest.mark.filterwarnings("ignore::logistica.DataWarning")
@pytest.mark.parametrize("backed", [False, True])
@pytest.mark.parametrize(("classes", "kind"), CLASSES.values(), ids=CLASSES)
def test_no_label_changes_beside_a_row_without_a_prediction(classes, kind, backed):
    frame = pd.DataFrame({"x": np.arange(12.0)}, index=range(3, 15))
    y = np.asarray(classes)[np.arange(12) * 5 % 7 % len(classes)]
    model = logistica.fit(frame, target=y, C=1.0)
    holed = frame.where(frame.x != 4.0)
    holed = holed.convert_dtypes(dtype_backend="pyarrow") if backed else holed
    found = model.augment(holed, missing="drop")["prediction"]
    assert found.dtype == kind
    assert found.isna().tolist() == [row == 4 for row in range(12)]
    expected = model.predict(frame)
    assert set(expected.tolist()) <= set(np.asarray(classes).tolist())
    assert found.drop(7).tolist() == np.delete(expected, 4).tolist()


def test_booleans_are_true_and_false_wherever_they_are_text(tmp_path):
    train, saved = tmp_path / "train.csv", tmp_path / "m.json"
    train.write_text("x,y\n" + "".join(f"{row},{'TRUE' if row % 3 else 'FALSE'}\n" for row in range(12)))
    assert invoke("fit", train, "--target", "y", "-o", saved).exit_code == 0
    lines = invoke("predict", saved, train).stdout.splitlines()
    assert lines[0] == "x,y,prediction,P(false),P(true)"
    assert lines[1].startswith("0,FALSE,true,")
    summary = invoke("summary", saved)
    assert "P(y = true)" in summary.stdout
    assert "false (4 rows)" in summary.stdout
    for spelling in ("true", "True", "TRUE"):
        assert "P(y = false)" in invoke("summary", saved, "--reference", spelling).stdout
    assert "true" in invoke("evaluate", saved, train).stdout
    model = logistica.load(saved)
    assert model.augment(train).column_names == ["x", "y", "prediction", "P(false)", "P(true)"]
    assert model.predict(train).tolist() == [True] * 12


def test_a_path_gives_an_arrow_table(model, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("age,dose,city,member\n30,0.5,Oslo,true\n")
    found = model.augment(path)
    assert isinstance(found, pa.Table)
    assert found.column_names == ["age", "dose", "city", "member", *ADDED]


def test_names_that_are_taken_are_refused(model, saved, tmp_path):
    frame = pd.DataFrame({"age": [30], "dose": [0.5], "city": ["Oslo"], "member": [True], "P(no)": [1.0]})
    with pytest.raises(OptionError, match=r"have a column 'P\(no\)' already"):
        model.augment(frame)
    frame.to_csv(tmp_path / "rows.csv", index=False)
    found = invoke("predict", saved, tmp_path / "rows.csv")
    assert found.exit_code == 2
    assert "'P(no)' already" in found.stderr
    assert "--only" in found.stderr
    assert invoke("predict", saved, tmp_path / "rows.csv", "--only").exit_code == 0


def test_an_array_has_no_names_to_add():
    model = logistica.fit(np.array([[0.0], [1], [2], [3]]), target=[0, 1, 0, 1])
    with pytest.raises(OptionError, match="predict_proba"):
        model.augment(np.ones((2, 1)))


@pytest.mark.parametrize(
    "text",
    [
        'x,note\n1,"a, b"\n2,"say ""yes"""\n3,"two\nlines"\n4,# no comment\n5, blanks \n6,\n',
        "x;note\n1,5;a\n2,5;b\n",
        "x\tnote\n007\t1e3\n8.50\t+1\n",
    ],
)
def test_cells_stay_as_they_were_written(text, tmp_path):
    path, scored = tmp_path / "rows", tmp_path / "scored"
    path.write_text(text)
    model = logistica.fit(np.array([[0.0], [1], [2], [3]]), target=[0, 1, 0, 1])
    renamed = logistica.fit(pd.DataFrame({"x": [0.0, 1, 2, 3]}), target=[0, 1, 0, 1])
    assert model.coef_ == renamed.coef_
    renamed.save(tmp_path / "m.json")
    found = invoke("predict", tmp_path / "m.json", path, "-o", scored)
    assert found.exit_code == 0, found.stderr
    before, after = open_data(path), open_data(scored)
    assert {n: c.to_pylist() for n, c in after.text.texts(before.names, nulls=()).items()} == {
        n: c.to_pylist() for n, c in before.text.texts(before.names, nulls=()).items()
    }


@pytest.mark.parametrize("rows", [0, 2])
def test_predictions_have_their_type_where_there_are_none(rows, model, saved, tmp_path):
    empty = TABLE.slice(0, rows).set_column(0, "age", pa.nulls(rows, pa.int64()))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", logistica.LogisticaWarning)
        for frame in (empty, pl.from_arrow(empty)):
            types = [str(kind) for kind in open_data(model.augment(frame, missing="drop")).frame.schema.values()][-3:]
            assert types == ["String", "Float64", "Float64"]


def test_only_cells_that_need_quotes_have_them(tmp_path):
    model = logistica.fit(pd.DataFrame({"x": [0.0, 1, 2, 3]}), target=["a", "b,c", "a", "b,c"])
    model.save(tmp_path / "m.json")
    path = tmp_path / "rows.csv"
    path.write_text('x,note\n1,NA\n2,"p,q"\n')
    lines = invoke("predict", tmp_path / "m.json", path).stdout.splitlines()
    assert lines[0] == 'x,note,prediction,P(a),"P(b,c)"'
    assert lines[1].startswith("1,NA,a,")
    assert lines[2].startswith('2,"p,q","b,c",')
