"""What is wrong with one column is an error where it is used, and is passed on with predictions where it is not."""

import csv
import datetime
import json

import pandas as pd
import pytest
from pyarrow import parquet

import logistica
from logistica.core.errors import DataError
from logistica.data import delimited, filebytes, frames, jsonlines
from logistica.data.filebytes import FileBytes
from logistica.data.opening import open_data
from tests.cli.running import invoke
from tests.formats.writing import workbook_bytes

X, Y = [1.5, 0, 2, 3, 1, 2.5], ["a", "b", "a", "b", "b", "a"]
DATE = datetime.datetime(2020, 1, 2)

ODD_CELLS = {
    "date": ([DATE, None, DATE], "line 2, column 'odd': a date or time, 2020-01-02", ["2020-01-02T00:00:00", ""]),
    "kinds": ([1, 2.5, "x"], "line 4, column 'odd': text, 'x', where a number stands", ["1", "2.5", "x"]),
    "error-value": (["#N/A", 1, 2], "line 2, column 'odd': the error value #N/A", ["#N/A", "1", "2"]),
    "formula": (["=1+1", 1, 2], "line 2, column 'odd': the formula in cell B2 has no value", ["", "1"]),
}
ODD_VALUES = {
    "nested-object": (['{"b": [1, null]}', "1", "null"], "line 1, column 'odd': a nested value"),
    "nested-array": (["1", "null", '[1, "é"]'], "line 3, column 'odd': a nested value"),
    "kinds": (["1", "1.5", '"x"'], "line 3, column 'odd': text, 'x', where a number stands"),
    "kinds-text-first": (['"x"', "null", "true"], "line 3, column 'odd': true or false"),
    "overflow": (["1", "1e400", "2"], "line 2, column 'odd': a number beyond the largest float64"),
    "identifier": (["1", "2", "9" * 20], "line 3, column 'odd': the whole number 9+ has no float64"),
    "surrogate": (['"x"', '"\\ud800"', '"y"'], "line 2, column 'odd': text with half of a surrogate pair"),
}
FILLED = ["2,5"] * 29
ODD_TEXTS = {
    "overflow": (",", ["1", "-1e400"], "line 3, column 'odd': '-1e400' is too large"),
    "hexadecimal": (",", ["1", "", "0x10"], "line 4, column 'odd': '0x10' is hexadecimal"),
    "stray-text": (",", ["1"] * 28 + ["n/k"], "line 30, column 'odd': 'n/k' is not a number, as nearly all"),
    "overflow-comma": (";", ["2,5", "1,5e400"], "line 3, column 'odd': '1,5e400' is too large"),
    "stray-text-comma": (";", [*FILLED, "n/k"], "line 31, column 'odd': 'n/k' is not a number, as nearly all"),
    "two-signs": (";", ["2,5", "1.5"], "line 3, column 'odd': '1.5' has a decimal point, and other cells decimal"),
    "commas-apart": ("\t", ["1", "1,234,567"], "line 3, column 'odd': '1,234,567' has a thousands separator"),
    "commas-apart-and-point": ("\t", ["1", "1,234.5"], "line 3, column 'odd': '1,234.5' has a thousands separator"),
    "points-apart": (";", ["1", "1.234,5"], "line 3, column 'odd': '1.234,5' has a thousands separator"),
    "perhaps-apart": ("\t", ["1", "1,234"], "line 3, column 'odd': '1,234' may have a decimal comma or a thousands"),
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.json"
    logistica.fit(pd.DataFrame({"x": X, "y": Y}), target="y").save(path)
    return path


def refused_where_used(path, message):
    with pytest.raises(DataError, match=message) as caught:
        logistica.fit(path, target="y")
    assert (caught.value.column, caught.value.path) == ("odd", str(path))
    assert caught.value.remedy
    for role in ("target", "weights", "offset"):
        with pytest.raises(DataError, match=message):
            logistica.fit(path, **{"target": "y", "columns": ["x"], role: "odd"})


@pytest.mark.parametrize(("cells", "message", "written"), ODD_CELLS.values(), ids=ODD_CELLS)
def test_a_workbook(cells, message, written, saved, tmp_path):
    path = tmp_path / "rows"
    rows = zip(X, (cells + [None] * 6)[:6], Y, strict=True)
    path.write_bytes(workbook_bytes([["x", "odd", "y"], *map(list, rows)]))
    refused_where_used(path, message)
    plain = logistica.fit(pd.DataFrame({"x": X, "y": Y}), target="y")
    assert logistica.fit(path, target="y", columns=["x"]).coef_.tobytes() == plain.coef_.tobytes()
    found = invoke("predict", saved, path)
    assert found.exit_code == 0, found.stderr
    assert [row[1] for row in csv.reader(found.stdout.splitlines())][1 : len(written) + 1] == written


@pytest.mark.parametrize(("values", "message"), ODD_VALUES.values(), ids=ODD_VALUES)
def test_json_lines(values, message, saved, tmp_path):
    path, scored = tmp_path / "rows", tmp_path / "scored"
    rows = zip(X, (values + ["null"] * 6)[:6], Y, strict=True)
    lines = [f'{{"x": {x}, "odd":{odd} ,"y": "{y}" }}' for x, odd, y in rows]
    path.write_text("\n".join(lines), encoding="utf-8")
    refused_where_used(path, message)
    plain = logistica.fit(pd.DataFrame({"x": X, "y": Y}), target="y")
    assert logistica.fit(path, target="y", columns=["x"]).coef_.tobytes() == plain.coef_.tobytes()
    assert invoke("predict", saved, path, "-o", scored).exit_code == 0
    for before, after in zip(lines, scored.read_text(encoding="utf-8").splitlines(), strict=True):
        assert after.startswith(before[:-1].rstrip() + ', "prediction": ')
        assert list(json.loads(after)) == ["x", "odd", "y", "prediction", "P(a)", "P(b)"]


@pytest.mark.parametrize("piece_bytes", [50, 1 << 20])
@pytest.mark.parametrize(("delimiter", "cells", "message"), ODD_TEXTS.values(), ids=ODD_TEXTS)
def test_delimited_text(delimiter, cells, message, piece_bytes, monkeypatch, tmp_path):
    monkeypatch.setattr(filebytes, "PIECE_BYTES", piece_bytes)
    path, scored, model = tmp_path / "rows", tmp_path / "scored", tmp_path / "m.json"
    x, y = [3, 0, 4, 6, 2, 5] * 5, Y * 5
    rows = list(zip(x, (cells + ["NA"] * 30)[:30], y, strict=True))
    lines = [delimiter.join(map(str, row)) for row in [("x", "odd", "y"), *rows]]
    path.write_text("\n".join(lines) + "\n")
    refused_where_used(path, message)
    plain = logistica.fit(pd.DataFrame({"x": x, "y": y}), target="y")
    fitted = logistica.fit(path, target="y", columns=["x"])
    assert fitted.coef_.tobytes() == plain.coef_.tobytes()
    fitted.save(model)
    assert invoke("predict", model, path, "-o", scored).exit_code == 0
    for before, after in zip(lines, scored.read_text().splitlines(), strict=True):
        assert after.startswith(before + delimiter)
    assert invoke("predict", model, path, "-o", tmp_path / "scored.parquet").exit_code == 0
    written = parquet.read_table(tmp_path / "scored.parquet")["odd"].to_pylist()
    assert written == [None if cell in {"", "NA"} else cell for _, cell, _ in rows]


def columns_of(text):
    """Open a table: the numbers of its columns, or the errors of those that cannot be used."""
    arrow, origin = delimited.read(FileBytes("f", text.encode()))
    table, found = frames.arrow_table(arrow, text=origin), {}
    for name in table.names:
        try:
            found[name] = table.column(name).values.tolist()
        except DataError as error:
            found[name] = str(error)
    return found


POINT_BESIDE = "f, line 2, column 'b': '1.5' has a decimal point, and column 'a' decimal commas"
PERHAPS = "f, line 2, column 'b': '1,234' may have a decimal comma or a thousands separator"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a;b;c\n2,5;1.5;1\n", {"a": POINT_BESIDE, "b": POINT_BESIDE, "c": [1]}),
        ("a;b;c\n1.234,5;1.5;1\n", {"a": "f, line 2, column 'a': '1.234,5' has", "b": POINT_BESIDE, "c": [1]}),
        ("a;b;c\n1,234.5;1.5;1\n", {"a": "f, line 2, column 'a': '1,234.5' has", "b": [1.5], "c": [1]}),
        ("a\tb\n1,234\t1.5\n", {"a": "f, line 2, column 'a': '1,234' may have", "b": [1.5]}),
        ("a;b;c\n1,234,567;1,234;0,5\n", {"a": "f, line 2, column 'a': '1,234,567' has", "b": PERHAPS, "c": [0.5]}),
        ("a\tb\n1.234,5\t1,234\n", {"a": "f, line 2, column 'a': '1.234,5' has", "b": [1.234]}),
        ("a\tb\n1,234,567\t1,234\n", {"a": "f, line 2, column 'a': '1,234,567' has", "b": PERHAPS}),
    ],
)
def test_what_a_comma_is_in_one_column_tells_what_signs_are_in_others(text, expected):
    found = columns_of(text)
    for name, values in expected.items():
        assert found[name].startswith(values) if isinstance(values, str) else found[name] == values
    assert found.keys() == expected.keys()


def test_the_rest_of_a_column_is_text_whatever_the_batches(monkeypatch, tmp_path):
    path = tmp_path / "rows"
    path.write_text('{"a": 1, "b": 1}\n{"a": 2.0, "b": 2}\n{"a": true, "b": 3}\n{"a": {"c": [null]}, "b": 4}\n')
    for rows in (1, 2, 10_000):
        monkeypatch.setattr(jsonlines, "BATCH_ROWS", rows)
        table = open_data(path)
        assert table.frame["a"].to_list() == ["1", "2", "true", '{"c": [null]}']
        assert table.frame["b"].to_list() == [1, 2, 3, 4]
