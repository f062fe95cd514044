"""A file of no rows, in every format: predictions of no rows, and nothing to learn from."""

import pytest

import logistica
from logistica.data.opening import open_data
from tests.cli.running import invoke
from tests.formats.writing import FORMATS, table

TABLE = table()
TOLD_BY_ROWS = {"space", "colon", "caret", "unit-separator"}  # a header alone does not tell a rare delimiter
ADDED = ["prediction", "P(no)", "P(yes)"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "m.json"
    logistica.fit(TABLE.to_pandas().dropna(), target="y").save(path)
    return path


@pytest.mark.parametrize("form", sorted(FORMATS.keys() - TOLD_BY_ROWS))
def test_predictions_of_no_rows_in_the_same_format(form, saved, tmp_path):
    path, scored = tmp_path / "rows", tmp_path / "scored"
    path.write_bytes(FORMATS[form](TABLE.slice(0, 0)))
    found = invoke("predict", saved, path, "-o", scored)
    assert found.exit_code == 0, found.stderr
    if form.startswith("json-lines"):
        assert scored.read_bytes() == b""
        assert "warning" in found.stderr
        assert "the file is empty" in found.stderr
    else:
        assert list(open_data(scored).names) == [*TABLE.column_names, *ADDED]
        assert open_data(scored).n_rows == 0
    only = invoke("predict", saved, path, "--only")
    assert only.stdout.splitlines() == [",".join(ADDED)]
    for command in (("fit", path, "--target", "y"), ("evaluate", saved, path)):
        refused = invoke(*command)
        assert refused.exit_code == 3
        assert f"{path}: 0 rows: the file" in refused.stderr


@pytest.mark.parametrize("text", ["", "\n \n"])
def test_svmlight_text_of_no_rows(text, tmp_path):
    data, model, empty = tmp_path / "data", tmp_path / "m.json", tmp_path / "empty"
    data.write_text("0 1:1 2:2\n1 1:2 2:1\n0 1:3\n1 1:1\n")
    assert invoke("fit", data, "--C", "1", "-o", model).exit_code == 0
    empty.write_text(text)
    found = invoke("predict", model, empty)
    assert (found.exit_code, found.stdout) == (0, "prediction,P(0),P(1)\n")
    refused = invoke("evaluate", model, empty)
    assert refused.exit_code == 3
    assert "0 rows: the file" in refused.stderr
