"""``logistica predict``."""

import csv
import io

import numpy as np
import pytest

import logistica
from logistica.core.strict_json import parse
from tests.cli.running import invoke


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_one_line_for_every_row_bit_for_bit(model, data):
    found = invoke("predict", model, data, "--only")
    assert found.exit_code == 0, found.stderr
    rows = rows_of(found.stdout)
    loaded = logistica.load(model)
    assert list(rows[0]) == ["prediction", "P(no)", "P(yes)"]
    assert [row["prediction"] for row in rows] == loaded.predict(data).tolist()
    written = np.array([[float(row["P(no)"]), float(row["P(yes)"])] for row in rows])
    np.testing.assert_array_equal(written, loaded.predict_proba(data))


def test_columns_are_found_by_name_in_any_order_and_others_ignored(model, data):
    reordered = "b,new,a\n" + "".join(f"{row['b']},7,{row['a']}\n" for row in rows_of(data.read_text()))
    found = invoke("predict", model, "-", "--only", stdin=reordered)
    assert found.stdout == invoke("predict", model, data, "--only").stdout
    assert "'new'" in found.stderr


def test_rows_with_missing_values_keep_their_line_empty(model):
    text = "a,b\n1,2\n,2\n0.5,0\n"
    assert invoke("predict", model, "-", stdin=text).exit_code == 3
    found = invoke("predict", model, "-", "--missing", "drop", "--only", stdin=text)
    assert found.exit_code == 0
    assert [line.count(",") for line in found.stdout.splitlines()] == [2, 2, 2, 2]
    assert found.stdout.splitlines()[2] == ",,"
    assert "1 of 3 rows" in found.stderr
    document = parse(invoke("predict", model, "-", "--missing", "drop", "--json", stdin=text).stdout)
    assert document["predictions"][1] is None
    assert [column["values"][1] for column in document["probabilities"]] == [None, None]


def test_json_holds_the_same(model, data):
    document = parse(invoke("predict", model, data, "--json").stdout)
    loaded = logistica.load(model)
    assert document["n_rows"] == 60
    assert document["classes"] == ["no", "yes"]
    assert document["predictions"] == loaded.predict(data).tolist()
    assert [column["class"] for column in document["probabilities"]] == ["no", "yes"]
    np.testing.assert_array_equal(
        [column["values"] for column in document["probabilities"]], loaded.predict_proba(data).T
    )


def test_an_output_file_holds_what_would_be_printed(model, data, tmp_path):
    path = tmp_path / "scored.csv"
    found = invoke("predict", model, data, "-o", path)
    assert (found.exit_code, found.stdout) == (0, "")
    assert path.read_text() == invoke("predict", model, data, "-o", "-").stdout


@pytest.mark.parametrize(
    ("labels", "names", "predictions"),
    [
        (["true", "false"], ["P(false)", "P(true)"], {"true", "false"}),
        (["1", "2"], ["P(1)", "P(2)"], {"1", "2"}),
        (["0.5", "1.0"], ["P(0.5)", "P(1)"], {"0.5", "1"}),
        (['"a, ""b"""', "c"], ['P(a, "b")', "P(c)"], {'a, "b"', "c"}),
        (["größer", "kleiner"], ["P(größer)", "P(kleiner)"], {"größer", "kleiner"}),
    ],
    ids=["booleans", "integers", "floats", "quotes", "unicode"],
)
def test_labels_of_any_kind(tmp_path, labels, names, predictions):
    saved = tmp_path / "model.json"
    pattern = [0, 0, 1, 0, 0, 1, 0, 1, 1, 0, 1, 1]
    text = "x,y\n" + "".join(f"{i},{labels[k]}\n" for i, k in enumerate(pattern))
    assert invoke("fit", "-", "--target", "y", "-o", saved, stdin=text).exit_code == 0
    rows = rows_of(invoke("predict", saved, "-", stdin="x\n0\n11\n").stdout)
    assert list(rows[0]) == ["x", "prediction", *names]
    assert {row["prediction"] for row in rows} == predictions


def test_an_offset_is_needed_again(data, tmp_path):
    saved = tmp_path / "model.json"
    assert invoke("fit", data, "--target", "answer", "--columns", "b", "--offset", "a", "-o", saved).exit_code == 0
    assert invoke("predict", saved, data).exit_code == 0
    assert invoke("predict", saved, data, "--offset", "w").stdout != invoke("predict", saved, data).stdout
    without = invoke("predict", saved, "-", stdin="b\n1\n")
    assert without.exit_code == 3
    assert "'a'" in without.stderr
