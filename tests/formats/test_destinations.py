"""The name of an output says its format and its archive."""

import bz2
import gzip
import math
import re

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet

import logistica
from logistica.core.errors import OptionError
from logistica.data import compression, files
from logistica.data.destination import MOST_SHEET_ROWS, Destination, destination
from logistica.data.opening import open_data
from tests.cli.running import invoke
from tests.formats.writing import FORMATS, table

TABLE = table()
MODEL = logistica.fit(TABLE.to_pandas().dropna(), target="y")
SUFFIXES = {
    ".csv": "delimited",
    ".tsv": "delimited",
    ".jsonl": "json-lines",
    ".parquet": "parquet",
    ".feather": "feather",
    ".arrows": "arrow-stream",
    ".xlsx": "excel",
}
INPUTS = ["comma", "semicolon-decimal-comma", "tab", "space", "json-lines", "parquet", "feather-dictionary", "workbook"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.json"
    MODEL.save(path)
    return path


def predicted(saved, data, output, *options):
    found = invoke("predict", saved, data, "--missing", "drop", "-o", output, *options)
    assert found.exit_code == 0, found.stderr
    return open_data(output)


def values_of(opened):
    return {name: opened.series(name).to_list() for name in opened.names}


@pytest.mark.filterwarnings("ignore::logistica.DataWarning")
@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize("form", INPUTS)
def test_every_format_becomes_every_other(form, suffix, saved, tmp_path):
    path, out = tmp_path / "rows", tmp_path / f"scored{suffix}"
    path.write_bytes(FORMATS[form](TABLE))
    after = predicted(saved, path, out)
    assert files.sniff(out) == SUFFIXES[suffix]
    expected = values_of(open_data(path))
    assert list(after.names) == [*expected, "prediction", "P(no)", "P(yes)"]
    found = values_of(after)
    assert {name: found[name] for name in expected} == expected
    proba = MODEL.predict_proba(TABLE, missing="drop")[:, 1]
    if suffix == ".xlsx":  # a cell keeps 16 digits
        proba = np.array([float(f"{value:.16g}") for value in proba])
    np.testing.assert_array_equal(np.array(found["P(yes)"], float), proba)


ARCHIVES = {".gz": "gzip", ".bz2": "bzip2", ".zst": "zstd"}


@pytest.mark.filterwarnings("ignore::logistica.DataWarning")
@pytest.mark.parametrize("archive", ARCHIVES)
@pytest.mark.parametrize("stem", ["scored", "scored.csv", "scored.jsonl", "scored.PARQUET"])
def test_an_archive_around_any_of_them(stem, archive, saved, tmp_path):
    path, out = tmp_path / "rows.csv.gz", tmp_path / f"{stem}{archive.upper()}"
    path.write_bytes(gzip.compress(FORMATS["comma"](TABLE)))
    plain = tmp_path / stem
    after, before = predicted(saved, path, out), predicted(saved, path, plain)
    assert compression.kind_of(out.read_bytes()[:10]) == ARCHIVES[archive]
    assert compression.kind_of(plain.read_bytes()[:10]) is None
    assert values_of(after) == values_of(before)
    assert files.sniff(out) == files.sniff(plain)


def test_documents_and_predictions_alone_follow_the_name_too(saved, tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text("age,dose,city,member\n30,0.5,Oslo,true\n")
    document = tmp_path / "scored.json.bz2"
    assert invoke("predict", saved, path, "--json", "-o", document).exit_code == 0
    assert bz2.decompress(document.read_bytes()) == invoke("predict", saved, path, "--json").stdout_bytes
    assert predicted(saved, path, tmp_path / "alone.parquet", "--only").names == ("prediction", "P(no)", "P(yes)")
    assert predicted(saved, path, tmp_path / "alone", "--only").names == ("prediction", "P(no)", "P(yes)")


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("scored.xls", [], r"a format that is not written, \.xls"),
        ("scored.csv.xz", [], r"a format that is not written, \.xz"),
        ("scored.dta.gz", [], r"a format that is not written, \.dta"),
        ("scored.json", [], r"ask for one with --json, .*\.jsonl"),
        ("scored.parquet", ["--json"], r"--json writes one JSON document"),
    ],
)
def test_a_name_that_cannot_be_kept_is_refused_before_anything_is_read(name, options, message, saved, tmp_path):
    with pytest.raises(OptionError, match=message):
        destination(name, document=bool(options))
    found = invoke("predict", saved, tmp_path / "no such file", "-o", tmp_path / name, *options)
    assert found.exit_code == 2
    assert not (tmp_path / name).exists()


def test_a_sheet_holds_only_so_many_rows():
    with pytest.raises(OptionError, match="1,048,576 rows"):
        Destination("excel").check_rows(MOST_SHEET_ROWS + 1)
    Destination("excel").check_rows(MOST_SHEET_ROWS)
    Destination("parquet").check_rows(MOST_SHEET_ROWS + 1)


@pytest.fixture
def of_x(tmp_path):
    path = tmp_path / "x.json"
    logistica.fit(pd.DataFrame({"x": [0.0, 1, 2, 3]}), target=["a", "b,c", "a", "b,c"]).save(path)
    return path


def test_zeros_before_a_number_are_kept_as_text(of_x, tmp_path):
    path, out = tmp_path / "rows.csv", tmp_path / "scored.parquet"
    path.write_text("x,code,n\n1,007,7\n2,010,8\n")
    assert invoke("predict", of_x, path, "-o", out).exit_code == 0
    found = parquet.read_table(out)
    assert found["code"].to_pylist() == ["007", "010"]
    assert found["n"].to_pylist() == [7, 8]


def test_what_looks_like_a_formula_stays_text(of_x, tmp_path):
    path, out = tmp_path / "rows.csv", tmp_path / "scored.xlsx"
    path.write_text('x,note\n1,"=1+1"\n2,+2 kg\n')
    assert invoke("predict", of_x, path, "-o", out).exit_code == 0
    sheet = openpyxl.load_workbook(out).active
    assert [(cell.value, cell.data_type) for cell in sheet["B"][1:]] == [("=1+1", "s"), ("+2 kg", "s")]


@pytest.mark.parametrize(
    ("column", "suffix", "message"),
    [
        (pa.array([[1], [2]]), ".csv", "column 'odd': values of type list"),
        (pa.array([[1], [2]]), ".jsonl", "column 'odd': values of type list"),
        (pa.array([1.0, math.inf]), ".jsonl", "column 'odd': row 1 holds inf, which JSON cannot"),
        (pa.array([1.0, math.inf]), ".xlsx", "column 'odd': row 1 holds 'inf', which no cell"),
        (pa.array(["a", "\x02"]), ".xlsx", "column 'odd': row 1 holds '.x02', which no cell"),
        (pa.array(["a", "b" * 40_000]), ".xlsx", r"column 'odd': row 1 holds 'b+', which no cell"),
    ],
)
def test_what_another_format_cannot_hold_is_refused_by_column(column, suffix, message, of_x, tmp_path):
    path, out = tmp_path / "rows.parquet", tmp_path / f"scored{suffix}"
    parquet.write_table(pa.table({"x": [1.0, 2.0], "odd": column}), path)
    found = invoke("predict", of_x, path, "-o", out)
    assert found.exit_code == 3
    assert re.search(message, found.stderr), found.stderr
    assert not out.exists()
    assert invoke("predict", of_x, path, "-o", tmp_path / "scored.feather").exit_code == 0


@pytest.mark.parametrize("sign", [",", ";", "\t", "|", " ", ":", "^", "#", "'", '"'])
@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", " ", ":", "^"])
def test_names_that_hold_other_delimiters_are_read_again(delimiter, sign, of_x, tmp_path):
    path, out = tmp_path / "rows", tmp_path / "scored"
    quoted = f"n{sign}m".replace('"', '""')
    lines = [f'x{delimiter}"{quoted}"', *(f'{row}{delimiter}"p{quoted}"' for row in range(3))]
    path.write_text("\n".join(lines) + "\n")
    assert open_data(path).names == ("x", f"n{sign}m")
    assert invoke("predict", of_x, path, "-o", out).exit_code == 0
    after = open_data(out)
    assert after.names == ("x", f"n{sign}m", "prediction", "P(a)", "P(b,c)")
    assert after.series(f"n{sign}m").to_list() == [f"pn{sign}m"] * 3


def test_names_in_use_are_found_before_anything_is_scored(of_x, tmp_path, monkeypatch):
    def scored(*_, **__):
        raise AssertionError("scored")

    monkeypatch.setattr("logistica.prediction.fitted.score", scored)
    path = tmp_path / "rows.csv"
    path.write_text("x,prediction\n1,2\n")
    found = invoke("predict", of_x, path)
    assert found.exit_code == 2
    assert "have a column 'prediction' already" in found.stderr
    assert "--only" in found.stderr
    with pytest.raises(OptionError, match=r"column .prediction. already.*--only at the command line, predict"):
        logistica.load(of_x).augment(path)
